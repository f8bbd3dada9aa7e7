//! The judge of one order: the size that every limit leaves of it.

use alloc::vec::Vec;

use quorate_domain::number::mul_div;
use quorate_domain::{Cash, LimitName, Outcome, Rounding, Shares, Side};

use super::{Account, Approved, Held, HeldView, OtherOutcome, Sized, worst_loss};
use crate::config::RiskLimits;

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
