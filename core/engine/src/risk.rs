//! Limits: the only place that can turn a wish into an [`Approved`] order.
//!
//! A limit cuts a size or refuses it; nothing here ever makes an order larger. An order that lowers the loss a limit
//! measures always passes that limit.

mod exits;
mod judge;
mod own_orders;

use alloc::vec::Vec;

use quorate_domain::{Cash, LimitName, MarketId, Price, Rounding, Shares, Side, Token};

use crate::config::RiskLimits;
use crate::strategy::Style;

pub use exits::approve_exit;
pub use judge::Judge;
pub(crate) use judge::share_of;
pub use own_orders::would_meet;

/// An order that sizing wants, before the limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sized {
    /// What is traded.
    pub token: Token,
    /// Direction.
    pub side: Side,
    /// How to execute.
    pub style: Style,
    /// Worst price.
    pub limit: Price,
    /// Shares, in whole lots.
    pub shares: Shares,
    /// Whether an earlier cut already shaped the size.
    pub bound_by: Option<LimitName>,
}

/// Proof that something passed every limit. Only this module can make one.
///
/// ```compile_fail
/// let forged = quorate_engine::risk::Approved { value: 1 };
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Approved<T> {
    value: T,
}

impl<T> Approved<T> {
    /// What was approved.
    #[must_use]
    pub const fn get(&self) -> &T {
        &self.value
    }
}

/// What one side of a contest holds, for worst-case loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// YES shares.
    pub yes: Shares,
    /// NO shares.
    pub no: Shares,
    /// What they cost, and what open buys may still cost.
    pub cost: Cash,
}

/// The account and the contest an order is judged against.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Worth of everything at the midpoints.
    pub equity: Cash,
    /// Cash that is not promised to open orders.
    pub free: Cash,
    /// Cost of all holdings and open buys.
    pub gross: Cash,
    /// Orders resting or on their way.
    pub open_orders: usize,
}

impl Account {
    /// Cash that new buys may spend, after the reserve and the gross limit, with the one that binds.
    #[must_use]
    pub fn budget(&self, limits: &RiskLimits) -> (Cash, LimitName) {
        let after_reserve = self.free - self.equity.share_ppm(limits.cash_reserve_ppm);
        let under_gross = self.equity.share_ppm(limits.gross_ppm) - self.gross;
        let (least, name) = if after_reserve <= under_gross {
            (after_reserve, LimitName::CashReserve)
        } else {
            (under_gross, LimitName::Gross)
        };
        (least.max(Cash::ZERO), name)
    }
}

/// Worst-case loss of a contest: its cost less the least it pays. `members` are the markets of an exclusive group, or
/// one market alone; `other` tells whether none of them may happen.
#[must_use]
pub fn worst_loss(members: &[Held], other: OtherOutcome) -> Cash {
    let cost: Cash = members.iter().map(|m| m.cost).sum();
    let all_no: Shares = members.iter().map(|m| m.no).sum();
    let paid = |shares: Shares| shares.at_micros(1_000_000, Rounding::Down);
    let wins = members
        .iter()
        .map(|m| paid(m.yes) + paid(all_no.saturating_sub(m.no)));
    let none = match other {
        OtherOutcome::Possible => Some(paid(all_no)),
        OtherOutcome::Impossible => None,
    };
    let least = wins.chain(none).min().unwrap_or(Cash::ZERO);
    (cost - least).max(Cash::ZERO)
}

/// Whether a contest may end with none of its listed markets happening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherOutcome {
    /// It may; a market on its own always may, that is its NO.
    Possible,
    /// Exactly one of them happens.
    Impossible,
}

/// What a contest holds if certain executions become final and others do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldView {
    /// The order's market alone.
    pub market: Held,
    /// The order's contest, its own market included.
    pub contest: Vec<(MarketId, Held)>,
}

/// Share of its worst states over which a set's loss is averaged.
pub const TAIL: f64 = 0.01;

/// Mean loss over the worst [`TAIL`] of the states (expected shortfall), dollars; `pnl` by state.
#[must_use]
pub fn tail_loss(probabilities: &[f64], pnl: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..pnl.len()).collect();
    order.sort_by(|a, b| pnl[*a].total_cmp(&pnl[*b]).then(a.cmp(b)));
    let (mut left, mut loss) = (TAIL, 0.0);
    for state in order {
        let p = probabilities[state].min(left);
        loss -= p * pnl[state];
        left -= p;
        if left <= 0.0 {
            break;
        }
    }
    loss / TAIL
}

/// Loss in the worst state, dollars; `pnl` by state.
#[must_use]
pub fn worst_state_loss(pnl: &[f64]) -> f64 {
    -pnl.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The largest share, 0 to 1, of the planned purchases that keeps a loss within `cap` or not above today's.
///
/// `held` is profit and loss by state of what is held, `bought` that of all purchases alone. Worst-state loss and expected
/// shortfall are convex in the share, so the shares that satisfy this form one interval from zero.
#[must_use]
pub fn largest_share(held: &[f64], bought: &[f64], cap: f64, loss: impl Fn(&[f64]) -> f64) -> f64 {
    let after = |t: f64| {
        let pnl: Vec<f64> = held.iter().zip(bought).map(|(h, b)| h + t * b).collect();
        loss(&pnl)
    };
    let bound = cap.max(after(0.0));
    if after(1.0) <= bound {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..32 {
        let middle = 0.5 * (low + high);
        if after(middle) <= bound {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
