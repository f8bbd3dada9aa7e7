//! Legs of the joint problem: every displayed level an intent may take, or the one price at which it rests.

use alloc::vec::Vec;

use quorate_domain::{BookSide, LimitName, NoTradeReason, Outcome, Price, Shares, Side, Token};

use super::{Candidate, OwnLeg, Plan};
use crate::risk::share_of;
use crate::sizing::{Leg, LegAction, LegOutcome};
use crate::strategy::{Intent, MarketView, Style};

impl Plan<'_> {
    /// The legs of one intent: one for every displayed level within its limit, or one resting order.
    ///
    /// # Errors
    /// Why the intent cannot be sized.
    pub(super) fn candidate(
        &self,
        intent: &Intent,
        intents: &[Intent],
        legs: &mut Vec<Leg>,
    ) -> Result<Candidate, NoTradeReason> {
        let market = &self.view.markets[intent.market];
        let token = Token {
            market: market.market.id,
            outcome: intent.outcome,
        };
        if intent.side == Side::Buy && self.desk.known.sells_only() {
            return Err(NoTradeReason::ReduceOnly);
        }
        let sellable = self.desk.sellable(token);
        if intent.side == Side::Sell && sellable.is_zero() {
            return Err(if market.held_of(intent.outcome).is_zero() {
                NoTradeReason::NoIntent
            } else {
                // Bought, and not yet final.
                NoTradeReason::OrderInFlight
            });
        }
        if self.is_left_to_a_sale(intent, intents) {
            return Err(NoTradeReason::InsideBand);
        }
        let (contest, place) = self
            .portfolio
            .place(token.market)
            .ok_or(NoTradeReason::NoIntent)?;
        let mut candidate = Candidate {
            intent: *intent,
            token,
            legs: Vec::new(),
        };
        for (price, unit_cash, shares) in self.prices(market, intent, sellable)? {
            candidate.legs.push(OwnLeg {
                number: legs.len(),
                price,
                unit_cash,
            });
            legs.push(Leg {
                contest,
                market: place,
                outcome: match intent.outcome {
                    Outcome::Yes => LegOutcome::Yes,
                    Outcome::No => LegOutcome::No,
                },
                action: match intent.side {
                    Side::Buy => LegAction::Buy,
                    Side::Sell => LegAction::Sell,
                },
                unit_cash,
                shares_max: shares.to_f64(),
            });
        }
        if candidate.legs.is_empty() {
            // The limit lies between the best prices.
            Err(NoTradeReason::InsideBand)
        } else {
            Ok(candidate)
        }
    }

    /// Taking NO from the bids that a sale of YES would hit is the same trade: while there is YES to sell and a wish to
    /// sell it, that comes first.
    fn is_left_to_a_sale(&self, intent: &Intent, intents: &[Intent]) -> bool {
        let market = self.view.markets[intent.market].market;
        let opposite = intent.outcome.opposite();
        let sells = |other: &Intent| {
            other.market == intent.market && other.outcome == opposite && other.side == Side::Sell
        };
        let token = Token {
            market: market.id,
            outcome: opposite,
        };
        intent.side == Side::Buy
            && intent.style == Style::Take
            && intents.iter().any(sells)
            && market.shares_min <= self.desk.sellable(token)
    }

    /// (price, cash per share, most shares) of every leg of an intent.
    ///
    /// # Errors
    /// The collar, when it leaves no price at all.
    fn prices(
        &self,
        market: &MarketView<'_>,
        intent: &Intent,
        sellable: Shares,
    ) -> Result<Vec<(Price, f64, Shares)>, NoTradeReason> {
        let collar = NoTradeReason::Limit(LimitName::PriceCollar);
        let limits = &self.desk.known.config.limits;
        let most = match intent.side {
            Side::Buy => Shares::whole(limits.order_shares_max),
            Side::Sell => sellable,
        };
        if intent.style == Style::Make {
            // A strategy's price between two ticks is moved to the one that is less aggressive.
            let limit = match intent.side {
                Side::Buy => market.tick().floor(i64::from(intent.limit.micros())),
                Side::Sell => market.tick().ceil(i64::from(intent.limit.micros())),
            };
            let limit = limit.filter(|limit| self.in_collar(market, intent.outcome, *limit));
            let limit = limit.ok_or(collar)?;
            let cash = self.resting_cash(market, intent.side, limit);
            return Ok(Vec::from([(limit, cash, most)]));
        }
        let mut left = most;
        let mut prices = Vec::new();
        for level in market
            .book
            .levels_of(intent.outcome, BookSide::taken_by(intent.side))
        {
            let within = match intent.side {
                Side::Buy => level.price <= intent.limit,
                Side::Sell => intent.limit <= level.price,
            };
            if !within || left.is_zero() {
                break;
            }
            if !self.in_collar(market, intent.outcome, level.price) {
                if prices.is_empty() {
                    return Err(collar);
                }
                break;
            }
            let cash = match intent.side {
                Side::Buy => market.taker_cost(level.price),
                Side::Sell => market.taker_proceeds(level.price),
            };
            let shares = share_of(level.shares, limits.depth_share_ppm).min(left);
            left = left.saturating_sub(shares);
            prices.push((level.price, cash, shares));
        }
        Ok(prices)
    }

    /// Cash per share of a resting order. Being filled is bad news about the outcome, which counts as a cost; the
    /// rebate is an expectation.
    pub(super) fn resting_cash(&self, market: &MarketView<'_>, side: Side, limit: Price) -> f64 {
        let b = limit.to_f64();
        let fee = market.market.fee;
        let rebate = f64::from(fee.rebate_share_ppm) * 1e-6 * fee.taker_per_share(b);
        let adverse = self.desk.known.config.adverse_selection;
        match side {
            Side::Buy => (b - rebate + adverse) * market.lockup,
            Side::Sell => b + rebate - adverse,
        }
    }

    fn in_collar(&self, market: &MarketView<'_>, outcome: Outcome, price: Price) -> bool {
        let mid = market.fair.market_mid;
        self.desk.known.in_collar(mid, outcome, price)
    }
}
