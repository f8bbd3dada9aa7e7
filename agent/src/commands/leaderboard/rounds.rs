//! Rounds of a topic on prices: what was said in time against what came true, in basis points.

use std::collections::BTreeMap;
use std::time::Duration;

use quorate_collective::SchemeSpec;
use quorate_domain::topic::ROUNDS_MAX;
use quorate_domain::{
    EpochId, Inference, Objective, Predicted, ReferencePrice, Timestamp, WorkerId,
};
use quorate_engine::PriceConfig;
use quorate_engine::prices::round::Round;
use quorate_engine::prices::units::{Seen, basis_points};

use super::past::{Batch, Row, TopicPast};

/// A round with what came too late for it.
#[derive(Clone, Debug, Default)]
struct Open {
    round: Round,
    late: Vec<(WorkerId, f64)>,
}

/// The rounds of one topic that wait for their truth.
#[derive(Clone, Debug)]
pub(super) struct Rounds {
    objective: Objective,
    settings: PriceConfig,
    open: BTreeMap<EpochId, Open>,
    next: EpochId,
    latest: Option<Seen>,
}

impl Rounds {
    pub(super) fn new(objective: Objective, settings: PriceConfig, now: Timestamp) -> Self {
        Self {
            next: objective.schedule.epoch_at(now).unwrap_or(EpochId(0)),
            objective,
            settings,
            open: BTreeMap::new(),
            latest: None,
        }
    }

    pub(super) const fn objective(&self) -> Objective {
        self.objective
    }

    /// How the workers' values are combined.
    pub(super) fn scheme(&self) -> SchemeSpec {
        self.settings.scheme_of(self.objective.scheme)
    }

    /// Rounds that somebody spoke about.
    pub(super) fn spoken(&self) -> usize {
        self.open
            .values()
            .filter(|open| open.round.is_spoken())
            .count()
    }

    /// Opens the rounds whose time has come, each with the price in force.
    fn open_due(&mut self, now: Timestamp) {
        let schedule = self.objective.schedule;
        let Some(newest) = schedule.epoch_at(now).filter(|newest| self.next <= *newest) else {
            return;
        };
        // After a long silence only rounds that can still come true are opened.
        let first = self.next.0.max(newest.0.saturating_sub(ROUNDS_MAX));
        for epoch in (first..=newest.0).map(EpochId) {
            if now < schedule.truth_at(epoch) {
                let opens = schedule.opens_at(epoch);
                let round = Round::new(self.latest.filter(|latest| latest.at <= opens));
                let late = Vec::new();
                self.open.insert(epoch, Open { round, late });
            }
        }
        self.next = EpochId(newest.0.saturating_add(1));
    }

    /// A worker spoke.
    pub(super) fn hear(&mut self, said: &Inference, at: Timestamp, past: &mut TopicPast) {
        self.open_due(at);
        let is_value = said.value.is_finite()
            && match self.objective.predicts {
                Predicted::Price => 0.0 < said.value,
                Predicted::Volatility => 0.0 <= said.value,
                _ => true,
            };
        if !is_value {
            past.impossible
                .entry(said.worker)
                .or_default()
                .push(said.value);
            return;
        }
        let Some(open) = self.open.get_mut(&said.epoch) else {
            return;
        };
        if self.objective.schedule.closes_at(said.epoch) < at {
            open.late.push((said.worker, said.value));
            return;
        }
        let column = past.column(said.worker, at);
        open.round
            .hear(column, said.value, said.published_at.min(at));
    }

    /// A price was seen.
    pub(super) fn see(&mut self, price: &ReferencePrice, at: Timestamp) {
        if price.price_micros <= 0 {
            return;
        }
        let seen = Seen {
            micros: price.price_micros,
            at: price.observed_at.min(at),
        };
        self.open_due(at);
        let schedule = self.objective.schedule;
        for (epoch, open) in &mut self.open {
            let (opens, target) = (schedule.opens_at(*epoch), schedule.target_at(*epoch));
            open.round.see(seen, self.latest, opens, target);
        }
        if self.latest.is_none_or(|latest| latest.at <= seen.at) {
            self.latest = Some(seen);
        }
    }

    /// Rounds whose truth is known become rows; each is a batch of its own.
    pub(super) fn settle_due(&mut self, now: Timestamp, past: &mut TopicPast) {
        self.open_due(now);
        while let Some(first) = self.open.first_entry() {
            if now < self.objective.schedule.truth_at(*first.key()) {
                return;
            }
            let (epoch, open) = first.remove_entry();
            match self.row(epoch, &open, now, past) {
                Some(row) => past.batches.push(Batch {
                    at: now,
                    rows: vec![row],
                }),
                None => past.void += usize::from(open.round.is_spoken()),
            }
        }
    }

    /// `None` when nobody spoke or a price is missing.
    fn row(&self, epoch: EpochId, open: &Open, now: Timestamp, past: &TopicPast) -> Option<Row> {
        let (schedule, predicts) = (self.objective.schedule, self.objective.predicts);
        let opens = schedule.opens_at(epoch);
        let age_max = self.settings.reference_age_max;
        let opening = open.round.opening(opens, age_max)?;
        let always = (opens, Duration::MAX);
        let spoken = open
            .round
            .spoken(past.workers.len(), predicts, opening, always);
        let outcome = open
            .round
            .truth(predicts, opening, schedule.target_at(epoch), age_max)?;
        let late = open.late.iter().filter_map(|(worker, value)| {
            let column = past.workers.iter().position(|(known, _)| known == worker)?;
            Some((column, basis_points(predicts, *value, opening)?))
        });
        (0 < spoken.present).then(|| Row {
            event: format!("round {epoch}"),
            freeze: schedule.closes_at(epoch).min(now),
            resolved: now,
            values: spoken.values,
            late: late.collect(),
            market: None,
            outcome,
        })
    }
}
