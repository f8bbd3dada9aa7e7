//! The one rule for a binary market: the reservation price, and the closed forms at a single price.
//!
//! With wealth `A` if YES and `B` if NO, the next YES share is worth
//! `pi(A, B) = p A^-gamma / (p A^-gamma + (1 - p) B^-gamma)`: buy while the cost is below it, sell while the proceeds
//! are above it. With `gamma = 1` this is Kelly 1956.

use super::error::{SizingError, not_negative, positive, price, probability};
use quorate_domain::math::{logit, sigmoid};

/// Wealth in the two outcomes of a binary market, in cash units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinaryWealth {
    /// Cash plus YES shares held (each pays 1), plus anything that does not depend on this market.
    pub if_yes: f64,
    /// Cash plus NO shares held, plus the same constant.
    pub if_no: f64,
}

impl BinaryWealth {
    /// Wealth from cash and shares held.
    ///
    /// # Errors
    /// A quantity that is negative or not finite.
    pub fn from_holdings(cash: f64, yes: f64, no: f64) -> Result<Self, SizingError> {
        let cash = not_negative("cash", cash)?;
        Ok(Self {
            if_yes: cash + not_negative("YES shares", yes)?,
            if_no: cash + not_negative("NO shares", no)?,
        })
    }

    /// The same wealth seen from the NO token's side.
    #[must_use]
    pub fn mirrored(self) -> Self {
        Self {
            if_yes: self.if_no,
            if_no: self.if_yes,
        }
    }

    /// Wealth after buying `shares` YES at `cost` each (negative `shares` sell).
    #[must_use]
    pub fn after_buying(self, shares: f64, cost: f64) -> Self {
        Self {
            if_yes: self.if_yes + shares * (1.0 - cost),
            if_no: self.if_no - shares * cost,
        }
    }
}

/// A bettor in one binary market: belief, wealth and risk aversion, checked once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BinaryBet {
    p_yes: f64,
    wealth: BinaryWealth,
    risk_aversion: f64,
}

impl BinaryBet {
    /// Checks and keeps the three inputs. `risk_aversion` is `gamma`, a pure number above zero.
    ///
    /// # Errors
    /// `p_yes` outside `[0, 1]`, wealth not positive in one of the outcomes, `risk_aversion` not positive.
    pub fn new(p_yes: f64, wealth: BinaryWealth, risk_aversion: f64) -> Result<Self, SizingError> {
        for (state, amount) in [wealth.if_no, wealth.if_yes].into_iter().enumerate() {
            if !(amount.is_finite() && amount > 0.0) {
                return Err(SizingError::Wealth {
                    state,
                    wealth: amount,
                });
            }
        }
        Ok(Self {
            p_yes: probability("P(YES)", p_yes)?,
            wealth,
            risk_aversion: positive("risk aversion", risk_aversion)?,
        })
    }

    /// Our probability of YES.
    #[must_use]
    pub fn p_yes(&self) -> f64 {
        self.p_yes
    }

    /// Wealth by outcome.
    #[must_use]
    pub fn wealth(&self) -> BinaryWealth {
        self.wealth
    }

    /// Relative risk aversion `gamma`.
    #[must_use]
    pub fn risk_aversion(&self) -> f64 {
        self.risk_aversion
    }

