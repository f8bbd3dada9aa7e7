//! Limits that several orders share: how much of the planned purchases a group's or a set's loss limit lets through.
//!
//! All purchases concerned are cut by one factor, so that no outcome is favoured for being listed first. Profit and loss
//! are taken by state, sales of the plan included whole.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use quorate_domain::{GroupId, LimitName, Market, Outcome, Side, Token};

use super::{Candidate, Plan};
use crate::markets::ScopeKey;
use crate::risk::{OtherOutcome, largest_share, tail_loss, worst_state_loss};
use crate::sizing::Solution;
use crate::strategy::Style;

/// Factors, 0 to 1, on the planned purchases.
pub(super) struct Scales {
    set: f64,
    groups: BTreeMap<GroupId, f64>,
}

impl Scales {
    /// The smallest factor that applies to a market, and the limit behind it.
    pub(super) fn of(&self, market: &Market) -> (f64, LimitName) {
        let group = market
            .group
            .and_then(|group| self.groups.get(&group))
            .copied()
            .unwrap_or(1.0);
        if group < self.set {
            (group, LimitName::GroupLoss)
        } else {
            (self.set, LimitName::SetLoss)
        }
    }
}

/// Profit and loss by state: of what is held with the planned sales, and of the planned purchases alone. Dollars.
struct Outcomes {
    held: Vec<f64>,
    bought: Vec<f64>,
}

impl Plan<'_> {
    pub(super) fn scales(&self, candidates: &[Candidate], solution: &Solution) -> Scales {
        let limits = &self.desk.known.config.limits;
        let groups = self.groups(candidates).into_iter().map(|group| {
            let outcomes = self.group_outcomes(group, candidates, solution);
            let cap = self
                .account
                .equity
                .share_ppm(limits.group_loss_ppm)
                .to_f64();
            (
                group,
                largest_share(&outcomes.held, &outcomes.bought, cap, worst_state_loss),
            )
        });
        let groups = groups.collect();
        let set = match self.scope {
            ScopeKey::Set(_) => {
                let outcomes = self.set_outcomes(candidates, solution);
                let cap = self.account.equity.share_ppm(limits.set_loss_ppm).to_f64();
                let probabilities = self.portfolio.space.probabilities();
                largest_share(&outcomes.held, &outcomes.bought, cap, |pnl| {
                    tail_loss(probabilities, pnl)
                })
            }
            ScopeKey::Group(_) | ScopeKey::Market(_) => 1.0,
        };
        Scales { set, groups }
    }

    fn groups(&self, candidates: &[Candidate]) -> Vec<GroupId> {
        let mut groups: Vec<GroupId> = candidates
            .iter()
            .filter_map(|c| self.view.markets[c.intent.market].market.group)
            .collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// States of a group: each of its markets happens, or none of them.
    fn group_outcomes(
        &self,
        group: GroupId,
        candidates: &[Candidate],
        solution: &Solution,
    ) -> Outcomes {
        let markets = self.desk.known.markets;
        let members: Vec<_> = markets
            .scope(self.scope)
            .iter()
            .copied()
            .filter(|id| {
                markets
                    .get(*id)
                    .is_some_and(|state| state.market.group == Some(group))
            })
            .collect();
        let other = self.other_outcome(Some(group)) == OtherOutcome::Possible;
        let states = members.len() + usize::from(other);
        let wished_again = |token: Token, side: Side| {
            candidates
                .iter()
                .any(|c| c.token == token && c.intent.side == side && c.intent.style == Style::Make)
        };
        let mut outcomes = Outcomes {
            held: vec![0.0; states],
            bought: vec![0.0; states],
        };
        for (place, id) in members.iter().enumerate() {
            let held = self.holdings(*id, wished_again);
            let pays = |state: usize| if state == place { held.yes } else { held.no };
            for (state, pnl) in outcomes.held.iter_mut().enumerate() {
                *pnl += pays(state).to_f64() - held.cost.to_f64();
            }
        }
        for candidate in candidates {
            if let Some(place) = members.iter().position(|id| *id == candidate.token.market) {
                let yes = |state: usize| state == place;
                candidate.add_to(&mut outcomes, solution, yes);
            }
        }
        outcomes
    }

    fn set_outcomes(&self, candidates: &[Candidate], solution: &Solution) -> Outcomes {
        let members = self.desk.known.markets.scope(self.scope);
        let paid = |id| self.paid(id).to_f64();
        let start: f64 = self.outside + members.iter().copied().map(paid).sum::<f64>();
        let held: Vec<f64> = self
            .portfolio
            .wealth
            .iter()
            .map(|wealth| wealth - start)
            .collect();
        let mut outcomes = Outcomes {
            bought: vec![0.0; held.len()],
            held,
        };
        for candidate in candidates {
            if let Some((contest, place)) = self.portfolio.place(candidate.token.market) {
                let yes = |state| self.portfolio.space.yes(contest, place, state);
                candidate.add_to(&mut outcomes, solution, yes);
            }
        }
        outcomes
    }
}

impl Candidate {
    /// Adds what the solution does with this candidate, by state.
    fn add_to(&self, outcomes: &mut Outcomes, solution: &Solution, yes: impl Fn(usize) -> bool) {
        let shares: f64 = self
            .legs
            .iter()
            .map(|leg| solution.shares[leg.number])
            .sum();
        let cash: f64 = self
            .legs
            .iter()
            .map(|leg| solution.shares[leg.number] * leg.unit_cash)
            .sum();
        let pays = |state: usize| {
            if yes(state) == (self.token.outcome == Outcome::Yes) {
                shares
            } else {
                0.0
            }
        };
        match self.intent.side {
            Side::Buy => add(&mut outcomes.bought, |state| pays(state) - cash),
            Side::Sell => add(&mut outcomes.held, |state| cash - pays(state)),
        }
    }
}

fn add(pnl: &mut [f64], by: impl Fn(usize) -> f64) {
    for (state, pnl) in pnl.iter_mut().enumerate() {
        *pnl += by(state);
    }
}
