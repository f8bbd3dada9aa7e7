//! News from outside: recorded books and trades, resolutions, and the faults that come by themselves.

use std::time::Duration;

use quorate_domain::{BookSide, Input, Level, MarketEvent, MarketInput, Outcome, Side};
use serde_json::json;

use crate::book::Half;
use crate::streams::{Audience, Outgoing};
use crate::venue::Venue;
use crate::wire;

impl Venue {
    /// Takes up what the recorded world says. What is not about markets is ignored.
    pub(crate) fn observe(&mut self, input: &Input) {
        match input {
            Input::Market(news) => self.observe_market(news),
            Input::Resolved(resolution) => {
                if let Some(market) = self.by_market.get(&resolution.market).copied() {
                    self.resolve(market, resolution.payout.micros(Outcome::Yes));
                }
            }
            _ => {}
        }
    }

    fn observe_market(&mut self, news: &MarketInput) {
        let Some(market) = self.by_market.get(&news.market).copied() else {
            return;
        };
        let listed = &mut self.markets[market];
        match &news.event {
            MarketEvent::Snapshot { bids, asks } => {
                listed.book.record_all(Half::Bid, &pairs(bids));
                listed.book.record_all(Half::Ask, &pairs(asks));
            }
            MarketEvent::Level { side, level } => {
                let half = match side {
                    BookSide::Bid => Half::Bid,
                    BookSide::Ask => Half::Ask,
                };
                let (price, shares) = (level.price.micros(), level.shares.micros());
                listed.book.record(half, price, shares);
            }
            MarketEvent::Trade(trade) => {
                let half = match trade.taker {
                    Side::Buy => Half::Ask,
                    Side::Sell => Half::Bid,
                };
                listed.last = Some((trade.price.micros(), trade.taker));
                let (price, shares) = (trade.price.micros(), trade.shares.micros());
                for step in listed.book.passed(half, price, shares) {
                    if let Some(id) = step.maker {
                        self.crowd_takes(id, step.qty);
                    }
                }
            }
            MarketEvent::TickSize(tick) => self.change_tick(market, tick.micros()),
            MarketEvent::Gap => listed.book.forget_recorded(),
            MarketEvent::DayVolume(shares) => listed.volume = shares.micros(),
            MarketEvent::Closed => {
                listed.closed = true;
                self.end_all_of(market, "CANCELED");
            }
        }
        self.sweep_crossed(market);
        self.remember_price(market);
        self.tell_book(market);
    }

    fn remember_price(&mut self, market: usize) {
        let now = self.now_ms() / 1000;
        let listed = &mut self.markets[market];
        let (Some(bid), Some(ask)) = wire::best(listed, Outcome::Yes) else {
            return;
        };
        let fresh = listed.history.last().is_none_or(|(at, _)| now >= at + 60);
        if fresh {
            listed.history.push((now, u32::midpoint(bid, ask)));
        }
    }

    /// A new price grid: open orders off the grid end, subscribers get the news and a snapshot.
    pub(crate) fn change_tick(&mut self, market: usize, tick: u32) {
        let stamp = self.stamp_ms();
        let old = std::mem::replace(&mut self.markets[market].tick, tick);
        self.markets[market].book.forget_recorded();
        for outcome in [Outcome::Yes, Outcome::No] {
            let listed = &self.markets[market];
            let decimal = crate::number::decimal;
            let frame = json!({
                "event_type": "tick_size_change", "market": listed.condition(), "asset_id": listed.token(outcome),
                "old_tick_size": decimal(old.into()), "new_tick_size": decimal(tick.into()),
                "timestamp": stamp.to_string(),
            });
            self.send_market(market, &frame);
            let mut book = wire::book(&self.markets[market], outcome, stamp);
            book["event_type"] = json!("book");
            self.send_market(market, &book);
        }
    }

    pub(crate) fn end_all_of(&mut self, market: usize, why: &str) {
        let of_market =
            |id: &alloy_primitives::B256| self.orders.get(id).is_some_and(|o| o.market == market);
        let ids: Vec<_> = self.open.iter().copied().filter(of_market).collect();
        for id in ids {
            self.end(id, why);
        }
    }

    /// A question is decided. A second word on it changes nothing.
    pub(crate) fn resolve(&mut self, market: usize, yes_micros: u32) {
        if self.markets[market].payout.is_some() {
            return;
        }
        let decided = if self.faults.strikes(55) {
            500_000
        } else {
            yes_micros
        };
        self.end_all_of(market, "CANCELED_MARKET_RESOLVED");
        self.markets[market].closed = true;
        self.markets[market].payout = Some(decided);
        if self.faults.strikes(56) {
            // A first word that is taken back: only the stream says it, the payout never was so.
            self.tell_resolved(market, 1_000_000 - decided);
        }
        self.tell_resolved(market, decided);
        self.markets[market].book.forget_recorded();
        self.tell_book(market);
        for account in 0..self.accounts.len() {
            let held = [Outcome::Yes, Outcome::No].map(|o| self.ledger.tokens(account, market, o));
            if held != [0, 0] {
                let condition = self.markets[market].condition();
                let id = self.accounts[account].notifications.len() + 1;
                let note =
                    json!({"id": id, "type": 4, "owner": "", "payload": {"market": condition}});
                self.accounts[account].notifications.push(note);
            }
        }
    }

    /// Faults that need no request: once per second of venue time.
    pub(crate) fn spontaneous_faults(&mut self, now: u64) {
        if self.faults.strikes(7) {
            self.restart(Duration::from_secs(90));
        }
        if self.faults.strikes(9) {
            self.windows.disabled_until = now + 20_000;
        }
        if self.faults.strikes(10) {
            self.windows.cancel_only_until = now + 20_000;
        }
        if self.faults.strikes(25) {
            self.windows.revoked_until = now + 5_000;
        }
        if self.faults.strikes(51) {
            let jump = i64::from(self.faults.draw(51, 20_000)) - 10_000;
            self.clock_jump_ms = jump;
        }
        if self.faults.strikes(50) {
            for subscriber in &self.subscribers {
                // A full queue means the socket is already being given up.
                drop(subscriber.out.try_send(Outgoing::Close));
            }
            self.subscribers.clear();
        }
        if self.faults.strikes(42) {
            for subscriber in &mut self.subscribers {
                if matches!(subscriber.audience, Audience::Market { .. }) {
                    subscriber.frozen_until = now + 60_000;
                }
            }
        }
        for market in 0..self.markets.len() {
            if self.faults.strikes(53) {
                self.markets[market].paused_until = now + 15_000;
            }
            if self.faults.strikes(48) {
                let finer = if self.markets[market].tick == 10_000 {
                    1_000
                } else {
                    10_000
                };
                self.change_tick(market, finer);
            }
            if self.faults.strikes(54) {
                self.tell_new_market(market);
            }
        }
        if self.faults.strikes(36) {
            for account in 0..self.accounts.len() {
                self.ledger.deposit(account, 1_000);
            }
        }
    }

    /// The matching engine restarts: nothing for so long, then two minutes of post-only.
    pub(crate) fn restart(&mut self, span: Duration) {
        let back = self.now_ms() + crate::trades::millis(span);
        self.windows.restarting_until = back;
        self.windows.post_only_until = back + 120_000;
    }
}

fn pairs(levels: &[Level]) -> Vec<(u32, u64)> {
    let pair = |level: &Level| (level.price.micros(), level.shares.micros());
    levels.iter().map(pair).collect()
}
