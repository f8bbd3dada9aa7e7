//! What each worker is worth to a run: the same run with every worker left out in turn.
//!
//! Two answers, both as the whole less the whole without the worker: to the loss of the probability that is traded on, and
//! to the profit. Intervals are bootstrapped over dates of resolution, because what resolves on one day is one draw.

mod render;

use std::collections::BTreeMap;

use quorate_domain::{Cash, Input, MarketId, WorkerId};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::metrics::Interval;
use crate::metrics::bootstrap::{SEED, block_bootstrap};
use crate::metrics::scores::{Scored, brier, log_loss};
use crate::replay::RunSpec;
use crate::sweep::solo::{Solo, SoloError, everything, solo};
use crate::tape::{LoadedTape, TapeRecord};

pub use render::{html_section, to_text};

/// What every worker contributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContributionReport {
    /// Name of the run.
    pub run: String,
    /// Profit and loss with everybody, micro-dollars.
    pub pnl: Cash,
    /// Mean log loss of the probability traded on, with everybody; `None` without a resolved forecast.
    pub log_loss: Option<f64>,
    /// Mean Brier score likewise.
    pub brier: Option<f64>,
    /// Dates of resolution: the number of independent draws is nearer to this than to any count of rows.
    pub dates: usize,
    /// Workers, the largest contribution to the log loss first.
    pub workers: Vec<Contribution>,
}

/// What one worker contributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Its name.
    pub worker: String,
    /// Inferences of it on the tape.
    pub inferences: usize,
    /// Forecasts of resolved markets that exist both with and without it.
    pub rows: usize,
    /// Mean log loss without the worker less the mean with it: above zero it helped. `None` without a row.
    pub log_loss: Option<f64>,
    /// 95 % interval of it; `None` with fewer than ten dates.
    pub log_loss_interval: Option<Interval>,
    /// The same of the Brier score.
    pub brier: Option<f64>,
    /// Profit with the worker less profit without it, micro-dollars, over all markets.
    pub pnl: Cash,
    /// 95 % interval of it over markets that were resolved, dollars; `None` with fewer than ten dates.
    pub pnl_interval: Option<Interval>,
}

/// Sums of one date of resolution.
type Block = [f64; 4];

/// Replays a run with everybody and without each worker.
///
/// # Errors
/// The run cannot be replayed.
pub fn contribution(spec: &RunSpec, loaded: &LoadedTape) -> Result<ContributionReport, SoloError> {
    let whole = solo(spec, loaded, &everything)?;
    let without: Result<Vec<(WorkerId, String, Solo)>, SoloError> = loaded
        .tape
        .workers
        .par_iter()
        .map(|worker| {
            let keep = |record: &TapeRecord| !is_of(record, worker.id);
            Ok((worker.id, worker.name.clone(), solo(spec, loaded, &keep)?))
        })
        .collect();
    let mut workers: Vec<Contribution> = without?
        .into_iter()
        .map(|(id, name, other)| {
            let records = loaded.tape.records.iter();
            let inferences = records.filter(|record| is_of(record, id)).count();
            one(name, inferences, &whole, &other)
        })
        .collect();
    let size = |it: &Contribution| it.log_loss.unwrap_or(f64::NEG_INFINITY);
    workers.sort_by(|a, b| {
        size(b)
            .total_cmp(&size(a))
            .then_with(|| a.worker.cmp(&b.worker))
    });
    let rows = scored(&whole);
    let mean =
        |loss: fn(Scored) -> f64| crate::metrics::scores::mean(rows.values().map(|row| loss(*row)));
    let dates = whole.outcomes.values().map(|(_, at)| at.day());
    Ok(ContributionReport {
        run: spec.name.clone(),
        pnl: whole.final_equity - spec.bankroll,
        log_loss: mean(log_loss),
        brier: mean(brier),
        dates: dates.collect::<std::collections::BTreeSet<_>>().len(),
        workers,
    })
}

fn is_of(record: &TapeRecord, worker: WorkerId) -> bool {
    matches!(&record.input, Input::Inference(said) if said.worker == worker)
}

fn one(worker: String, inferences: usize, whole: &Solo, other: &Solo) -> Contribution {
    let blocks: Vec<Block> = blocks(whole, other).into_values().collect();
    let sums = blocks.iter().fold([0.0; 4], |mut sums, block| {
        for (sum, part) in sums.iter_mut().zip(block) {
            *sum += part;
        }
        sums
    });
    let mean = |sum: f64| (sums[2] > 0.0).then(|| sum / sums[2]);
    let log_loss_interval = block_bootstrap(&blocks, SEED, |sums| {
        (sums[2] > 0.0).then(|| sums[0] / sums[2])
    });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count of rows"
    )]
    let rows = sums[2] as usize;
    Contribution {
        worker,
        inferences,
        rows,
        log_loss: mean(sums[0]),
        log_loss_interval,
        brier: mean(sums[1]),
        pnl: whole.final_equity - other.final_equity,
        pnl_interval: block_bootstrap(&blocks, SEED, |sums| Some(sums[3])),
    }
}

/// By UTC date of resolution: log loss gained, Brier score gained, rows, dollars gained.
fn blocks(whole: &Solo, other: &Solo) -> BTreeMap<u64, Block> {
    let mut blocks: BTreeMap<u64, Block> = BTreeMap::new();
    for (_, at) in whole.outcomes.values() {
        blocks.entry(at.day()).or_default();
    }
    let rest = scored(other);
    for (place, with) in scored(whole) {
        let (Some(without), Some((_, at))) = (rest.get(&place), whole.outcomes.get(&place.0))
        else {
            continue;
        };
        let block = blocks.entry(at.day()).or_default();
        block[0] += log_loss(*without) - log_loss(with);
        block[1] += brier(*without) - brier(with);
        block[2] += 1.0;
    }
    for (solo, sign) in [(whole, 1.0), (other, -1.0)] {
        for result in solo.markets.iter().filter(|result| result.resolved) {
            blocks.entry(result.until.day()).or_default()[3] += sign * result.pnl.to_f64();
        }
    }
    blocks
}

/// Forecasts of resolved markets by market and time.
fn scored(solo: &Solo) -> BTreeMap<(MarketId, u64), Scored> {
    let rows = solo.said.iter().filter_map(|said| {
        let (payout, _) = solo.outcomes.get(&said.market)?;
        let row = Scored {
            forecast: said.blend?,
            payout: payout.to_f64(),
        };
        Some(((said.market, said.at.nanos()), row))
    });
    rows.collect()
}
