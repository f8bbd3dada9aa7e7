//! Which scheme with which parameters: what a configuration file names, and the check that it makes sense.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::allora::{AlloraScheme, WeightParams};
use crate::allora_pool::{AlloraPool, AlloraPoolLoss, AlloraPoolParams};
use crate::blend::Blend;
use crate::boa_plus::BoaPlus;
use crate::boa0::Boa0;
use crate::lop::Lop;
use crate::market_blend::{ColdStart, MarketBlend};
use crate::online_logit::LogitPrior;
use crate::pool::{Pool, State};
use crate::prices::{InverseMse, MlPoly, PriceExperts, RidgeStack};
use crate::row::Quantity;

/// A scheme and its parameters. Omitted parameters take their usual values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields)]
pub enum SchemeSpec {
    /// Plain mean.
    Mean,
    /// Median.
    Median,
    /// Mean without a share of the values at each end.
    Trimmed {
        /// Share dropped at each end, in [0, 0.5).
        #[serde(default = "usual::trim")]
        trim: f64,
    },
    /// Extremised mean of log odds (probabilities only).
    LogitMean {
        /// Extremising factor, positive; 1 = none.
        #[serde(default = "usual::extremise")]
        extremise: f64,
    },
    /// One vote per model family, extremised mean of log odds (probabilities only).
    FamilyLogitMean {
        /// Extremising factor, positive; 1 = none.
        #[serde(default = "usual::family_extremise")]
        extremise: f64,
    },
    /// Allora's v0.16 weights.
    #[serde(rename = "allora_v0.16")]
    AlloraV016(AlloraSpec),
    /// Allora's v0.6 weights.
    #[serde(rename = "allora_v0.6")]
    AlloraV06(AlloraSpec),
    /// Log-opinion pool (probabilities only).
    Lop,
    /// Bernstein online aggregation over the raw workers.
    Boa0,
    /// BOA over workers and derived experts (probabilities only).
    BoaPlus(BoaPlusSpec),
    /// Market price as prior, BOA+ as evidence (probabilities only).
    MarketBlend(MarketBlendSpec),
    /// ML-Poly over the raw workers (prices only: it starts too slowly for probabilities).
    MlPoly,
    /// Weights by inverse squared error.
    InverseMse,
    /// Weights by inverse squared error, squared.
    InverseMseSquared,
    /// The median plus a ridge regression on the distances from it (prices only).
    RidgeStack,
    /// Nine experts with ML-Poly on top (prices only).
    PriceExperts,
}

/// Parameters of Allora's weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlloraSpec {
    /// Steepness, positive.
    pub p_norm: f64,
    /// Centre, in units of the regret scale.
    pub c_norm: f64,
    /// Added to the regret scale; positive.
    pub epsilon: f64,
    /// Rate of the regret averages, in (0, 1].
    pub alpha: f64,
    /// Loss that regrets are made of.
    pub loss: AlloraPoolLoss,
}

impl Default for AlloraSpec {
    fn default() -> Self {
        let loss = AlloraPoolLoss::LogLoss;
        Self {
            p_norm: 3.0,
            c_norm: 0.75,
            epsilon: 0.01,
            alpha: 0.1,
            loss,
        }
    }
}

/// Parameters of BOA+.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoaPlusSpec {
    /// Discount of what was learned, per batch, in (0, 1].
    pub discount: f64,
    /// Whether Allora's v0.16 pool with raw log loss is a sixth derived expert.
    pub with_allora: bool,
}

impl Default for BoaPlusSpec {
    fn default() -> Self {
        Self {
            discount: 0.998,
            with_allora: false,
        }
    }
}

/// Parameters of the market blend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MarketBlendSpec {
    /// Prior of the coefficients `[b, k, h]`: bias, trust in the workers, stretch of the market.
    pub prior: LogitPrior,
    /// The pool of the workers.
    pub inner: BoaPlusSpec,
    /// One vote per model family until enough has resolved; without it BOA+ is used from the first event.
    pub cold_start: Option<ColdStart>,
}

impl Default for MarketBlendSpec {
    fn default() -> Self {
        Self {
            prior: Blend::usual_prior(),
            inner: BoaPlusSpec::default(),
            cold_start: None,
        }
    }
}

mod usual {
    pub(super) fn trim() -> f64 {
        0.2
    }
    pub(super) fn extremise() -> f64 {
        1.0
    }
    pub(super) fn family_extremise() -> f64 {
        1.25
    }
}

/// Why a scheme can not be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemeError {
    /// A parameter, named here, is out of its range.
    Parameter(&'static str),
    /// The scheme does not combine this quantity.
    Quantity,
}

impl fmt::Display for SchemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(name) => write!(f, "parameter {name} is out of range"),
            Self::Quantity => f.write_str("the scheme does not combine this quantity"),
        }
    }
}

impl core::error::Error for SchemeError {}

impl SchemeSpec {
    /// The scheme for everything that is traded: the market blend with its usual parameters.
    #[must_use]
    pub fn traded() -> Self {
        Self::MarketBlend(MarketBlendSpec::default())
    }

