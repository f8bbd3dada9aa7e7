//! Seeded synthetic record streams for speed comparisons: never crossed, on the grid, the same for a seed everywhere.
//!
//! [`StreamSpec::one_market`] is "m1": one market on the 0.001 grid, 76,827 seconds, 3,000,001 records: 1 clear, 120
//! snapshot levels, 2,816,972 deltas, 182,907 trades, 1 resolution. Every trade is followed by the delta of the level
//! that it took from. [`StreamSpec::thousand_markets`] is "k1000": 1,000 markets, nine in ten of them on the 0.01 grid,
//! the others on the 0.001 grid, 41,130 seconds, 3,001,219 records in one order of time.
//!
//! A hidden fair value walks by single steps; the side it pulls at improves its quotes more often, the other loses its
//! best level more often, and takers lean the same way. Sizes are whole lots of 0.01 share. Messages come at uniformly
//! random gaps around the mean, and are received 5 to 25 ms after they happened. Signals, on top of the counts above,
//! tell the fair value with an error of up to 0.0055 every ten seconds per market.

use quorate_domain::{BookSide, Side};
use quorate_venue::fast::{Event, Kind, MarketTerms, Regime, Tick, Ticks, complement};

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MILLISECOND;
const LOT: u64 = 10_000;
/// Largest error of a signal either way, parts per thousand million.
const SIGNAL_ERROR: u64 = 5_500_000;
/// 2026-01-01T00:00:00Z.
const START: u64 = 1_767_225_600 * SECOND;

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamSpec {
    /// Seed.
    pub seed: u64,
    /// Number of markets.
    pub markets: u32,
    /// Levels per half in the opening snapshots.
    pub depth: u32,
    /// Deltas in all.
    pub deltas: u64,
    /// Trades in all.
    pub trades: u64,
    /// Seconds from the first record to the last.
    pub seconds: u64,
    /// Seconds between two signals of a market; 0 for none.
    pub signal_seconds: u64,
}

impl StreamSpec {
    /// "m1", without signals.
    #[must_use]
    pub const fn one_market(seed: u64) -> Self {
        Self {
            seed,
            markets: 1,
            depth: 60,
            deltas: 2_816_972,
            trades: 182_907,
            seconds: 76_827,
            signal_seconds: 0,
        }
    }

    /// "k1000", without signals: 1,000 clears, 20,000 levels, 2,800,219 deltas, 179,000 trades, 1,000 resolutions.
    #[must_use]
    pub const fn thousand_markets(seed: u64) -> Self {
        Self {
            seed,
            markets: 1_000,
            depth: 10,
            deltas: 2_800_219,
            trades: 179_000,
            seconds: 41_130,
            signal_seconds: 0,
        }
    }

    /// The same with signals every ten seconds.
    #[must_use]
    pub const fn with_signals(mut self) -> Self {
        self.signal_seconds = 10;
        self
    }

    /// Terms of the markets: the usual minima under one set of rules.
    #[must_use]
    pub fn terms(&self, regime: Regime) -> Vec<MarketTerms> {
        (0..self.markets)
            .map(|market| MarketTerms::usual(self.tick(market), regime))
            .collect()
    }

    /// The stream, in the order recorded.
    #[must_use]
    pub fn generate(&self) -> Vec<Event> {
        let mut records = Vec::with_capacity(self.records_max());
        let mut dice = Dice(self.seed);
        let mut crowds: Vec<Crowd> = (0..self.markets)
            .map(|market| Crowd::new(market, self.tick(market), self.depth, &mut dice))
            .collect();
        for crowd in &crowds {
            crowd.open(START, &mut records);
        }
        self.trade(&mut crowds, &mut dice, &mut records);
        let end = START + self.seconds * SECOND;
        for crowd in &crowds {
            records.push(crowd.resolve(end));
        }
        records
    }

