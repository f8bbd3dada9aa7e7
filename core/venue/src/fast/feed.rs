//! Records meet the books and the orders.

use quorate_domain::{BookHealth, BookSide};

use super::answer::Witness;
use super::event::{BadEvent, Event, Kind, payout};
use super::fan_out::FanOut;
use super::market::{Mask, TakenLevel, members};
use super::strategy::{Signal, Strategy};

/// How many records are looked at before the first of them is worked on.
pub(crate) const READ_AHEAD: usize = 32;

impl<S: Strategy, W: Witness> FanOut<S, W> {
    /// Takes up the next record. A record that claims an earlier time than one before counts as happening now, and none
    /// is received before it happened. Everything that falls due before it is done first.
    ///
    /// # Errors
    /// [`BadEvent`] for a record that makes no sense; nothing has changed then.
    #[inline]
    pub fn push(&mut self, event: &Event) -> Result<(), BadEvent> {
        let kind = event.check(self.markets.len())?;
        let now = self.now.max(event.ts_event);
        if now >= self.wake {
            self.catch_up(now, now.saturating_sub(1));
        }
        self.now = now;
        let ts_recv = event.ts_recv.max(now).max(self.received);
        self.received = ts_recv;
        self.on_the_way.push_back(Event { ts_recv, ..*event });
        if !self.decision_is_due() {
            self.ask_for_decision(ts_recv);
            self.set_alarm();
        }
        match kind {
            Kind::Delta => self.level(event),
            Kind::Trade => self.trade(event),
            Kind::Clear | Kind::SnapshotLevel => self.snapshot(event, kind),
            Kind::TickChange => self.tick_change(event),
            Kind::Gap => self.markets[event.market as usize].book.apply(event, kind),
            Kind::Resolved => self.resolve(event),
            Kind::Signal => {}
        }
        Ok(())
    }

    /// Takes up records in their order, as [`FanOut::push`] does one. Of many markets it reads what is needed of a few
    /// records at once before it works on the first, so that the memory answers them together.
    ///
    /// # Errors
    /// The place of the first record that makes no sense, from 0, and what is wrong with it; those before are taken up.
    pub fn push_all(&mut self, records: &[Event]) -> Result<(), (usize, BadEvent)> {
        let mut place = 0;
        for few in records.chunks(READ_AHEAD) {
            if self.markets.len() > READ_AHEAD {
                let read = few.iter().fold(0, |sum, event| {
                    let market = self.markets.get(event.market as usize);
                    sum ^ market.map_or(0, |market| market.touch(event.book_side(), event.price))
                });
                core::hint::black_box(read);
            }
            for event in few {
                self.push(event).map_err(|bad| (place, bad))?;
                place += 1;
            }
        }
        Ok(())
    }

    /// A level has a new size.
    #[inline]
    fn level(&mut self, event: &Event) {
        let market = &mut self.markets[event.market as usize];
        let half = event.book_side();
        let Some(step) = market.book.grid().step(event.price) else {
            market.book.miss();
            return;
        };
        market.book.write(half, step, event.size);
        if market.book.health() == BookHealth::Broken {
            return;
        }
        let concerned = market.resting[half as usize].concerned(step, event.size);
        if concerned != 0 {
            self.shrink_queues(event.market, half, step, event.size, concerned);
        }
        let market = &mut self.markets[event.market as usize];
        if !market.taken.is_empty() {
            let same = |level: &TakenLevel| level.half == half && level.price == event.price;
            if let Some(at) = market.taken.iter().position(same) {
                self.taken_level(event.market, at);
            }
        }
        if event.is_last() {
            self.message_ends(event.market);
        }
    }

    /// All of a level's own orders see its size.
    fn shrink_queues(&mut self, market: u32, half: BookSide, step: u32, size: u64, mask: Mask) {
        let mut indifferent_from = 0;
        for variant in members(mask) {
            let own = self.desk(variant, market).level_is(half, step, size);
            indifferent_from = indifferent_from.max(own);
        }
        self.markets[market as usize].resting[half as usize]
            .set_indifferent(step, indifferent_from);
    }

