//! Fractional Kelly (Kelly 1956) with a cap per bet: all clusters at one date, or one bet after another.

use std::collections::BTreeSet;

use serde::Serialize;

use super::entry::{Bet, Profit, bets};
use super::moment::rfc3339;
use super::rows::{Judged, exceeds};
use super::spec::{Fees, KellySpec, Moment, Thresholds};

/// All clusters at one time, each staked as a share of the same starting bankroll.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KellyDate {
    /// The date asked for.
    pub date: String,
    /// The first time on or after it, RFC 3339.
    pub at: String,
    /// Clusters with a forecast at that time.
    pub clusters: usize,
    /// Bets made.
    pub bets: usize,
    /// Bets that paid.
    pub wins: usize,
    /// Sum of the stakes, in bankrolls. Not capped: a sum above 1 cannot be placed.
    pub total_stake: f64,
    /// Result in bankrolls, before the profit fee.
    pub pnl: f64,
    /// The result divided by the sum of stakes where that exceeds 1.
    pub pnl_scaled_to_1x: f64,
    /// Result with the profit fee taken from every win.
    pub pnl_net_of_profit_fee: f64,
}

/// One bet after another with a bankroll that starts at 1 and compounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KellyPath {
    /// Bets made, at most one per cluster.
    pub bets: usize,
    /// Bets that paid.
    pub wins: usize,
    /// Bankroll at the end.
    pub final_bankroll: f64,
    /// Largest fall from a previous peak, as a share of the peak.
    pub max_drawdown: f64,
}

/// A bet with its stake in bankrolls.
struct Staked {
    bet: Bet,
    stake: f64,
    edge: f64,
}

impl Staked {
    /// Change of the bankroll in bankrolls: before and after the profit fee.
    fn result(&self, j: &Judged<'_>, fees: &Fees) -> Profit {
        if !self.bet.wins(j.row) {
            return Profit {
                gross: -self.stake,
                net: -self.stake,
            };
        }
        let cost = fees.cost(self.bet.cost);
        let gross = self.stake * (1.0 - cost) / cost;
        Profit {
            gross,
            net: gross * (1.0 - fees.profit_fee),
        }
    }
}

/// Both sides of a row whose chance exceeds their cost with fee by more than the edge.
fn staked(j: &Judged<'_>, kelly: &KellySpec, bounds: &Thresholds, fees: &Fees) -> Vec<Staked> {
    bets(kelly.entry, j.row, bounds)
        .into_iter()
        .filter_map(|bet| {
            let cost = fees.cost(bet.cost);
            let edge = bet.chance(j.p) - cost;
            let stake = kelly.cap.min(kelly.fraction * edge / (1.0 - cost));
            // A share that costs nothing would pay back infinitely often: no quote means that.
            let worth = cost > 0.0 && exceeds(edge, bounds.edge, bounds.tolerance);
            worth.then_some(Staked { bet, stake, edge })
        })
        .collect()
}

/// Kelly at one time. `judged` holds the rows of that time only; `None` when there are none.
#[must_use]
pub fn kelly_date(
    judged: &[Judged<'_>],
    date: &Moment,
    kelly: &KellySpec,
    bounds: &Thresholds,
    fees: &Fees,
) -> Option<KellyDate> {
    let clusters: BTreeSet<usize> = judged.iter().map(|j| j.row.cluster).collect();
    let mut report = KellyDate {
        date: date.label.clone(),
        at: rfc3339(judged.first()?.row.time_ms),
        clusters: clusters.len(),
        bets: 0,
        wins: 0,
        total_stake: 0.0,
        pnl: 0.0,
        pnl_scaled_to_1x: 0.0,
        pnl_net_of_profit_fee: 0.0,
    };
    for j in judged {
        for bet in staked(j, kelly, bounds, fees) {
            let result = bet.result(j, fees);
            report.bets += 1;
            report.wins += usize::from(bet.bet.wins(j.row));
            report.total_stake += bet.stake;
            report.pnl += result.gross;
            report.pnl_net_of_profit_fee += result.net;
        }
    }
    report.pnl_scaled_to_1x = report.pnl / report.total_stake.max(1.0);
    Some(report)
}

/// Kelly in time order: at most one bet per cluster, the side with the larger edge, the bankroll compounds.
///
/// `judged` is in time order. Size limits of the book are ignored, and each outcome is booked at the time of its bet.
#[must_use]
pub fn kelly_path(
    judged: &[Judged<'_>],
    kelly: &KellySpec,
    bounds: &Thresholds,
    fees: &Fees,
) -> KellyPath {
    let mut path = KellyPath {
        bets: 0,
        wins: 0,
        final_bankroll: 1.0,
        max_drawdown: 0.0,
    };
    let mut peak = 1.0_f64;
    let mut done = BTreeSet::new();
    for j in judged {
        let best = staked(j, kelly, bounds, fees)
            .into_iter()
            .reduce(|best, bet| if bet.edge > best.edge { bet } else { best });
        let Some(bet) = best else { continue };
        if !done.insert(j.row.cluster) {
            continue;
        }
        path.bets += 1;
        path.wins += usize::from(bet.bet.wins(j.row));
        path.final_bankroll *= 1.0 + bet.result(j, fees).net;
        peak = peak.max(path.final_bankroll);
        path.max_drawdown = path.max_drawdown.max(1.0 - path.final_bankroll / peak);
    }
    path
}
