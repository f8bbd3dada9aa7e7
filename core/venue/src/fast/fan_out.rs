//! One pass over the records for many variants.
//!
//! The recorded market does not hear us, so its book is the same for all variants and is kept once, as the venue has it
//! and as it has been received. Only what differs is kept per variant. Nothing that one variant does reaches another:
//! a run of many gives byte for byte what as many runs of one give.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::num::NonZeroU64;

use super::account::Position;
use super::agenda::{Agenda, NEVER};
use super::answer::Witness;
use super::book::Book;
use super::desk::{Desk, Take};
use super::event::Event;
use super::feed::READ_AHEAD;
use super::later::{Arrival, Chore, End};
use super::market::{Market, Mask, VARIANTS_MAX, members};
use super::order::{NewOrder, OpenOrder, OrderId};
use super::quiet::Quiet;
use super::strategy::{Actions, Signal, Strategy, View};
use super::terms::{Group, MarketTerms, VariantConfig};
use super::variant::{Outcome, Variant};

/// When strategies decide, on the clock of reception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionClock {
    /// At multiples of so many nanoseconds, where something has been heard since the last.
    Every(NonZeroU64),
    /// At every instant at which something is received. An answer alone is no such instant: it is seen at the next one,
    /// so that a strategy cannot answer the venue for ever within one instant.
    EachMessage,
}

impl DecisionClock {
    /// Once a second.
    pub const SECOND: Self = Self::Every(NonZeroU64::new(1_000_000_000).unwrap());

    /// The first instant at or after `at`.
    fn at_or_after(self, at: u64) -> u64 {
        match self {
            Self::EachMessage => at,
            Self::Every(period) => at.div_ceil(period.get()).saturating_mul(period.get()),
        }
    }
}

/// What all variants share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// Terms by index of the market.
    pub markets: Vec<MarketTerms>,
    /// Groups of exclusive outcomes, by index.
    pub groups: Vec<Group>,
    /// When strategies decide.
    pub clock: DecisionClock,
}

/// More variants than one pass can carry, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadVariantCount(pub usize);

impl core::fmt::Display for BadVariantCount {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "one pass carries 1 to {VARIANTS_MAX} variants, not {}: run more in several passes",
            self.0
        )
    }
}

impl core::error::Error for BadVariantCount {}

/// A market as received.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) book: Book,
    pub(crate) signal: Option<Signal>,
    pub(crate) open: bool,
    /// Something was received since the last decision.
    pub(crate) news: bool,
    /// Who need not be asked.
    quiet: Quiet,
}

/// A replay in progress.
#[derive(Debug)]
pub struct FanOut<S, W = ()> {
    pub(crate) markets: Vec<Market>,
    pub(crate) heard: Vec<Heard>,
    groups: Vec<Group>,
    pub(crate) variants: Vec<Variant>,
    strategies: Vec<S>,
    pub(crate) everybody: Mask,
    arrivals: Agenda<Arrival>,
    ends: Agenda<End>,
    /// Records that have happened and are not yet received.
    pub(crate) on_the_way: VecDeque<Event>,
    /// Markets to be decided on, one bit each.
    dirty: Vec<u64>,
    clock: DecisionClock,
    pub(crate) now: u64,
    pub(crate) received: u64,
    decided: u64,
    next_decision: u64,
    /// Before news of this instant or later, something else is to be done first.
    pub(crate) wake: u64,
    witness: W,
    plan: Vec<Take>,
}

