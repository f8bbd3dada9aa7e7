//! The true course of the price windows: an underlying price with changing volatility, and the chance that a window
//! ends at or above its reference price.
//!
//! The volatility of a window is drawn before it begins and never depends on the price, and the log price has no
//! drift, so that the chance is exact and a martingale.

use std::time::Duration;

use libm::{exp, floor, log, sqrt};
use quorate_domain::{Payout, Timestamp};

use super::campaign::chance_above_zero;
use super::path::Path;
use super::random::Stream;
use super::spec::{WINDOW, moments};

/// First price of the underlying, in dollars.
const FIRST_PRICE: f64 = 50_000.0;
/// Median standard deviation of the log price over one window.
const VOLATILITY: f64 = 0.0012;
/// Log volatility of a window: share kept from the window before, and standard deviation in the long run.
const VOLATILITY_KEPT: f64 = 0.9;
const VOLATILITY_SPREAD: f64 = 0.4;
/// The price feed reports whole cents.
const CENT: f64 = 0.01;

/// The underlying at the start of a window.
pub(super) struct Underlying {
    log_price: f64,
    /// Log volatility relative to its median.
    log_volatility: f64,
}

impl Underlying {
    pub(super) fn new(random: &mut Stream) -> Self {
        Self {
            log_price: log(FIRST_PRICE),
            log_volatility: VOLATILITY_SPREAD * random.normal(),
        }
    }

    /// Lives through one window and returns the true chance of "up" by the second, and what it pays. The window is up
    /// when its last reported price is at or above its first: a tie is up.
    pub(super) fn live_window(
        &mut self,
        opens_at: Timestamp,
        random: &mut Stream,
    ) -> (Path, Payout) {
        let innovation = VOLATILITY_SPREAD * sqrt(1.0 - VOLATILITY_KEPT * VOLATILITY_KEPT);
        self.log_volatility = VOLATILITY_KEPT * self.log_volatility + innovation * random.normal();
        let seconds = WINDOW.as_secs_f64();
        let second_deviation = VOLATILITY * exp(self.log_volatility) / sqrt(seconds);
        // Reported prices are rounded, so that half a cent below the reference still counts as a tie.
        let bar = log(reported(self.log_price) - 0.5 * CENT);
        let closes_at = opens_at.plus(WINDOW);
        let mut truth = Path::default();
        for at in moments(opens_at, closes_at, Duration::from_secs(1)) {
            let variance = closes_at.since(at).as_secs_f64() * second_deviation * second_deviation;
            truth.push(at, chance_up(self.log_price - bar, variance));
            self.log_price += second_deviation * random.normal();
        }
        let up = self.log_price >= bar;
        truth.push(closes_at, if up { 1.0 } else { 0.0 });
        (truth, if up { Payout::YES } else { Payout::NO })
    }
}

fn reported(log_price: f64) -> f64 {
    floor(exp(log_price) / CENT + 0.5) * CENT
}

/// Chance that the log price ends at or above the bar. Scores are put in units of the deviation of one window, so that
/// no variance within a window counts as none.
fn chance_up(above_bar: f64, variance: f64) -> f64 {
    chance_above_zero(above_bar / VOLATILITY, variance / (VOLATILITY * VOLATILITY))
}

#[cfg(test)]
mod tests {
    use quorate_domain::{Payout, Timestamp};

    use super::{Underlying, VOLATILITY, chance_up};
    use crate::sample::random::Stream;

    #[test]
    fn a_price_that_never_moves_is_a_tie_and_a_tie_is_up() {
        let mut random = Stream::of_part(3, "tie", 0);
        for dollars in [49_999.996_f64, 50_000.0, 50_000.004_9] {
            let mut still = Underlying {
                log_price: libm::log(dollars),
                log_volatility: f64::NEG_INFINITY,
            };
            let (truth, payout) = still.live_window(Timestamp::from_secs(300), &mut random);
            assert_eq!(payout, Payout::YES);
            assert!(truth.points().iter().all(|(_, chance)| *chance == 1.0));
        }
    }

    #[test]
    fn the_chance_is_even_at_the_bar_and_certain_without_time_left() {
        let variance = VOLATILITY * VOLATILITY;
        assert!((chance_up(0.0, variance) - 0.5).abs() < 1e-12);
        // One standard deviation above: the normal distribution function at 1.
        assert!((chance_up(VOLATILITY, variance) - 0.841_344_746_068_542_9).abs() < 1e-12);
        assert_eq!(chance_up(1e-9, 0.0), 1.0);
        assert_eq!(chance_up(-1e-9, 0.0), 0.0);
    }
}
