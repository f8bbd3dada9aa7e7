//! Getting out: everything that may be sold is sold at the bids within the collar, whatever it is thought to be worth.

use alloc::vec::Vec;

use quorate_domain::{
    BookSide, HaltReason, KillMode, LimitName, MarketId, NoTradeReason, Numbers, Outcome, Price,
    Probability, Shares, Side, Token,
};

use crate::decide::{Desk, Judged};
use crate::markets::MarketState;
use crate::risk::{Approved, Sized, approve_exit};
use crate::strategy::Style;

const DONE: NoTradeReason = NoTradeReason::Halted(HaltReason::Killed(KillMode::Flatten));

impl Desk<'_> {
    /// One verdict for each outcome held of every market, or one that nothing is.
    pub(crate) fn flatten(&self, members: &[MarketId]) -> Vec<Judged> {
        let states = members.iter().filter_map(|id| self.known.markets.get(*id));
        states.flat_map(|state| self.exits(state)).collect()
    }

    fn exits(&self, state: &MarketState) -> Vec<Judged> {
        let market = state.market.id;
        let numbers = Numbers {
            market_mid: state.book.midpoint().map(Probability::get),
            ..Numbers::default()
        };
        let judged = |outcome| Judged {
            market,
            numbers,
            outcome,
        };
        let held: Vec<Token> = [Outcome::Yes, Outcome::No]
            .map(|outcome| Token { market, outcome })
            .into_iter()
            .filter(|token| !self.ledger.position(*token).expected().is_zero())
            .collect();
        if held.is_empty() {
            return Vec::from([judged(Err(DONE))]);
        }
        if let Some(reason) = self.known.exit_obstacle(state) {
            return Vec::from([judged(Err(reason))]);
        }
        if self.is_busy(market) {
            return Vec::from([judged(Err(NoTradeReason::OrderInFlight))]);
        }
        held.into_iter()
            .map(|token| judged(self.exit(state, token)))
            .collect()
    }

    fn exit(&self, state: &MarketState, token: Token) -> Result<Approved<Sized>, NoTradeReason> {
        let sellable = self.sellable(token);
        if sellable.is_zero() {
            // Bought, and not yet final.
            return Err(NoTradeReason::OrderInFlight);
        }
        let (limit, depth) = self
            .bids(state, token.outcome, sellable)
            .ok_or(NoTradeReason::Limit(LimitName::PriceCollar))?;
        let shares = sellable.min(depth).floor_to(Shares::LOT);
        let wish = Sized {
            token,
            side: Side::Sell,
            style: Style::Take,
            limit,
            shares,
            bound_by: None,
        };
        let approved =
            approve_exit(wish, &self.known.config.limits).map_err(NoTradeReason::Limit)?;
        let shares = approved.get().shares;
        if shares < state.market.shares_min {
            return Err(NoTradeReason::BelowMinimum { shares });
        }
        Ok(approved)
    }

    /// The lowest bid within the collar that is needed for `wanted` shares, and the shares bid for down to it.
    fn bids(
        &self,
        state: &MarketState,
        outcome: Outcome,
        wanted: Shares,
    ) -> Option<(Price, Shares)> {
        let mid = state.book.midpoint()?;
        let mut reached: Option<(Price, Shares)> = None;
        for level in state.book.levels_of(outcome, BookSide::Bid) {
            let depth = reached.map_or(Shares::ZERO, |(_, depth)| depth);
            if wanted <= depth || !self.known.in_collar(mid, outcome, level.price) {
                break;
            }
            reached = Some((level.price, depth + level.shares));
        }
        reached
    }
}