impl<S: Strategy, W: Witness> FanOut<S, W> {
    /// A replay of these variants, each with its strategy, over this world.
    ///
    /// # Errors
    /// [`BadVariantCount`] unless there are 1 to 64.
    pub fn new(
        world: World,
        variants: Vec<(VariantConfig, S)>,
        witness: W,
    ) -> Result<Self, BadVariantCount> {
        let count = variants.len();
        if count == 0 || count > VARIANTS_MAX {
            return Err(BadVariantCount(count));
        }
        let markets = world.markets.len();
        let mut ends = Agenda::new();
        for (market, terms) in (0..).zip(&world.markets) {
            if terms.closes_at != u64::MAX {
                ends.push(1, terms.closes_at + 1, End::Close { market });
            }
        }
        let heard = world.markets.iter().map(|terms| Heard {
            book: Book::new(terms.tick),
            signal: None,
            open: true,
            news: false,
            quiet: Quiet::default(),
        });
        let heard = heard.collect();
        let (configs, strategies): (Vec<_>, Vec<_>) = variants.into_iter().unzip();
        let mut fan_out = Self {
            heard,
            markets: world.markets.into_iter().map(Market::new).collect(),
            groups: world.groups,
            variants: configs
                .into_iter()
                .map(|config| Variant::new(config, markets))
                .collect(),
            strategies,
            everybody: u64::MAX >> (VARIANTS_MAX - count),
            arrivals: Agenda::new(),
            ends,
            on_the_way: VecDeque::with_capacity(1_024),
            dirty: vec![0; markets.div_ceil(64)],
            clock: world.clock,
            now: 0,
            received: 0,
            decided: 0,
            next_decision: NEVER,
            wake: 0,
            witness,
            plan: Vec::with_capacity(64),
        };
        fan_out.set_alarm();
        Ok(fan_out)
    }

    /// Sends an order for a variant from outside, decided at `at`. `None` when there is no such variant or market.
    pub fn submit(&mut self, variant: u32, at: u64, order: &NewOrder) -> Option<OrderId> {
        self.act(variant, at, |actions| actions.place(order))
            .flatten()
    }

    /// Sends a cancel for a variant from outside, decided at `at`.
    pub fn cancel(&mut self, variant: u32, at: u64, id: OrderId) {
        self.act(variant, at, |actions| actions.cancel(id));
    }

    /// Sends a transaction for a variant from outside, decided at `at`.
    pub fn request(&mut self, variant: u32, at: u64, chore: Chore) {
        self.act(variant, at, |actions| actions.request(chore));
    }

    /// What has become of an order; `None` once it has ended.
    #[must_use]
    pub fn status(&mut self, variant: u32, id: OrderId) -> Option<OpenOrder> {
        let now = self.now;
        self.act(variant, now, |actions| actions.status(id))
            .flatten()
    }

    /// Lets time pass up to and including `at`.
    pub fn advance(&mut self, at: u64) {
        let at = at.max(self.now);
        self.catch_up(at, at);
        self.now = at;
    }

    /// The book of a market as the venue has it.
    #[must_use]
    pub fn book(&self, market: u32) -> Option<&Book> {
        self.markets.get(market as usize).map(|market| &market.book)
    }

