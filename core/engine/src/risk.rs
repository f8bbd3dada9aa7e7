//! Limits: the only place that can turn a wish into an [`Approved`] order.
//!
//! A limit cuts a size or refuses it; nothing here ever makes an order larger. An order that lowers the loss a limit
//! measures always passes that limit.

mod exits;
mod own_orders;

use alloc::vec::Vec;

use quorate_domain::number::mul_div;
use quorate_domain::{Cash, LimitName, MarketId, Outcome, Price, Rounding, Shares, Side, Token};

use crate::config::RiskLimits;
use crate::strategy::Style;

pub use exits::approve_exit;
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

/// One order's judge: the limits, the account, and the contest the order belongs to.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    /// Limits in force.
    pub limits: &'a RiskLimits,
    /// The account.
    pub account: &'a Account,
    /// Cash left for buys in this decision.
    pub budget: Cash,
    /// The limit that set it.
    pub budget_limit: LimitName,
    /// Most that one share of a purchase costs, or least that one share of a sale brings, at the order's limit and after
    /// fees, micro-dollars.
    pub unit_cash_micros: i64,
    /// Orders resting or on their way in the order's market.
    pub market_open_orders: usize,
    /// What is held, in every view in which losses are taken.
    pub views: &'a [HeldView],
    /// Shares traded in the market in the last 24 hours, where known.
    pub day_volume: Option<Shares>,
    /// Loss that the order's contest may come to under the limit of its topic, what the topic's other contests may lose
    /// taken off.
    pub topic_room: Option<Cash>,
    /// Whether the contest has an unlisted outcome.
    pub other: OtherOutcome,
}

impl Judge<'_> {
    /// Cuts an order to the limits.
    ///
    /// # Errors
    /// The limit that leaves nothing.
    pub fn approve(&self, wish: Sized) -> Result<Approved<Sized>, LimitName> {
        if self.limits.open_orders_max as usize <= self.account.open_orders {
            return Err(LimitName::OpenOrders);
        }
        let in_market = self.limits.market_open_orders_max;
        if in_market.is_some_and(|most| most as usize <= self.market_open_orders) {
            return Err(LimitName::MarketOpenOrders);
        }
        let mut order = wish;
        for (limit, most) in self.caps(&wish) {
            if most < order.shares {
                order.shares = most.floor_to(Shares::LOT);
                order.bound_by = Some(limit);
            }
        }
        if order.shares.is_zero() {
            return Err(order.bound_by.unwrap_or(LimitName::OrderShares));
        }
        Ok(Approved { value: order })
    }

    fn caps(&self, wish: &Sized) -> Vec<(LimitName, Shares)> {
        let limits = self.limits;
        let mut caps = Vec::with_capacity(4);
        caps.push((
            LimitName::OrderShares,
            Shares::whole(limits.order_shares_max),
        ));
        if let Some((ppm, volume)) = limits.volume_share_ppm.zip(self.day_volume) {
            caps.push((LimitName::VolumeShare, share_of(volume, ppm)));
        }
        if wish.side == Side::Buy {
            let notional = limits
                .order_notional_max
                .min(self.account.equity.share_ppm(limits.order_notional_ppm));
            caps.push((
                LimitName::OrderNotional,
                affordable(notional, self.unit_cash_micros),
            ));
            caps.push((
                self.budget_limit,
                affordable(self.budget, self.unit_cash_micros),
            ));
        }
        self.loss_caps(wish, &mut caps);
        caps
    }

    /// Losses limit sales too: a sale of one leg of a hedge may raise them. Of several views the worst counts.
    fn loss_caps(&self, wish: &Sized, caps: &mut Vec<(LimitName, Shares)>) {
        let limits = self.limits;
        let cap = self.account.equity.share_ppm(limits.market_loss_ppm);
        let alone = |shares| self.worst_of_views(|view| self.market_loss(view, wish, shares));
        caps.push((LimitName::MarketLoss, largest(wish.shares, cap, alone)));
        let grouped = |shares| self.worst_of_views(|view| self.contest_loss(view, wish, shares));
        if self.views.iter().any(|view| 1 < view.contest.len()) {
            let cap = self.account.equity.share_ppm(limits.group_loss_ppm);
            caps.push((LimitName::GroupLoss, largest(wish.shares, cap, grouped)));
        }
        if let Some(room) = self.topic_room {
            caps.push((LimitName::TopicLoss, largest(wish.shares, room, grouped)));
        }
    }

    fn worst_of_views(&self, loss: impl Fn(&HeldView) -> Cash) -> Cash {
        self.views.iter().map(loss).max().unwrap_or(Cash::ZERO)
    }

    fn market_loss(&self, view: &HeldView, wish: &Sized, shares: Shares) -> Cash {
        let after = executed(view.market, wish, shares, self.unit_cash_micros);
        worst_loss(&[after], OtherOutcome::Possible)
    }

    fn contest_loss(&self, view: &HeldView, wish: &Sized, shares: Shares) -> Cash {
        let members: Vec<Held> = view
            .contest
            .iter()
            .map(|(market, held)| {
                if *market == wish.token.market {
                    executed(*held, wish, shares, self.unit_cash_micros)
                } else {
                    *held
                }
            })
            .collect();
        worst_loss(&members, self.other)
    }
}

/// Whole lots that `cash` buys at `unit` micro-dollars a share.
fn affordable(cash: Cash, unit: i64) -> Shares {
    let micros = mul_div(
        i128::from(cash.micros().max(0)),
        1_000_000,
        i128::from(unit.max(1)),
        Rounding::Down,
    );
    Shares::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)).floor_to(Shares::LOT)
}

/// Whole lots of a part of `shares`.
pub(crate) fn share_of(shares: Shares, ppm: u32) -> Shares {
    let micros = u128::from(shares.micros()) * u128::from(ppm) / 1_000_000;
    Shares::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)).floor_to(Shares::LOT)
}

/// What is held once `shares` of an order have executed at its limit.
fn executed(held: Held, wish: &Sized, shares: Shares, unit_cash_micros: i64) -> Held {
    let mut after = held;
    let leg = match wish.token.outcome {
        Outcome::Yes => &mut after.yes,
        Outcome::No => &mut after.no,
    };
    match wish.side {
        Side::Buy => {
            *leg += shares;
            after.cost += shares.at_micros(unit_cash_micros, Rounding::Up);
        }
        Side::Sell => {
            *leg = leg.saturating_sub(shares);
            after.cost -= shares.at_micros(unit_cash_micros, Rounding::Down);
        }
    }
    after
}

/// The most shares, up to `wanted`, after which the loss is within `cap` or not above what it is now.
///
/// The loss is convex in the shares bought or sold (a cost that is a straight line less a minimum of straight lines), so
/// the shares that satisfy this form one interval from zero, and halving finds its end.
fn largest(wanted: Shares, cap: Cash, loss: impl Fn(Shares) -> Cash) -> Shares {
    let bound = cap.max(loss(Shares::ZERO));
    if loss(wanted) <= bound {
        return wanted;
    }
    let lot = Shares::LOT.micros();
    let (mut low, mut high) = (0, wanted.micros() / lot + 1);
    while 1 < high - low {
        let middle = low + (high - low) / 2;
        if loss(Shares::from_micros(middle * lot)) <= bound {
            low = middle;
        } else {
            high = middle;
        }
    }
    Shares::from_micros(low * lot)
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