    /// The scheme for questions that resolve rarely, such as elections: one vote per model family as evidence, the
    /// market as prior.
    #[must_use]
    pub fn elections() -> Self {
        let cold_start = Some(ColdStart::default());
        Self::MarketBlend(MarketBlendSpec {
            cold_start,
            ..MarketBlendSpec::default()
        })
    }

    /// An empty pool of this scheme.
    ///
    /// # Errors
    /// [`SchemeError`] for a parameter out of range or a quantity the scheme does not combine.
    pub fn build(&self, quantity: Quantity) -> Result<Pool, SchemeError> {
        self.check_quantity(quantity)?;
        let state = match self {
            Self::Mean => State::Mean,
            Self::Median => State::Median,
            Self::Trimmed { trim } => {
                check("trim", (0.0..0.5).contains(trim))?;
                State::Trimmed { trim: *trim }
            }
            Self::LogitMean { extremise } => {
                check("extremise", is_positive(*extremise))?;
                State::LogitMean {
                    extremise: *extremise,
                }
            }
            Self::FamilyLogitMean { extremise } => {
                check("extremise", is_positive(*extremise))?;
                State::FamilyLogitMean {
                    extremise: *extremise,
                    families: Vec::new(),
                }
            }
            Self::AlloraV016(spec) => {
                State::Allora(AlloraPool::new(allora(AlloraScheme::V016, spec, quantity)?))
            }
            Self::AlloraV06(spec) => {
                State::Allora(AlloraPool::new(allora(AlloraScheme::V06, spec, quantity)?))
            }
            Self::Lop => State::Lop(Lop::new()),
            Self::Boa0 => State::Boa0(Boa0::new(quantity)),
            Self::BoaPlus(spec) => State::BoaPlus(boa_plus(*spec)?),
            Self::MarketBlend(spec) => State::MarketBlend(market_blend(spec)?),
            Self::MlPoly => State::MlPoly(MlPoly::new()),
            Self::InverseMse => State::InverseMse(InverseMse::new()),
            Self::InverseMseSquared => State::InverseMseSquared(InverseMse::new()),
            Self::RidgeStack => State::RidgeStack(RidgeStack::new()),
            Self::PriceExperts => State::PriceExperts(PriceExperts::new()),
        };
        Ok(Pool::from_parts(self.clone(), quantity, state))
    }

    fn check_quantity(&self, quantity: Quantity) -> Result<(), SchemeError> {
        let is_fit = match self {
            Self::LogitMean { .. }
            | Self::FamilyLogitMean { .. }
            | Self::Lop
            | Self::BoaPlus(_)
            | Self::MarketBlend(_) => quantity == Quantity::Probability,
            Self::MlPoly | Self::RidgeStack | Self::PriceExperts => quantity == Quantity::Price,
            Self::Mean
            | Self::Median
            | Self::Trimmed { .. }
            | Self::AlloraV016(_)
            | Self::AlloraV06(_)
            | Self::InverseMse
            | Self::InverseMseSquared
            | Self::Boa0 => true,
        };
        if is_fit {
            Ok(())
        } else {
            Err(SchemeError::Quantity)
        }
    }
}

fn check(name: &'static str, is_valid: bool) -> Result<(), SchemeError> {
    if is_valid {
        Ok(())
    } else {
        Err(SchemeError::Parameter(name))
    }
}

fn is_positive(value: f64) -> bool {
    value.is_finite() && 0.0 < value
}

fn is_rate(value: f64) -> bool {
    0.0 < value && value <= 1.0
}

fn allora(
    scheme: AlloraScheme,
    spec: &AlloraSpec,
    quantity: Quantity,
) -> Result<AlloraPoolParams, SchemeError> {
    check("p_norm", is_positive(spec.p_norm))?;
    check("c_norm", spec.c_norm.is_finite())?;
    check("epsilon", is_positive(spec.epsilon))?;
    check("alpha", is_rate(spec.alpha))?;
    check("loss", spec.loss.fits(quantity))?;
    let AlloraSpec {
        p_norm,
        c_norm,
        epsilon,
        alpha,
        loss,
    } = *spec;
    Ok(AlloraPoolParams {
        weights: WeightParams {
            scheme,
            p_norm,
            c_norm,
            epsilon,
        },
        loss,
        alpha,
    })
}

fn boa_plus(spec: BoaPlusSpec) -> Result<BoaPlus, SchemeError> {
    check("discount", is_rate(spec.discount))?;
    let params = allora(
        AlloraScheme::V016,
        &AlloraSpec::default(),
        Quantity::Probability,
    )?;
    let allora = if spec.with_allora {
        Some(AlloraPool::new(params))
    } else {
        None
    };
    Ok(BoaPlus::new(spec.discount, allora))
}

fn market_blend(spec: &MarketBlendSpec) -> Result<MarketBlend, SchemeError> {
    let blend = Blend::new(spec.prior.clone()).ok_or(SchemeError::Parameter("prior"))?;
    if let Some(cold) = spec.cold_start {
        check("cold_start.extremise", is_positive(cold.extremise))?;
    }
    Ok(MarketBlend::new(
        blend,
        boa_plus(spec.inner)?,
        spec.cold_start,
    ))
}