    /// What the run has come to, by variant.
    pub fn outcomes(&self) -> impl Iterator<Item = Outcome> + '_ {
        self.variants.iter().map(Variant::outcome)
    }

    /// Who listened.
    pub const fn witness(&self) -> &W {
        &self.witness
    }

    fn act<R>(
        &mut self,
        variant: u32,
        at: u64,
        act: impl FnOnce(&mut Actions<'_>) -> R,
    ) -> Option<R> {
        let at = at.max(self.now);
        let markets = self.markets.len() as u32;
        let done = act(&mut Actions {
            now: at,
            index: variant,
            markets,
            variant: self.variants.get_mut(variant as usize)?,
            arrivals: &mut self.arrivals,
            rest: None,
        });
        self.set_alarm();
        Some(done)
    }

    /// One variant at one market, now.
    #[inline]
    pub(crate) fn desk(&mut self, variant: u32, market: u32) -> Desk<'_, W> {
        Desk {
            now: self.now,
            index: variant,
            market_index: market,
            market: &mut self.markets[market as usize],
            variant: &mut self.variants[variant as usize],
            arrivals: &mut self.arrivals,
            ends: &mut self.ends,
            witness: &mut self.witness,
            plan: &mut self.plan,
        }
    }

    /// Sets when something other than news is to be done next. Ends come before news of their instant, decisions and
    /// arrivals after it.
    pub(crate) fn set_alarm(&mut self) {
        let after = self.next_decision.min(self.arrivals.head());
        self.wake = self.ends.head().min(after.saturating_add(1));
    }

    /// Something was heard, or will be received, at `at`: a decision is due.
    #[inline]
    pub(crate) fn ask_for_decision(&mut self, at: u64) {
        if self.next_decision <= at {
            return;
        }
        if let DecisionClock::Every(period) = self.clock
            && self.next_decision.saturating_sub(at) < period.get()
        {
            return; // the next instant of the clock anyway
        }
        let earliest = self.clock.at_or_after(at);
        let following = match self.clock {
            DecisionClock::EachMessage => self.decided.saturating_add(1),
            DecisionClock::Every(period) => self.decided.saturating_add(period.get()),
        };
        let next = if self.decided == 0 {
            earliest
        } else {
            earliest.max(following)
        };
        self.next_decision = self.next_decision.min(next);
    }

    pub(crate) const fn decision_is_due(&self) -> bool {
        self.next_decision != NEVER
    }

    /// After orders of a market were touched: whoever was told something decides at the next opportunity.
    pub(crate) fn after_orders(&mut self, market: u32) {
        self.note_answers(market);
        self.set_alarm();
    }

    fn note_answers(&mut self, market: u32) {
        if self.markets[market as usize].told != 0 {
            self.dirty[(market >> 6) as usize] |= 1 << (market & 63);
            if matches!(self.clock, DecisionClock::Every(_)) {
                self.ask_for_decision(self.now);
            }
        }
    }

    /// Does everything that comes before news of `now`: ends up to `now`, decisions and arrivals up to `last`.
    pub(crate) fn catch_up(&mut self, now: u64, last: u64) {
        loop {
            let (end, arrival) = (self.ends.head(), self.arrivals.head());
            let decision = self.next_decision;
            if end <= now && end <= decision && end <= arrival && end != NEVER {
                self.now = self.now.max(end);
                if let Some((_, item)) = self.ends.pop() {
                    self.end(item);
                }
            } else if decision <= last && decision <= arrival && decision != NEVER {
                self.now = self.now.max(decision);
                self.decide(decision);
            } else if arrival <= last && arrival != NEVER {
                self.now = self.now.max(arrival);
                if let Some((_, item)) = self.arrivals.pop() {
                    self.arrive(item);
                }
            } else {
                break;
            }
        }
        self.set_alarm();
    }

    fn arrive(&mut self, arrival: Arrival) {
        let market = match arrival {
            Arrival::Place { variant, slot } => {
                let market = self.variants[variant as usize].orders.at(slot).market;
                self.desk(variant, market).arrive(slot);
                market
            }
            Arrival::Cancel { variant, id } => {
                let order = self.variants[variant as usize].orders.find(id);
                let Some(market) = order.map(|order| order.market) else {
                    return;
                };
                let reason = quorate_domain::CancelReason::Requested;
                self.desk(variant, market).cancel_named(id, reason);
                market
            }
            Arrival::Chore { variant, chore } => return self.perform(variant, &chore),
        };
        self.note_answers(market);
    }

    fn end(&mut self, end: End) {
        let market = match end {
            End::Expire { variant, id } => {
                let order = self.variants[variant as usize].orders.find(id);
                let Some(market) = order.map(|order| order.market) else {
                    return;
                };
                let reason = quorate_domain::CancelReason::Expired;
                self.desk(variant, market).cancel_named(id, reason);
                market
            }
            End::Settle {
                variant,
                order,
                fails,
                booking,
            } => {
                self.desk(variant, booking.market)
                    .settle(order, fails, &booking);
                booking.market
            }
            End::Redeem { variant, market } => {
                self.desk(variant, market).redeem();
                market
            }
            End::Close { market } => {
                self.close(market);
                market
            }
        };
        self.note_answers(market);
    }

    /// Every order of a market ends.
    pub(crate) fn close(&mut self, market: u32) {
        for variant in members(self.everybody) {
            let reason = quorate_domain::CancelReason::MarketClosed;
            self.desk(variant, market).cancel_all(reason);
        }
    }

    fn perform(&mut self, variant: u32, chore: &Chore) {
        let (named, shares) = match *chore {
            Chore::Merge { market, shares } | Chore::Split { market, shares } => (market, shares),
            Chore::Convert { group, shares, .. } => (group, shares),
        };
        let touched: &[u32] = match chore {
            Chore::Convert { group, .. } => self
                .groups
                .get(*group as usize)
                .map_or(&[], |group| &group.markets),
            _ => core::slice::from_ref(&named),
        };
        let Some(first) = touched
            .first()
            .copied()
            .filter(|market| (*market as usize) < self.markets.len())
        else {
            return;
        };
        let account = &mut self.variants[variant as usize].account;
        let decided = |market: &u32| {
            let listed = self.markets.get(*market as usize);
            listed.is_some_and(|listed| listed.payout.is_some())
        };
        let barred = !matches!(chore, Chore::Merge { .. }) && touched.iter().any(decided);
        let done = if barred {
            None
        } else {
            account.perform(chore, &self.groups)
        };
        let answer = done.unwrap_or(super::answer::Answer::Reverted {
            market: named,
            shares,
        });
        for market in touched {
            if let Some(heard) = self.heard.get_mut(*market as usize) {
                heard.quiet.wake(1 << variant);
            }
        }
        self.desk(variant, first).say(&answer);
        self.note_answers(first);
    }

    /// Receives what has come by `at` and lets everybody concerned decide.
    fn decide(&mut self, at: u64) {
        self.receive(at);
        for word in 0..self.dirty.len() {
            for bit in members(core::mem::take(&mut self.dirty[word])) {
                self.decide_market(at, ((word as u32) << 6) + bit);
            }
        }
        self.decided = at;
        self.next_decision = NEVER;
        if let Some(next) = self.on_the_way.front() {
            let due = next.ts_recv;
            self.ask_for_decision(due);
        }
    }

    fn receive(&mut self, at: u64) {
        let mut read = 0;
        while let Some(event) = self.on_the_way.front() {
            if event.ts_recv > at {
                break;
            }
            if read == 0 && self.markets.len() > READ_AHEAD {
                self.read_ahead();
                read = READ_AHEAD;
            }
            read = read.saturating_sub(1);
            let event = *event;
            self.on_the_way.pop_front();
            self.hear(&event);
            self.dirty[(event.market >> 6) as usize] |= 1 << (event.market & 63);
        }
    }

    /// Reads what the next few records on the way will need; only that it is read matters.
    fn read_ahead(&self) {
        let few = self.on_the_way.iter().take(READ_AHEAD);
        let read = few.fold(0, |sum, event| {
            let heard = self.heard.get(event.market as usize);
            sum ^ heard.map_or(0, |heard| {
                heard.book.size_at(event.book_side(), event.price)
            })
        });
        core::hint::black_box(read);
    }

    fn decide_market(&mut self, at: u64, market: u32) {
        let markets = self.markets.len() as u32;
        let listed = &mut self.markets[market as usize];
        let told = core::mem::take(&mut listed.told);
        let Heard {
            book,
            signal,
            open,
            news,
            quiet,
        } = &mut self.heard[market as usize];
        let mut view = View {
            now: at,
            market,
            terms: &listed.terms,
            book,
            signal: *signal,
            open: *open,
            position: Position::default(),
            cash_free: 0,
            cash_total: 0,
        };
        let asked = if core::mem::take(news) {
            quiet.look(&view);
            let variants = &self.variants;
            let resting = quiet.resting(|index| variants[index as usize].account.cash_total());
            self.everybody & !resting | told
        } else {
            told
        };
        quiet.wake(asked);
        for index in members(asked) {
            let variant = &mut self.variants[index as usize];
            let account = &variant.account;
            view.position = account.positions[market as usize];
            view.cash_free = account.free_cash();
            view.cash_total = account.cash_total();
            let mut actions = Actions {
                now: at,
                index,
                markets,
                variant,
                arrivals: &mut self.arrivals,
                rest: None,
            };
            self.strategies[index as usize].decide(&view, &mut actions);
            if let Some(collateral) = actions.rest {
                quiet.rest(index, &collateral);
            }
        }
    }
}
