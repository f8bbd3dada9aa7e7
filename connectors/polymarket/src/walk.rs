//! The price of a market order: how deep one must go into the book for an amount, exactly, also where the amount ends on
//! the edge of a level.

use quorate_domain::{Cash, Level, Price, Shares, TickSize};

/// What a market order is given in; it decides which half of the book is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarketAmount {
    /// Buy for this much money.
    Spend(Cash),
    /// Sell this many shares.
    Sell(Shares),
}

/// What happens when the book is not deep enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The whole amount or nothing (FOK).
    Whole,
    /// As much as there is (FAK).
    Partial,
}

/// Why a market order has no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalkError {
    /// The book cannot fill it.
    #[error("insufficient liquidity: the book cannot fill the order")]
    InsufficientLiquidity,
    /// Nothing, or less, to trade.
    #[error("a market order must be for more than nothing")]
    NoAmount,
    /// The level that is reached is not on the grid: book and tick are of different times.
    #[error("the book's price {price} is not a multiple of the tick {tick}: read the market again")]
    OffGrid {
        /// The price reached.
        price: Price,
        /// The tick.
        tick: TickSize,
    },
}

/// Worst price that an order for `amount` has to accept: asks for a buy, bids for a sale, in any order. With
/// [`Depth::Partial`] a book that is too shallow gives its worst level.
///
/// # Errors
/// [`WalkError`]: no amount, an empty book or (with [`Depth::Whole`]) too shallow a one, or a level off the grid.
pub fn market_price(
    levels: &[Level],
    amount: MarketAmount,
    depth: Depth,
    tick: TickSize,
) -> Result<Price, WalkError> {
    let wanted = wanted(amount);
    if wanted == 0 {
        return Err(WalkError::NoAmount);
    }
    // The best level comes last in what the venue serves, but its documentation has said otherwise: sort.
    let mut best_first = levels.to_vec();
    best_first.sort_unstable_by_key(|level| level.price);
    if matches!(amount, MarketAmount::Sell(_)) {
        best_first.reverse();
    }
    let mut sum: u128 = 0;
    let mut reached = None;
    for level in best_first {
        sum = sum.saturating_add(worth(level, amount));
        reached = Some(level.price);
        if sum >= wanted {
            return on_grid(level.price, tick);
        }
    }
    match (depth, reached) {
        (Depth::Partial, Some(worst)) => on_grid(worst, tick),
        (Depth::Partial, None) | (Depth::Whole, _) => Err(WalkError::InsufficientLiquidity),
    }
}

/// The amount in the unit of [`worth`]; 0 for money below zero.
fn wanted(amount: MarketAmount) -> u128 {
    match amount {
        MarketAmount::Spend(cash) => u128::try_from(cash.micros()).unwrap_or(0) * 1_000_000,
        MarketAmount::Sell(shares) => u128::from(shares.micros()),
    }
}

/// What a level adds: money in units of 1e-12 dollars, so that no product is rounded, or micro-shares.
fn worth(level: Level, amount: MarketAmount) -> u128 {
    let shares = u128::from(level.shares.micros());
    match amount {
        MarketAmount::Spend(_) => shares * u128::from(level.price.micros()),
        MarketAmount::Sell(_) => shares,
    }
}

fn on_grid(price: Price, tick: TickSize) -> Result<Price, WalkError> {
    if tick.holds(price) {
        Ok(price)
    } else {
        Err(WalkError::OffGrid { price, tick })
    }
}
