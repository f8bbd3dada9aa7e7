//! One topic on prices: its rounds, its pool, and what was learned about how far to trust it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use quorate_collective::conformal::Conformal;
use quorate_collective::{Pool, ResolvedEvent};
use quorate_domain::topic::ROUNDS_MAX;
use quorate_domain::{EpochId, Inference, Objective, Predicted, Timestamp, WorkerId};
use serde::{Deserialize, Serialize};

use super::record::Record;
use super::residuals::Residuals;
use super::round::{Round, Submissions, span};
use super::settings::PriceConfig;
use super::slope::Slope;
use super::units::Seen;

/// An inference that does not count: its round is not open for submissions, or its value is none of the topic's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHeard;

/// A topic on prices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Track {
    pub(super) objective: Objective,
    pub(super) settings: PriceConfig,
    pool: Pool,
    pub(super) columns: BTreeMap<WorkerId, usize>,
    pub(super) rounds: BTreeMap<EpochId, Round>,
    /// The first round that has not opened.
    next: EpochId,
    latest: Option<Seen>,
    pub(super) slope: Slope,
    pub(super) residuals: Residuals,
    record: Record,
}

impl Track {
    /// A topic that starts at `now` with an empty pool for prices.
    #[must_use]
    pub fn new(objective: Objective, settings: PriceConfig, pool: Pool, now: Timestamp) -> Self {
        let start_sigma = match objective.predicts {
            Predicted::Volatility => None,
            _ => settings.start_sigma_bp,
        };
        Self {
            next: objective.schedule.epoch_at(now).unwrap_or(EpochId(0)),
            objective,
            pool,
            columns: BTreeMap::new(),
            rounds: BTreeMap::new(),
            latest: None,
            slope: Slope::default(),
            residuals: Residuals::new(start_sigma),
            record: Record::default(),
            settings,
        }
    }

    /// The newest price.
    #[must_use]
    pub const fn latest(&self) -> Option<Seen> {
        self.latest
    }

    /// How much of a predicted return usually comes true, 0 to 1.5; 0 before anything is learned.
    #[must_use]
    pub fn slope(&self) -> f64 {
        self.slope.value()
    }

    /// Standard deviation of the calibrated collective's error over one horizon, basis points (of a volatility topic: of the
    /// return in units of the predicted volatility). `None` before it is known.
    #[must_use]
    pub fn sigma(&self) -> Option<f64> {
        self.residuals.tracker().map(Conformal::sigma)
    }

    /// Rounds so far.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Rounds that wait for their truth.
    #[must_use]
    pub fn rounds_open(&self) -> usize {
        self.rounds.len()
    }

