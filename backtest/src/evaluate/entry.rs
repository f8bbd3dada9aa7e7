//! Entry rules: given a row and a probability, what is bought and at what cost. No position memory.

use super::rows::{Observation, exceeds};
use super::spec::{CostSource, Entry, Fees, Sides, Thresholds};

/// Which side of a contract is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Pays 1 if the event happens.
    Yes,
    /// Pays 1 if it does not.
    No,
}

/// One share of one side, bought at a cost before fees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bet {
    /// Side bought.
    pub side: Side,
    /// Dollars per share before fees.
    pub cost: f64,
}

impl Bet {
    /// Whether the side pays.
    #[must_use]
    pub fn wins(&self, row: &Observation) -> bool {
        (self.side == Side::Yes) == row.outcome
    }

    /// Probability that this side pays, when YES has probability `p`.
    #[must_use]
    pub fn chance(&self, p: f64) -> f64 {
        match self.side {
            Side::Yes => p,
            Side::No => 1.0 - p,
        }
    }

    /// Dollars per share after settlement: before fees, and after the taker and the profit fee.
    #[must_use]
    pub fn profit(&self, row: &Observation, fees: &Fees) -> Profit {
        let payoff = f64::from(u8::from(self.wins(row)));
        let after_taker = payoff - fees.cost(self.cost);
        Profit {
            gross: payoff - self.cost,
            net: after_taker - fees.profit_fee * after_taker.max(0.0),
        }
    }
}

/// Profit per share, dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profit {
    /// Before fees.
    pub gross: f64,
    /// After the taker fee and the profit fee.
    pub net: f64,
}

impl Fees {
    /// Cost of a share bought at `c`, with the taker fee `rate * c * (1 - c)`.
    #[must_use]
    pub fn cost(&self, c: f64) -> f64 {
        c + self.taker_rate * c * (1.0 - c)
    }
}

/// The cost of each side under an entry rule; `None` where it cannot be bought.
#[must_use]
pub fn costs(entry: Entry, row: &Observation) -> Sides<Option<f64>> {
    match entry {
        Entry::Mid { half_spread } => around(row.mid, half_spread),
        Entry::FillLater { half_spread } => around(row.later_mid, half_spread),
        Entry::Cost { source } | Entry::Favourite { source } => quoted(source, row),
    }
}

fn around(mid: Option<f64>, half_spread: f64) -> Sides<Option<f64>> {
    Sides {
        yes: mid.map(|m| m + half_spread),
        no: mid.map(|m| 1.0 - m + half_spread),
    }
}

fn quoted(source: CostSource, row: &Observation) -> Sides<Option<f64>> {
    match source {
        CostSource::Ask => row.ask,
        CostSource::Columns => row.cost,
        CostSource::BestOfTwo => Sides {
            yes: cheaper(row.ask.yes, row.second_ask.no),
            no: cheaper(row.ask.no, row.second_ask.yes),
        },
    }
}

/// The lower of two costs. A missing one is no offer, not a free one.
fn cheaper(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

/// The bet that probability `p` makes on this row under a rule, if any. A favourite rule never looks at `p`.
#[must_use]
pub fn enter(
    entry: Entry,
    row: &Observation,
    p: f64,
    bounds: &Thresholds,
    fees: &Fees,
) -> Option<Bet> {
    match entry {
        Entry::Mid { .. } | Entry::FillLater { .. } => enter_against_mid(entry, row, p, bounds),
        Entry::Cost { .. } => enter_against_cost(entry, row, p, bounds, fees),
        Entry::Favourite { .. } => favourite(entry, row, bounds),
    }
}

fn enter_against_mid(entry: Entry, row: &Observation, p: f64, bounds: &Thresholds) -> Option<Bet> {
    let difference = p - row.mid?;
    if !exceeds(difference.abs(), bounds.edge, bounds.tolerance) {
        return None;
    }
    let side = if difference > 0.0 {
        Side::Yes
    } else {
        Side::No
    };
    bets(entry, row, bounds)
        .into_iter()
        .find(|bet| bet.side == side)
}

fn enter_against_cost(
    entry: Entry,
    row: &Observation,
    p: f64,
    bounds: &Thresholds,
    fees: &Fees,
) -> Option<Bet> {
    let edge = |bet: &Bet| bet.chance(p) - fees.cost(bet.cost);
    bets(entry, row, bounds)
        .into_iter()
        .filter(|bet| exceeds(edge(bet), bounds.edge, bounds.tolerance))
        .reduce(|best, bet| if edge(&bet) > edge(&best) { bet } else { best })
}

/// The dearer of the sides that cost at least `favourite_min` and less than `favourite_max`.
#[must_use]
pub fn favourite(entry: Entry, row: &Observation, bounds: &Thresholds) -> Option<Bet> {
    bets(entry, row, bounds)
        .into_iter()
        .filter(|bet| !exceeds(bounds.favourite_min, bet.cost, bounds.tolerance))
        .filter(|bet| exceeds(bounds.favourite_max, bet.cost, bounds.tolerance))
        .reduce(|best, bet| if bet.cost > best.cost { bet } else { best })
}

/// Both sides that can be bought at no more than the largest cost, YES first.
#[must_use]
pub fn bets(entry: Entry, row: &Observation, bounds: &Thresholds) -> Vec<Bet> {
    let costs = costs(entry, row);
    [(Side::Yes, costs.yes), (Side::No, costs.no)]
        .into_iter()
        .filter_map(|(side, cost)| cost.map(|cost| Bet { side, cost }))
        .filter(|bet| !exceeds(bet.cost, bounds.cost_max, bounds.tolerance))
        .collect()
}
