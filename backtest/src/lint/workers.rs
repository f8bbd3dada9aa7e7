//! Workers who know what they cannot know: values used before their own time, and forecasts too near to the outcomes.

use std::collections::{BTreeMap, BTreeSet};

use quorate_domain::{Input, MarketId, WorkerId};

use super::report::{Leak, Sharpest};
use crate::input::format_rfc3339;
use crate::sweep::solo::Solo;
use crate::tape::Tape;

/// Fewest resolved markets from which a worker is judged.
const MARKETS_MIN: usize = 8;
/// A worker nearer than this to the outcomes on average ...
const DISTANCE_KNOWING: f64 = 0.02;
/// ... where the market was at least so far away, knows them.
const DISTANCE_UNKNOWN: f64 = 0.1;

/// Inferences that are on the tape before their own time; one leak for each worker, with its first.
pub(super) fn early(tape: &Tape) -> Vec<Leak> {
    let mut told = BTreeSet::new();
    let mut leaks = Vec::new();
    for record in &tape.records {
        let Input::Inference(said) = &record.input else {
            continue;
        };
        if record.at < said.published_at && told.insert(said.worker) {
            let name = name_of(tape, said.worker);
            let published = format_rfc3339(said.published_at.nanos());
            leaks.push(Leak {
                code: "early-inference".into(),
                message: format!(
                    "a value of {name} is used before it was published, at {published}"
                ),
                at: Some(record.at),
                was: None,
                is: None,
            });
        }
    }
    leaks
}

/// Distances of one worker's forecasts to the outcomes, summed, beside the market's.
#[derive(Default)]
struct Distances {
    markets: BTreeSet<MarketId>,
    rows: f64,
    own: f64,
    market: f64,
}

/// The worker nearest to the outcomes, and a leak for everyone who is nearer than anybody can be who does not know them.
pub(super) fn knowing(tape: &Tape, solo: &Solo) -> (Vec<Leak>, Option<Sharpest>) {
    let mut found: BTreeMap<WorkerId, Distances> = BTreeMap::new();
    for said in &solo.said {
        let (Some((payout, resolved)), Some(mid)) =
            (solo.outcomes.get(&said.market), said.market_mid)
        else {
            continue;
        };
        if *resolved <= said.at {
            continue;
        }
        for (worker, value) in &said.workers {
            let it = found.entry(*worker).or_default();
            it.markets.insert(said.market);
            it.rows += 1.0;
            it.own += (value - payout.to_f64()).abs();
            it.market += (mid - payout.to_f64()).abs();
        }
    }
    let judged = found
        .iter()
        .filter(|(_, it)| MARKETS_MIN <= it.markets.len());
    let mut all: Vec<Sharpest> = judged
        .map(|(worker, it)| Sharpest {
            worker: name_of(tape, *worker),
            markets: it.markets.len(),
            distance: it.own / it.rows,
            distance_market: it.market / it.rows,
        })
        .collect();
    all.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    let knows =
        |it: &&Sharpest| it.distance < DISTANCE_KNOWING && DISTANCE_UNKNOWN < it.distance_market;
    let leaks = all.iter().filter(knows).map(|it| Leak {
        code: "knows-outcome".into(),
        message: format!(
            "forecasts of {} lie {:.3} from the outcomes on average over {} markets, where the market was {:.3} away: nobody forecasts like that",
            it.worker, it.distance, it.markets, it.distance_market
        ),
        at: None,
        was: None,
        is: None,
    });
    (leaks.collect(), all.first().cloned())
}

fn name_of(tape: &Tape, id: WorkerId) -> String {
    let worker = tape.workers.iter().find(|worker| worker.id == id);
    worker.map_or_else(|| id.to_string(), |worker| worker.name.clone())
}