    /// The same bet with the roles of YES and NO exchanged; sizes NO with the functions that size YES.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        Self {
            p_yes: 1.0 - self.p_yes,
            wealth: self.wealth.mirrored(),
            risk_aversion: self.risk_aversion,
        }
    }

    /// Value of the next YES share, in `[0, 1]`.
    #[must_use]
    pub fn reservation_price(&self) -> f64 {
        if self.p_yes == 0.0 || self.p_yes == 1.0 {
            return self.p_yes;
        }
        let tilt = libm::log(self.wealth.if_yes) - libm::log(self.wealth.if_no);
        sigmoid(logit(self.p_yes) - self.risk_aversion * tilt)
    }

    /// Shares of YES to buy at `cost` until the reservation price has fallen to it; negative when it is below already.
    ///
    /// The first-order condition fixes the wealth ratio `A' / B' = R`, hence `(R B - A) / ((1 - c) + R c)`.
    #[must_use]
    pub(crate) fn shares_to_optimum(&self, cost: f64) -> f64 {
        let ratio = self.wealth_ratio(cost);
        let BinaryWealth { if_yes, if_no } = self.wealth;
        if ratio.is_infinite() {
            return if_no / cost;
        }
        (ratio * if_no - if_yes) / ((1.0 - cost) + ratio * cost)
    }

    /// The wealth ratio `A / B` at which a YES share is worth exactly `cost`: `(p (1-c) / ((1-p) c))^(1/gamma)`.
    fn wealth_ratio(&self, cost: f64) -> f64 {
        if self.p_yes == 0.0 || cost >= 1.0 {
            return 0.0;
        }
        libm::exp((logit(self.p_yes) - logit(cost)) / self.risk_aversion)
    }

    pub(crate) fn with_wealth(self, wealth: BinaryWealth) -> Self {
        Self { wealth, ..self }
    }
}

/// YES shares to buy at one all-in `cost` per share with unlimited depth, at most `cash / cost`, never negative.
///
/// # Errors
/// `cost` outside `(0, 1]` or `cash` negative.
pub fn shares_at_price(bet: &BinaryBet, cost: f64, cash: f64) -> Result<f64, SizingError> {
    positive("cost per share", price("cost per share", cost)?)?;
    let cash = not_negative("cash", cash)?;
    Ok(bet.shares_to_optimum(cost).min(cash / cost).max(0.0))
}

/// Which side of the no-trade band a reservation price is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BandAction {
    /// The reservation price is above the all-in ask.
    BuyYes,
    /// The reservation price is below the net bid: sell YES, or buy NO when none is held.
    SellYesOrBuyNo,
    /// In between: fees and spread cost more than any trade gains (the discrete form of Davis & Norman 1990).
    None,
}

/// Compares a reservation price with the net bid and the all-in ask, all in cash per share.
#[must_use]
pub fn band_action(reservation: f64, net_bid: f64, net_ask: f64) -> BandAction {
    if reservation > net_ask {
        BandAction::BuyYes
    } else if reservation < net_bid {
        BandAction::SellYesOrBuyNo
    } else {
        BandAction::None
    }
}

/// Expected change of log wealth `p ln(A'/A) + (1-p) ln(B'/B)`, in nats.
///
/// # Errors
/// `p` outside `[0, 1]`.
pub fn expected_log_growth(
    p: f64,
    before: BinaryWealth,
    after: BinaryWealth,
) -> Result<f64, SizingError> {
    let p = probability("P(YES)", p)?;
    let yes = weighted_log(p, after.if_yes / before.if_yes);
    let no = weighted_log(1.0 - p, after.if_no / before.if_no);
    Ok(yes + no)
}

/// Divergence `KL(p || c) = p ln(p/c) + (1-p) ln((1-p)/(1-c))`: the growth of full Kelly at one price, in nats.
///
/// # Errors
/// `p` or `cost` outside `[0, 1]`.
pub fn kl_divergence(p: f64, cost: f64) -> Result<f64, SizingError> {
    let p = probability("P(YES)", p)?;
    let cost = price("cost per share", cost)?;
    Ok(weighted_log(p, p / cost) + weighted_log(1.0 - p, (1.0 - p) / (1.0 - cost)))
}

/// Growth per year of capital locked up for `years`: the figure by which to rank markets of different length.
///
/// # Errors
/// `p` or `cost` outside `[0, 1]`, `years` not positive.
pub fn growth_per_year(p: f64, cost: f64, years: f64) -> Result<f64, SizingError> {
    Ok(kl_divergence(p, cost)? / positive("years", years)?)
}

/// `weight * ln(ratio)`, zero when the weight is zero whatever the ratio.
fn weighted_log(weight: f64, ratio: f64) -> f64 {
    if weight == 0.0 {
        0.0
    } else {
        weight * libm::log(ratio)
    }
}