    fn trade(&self, crowds: &mut [Crowd], dice: &mut Dice, records: &mut Vec<Event>) {
        let (mut deltas, mut trades) = (self.deltas, self.trades);
        let mut at = START + SECOND;
        // Every trade and its delta are one step in time.
        let steps = (deltas.saturating_sub(trades) + trades).max(1);
        let gap = (self.seconds.saturating_sub(2) * SECOND) / steps;
        let mut signal_at = at;
        while deltas != 0 {
            at =
                (at + dice.below(2 * gap + 1)).min(START + self.seconds.saturating_sub(1) * SECOND);
            while self.signal_seconds != 0 && at >= signal_at {
                for crowd in &*crowds {
                    records.push(crowd.signal(signal_at, dice));
                }
                signal_at += self.signal_seconds * SECOND;
            }
            let received = at + 5 * MILLISECOND + dice.below(20 * MILLISECOND);
            let chosen = dice.below(crowds.len() as u64) as usize;
            let crowd = &mut crowds[chosen];
            crowd.drift(dice);
            let stamps = (at, received);
            if dice.below(deltas) < trades {
                let (trade, delta) = crowd.take(stamps, dice);
                records.extend([trade, delta]);
                trades -= 1;
            } else {
                records.push(crowd.quote(stamps, dice));
            }
            deltas -= 1;
        }
    }

    fn tick(&self, market: u32) -> Tick {
        if market.is_multiple_of(10) {
            Tick::Mill
        } else {
            Tick::Cent
        }
    }

    fn records_max(&self) -> usize {
        let signals = self
            .seconds
            .checked_div(self.signal_seconds)
            .map_or(0, |n| n + 2);
        let opening = u64::from(self.depth) * 2 + 2 + signals;
        (self.deltas + self.trades + u64::from(self.markets) * opening) as usize
    }
}

/// SplitMix64 (Steele, Lea & Flood 2014).
struct Dice(u64);

impl Dice {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform below `bound`, which counts as 1 when it is 0.
    fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.bits()) * u128::from(bound.max(1));
        (product >> 64) as u64
    }

    fn percent(&mut self, chance: i64) -> bool {
        (self.below(100) as i64) < chance
    }
}

/// Everybody who trades in one market.
struct Crowd {
    market: u32,
    width: Ticks,
    steps: usize,
    /// Micro-shares by step: bids, asks.
    sizes: [Vec<u64>; 2],
    bid: usize,
    ask: usize,
    fair: usize,
}

impl Crowd {
    fn new(market: u32, tick: Tick, depth: u32, dice: &mut Dice) -> Self {
        let width = tick.width();
        let steps = 10_000 / width as usize;
        let fair = steps / 4 + dice.below(steps as u64 / 2) as usize;
        let mut crowd = Self {
            market,
            width,
            steps,
            sizes: [vec![0; steps + 1], vec![0; steps + 1]],
            bid: fair,
            ask: fair + 1,
            fair,
        };
        for away in 0..depth as usize {
            if let Some(step) = fair.checked_sub(away).filter(|step| *step > 0) {
                crowd.sizes[0][step] = size(dice);
            }
            if fair + 1 + away < steps {
                crowd.sizes[1][fair + 1 + away] = size(dice);
            }
        }
        crowd
    }

    fn open(&self, at: u64, records: &mut Vec<Event>) {
        let received = at + 5 * MILLISECOND;
        records.push(Event::plain(Kind::Clear, self.market, at, received, 0).continued());
        for side in [BookSide::Bid, BookSide::Ask] {
            for (step, size) in self.sizes[side as usize].iter().enumerate() {
                if *size != 0 {
                    let level = Event::plain(Kind::SnapshotLevel, self.market, at, received, 0);
                    records.push(level.at_level(side, self.price(step), *size).continued());
                }
            }
        }
        if let Some(last) = records.last_mut() {
            *last = last.ending();
        }
    }

    /// The fair value takes a step now and then and stays within the middle four fifths.
    fn drift(&mut self, dice: &mut Dice) {
        if dice.below(45) != 0 {
            return;
        }
        let (low, high) = (self.steps / 10, self.steps - self.steps / 10);
        self.fair = if dice.percent(50) {
            (self.fair + 1).min(high)
        } else {
            (self.fair - 1).max(low)
        };
    }

    /// Above zero when the fair value lies above the middle of the quotes; half steps, at most 6 either way.
    fn pull(&self) -> i64 {
        let twice = |step: usize| step as i64;
        (2 * twice(self.fair) + 1 - twice(self.bid) - twice(self.ask)).clamp(-6, 6)
    }

