//! The losses of every value of a bundle: what reputers report and a topic learns from.

use serde::{Deserialize, Serialize};

use super::bundle::{Bundle, Values};
use super::inputs::is_usable;
use crate::per_worker::PerWorker;

/// One loss per value of a [`Bundle`]; log10 of the loss where it can never be negative, the raw loss otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BundleLosses {
    /// Of the combined value.
    pub combined: f64,
    /// Of the value without forecasters.
    pub naive: f64,
    /// Of every inference.
    pub inferers: PerWorker<f64>,
    /// Of every forecast-implied inference.
    pub forecasters: PerWorker<f64>,
    /// Of the network without this inferer.
    pub one_out_inferers: PerWorker<f64>,
    /// Of the network without this forecaster.
    pub one_out_forecasters: PerWorker<f64>,
    /// Of the inferers plus this forecaster only.
    pub one_in_forecasters: PerWorker<f64>,
    /// Per forecaster and withheld inferer: of the implied inference recomputed without that inferer.
    pub one_out_inferer_forecasters: PerWorker<PerWorker<f64>>,
}

impl BundleLosses {
    /// Applies `loss` to every value of `bundle`.
    #[must_use]
    pub fn of(bundle: &Bundle, loss: impl Fn(&[f64]) -> f64) -> Self {
        let of_each = |values: &PerWorker<Values>| -> PerWorker<f64> {
            values
                .iter()
                .map(|(worker, value)| (worker, loss(value)))
                .collect()
        };
        Self {
            combined: loss(&bundle.combined),
            naive: loss(&bundle.naive),
            inferers: of_each(&bundle.inferers),
            forecasters: of_each(&bundle.forecasters),
            one_out_inferers: of_each(&bundle.one_out_inferers),
            one_out_forecasters: of_each(&bundle.one_out_forecasters),
            one_in_forecasters: of_each(&bundle.one_in_forecasters),
            one_out_inferer_forecasters: bundle
                .one_out_inferer_forecasters
                .iter()
                .map(|(forecaster, values)| (forecaster, of_each(values)))
                .collect(),
        }
    }

    /// True when every loss can be computed with.
    #[must_use]
    pub(super) fn is_usable(&self) -> bool {
        let flat = [
            &self.inferers,
            &self.forecasters,
            &self.one_out_inferers,
            &self.one_out_forecasters,
            &self.one_in_forecasters,
        ];
        is_usable(self.combined)
            && is_usable(self.naive)
            && flat
                .into_iter()
                .chain(self.one_out_inferer_forecasters.values())
                .all(|losses| losses.values().all(|loss| is_usable(*loss)))
    }
}
