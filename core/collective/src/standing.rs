//! The leaderboard: how every worker stands, since it joined and over the last batches.
//!
//! It is a fold over the raw history - who joined, who said what, when values were frozen, what came of it - and keeps
//! everything it needs in one serialisable state. Rebuilding it from that history gives the same state exactly.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::contribution::Contribution;
use crate::pool::{Pool, PoolError};
use crate::row::{Quantity, ResolvedEvent};
use crate::scheme::{SchemeError, SchemeSpec};
use crate::simple::mean_pool;
use crate::tally::{Measures, ScoredEvent, Tally};

/// Version of the leaderboard's state. A snapshot of another version is refused: rebuild it from the history.
pub const LEADERBOARD_VERSION: u32 = 2;

/// Events that are over and still remembered, so that words about them count as late. The oldest make room.
pub const CLOSED_KEPT: usize = 100_000;

/// One step of the raw history, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaderboardEntry {
    /// A worker joined and got the next column.
    Join {
        /// Model family it shares with others, if any.
        family: Option<u32>,
    },
    /// A worker said a value for an event; a later one replaces it until the freeze.
    Submit {
        /// Identity of the event.
        event: u64,
        /// Column of the worker.
        worker: usize,
        /// Its value, in the units of the quantity.
        value: f64,
    },
    /// The values of an event were frozen and combined.
    Freeze {
        /// Identity of the event.
        event: u64,
        /// Market price at that time, 0..=1.
        market: Option<f64>,
    },
    /// Events resolved together.
    Resolve {
        /// Event and outcome.
        outcomes: Vec<(u64, f64)>,
        /// Weight of each event, in (0, 1].
        batch_factor: f64,
    },
    /// An event was called off: nobody is judged by it.
    Void {
        /// Identity of the event.
        event: u64,
    },
}

/// Why an entry was refused. The leaderboard is unchanged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LeaderboardError {
    /// No worker has this column.
    UnknownWorker(usize),
    /// The event was never frozen, or has resolved already.
    UnknownEvent(u64),
    /// The event was frozen before, or is over.
    FrozenTwice(u64),
    /// The event stands twice in one batch.
    ResolvedTwice(u64),
    /// The pool refused the batch.
    Pool(PoolError),
}

impl fmt::Display for LeaderboardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownWorker(column) => write!(f, "no worker has column {column}"),
            Self::UnknownEvent(event) => write!(f, "event {event} is not frozen and open"),
            Self::FrozenTwice(event) => write!(f, "event {event} was frozen before or is over"),
            Self::ResolvedTwice(event) => write!(f, "event {event} stands twice in one batch"),
            Self::Pool(error) => write!(f, "pool: {error}"),
        }
    }
}

impl core::error::Error for LeaderboardError {}

/// An event that has not resolved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Open {
    x: Vec<Option<f64>>,
    frozen: Option<Frozen>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Frozen {
    market: Option<f64>,
    published: Option<f64>,
}

/// Submissions that counted as absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    /// They came after the freeze, or after the event was over.
    pub late: u64,
    /// They were no values of the quantity.
    pub impossible: u64,
}

/// One worker's record since it joined.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Record {
    tally: Tally,
    contribution: Contribution,
    ignored: Ignored,
}

/// How one worker stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Column of the worker.
    pub worker: usize,
    /// Its weight if every worker spoke now, 0..=1.
    pub weight: f64,
    /// Measures since it joined.
    pub total: Measures,
    /// Measures over the last batches.
    pub recent: Measures,
    /// Contributions: moving average and sum.
    pub contribution: Contribution,
    /// Submissions that counted as absent.
    pub ignored: Ignored,
}

/// Events that are over, the newest [`CLOSED_KEPT`] of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Closed {
    events: BTreeSet<u64>,
    oldest_first: VecDeque<u64>,
}

