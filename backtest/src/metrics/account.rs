//! The account over time: drawdown, daily returns, Sharpe, mean exposure, turnover.

use quorate_domain::{Cash, Price, Rounding, Shares, Timestamp};
use serde::{Deserialize, Serialize};

use super::instant;
use super::scores::mean;

/// Fewest daily returns from which a Sharpe ratio is computed.
pub const SHARPE_DAYS_MIN: usize = 30;

/// A value of the account at an instant.
pub type Sample = (Timestamp, Cash);

/// The deepest fall of equity from an earlier peak, by share of that peak.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawdown {
    /// Peak less trough, micro-dollars.
    pub money: Cash,
    /// `money` divided by the peak.
    pub ratio: f64,
    /// Time of the peak.
    #[serde(with = "instant")]
    pub from: Timestamp,
    /// Time of the trough.
    #[serde(with = "instant")]
    pub to: Timestamp,
}

/// The deepest drawdown of equity in order of time; `None` when it never fell or never was above zero.
#[must_use]
pub fn drawdown_max(equity: &[Sample]) -> Option<Drawdown> {
    let mut peak = *equity.first()?;
    let mut deepest: Option<Drawdown> = None;
    for &(at, value) in equity {
        if value >= peak.1 {
            peak = (at, value);
        }
        let money = peak.1 - value;
        if money <= Cash::ZERO || peak.1 <= Cash::ZERO {
            continue;
        }
        let ratio = money.to_f64() / peak.1.to_f64();
        if deepest.is_none_or(|drawdown| ratio > drawdown.ratio) {
            deepest = Some(Drawdown {
                money,
                ratio,
                from: peak.0,
                to: at,
            });
        }
    }
    deepest
}

/// Highest value so far less the value, for every sample: never negative.
#[must_use]
pub fn drawdowns(equity: &[Sample]) -> Vec<Cash> {
    let mut peak = Cash::from_micros(i64::MIN);
    equity
        .iter()
        .map(|&(_, value)| {
            peak = peak.max(value);
            peak - value
        })
        .collect()
}

/// The last value of every UTC day from the first to the last sample; a day without samples keeps the value before it.
#[must_use]
pub fn daily_closes(equity: &[Sample]) -> Vec<Cash> {
    let Some(&(first, mut close)) = equity.first() else {
        return Vec::new();
    };
    let mut day = first.day();
    let mut closes = Vec::new();
    for &(at, value) in equity {
        while day < at.day() {
            closes.push(close);
            day += 1;
        }
        close = value;
    }
    closes.push(close);
    closes
}

/// `close / close before - 1`, from the bankroll on; empty as soon as a close it divides by is not above zero.
#[must_use]
pub fn daily_returns(bankroll: Cash, closes: &[Cash]) -> Vec<f64> {
    let before = std::iter::once(&bankroll).chain(closes);
    let pairs: Option<Vec<f64>> = before
        .zip(closes)
        .map(|(from, to)| (*from > Cash::ZERO).then(|| to.to_f64() / from.to_f64() - 1.0))
        .collect();
    pairs.unwrap_or_default()
}

/// Annualised Sharpe ratio (Sharpe 1966) with a risk-free rate of zero: mean over sample standard deviation of daily
/// returns times `sqrt(365)`, because this market never closes. `None` below 30 returns or without variation.
#[must_use]
pub fn sharpe_daily(returns: &[f64]) -> Option<f64> {
    if returns.len() < SHARPE_DAYS_MIN {
        return None;
    }
    let average = mean(returns.iter().copied())?;
    let squares: f64 = returns
        .iter()
        .map(|value| (value - average) * (value - average))
        .sum();
    let deviation = libm::sqrt(squares / (returns.len() - 1) as f64);
    (deviation > 0.0).then(|| average / deviation * libm::sqrt(365.0))
}

/// Mean over time of a value that holds until the next sample; the plain value of a single sample, zero of none.
#[must_use]
pub fn time_mean(samples: &[Sample]) -> Cash {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return Cash::ZERO;
    };
    let span = i128::from(last.0.nanos()) - i128::from(first.0.nanos());
    if span <= 0 {
        return last.1;
    }
    let area: i128 = samples
        .windows(2)
        .map(|pair| {
            let held = i128::from(pair[1].0.nanos()) - i128::from(pair[0].0.nanos());
            i128::from(pair[0].1.micros()) * held
        })
        .sum();
    Cash::from_micros_saturating(area / span)
}

/// Sum of price times shares over executions, each rounded up to a micro-dollar.
#[must_use]
pub fn turnover(fills: impl IntoIterator<Item = (Price, Shares)>) -> Cash {
    fills
        .into_iter()
        .map(|(price, shares)| shares.at(price, Rounding::Up))
        .sum()
}

/// Share of results above zero; `None` of nothing.
#[must_use]
pub fn win_share(pnls: &[Cash]) -> Option<f64> {
    mean(
        pnls.iter()
            .map(|pnl| f64::from(u8::from(*pnl > Cash::ZERO))),
    )
}
