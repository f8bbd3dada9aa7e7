//! The one account at the exchange: collateral and tokens, what is final and what is not, and proof that nothing
//! appears from nowhere.
//!
//! Amounts are kept in 128 bits so that no outside number, however absurd, can saturate a sum.

use alloc::collections::BTreeMap;

use quorate_domain::{Cash, Shares, Side, Token};
use serde::{Deserialize, Serialize};

/// Tokens of one outcome at the exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// Shares that are final; those sold and not yet final are still among them.
    pub confirmed: Shares,
    /// Shares bought and not yet final.
    pub pending_in: Shares,
    /// Shares sold and not yet final.
    pub pending_out: Shares,
    /// Shares promised to open sell orders.
    pub reserved: Shares,
}

/// A withdrawal of more than is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotEnoughCash {
    /// What could be withdrawn.
    pub free: Cash,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Tokens {
    confirmed: i128,
    pending_in: i128,
    pending_out: i128,
    reserved: i128,
    /// Everything ever received less everything ever given: the second entry of each booking.
    net: i128,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Account {
    cash: i128,
    /// Proceeds of sells that are not yet final.
    proceeds: i128,
    reserved: i128,
    /// Everything ever received less everything ever paid: the second entry of each booking.
    net: i128,
    #[serde(with = "quorate_domain::pairs")]
    tokens: BTreeMap<Token, Tokens>,
}

impl Account {
    pub(crate) fn cash(&self) -> Cash {
        Cash::from_micros_saturating(self.cash)
    }

    pub(crate) fn reserved(&self) -> Cash {
        Cash::from_micros_saturating(self.reserved)
    }

    pub(crate) fn proceeds(&self) -> Cash {
        Cash::from_micros_saturating(self.proceeds)
    }

    pub(crate) fn holding(&self, token: Token) -> Holding {
        let tokens = self.tokens.get(&token).copied().unwrap_or_default();
        Holding {
            confirmed: shares(tokens.confirmed),
            pending_in: shares(tokens.pending_in),
            pending_out: shares(tokens.pending_out),
            reserved: shares(tokens.reserved),
        }
    }

    /// What an order of this direction may still claim: micro-dollars, or micro-shares of the token.
    pub(crate) fn free(&self, side: Side, token: Token) -> i128 {
        match side {
            Side::Buy => self.cash - self.reserved,
            Side::Sell => self
                .tokens
                .get(&token)
                .map_or(0, |t| t.confirmed - t.pending_out - t.reserved),
        }
    }

    /// Changes the claim of an order by `by`.
    pub(crate) fn reserve(&mut self, side: Side, token: Token, by: i128) {
        if by == 0 {
            return;
        }
        match side {
            Side::Buy => self.reserved += by,
            Side::Sell => self.tokens.entry(token).or_default().reserved += by,
        }
        self.check(token);
    }

    pub(crate) fn deposit(&mut self, amount: Cash) {
        self.cash += i128::from(amount.micros());
        self.net += i128::from(amount.micros());
        self.check_cash();
    }

    pub(crate) fn withdraw(&mut self, amount: Cash) -> Result<(), NotEnoughCash> {
        let free = self.cash - self.reserved;
        let wanted = i128::from(amount.micros());
        if wanted > free {
            return Err(NotEnoughCash {
                free: Cash::from_micros_saturating(free),
            });
        }
        self.cash -= wanted;
        self.net -= wanted;
        self.check_cash();
        Ok(())
    }

    /// A matched buy: the money is gone at once, the tokens come later.
    pub(crate) fn buy(&mut self, token: Token, bought: Shares, paid: i128) {
        self.cash -= paid;
        self.net -= paid;
        let tokens = self.tokens.entry(token).or_default();
        tokens.pending_in += micros(bought);
        tokens.net += micros(bought);
        self.check(token);
    }

    /// A matched sell: the tokens are promised at once, the money comes later.
    pub(crate) fn sell(&mut self, token: Token, sold: Shares, received: i128) {
        self.proceeds += received;
        self.net += received;
        let tokens = self.tokens.entry(token).or_default();
        tokens.pending_out += micros(sold);
        tokens.net -= micros(sold);
        self.check(token);
    }

    pub(crate) fn settle_buy(&mut self, token: Token, bought: Shares) {
        let tokens = self.tokens.entry(token).or_default();
        tokens.pending_in -= micros(bought);
        tokens.confirmed += micros(bought);
        self.check(token);
    }

    pub(crate) fn settle_sell(&mut self, token: Token, sold: Shares, received: i128) {
        self.proceeds -= received;
        self.cash += received;
        let tokens = self.tokens.entry(token).or_default();
        tokens.pending_out -= micros(sold);
        tokens.confirmed -= micros(sold);
        self.check(token);
    }

    /// Final tokens leave for collateral that is final at once (merge, redemption).
    pub(crate) fn convert(&mut self, token: Token, given: Shares, received: i128) {
        self.cash += received;
        self.net += received;
        let tokens = self.tokens.entry(token).or_default();
        tokens.confirmed -= micros(given);
        tokens.net -= micros(given);
        self.check(token);
    }

    fn check(&self, token: Token) {
        self.check_cash();
        if let Some(t) = self.tokens.get(&token) {
            assert!(
                t.confirmed + t.pending_in - t.pending_out == t.net,
                "tokens are conserved"
            );
            assert!(
                t.pending_in >= 0 && t.pending_out >= 0 && t.reserved >= 0,
                "no negative part of a holding"
            );
            assert!(
                t.pending_out + t.reserved <= t.confirmed,
                "only final tokens are sold, and only once"
            );
        }
    }

    fn check_cash(&self) {
        assert!(
            self.cash + self.proceeds == self.net,
            "collateral is conserved"
        );
        assert!(
            self.reserved >= 0 && self.reserved <= self.cash && self.proceeds >= 0,
            "collateral covers every open buy"
        );
    }
}

fn micros(shares: Shares) -> i128 {
    i128::from(shares.micros())
}

fn shares(micros: i128) -> Shares {
    let limit = if micros < 0 { 0 } else { u64::MAX };
    Shares::from_micros(u64::try_from(micros).unwrap_or(limit))
}