    /// Somebody takes from the touch; a whole level goes only when there is another behind it.
    fn take(&mut self, stamps: (u64, u64), dice: &mut Dice) -> (Event, Event) {
        let buys = dice.percent(50 + 6 * self.pull());
        let side = if buys { BookSide::Ask } else { BookSide::Bid };
        let step = if buys { self.ask } else { self.bid };
        let there = self.sizes[side as usize][step];
        let mut wanted = (1 + dice.below(6_000)) * LOT;
        if wanted >= there {
            wanted = if self.behind(side).is_some() {
                there
            } else {
                (there / 2).max(LOT).min(there)
            };
        }
        let taker = if buys { Side::Buy } else { Side::Sell };
        let trade = self
            .event(Kind::Trade, stamps)
            .traded(taker, self.price(step), wanted);
        let left = if self.behind(side).is_none() && wanted == there {
            LOT
        } else {
            there - wanted
        };
        (trade, self.set(side, step, left, stamps))
    }

    /// Somebody quotes, changes a quote, or takes it back.
    fn quote(&mut self, stamps: (u64, u64), dice: &mut Dice) -> Event {
        let side = if dice.percent(50) {
            BookSide::Bid
        } else {
            BookSide::Ask
        };
        let favoured = match side {
            BookSide::Bid => self.pull(),
            BookSide::Ask => -self.pull(),
        };
        let best = match side {
            BookSide::Bid => self.bid,
            BookSide::Ask => self.ask,
        };
        let roomy = self.ask - self.bid > 1;
        if roomy && dice.percent(25 + 8 * favoured) {
            let step = match side {
                BookSide::Bid => best + 1,
                BookSide::Ask => best - 1,
            };
            return self.set(side, step, size(dice), stamps);
        }
        let reach = 1 + dice.below(20);
        let away = dice.below(reach) as usize;
        if away == 0 && self.behind(side).is_some() && dice.percent(5 - 2 * favoured) {
            return self.set(side, best, 0, stamps);
        }
        let step = match side {
            BookSide::Bid => best.saturating_sub(away).max(1),
            BookSide::Ask => (best + away).min(self.steps - 1),
        };
        let gone = away != 0 && dice.percent(8);
        let size = if gone { 0 } else { size(dice) };
        self.set(side, step, size, stamps)
    }

    fn set(&mut self, side: BookSide, step: usize, size: u64, stamps: (u64, u64)) -> Event {
        self.sizes[side as usize][step] = size;
        match side {
            BookSide::Bid if size != 0 => self.bid = self.bid.max(step),
            BookSide::Ask if size != 0 => self.ask = self.ask.min(step),
            BookSide::Bid if step == self.bid => self.bid = self.behind(side).unwrap_or(step),
            BookSide::Ask if step == self.ask => self.ask = self.behind(side).unwrap_or(step),
            _ => {}
        }
        self.event(Kind::Delta, stamps)
            .at_level(side, self.price(step), size)
    }

    /// The next occupied step behind the best.
    fn behind(&self, side: BookSide) -> Option<usize> {
        match side {
            BookSide::Bid => (1..self.bid).rev().find(|step| self.sizes[0][*step] != 0),
            BookSide::Ask => (self.ask + 1..self.steps).find(|step| self.sizes[1][*step] != 0),
        }
    }

    fn signal(&self, at: u64, dice: &mut Dice) -> Event {
        let fair = self.fair as i64 * i64::from(self.width) * 100_000;
        let error = dice.below(2 * SIGNAL_ERROR + 1) as i64 - SIGNAL_ERROR as i64;
        let told = (fair + error).clamp(1_000_000, 999_000_000);
        Event::plain(
            Kind::Signal,
            self.market,
            at,
            at + MILLISECOND,
            told.unsigned_abs(),
        )
    }

    fn resolve(&self, at: u64) -> Event {
        let happened = self.price(self.fair) > complement(self.price(self.fair));
        let payout = if happened { 1_000_000 } else { 0 };
        Event::plain(
            Kind::Resolved,
            self.market,
            at,
            at + 5 * MILLISECOND,
            payout,
        )
    }

    fn event(&self, kind: Kind, (at, received): (u64, u64)) -> Event {
        Event::plain(kind, self.market, at, received, 0)
    }

    fn price(&self, step: usize) -> Ticks {
        step as Ticks * self.width
    }
}

/// 5 to 505 shares.
fn size(dice: &mut Dice) -> u64 {
    (500 + dice.below(50_000)) * LOT
}
