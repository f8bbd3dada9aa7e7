//! A recorded world as a venue's: its markets as they would be published, and its time laid over the real one.
//!
//! Markets get rules in words that are known to be understood, since a market whose rules are not is never traded. What
//! a market really asked stands in the title of its event.

use std::collections::BTreeMap;
use std::time::Duration;

use alloy_primitives::{B256, U256, keccak256};
use quorate_backtest::tape::Tape;
use quorate_domain::{EpochId, Input, LabelId, LinkSense, Market, MarketId, Timestamp, TopicId};
use quorate_local_venue::{EventListing, MarketListing, Settlement};

/// Shortest market that is worth listing: an agent has to find it, subscribe and decide.
const MARKET_MIN: Duration = Duration::from_secs(60);
/// What every market of a rehearsal is about.
const RACE: &str = "Sample World Election";

/// Lays recorded time over real time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timeline {
    pub(super) recorded: Timestamp,
    pub(super) real: Timestamp,
    pub(super) speed: f64,
}

impl Timeline {
    /// The real moment of a recorded one.
    pub(super) fn real(self, at: Timestamp) -> Timestamp {
        self.real.plus(at.since(self.recorded).div_f64(self.speed))
    }
}

/// A topic whose markets ask for its probability as it is.
#[derive(Clone, Debug)]
pub(super) struct StagedTopic {
    pub(super) name: String,
    /// Names of its markets; a question's number is its place here.
    pub(super) markets: Vec<String>,
}

/// A world that is ready to be played.
pub(super) struct Stage {
    pub(super) listings: Vec<MarketListing>,
    pub(super) topics: Vec<StagedTopic>,
    pub(super) workers: Vec<String>,
    /// What happens, by real time.
    pub(super) scenes: Vec<(Timestamp, Scene)>,
    /// Markets of the world that are too short to be listed.
    pub(super) left_out: usize,
}

/// One thing that happens.
pub(super) enum Scene {
    /// For the venue.
    Venue(Input),
    /// A forecast: worker, topic, number of the question, value.
    Forecast {
        worker: String,
        topic: String,
        question: usize,
        value: f64,
    },
}

impl Stage {
    /// Sets a world up.
    pub(super) fn of(tape: Tape, timeline: Timeline) -> Self {
        let mut stage = Self {
            listings: Vec::new(),
            topics: Vec::new(),
            workers: tape
                .workers
                .iter()
                .map(|worker| plain(&worker.name))
                .collect(),
            scenes: Vec::new(),
            left_out: 0,
        };
        let mut questions = BTreeMap::new();
        let mut listed = Vec::new();
        for taped in &tape.markets {
            let market = &taped.market;
            let span = market.opens_at.zip(market.closes_at);
            let span = span.map(|(from, to)| timeline.real(to).since(timeline.real(from)));
            if span.is_some_and(|span| span < MARKET_MIN) {
                stage.left_out += 1;
                continue;
            }
            stage.listings.push(listing(&tape, market, timeline));
            listed.push(market.id);
            if let Some(link) = market.link
                && link.sense == LinkSense::Direct
            {
                let asked = stage.ask(&tape, link.topic, &market.name);
                questions.insert((link.topic, link.epoch, link.label), asked);
            }
        }
        for record in tape.records {
            let at = timeline.real(record.at);
            stage.scenes.extend(
                scene(record.input, &listed, &questions, &stage.workers).map(|scene| (at, scene)),
            );
        }
        stage
    }

    /// Adds a market to its topic. Returns the topic's name and the number of the question.
    fn ask(&mut self, tape: &Tape, topic: TopicId, market: &str) -> (String, usize) {
        let known = tape.topics.iter().find(|known| known.id == topic);
        let name = plain(known.map_or("topic", |known| &known.name));
        let place = match self.topics.iter().position(|staged| staged.name == name) {
            Some(place) => place,
            None => {
                self.topics.push(StagedTopic {
                    name: name.clone(),
                    markets: Vec::new(),
                });
                self.topics.len() - 1
            }
        };
        let markets = &mut self.topics[place].markets;
        markets.push(market.to_owned());
        (name, markets.len() - 1)
    }
}