    /// A level of which something was taken has a new size; tells whether something is still taken.
    fn taken_level(&mut self, market: u32, at: usize) -> bool {
        let listed = &mut self.markets[market as usize];
        let level = &mut listed.taken[at];
        let size = listed.book.size_at(level.half, level.price);
        for variant in members(level.mask) {
            let taken = &mut self.variants[variant as usize].taken;
            if !taken.level_is(market, level.half, level.price, size) {
                level.mask &= !(1 << variant);
            }
        }
        let ours = level.mask != 0;
        if !ours {
            listed.taken.swap_remove(at);
        }
        ours
    }

    /// The book may be looked at: resting orders meet what now crosses them.
    #[inline]
    fn message_ends(&mut self, market: u32) {
        if self.markets[market as usize].is_met() {
            self.meet_quotes(market);
        }
    }

    #[cold]
    fn meet_quotes(&mut self, market: u32) {
        let listed = &self.markets[market as usize];
        let ask = listed.book.best_step(BookSide::Ask);
        let bid = listed.book.best_step(BookSide::Bid);
        let met = listed.resting[0].reached(ask) | listed.resting[1].reached(bid);
        for variant in members(met) {
            self.desk(variant, market).meet_quotes();
        }
        self.after_orders(market);
    }

    fn trade(&mut self, event: &Event) {
        let listed = &self.markets[event.market as usize];
        if listed.book.health() == BookHealth::Broken {
            return;
        }
        // A taker that buys meets asks.
        let half = event.book_side().opposite();
        let grid = listed.book.grid();
        let to = match half {
            BookSide::Bid => grid.ceil(event.price),
            BookSide::Ask => grid.floor(event.price),
        };
        let met = listed.resting[half as usize].reached(to);
        if met == 0 {
            return;
        }
        for variant in members(met) {
            self.desk(variant, event.market)
                .meet_trade(half, event.price, event.size);
        }
        self.after_orders(event.market);
    }

    fn snapshot(&mut self, event: &Event, kind: Kind) {
        let book = &mut self.markets[event.market as usize].book;
        book.apply(event, kind);
        if event.is_last() && book.health() == BookHealth::Sound {
            self.snapshot_ends(event.market);
        }
    }

    /// Every level was seen anew: no queue is longer than its level, and what is gone is no longer ours.
    fn snapshot_ends(&mut self, market: u32) {
        for half in [BookSide::Bid, BookSide::Ask] {
            let mut next = self.markets[market as usize].resting[half as usize].first();
            while let Some(step) = next {
                let listed = &self.markets[market as usize];
                let resting = &listed.resting[half as usize];
                let size = listed.book.size_at_step(half, step);
                next = resting.beyond(step);
                let mask = resting.mask(step);
                self.shrink_queues(market, half, step, size, mask);
            }
        }
        let mut at = 0;
        while at < self.markets[market as usize].taken.len() {
            if self.taken_level(market, at) {
                at += 1;
            }
        }
        self.message_ends(market);
    }

    fn tick_change(&mut self, event: &Event) {
        let listed = &mut self.markets[event.market as usize];
        listed.book.apply(event, Kind::TickChange);
        listed.reset_resting();
        for variant in members(self.everybody) {
            self.desk(variant, event.market).fit_grid();
        }
        self.after_orders(event.market);
    }

    /// The first word on how a question is decided is the last.
    fn resolve(&mut self, event: &Event) {
        let listed = &mut self.markets[event.market as usize];
        if listed.payout.is_some() {
            return;
        }
        listed.payout = payout(event.size);
        self.close(event.market);
        for variant in members(self.everybody) {
            self.desk(variant, event.market).expect_payout();
        }
        self.after_orders(event.market);
    }

    /// A record is received.
    #[inline]
    pub(crate) fn hear(&mut self, event: &Event) {
        let heard = &mut self.heard[event.market as usize];
        heard.news = true;
        let Some(kind) = event.kind() else {
            return;
        };
        match kind {
            Kind::Signal => {
                heard.signal = Some(Signal {
                    per_billion: u32::try_from(event.size).unwrap_or(0),
                    known_at: event.ts_recv,
                });
            }
            Kind::Resolved => heard.open = false,
            _ => heard.book.apply(event, kind),
        }
    }
}
