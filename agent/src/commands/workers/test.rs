//! `quorate workers test`: one question to one worker, and what would become of the answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use quorate_backtest::input::ExitClass;
use quorate_domain::{EpochId, LabelId, Probability, Timestamp, TopicId, WorkerId};
use quorate_workers::{
    Clock, FaultKind, Outcome, ProbeReport, Quantity, Question, WorkerSpec, probe,
};

use super::no_worker;
use crate::commands::collective_args::WorkerTestArgs;
use crate::commands::folder_words;
use crate::commands::leaderboard::no_topic;
use crate::commands::operate::answer;
use crate::commands::topics::{Known, Lived, no_settings};
use crate::console::Console;
use crate::failure::{EXIT_NETWORK, EXIT_TIMEOUT, Failure};
use crate::runtime::names::{numbering, worker_numbers};
use crate::runtime::worker_specs::worker_spec;
use crate::settings::keys::{Topic, Worker};
use crate::settings::{Name, Settings, TopicKind};

/// How far around now the window of the question reaches.
const WINDOW: Duration = Duration::from_secs(3600);

pub(super) fn run(args: &WorkerTestArgs, console: &Console) -> Result<(), Failure> {
    let known = Known::of(&args.place)?;
    let Some(told) = &known.told else {
        return Err(no_settings(&known.folder));
    };
    let settings = &told.settings;
    let worker = settings
        .workers
        .iter()
        .find(|worker| worker.name.as_str() == args.name);
    let names = settings.workers.iter().map(|worker| worker.name.as_str());
    let worker = worker.ok_or_else(|| no_worker(&args.name, names))?;
    let topic = topic_of(settings, worker, args.topic.as_deref())?;
    let topics = topic_numbers(&known, settings);
    let workers = numbers_of_workers(&known, settings);
    let Some(spec) = worker_spec(settings, worker, &topics, &workers)? else {
        let message = format!(
            "`{}` is a topic of the Allora network, not a worker to ask",
            args.name
        );
        return Err(Failure::usage("not-a-worker", message));
    };
    let clock = WallClock::starting_now();
    let question = question(args, topic, &topics, known.lived.as_ref(), clock.now());
    let report = asked(&spec, &question, &clock)?;
    print(&report, &question, console)?;
    match failure(&report) {
        Some(failure) => Err(failure),
        None => {
            let folder = folder_words(&args.place.instance);
            console.next(&format!("quorate workers list{folder}"));
            Ok(())
        }
    }
}

/// The topic to ask about: the one given, else the worker's first.
fn topic_of<'s>(
    settings: &'s Settings,
    worker: &Worker,
    given: Option<&str>,
) -> Result<&'s Topic, Failure> {
    let own = worker.topics.iter().map(Name::as_str);
    let name = match given {
        Some(name) if own.clone().any(|own| own == name) => name,
        Some(name) => return Err(no_topic(name, own)),
        // A worker without a topic was refused with the settings.
        None => own.clone().next().unwrap_or_default(),
    };
    let topic = settings
        .topics
        .iter()
        .find(|topic| topic.name.as_str() == name);
    topic.ok_or_else(|| no_topic(name, own))
}

/// Numbers of topics: the journal's, and further ones for those it does not know.
fn topic_numbers(known: &Known, settings: &Settings) -> BTreeMap<String, TopicId> {
    let lived = known.lived.iter();
    let lived = lived.flat_map(|lived| lived.survey.names.topics());
    let wanted = settings.topics.iter().map(|topic| topic.name.as_str());
    let numbers = numbering(lived.map(|(id, name)| (id.0, name)), wanted);
    let numbers = numbers.into_iter();
    numbers.map(|(name, id)| (name, TopicId(id))).collect()
}

fn numbers_of_workers(known: &Known, settings: &Settings) -> BTreeMap<String, WorkerId> {
    let lived = known.lived.iter();
    let lived = lived.flat_map(|lived| lived.survey.names.workers());
    worker_numbers(
        lived,
        settings.workers.iter().map(|worker| worker.name.as_str()),
    )
}