type Questions = BTreeMap<(TopicId, EpochId, LabelId), (String, usize)>;

fn scene(
    input: Input,
    listed: &[MarketId],
    questions: &Questions,
    workers: &[String],
) -> Option<Scene> {
    let is_listed = |market: &MarketId| listed.contains(market);
    match input {
        Input::Market(news) if is_listed(&news.market) => Some(Scene::Venue(Input::Market(news))),
        Input::Resolved(word) if is_listed(&word.market) => {
            Some(Scene::Venue(Input::Resolved(word)))
        }
        Input::Inference(said) => {
            let (topic, question) = questions.get(&(said.topic, said.epoch, said.label))?;
            Some(Scene::Forecast {
                worker: workers.get(usize::try_from(said.worker.0).ok()?)?.clone(),
                topic: topic.clone(),
                question: *question,
                value: said.value,
            })
        }
        _ => None,
    }
}

fn listing(tape: &Tape, market: &Market, timeline: Timeline) -> MarketListing {
    let name = spoken(market);
    let group = market
        .group
        .and_then(|id| tape.groups.iter().find(|group| group.id == id));
    let token =
        |outcome: &str| U256::from_be_bytes(keccak256(format!("{} {outcome}", market.name)).0);
    let event = match group {
        Some(group) => EventListing {
            slug: format!("{}-event", group.name),
            title: group.name.clone(),
            settlement: Settlement::NegRisk,
        },
        None => EventListing {
            slug: format!("{}-event", market.name),
            title: market.question.clone(),
            settlement: Settlement::Standard,
        },
    };
    MarketListing {
        condition_id: B256::from(keccak256(format!("{} condition", market.name))),
        tokens: [token("yes"), token("no")],
        question: format!("Will {name} win the {RACE}?"),
        slug: market.name.clone(),
        description: rules(&name),
        outcomes: ["Yes".to_owned(), "No".to_owned()],
        event: Some(event),
        tags: vec!["elections".to_owned()],
        taker_delay: Duration::ZERO,
        market: Market {
            name,
            opens_at: market.opens_at.map(|at| timeline.real(at)),
            closes_at: market.closes_at.map(|at| timeline.real(at)),
            ..market.clone()
        },
    }
}

fn rules(name: &str) -> String {
    format!(
        "This market will resolve to \"Yes\" if {name} wins the {RACE}. Otherwise, this market will resolve to \"No\".\n\
         This market will resolve based on the result of the election as indicated by a consensus of credible reporting. \
         If there is ambiguity, this market will resolve based solely on the official results as reported by the Sample \
         World."
    )
}

/// A market's short name as that of somebody who stands for election.
fn spoken(market: &Market) -> String {
    let words: Vec<String> = market
        .name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() > 1 && word.starts_with(|c: char| c.is_ascii_alphabetic()))
        .map(capitalised)
        .take(3)
        .collect();
    if words.is_empty() {
        return format!("Option {}", spelled(market.id));
    }
    words.join(" ")
}

/// A number in letters, since names hold no lone digits.
fn spelled(id: MarketId) -> String {
    let letter = |digit: u32| char::from(b'A' + u8::try_from(digit % 26).unwrap_or(0));
    format!(
        "{}{}{}",
        letter(id.0 / 676),
        letter(id.0 / 26),
        letter(id.0)
    )
    .to_uppercase()
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!(
        "{}{}",
        first.to_ascii_uppercase(),
        rest.to_ascii_lowercase()
    )
}

/// A name that settings take: small letters, digits and hyphens.
fn plain(name: &str) -> String {
    let fit = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    name.chars().map(fit).collect()
}
