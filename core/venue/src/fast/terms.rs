//! The rules of a market and of a variant: what holds at which date, and how the simulated venue behaves.

use alloc::vec::Vec;

use quorate_domain::FeeSchedule;

use super::delay::Delay;
use super::queue::QueueModel;
use super::tick::Tick;

/// Rules of the venue from a date on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regime {
    /// First instant at which they hold, nanoseconds since 1970.
    pub from: u64,
    /// Taker fee and rebate.
    pub fee: FeeSchedule,
    /// How long the venue holds an order that would take, nanoseconds.
    pub taker_delay: u64,
}

impl Regime {
    /// No fee, no delay, always.
    pub const FREE: Self = Self {
        from: 0,
        fee: FeeSchedule::NONE,
        taker_delay: 0,
    };
}

/// What a market trades under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketTerms {
    /// First grid.
    pub tick: Tick,
    /// Least micro-shares of an order.
    pub shares_min: u64,
    /// Least micro-dollars, at the limit, of a buy that would take.
    pub marketable_buy_min: u64,
    /// Dated rules, by ascending date. Before the first date nothing is charged or held back.
    pub regimes: Vec<Regime>,
    /// Last instant of trading, nanoseconds; `u64::MAX` for none.
    pub closes_at: u64,
}

impl MarketTerms {
    /// The venue's usual minima, 5 shares and 1 dollar, under one set of rules.
    #[must_use]
    pub fn usual(tick: Tick, regime: Regime) -> Self {
        Self {
            tick,
            shares_min: 5_000_000,
            marketable_buy_min: 1_000_000,
            regimes: alloc::vec![regime],
            closes_at: u64::MAX,
        }
    }

    /// The rules in force at an instant.
    #[must_use]
    pub fn regime(&self, at: u64) -> Regime {
        let after = self.regimes.partition_point(|regime| regime.from <= at);
        after
            .checked_sub(1)
            .and_then(|index| self.regimes.get(index))
            .copied()
            .unwrap_or(Regime::FREE)
    }
}

/// Exclusive outcomes whose NO tokens convert into the other outcomes' YES tokens ("neg-risk").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Indices of its markets; at most 64.
    pub markets: Vec<u32>,
}

/// How the venue behaves towards one variant. All spans in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VariantConfig {
    /// Names the variant in every random draw, wherever and with whomever it runs.
    pub key: u32,
    /// Seed of the draws.
    pub seed: u64,
    /// Collateral to begin with, micro-dollars; at most [`CASH_MAX`].
    pub cash: u64,
    /// From the decision to the arrival of an order.
    pub submit: Delay,
    /// From the decision to the arrival of a cancel.
    pub cancel: Delay,
    /// From a match to the final transaction. Until then tokens bought cannot be sold, proceeds cannot be spent.
    pub settle: u64,
    /// From the wish to merge, split or convert, and from a resolution, to the final transaction.
    pub chain: u64,
    /// Chance that a match fails on the chain and is undone, parts per million.
    pub failure_ppm: u32,
    /// Queue model.
    pub queue: QueueModel,
}

/// Most collateral that a variant may begin with: a hundred million dollars.
pub const CASH_MAX: u64 = 100_000_000_000_000;

impl Default for VariantConfig {
    /// Assumptions, not measurements: 10,000 dollars, 50 ms each way, final at once, no failures, risk-averse queue.
    fn default() -> Self {
        Self {
            key: 0,
            seed: 0,
            cash: 10_000_000_000,
            submit: Delay::Constant(50_000_000),
            cancel: Delay::Constant(50_000_000),
            settle: 0,
            chain: 0,
            failure_ppm: 0,
            queue: QueueModel::RiskAverse,
        }
    }
}
