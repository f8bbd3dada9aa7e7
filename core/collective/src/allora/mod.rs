//! Allora's inference synthesis, exactly: `infer` turns the inferences and forecasts of an epoch into a bundle of
//! network values, `observe` turns the losses of that bundle into regrets, which are the weights of the next epoch.
//!
//! Two versions of the chain are here: v0.16 (one stored scale, median absolute deviation) and v0.6 (a standard
//! deviation per computation). Both reproduce recordings of the chain's own simulator.

mod bundle;
mod initial;
mod inputs;
mod labels;
mod losses;
mod observe;
mod scores;
mod state;
mod synthesis;
mod topic;
mod weights;

pub use bundle::{Bundle, INTERVAL_PERCENTS, Mode, Values};
pub use initial::initial_regret;
pub use inputs::{AlloraError, EpochInput, VALUE_LIMIT};
pub use labels::{LabelError, LabelRules};
pub use losses::BundleLosses;
pub use observe::Observation;
pub use scores::Scores;
pub use state::{Regrets, TopicState};
pub use topic::{AlloraParams, AlloraTopic, FORECAST_ELEMENTS_MAX};
pub(crate) use weights::log_one_plus_exp;
pub use weights::{AlloraScheme, WeightParams, Weights, potential_gradient, regret_scale, weights};
