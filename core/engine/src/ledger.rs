//! The books of account: cash and positions, double entry, with conservation checked after every entry.
//!
//! Every movement is posted against a contra account, and positions are kept apart from the flows they came from, so
//! that two independent records must agree to the last micro-unit. Matched is not settled: what the venue has matched
//! counts in cash and in [`Position::expected`], and is undone when it fails.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use quorate_domain::{
    Cash, Fill, FillId, FillStatus, MarketId, Outcome, Position, Rounding, Shares, Side, Token,
};
use serde::{Deserialize, Serialize};

/// Where cash came from or went to. The sum over all of them and the cash itself is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Account {
    /// Deposits and withdrawals.
    Capital,
    /// Paid for tokens.
    Purchases,
    /// Received for tokens.
    Sales,
    /// Fees.
    Fees,
    /// Paid out at resolution.
    Redemptions,
    /// Pairs turned into collateral.
    Merges,
}

/// Shares that came and went, per token; an independent record beside [`Position`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Flow {
    acquired: Shares,
    disposed: Shares,
}

/// The books do not balance. This is a defect of the program, never of its inputs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Imbalance {
    /// Cash disagrees with the sum of its contra accounts.
    #[error("cash {cash} disagrees with its contra accounts {contra}")]
    Cash {
        /// Cash on hand.
        cash: Cash,
        /// What the contra accounts say.
        contra: Cash,
    },
    /// A position disagrees with the flows of its token.
    #[error("position {position} in {token:?} disagrees with its flows {flows}")]
    Token {
        /// The token.
        token: Token,
        /// Shares held.
        position: Shares,
        /// What the flows say.
        flows: Shares,
    },
}

/// An account message that cannot be true.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    /// More shares sold, redeemed or merged than are held.
    #[error("{shares} shares of {token:?} left, but only {held} were held")]
    NotHeld {
        /// The token.
        token: Token,
        /// Shares that left.
        shares: Shares,
        /// Shares held.
        held: Shares,
    },
}

/// What booking an execution came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booked {
    /// It was not known before.
    New,
    /// It had been booked already, and nothing changed.
    Known,
}

/// A ledger as it is stored: lists of pairs, since not every format can name a map's keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerSnapshot {
    cash: Cash,
    contra: Vec<(Account, Cash)>,
    positions: Vec<(Token, Position)>,
    flows: Vec<(Token, Flow)>,
    matched: Vec<Fill>,
    settled: Vec<(FillId, FillStatus)>,
}

impl From<LedgerSnapshot> for Ledger {
    fn from(stored: LedgerSnapshot) -> Self {
        Self {
            cash: stored.cash,
            contra: stored.contra.into_iter().collect(),
            positions: stored.positions.into_iter().collect(),
            flows: stored.flows.into_iter().collect(),
            matched: stored
                .matched
                .into_iter()
                .map(|fill| (fill.id, fill))
                .collect(),
            settled: stored.settled.into_iter().collect(),
        }
    }
}

/// Cash and positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    cash: Cash,
    contra: BTreeMap<Account, Cash>,
    positions: BTreeMap<Token, Position>,
    flows: BTreeMap<Token, Flow>,
    matched: BTreeMap<FillId, Fill>,
    settled: BTreeMap<FillId, FillStatus>,
}

impl Ledger {
    /// The ledger as it is stored; `Ledger::from` undoes it.
    #[must_use]
    pub fn snapshot(&self) -> LedgerSnapshot {
        LedgerSnapshot {
            cash: self.cash,
            contra: self.contra.iter().map(|(k, v)| (*k, *v)).collect(),
            positions: self.positions.iter().map(|(k, v)| (*k, *v)).collect(),
            flows: self.flows.iter().map(|(k, v)| (*k, *v)).collect(),
            matched: self.matched.values().cloned().collect(),
            settled: self.settled.iter().map(|(k, v)| (*k, *v)).collect(),
        }
    }

    /// Cash, matched executions included.
    #[must_use]
    pub const fn cash(&self) -> Cash {
        self.cash
    }

    /// Total of one contra account, as seen from the cash account (fees paid are negative).
    #[must_use]
    pub fn total(&self, account: Account) -> Cash {
        self.contra
            .get(&account)
            .map_or(Cash::ZERO, |contra| -*contra)
    }

