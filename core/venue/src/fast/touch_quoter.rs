//! The strategy of the speed comparisons: quotes both sides at the touch, follows it when it moves, and takes when the
//! signal beats the touch. With Kelly sizing it quotes and takes only on the right side of its reservation price.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use quorate_domain::{BookSide, Crossing, Outcome, Side, TimeInForce};

use super::kelly::{Wealth, reservation_price, shares_to_buy};
use super::order::{LOT, NewOrder, OrderId};
use super::strategy::{Actions, Strategy, View};
use super::terms::CASH_MAX;
use super::tick::{Ticks, complement};

/// Parts per thousand million in one finest tick.
const PER_BILLION_IN_TICK: i64 = 100_000;

/// A belief is a chance strictly between 0 and 1: the least and the largest, parts per thousand million.
const BELIEF_MIN: i64 = 1_000;
const BELIEF_MAX: i64 = 1_000_000_000 - BELIEF_MIN;

/// More than rounding can move a reservation price, parts per thousand million.
const SLACK: u64 = 4;

/// How much is traded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sizing {
    /// The same number of shares each time, on both sides.
    Fixed,
    /// Up to that number, while the price beats the reservation price at this Kelly fraction in (0, 1].
    Kelly {
        /// Fraction of full Kelly.
        fraction: f64,
    },
}

/// Parameters of a [`TouchQuoter`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TouchParams {
    /// Micro-shares of a quote.
    pub quote: u64,
    /// Micro-shares of a taking order.
    pub take: u64,
    /// Largest position either way, micro-shares.
    pub position_max: i64,
    /// By how much the belief must beat the touch before it takes, parts per thousand million.
    pub take_edge: i64,
    /// How far the touch must move before a quote follows, finest ticks.
    pub follow: Ticks,
    /// Sizing.
    pub sizing: Sizing,
}

impl Default for TouchParams {
    /// 10 shares each, at most 1,000 held, an edge of 0.005, quotes follow every move, fixed size.
    fn default() -> Self {
        Self {
            quote: 10_000_000,
            take: 10_000_000,
            position_max: 1_000_000_000,
            take_edge: 5_000_000,
            follow: 1,
            sizing: Sizing::Fixed,
        }
    }
}

/// An own quote.
#[derive(Clone, Copy, Debug)]
struct Resting {
    id: OrderId,
    price: Ticks,
}

#[derive(Clone, Copy, Debug, Default)]
struct Quoted {
    bid: Option<Resting>,
    ask: Option<Resting>,
    /// What the last belief was worked out from, and the belief.
    basis: (i64, i64, i64, i64),
    reservation: i64,
}

/// The strategy, for one variant over all markets.
#[derive(Clone, Debug)]
pub struct TouchQuoter {
    params: TouchParams,
    quoted: Vec<Quoted>,
}

impl TouchQuoter {
    /// For a run over `markets` markets.
    #[must_use]
    pub fn new(params: TouchParams, markets: usize) -> Self {
        Self {
            params,
            quoted: vec![Quoted::default(); markets],
        }
    }

    /// What a YES share is worth to us, parts per thousand million, and between which collateral that stays so as far as
    /// the thresholds can tell. What is certain to lie on the same side of each of them need not be worked out.
    fn worth(
        &mut self,
        view: &View<'_>,
        belief_per_billion: i64,
        thresholds: &[i64],
    ) -> (i64, RangeInclusive<i64>) {
        let Sizing::Kelly { fraction } = self.params.sizing else {
            return (belief_per_billion, i64::MIN..=i64::MAX);
        };
        let (yes, no) = (view.position.yes.net(), view.position.no.net());
        let believed = belief_per_billion.clamp(BELIEF_MIN, BELIEF_MAX);
        let nearest = thresholds.iter().map(|at| at.abs_diff(believed)).min();
        let slack = nearest.unwrap_or(0).saturating_sub(SLACK);
        if let Some(least) = collateral_needed(yes, no, fraction, slack)
            && view.cash_total >= least
        {
            return (believed, least..=i64::MAX);
        }
        let quoted = &mut self.quoted[view.market as usize];
        let basis = (belief_per_billion, yes, no, view.cash_total);
        if quoted.basis != basis {
            quoted.basis = basis;
            let price = reservation_price(belief(belief_per_billion), wealth(view), fraction);
            quoted.reservation = per_billion(price);
        }
        (quoted.reservation, view.cash_total..=view.cash_total)
    }

