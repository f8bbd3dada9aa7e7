//! What a group of exclusive outcomes can lose, and the neg-risk conversion between its tokens.

use super::error::{SizingError, finite, not_negative, probability, same_length};
use alloc::vec;
use alloc::vec::Vec;

/// Payouts of a position in one exclusive group.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposure {
    /// Payout when each outcome wins, in cash.
    pub payout_by_state: Vec<f64>,
    /// Payout less total cost.
    pub pnl_by_state: Vec<f64>,
    /// `max(0, total cost - smallest payout)`: the figure that caps bound, not the sum of the stakes.
    pub worst_loss: f64,
    /// Smallest payout: what is certain whatever happens.
    pub riskless_value: f64,
}

/// Exposure of `yes` and `no` shares by outcome, bought for `total_cost` in all.
///
/// With [`ListedStates::WithOther`] "none of those listed" is a further state, in which every NO pays and no YES.
/// State `s` pays `yes[s] + sum_{j != s} no[j]`.
///
/// # Errors
/// Lists of different length or empty, negative shares, a cost that is not finite.
pub fn exposure(
    total_cost: f64,
    yes: &[f64],
    no: &[f64],
    states: ListedStates,
) -> Result<Exposure, SizingError> {
    same_length("NO shares by outcome", yes.len(), no.len())?;
    if yes.is_empty() {
        return Err(SizingError::Shape {
            what: "outcomes of a group",
            expected: 1,
            got: 0,
        });
    }
    let total_cost = finite("total cost", total_cost)?;
    let mut all_no = 0.0;
    for (&y, &n) in yes.iter().zip(no) {
        not_negative("YES shares", y)?;
        all_no += not_negative("NO shares", n)?;
    }
    let mut payout_by_state: Vec<f64> = yes.iter().zip(no).map(|(y, n)| y + all_no - n).collect();
    if states == ListedStates::WithOther {
        payout_by_state.push(all_no);
    }
    let riskless_value = payout_by_state
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min);
    Ok(Exposure {
        pnl_by_state: payout_by_state.iter().map(|p| p - total_cost).collect(),
        worst_loss: (total_cost - riskless_value).max(0.0),
        riskless_value,
        payout_by_state,
    })
}

/// Whether the listed outcomes are all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListedStates {
    /// One of the listed outcomes wins for certain.
    Exhaustive,
    /// None of them may win.
    WithOther,
}

/// What a neg-risk conversion pays out.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    /// Collateral, `(k - 1) * amount` before the fee.
    pub collateral: f64,
    /// YES shares by outcome.
    pub yes: Vec<f64>,
}

/// Converts `amount` NO shares of each of `k` different outcomes into `(k-1) * amount` collateral and `amount` YES of every
/// other outcome. With no fee the payoff is the same whichever listed outcome wins; if none of them did, the converter
/// would be `amount` worse off, so the list must be exhaustive.
///
/// `fee_rate` is kept by the venue from everything that comes out.
///
/// # Errors
/// No outcome, one listed twice or outside the group, a negative amount, a rate outside `[0, 1]`.
pub fn negrisk_convert(
    outcomes: usize,
    no_of: &[usize],
    amount: f64,
    fee_rate: f64,
) -> Result<Conversion, SizingError> {
    let kept = 1.0 - probability("conversion fee rate", fee_rate)?;
    let paid_out = kept * not_negative("amount", amount)?;
    let mut yes = vec![paid_out; outcomes];
    for (position, &outcome) in no_of.iter().enumerate() {
        if no_of[..position].contains(&outcome) || outcome >= outcomes {
            return Err(SizingError::Shape {
                what: "outcome to convert, each listed once",
                expected: outcomes,
                got: outcome,
            });
        }
        yes[outcome] = 0.0;
    }
    let Some(pairs) = no_of.len().checked_sub(1) else {
        return Err(SizingError::Shape {
            what: "outcomes to convert",
            expected: 1,
            got: 0,
        });
    };
    Ok(Conversion {
        collateral: pairs as f64 * paid_out,
        yes,
    })
}
