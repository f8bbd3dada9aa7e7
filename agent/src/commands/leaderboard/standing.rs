//! The standings of one topic as they are printed and written as JSON.

use quorate_backtest::collective::Difference;
use quorate_collective::contribution::BATCHES_TO_JUDGE;
use quorate_collective::{Quantity, Standing, split_points};
use serde::Serialize;

use super::fold::Board;
use super::past::TopicPast;
use crate::failure::Failure;
use crate::runtime::names::Names;

/// What is asked of a leaderboard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// Batches that count as recent.
    pub(super) window: usize,
    /// Whether the recent measures are shown.
    pub(super) is_recent: bool,
    /// Whether contributions are also computed exactly.
    pub(super) is_exact: bool,
    /// Points of each topic.
    pub(super) points: u64,
}

/// One topic. Losses are log losses in nats, or squared errors in square basis points.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TopicStanding {
    pub(super) topic: String,
    pub(super) quantity: Quantity,
    pub(super) scheme: String,
    /// Resolved questions.
    pub(super) events: usize,
    /// Batches that were learned from.
    pub(super) batches: usize,
    /// Dates of the answers: what intervals draw.
    pub(super) dates: usize,
    /// Questions without an answer.
    pub(super) open: usize,
    /// Answered, and waiting for their batch.
    pub(super) waiting: usize,
    /// Answered, and good for nothing.
    pub(super) void: usize,
    pub(super) baselines: Vec<Baseline>,
    pub(super) workers: Vec<WorkerRow>,
    /// What points were split by: "exact" or "fast".
    pub(super) points_by: &'static str,
}

/// What workers are compared with.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Baseline {
    pub(super) name: &'static str,
    pub(super) events: usize,
    pub(super) loss: f64,
    pub(super) squared_error: f64,
}

/// One worker.
#[derive(Clone, Debug, Serialize)]
pub(super) struct WorkerRow {
    pub(super) worker: String,
    /// Its measures, weight and fast contributions.
    pub(super) standing: Standing,
    /// Its loss less the market's.
    pub(super) against_market: Option<Difference>,
    /// Its loss less the plain mean's.
    pub(super) against_mean: Option<Difference>,
    /// Mean loss without it less the loss with it, by replay.
    pub(super) exact: Option<f64>,
    pub(super) points: u64,
    /// Too few events to judge it by.
    pub(super) is_new: bool,
}

impl TopicStanding {
    /// The standings of a topic.
    ///
    /// # Errors
    /// As [`Board::of`].
    pub(super) fn of(
        topic: String,
        past: &TopicPast,
        names: &Names,
        asked: Asked,
    ) -> Result<Self, Failure> {
        let board = Board::of(past, names, asked.window)?;
        let exact = match asked.is_exact {
            true => board.exact(past)?,
            false => vec![None; past.workers.len()],
        };
        let earned = |(standing, exact): (&Standing, &Option<f64>)| match asked.is_exact {
            true => exact.unwrap_or(0.0),
            false => standing.contribution.total,
        };
        let earned: Vec<f64> = board.standings.iter().zip(&exact).map(earned).collect();
        let points = split_points(&earned, asked.points);
        let (market, mean) = (board.market(), board.mean());
        let row = |(column, standing): (usize, &Standing)| {
            let own = board.worker(column);
            WorkerRow {
                worker: board.history.workers[column].name.clone(),
                standing: *standing,
                against_market: board.against(&own, &market),
                against_mean: board.against(&own, &mean),
                exact: exact[column],
                points: points[column],
                is_new: standing.total.events < u64::from(BATCHES_TO_JUDGE),
            }
        };
        let mut workers: Vec<WorkerRow> = board.standings.iter().enumerate().map(row).collect();
        workers.sort_by(|a, b| {
            let total = |row: &WorkerRow| row.exact.unwrap_or(row.standing.contribution.total);
            total(b)
                .total_cmp(&total(a))
                .then_with(|| a.worker.cmp(&b.worker))
        });
        let baselines = [
            ("collective", board.collective()),
            ("market", market),
            ("plain mean", mean),
        ];
        Ok(Self {
            topic,
            quantity: past.quantity,
            scheme: scheme_word(&past.scheme),
            events: board.history.rows.len(),
            batches: past.batches.len(),
            dates: board.history.blocks.len(),
            open: past.open,
            waiting: past.waiting.len(),
            void: past.void,
            baselines: baselines
                .into_iter()
                .filter_map(|(name, values)| baseline(name, &board, &values))
                .collect(),
            workers,
            points_by: if asked.is_exact { "exact" } else { "fast" },
        })
    }
}

/// The scheme's word in settings.
pub(in crate::commands) fn scheme_word(scheme: &quorate_collective::SchemeSpec) -> String {
    let value = serde_json::to_value(scheme).ok();
    let word = value
        .as_ref()
        .and_then(|value| value.get("scheme")?.as_str());
    word.unwrap_or("?").to_owned()
}

fn baseline(name: &'static str, board: &Board, values: &[Option<f64>]) -> Option<Baseline> {
    let history = &board.history;
    let said: Vec<(f64, f64)> = history
        .rows
        .iter()
        .zip(values)
        .filter_map(|(row, value)| Some(((*value)?, row.outcome)))
        .collect();
    let mean = |loss: &dyn Fn(f64, f64) -> f64| {
        let sum: f64 = said
            .iter()
            .map(|(value, outcome)| loss(*value, *outcome))
            .sum();
        sum / said.len() as f64
    };
    (!said.is_empty()).then(|| Baseline {
        name,
        events: said.len(),
        loss: mean(&|value, outcome| history.quantity.loss(value, outcome)),
        squared_error: mean(&|value, outcome| (value - outcome) * (value - outcome)),
    })
}
