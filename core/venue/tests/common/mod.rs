//! A small script language for tests of the exchange: times in milliseconds, prices as text, answers as lines.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "every test file uses its own part of this; a failed unwrap is a failed test"
)]

use std::time::Duration;

use quorate_domain::{
    AccountInput, BookSide, Cash, Command, Crossing, FeeSchedule, Level, Market, MarketEvent,
    MarketId, MarketInput, OrderId, Outcome, Payout, PlaceOrder, Price, PublicTrade, Resolution,
    Shares, Side, TickSize, TimeInForce, Timestamp, Token,
};
use quorate_venue::{Exchange, FillRule, QueueRule, VenueConfig};

pub(crate) const MARKET: MarketId = MarketId(1);
pub(crate) const YES: Token = Token {
    market: MARKET,
    outcome: Outcome::Yes,
};
pub(crate) const NO: Token = Token {
    market: MARKET,
    outcome: Outcome::No,
};

pub(crate) fn ms(at: u64) -> Timestamp {
    Timestamp::from_nanos(at * 1_000_000)
}

pub(crate) fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

pub(crate) fn shares(text: &str) -> Shares {
    Shares::parse(text).unwrap()
}

pub(crate) fn cash(text: &str) -> Cash {
    Cash::parse(text).unwrap()
}

/// No latency at all; a match is final after one second.
pub(crate) fn prompt() -> VenueConfig {
    VenueConfig {
        submit_latency: Duration::ZERO,
        cancel_latency: Duration::ZERO,
        settle_delay: Duration::from_secs(1),
        redeem_delay: Duration::from_secs(2),
        fills: FillRule::RecordedDepth,
        queue: QueueRule::BehindQueue,
    }
}

/// Tick 0.01, 5 shares and one dollar at least, no fee, always open.
pub(crate) fn market() -> Market {
    Market {
        id: MARKET,
        name: "m".into(),
        question: "?".into(),
        group: None,
        set: None,
        loading: 0.0,
        tick: TickSize::CENT,
        shares_min: Shares::whole(5),
        marketable_buy_min: Cash::whole(1),
        fee: FeeSchedule::NONE,
        opens_at: None,
        closes_at: None,
        link: None,
    }
}

/// A good-till-cancelled order; change the rest by struct update.
pub(crate) fn order(index: u32, token: Token, side: Side, limit: &str, size: &str) -> PlaceOrder {
    PlaceOrder {
        id: OrderId { seq: 1, index },
        token,
        side,
        limit: price(limit),
        shares: shares(size),
        time_in_force: TimeInForce::Gtc,
        crossing: Crossing::Allowed,
    }
}

pub(crate) fn buy(index: u32, limit: &str, size: &str) -> PlaceOrder {
    order(index, YES, Side::Buy, limit, size)
}

pub(crate) fn sell(index: u32, limit: &str, size: &str) -> PlaceOrder {
    order(index, YES, Side::Sell, limit, size)
}

pub(crate) fn with(mut order: PlaceOrder, time_in_force: TimeInForce) -> PlaceOrder {
    order.time_in_force = time_in_force;
    order
}

pub(crate) fn post_only(mut order: PlaceOrder) -> PlaceOrder {
    order.crossing = Crossing::Refused;
    order
}

pub(crate) fn levels(list: &[(&str, &str)]) -> Vec<Level> {
    list.iter()
        .map(|(at, size)| Level {
            price: price(at),
            shares: shares(size),
        })
        .collect()
}

/// An exchange with one market and 1,000 dollars.
pub(crate) struct Sim {
    pub(crate) exchange: Exchange,
}

impl Sim {
    pub(crate) fn new(config: VenueConfig, market: Market) -> Self {
        let mut exchange = Exchange::new(config);
        exchange.list(market);
        exchange.deposit(ms(0), Cash::whole(1_000));
        let mut sim = Self { exchange };
        assert_eq!(sim.answers(0), ["0 deposited 1000"]);
        sim
    }

    pub(crate) fn prompt() -> Self {
        Self::new(prompt(), market())
    }

    pub(crate) fn event(&mut self, at: u64, event: MarketEvent) {
        let input = MarketInput {
            market: MARKET,
            event,
        };
        self.exchange.observe(ms(at), &input);
    }

