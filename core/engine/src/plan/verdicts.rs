//! Verdicts as they are written down: one per market, and another one where a second order is sent or refused.

use alloc::vec::Vec;

use quorate_domain::{LimitName, MarketId, NoTradeReason};

use super::Candidate;
use crate::decide::{Judged, judge};
use crate::risk::{Approved, Sized};

/// What the joint optimum wants of one candidate.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) market: MarketId,
    /// Shares.
    pub(super) shares: f64,
    /// Certainty-equivalent gain of the whole solution, dollars.
    pub(super) gain: f64,
}

pub(super) fn refuse(candidates: &[Candidate], judged: &mut [Judged], reason: NoTradeReason) {
    for candidate in candidates {
        judge(judged, candidate.token.market, reason);
    }
}

/// Says why an intent never became a candidate. A reason found before sizing stays, unless it says that nothing was
/// wished; the collar and a kill are said in any case.
pub(super) fn note_dropped(judged: &mut [Judged], market: MarketId, reason: NoTradeReason) {
    let said_anyway = matches!(
        reason,
        NoTradeReason::Limit(LimitName::PriceCollar) | NoTradeReason::ReduceOnly
    );
    if let Some(verdict) = judged.iter_mut().find(|j| j.market == market)
        && (said_anyway || verdict.outcome == Err(NoTradeReason::NoIntent))
    {
        verdict.outcome = Err(reason);
    }
}

/// Whether a verdict is about an order, sent or refused: it stays, and the next order gets its own.
fn is_of_an_order(verdict: &Judged) -> bool {
    let wanted = verdict.numbers.shares_wanted.unwrap_or(0.0);
    let refused = matches!(
        verdict.outcome,
        Err(NoTradeReason::Limit(_) | NoTradeReason::BelowMinimum { .. })
    );
    verdict.outcome.is_ok() || (refused && LOT <= wanted)
}

/// The least that can be ordered, in shares.
const LOT: f64 = 0.01;

/// Replaces a market's reason, unless it is about an order.
pub(super) fn soft_judge(judged: &mut [Judged], wanted: Wanted, reason: NoTradeReason) {
    if let Some(verdict) = judged.iter_mut().find(|j| j.market == wanted.market)
        && !is_of_an_order(verdict)
    {
        write(verdict, wanted, Err(reason));
    }
}

/// Writes what became of an order: into the market's first verdict, or as one more when that one is about another order.
pub(super) fn write_verdict(
    judged: &mut Vec<Judged>,
    wanted: Wanted,
    outcome: Result<Approved<Sized>, NoTradeReason>,
) {
    let Some(first) = judged.iter_mut().find(|j| j.market == wanted.market) else {
        return;
    };
    if is_of_an_order(first) {
        let mut another = first.clone();
        write(&mut another, wanted, outcome);
        judged.push(another);
    } else {
        write(first, wanted, outcome);
    }
}

fn write(verdict: &mut Judged, wanted: Wanted, outcome: Result<Approved<Sized>, NoTradeReason>) {
    verdict.numbers.shares_wanted = Some(wanted.shares);
    verdict.numbers.gain = Some(wanted.gain);
    verdict.outcome = outcome;
}
