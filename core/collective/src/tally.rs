//! Running sums of one worker's results, from which its measures follow: scores, skill, calibration, contribution.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::calibration::{Calibration, LogitPoint};
use crate::quality::{brier, skill};
use crate::row::Quantity;
use crate::simple::{WORKER_LOGIT_CLIP, worker_logit};

/// Width of the bins in log odds that calibration is fitted on: far below the error of any slope.
const BIN_WIDTH: f64 = 0.2;

/// A resolved event with everything that was known about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredEvent {
    /// Value per worker column at the freeze; later workers have no column.
    pub x: Vec<Option<f64>>,
    /// Market price at the freeze, 0..=1.
    pub market: Option<f64>,
    /// Value the pool published at the freeze.
    pub published: Option<f64>,
    /// Plain mean of the present workers.
    pub mean: Option<f64>,
    /// What happened.
    pub outcome: f64,
    /// Contribution per worker column: loss without the worker less loss with everybody, at resolution.
    pub contributions: Vec<Option<f64>>,
}

/// Losses of a worker and of something else over the same events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Against {
    events: u64,
    own: f64,
    other: f64,
}

impl Against {
    fn add(&mut self, own: f64, other: f64) {
        self.events += 1;
        self.own += own;
        self.other += other;
    }

    fn skill(&self) -> Option<f64> {
        if self.events == 0 || self.other == 0.0 {
            return None;
        }
        Some(skill(self.own, self.other))
    }
}

/// Sums for a correlation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Moments {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Moments {
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// Pearson's correlation; `None` when one side does not vary beyond rounding.
    fn correlation(&self) -> Option<f64> {
        let covariance = self.n * self.xy - self.x * self.y;
        let (own, other) = (
            self.n * self.xx - self.x * self.x,
            self.n * self.yy - self.y * self.y,
        );
        let varies = |spread: f64, squares: f64| 1e-12 * self.n * squares < spread;
        if !varies(own, self.xx) || !varies(other, self.yy) {
            return None;
        }
        Some((covariance / libm::sqrt(own * other)).clamp(-1.0, 1.0))
    }
}

/// Forecasts of one bin of log odds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Bin {
    events: f64,
    logits: f64,
    outcomes: f64,
}

/// Sums over the resolved events that a worker could have answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    asked: u64,
    answered: u64,
    loss: f64,
    squares: f64,
    absolute: f64,
    pool: Against,
    market: Against,
    mean: Against,
    with_market: Moments,
    bins: BTreeMap<u8, Bin>,
    contribution: f64,
    contributed: u64,
}

/// What the sums say. Losses are log losses in nats for probabilities and squared errors for prices; a measure without
/// events is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Events answered.
    pub events: u64,
    /// Share of the resolved events that were open to the worker and that it answered, 0..=1.
    pub coverage: Option<f64>,
    /// Mean loss.
    pub loss: Option<f64>,
    /// Mean squared error: the Brier score of a probability.
    pub squared_error: Option<f64>,
    /// Mean absolute error.
    pub absolute_error: Option<f64>,
    /// `1 - loss / loss of the pool` on the same events.
    pub skill_pool: Option<f64>,
    /// `1 - loss / loss of the market` on the same events.
    pub skill_market: Option<f64>,
    /// `1 - loss / loss of the plain mean` on the same events.
    pub skill_mean: Option<f64>,
    /// Slope of the calibration line: below 1 over-confident. Probabilities only.
    pub calibration_slope: Option<f64>,
    /// Mean contribution per answered event.
    pub contribution: Option<f64>,
    /// Correlation of the values with the market price: near 1 for a worker that echoes it.
    pub market_correlation: Option<f64>,
}

impl Tally {
    /// Adds one event for the worker of a column. An event frozen before it joined counts for nothing.
    pub fn add(&mut self, event: &ScoredEvent, worker: usize, quantity: Quantity) {
        let Some(answer) = event.x.get(worker) else {
            return;
        };
        self.asked += 1;
        let Some(x) = *answer else {
            return;
        };
        let loss = |value: f64| quantity.loss(value, event.outcome);
        let own = loss(x);
        self.answered += 1;
        self.loss += own;
        self.squares += brier(x, event.outcome);
        self.absolute += (x - event.outcome).abs();
        if let Some(published) = event.published {
            self.pool.add(own, loss(published));
        }
        if let Some(mean) = event.mean {
            self.mean.add(own, loss(mean));
        }
        if quantity == Quantity::Probability {
            self.calibrate(x, event.outcome);
            if let Some(market) = event.market {
                self.market.add(own, loss(market));
                self.with_market.add(x, market);
            }
        }
        if let Some(contribution) = event.contributions.get(worker).copied().flatten() {
            self.contribution += contribution;
            self.contributed += 1;
        }
    }

    fn calibrate(&mut self, probability: f64, outcome: f64) {
        let logit = worker_logit(probability);
        let lowest = worker_logit(WORKER_LOGIT_CLIP);
        let bin = self
            .bins
            .entry(libm::floor((logit - lowest) / BIN_WIDTH) as u8)
            .or_default();
        bin.events += 1.0;
        bin.logits += logit;
        bin.outcomes += outcome;
    }

    /// The measures of these sums.
    #[must_use]
    pub fn measures(&self) -> Measures {
        let share = |sum: f64, count: u64| {
            if count == 0 {
                None
            } else {
                Some(sum / count as f64)
            }
        };
        Measures {
            events: self.answered,
            coverage: share(self.answered as f64, self.asked),
            loss: share(self.loss, self.answered),
            squared_error: share(self.squares, self.answered),
            absolute_error: share(self.absolute, self.answered),
            skill_pool: self.pool.skill(),
            skill_market: self.market.skill(),
            skill_mean: self.mean.skill(),
            calibration_slope: self.calibration_slope(),
            contribution: share(self.contribution, self.contributed),
            market_correlation: self.with_market.correlation(),
        }
    }

    fn calibration_slope(&self) -> Option<f64> {
        let point = |bin: &Bin| LogitPoint {
            logit: bin.logits / bin.events,
            outcome: bin.outcomes / bin.events,
            events: bin.events,
        };
        let points: Vec<LogitPoint> = self.bins.values().map(point).collect();
        Calibration::fit_points(&points).map(|line| line.slope)
    }
}
