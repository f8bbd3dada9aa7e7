//! Verdicts as they are written down: one per market, and a second one where both outcomes trade.

use alloc::vec::Vec;

use quorate_domain::{NoTradeReason, Token};

use super::Candidate;
use crate::decide::{Judged, judge};
use crate::risk::{Approved, Sized};

pub(super) fn refuse(candidates: &[Candidate], judged: &mut [Judged], reason: NoTradeReason) {
    for candidate in candidates {
        judge(judged, candidate.token.market, reason);
    }
}

pub(super) fn note_wanted(judged: &mut [Judged], token: Token, total: f64, gain: f64) {
    if let Some(verdict) = judged.iter_mut().find(|j| j.market == token.market) {
        verdict.numbers.shares_wanted = Some(total);
        verdict.numbers.gain = Some(gain);
    }
}

/// Replaces a market's reason, unless it already trades.
pub(super) fn soft_judge(judged: &mut [Judged], token: Token, reason: NoTradeReason) {
    if let Some(verdict) = judged.iter_mut().find(|j| j.market == token.market)
        && verdict.outcome.is_err()
    {
        verdict.outcome = Err(reason);
    }
}

/// Writes an order's verdict: into the market's first one, or as a second one when the first already trades.
pub(super) fn write_verdict(
    judged: &mut Vec<Judged>,
    token: Token,
    outcome: Result<Approved<Sized>, NoTradeReason>,
) {
    let Some(place) = judged.iter().position(|j| j.market == token.market) else {
        return;
    };
    match (&judged[place].outcome, &outcome) {
        (Ok(_), Ok(_)) => {
            let second = Judged {
                outcome,
                ..judged[place].clone()
            };
            judged.push(second);
        }
        (Ok(_), Err(_)) => {}
        (Err(_), _) => judged[place].outcome = outcome,
    }
}