impl Closed {
    fn close(&mut self, event: u64) {
        if self.events.insert(event) {
            self.oldest_first.push_back(event);
        }
        if CLOSED_KEPT < self.oldest_first.len()
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.events.remove(&oldest);
        }
    }
}

/// The state. Memory: about 200 bytes and the used calibration bins per worker, the last `window` batches of rows, open
/// events, and the numbers of the last [`CLOSED_KEPT`] that are over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leaderboard {
    version: u32,
    pool: Pool,
    window: usize,
    batches: u64,
    records: Vec<Record>,
    open: BTreeMap<u64, Open>,
    closed: Closed,
    recent: VecDeque<Vec<ScoredEvent>>,
}

impl Leaderboard {
    /// An empty leaderboard of the workers of one pool; `window` is the number of batches that count as recent.
    ///
    /// # Errors
    /// [`SchemeError`] for a scheme that can not be built for this quantity.
    pub fn new(spec: &SchemeSpec, quantity: Quantity, window: usize) -> Result<Self, SchemeError> {
        Ok(Self {
            version: LEADERBOARD_VERSION,
            pool: spec.build(quantity)?,
            window,
            batches: 0,
            records: Vec::new(),
            open: BTreeMap::new(),
            closed: Closed::default(),
            recent: VecDeque::new(),
        })
    }

