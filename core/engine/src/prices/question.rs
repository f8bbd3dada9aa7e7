//! From a forecast of a price to the probability that a market on it pays.

use core::time::Duration;

use quorate_collective::conformal::{DIRECTION_BOUNDS, PROBABILITY_BOUNDS};
use quorate_domain::{NoTradeReason, PriceCondition, Ties, Timestamp};

use super::outlook::{Forecast, Outlook};
use super::units::Seen;
use super::watch::{Opening, Watch};
use crate::sizing::touch::Touch;

const YEAR_SECONDS: f64 = 365.25 * 86_400.0;

/// Probability of YES as of the newest price, kept inside `[0.005, 0.995]`, and inside `[0.02, 0.98]` for up/down
/// windows: no scale is learned well enough to speak of tails. Only a barrier that was touched is certain.
///
/// # Errors
/// [`NoTradeReason::NoReference`] when a price that the answer needs was not seen; [`NoTradeReason::UnknownScale`] when
/// the numbers make no distribution.
pub fn probability(
    watch: &Watch,
    forecast: &Forecast<'_>,
    age_max: Duration,
) -> Result<f64, NoTradeReason> {
    let (low, high) = match watch.condition {
        PriceCondition::Touch { barrier_micros } if watch.has_touched(barrier_micros) => {
            return Ok(1.0);
        }
        PriceCondition::UpDown { .. } => DIRECTION_BOUNDS,
        _ => PROBABILITY_BOUNDS,
    };
    Ok(unbounded(watch, forecast, age_max)?.clamp(low, high))
}

/// As [`probability`], without the bounds.
///
/// # Errors
/// As [`probability`].
pub fn unbounded(
    watch: &Watch,
    forecast: &Forecast<'_>,
    age_max: Duration,
) -> Result<f64, NoTradeReason> {
    let spot = watch.last.ok_or(NoTradeReason::NoReference)?;
    let p = match watch.condition {
        PriceCondition::Above {
            strike_micros,
            ties,
            ..
        } => settlement(watch, spot, forecast, age_max)?.above(strike_micros, ties),
        PriceCondition::UpDown { ties, .. } => {
            let Opening::At(opening) = watch.opening else {
                return Err(NoTradeReason::NoReference);
            };
            settlement(watch, spot, forecast, age_max)?.above(opening.micros, ties)
        }
        PriceCondition::Range {
            low_micros,
            high_micros,
            ..
        } => {
            let settlement = settlement(watch, spot, forecast, age_max)?;
            // The lower bound is included, the upper one is not.
            let (above_low, above_high) = (
                settlement.above(low_micros, Ties::Yes),
                settlement.above(high_micros, Ties::Yes),
            );
            above_low
                .zip(above_high)
                .map(|(low, high)| (low - high).max(0.0))
        }
        PriceCondition::Touch { barrier_micros } => {
            touch(spot, barrier_micros, watch.closes_at, forecast)
        }
    };
    p.ok_or(NoTradeReason::UnknownScale)
}

/// What a market will settle at.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Settlement<'a> {
    /// Nothing is left to happen.
    Fixed(f64),
    /// The log return from `center` (millionths) has this distribution.
    Open { center: f64, outlook: Outlook<'a> },
}

impl Settlement<'_> {
    /// Probability of a settlement above the strike; half of it, or all, for one exactly there.
    fn above(&self, strike_micros: i64, ties: Ties) -> Option<f64> {
        let strike = strike_micros as f64;
        match *self {
            Self::Open { center, outlook } => outlook.p_above(center, strike),
            Self::Fixed(price) if price == strike => Some(match ties {
                Ties::Yes => 1.0,
                Ties::No => 0.0,
                Ties::Half => 0.5,
            }),
            Self::Fixed(price) => Some(if strike < price { 1.0 } else { 0.0 }),
        }
    }
}

fn settlement<'a>(
    watch: &Watch,
    spot: Seen,
    forecast: &Forecast<'a>,
    age_max: Duration,
) -> Result<Settlement<'a>, NoTradeReason> {
    let (now, end) = (spot.at, watch.closes_at);
    let left = end.since(now).as_secs_f64();
    let window = f64::from(watch.condition.average_secs());
    let center = spot.micros as f64;
    if window <= left {
        if left == 0.0 {
            return Ok(Settlement::Fixed(center));
        }
        let outlook = if window == 0.0 {
            forecast.over(now, end)
        } else {
            forecast.over_to_average(now, end, window)
        };
        return Ok(Settlement::Open { center, outlook });
    }
    let elapsed = window - left;
    let so_far = watch
        .average(elapsed, age_max)
        .ok_or(NoTradeReason::NoReference)?;
    let center = (elapsed * so_far + left * center) / window;
    if left == 0.0 {
        return Ok(Settlement::Fixed(center));
    }
    let outlook = forecast.over_rest_of_average(now, end, window);
    Ok(Settlement::Open { center, outlook })
}

/// Reflection principle with the forecast's mean and deviation as drift and volatility; its shape is not asked, since
/// the formula is that of a Brownian path.
fn touch(spot: Seen, barrier_micros: i64, end: Timestamp, forecast: &Forecast<'_>) -> Option<f64> {
    if barrier_micros <= 0 {
        return Some(0.0);
    }
    let years = end.since(spot.at).as_secs_f64() / YEAR_SECONDS;
    if years == 0.0 {
        return Some(if spot.micros == barrier_micros {
            1.0
        } else {
            0.0
        });
    }
    let outlook = forecast.over(spot.at, end);
    let volatility = outlook.sd / libm::sqrt(years);
    Touch {
        spot: spot.micros as f64,
        barrier: barrier_micros as f64,
        drift: outlook.mean / years + 0.5 * volatility * volatility,
        volatility,
        years,
    }
    .p_continuous()
    .ok()
    .filter(|p| (0.0..=1.0).contains(p))
}
