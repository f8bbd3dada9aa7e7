//! What a record is about: the columns one filters by.

use quorate_domain::{
    AccountInput, Command, Entry, Input, Listing, MarketId, OrderId, Timestamp, TopicId, WorkerId,
};

use crate::journal::record::{Effects, Record};

/// What a record is about, as far as it is about one thing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Columns {
    pub(crate) seq: Option<u64>,
    pub(crate) at: Option<Timestamp>,
    pub(crate) market: Option<MarketId>,
    pub(crate) topic: Option<TopicId>,
    pub(crate) worker: Option<WorkerId>,
    pub(crate) order: Option<OrderId>,
}

impl Columns {
    pub(crate) fn of(record: &Record) -> Self {
        let none = Self::default();
        match record {
            Record::Start(start) => Self {
                at: Some(start.at),
                ..none
            },
            Record::Entry(entry) => Self::of_entry(entry),
            Record::Effects(effects) => Self::of_effects(effects),
            Record::Submission(submission) => Self {
                at: Some(submission.received_at),
                topic: Some(submission.topic),
                worker: Some(submission.worker),
                ..none
            },
            Record::Intent(intent) => Self::of_order(intent.order),
            Record::Posted(posted) => Self::of_order(posted.order),
            Record::SnapshotTaken(taken) => Self {
                seq: Some(taken.seq),
                ..none
            },
            Record::Valuation(valuation) => Self {
                seq: Some(valuation.seq),
                at: Some(valuation.at),
                ..none
            },
            Record::Step(step) => Self {
                at: Some(step.at),
                ..none
            },
            Record::FeedCursor(_) | Record::Note(_) | Record::Gap(_) => none,
        }
    }

    fn of_order(order: OrderId) -> Self {
        Self {
            seq: Some(order.seq),
            order: Some(order),
            ..Self::default()
        }
    }

    fn of_entry(entry: &Entry) -> Self {
        let about = match &entry.input {
            Input::Listed(Listing::Market(market)) => Self::of_market(market.id),
            Input::Market(news) => Self::of_market(news.market),
            Input::Resolved(resolution) => Self::of_market(resolution.market),
            Input::Inference(inference) => Self {
                topic: Some(inference.topic),
                worker: Some(inference.worker),
                ..Self::default()
            },
            Input::Account(news) => Self::of_account(news),
            _ => Self::default(),
        };
        Self {
            seq: Some(entry.seq),
            at: Some(entry.at),
            ..about
        }
    }

    fn of_account(news: &AccountInput) -> Self {
        match news {
            AccountInput::Accepted(order) => Self::of_order(*order),
            AccountInput::Refused(refusal) => Self::of_order(refusal.order),
            AccountInput::Cancelled { order, .. } => Self::of_order(*order),
            AccountInput::Filled(fill) => Self {
                market: Some(fill.token.market),
                ..Self::of_order(fill.order)
            },
            AccountInput::Redeemed { market, .. }
            | AccountInput::Merged { market, .. }
            | AccountInput::Reverted { market, .. } => Self::of_market(*market),
            _ => Self::default(),
        }
    }

    fn of_market(market: MarketId) -> Self {
        Self {
            market: Some(market),
            ..Self::default()
        }
    }

    /// The market and the order, if there is exactly one.
    fn of_effects(effects: &Effects) -> Self {
        let market = match effects.decisions.as_slice() {
            [decision] => Some(decision.market),
            _ => None,
        };
        let order = match effects.commands.as_slice() {
            [Command::Place(place)] => Some(place.id),
            [Command::Cancel(order)] => Some(*order),
            _ => None,
        };
        Self {
            seq: Some(effects.seq),
            at: effects.decisions.first().map(|decision| decision.at),
            market,
            order,
            ..Self::default()
        }
    }
}
