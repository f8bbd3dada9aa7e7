//! Uncertain probabilities: pooling with the market, shrinkage for estimation error, robust intervals, posteriors.
//!
//! For one bet only the posterior *mean* matters; width alone shrinks nothing. What shrinks a bet is the market as a prior
//! and the error of the estimate out of sample.

use super::error::{SizingError, not_negative, positive, price, probability};
use super::fractional::kelly_fraction;
use quorate_domain::math::{logit, normal_density, sigmoid};

/// Bounds applied before taking log odds, so that one model's certainty cannot swamp a pool.
pub const POOL_CLIP: f64 = 0.002;

/// `logit p = w logit(model) + (1 - w) logit(market)`, both first clipped to `[POOL_CLIP, 1 - POOL_CLIP]`.
///
/// # Errors
/// A probability, price or weight outside `[0, 1]`.
pub fn logit_pool(p_model: f64, market: f64, weight_model: f64) -> Result<f64, SizingError> {
    let clipped = |p: f64| logit(p.clamp(POOL_CLIP, 1.0 - POOL_CLIP));
    let model = clipped(probability("model probability", p_model)?);
    let market = clipped(price("market price", market)?);
    let weight = probability("model weight", weight_model)?;
    Ok(sigmoid(weight * model + (1.0 - weight) * market))
}

/// Shrinkage `e^2 / (e^2 + sigma^2)` of the Kelly stake, `e = p_hat - c` (after Baker & McHale 2013).
///
/// Accurate for edges of at least two standard errors, careful below. 0 when both are zero.
///
/// # Errors
/// `p_hat` or `cost` outside `[0, 1]`, a negative standard error.
pub fn shrinkage(p_hat: f64, cost: f64, std_error: f64) -> Result<f64, SizingError> {
    let edge = probability("estimate", p_hat)? - price("cost per share", cost)?;
    let sigma = not_negative("standard error", std_error)?;
    let square = edge * edge;
    Ok(if square == 0.0 {
        0.0
    } else {
        square / (square + sigma * sigma)
    })
}

/// The numerically best multiplier in `[0, 1.5]` when estimates scatter normally around the true probability `p_hat`:
/// maximises the expected log growth of `k max(0, (q - c)/(1 - c))`, `q ~ N(p_hat, sigma^2)`. About 1e-6 accurate.
///
/// # Errors
/// `p_hat` outside `[0, 1]`, `cost` outside `[0, 1)`, a standard error that is not positive.
pub fn shrinkage_exact(p_hat: f64, cost: f64, std_error: f64) -> Result<f64, SizingError> {
    let p = probability("estimate", p_hat)?;
    let cost = price("cost per share", cost)?;
    positive("1 - cost", 1.0 - cost)?;
    let sigma = positive("standard error", std_error)?;
    let growth = |k: f64| expected_growth(k, p, cost, sigma);
    let ratio = 0.5 * (libm::sqrt(5.0) - 1.0);
    let (mut low, mut high) = (0.0, 1.5);
    for _ in 0..40 {
        let width = ratio * (high - low);
        // Concave in k, minus infinity once a stake reaches all the cash.
        if growth(high - width) < growth(low + width) {
            low = high - width;
        } else {
            high = low + width;
        }
    }
    Ok(0.5 * (low + high))
}

/// Expected log growth over the scatter of the estimate, by Simpson's rule.
fn expected_growth(k: f64, p: f64, cost: f64, sigma: f64) -> f64 {
    const INTERVALS: usize = 1000;
    let from = cost.max(p - 8.0 * sigma);
    let to = (p + 8.0 * sigma).min(0.999_999);
    if to <= from {
        return 0.0;
    }
    let width = (to - from) / INTERVALS as f64;
    let value = |q: f64| {
        let stake = k * (q - cost) / (1.0 - cost);
        if stake >= 1.0 {
            return f64::NEG_INFINITY;
        }
        let win = p * libm::log1p(stake * (1.0 - cost) / cost);
        let lose = (1.0 - p) * libm::log1p(-stake);
        (win + lose) * normal_density((q - p) / sigma)
    };
    let mut sum = value(from) + value(to);
    for i in 1..INTERVALS {
        let weight = if i % 2 == 1 { 4.0 } else { 2.0 };
        sum += weight * value(from + i as f64 * width);
    }
    sum * width / (3.0 * sigma)
}

/// Which side a robust bettor takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RobustSide {
    /// YES, sized on the lower end; the fraction of cash.
    Yes(f64),
    /// NO, sized on one minus the upper end; the fraction of cash.
    No(f64),
    /// Neither side gains whatever the probability turns out to be.
    None,
}

/// Full Kelly against the worst probability in `[low, high]` (distributionally robust Kelly, Sun & Boyd 2018).
///
/// # Errors
/// Bounds outside `[0, 1]` or out of order, a cost outside `[0, 1)`.
pub fn robust_stake(
    low: f64,
    high: f64,
    yes_cost: f64,
    no_cost: f64,
) -> Result<RobustSide, SizingError> {
    let low = probability("lower bound", low)?;
    let high = probability("upper bound", high)?;
    if low > high {
        return Err(SizingError::Order {
            what: "bounds of the probability",
            position: 1,
        });
    }
    let yes = kelly_fraction(low, yes_cost)?;
    let no = kelly_fraction(1.0 - high, no_cost)?;
    Ok(if yes > 0.0 {
        RobustSide::Yes(yes)
    } else if no > 0.0 {
        RobustSide::No(no)
    } else {
        RobustSide::None
    })
}

/// Mean and standard deviation of a Beta(a, b) posterior of `P(YES)`. Full Kelly depends on the mean alone.
///
/// # Errors
/// A parameter that is not positive.
pub fn beta_posterior(a: f64, b: f64) -> Result<(f64, f64), SizingError> {
    let a = positive("beta parameter a", a)?;
    let b = positive("beta parameter b", b)?;
    let sum = a + b;
    Ok((a / sum, libm::sqrt(a * b / (sum * sum * (sum + 1.0)))))
}
