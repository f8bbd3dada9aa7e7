//! The bundle of an epoch: combined and naive values, one-outs, one-ins, forecast-implied inferences.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::per_worker::PerWorker;
use crate::stats;

/// One value per label of the topic; ordinary topics have a single label.
pub type Values = Vec<f64>;

/// Percents of the published interval: two and one standard deviations of a normal around the median.
pub const INTERVAL_PERCENTS: [f64; 5] = [2.28, 15.87, 50.0, 84.13, 97.72];

/// How the values of a bundle were computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One inferer: its value is everything.
    Single,
    /// Nothing was ever observed: median, and a naive value of 0 as on the chain.
    Median,
    /// No experienced worker yet: plain means of the inferers.
    AllNew,
    /// Weights from regrets.
    Weighted,
}

/// Every value the network computes in one epoch, in the topic's units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    /// How the values came about.
    pub mode: Mode,
    /// The network's inference.
    pub combined: Values,
    /// Inferers only, weighted by their naive regrets.
    pub naive: Values,
    /// The inferences themselves, of the present inferers.
    pub inferers: PerWorker<Values>,
    /// Forecast-implied inferences.
    pub forecasters: PerWorker<Values>,
    /// Weights of the inferers in the combined value, not normalised; empty in single and median mode.
    pub inferer_weights: PerWorker<f64>,
    /// Weights of the forecasters in the combined value; empty unless weighted.
    pub forecaster_weights: PerWorker<f64>,
    /// Network without this inferer.
    pub one_out_inferers: PerWorker<Values>,
    /// Network without this forecaster; only with more than one forecaster.
    pub one_out_forecasters: PerWorker<Values>,
    /// All inferers and this forecaster only; only with more than one forecaster.
    pub one_in_forecasters: PerWorker<Values>,
    /// Per forecaster: its implied inference without each inferer, where one exists.
    pub one_out_inferer_forecasters: PerWorker<PerWorker<Values>>,
    /// The stored scale this epoch was computed with; 0 = none stored.
    pub scale_used: f64,
}

impl Bundle {
    /// Weighted percentiles ([`INTERVAL_PERCENTS`]) of what entered the combined value; `None` for several labels and
    /// in single and median mode. This is the **disagreement** of the workers, not the uncertainty of the outcome.
    #[must_use]
    pub fn disagreement(&self) -> Option<Vec<f64>> {
        if self.combined.len() != 1 || !matches!(self.mode, Mode::AllNew | Mode::Weighted) {
            return None;
        }
        let weigh = |values: &PerWorker<Values>, weights: &PerWorker<f64>| -> Vec<(f64, f64)> {
            let weights = weights.lookup(values.workers(), 0.0);
            values
                .values()
                .zip(weights)
                .map(|(value, weight)| (value[0], weight))
                .collect()
        };
        // Equal values keep their order, and an implied inference often equals an inference: forecasters come first.
        let mut pairs = weigh(&self.forecasters, &self.forecaster_weights);
        pairs.extend(weigh(&self.inferers, &self.inferer_weights));
        let percentiles = stats::weighted_percentiles(&pairs, &INTERVAL_PERCENTS);
        if percentiles.is_empty() {
            None
        } else {
            Some(percentiles)
        }
    }
}
