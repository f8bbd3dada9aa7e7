//! One Allora topic: parameters, state, and the epoch's entry points.

use serde::{Deserialize, Serialize};

use super::bundle::Bundle;
use super::inputs::{AlloraError, EpochInput};
use super::losses::BundleLosses;
use super::observe::{self, Observation};
use super::state::TopicState;
use super::synthesis;
use super::weights::{AlloraScheme, WeightParams};

/// Forecast elements per forecaster that count, the chain's default: those for its best-scored inferers.
pub const FORECAST_ELEMENTS_MAX: usize = 12;

/// Parameters of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlloraParams {
    /// Version and shape of the weights.
    pub weights: WeightParams,
    /// Rate of the regret averages, in (0, 1] (usually 0.1).
    pub alpha_regret: f64,
    /// Rate of the score averages, in (0, 1] (usually 0.1).
    pub alpha_score: f64,
    /// Forecast elements per forecaster that count.
    pub forecast_elements_max: usize,
}

impl AlloraParams {
    /// The usual parameters of mainnet topics: p 3, c 0.75, epsilon 0.01, both rates 0.1.
    #[must_use]
    pub fn usual(scheme: AlloraScheme) -> Self {
        Self {
            weights: WeightParams {
                scheme,
                p_norm: 3.0,
                c_norm: 0.75,
                epsilon: 0.01,
            },
            alpha_regret: 0.1,
            alpha_score: 0.1,
            forecast_elements_max: FORECAST_ELEMENTS_MAX,
        }
    }

    fn check(&self) -> Result<(), AlloraError> {
        let is_positive = |value: f64| value.is_finite() && 0.0 < value;
        let is_rate = |value: f64| 0.0 < value && value <= 1.0;
        let checks = [
            ("p_norm", is_positive(self.weights.p_norm)),
            ("c_norm", self.weights.c_norm.is_finite()),
            ("epsilon", is_positive(self.weights.epsilon)),
            ("alpha_regret", is_rate(self.alpha_regret)),
            ("alpha_score", is_rate(self.alpha_score)),
        ];
        match checks.iter().find(|(_, is_valid)| !is_valid) {
            Some((name, _)) => Err(AlloraError::Parameter(name)),
            None => Ok(()),
        }
    }
}

/// A topic whose epochs alternate between [`infer`](Self::infer) and [`observe`](Self::observe).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlloraTopic {
    params: AlloraParams,
    state: TopicState,
}

impl AlloraTopic {
    /// An empty topic.
    ///
    /// # Errors
    /// [`AlloraError::Parameter`] for a parameter out of range.
    pub fn new(params: AlloraParams) -> Result<Self, AlloraError> {
        Self::with_state(params, TopicState::default())
    }

    /// A topic that continues from `state`, for example from the regrets a chain node reports.
    ///
    /// # Errors
    /// [`AlloraError::Parameter`] for a parameter out of range.
    pub fn with_state(params: AlloraParams, state: TopicState) -> Result<Self, AlloraError> {
        params.check()?;
        Ok(Self { params, state })
    }

    /// Parameters of the topic.
    #[must_use]
    pub fn params(&self) -> &AlloraParams {
        &self.params
    }

    /// Regrets, scale, scores as of the last observation.
    #[must_use]
    pub fn state(&self) -> &TopicState {
        &self.state
    }

    /// Computes every network value of an epoch; changes nothing.
    ///
    /// # Errors
    /// [`AlloraError::NoInference`] without a present inferer, [`AlloraError::LabelCount`] when inferers disagree on
    /// the number of labels.
    pub fn infer(&self, epoch: &EpochInput) -> Result<Bundle, AlloraError> {
        synthesis::infer(&self.params, &self.state, epoch)
    }

    /// Learns from the losses of a bundle that `infer` gave: regrets, initial regret, scale, scores.
    ///
    /// # Errors
    /// [`AlloraError::NotFinite`] if a loss is not finite; then nothing changes.
    pub fn observe(&mut self, losses: &BundleLosses) -> Result<Observation, AlloraError> {
        observe::observe(&self.params, &mut self.state, losses)
    }
}
