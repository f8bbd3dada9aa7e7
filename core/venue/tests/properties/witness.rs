//! What an outsider can keep of an exchange from its news and its answers alone, to check it against.

use std::collections::BTreeMap;

use quorate_domain::{
    AccountInput, BookSide, Cash, Command, Crossing, Fill, Liquidity, MarketEvent, OrderId,
    Outcome, PlaceOrder, Price, RefusalReason, Rounding, Shares, Side, Timestamp, Token,
};
use quorate_venue::Exchange;

use crate::common::{NO, YES};
use crate::scripts::Step;

pub(crate) type Answers = Vec<(Timestamp, AccountInput)>;

pub(crate) fn orders(script: &[(u64, Step)]) -> BTreeMap<OrderId, PlaceOrder> {
    let placed = script.iter().filter_map(|(_, step)| match step {
        Step::Send(Command::Place(order)) => Some((order.id, order.clone())),
        _ => None,
    });
    placed.collect()
}

/// The account as anyone can keep it from the answers alone.
#[derive(Default)]
pub(crate) struct Books {
    cash: i64,
    tokens: BTreeMap<Token, i64>,
}

impl Books {
    pub(crate) fn enter(&mut self, answer: &AccountInput) {
        match answer {
            AccountInput::Deposited(cash) => self.cash += cash.micros(),
            AccountInput::Filled(fill) => self.enter_fill(fill),
            AccountInput::Merged { shares, .. } => {
                self.cash += shares.micros() as i64;
                *self.tokens.entry(YES).or_default() -= shares.micros() as i64;
                *self.tokens.entry(NO).or_default() -= shares.micros() as i64;
            }
            AccountInput::Redeemed { yes, no, cash, .. } => {
                self.cash += cash.micros();
                *self.tokens.entry(YES).or_default() -= yes.micros() as i64;
                *self.tokens.entry(NO).or_default() -= no.micros() as i64;
            }
            _ => {}
        }
    }

    pub(crate) fn enter_fill(&mut self, fill: &Fill) {
        let shares = fill.shares.micros() as i64;
        let tokens = self.tokens.entry(fill.token).or_default();
        match fill.side {
            Side::Buy => {
                self.cash -= (fill.shares.at(fill.price, Rounding::Up) + fill.fee).micros();
                *tokens += shares;
            }
            Side::Sell => {
                self.cash += (fill.shares.at(fill.price, Rounding::Down) - fill.fee).micros();
                *tokens -= shares;
            }
        }
    }

    pub(crate) fn agree_with(&self, exchange: &Exchange) {
        let total = exchange.cash() + exchange.proceeds_pending();
        assert_eq!(total.micros(), self.cash);
        assert!(exchange.cash_reserved() <= exchange.cash());
        for token in [YES, NO] {
            let held = exchange.holding(token);
            let total = (held.confirmed + held.pending_in).saturating_sub(held.pending_out);
            assert_eq!(
                total.micros() as i64,
                self.tokens.get(&token).copied().unwrap_or(0)
            );
        }
    }
}

/// Everything an order has been told so far.
#[derive(Default)]
pub(crate) struct Story {
    filled: Shares,
    pub(crate) ends: u32,
}

pub(crate) fn check_fill(order: &PlaceOrder, fill: &Fill) {
    assert_eq!((fill.token, fill.side), (order.token, order.side));
    assert!(!fill.shares.is_zero());
    match fill.side {
        Side::Buy => assert!(fill.price <= order.limit),
        Side::Sell => assert!(fill.price >= order.limit),
    }
    if fill.liquidity == Liquidity::Maker {
        assert_eq!((fill.price, fill.fee), (order.limit, Cash::ZERO));
    } else {
        assert_eq!(order.crossing, Crossing::Allowed);
    }
}

/// Checks the order's story message by message: nothing after its end, never more than was ordered.
pub(crate) fn stories(
    orders: &BTreeMap<OrderId, PlaceOrder>,
    answers: &Answers,
) -> BTreeMap<OrderId, Story> {
    let mut stories: BTreeMap<OrderId, Story> = BTreeMap::new();
    for (_, answer) in answers {
        let (id, ended) = match answer {
            AccountInput::Accepted(id) => (*id, false),
            AccountInput::Refused(refusal) => {
                assert_ne!(refusal.reason, RefusalReason::Duplicate);
                (refusal.order, true)
            }
            AccountInput::Cancelled { order, .. } => (*order, true),
            AccountInput::Filled(fill) => {
                let story = stories.entry(fill.order).or_default();
                check_fill(&orders[&fill.order], fill);
                story.filled += fill.shares;
                assert!(story.filled <= orders[&fill.order].shares);
                (fill.order, story.filled == orders[&fill.order].shares)
            }
            _ => continue,
        };
        let story = stories.entry(id).or_default();
        assert_eq!(story.ends, 0, "{id} was told more after its end");
        story.ends += u32::from(ended);
    }
    stories
}

/// Shares that ever newly appeared on display, by half and price.
#[derive(Default)]
pub(crate) struct Appeared {
    shown: BTreeMap<(BookSide, Price), u64>,
    pub(crate) total: BTreeMap<(BookSide, Price), u64>,
}

impl Appeared {
    pub(crate) fn see(&mut self, key: (BookSide, Price), shares: u64) {
        let before = self.shown.insert(key, shares).unwrap_or(0);
        *self.total.entry(key).or_default() += shares.saturating_sub(before);
    }

    pub(crate) fn news(&mut self, event: &MarketEvent) {
        match event {
            MarketEvent::Snapshot { bids, asks } => {
                let mut book: BTreeMap<_, u64> = self.shown.keys().map(|key| (*key, 0)).collect();
                let all = bids.iter().map(|level| (BookSide::Bid, level));
                for (side, level) in all.chain(asks.iter().map(|level| (BookSide::Ask, level))) {
                    book.insert((side, level.price), level.shares.micros());
                }
                for (key, shares) in book {
                    self.see(key, shares);
                }
            }
            MarketEvent::Level { side, level } => {
                self.see((*side, level.price), level.shares.micros());
            }
            _ => {}
        }
    }
}

/// The half and the price on the YES scale that a taker's fill came from.
pub(crate) fn source(fill: &Fill) -> (BookSide, Price) {
    let side = BookSide::taken_by(fill.side);
    match fill.token.outcome {
        Outcome::Yes => (side, fill.price),
        Outcome::No => (side.opposite(), fill.price.complement()),
    }
}
