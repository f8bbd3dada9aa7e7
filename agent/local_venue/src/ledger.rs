//! Who owns what, final on chain; and proof that nothing appears from nowhere.
//!
//! The crowd (everybody in the recorded data) is an account like any other that may owe: it mints what it sells.

use std::collections::BTreeMap;

use quorate_domain::Outcome;

/// Index of an account; the crowd's is [`CROWD`].
pub(crate) type AccountIndex = usize;

/// The account of everybody who is only in the recorded data.
pub(crate) const CROWD: AccountIndex = usize::MAX;
/// The account that collects fees.
pub(crate) const FEES: AccountIndex = usize::MAX - 1;

/// Final balances in micro-units.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    cash: BTreeMap<AccountIndex, i128>,
    tokens: BTreeMap<(AccountIndex, usize, Outcome), i128>,
    /// Collateral behind the tokens of each market.
    backing: BTreeMap<usize, i128>,
    deposited: i128,
}

impl Ledger {
    pub(crate) fn cash(&self, account: AccountIndex) -> i128 {
        self.cash.get(&account).copied().unwrap_or(0)
    }

    pub(crate) fn tokens(&self, account: AccountIndex, market: usize, outcome: Outcome) -> i128 {
        let key = (account, market, outcome);
        self.tokens.get(&key).copied().unwrap_or(0)
    }

    pub(crate) fn deposit(&mut self, account: AccountIndex, cash: i128) {
        *self.cash.entry(account).or_default() += cash;
        self.deposited += cash;
    }

    pub(crate) fn pay(&mut self, from: AccountIndex, to: AccountIndex, cash: i128) {
        *self.cash.entry(from).or_default() -= cash;
        *self.cash.entry(to).or_default() += cash;
    }

    pub(crate) fn give(
        &mut self,
        (market, outcome): (usize, Outcome),
        from: AccountIndex,
        to: AccountIndex,
        qty: i128,
    ) {
        *self.tokens.entry((from, market, outcome)).or_default() -= qty;
        *self.tokens.entry((to, market, outcome)).or_default() += qty;
    }

    /// Collateral becomes pairs (or, with a negative number, pairs become collateral).
    pub(crate) fn split(&mut self, account: AccountIndex, market: usize, pairs: i128) {
        *self.cash.entry(account).or_default() -= pairs;
        *self.backing.entry(market).or_default() += pairs;
        for outcome in [Outcome::Yes, Outcome::No] {
            *self.tokens.entry((account, market, outcome)).or_default() += pairs;
        }
    }

    /// Tokens of a decided market are paid out.
    pub(crate) fn redeem(&mut self, account: AccountIndex, market: usize, yes_micros: u32) -> i128 {
        let mut paid = 0;
        for (outcome, micros) in [
            (Outcome::Yes, yes_micros),
            (Outcome::No, 1_000_000 - yes_micros),
        ] {
            let held = self.tokens(account, market, outcome);
            self.tokens.insert((account, market, outcome), 0);
            paid += held * i128::from(micros) / 1_000_000;
        }
        *self.cash.entry(account).or_default() += paid;
        *self.backing.entry(market).or_default() -= paid;
        paid
    }

    /// Cash of all accounts and collateral behind tokens, less all deposits: always zero.
    pub(crate) fn imbalance(&self) -> i128 {
        self.cash.values().sum::<i128>() + self.backing.values().sum::<i128>() - self.deposited
    }

    /// Tokens of an outcome less collateral behind them: zero for both outcomes until the market pays.
    pub(crate) fn token_imbalance(&self, market: usize, outcome: Outcome) -> i128 {
        let held = self
            .tokens
            .iter()
            .filter(|((_, m, o), _)| *m == market && *o == outcome);
        held.map(|(_, qty)| *qty).sum::<i128>() - self.backing.get(&market).copied().unwrap_or(0)
    }
}
