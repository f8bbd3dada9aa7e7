//! Walking a book level by level: how far to buy or sell in one binary market, with fees, holdings and limits.

use super::costs::FeeSchedule;
use super::error::{SizingError, not_negative, price};
use super::reservation::{BinaryBet, BinaryWealth};
use super::utility::{Utility, certainty_equivalent_gain};
use alloc::vec::Vec;

/// One price level of a book, or the part of it that was taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Quoted price, before fees, in `[0, 1]`.
    pub price: f64,
    /// Shares at that price.
    pub shares: f64,
}

/// Why a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalkStop {
    /// The next share is not worth its price: the free optimum.
    Reservation,
    /// Every level was taken.
    Depth,
    /// The spendable cash is used up.
    Budget,
    /// Every share held was sold.
    Inventory,
}

/// What a walk takes from the book.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// Shares taken by level, in book order; levels not touched are absent.
    pub fills: Vec<Level>,
    /// Sum of the fills.
    pub shares: f64,
    /// Cash paid including fees (buy) or received after fees (sell), not negative.
    pub cash: f64,
    /// Wealth by outcome afterwards.
    pub wealth: BinaryWealth,
    /// Why it ended.
    pub stop: WalkStop,
}

impl Walk {
    /// Value of the next YES share after the walk.
    #[must_use]
    pub fn reservation_after(&self, bet: &BinaryBet) -> f64 {
        bet.with_wealth(self.wealth).reservation_price()
    }

    /// What the walk is worth in certain cash: compare with the costs that are not in the model.
    #[must_use]
    pub fn certainty_equivalent_gain(&self, bet: &BinaryBet) -> f64 {
        let utility = Utility::Crra {
            gamma: bet.risk_aversion(),
        };
        let unit = bet.wealth().if_yes.min(bet.wealth().if_no);
        let expected = |wealth: BinaryWealth| {
            bet.p_yes() * utility.value(wealth.if_yes / unit)
                + (1.0 - bet.p_yes()) * utility.value(wealth.if_no / unit)
        };
        if self.shares == 0.0 {
            return 0.0;
        }
        certainty_equivalent_gain(utility, expected(bet.wealth()), expected(self.wealth), unit)
    }
}

/// Buys YES from ascending `asks` while the all-in cost is below the reservation price, spending at most `budget`.
///
/// To buy NO pass `bet.mirrored()` and the NO asks.
///
/// # Errors
/// A price outside `[0, 1]`, a negative size or budget, asks that descend.
pub fn walk_buy(
    bet: &BinaryBet,
    asks: &[Level],
    fees: &FeeSchedule,
    budget: f64,
) -> Result<Walk, SizingError> {
    check_levels(asks, "asks", |previous, next| previous <= next)?;
    let budget = not_negative("budget", budget)?;
    let mut walk = Walk::start(bet, WalkStop::Depth);
    for level in asks {
        let cost = fees.buy_cost(level.price);
        let wanted = if cost >= 1.0 {
            0.0
        } else {
            bet.with_wealth(walk.wealth).shares_to_optimum(cost)
        };
        let affordable = ((budget - walk.cash) / cost).max(0.0);
        let taken = wanted.min(level.shares).min(affordable);
        if taken > 0.0 {
            walk.take(level.price, taken, cost, taken);
        }
        if wanted.min(affordable) <= level.shares {
            walk.stop = if wanted <= affordable {
                WalkStop::Reservation
            } else {
                WalkStop::Budget
            };
            break;
        }
    }
    Ok(walk)
}

/// Sells YES into descending `bids` while the net proceeds are above the reservation price, at most `inventory` shares.
///
/// # Errors
/// A price outside `[0, 1]`, a negative size or inventory, bids that ascend.
pub fn walk_sell(
    bet: &BinaryBet,
    bids: &[Level],
    fees: &FeeSchedule,
    inventory: f64,
) -> Result<Walk, SizingError> {
    check_levels(bids, "bids", |previous, next| previous >= next)?;
    let inventory = not_negative("inventory", inventory)?;
    let mut walk = Walk::start(bet, WalkStop::Depth);
    for level in bids {
        let proceeds = fees.sell_proceeds(level.price);
        let wanted = if proceeds <= 0.0 {
            0.0
        } else {
            -bet.with_wealth(walk.wealth).shares_to_optimum(proceeds)
        };
        let left = inventory - walk.shares;
        let taken = wanted.min(level.shares).min(left);
        if taken > 0.0 {
            walk.take(level.price, taken, proceeds, -taken);
        }
        if wanted.min(left) <= level.shares {
            walk.stop = if wanted <= left {
                WalkStop::Reservation
            } else {
                WalkStop::Inventory
            };
            break;
        }
    }
    Ok(walk)
}

/// A sale that may go on as a purchase of NO once nothing is left to sell.
#[derive(Debug, Clone, PartialEq)]
pub struct Reduction {
    /// The sale of YES held.
    pub sale: Walk,
    /// NO bought afterwards, at NO prices `1 - bid`; empty unless the inventory ran out first. Its wealth is mirrored:
    /// `if_yes` there means "if NO".
    pub no_purchase: Walk,
}

/// Sells YES held and, if the inventory runs out while the bids are still attractive, buys NO against the same bids.
///
/// Buying NO at `1 - b` is the same trade as selling YES at `b`. `budget` bounds the NO purchase; the sale's proceeds do
/// not add to it.
///
/// # Errors
/// As [`walk_sell`] and [`walk_buy`].
pub fn walk_reduce(
    bet: &BinaryBet,
    bids: &[Level],
    fees: &FeeSchedule,
    inventory: f64,
    budget: f64,
) -> Result<Reduction, SizingError> {
    let sale = walk_sell(bet, bids, fees, inventory)?;
    let after = bet.with_wealth(sale.wealth).mirrored();
    let rest = if sale.stop == WalkStop::Inventory {
        mirrored_rest(bids, sale.shares)
    } else {
        Vec::new()
    };
    let no_purchase = walk_buy(&after, &rest, fees, budget)?;
    Ok(Reduction { sale, no_purchase })
}

/// What is left of `bids` after `taken` shares, as asks for NO.
fn mirrored_rest(bids: &[Level], taken: f64) -> Vec<Level> {
    let mut left_to_skip = taken;
    let mut rest = Vec::new();
    for bid in bids {
        let skipped = left_to_skip.min(bid.shares);
        left_to_skip -= skipped;
        if bid.shares > skipped {
            rest.push(Level {
                price: 1.0 - bid.price,
                shares: bid.shares - skipped,
            });
        }
    }
    rest
}

impl Walk {
    fn start(bet: &BinaryBet, stop: WalkStop) -> Self {
        Self {
            fills: Vec::new(),
            shares: 0.0,
            cash: 0.0,
            wealth: bet.wealth(),
            stop,
        }
    }

    /// Records `taken` shares at a level; `signed` is negative for a sale.
    fn take(&mut self, price: f64, taken: f64, unit_cash: f64, signed: f64) {
        self.fills.push(Level {
            price,
            shares: taken,
        });
        self.shares += taken;
        self.cash += taken * unit_cash;
        self.wealth = self.wealth.after_buying(signed, unit_cash);
    }
}

fn check_levels(
    levels: &[Level],
    what: &'static str,
    in_order: impl Fn(f64, f64) -> bool,
) -> Result<(), SizingError> {
    for (position, level) in levels.iter().enumerate() {
        price("level price", level.price)?;
        not_negative("level size", level.shares)?;
        if position > 0 && !in_order(levels[position - 1].price, level.price) {
            return Err(SizingError::Order { what, position });
        }
    }
    Ok(())
}
