//! What happens on the chain: matches become final, pairs are merged, decided markets pay.
//!
//! A transaction that the contracts would reject (more pairs than are held, a market that is not decided, nothing to
//! redeem) changes nothing and is reported as reverted.

use quorate_domain::{
    AccountInput, Chore, FillId, FillStatus, MarketId, Outcome, Rounding, Shares, Side, Token,
};

use crate::Exchange;
use crate::listed::Stage;

impl Exchange {
    pub(crate) fn settle(&mut self, fill: FillId) {
        let Some(done) = self.clearing.unsettled.remove(&fill) else {
            return;
        };
        let account = &mut self.clearing.account;
        match done.side {
            Side::Buy => account.settle_buy(done.token, done.shares),
            Side::Sell => account.settle_sell(done.token, done.shares, done.received),
        }
        self.clearing.say(AccountInput::Settled {
            fill,
            status: FillStatus::Confirmed,
        });
    }

    /// A pair of final, unpromised tokens becomes one dollar.
    pub(crate) fn merge(&mut self, market: MarketId, pairs: Shares) {
        let covered = [Outcome::Yes, Outcome::No]
            .into_iter()
            .all(|outcome| pairs <= self.unpromised(Token { market, outcome }));
        if pairs.is_zero() || !covered {
            return self.reverted(market, Chore::Merge);
        }
        for (outcome, received) in [(Outcome::Yes, i128::from(pairs.micros())), (Outcome::No, 0)] {
            let token = Token { market, outcome };
            self.clearing.account.convert(token, pairs, received);
        }
        self.clearing.say(AccountInput::Merged {
            market,
            shares: pairs,
        });
    }

    /// All final tokens of a decided market are paid, each outcome rounded down.
    pub(crate) fn redeem(&mut self, market: MarketId) {
        let Some(Stage::Resolved(payout)) = self.markets.get(&market).map(|m| m.stage) else {
            return self.reverted(market, Chore::Redeem);
        };
        let pay = |outcome| {
            let shares = self.unpromised(Token { market, outcome });
            let micros = i64::from(payout.micros(outcome));
            (shares, shares.at_micros(micros, Rounding::Down))
        };
        let ((yes, yes_cash), (no, no_cash)) = (pay(Outcome::Yes), pay(Outcome::No));
        if yes.is_zero() && no.is_zero() {
            return self.reverted(market, Chore::Redeem);
        }
        for (outcome, shares, cash) in [(Outcome::Yes, yes, yes_cash), (Outcome::No, no, no_cash)] {
            let token = Token { market, outcome };
            let received = i128::from(cash.micros());
            self.clearing.account.convert(token, shares, received);
        }
        self.clearing.say(AccountInput::Redeemed {
            market,
            yes,
            no,
            cash: yes_cash + no_cash,
        });
    }

    fn reverted(&mut self, market: MarketId, chore: Chore) {
        self.clearing.say(AccountInput::Reverted { market, chore });
    }

    fn unpromised(&self, token: Token) -> Shares {
        let free = self.clearing.account.free(Side::Sell, token);
        Shares::from_micros(u64::try_from(free).unwrap_or(u64::MAX))
    }
}