    pub(crate) fn book(&mut self, at: u64, bids: &[(&str, &str)], asks: &[(&str, &str)]) {
        let (bids, asks) = (levels(bids), levels(asks));
        self.event(at, MarketEvent::Snapshot { bids, asks });
    }

    pub(crate) fn bid(&mut self, at: u64, price: &str, size: &str) {
        let level = levels(&[(price, size)])[0];
        let side = BookSide::Bid;
        self.event(at, MarketEvent::Level { side, level });
    }

    pub(crate) fn ask(&mut self, at: u64, price: &str, size: &str) {
        let level = levels(&[(price, size)])[0];
        let side = BookSide::Ask;
        self.event(at, MarketEvent::Level { side, level });
    }

    pub(crate) fn trade(&mut self, at: u64, taker: Side, at_price: &str, size: &str) {
        let (price, shares) = (price(at_price), shares(size));
        let trade = PublicTrade {
            taker,
            price,
            shares,
        };
        self.event(at, MarketEvent::Trade(trade));
    }

    pub(crate) fn place(&mut self, at: u64, order: PlaceOrder) {
        self.exchange.submit(ms(at), &Command::Place(order));
    }

    pub(crate) fn cancel(&mut self, at: u64, index: u32) {
        let id = OrderId { seq: 1, index };
        self.exchange.submit(ms(at), &Command::Cancel(id));
    }

    pub(crate) fn resolve(&mut self, at: u64, payout: Payout) {
        let market = MARKET;
        self.exchange.resolve(ms(at), Resolution { market, payout });
    }

    /// Places an order and returns what has been answered by the same instant.
    pub(crate) fn try_place(&mut self, at: u64, order: PlaceOrder) -> Vec<String> {
        self.place(at, order);
        self.answers(at)
    }

    /// Lets time pass to `at` and returns the new answers.
    pub(crate) fn answers(&mut self, at: u64) -> Vec<String> {
        let mut out = Vec::new();
        self.exchange.advance(ms(at), &mut out);
        out.iter().map(line).collect()
    }

    /// Buys and lets the shares become final; the book is put back to nothing by a gap.
    pub(crate) fn own(&mut self, at: u64, index: u32, token: Token, size: &str) {
        let depth: &[(&str, &str)] = &[("0.50", size)];
        match token.outcome {
            Outcome::Yes => self.book(at, &[], depth),
            Outcome::No => self.book(at, depth, &[]),
        }
        self.place(at, order(index, token, Side::Buy, "0.50", size));
        self.answers(at + 1_000);
        assert_eq!(self.exchange.holding(token).confirmed, shares(size));
        self.event(at + 1_000, MarketEvent::Gap);
    }
}

/// `<ms> <what>`, orders by their index, fills by their number.
fn line((at, answer): &(Timestamp, AccountInput)) -> String {
    let what = match answer {
        AccountInput::Deposited(cash) => format!("deposited {cash}"),
        AccountInput::Withdrawn(cash) => format!("withdrawn {cash}"),
        AccountInput::Accepted(id) => format!("accepted {}", id.index),
        AccountInput::Refused(refusal) => {
            format!("refused {} {:?}", refusal.order.index, refusal.reason)
        }
        AccountInput::Filled(fill) => format!(
            "filled {} {:?} {:?} {} @ {} fee {} {:?}",
            fill.order.index,
            fill.side,
            fill.token.outcome,
            fill.shares,
            fill.price,
            fill.fee,
            fill.liquidity
        ),
        AccountInput::Settled { fill, status } => format!("{status:?} {fill}"),
        AccountInput::Cancelled { order, reason } => {
            format!("cancelled {} {reason:?}", order.index)
        }
        AccountInput::Redeemed { yes, no, cash, .. } => {
            format!("redeemed yes {yes} no {no} cash {cash}")
        }
        AccountInput::Merged { shares, .. } => format!("merged {shares}"),
        AccountInput::Reverted { chore, .. } => format!("{chore:?} reverted"),
        // What no exchange says of itself.
        other => format!("{other:?}"),
    };
    format!("{} {what}", at.nanos() / 1_000_000)
}
