//! The joint problem of one scope: which contests matter, what is held in each state, and what could be traded.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use quorate_domain::{MarketId, Outcome, Shares};

use crate::sizing::enumerate::Quadrature;
use crate::sizing::{Contest, Holding, ScenarioSet, SizingError, StateSpace};

/// One market of a scope as the joint problem sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stake {
    /// The market.
    pub market: MarketId,
    /// Its contest's number within the scope; markets of one group share it.
    pub contest: usize,
    /// Probability of YES.
    pub p_yes: f64,
    /// Loading of its contest on the common factor.
    pub loading: f64,
    /// Shares of YES and NO counted as held, executions on their way included.
    pub held: [Shares; 2],
    /// Whether something may be traded in it now.
    pub in_play: bool,
}

/// A scope's contests and states, with what is held in them.
#[derive(Clone, Debug)]
pub struct Portfolio {
    /// The states.
    pub space: StateSpace,
    /// Wealth in each state, dollars.
    pub wealth: Vec<f64>,
    places: BTreeMap<MarketId, (usize, usize)>,
}

impl Portfolio {
    /// Lays out the states of the contests that matter: those in which something is held or may be traded.
    ///
    /// `cash` is wealth outside this scope, in dollars. `scenarios` are used when the states cannot be enumerated.
    ///
    /// # Errors
    /// A probability that is none, or wealth that is not positive somewhere.
    pub fn new(
        stakes: &[Stake],
        cash: f64,
        scenarios: &mut Scenarios,
    ) -> Result<Self, SizingError> {
        let mut contests: BTreeMap<usize, Vec<&Stake>> = BTreeMap::new();
        for stake in stakes {
            contests.entry(stake.contest).or_default().push(stake);
        }
        contests.retain(|_, members| {
            members
                .iter()
                .any(|s| s.in_play || s.held.iter().any(|h| !h.is_zero()))
        });

        let mut places = BTreeMap::new();
        let mut holdings = Vec::new();
        let mut list = Vec::new();
        for (contest, members) in contests.values().enumerate() {
            for (market, stake) in members.iter().enumerate() {
                places.insert(stake.market, (contest, market));
                if stake.held.iter().any(|h| !h.is_zero()) {
                    let [yes, no] = stake.held.map(Shares::to_f64);
                    holdings.push(Holding {
                        contest,
                        market,
                        yes,
                        no,
                    });
                }
            }
            let p = members.iter().map(|s| s.p_yes).collect();
            list.push(Contest::exclusive(p, members[0].loading));
        }
        if let [alone] = list.as_mut_slice() {
            // A factor shared with nobody changes nothing; without it the states are exact.
            alone.loading = 0.0;
        }
        let space = scenarios.space(&list)?;
        let wealth = space.wealth(cash, &holdings)?;
        Ok(Self {
            space,
            wealth,
            places,
        })
    }

    /// Contest and place within it of a market that matters.
    #[must_use]
    pub fn place(&self, market: MarketId) -> Option<(usize, usize)> {
        self.places.get(&market).copied()
    }

    /// Whether one share of an outcome pays in a state.
    #[must_use]
    pub fn pays(&self, market: MarketId, outcome: Outcome, state: usize) -> bool {
        self.place(market).is_some_and(|(contest, place)| {
            self.space.yes(contest, place, state) == (outcome == Outcome::Yes)
        })
    }
}

/// Scenario draws, kept between decisions so that the same contests meet the same random numbers.
#[derive(Clone, Debug)]
pub struct Scenarios {
    count: usize,
    seed: u64,
    rule: Quadrature,
    drawn: BTreeMap<Vec<u64>, ScenarioSet>,
}

/// Sets of draws kept; beyond it the first is dropped. Draws are a function of their key, so nothing depends on this.
const DRAWS_KEPT: usize = 32;

impl Scenarios {
    /// No draws yet.
    #[must_use]
    pub fn new(count: usize, seed: u64) -> Self {
        Self {
            count,
            seed,
            rule: Quadrature::new(),
            drawn: BTreeMap::new(),
        }
    }

    fn space(&mut self, contests: &[Contest]) -> Result<StateSpace, SizingError> {
        if let Some(space) = StateSpace::enumerate_with(contests, &self.rule)? {
            return Ok(space);
        }
        let key: Vec<u64> = contests.iter().map(|c| c.loading.to_bits()).collect();
        if !self.drawn.contains_key(&key) {
            let loadings: Vec<f64> = contests.iter().map(|c| c.loading).collect();
            if DRAWS_KEPT <= self.drawn.len() {
                self.drawn.pop_first();
            }
            self.drawn.insert(
                key.clone(),
                ScenarioSet::new(&loadings, self.count, self.seed)?,
            );
        }
        self.drawn[&key].space(contests)
    }
}
