//! Fee schedules: exact conversion, agreement of the two places that publish them, and a look at the category.

use quorate_domain::FeeSchedule;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::market::ClobFee;
use crate::gamma::{Event, Market};

/// Subjects with a fee schedule of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Prices of crypto assets.
    Crypto,
    /// Sports.
    Sports,
    /// Politics and elections.
    Politics,
    /// Relations between states.
    Geopolitics,
    /// Everything else.
    Other,
}

/// Why a fee schedule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeeError {
    /// Rate, exponent or rebate outside what the formula can take.
    #[error("{field} of the fee is {value}; expected {expected}")]
    Value {
        /// Which number.
        field: &'static str,
        /// What it is.
        value: Decimal,
        /// What it may be.
        expected: &'static str,
    },
    /// A number is missing.
    #[error("the fee schedule has no {0}")]
    Missing(&'static str),
    /// Makers would pay.
    #[error("makers pay a fee here, which no strategy reckons with")]
    MakersPay,
    /// The two publications differ.
    #[error("the catalogue publishes the fee {catalogue}, the order service {service}")]
    Disagreement {
        /// Rate and exponent of the catalogue.
        catalogue: String,
        /// Rate and exponent of the order service.
        service: String,
    },
    /// A fee that no schedule of the category comes near.
    #[error(
        "a rate of {rate_ppm} ppm is far from the {expected_ppm} ppm of its category ({category:?}); look at the market"
    )]
    Category {
        /// The category by its subjects.
        category: Category,
        /// The rate, parts per million.
        rate_ppm: u32,
        /// The published rate of the category, parts per million.
        expected_ppm: u32,
    },
}

impl Category {
    /// By the subjects of the event.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let has = |slugs: &[&str]| {
            event
                .tags
                .iter()
                .any(|tag| slugs.contains(&tag.slug.as_str()))
        };
        if has(&[
            "crypto",
            "up-or-down",
            "crypto-prices",
            "bitcoin",
            "ethereum",
        ]) {
            Self::Crypto
        } else if has(&["sports"]) {
            Self::Sports
        } else if has(&["politics", "elections"]) {
            // Before geopolitics: elections abroad carry both.
            Self::Politics
        } else if has(&["geopolitics"]) {
            Self::Geopolitics
        } else {
            Self::Other
        }
    }

    /// The rate that the venue publishes for the category, parts per million; `None` where several are in use.
    const fn rate_ppm(self) -> Option<u32> {
        match self {
            Self::Crypto => Some(70_000),
            Self::Sports => Some(50_000),
            Self::Politics => Some(40_000),
            Self::Geopolitics => Some(0),
            Self::Other => None,
        }
    }
}

/// Highest rate that is taken for a fee schedule and not for a mistake, parts per million.
const RATE_PPM_MAX: u32 = 100_000;

/// The schedule of a market. A market may be cheaper than its category, as older ones are; one that is more than half
/// dearer is refused.
pub(super) fn schedule(
    event: &Event,
    market: &Market,
    service: Option<&ClobFee>,
) -> Result<FeeSchedule, FeeError> {
    let catalogue = match (market.fees_enabled, &market.fee_schedule) {
        (Some(false), _) | (_, None) => None,
        (_, Some(fee)) => Some(ClobFee {
            rate: fee.rate.ok_or(FeeError::Missing("rate"))?,
            exponent: fee.exponent.ok_or(FeeError::Missing("exponent"))?,
            taker_only: fee.taker_only != Some(false),
        }),
    };
    // The order service is what charges; the catalogue, where it speaks, must say the same.
    let is_silent = market.fees_enabled.is_none() && market.fee_schedule.is_none();
    if !is_silent && told(catalogue.as_ref()) != told(service) {
        return Err(FeeError::Disagreement {
            catalogue: told(catalogue.as_ref()),
            service: told(service),
        });
    }
    let Some(fee) = service else {
        return Ok(FeeSchedule::NONE);
    };
    if !fee.taker_only {
        return Err(FeeError::MakersPay);
    }
    let rebate = market
        .fee_schedule
        .as_ref()
        .and_then(|fee| fee.rebate_rate)
        .unwrap_or_default();
    let schedule = FeeSchedule {
        rate_ppm: ppm("rate", fee.rate, RATE_PPM_MAX, "0 to 0.1")?,
        exponent: exponent(fee.exponent)?,
        rebate_share_ppm: ppm("rebate", rebate, 1_000_000, "0 to 1")?,
    };
    let category = Category::of(event);
    match category.rate_ppm() {
        Some(expected_ppm) if schedule.rate_ppm > expected_ppm + expected_ppm / 2 => {
            Err(FeeError::Category {
                category,
                rate_ppm: schedule.rate_ppm,
                expected_ppm,
            })
        }
        _ => Ok(schedule),
    }
}

fn told(fee: Option<&ClobFee>) -> String {
    match fee {
        Some(fee) if !fee.rate.is_zero() => {
            format!(
                "{} (exponent {})",
                fee.rate.normalize(),
                fee.exponent.normalize()
            )
        }
        _ => "none".to_owned(),
    }
}

fn ppm(
    field: &'static str,
    value: Decimal,
    max: u32,
    expected: &'static str,
) -> Result<u32, FeeError> {
    let wrong = FeeError::Value {
        field,
        value,
        expected,
    };
    let scaled = value
        .checked_mul(Decimal::from(1_000_000))
        .filter(|scaled| scaled.fract().is_zero());
    match scaled.and_then(|scaled| scaled.to_u32()) {
        Some(ppm) if ppm <= max => Ok(ppm),
        _ => Err(wrong),
    }
}

fn exponent(value: Decimal) -> Result<u8, FeeError> {
    match value.to_u8() {
        Some(exponent) if value.fract().is_zero() && (1..=4).contains(&exponent) => Ok(exponent),
        _ => Err(FeeError::Value {
            field: "exponent",
            value,
            expected: "1, 2, 3 or 4",
        }),
    }
}
