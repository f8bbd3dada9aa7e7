//! What a topic remembers between epochs: regrets of every kind, scale, initial regret, scores.

use serde::{Deserialize, Serialize};

use crate::per_worker::{PerWorker, WorkerKey};

/// Regrets, in units of the (log10) loss; positive = better than the reference network.
///
/// Keys of the pair tables: first the withheld (or only admitted) worker, then the worker whose regret it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Regrets {
    /// Inferers against the whole network.
    pub inferers: PerWorker<f64>,
    /// Forecasters (their implied inferences) against the whole network.
    pub forecasters: PerWorker<f64>,
    /// Inferers against the network without forecasters.
    pub naive: PerWorker<f64>,
    /// (withheld inferer, inferer).
    pub one_out_inferer_inferers: PerWorker<PerWorker<f64>>,
    /// (withheld inferer, forecaster).
    pub one_out_inferer_forecasters: PerWorker<PerWorker<f64>>,
    /// (withheld forecaster, inferer).
    pub one_out_forecaster_inferers: PerWorker<PerWorker<f64>>,
    /// (withheld forecaster, forecaster).
    pub one_out_forecaster_forecasters: PerWorker<PerWorker<f64>>,
    /// (only admitted forecaster, inferer).
    pub one_in_forecaster_inferers: PerWorker<PerWorker<f64>>,
    /// The only admitted forecaster itself. The chain keeps this in the table above, where an address with both roles
    /// collides with itself.
    pub one_in_forecaster_self: PerWorker<f64>,
}

/// Everything an [`AlloraTopic`](super::AlloraTopic) remembers. Public so that a topic can be continued from the
/// regrets that a chain node reports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TopicState {
    /// Loss of the combined value in the last observed epoch; `None` before the first.
    pub network_loss: Option<f64>,
    /// Regret given to unknown workers; 0 until an experienced worker exists.
    pub initial_regret: f64,
    /// Stored scale of the regrets (v0.16); 0 before the first observation.
    pub scale: f64,
    /// All regrets.
    pub regrets: Regrets,
    /// Scored epochs per inferer.
    pub inferer_inclusions: PerWorker<u32>,
    /// Scored epochs per forecaster.
    pub forecaster_inclusions: PerWorker<u32>,
    /// Exponential moving average of each inferer's score.
    pub inferer_score_ema: PerWorker<f64>,
    /// Exponential moving average of each forecaster's score.
    pub forecaster_score_ema: PerWorker<f64>,
}

static NO_REGRETS: PerWorker<f64> = PerWorker::new();

/// The row of a pair table, empty when the first worker is not in it.
pub(super) fn row(table: &PerWorker<PerWorker<f64>>, first: WorkerKey) -> &PerWorker<f64> {
    table.get(first).unwrap_or(&NO_REGRETS)
}
