//! What workers submit in one epoch, and the checks before anything is computed from it.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::state::TopicState;
use super::topic::AlloraParams;
use crate::per_worker::{PerWorker, WorkerKey};

/// Values and losses beyond this in size can not be computed with.
pub const VALUE_LIMIT: f64 = 1e150;

/// True for values that can be computed with.
pub(super) fn is_usable(value: f64) -> bool {
    value.abs() <= VALUE_LIMIT
}

/// The submissions of one epoch.
///
/// Values that are not finite or beyond [`VALUE_LIMIT`] count as not submitted: an inference with one is an absent inferer,
/// a forecast element with one is dropped. Forecasts for absent inferers are ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochInput {
    /// Per inferer one value per label (a single label for ordinary topics), in the topic's units.
    pub inferences: PerWorker<Vec<f64>>,
    /// Per forecaster the loss it predicts for each inferer, in the units of the reported losses (log10 where the
    /// topic's loss is never negative).
    pub forecasts: PerWorker<PerWorker<f64>>,
}

/// Why an epoch could not be computed. The topic's state is unchanged in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlloraError {
    /// No inferer is present.
    NoInference,
    /// This inferer gave another number of labels than the first one.
    LabelCount(WorkerKey),
    /// A reported loss is not finite, or beyond [`VALUE_LIMIT`].
    NotFinite,
    /// This parameter of the topic is out of range.
    Parameter(&'static str),
}

impl fmt::Display for AlloraError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoInference => f.write_str("no inference in this epoch"),
            Self::LabelCount(worker) => {
                write!(
                    f,
                    "worker {} gave another number of labels than the others",
                    worker.0
                )
            }
            Self::NotFinite => f.write_str("a reported loss is not finite"),
            Self::Parameter(name) => write!(f, "parameter {name} is out of range"),
        }
    }
}

impl core::error::Error for AlloraError {}

/// One present inferer.
pub(super) struct Inferer<'a> {
    pub(super) key: WorkerKey,
    pub(super) values: &'a [f64],
}

/// One forecaster with the positions (in the list of present inferers) it forecast, and the regrets it implies.
pub(super) struct Forecaster {
    pub(super) key: WorkerKey,
    pub(super) positions: Vec<usize>,
    pub(super) regrets: Vec<f64>,
}

/// Present inferers in ascending order, all with the same number of labels.
pub(super) fn present_inferers(epoch: &EpochInput) -> Result<Vec<Inferer<'_>>, AlloraError> {
    let present: Vec<Inferer<'_>> = epoch
        .inferences
        .iter()
        .filter(|(_, values)| !values.is_empty() && values.iter().all(|v| is_usable(*v)))
        .map(|(key, values)| Inferer { key, values })
        .collect();
    let Some(first) = present.first() else {
        return Err(AlloraError::NoInference);
    };
    match present
        .iter()
        .find(|inferer| inferer.values.len() != first.values.len())
    {
        Some(odd) => Err(AlloraError::LabelCount(odd.key)),
        None => Ok(present),
    }
}

/// Forecasters that name at least one present inferer, with `network loss - forecast loss` as implied regrets.
pub(super) fn matched_forecasters(
    epoch: &EpochInput,
    inferers: &[Inferer<'_>],
    state: &TopicState,
    params: &AlloraParams,
) -> Vec<Forecaster> {
    let network_loss = state.network_loss.unwrap_or(0.0);
    epoch
        .forecasts
        .iter()
        .map(|(key, losses)| {
            let elements = top_elements(losses, inferers, state, params.forecast_elements_max);
            Forecaster {
                key,
                positions: elements.iter().map(|(position, _)| *position).collect(),
                regrets: elements
                    .iter()
                    .map(|(_, loss)| network_loss - loss)
                    .collect(),
            }
        })
        .filter(|forecaster| !forecaster.positions.is_empty())
        .collect()
}

/// The forecast elements for present inferers, at most `limit` of them: those whose inferers have the best score EMA.
fn top_elements(
    losses: &PerWorker<f64>,
    inferers: &[Inferer<'_>],
    state: &TopicState,
    limit: usize,
) -> Vec<(usize, f64)> {
    let keys = inferers.iter().map(|inferer| inferer.key);
    let mut elements: Vec<(usize, f64)> = losses
        .lookup(keys, f64::NAN)
        .enumerate()
        .filter(|(_, loss)| is_usable(*loss))
        .collect();
    if limit < elements.len() {
        let scores: Vec<f64> = state
            .inferer_score_ema
            .lookup(
                inferers.iter().map(|inferer| inferer.key),
                f64::NEG_INFINITY,
            )
            .collect();
        elements.sort_by(|a, b| scores[b.0].total_cmp(&scores[a.0]));
        elements.truncate(limit);
        elements.sort_by_key(|(position, _)| *position);
    }
    elements
}
