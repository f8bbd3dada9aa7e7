//! Contribution of a worker over a whole history: exact leave-one-out by replay, and the running average of the fast
//! per-event values that [`Pool::leave_one_out`] gives.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::leaderboard::score_ema;
use crate::pool::{Pool, PoolError};
use crate::row::{Quantity, ResolvedEvent};
use crate::scheme::{SchemeError, SchemeSpec};

/// Rate of the running average of contributions.
const AVERAGE_RATE: f64 = 0.1;
/// Resolved batches below which nobody should be paid or removed.
pub const BATCHES_TO_JUDGE: u32 = 30;

/// One step of a pool's history, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalEntry {
    /// A worker joined and got the next column.
    Register {
        /// Model family it shares with others, if any.
        family: Option<u32>,
    },
    /// A value was published for an event.
    Predict {
        /// Identity of the event.
        event: u64,
        /// Value per worker column at that time.
        x: Vec<Option<f64>>,
        /// Market price at that time.
        market: Option<f64>,
    },
    /// Events resolved together.
    Resolve {
        /// Event and outcome.
        outcomes: Vec<(u64, f64)>,
        /// Weight of each event, in (0, 1].
        batch_factor: f64,
    },
}

/// Why a history could not be replayed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReplayError {
    /// The scheme can not be built.
    Scheme(SchemeError),
    /// A batch was refused.
    Pool(PoolError),
    /// An event resolved that was never predicted.
    UnknownEvent(u64),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme(error) => write!(f, "scheme: {error}"),
            Self::Pool(error) => write!(f, "pool: {error}"),
            Self::UnknownEvent(event) => write!(f, "event {event} resolved without a prediction"),
        }
    }
}

impl core::error::Error for ReplayError {}

/// What a replay ends with.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// The pool after the last entry: equal to the live one.
    pub pool: Pool,
    /// Loss of the published value per resolved event that had one.
    pub losses: BTreeMap<u64, f64>,
}

/// Replays a history from an empty pool, optionally as if the worker of one column had never been registered.
///
/// # Errors
/// [`ReplayError`] for a scheme that can not be built, a refused batch, or an event that was never predicted.
pub fn replay(
    spec: &SchemeSpec,
    quantity: Quantity,
    journal: &[JournalEntry],
    without: Option<usize>,
) -> Result<Replay, ReplayError> {
    let mut pool = spec.build(quantity).map_err(ReplayError::Scheme)?;
    let mut registered = 0;
    let mut losses = BTreeMap::new();
    let mut open: BTreeMap<u64, Published> = BTreeMap::new();
    for entry in journal {
        match entry {
            JournalEntry::Register { family } => {
                if Some(registered) != without {
                    match family {
                        Some(family) => pool.register_in_family(*family),
                        None => pool.register(),
                    };
                }
                registered += 1;
            }
            JournalEntry::Predict { event, x, market } => {
                let x = columns_without(x, without);
                let value = pool.value(&x, *market);
                open.insert(
                    *event,
                    Published {
                        x,
                        market: *market,
                        value,
                    },
                );
            }
            JournalEntry::Resolve {
                outcomes,
                batch_factor,
            } => {
                let batch = resolved(&mut open, outcomes, quantity, &mut losses)?;
                pool.resolve(&batch, *batch_factor)
                    .map_err(ReplayError::Pool)?;
            }
        }
    }
    Ok(Replay { pool, losses })
}

struct Published {
    x: Vec<Option<f64>>,
    market: Option<f64>,
    value: Option<f64>,
}

fn columns_without(x: &[Option<f64>], without: Option<usize>) -> Vec<Option<f64>> {
    let kept = x
        .iter()
        .enumerate()
        .filter(|(column, _)| Some(*column) != without);
    kept.map(|(_, value)| *value).collect()
}

fn resolved(
    open: &mut BTreeMap<u64, Published>,
    outcomes: &[(u64, f64)],
    quantity: Quantity,
    losses: &mut BTreeMap<u64, f64>,
) -> Result<Vec<ResolvedEvent>, ReplayError> {
    let mut batch = Vec::with_capacity(outcomes.len());
    for (event, outcome) in outcomes {
        let published = open
            .remove(event)
            .ok_or(ReplayError::UnknownEvent(*event))?;
        if let Some(value) = published.value {
            losses.insert(*event, quantity.loss(value, *outcome));
        }
        let Published { x, market, .. } = published;
        batch.push(ResolvedEvent {
            x,
            market,
            outcome: *outcome,
        });
    }
    Ok(batch)
}

/// Exact leave-one-out of every worker: mean, over the events that have a value in both runs, of the loss without the
/// worker ever registered minus the loss with it. `None` without such an event. Costs one replay per worker.
///
/// # Errors
/// As [`replay`].
pub fn replay_leave_one_out(
    spec: &SchemeSpec,
    quantity: Quantity,
    journal: &[JournalEntry],
) -> Result<Vec<Option<f64>>, ReplayError> {
    let with = replay(spec, quantity, journal, None)?;
    let contribution = |worker: usize| -> Result<Option<f64>, ReplayError> {
        let without = replay(spec, quantity, journal, Some(worker))?;
        let common = with
            .losses
            .iter()
            .filter_map(|(event, loss)| Some(without.losses.get(event)? - loss));
        let (sum, count) = common.fold((0.0, 0u32), |(sum, n), gain| (sum + gain, n + 1));
        Ok(if count == 0 {
            None
        } else {
            Some(sum / f64::from(count))
        })
    };
    (0..with.pool.workers()).map(contribution).collect()
}

/// Running record of one worker's fast contributions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Exponential moving average (rate 0.1, first value as start); `None` before the first event.
    pub average: Option<f64>,
    /// Sum over all events.
    pub total: f64,
    /// Events with a value.
    pub events: u32,
}

impl Contribution {
    /// Adds the contribution to one event.
    pub fn add(&mut self, contribution: f64) {
        self.average = Some(score_ema(self.average, contribution, AVERAGE_RATE));
        self.total += contribution;
        self.events = self.events.saturating_add(1);
    }
}