    /// Holdings in a token.
    #[must_use]
    pub fn position(&self, token: Token) -> Position {
        self.positions.get(&token).copied().unwrap_or_default()
    }

    /// Every token ever held, in order.
    pub fn positions(&self) -> impl Iterator<Item = (Token, Position)> + '_ {
        self.positions
            .iter()
            .map(|(token, position)| (*token, *position))
    }

    /// Pairs of final YES and NO shares in a market, ready to be merged.
    #[must_use]
    pub fn mergeable(&self, market: MarketId) -> Shares {
        let of = |outcome| self.position(Token { market, outcome }).sellable();
        of(Outcome::Yes).min(of(Outcome::No))
    }

    /// Proceeds of sales that are matched and not yet final: counted in cash, not to be spent.
    #[must_use]
    pub fn proceeds_pending(&self) -> Cash {
        self.matched
            .values()
            .filter(|fill| fill.side == Side::Sell)
            .map(|fill| fill.shares.at(fill.price, Rounding::Down) - fill.fee)
            .sum()
    }

    /// The market of an execution that is matched and not yet final.
    #[must_use]
    pub fn matched_market(&self, id: FillId) -> Option<MarketId> {
        self.matched.get(&id).map(|fill| fill.token.market)
    }

    /// Capital came in (positive) or went out.
    pub fn capital(&mut self, amount: Cash) {
        self.post(Account::Capital, amount);
    }

    /// Books an execution as matched, and tells whether it is news. The same execution a second time changes nothing.
    ///
    /// # Errors
    /// A sale of more than is held.
    pub fn fill(&mut self, fill: &Fill) -> Result<Booked, Impossible> {
        if self.matched.contains_key(&fill.id) || self.settled.contains_key(&fill.id) {
            return Ok(Booked::Known);
        }
        match fill.side {
            Side::Buy => self.bought(fill),
            Side::Sell => self.sold(fill)?,
        }
        self.post(Account::Fees, -fill.fee);
        self.matched.insert(fill.id, fill.clone());
        Ok(Booked::New)
    }

    /// Takes note of an execution's way towards finality.
    pub fn settle(&mut self, id: FillId, status: FillStatus) {
        match status {
            FillStatus::Confirmed => {
                if let Some(fill) = self.matched.remove(&id) {
                    self.confirm(&fill);
                    self.settled.insert(id, status);
                }
            }
            FillStatus::Failed => {
                if let Some(fill) = self.matched.remove(&id) {
                    self.undo(&fill);
                    self.settled.insert(id, status);
                }
            }
            FillStatus::Matched | FillStatus::Mined | FillStatus::Retrying => {}
        }
    }

    /// Tokens of a resolved market were paid out.
    ///
    /// # Errors
    /// More shares than are held.
    pub fn redeem(
        &mut self,
        market: MarketId,
        yes: Shares,
        no: Shares,
        cash: Cash,
    ) -> Result<(), Impossible> {
        self.give_up_both(market, yes, no)?;
        self.post(Account::Redemptions, cash);
        Ok(())
    }

    /// As many YES as NO shares became one dollar each pair.
    ///
    /// # Errors
    /// More pairs than are held.
    pub fn merge(&mut self, market: MarketId, shares: Shares) -> Result<(), Impossible> {
        self.give_up_both(market, shares, shares)?;
        self.post(Account::Merges, shares.at_micros(1_000_000, Rounding::Down));
        Ok(())
    }

    /// Checks that nothing was created or lost.
    ///
    /// # Errors
    /// The first account that does not balance.
    pub fn check_conserved(&self) -> Result<(), Imbalance> {
        let contra: Cash = self.contra.values().copied().sum();
        if (self.cash + contra) != Cash::ZERO {
            return Err(Imbalance::Cash {
                cash: self.cash,
                contra: -contra,
            });
        }
        for (token, flow) in &self.flows {
            let position = self.position(*token).expected();
            let flows = flow.acquired.saturating_sub(flow.disposed);
            if position != flows {
                return Err(Imbalance::Token {
                    token: *token,
                    position,
                    flows,
                });
            }
        }
        Ok(())
    }

    fn post(&mut self, account: Account, amount: Cash) {
        self.cash += amount;
        *self.contra.entry(account).or_default() -= amount;
    }

    fn bought(&mut self, fill: &Fill) {
        // What is paid is rounded up: the books never show more cash than there is.
        let paid = fill.shares.at(fill.price, Rounding::Up);
        self.post(Account::Purchases, -paid);
        let position = self.positions.entry(fill.token).or_default();
        position.pending_in += fill.shares;
        position.cost += paid + fill.fee;
        self.flows.entry(fill.token).or_default().acquired += fill.shares;
    }

    fn sold(&mut self, fill: &Fill) -> Result<(), Impossible> {
        // Shares that are not final cannot be sold: their purchase may yet turn out never to have happened.
        let position = self.position(fill.token);
        let held = position.sellable();
        if held < fill.shares {
            return Err(Impossible::NotHeld {
                token: fill.token,
                shares: fill.shares,
                held,
            });
        }
        let position = self.positions.entry(fill.token).or_default();
        position.cost -= cost_share(position.cost, fill.shares, position.expected());
        position.pending_out += fill.shares;
        self.flows.entry(fill.token).or_default().disposed += fill.shares;
        self.post(Account::Sales, fill.shares.at(fill.price, Rounding::Down));
        Ok(())
    }

    fn confirm(&mut self, fill: &Fill) {
        let position = self.positions.entry(fill.token).or_default();
        match fill.side {
            Side::Buy => {
                position.pending_in = position.pending_in.saturating_sub(fill.shares);
                position.confirmed += fill.shares;
            }
            Side::Sell => {
                position.pending_out = position.pending_out.saturating_sub(fill.shares);
                position.confirmed = position.confirmed.saturating_sub(fill.shares);
            }
        }
        self.forget_if_empty(fill.token);
    }

    /// The execution never happened: everything it moved moves back.
    fn undo(&mut self, fill: &Fill) {
        let position = self.positions.entry(fill.token).or_default();
        let flow = self.flows.entry(fill.token).or_default();
        match fill.side {
            Side::Buy => {
                let held = position.expected();
                position.cost -= cost_share(position.cost, fill.shares, held);
                position.pending_in = position.pending_in.saturating_sub(fill.shares);
                flow.acquired = flow.acquired.saturating_sub(fill.shares);
                self.post(Account::Purchases, fill.shares.at(fill.price, Rounding::Up));
            }
            Side::Sell => {
                let back = fill.shares.at(fill.price, Rounding::Down);
                position.cost += back;
                position.pending_out = position.pending_out.saturating_sub(fill.shares);
                flow.disposed = flow.disposed.saturating_sub(fill.shares);
                self.post(Account::Sales, -back);
            }
        }
        self.post(Account::Fees, fill.fee);
    }

    /// Both or nothing.
    fn give_up_both(
        &mut self,
        market: MarketId,
        yes: Shares,
        no: Shares,
    ) -> Result<(), Impossible> {
        let parts = [(Outcome::Yes, yes), (Outcome::No, no)];
        let parts = parts.map(|(outcome, shares)| (Token { market, outcome }, shares));
        for (token, shares) in parts {
            // What is sold and not yet final is still among the confirmed shares, but is not given up twice.
            let held = self.position(token).sellable();
            if held < shares {
                return Err(Impossible::NotHeld {
                    token,
                    shares,
                    held,
                });
            }
        }
        for (token, shares) in parts.into_iter().filter(|(_, shares)| !shares.is_zero()) {
            let position = self.positions.entry(token).or_default();
            position.cost -= cost_share(position.cost, shares, position.expected());
            position.confirmed = position.confirmed.saturating_sub(shares);
            self.flows.entry(token).or_default().disposed += shares;
            self.forget_if_empty(token);
        }
        Ok(())
    }

    /// A token that is gone for good leaves the books once its two records agree that it is.
    fn forget_if_empty(&mut self, token: Token) {
        let settled = self
            .flows
            .get(&token)
            .is_some_and(|flow| flow.acquired == flow.disposed);
        if settled && self.position(token) == Position::default() {
            self.positions.remove(&token);
            self.flows.remove(&token);
        }
    }
}

/// The part of a position's cost that belongs to `shares` of `held`, rounded down; all of it when everything goes.
fn cost_share(cost: Cash, shares: Shares, held: Shares) -> Cash {
    if held <= shares {
        return cost;
    }
    let part = quorate_domain::number::mul_div(
        i128::from(cost.micros()),
        i128::from(shares.micros()),
        i128::from(held.micros()),
        Rounding::Down,
    );
    Cash::from_micros_saturating(part)
}
