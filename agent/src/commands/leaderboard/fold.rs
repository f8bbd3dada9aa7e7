//! A topic's history folded into its leaderboard, with the intervals and exact contributions that only a whole history
//! can give.

use std::collections::BTreeMap;

use quorate_backtest::collective::{
    Difference, ForecastRow, History, ReadCounts, WorkerInfo, difference,
};
use quorate_backtest::report::format::date;
use quorate_collective::batch::{BATCH_CORRELATION, batch_factor};
use quorate_collective::contribution::{JournalEntry, replay_leave_one_out};
use quorate_collective::simple::mean_pool;
use quorate_collective::{Leaderboard, LeaderboardEntry, Quantity, Standing};
use quorate_domain::{Timestamp, WorkerId};

use super::past::{Row, TopicPast};
use crate::failure::Failure;
use crate::runtime::names::Names;

/// What is done at one moment, in this order.
#[derive(Clone, Copy, Debug)]
enum Moment<'p> {
    Join,
    Impossible(usize, f64),
    Freeze(u64, &'p Row),
    Late(u64, usize, f64),
    Learn(u64, &'p [Row]),
}

impl Moment<'_> {
    const fn rank(&self) -> u8 {
        match self {
            Self::Join => 0,
            Self::Impossible(..) => 1,
            Self::Freeze(..) => 2,
            Self::Late(..) => 3,
            Self::Learn(..) => 4,
        }
    }
}

/// A topic's leaderboard.
pub(super) struct Board {
    /// How every worker stands, by column.
    pub(super) standings: Vec<Standing>,
    /// What the pool published at every freeze, by row.
    published: Vec<Option<f64>>,
    /// The same history for intervals.
    pub(super) history: History,
    steps: Vec<JournalEntry>,
}

impl Board {
    /// Folds a topic's history; `window` batches count as recent.
    ///
    /// # Errors
    /// A scheme that cannot be built or a history that it refuses: neither comes out of a journal that was gone through.
    pub(super) fn of(past: &TopicPast, names: &Names, window: usize) -> Result<Self, Failure> {
        let internal = |why: String| Failure::internal(format!("the leaderboard: {why}"));
        let mut board = Leaderboard::new(&past.scheme, past.quantity, window)
            .map_err(|error| internal(error.to_string()))?;
        let (mut steps, mut published) = (Vec::new(), Vec::new());
        let mut by_event = BTreeMap::new();
        for (_, moment) in moments(past) {
            if let Moment::Freeze(event, row) = moment {
                by_event.insert(event, board.pool().value(&row.values, row.market));
            }
            for entry in entries(moment) {
                board
                    .apply(&entry)
                    .map_err(|error| internal(error.to_string()))?;
            }
            steps.extend(step(moment));
        }
        published.extend(by_event.into_values());
        Ok(Self {
            standings: board.standings(),
            published,
            history: history(past, names),
            steps,
        })
    }

    /// Exact leave-one-out of every worker, by column.
    ///
    /// # Errors
    /// As [`Board::of`].
    pub(super) fn exact(&self, past: &TopicPast) -> Result<Vec<Option<f64>>, Failure> {
        replay_leave_one_out(&past.scheme, past.quantity, &self.steps)
            .map_err(|error| Failure::internal(format!("exact contributions: {error}")))
    }

    /// Values by row of a worker, of the market, of the plain mean, and of the collective.
    pub(super) fn worker(&self, column: usize) -> Vec<Option<f64>> {
        self.by_row(|row| row.x.get(column).copied().flatten())
    }

    pub(super) fn market(&self) -> Vec<Option<f64>> {
        self.by_row(|row| row.market)
    }

    pub(super) fn mean(&self) -> Vec<Option<f64>> {
        self.by_row(|row| mean_pool(&row.x))
    }

    pub(super) fn collective(&self) -> Vec<Option<f64>> {
        self.published.clone()
    }

    fn by_row(&self, value: impl Fn(&ForecastRow) -> Option<f64>) -> Vec<Option<f64>> {
        self.history.rows.iter().map(value).collect()
    }

    /// Loss of the first less that of the second on common rows, with its interval.
    pub(super) fn against(
        &self,
        first: &[Option<f64>],
        second: &[Option<f64>],
    ) -> Option<Difference> {
        difference(&self.history, first, second, Quantity::loss)
    }
}