    /// Workers with their columns.
    pub fn workers(&self) -> impl Iterator<Item = (WorkerId, usize)> + '_ {
        self.columns
            .iter()
            .map(|(worker, column)| (*worker, *column))
    }

    /// The column of a worker.
    #[must_use]
    pub fn column(&self, worker: WorkerId) -> Option<usize> {
        self.columns.get(&worker).copied()
    }

    /// The combined value of a row, basis points.
    #[must_use]
    pub fn combine(&self, values: &[Option<f64>]) -> Option<f64> {
        self.pool.value(values, None)
    }

    /// Opens the rounds whose time has come, each with the price in force.
    pub fn open_due(&mut self, now: Timestamp) {
        let schedule = self.objective.schedule;
        let Some(newest) = schedule.epoch_at(now).filter(|newest| self.next <= *newest) else {
            return;
        };
        // After a long silence only rounds that can still come true are opened.
        let first = self.next.0.max(newest.0.saturating_sub(ROUNDS_MAX));
        for epoch in (first..=newest.0).map(EpochId) {
            if now < schedule.truth_at(epoch) {
                self.rounds.insert(epoch, Round::new(self.in_force(epoch)));
            }
        }
        self.next = EpochId(newest.0.saturating_add(1));
    }

    /// The newest price, if it is not from after the opening of a round.
    fn in_force(&self, epoch: EpochId) -> Option<Seen> {
        let opens = self.objective.schedule.opens_at(epoch);
        self.latest.filter(|latest| latest.at <= opens)
    }

    /// A worker spoke at `at`.
    ///
    /// # Errors
    /// Submissions of the round are not open, or the value is none of the topic's.
    pub fn hear(&mut self, said: &Inference, at: Timestamp) -> Result<(), NotHeard> {
        self.open_due(at);
        let schedule = self.objective.schedule;
        let is_value = said.value.is_finite()
            && match self.objective.predicts {
                Predicted::Price => 0.0 < said.value,
                Predicted::Volatility => 0.0 <= said.value,
                _ => true,
            };
        let is_in_time = at <= schedule.closes_at(said.epoch);
        let round = self.rounds.get_mut(&said.epoch);
        let round =
            round.filter(|round| is_value && is_in_time && round.submissions == Submissions::Open);
        let Some(round) = round else {
            return Err(NotHeard);
        };
        let next = self.columns.len();
        let column = *self.columns.entry(said.worker).or_insert(next);
        if column == next {
            self.pool.register();
        }
        // A stamp from the future would never grow old.
        round.hear(column, said.value, said.published_at.min(at));
        Ok(())
    }

    /// A price was seen by `now`.
    pub fn see(&mut self, seen: Seen, now: Timestamp) {
        self.open_due(now);
        let schedule = self.objective.schedule;
        for (epoch, round) in &mut self.rounds {
            let (opens, target) = span(&schedule, *epoch);
            round.see(seen, self.latest, opens, target);
        }
        if self.latest.is_none_or(|latest| latest.at <= seen.at) {
            self.latest = Some(seen);
        }
    }

    /// Freezes rounds whose submissions have closed, and learns from those whose truth is known.
    pub fn settle_due(&mut self, now: Timestamp) {
        self.freeze_due(now);
        let schedule = self.objective.schedule;
        while let Some(first) = self.rounds.first_entry() {
            if now < schedule.truth_at(*first.key()) {
                return;
            }
            let (epoch, round) = first.remove_entry();
            if round.is_spoken() && self.learn(epoch, &round).is_none() {
                self.record.void += 1;
            }
        }
    }

    fn freeze_due(&mut self, now: Timestamp) {
        let schedule = self.objective.schedule;
        let age_max = self.settings.reference_age_max;
        // Rounds close in the order in which they open: the newest frozen one ends the search.
        let open = self.rounds.iter().rev();
        let unfrozen: Vec<EpochId> = open
            .take_while(|(_, round)| round.submissions == Submissions::Open)
            .map(|(epoch, _)| *epoch)
            .filter(|epoch| schedule.closes_at(*epoch) < now)
            .collect();
        for epoch in unfrozen.into_iter().rev() {
            let Some(round) = self.rounds.get(&epoch) else {
                continue;
            };
            let row = self.row(round, epoch, age_max);
            let said = row.and_then(|(_, row)| self.combine(&row));
            if let Some(round) = self.rounds.get_mut(&epoch) {
                round.submissions = Submissions::Closed(said);
            }
        }
    }

    /// All values of a round with its opening price.
    fn row(
        &self,
        round: &Round,
        epoch: EpochId,
        age_max: Duration,
    ) -> Option<(Seen, Vec<Option<f64>>)> {
        let opens = self.objective.schedule.opens_at(epoch);
        let opening = round.opening(opens, age_max)?;
        let always = (opens, Duration::MAX);
        let spoken = round.spoken(self.columns.len(), self.objective.predicts, opening, always);
        Some((opening, spoken.values))
    }

    /// `None` when a price is missing: then nothing is learned.
    fn learn(&mut self, epoch: EpochId, round: &Round) -> Option<()> {
        let age_max = self.settings.reference_age_max;
        let (opening, row) = self.row(round, epoch, age_max)?;
        let predicts = self.objective.predicts;
        let target_at = self.objective.schedule.target_at(epoch);
        let realised = round.truth(predicts, opening, target_at, age_max)?;
        let said = match round.submissions {
            Submissions::Closed(said) => said,
            Submissions::Open => self.combine(&row),
        }?;
        if predicts == Predicted::Volatility {
            if 0.0 < said {
                self.residuals.learn(0.0, round.moved(opening) / said);
            }
        } else {
            let predicted = self.median(said);
            let calibrated = self.slope.calibrated(predicted);
            self.residuals.learn(calibrated, realised);
            self.slope.learn(predicted, realised);
        }
        self.record.score(&self.objective, opening, said, realised);
        let event = ResolvedEvent {
            x: row,
            market: None,
            outcome: realised,
        };
        let learned = self.pool.resolve(&[event], 1.0);
        debug_assert!(learned.is_ok(), "returns of positive prices are outcomes");
        Some(())
    }
}