    /// Follows the touch on one side.
    fn quote(
        &mut self,
        view: &View<'_>,
        actions: &mut Actions<'_>,
        half: BookSide,
        at: Option<Ticks>,
    ) {
        let quoted = &mut self.quoted[view.market as usize];
        let place = match half {
            BookSide::Bid => &mut quoted.bid,
            BookSide::Ask => &mut quoted.ask,
        };
        if let Some(own) = *place {
            let stays = at.is_some_and(|at| at.abs_diff(own.price) < self.params.follow);
            match (actions.status(own.id), stays) {
                (Some(_), true) => return,
                (Some(_), false) => actions.cancel(own.id),
                (None, _) => {}
            }
            *place = None;
        }
        let Some(price) = at else {
            return;
        };
        let order = exposure(view, half, price, self.params.quote);
        let order = NewOrder {
            life: TimeInForce::Gtc,
            crossing: Crossing::Refused,
            ..order
        };
        *place = actions.place(&order).map(|id| Resting { id, price });
    }

    /// Takes when what it is worth beats the touch by the edge; tells whether it does.
    fn take(
        &self,
        view: &View<'_>,
        actions: &mut Actions<'_>,
        worth: i64,
        touch: (Ticks, Ticks),
        net: i64,
    ) -> bool {
        let (bid, ask) = touch;
        let room = self.params.position_max - self.params.take as i64;
        let (half, price, gain) = if worth - price_per_billion(ask) > self.params.take_edge {
            (BookSide::Bid, ask, net <= room)
        } else if price_per_billion(bid) - worth > self.params.take_edge {
            (BookSide::Ask, bid, -net <= room)
        } else {
            return false;
        };
        let shares = self.shares(view, half, price);
        if gain && shares != 0 {
            actions.place(&exposure(view, half, price, shares));
        }
        true
    }

    /// How many micro-shares to take: no more than bring the reservation price to the price with the fee.
    fn shares(&self, view: &View<'_>, half: BookSide, price: Ticks) -> u64 {
        let Sizing::Kelly { fraction } = self.params.sizing else {
            return self.params.take;
        };
        let signal = view
            .signal
            .map_or(0, |signal| i64::from(signal.per_billion));
        let price = f64::from(price) * 1e-4;
        let fee = view.terms.regime(view.now).fee.taker_per_share(price);
        let (q, wealth) = (belief(signal), wealth(view));
        let shares = match half {
            BookSide::Bid => shares_to_buy(q, wealth, fraction, price + fee),
            BookSide::Ask => {
                let mirrored = Wealth {
                    yes: wealth.no,
                    no: wealth.yes,
                };
                shares_to_buy(1.0 - q, mirrored, fraction, 1.0 - price + fee)
            }
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "sizes are not negative, the cast saturates, and NaN gives 0"
        )]
        let lots = libm::floor(shares) as u64 / LOT;
        lots.saturating_mul(LOT).min(self.params.take)
    }
}

