//! Scores of workers: what the network would lose without them.

use serde::{Deserialize, Serialize};

use super::losses::BundleLosses;
use crate::per_worker::PerWorker;

/// Instant scores of one epoch, in units of the (log10) loss; positive = useful.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Loss without the inferer minus loss with everybody; 0 for an only inferer.
    pub inferers: PerWorker<f64>,
    /// Mix of the one-in and one-out scores; 0 for an only forecaster.
    pub forecasters: PerWorker<f64>,
}

pub(super) fn scores(losses: &BundleLosses) -> Scores {
    Scores {
        inferers: inferer_scores(losses),
        forecasters: forecaster_scores(losses),
    }
}

fn inferer_scores(losses: &BundleLosses) -> PerWorker<f64> {
    if losses.inferers.len() == 1 {
        return losses
            .inferers
            .workers()
            .map(|worker| (worker, 0.0))
            .collect();
    }
    let one_outs = losses.one_out_inferers.iter();
    one_outs
        .map(|(worker, loss)| (worker, loss - losses.combined))
        .collect()
}

/// `f T+ + (1 - f) T-`: T+ is what the forecaster alone adds to the inferers, T- what the network loses without it,
/// `f = 2^-(N-1)` for N forecasters.
fn forecaster_scores(losses: &BundleLosses) -> PerWorker<f64> {
    if losses.forecasters.len() == 1 {
        return losses
            .forecasters
            .workers()
            .map(|worker| (worker, 0.0))
            .collect();
    }
    let n = losses.one_out_forecasters.len();
    let one_in_share = libm::exp2(1.0 - n as f64);
    let one_outs = losses.one_out_forecasters.iter();
    one_outs
        .filter_map(|(worker, without)| {
            let alone = losses.naive - losses.one_in_forecasters.get(worker)?;
            let missed = without - losses.combined;
            Some((worker, one_in_share * alone + (1.0 - one_in_share) * missed))
        })
        .collect()
}