/// An open question of the journal if there is one, else a sample of the topic's own kind.
fn question(
    args: &WorkerTestArgs,
    topic: &Topic,
    topics: &BTreeMap<String, TopicId>,
    lived: Option<&Lived>,
    now: Timestamp,
) -> Question {
    let name = topic.name.as_str();
    let id = topics.get(name).copied().unwrap_or(TopicId(0));
    let open = lived.and_then(|lived| open_question(lived, id));
    let (epoch, label, text, price) = open.unwrap_or_else(|| {
        let text = format!("a sample question of {name}: is this worker heard?");
        (EpochId(0), LabelId(0), text, 0.5)
    });
    let label = args.label.map_or(label, LabelId);
    let labels = topic.labels.as_deref().unwrap_or_default();
    Question {
        topic: id,
        topic_name: name.to_owned(),
        epoch: args.epoch.map_or(epoch, EpochId),
        label,
        label_name: labels
            .get(usize::from(label.0))
            .cloned()
            .unwrap_or_default(),
        quantity: match topic.kind {
            TopicKind::Probability | TopicKind::Labels => Quantity::Probability,
            TopicKind::Price => Quantity::Price,
            TopicKind::LogReturn => Quantity::LogReturn,
            TopicKind::Volatility => Quantity::Volatility,
        },
        opens_at: now.minus(WINDOW),
        closes_at: now.plus(WINDOW),
        text,
        market_price: Some(price),
    }
}

/// The open question of a topic that closes first, with its market's midpoint.
fn open_question(lived: &Lived, topic: TopicId) -> Option<(EpochId, LabelId, String, f64)> {
    let at = lived.survey.at?;
    let open = lived
        .engine()
        .markets()
        .iter()
        .filter(|state| state.is_open(at));
    let linked = open.filter_map(|state| {
        let link = state.market.link.filter(|link| link.topic == topic)?;
        let mid = state.book.midpoint().map(Probability::get)?;
        let market = &state.market;
        let text = match market.question.is_empty() {
            true => market.name.clone(),
            false => market.question.clone(),
        };
        Some((
            market.closes_at,
            market.id,
            (link.epoch, link.label, text, mid),
        ))
    });
    let first = linked.min_by_key(|(closes, id, _)| (closes.is_none(), *closes, *id));
    first.map(|(_, _, question)| question)
}

fn asked(
    spec: &WorkerSpec,
    question: &Question,
    clock: &WallClock,
) -> Result<ProbeReport, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::internal(format!("cannot wait: {error}")))?;
    Ok(runtime.block_on(probe(spec, question, clock)))
}

fn print(report: &ProbeReport, question: &Question, console: &Console) -> Result<(), Failure> {
    let fault = report.verdict.as_ref().err();
    let json = serde_json::json!({
        "worker": report.worker,
        "question": question.to_json(),
        "sent": report.sent,
        "came_back": report.came_back,
        "took_ms": u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        "would_count": report.verdict.as_ref().ok(),
        "fault": fault.map(|fault| serde_json::json!({
            "code": fault.code(),
            "outcome": outcome_word(fault.outcome()),
            "message": fault.to_string(),
        })),
        "also": report.also.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    answer(console, &json, || report.to_string())
}

const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Absent => "absent",
        Outcome::Refused => "refused",
    }
}

/// Why the worker would not count, with the exit code of it.
fn failure(report: &ProbeReport) -> Option<Failure> {
    let fault = report.verdict.as_ref().err()?;
    let exit = match fault.kind() {
        FaultKind::Timeout => EXIT_TIMEOUT,
        FaultKind::Unreachable | FaultKind::Status | FaultKind::RateLimited => EXIT_NETWORK,
        _ => ExitClass::Data.code(),
    };
    let message = format!("`{}` would not count: {fault}", report.worker);
    Some(Failure::state(fault.code(), exit, message))
}

/// The time on the wall, which does not step back while this command runs.
struct WallClock {
    started: SystemTime,
    since: Instant,
}

impl WallClock {
    fn starting_now() -> Self {
        Self {
            started: SystemTime::now(),
            since: Instant::now(),
        }
    }
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        let now = self.started + self.since.elapsed();
        let passed = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_nanos(u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX))
    }
}