/// Everything in order of time: values at the very moment of a freeze still count, answers of that moment do not.
fn moments(past: &TopicPast) -> Vec<(Timestamp, Moment<'_>)> {
    let joins = past.workers.iter().map(|(_, at)| (*at, Moment::Join));
    let mut moments: Vec<(Timestamp, Moment<'_>)> = joins.collect();
    for (column, (worker, at)) in past.workers.iter().enumerate() {
        let values = past.impossible.get(worker).into_iter().flatten();
        moments.extend(values.map(|value| (*at, Moment::Impossible(column, *value))));
    }
    let mut event = 0;
    for batch in &past.batches {
        let first = event;
        for row in &batch.rows {
            moments.push((row.freeze, Moment::Freeze(event, row)));
            let late = row.late.iter();
            moments.extend(
                late.map(|(column, value)| (row.resolved, Moment::Late(event, *column, *value))),
            );
            event += 1;
        }
        moments.push((batch.at, Moment::Learn(first, &batch.rows)));
    }
    moments.sort_by_key(|(at, moment)| (*at, moment.rank()));
    moments
}

/// A moment as entries of a leaderboard.
fn entries(moment: Moment<'_>) -> Vec<LeaderboardEntry> {
    match moment {
        // The decision core gives every worker a vote of its own.
        Moment::Join => vec![LeaderboardEntry::Join { family: None }],
        Moment::Impossible(worker, value) => vec![LeaderboardEntry::Submit {
            event: u64::MAX,
            worker,
            value,
        }],
        Moment::Freeze(event, row) => {
            let submit = |(worker, value): (usize, &Option<f64>)| {
                let value = (*value)?;
                Some(LeaderboardEntry::Submit {
                    event,
                    worker,
                    value,
                })
            };
            let mut entries: Vec<LeaderboardEntry> =
                row.values.iter().enumerate().filter_map(submit).collect();
            let market = row.market;
            entries.push(LeaderboardEntry::Freeze { event, market });
            entries
        }
        Moment::Late(event, worker, value) => vec![LeaderboardEntry::Submit {
            event,
            worker,
            value,
        }],
        Moment::Learn(first, rows) => vec![LeaderboardEntry::Resolve {
            outcomes: outcomes(first, rows),
            batch_factor: batch_factor(rows.len(), BATCH_CORRELATION),
        }],
    }
}

/// A moment as a step of a pool's history.
fn step(moment: Moment<'_>) -> Option<JournalEntry> {
    match moment {
        Moment::Join => Some(JournalEntry::Register { family: None }),
        Moment::Freeze(event, row) => Some(JournalEntry::Predict {
            event,
            x: row.values.clone(),
            market: row.market,
        }),
        Moment::Learn(first, rows) => Some(JournalEntry::Resolve {
            outcomes: outcomes(first, rows),
            batch_factor: batch_factor(rows.len(), BATCH_CORRELATION),
        }),
        Moment::Impossible(..) | Moment::Late(..) => None,
    }
}

fn outcomes(first: u64, rows: &[Row]) -> Vec<(u64, f64)> {
    (first..)
        .zip(rows)
        .map(|(event, row)| (event, row.outcome))
        .collect()
}

/// The history as tables of forecasts have it; blocks are the dates of the answers.
fn history(past: &TopicPast, names: &Names) -> History {
    let mut blocks: Vec<String> = past.rows().map(|row| date(row.resolved)).collect();
    blocks.sort();
    blocks.dedup();
    let info = |(worker, _): &(WorkerId, Timestamp)| WorkerInfo {
        name: names.worker(*worker),
        family: None,
    };
    let numbered = past.batches.iter().enumerate();
    let rows = numbered.flat_map(|(batch, learned)| learned.rows.iter().map(move |r| (batch, r)));
    let row = |(event, (batch, row)): (usize, (usize, &Row))| {
        let mut x = row.values.clone();
        x.resize(past.workers.len(), None);
        ForecastRow {
            event,
            predicted_at_ms: milliseconds(row.freeze),
            resolved_at_ms: milliseconds(row.resolved).max(milliseconds(row.freeze) + 1),
            batch,
            block: blocks.binary_search(&date(row.resolved)).unwrap_or(0),
            x,
            market: row.market,
            outcome: row.outcome,
        }
    };
    History {
        name: String::new(),
        quantity: past.quantity,
        workers: past.workers.iter().map(info).collect(),
        events: past.rows().map(|row| row.event.clone()).collect(),
        batches: (0..past.batches.len())
            .map(|batch| batch.to_string())
            .collect(),
        rows: rows.enumerate().map(row).collect(),
        blocks,
        counts: ReadCounts::default(),
    }
}

fn milliseconds(at: Timestamp) -> i64 {
    i64::try_from(at.nanos() / 1_000_000).unwrap_or(i64::MAX - 1)
}
