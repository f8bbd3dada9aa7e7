//! A small world for the tests: one or more markets on the cent grid, times in milliseconds, prices in cents, sizes in
//! shares.

use quorate_domain::{BookSide, Crossing, FeeSchedule, Outcome, Side, TimeInForce};
use quorate_venue::fast::{
    Answer, DecisionClock, Delay, Event, FanOut, Group, Idle, Kind, MarketTerms, NewOrder, Regime,
    Strategy, Tick, VariantConfig, World,
};

pub(crate) type Log = Vec<(u32, u64, Answer)>;
pub(crate) const SHARE: u64 = 1_000_000;

pub(crate) fn ms(at: u64) -> u64 {
    at * 1_000_000
}

/// Fee 0.07 p (1 - p), a fifth of it paid back to makers.
pub(crate) fn crypto() -> Regime {
    Regime {
        from: 0,
        fee: FeeSchedule {
            rate_ppm: 70_000,
            exponent: 1,
            rebate_share_ppm: 200_000,
        },
        taker_delay: 0,
    }
}

pub(crate) fn world(markets: usize, regime: Regime) -> World {
    World {
        markets: vec![MarketTerms::usual(Tick::Cent, regime); markets],
        groups: vec![Group {
            markets: (0..markets as u32).collect(),
        }],
        clock: DecisionClock::SECOND,
    }
}

/// 1,000 dollars, no latency.
pub(crate) fn prompt() -> VariantConfig {
    VariantConfig {
        cash: 1_000 * SHARE,
        submit: Delay::Constant(0),
        cancel: Delay::Constant(0),
        ..VariantConfig::default()
    }
}

pub(crate) fn alone(world: World, config: VariantConfig) -> FanOut<Idle, Log> {
    FanOut::new(world, vec![(config, Idle)], Log::new()).unwrap()
}

pub(crate) fn level(at: u64, side: BookSide, cents: u16, shares: u64) -> Event {
    Event::plain(Kind::Delta, 0, ms(at), ms(at), 0).at_level(side, cents * 100, shares * SHARE)
}

pub(crate) fn trade(at: u64, taker: Side, cents: u16, shares: u64) -> Event {
    Event::plain(Kind::Trade, 0, ms(at), ms(at), 0).traded(taker, cents * 100, shares * SHARE)
}

/// A whole book of one market, as one message: price in finest ticks, micro-shares.
pub(crate) fn snapshot(
    market: u32,
    at: u64,
    bids: &[(u16, u64)],
    asks: &[(u16, u64)],
) -> Vec<Event> {
    let levels = [(BookSide::Bid, bids), (BookSide::Ask, asks)];
    let mut records = vec![Event::plain(Kind::Clear, market, at, at, 0).continued()];
    for (side, list) in levels {
        for (price, size) in list {
            let record = Event::plain(Kind::SnapshotLevel, market, at, at, 0);
            records.push(record.at_level(side, *price, *size).continued());
        }
    }
    let last = records.last_mut().unwrap();
    *last = last.ending();
    records
}

/// The same with cents and whole shares.
pub(crate) fn quotes(at: u64, bids: &[(u16, u64)], asks: &[(u16, u64)]) -> Vec<Event> {
    let fine = |list: &[(u16, u64)]| -> Vec<(u16, u64)> {
        list.iter()
            .map(|(cents, shares)| (cents * 100, shares * SHARE))
            .collect()
    };
    snapshot(0, ms(at), &fine(bids), &fine(asks))
}

pub(crate) fn order(outcome: Outcome, side: Side, cents: u16, shares: u64) -> NewOrder {
    NewOrder {
        market: 0,
        outcome,
        side,
        limit: cents * 100,
        shares: shares * SHARE,
        life: TimeInForce::Gtc,
        crossing: Crossing::Allowed,
    }
}

pub(crate) fn buy(cents: u16, shares: u64) -> NewOrder {
    order(Outcome::Yes, Side::Buy, cents, shares)
}

pub(crate) fn feed<S: Strategy>(fan_out: &mut FanOut<S, Log>, records: &[Event]) {
    for record in records {
        fan_out.push(record).unwrap();
    }
}

/// Executions so far: order, own price in finest ticks, micro-shares, fee in micro-dollars.
pub(crate) fn fills(log: &Log) -> Vec<(u32, u16, u64, u64)> {
    log.iter()
        .filter_map(|(_, _, answer)| match answer {
            Answer::Filled(fill) => Some((fill.order, fill.price, fill.shares, fill.fee)),
            _ => None,
        })
        .collect()
}
