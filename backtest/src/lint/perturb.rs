//! Other futures: the same tape up to a moment, and something else after it.

use std::time::Duration;

use quorate_domain::{BookSide, Input, Level, MarketEvent, Payout, Timestamp};

use crate::tape::{Tape, TapeRecord};

/// What is different after the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Future {
    /// Every outcome is the opposite one.
    Outcomes,
    /// Every inference says the opposite, or a tenth more where it is no probability.
    Inferences,
    /// Every book and trade is mirrored: a price p becomes 1 - p.
    Markets,
    /// Every reference price is a tenth higher.
    References,
    /// Everything comes later, by a tenth of what was left of the tape.
    Times,
    /// Nothing comes any more.
    Nothing,
}

impl Future {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Outcomes,
        Self::Inferences,
        Self::Markets,
        Self::References,
        Self::Times,
        Self::Nothing,
    ];

    /// What is said of it in a report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outcomes => "outcomes reversed",
            Self::Inferences => "inferences changed",
            Self::Markets => "books and trades mirrored",
            Self::References => "reference prices changed",
            Self::Times => "publication shifted",
            Self::Nothing => "tape cut off",
        }
    }
}

/// The tape with another future after `moment`; records of that very moment stay.
#[must_use]
pub fn with_future(tape: &Tape, moment: Timestamp, future: Future) -> Tape {
    let mut other = tape.clone();
    let end = tape.span().map_or(moment, |(_, end)| end);
    let later = end.since(moment) / 10;
    let first = other.records.partition_point(|record| record.at <= moment);
    if future == Future::Nothing {
        other.records.truncate(first);
    }
    for record in other.records.iter_mut().skip(first) {
        change(record, future, later);
    }
    other
}

fn change(record: &mut TapeRecord, future: Future, later: Duration) {
    match (future, &mut record.input) {
        (Future::Outcomes, Input::Resolved(resolution)) => {
            let yes = u32::from(resolution.payout);
            resolution.payout =
                Payout::from_micros(1_000_000 - yes.min(1_000_000)).unwrap_or(resolution.payout);
        }
        (Future::Inferences, Input::Inference(said)) => {
            said.value = if (0.0..=1.0).contains(&said.value) {
                1.0 - said.value
            } else {
                said.value * 1.1
            };
        }
        (Future::Markets, Input::Market(news)) => mirror(&mut news.event),
        (Future::References, Input::Reference(seen)) => {
            seen.price_micros = seen.price_micros.saturating_add(seen.price_micros / 10);
        }
        (Future::Times, input) => {
            record.at = record.at.plus(later);
            match input {
                Input::Inference(said) => said.published_at = said.published_at.plus(later),
                Input::Reference(seen) => seen.observed_at = seen.observed_at.plus(later),
                _ => {}
            }
        }
        _ => {}
    }
}

fn mirror(event: &mut MarketEvent) {
    let flip = |level: &mut Level| level.price = level.price.complement();
    match event {
        MarketEvent::Snapshot { bids, asks } => {
            bids.iter_mut().chain(asks.iter_mut()).for_each(flip);
            std::mem::swap(bids, asks);
        }
        MarketEvent::Level { side, level } => {
            *side = match side {
                BookSide::Bid => BookSide::Ask,
                BookSide::Ask => BookSide::Bid,
            };
            flip(level);
        }
        MarketEvent::Trade(trade) => {
            trade.taker = trade.taker.opposite();
            trade.price = trade.price.complement();
        }
        _ => {}
    }
}

/// Outcomes handed around among the markets that have one, `turn` places further in the order of resolution.
#[must_use]
pub fn with_labels_shuffled(tape: &Tape, turn: usize) -> Tape {
    let mut other = tape.clone();
    let payouts: Vec<Payout> = tape.records.iter().filter_map(payout).collect();
    let mut place = 0;
    for record in &mut other.records {
        if let Input::Resolved(resolution) = &mut record.input {
            resolution.payout = payouts[(place + turn) % payouts.len()];
            place += 1;
        }
    }
    other
}

fn payout(record: &TapeRecord) -> Option<Payout> {
    match &record.input {
        Input::Resolved(resolution) => Some(resolution.payout),
        _ => None,
    }
}

/// The tape with every inference published later.
#[must_use]
pub fn with_inferences_later(tape: &Tape, by: Duration) -> Tape {
    let mut other = tape.clone();
    for record in &mut other.records {
        if let Input::Inference(said) = &mut record.input {
            record.at = record.at.plus(by);
            said.published_at = said.published_at.plus(by);
        }
    }
    other.records.sort_by_key(|record| record.at);
    other
}
