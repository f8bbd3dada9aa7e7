//! Things on their way: what variants have sent, and what will end or become final by itself.

use alloc::boxed::Box;

use super::account::Booking;
use super::order::OrderId;

/// A wish for the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chore {
    /// Pairs of one market into collateral; micro-shares.
    Merge {
        /// Index of the market.
        market: u32,
        /// Pairs.
        shares: u64,
    },
    /// Collateral into pairs of one market; micro-shares.
    Split {
        /// Index of the market.
        market: u32,
        /// Pairs.
        shares: u64,
    },
    /// NO tokens of a set of a group's markets into the YES tokens of its other markets, and collateral for all of the
    /// set but one; micro-shares of each.
    Convert {
        /// Index of the group.
        group: u32,
        /// Bit `i` stands for the group's `i`-th market.
        set: u64,
        /// Of each token.
        shares: u64,
    },
}

/// Arrives at the venue after news of its instant.
#[derive(Clone, Debug)]
pub(crate) enum Arrival {
    Place {
        variant: u32,
        slot: u32,
    },
    Cancel {
        variant: u32,
        id: OrderId,
    },
    /// Rare and large: kept apart so that the others stay small.
    Chore {
        variant: u32,
        chore: Box<Chore>,
    },
}

/// Happens before news of its instant.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Expire {
        variant: u32,
        id: OrderId,
    },
    Settle {
        variant: u32,
        order: u32,
        fails: bool,
        booking: Booking,
    },
    Redeem {
        variant: u32,
        market: u32,
    },
    Close {
        market: u32,
    },
}
