//! All that belongs to one variant: its rules, account, orders, what it took, and what it has to show.

use alloc::vec;
use alloc::vec::Vec;

use quorate_domain::BookSide;

use super::account::Account;
use super::answer::LogHash;
use super::delay::Draws;
use super::ladder::Ladder;
use super::order::Arena;
use super::taken::Taken;
use super::terms::{CASH_MAX, VariantConfig};

/// Counts and sums over a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Orders sent.
    pub orders: u64,
    /// Orders that came to rest.
    pub accepted: u64,
    /// Orders refused.
    pub refused: u64,
    /// Executions as maker.
    pub maker_fills: u64,
    /// Executions as taker.
    pub taker_fills: u64,
    /// Micro-shares traded.
    pub volume: u64,
    /// Executions undone by the chain.
    pub failed: u64,
    /// Maker rebates to be hoped for, micro-dollars. Not part of the cash: the venue pays them from a daily pool.
    pub rebate_estimate: u64,
}

/// What a run of one variant came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The variant's key.
    pub key: u32,
    /// Hash over everything the venue said, with times.
    pub log_hash: u64,
    /// Counts and sums.
    pub stats: Stats,
    /// Collateral and tokens at the end.
    pub account: Account,
}

#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) config: VariantConfig,
    pub(crate) draws: Draws,
    pub(crate) account: Account,
    pub(crate) orders: Arena,
    /// Resting orders by market and half.
    pub(crate) ladders: Vec<[Ladder; 2]>,
    pub(crate) taken: Taken,
    pub(crate) stats: Stats,
    pub(crate) log: LogHash,
}

impl Variant {
    pub(crate) fn new(config: VariantConfig, markets: usize) -> Self {
        let cash = i64::try_from(config.cash.min(CASH_MAX)).unwrap_or(0);
        Self {
            config,
            draws: Draws::new(config.seed, config.key),
            account: Account::new(cash, markets),
            orders: Arena::new(),
            ladders: vec![[Ladder::EMPTY; 2]; markets],
            taken: Taken::default(),
            stats: Stats::default(),
            log: LogHash::EMPTY,
        }
    }

    #[inline]
    pub(crate) fn head(&self, market: u32, half: BookSide) -> u32 {
        self.ladders[market as usize][half as usize].head()
    }

    pub(crate) fn outcome(&self) -> Outcome {
        Outcome {
            key: self.config.key,
            log_hash: self.log.0,
            stats: self.stats,
            account: self.account.clone(),
        }
    }
}
