//! The script: a cut of a seeded sample world, and what people and workers say while it passes.

use std::path::Path;
use std::sync::Arc;

use quorate_agent::runtime::feed::TapeFeed;
use quorate_agent::runtime::setup::Setup;
use quorate_agent::runtime::snapshot::Cadence;
use quorate_backtest::replay::parse_run_file;
use quorate_backtest::sample::{WorldSpec, generate};
use quorate_backtest::tape::{Tape, TapeRecord};
use quorate_domain::{Inference, Input, KillMode, MarketId, OperatorInput, Scope};

/// Takers on price windows, a maker on elections: orders that execute at once, and orders that rest and are withdrawn.
pub(crate) const RUN: &str = r#"
run_version = 1
name = "scripted day"
[tape]
folder = "tape"
origin = "synthetic"
[account]
bankroll = "$10000"
[[strategy]]
kind = "quoter"
margin = "1c"
topics = ["president", "governors"]
[[strategy]]
kind = "price_direction"
topics = ["coin-5m"]
[collective]
scheme = "logit_mean"
inference_age_max = "1d"
book_age_max = "6h"
[topic.coin-5m]
scheme = "boa_plus"
inference_age_max = "90s"
book_age_max = "15s"
[sizing]
scenarios = 100
[report]
baselines = "shared"
"#;

/// A day: what the feed brings, and what comes from elsewhere once so many pieces of the feed are taken up.
#[derive(Clone, Debug)]
pub(crate) struct Day {
    pub(crate) feed: TapeFeed,
    pub(crate) setup: Setup,
    pub(crate) pushes: Vec<(u64, Input)>,
    pub(crate) cadence: Cadence,
}

/// Settings for a tape.
pub(crate) fn setup(run: &str, tape: &Tape) -> Setup {
    let spec =
        parse_run_file("run.toml", run, Path::new("")).unwrap_or_else(|errors| panic!("{errors}"));
    Setup {
        engine: spec.engine_config(tape).unwrap(),
        strategies: spec.strategies_numbered(tape).unwrap(),
        venue: spec.venue,
        bankroll: spec.bankroll,
        source: "the scripted day".into(),
    }
}

/// The brief world of a seed as a tape.
pub(crate) fn brief(seed: u64) -> Tape {
    generate(&WorldSpec::brief(seed)).tape()
}

/// Only these markets: the first `most` pieces of news of the slow ones, everything about the fast ones.
pub(crate) fn cut(tape: &Tape, slow: &[MarketId], most: usize, fast: &[MarketId]) -> Tape {
    let about = |markets: &[MarketId], record: &TapeRecord| match &record.input {
        Input::Market(news) => markets.contains(&news.market),
        Input::Inference(said) => markets.iter().any(|market| {
            let link = tape.market(*market).and_then(|listed| listed.market.link);
            link.is_some_and(|l| {
                (l.topic, l.epoch, l.label) == (said.topic, said.epoch, said.label)
            })
        }),
        _ => false,
    };
    let slowly = tape
        .records
        .iter()
        .filter(|record| about(slow, record))
        .take(most);
    let fast = tape.records.iter().filter(|record| about(fast, record));
    // A market that never resolves is no market.
    let words = tape
        .records
        .iter()
        .filter(|record| matches!(record.input, Input::Resolved(_)));
    let mut records: Vec<TapeRecord> = slowly.chain(fast).chain(words).cloned().collect();
    records.sort_by_key(|record| record.at);
    Tape {
        records,
        ..tape.clone()
    }
}

/// The beginning of two election markets, then two price windows to their resolution, with a halt, a resumption, a kill,
/// a second resumption and a worker that pushes what it thinks.
pub(crate) fn scripted() -> Day {
    let tape = brief(5);
    day(&cut(
        &tape,
        &[MarketId(4), MarketId(6)],
        250,
        &[MarketId(15), MarketId(19)],
    ))
}

/// A day on a tape, with people and workers at set places of it.
pub(crate) fn day(tape: &Tape) -> Day {
    let setup = setup(RUN, tape);
    let feed = TapeFeed::new(Arc::new(tape.clone()));
    let (first, all) = (feed.listings(), feed.len());
    let place = |tenth: u64| first + (all - first) * tenth / 10;
    let operator = |input| Input::Operator(input);
    let pushes = vec![
        (place(2), pushed(tape, place(2) - first, 0.8)),
        (place(3), pushed(tape, place(3) - first, 0.15)),
        (place(4), operator(OperatorInput::Halt(Scope::All))),
        (place(5), operator(OperatorInput::Resume(Scope::All))),
        (
            place(6),
            operator(OperatorInput::Halt(Scope::Market(
                tape.markets[0].market.id,
            ))),
        ),
        (place(6), pushed(tape, place(6) - first, 0.6)),
        (
            place(7),
            operator(OperatorInput::Resume(Scope::Market(
                tape.markets[0].market.id,
            ))),
        ),
        (
            place(8),
            operator(OperatorInput::Kill {
                mode: KillMode::Cancel,
            }),
        ),
        (place(9), operator(OperatorInput::Resume(Scope::All))),
    ];
    Day {
        feed,
        setup,
        pushes,
        cadence: Cadence::USUAL,
    }
}

/// What a worker says about the market that the news at a place is of, by the time of that news.
fn pushed(tape: &Tape, place: u64, value: f64) -> Input {
    let place = usize::try_from(place).unwrap();
    let asked = tape.records[place..]
        .iter()
        .find_map(|record| match &record.input {
            Input::Market(news) => {
                let market = &tape.market(news.market)?.market;
                (record.at < market.closes_at?).then_some((record.at, market.link?))
            }
            _ => None,
        });
    let (at, link) = asked.unwrap();
    Input::Inference(Inference {
        topic: link.topic,
        epoch: link.epoch,
        label: link.label,
        worker: tape.workers[0].id,
        value,
        published_at: at,
    })
}
