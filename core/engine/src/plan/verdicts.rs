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
/// wished; the collar is said in any case.
pub(super) fn note_dropped(judged: &mut [Judged], market: MarketId, reason: NoTradeReason) {
    let collar = reason == NoTradeReason::Limit(LimitName::PriceCollar);
    if let Some(verdict) = judged.iter_mut().find(|j| j.market == market)
        && (collar || verdict.outcome == Err(NoTradeReason::NoIntent))
    {
        verdict.outcome = Err(reason);
    }
}

/// Replaces a market's reason, unless it already trades.
pub(super) fn soft_judge(judged: &mut [Judged], wanted: Wanted, reason: NoTradeReason) {
    if let Some(verdict) = judged.iter_mut().find(|j| j.market == wanted.market)
        && verdict.outcome.is_err()
    {
        write(verdict, wanted, Err(reason));
    }
}

/// Writes what became of an order: into the market's first verdict, or as one more when that one already trades.
pub(super) fn write_verdict(
    judged: &mut Vec<Judged>,
    wanted: Wanted,
    outcome: Result<Approved<Sized>, NoTradeReason>,
) {
    let Some(first) = judged.iter_mut().find(|j| j.market == wanted.market) else {
        return;
    };
    if first.outcome.is_err() {
        write(first, wanted, outcome);
    } else {
        let mut second = first.clone();
        write(&mut second, wanted, outcome);
        judged.push(second);
    }
}

fn write(verdict: &mut Judged, wanted: Wanted, outcome: Result<Approved<Sized>, NoTradeReason>) {
    verdict.numbers.shares_wanted = Some(wanted.shares);
    verdict.numbers.gain = Some(wanted.gain);
    verdict.outcome = outcome;
}
