//! Ways out: sales that a kill asks for, which no loss limit may hold up.

use quorate_domain::{LimitName, Shares, Side};

use super::{Approved, Sized};
use crate::config::RiskLimits;

/// Approves a sale that flattens. Limits on losses and stakes do not apply: whoever is told to get out of everything
/// passes through positions that are less hedged than before. The size of one order stays limited.
///
/// # Errors
/// The limit that leaves nothing; an order that is no sale is refused by [`LimitName::OrderShares`].
pub fn approve_exit(wish: Sized, limits: &RiskLimits) -> Result<Approved<Sized>, LimitName> {
    let most = Shares::whole(limits.order_shares_max);
    let mut order = wish;
    if most < order.shares {
        order.shares = most.floor_to(Shares::LOT);
        order.bound_by = Some(LimitName::OrderShares);
    }
    if order.side != Side::Sell || order.shares.is_zero() {
        return Err(LimitName::OrderShares);
    }
    Ok(Approved { value: order })
}
