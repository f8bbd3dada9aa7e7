//! What the account is worth, and what it could lose.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use quorate_domain::{Cash, Coverage, MarketId, Outcome, Position, Shares, Token};

use super::Engine;
use crate::markets::ScopeKey;
use crate::risk::{Held, OtherOutcome, worst_loss};

impl Engine {
    /// Worth of cash and holdings at the midpoints.
    #[must_use]
    pub fn equity(&self) -> Cash {
        self.worth(self.ledger.cash(), Position::expected)
    }

    /// The equity that losses and limits are measured by: where provisional views are taken, the worse of everything
    /// matched becoming final and nothing of it.
    #[must_use]
    pub fn equity_at_risk(&self) -> Cash {
        let expected = self.equity();
        if self.config.limits.provisional_views.is_enforced() {
            let cash = self.ledger.cash_if_void();
            expected.min(self.worth(cash, |position| position.confirmed))
        } else {
            expected
        }
    }

    fn worth(&self, cash: Cash, shares: impl Fn(Position) -> Shares) -> Cash {
        let held: f64 = self
            .ledger
            .positions()
            .map(|(token, position)| {
                let mark = self
                    .markets
                    .get(token.market)
                    .map_or(0.0, |state| state.mark(token.outcome));
                shares(position).to_f64() * mark
            })
            .sum();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates; worth is reported, never paid"
        )]
        let held = Cash::from_micros(libm::floor(held * 1e6) as i64);
        cash + held
    }

    /// What would be lost if every contest ended in its worst way, contests taken one by one.
    #[must_use]
    pub fn exposure(&self) -> Cash {
        let mut contests: BTreeMap<ScopeKey, Vec<Held>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (token, _) in self.ledger.positions() {
            let Some(state) = self.markets.get(token.market) else {
                continue;
            };
            if state.payout.is_none() && seen.insert(token.market) {
                let key = state
                    .market
                    .group
                    .map_or(ScopeKey::Market(token.market), ScopeKey::Group);
                contests
                    .entry(key)
                    .or_default()
                    .push(self.held(token.market));
            }
        }
        contests
            .iter()
            .map(|(key, members)| worst_loss(members, self.other_outcome(*key, members.len())))
            .sum()
    }

    /// Whether a contest may end with none of the markets held in it: it may, unless all of an exhaustive group are held.
    fn other_outcome(&self, key: ScopeKey, held: usize) -> OtherOutcome {
        let ScopeKey::Group(id) = key else {
            return OtherOutcome::Possible;
        };
        let exhaustive = self
            .markets
            .group(id)
            .is_some_and(|g| g.coverage == Coverage::Exhaustive);
        let members = self
            .markets
            .iter()
            .filter(|state| state.market.group == Some(id))
            .count();
        if exhaustive && held == members {
            OtherOutcome::Impossible
        } else {
            OtherOutcome::Possible
        }
    }

    fn held(&self, market: MarketId) -> Held {
        let of = |outcome| self.ledger.position(Token { market, outcome });
        let (yes, no) = (of(Outcome::Yes), of(Outcome::No));
        Held {
            yes: yes.expected(),
            no: no.expected(),
            cost: yes.cost + no.cost,
        }
    }
}
