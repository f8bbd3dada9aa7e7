//! The books of account: cash and positions, double entry, with conservation checked after every entry.
//!
//! Every movement is posted against a contra account, and positions are kept apart from the flows they came from, so
//! that two independent records must agree to the last micro-unit. Matched is not settled: what the venue has matched
//! counts in cash and in [`Position::expected`], and is undone when it fails.

mod conserved;
mod finals;
mod stored;

use alloc::collections::BTreeMap;

use quorate_domain::{
    Cash, Fill, FillId, FillStatus, MarketId, Outcome, Position, Rounding, Shares, Side, Token,
};
use serde::{Deserialize, Serialize};

pub use conserved::Imbalance;
pub use finals::FINALS_KEPT;
use finals::Finals;
pub use stored::LedgerSnapshot;

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
    /// Maker rebates.
    Rebates,
    /// Other income.
    Income,
}

/// Shares that came and went, per token; an independent record beside [`Position`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Flow {
    acquired: Shares,
    disposed: Shares,
}

/// An execution that is not final, with what it did to the cost of its position: a failure undoes exactly that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Matched {
    fill: Fill,
    /// Added by a purchase, taken away (negative) by a sale.
    cost: Cash,
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

/// Cash and positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    cash: Cash,
    contra: BTreeMap<Account, Cash>,
    positions: BTreeMap<Token, Position>,
    flows: BTreeMap<Token, Flow>,
    matched: BTreeMap<FillId, Matched>,
    settled: Finals,
    /// Final words on executions that have not been reported yet.
    early: Finals,
}