impl Strategy for TouchQuoter {
    fn decide(&mut self, view: &View<'_>, actions: &mut Actions<'_>) {
        let Some((bid, ask)) = view.touch() else {
            self.quote(view, actions, BookSide::Bid, None);
            self.quote(view, actions, BookSide::Ask, None);
            actions.rest_while(i64::MIN..=i64::MAX);
            return;
        };
        let (bid, ask) = (bid.price, ask.price);
        let (low, high) = (price_per_billion(bid), price_per_billion(ask));
        let edge = self.params.take_edge;
        let (worth, collateral) = match view.signal {
            Some(signal) => {
                let thresholds = [low, high, low - edge, high + edge];
                self.worth(view, i64::from(signal.per_billion), &thresholds)
            }
            None => self.worth(view, (low + high) / 2, &[low, high]),
        };
        let net = view.position.yes.net() - view.position.no.net();
        let room = self.params.position_max - self.params.quote as i64;
        let fixed = self.params.sizing == Sizing::Fixed;
        let buys = net <= room && (fixed || low <= worth);
        let sells = -net <= room && (fixed || high >= worth);
        self.quote(view, actions, BookSide::Bid, buys.then_some(bid));
        self.quote(view, actions, BookSide::Ask, sells.then_some(ask));
        let takes = view.signal.is_some() && self.take(view, actions, worth, (bid, ask), net);
        if !takes {
            // Quotes stay where they are until the touch moves or the venue says that one has ended.
            actions.rest_while(collateral);
        }
    }
}

/// An order that takes what is there, for more YES (bid) or less (ask) at a price on the YES scale: by selling what is
/// held of the other side where that suffices, else by buying.
fn exposure(view: &View<'_>, half: BookSide, price: Ticks, shares: u64) -> NewOrder {
    let held = |free: i64| u64::try_from(free).is_ok_and(|free| free >= shares);
    let (outcome, side) = match half {
        BookSide::Bid if held(view.position.no.free()) => (Outcome::No, Side::Sell),
        BookSide::Bid => (Outcome::Yes, Side::Buy),
        BookSide::Ask if held(view.position.yes.free()) => (Outcome::Yes, Side::Sell),
        BookSide::Ask => (Outcome::No, Side::Buy),
    };
    NewOrder {
        market: view.market,
        outcome,
        side,
        limit: match outcome {
            Outcome::Yes => price,
            Outcome::No => complement(price),
        },
        shares,
        life: TimeInForce::Fak,
        crossing: Crossing::Allowed,
    }
}

/// The least collateral at which the reservation price of this position cannot lie further than `slack` (parts per
/// thousand million) from the belief, micro-dollars; `None` when no collateral suffices.
///
/// Of `logit r = logit q - ln(W1 / W0) / fraction`: the slope of the logistic function is at most a quarter, and
/// `ln(1 + x) <= x`, so `|r - q| <= |W1 - W0| / (4 fraction min(W1, W0))`.
fn collateral_needed(yes: i64, no: i64, fraction: f64, slack: u64) -> Option<i64> {
    if slack == 0 || fraction <= 0.0 {
        return None;
    }
    let smaller = yes.min(no);
    let apart = yes.abs_diff(no) as f64;
    let wealth = apart / (4.0 * fraction * slack as f64 * 1e-9) * (1.0 + 1e-12) + 1.0;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "compared with the largest collateral first; NaN is refused"
    )]
    let wealth = (wealth < CASH_MAX as f64).then_some(wealth as i64 + 1)?;
    Some(wealth - smaller)
}

fn price_per_billion(price: Ticks) -> i64 {
    i64::from(price) * PER_BILLION_IN_TICK
}

/// Micro-dollars in the two states.
fn wealth(view: &View<'_>) -> Wealth {
    Wealth {
        yes: (view.cash_total + view.position.yes.net()) as f64,
        no: (view.cash_total + view.position.no.net()) as f64,
    }
}

/// A chance strictly between 0 and 1.
fn belief(per_billion: i64) -> f64 {
    (per_billion as f64 * 1e-9).clamp(1e-6, 1.0 - 1e-6)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a chance in parts per thousand million"
)]
fn per_billion(chance: f64) -> i64 {
    libm::floor(chance * 1e9) as i64
}