    /// True for a state of this version whose parts belong together. Ask it of every restored snapshot.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.version == LEADERBOARD_VERSION
            && self.records.len() == self.pool.workers()
            && self.recent.len() <= self.window
            && self.closed.events.len() == self.closed.oldest_first.len()
    }

    /// The pool, as the resolutions so far have taught it.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Resolved batches so far.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.batches
    }

    /// Takes the next step of the history. Submissions that come late or are no values of the quantity are counted and
    /// otherwise without effect.
    ///
    /// # Errors
    /// [`LeaderboardError`]; then nothing has changed.
    pub fn apply(&mut self, entry: &LeaderboardEntry) -> Result<(), LeaderboardError> {
        match entry {
            LeaderboardEntry::Join { family } => {
                match family {
                    Some(family) => self.pool.register_in_family(*family),
                    None => self.pool.register(),
                };
                self.records.push(Record::default());
                Ok(())
            }
            LeaderboardEntry::Submit {
                event,
                worker,
                value,
            } => self.submit(*event, *worker, *value),
            LeaderboardEntry::Freeze { event, market } => self.freeze(*event, *market),
            LeaderboardEntry::Resolve {
                outcomes,
                batch_factor,
            } => self.resolve(outcomes, *batch_factor),
            LeaderboardEntry::Void { event } => match self.open.remove(event) {
                Some(_) => {
                    self.closed.close(*event);
                    Ok(())
                }
                None => Err(LeaderboardError::UnknownEvent(*event)),
            },
        }
    }

    fn submit(&mut self, event: u64, worker: usize, value: f64) -> Result<(), LeaderboardError> {
        let unknown = LeaderboardError::UnknownWorker(worker);
        let record = self.records.get_mut(worker).ok_or(unknown)?;
        if !self.pool.quantity().contains(value) {
            record.ignored.impossible += 1;
            return Ok(());
        }
        if self.closed.events.contains(&event) {
            record.ignored.late += 1;
            return Ok(());
        }
        let open = self.open.entry(event).or_default();
        if open.frozen.is_some() {
            record.ignored.late += 1;
            return Ok(());
        }
        if open.x.len() <= worker {
            open.x.resize(worker + 1, None);
        }
        open.x[worker] = Some(value);
        Ok(())
    }

    fn freeze(&mut self, event: u64, market: Option<f64>) -> Result<(), LeaderboardError> {
        let workers = self.records.len();
        if self.closed.events.contains(&event) {
            return Err(LeaderboardError::FrozenTwice(event));
        }
        let open = self.open.entry(event).or_default();
        if open.frozen.is_some() {
            return Err(LeaderboardError::FrozenTwice(event));
        }
        open.x.resize(workers, None);
        let market = market.filter(|market| Quantity::Probability.contains(*market));
        let published = self.pool.value(&open.x, market);
        open.frozen = Some(Frozen { market, published });
        Ok(())
    }

    fn resolve(
        &mut self,
        outcomes: &[(u64, f64)],
        batch_factor: f64,
    ) -> Result<(), LeaderboardError> {
        let scored = self.scored(outcomes)?;
        let events: Vec<ResolvedEvent> = scored.iter().map(resolved).collect();
        self.pool
            .resolve(&events, batch_factor)
            .map_err(LeaderboardError::Pool)?;
        let quantity = self.pool.quantity();
        for event in &scored {
            for (worker, record) in self.records.iter_mut().enumerate() {
                record.tally.add(event, worker, quantity);
                let contribution = event.contributions.get(worker).copied().flatten();
                contribution
                    .into_iter()
                    .for_each(|value| record.contribution.add(value));
            }
        }
        for (event, _) in outcomes {
            self.open.remove(event);
            self.closed.close(*event);
        }
        self.batches += 1;
        self.recent.push_back(scored);
        while self.window < self.recent.len() {
            self.recent.pop_front();
        }
        Ok(())
    }

    /// The events of a batch with everybody's contribution by the state before it.
    fn scored(&self, outcomes: &[(u64, f64)]) -> Result<Vec<ScoredEvent>, LeaderboardError> {
        let mut scored: Vec<ScoredEvent> = Vec::with_capacity(outcomes.len());
        let mut seen = BTreeSet::new();
        for (position, (event, outcome)) in outcomes.iter().enumerate() {
            let unknown = LeaderboardError::UnknownEvent(*event);
            let open = self.open.get(event).ok_or(unknown)?;
            let frozen = open.frozen.ok_or(unknown)?;
            if !seen.insert(*event) {
                return Err(LeaderboardError::ResolvedTwice(*event));
            }
            let mut one = ScoredEvent {
                x: open.x.clone(),
                market: frozen.market,
                published: frozen.published,
                mean: mean_pool(&open.x),
                outcome: *outcome,
                contributions: Vec::new(),
            };
            let judged = self.pool.leave_one_out(&resolved(&one));
            one.contributions =
                judged.map_err(|_| LeaderboardError::Pool(PoolError::Outcome(position)))?;
            scored.push(one);
        }
        Ok(scored)
    }

    /// How every worker stands, in column order.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        let workers = self.records.len();
        let everybody = vec![Some(0.5); workers];
        let weights = self.pool.predict(&everybody, Some(0.5)).weights;
        let quantity = self.pool.quantity();
        let mut recent = vec![Tally::default(); workers];
        for event in self.recent.iter().flatten() {
            for (worker, tally) in recent.iter_mut().enumerate() {
                tally.add(event, worker, quantity);
            }
        }
        let records = self.records.iter().zip(&recent).zip(weights);
        records
            .enumerate()
            .map(|(worker, ((record, recent), weight))| Standing {
                worker,
                weight,
                total: record.tally.measures(),
                recent: recent.measures(),
                contribution: record.contribution,
                ignored: record.ignored,
            })
            .collect()
    }
}

fn resolved(event: &ScoredEvent) -> ResolvedEvent {
    ResolvedEvent {
        x: event.x.clone(),
        market: event.market,
        outcome: event.outcome,
    }
}

/// The leaderboard at the end of a raw history.
///
/// # Errors
/// The position of the first refused entry and why it was refused.
pub fn rebuild(
    empty: Leaderboard,
    history: &[LeaderboardEntry],
) -> Result<Leaderboard, (usize, LeaderboardError)> {
    let mut leaderboard = empty;
    for (position, entry) in history.iter().enumerate() {
        leaderboard
            .apply(entry)
            .map_err(|error| (position, error))?;
    }
    Ok(leaderboard)
}