impl Ledger {
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
            .map(|matched| &matched.fill)
            .filter(|fill| fill.side == Side::Sell)
            .map(|fill| fill.shares.at(fill.price, Rounding::Down) - fill.fee)
            .sum()
    }

    /// The market of an execution that is matched and not yet final.
    #[must_use]
    pub fn matched_market(&self, id: FillId) -> Option<MarketId> {
        self.matched
            .get(&id)
            .map(|matched| matched.fill.token.market)
    }

    /// What the shares of a token that are final cost, sales that are not final undone: the position's cost if nothing
    /// that is matched becomes final.
    #[must_use]
    pub fn cost_if_void(&self, token: Token) -> Cash {
        let pending: Cash = self
            .matched
            .values()
            .filter(|matched| matched.fill.token == token)
            .map(|matched| matched.cost)
            .sum();
        self.position(token).cost - pending
    }

    /// Cash if nothing that is matched becomes final.
    #[must_use]
    pub fn cash_if_void(&self) -> Cash {
        let moved: Cash = self
            .matched
            .values()
            .map(|matched| &matched.fill)
            .map(|fill| match fill.side {
                Side::Buy => -fill.shares.at(fill.price, Rounding::Up) - fill.fee,
                Side::Sell => fill.shares.at(fill.price, Rounding::Down) - fill.fee,
            })
            .sum();
        self.cash - moved
    }

    /// A fee outside any execution (positive amount).
    pub fn charged(&mut self, fee: Cash) {
        self.post(Account::Fees, -fee);
    }

    /// A rebate.
    pub fn rebated(&mut self, cash: Cash) {
        self.post(Account::Rebates, cash);
    }

    /// Other income.
    pub fn earned(&mut self, cash: Cash) {
        self.post(Account::Income, cash);
    }

    /// Capital came in (positive) or went out.
    pub fn capital(&mut self, amount: Cash) {
        self.post(Account::Capital, amount);
    }

    /// Books an execution as matched, and tells whether it is news. The same execution a second time changes nothing, as
    /// long as it is not final or among the last [`FINALS_KEPT`] that became so. A final word that came early is applied
    /// now.
    ///
    /// # Errors
    /// A sale of more than is held.
    pub fn fill(&mut self, fill: &Fill) -> Result<Booked, Impossible> {
        if self.matched.contains_key(&fill.id) || self.settled.contains(fill.id) {
            return Ok(Booked::Known);
        }
        let early = self.early.take(fill.id);
        if early == Some(FillStatus::Failed) {
            // It never happened; a sale of shares that are not there any more would only confuse the books.
            self.settled.remember(fill.id, FillStatus::Failed);
            return Ok(Booked::New);
        }
        let cost = match fill.side {
            Side::Buy => self.bought(fill),
            Side::Sell => self.sold(fill)?,
        };
        self.post(Account::Fees, -fill.fee);
        let matched = Matched {
            fill: fill.clone(),
            cost,
        };
        self.matched.insert(fill.id, matched);
        if let Some(status) = early {
            self.settle(fill.id, status);
        }
        Ok(Booked::New)
    }

    /// Takes note of an execution's way towards finality. A final word on an execution that was not reported yet is kept
    /// for it, up to [`FINALS_KEPT`] of them.
    pub fn settle(&mut self, id: FillId, status: FillStatus) {
        if !matches!(status, FillStatus::Confirmed | FillStatus::Failed) {
            return;
        }
        match self.matched.remove(&id) {
            Some(matched) => {
                if status == FillStatus::Confirmed {
                    self.confirm(&matched.fill);
                } else {
                    self.undo(&matched);
                }
                self.settled.remember(id, status);
            }
            None if self.settled.contains(id) => {}
            None => self.early.remember(id, status),
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

    fn post(&mut self, account: Account, amount: Cash) {
        self.cash += amount;
        *self.contra.entry(account).or_default() -= amount;
    }

    /// Returns the cost added to the position.
    fn bought(&mut self, fill: &Fill) -> Cash {
        // What is paid is rounded up: the books never show more cash than there is.
        let paid = fill.shares.at(fill.price, Rounding::Up);
        self.post(Account::Purchases, -paid);
        let position = self.positions.entry(fill.token).or_default();
        position.pending_in += fill.shares;
        position.cost += paid + fill.fee;
        self.flows.entry(fill.token).or_default().acquired += fill.shares;
        paid + fill.fee
    }

    /// Returns the cost taken from the position, as a negative number.
    fn sold(&mut self, fill: &Fill) -> Result<Cash, Impossible> {
        // Shares that are not final cannot be sold: their purchase may yet turn out never to have happened.
        let held = self.position(fill.token).sellable();
        if held < fill.shares {
            return Err(Impossible::NotHeld {
                token: fill.token,
                shares: fill.shares,
                held,
            });
        }
        let cost = cost_share(self.final_cost(fill.token), fill.shares, held);
        let position = self.positions.entry(fill.token).or_default();
        position.cost -= cost;
        position.pending_out += fill.shares;
        self.flows.entry(fill.token).or_default().disposed += fill.shares;
        self.post(Account::Sales, fill.shares.at(fill.price, Rounding::Down));
        Ok(-cost)
    }

    /// Cost of the shares that may be given up now. A purchase that is not final keeps its cost to itself, so that it can
    /// take it back whole when it fails.
    fn final_cost(&self, token: Token) -> Cash {
        let pending: Cash = self
            .matched
            .values()
            .filter(|matched| matched.fill.token == token && matched.fill.side == Side::Buy)
            .map(|matched| matched.cost)
            .sum();
        self.position(token).cost - pending
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
    fn undo(&mut self, matched: &Matched) {
        let fill = &matched.fill;
        let position = self.positions.entry(fill.token).or_default();
        let flow = self.flows.entry(fill.token).or_default();
        position.cost -= matched.cost;
        match fill.side {
            Side::Buy => {
                position.pending_in = position.pending_in.saturating_sub(fill.shares);
                flow.acquired = flow.acquired.saturating_sub(fill.shares);
                self.post(Account::Purchases, fill.shares.at(fill.price, Rounding::Up));
            }
            Side::Sell => {
                position.pending_out = position.pending_out.saturating_sub(fill.shares);
                flow.disposed = flow.disposed.saturating_sub(fill.shares);
                self.post(Account::Sales, -fill.shares.at(fill.price, Rounding::Down));
            }
        }
        self.post(Account::Fees, fill.fee);
        self.forget_if_empty(fill.token);
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
            let held = self.position(token).sellable();
            let cost = cost_share(self.final_cost(token), shares, held);
            let position = self.positions.entry(token).or_default();
            position.cost -= cost;
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
