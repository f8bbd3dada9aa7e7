//! Merges states that no leg and no holding tells apart.
//!
//! States with equal base wealth and equal payoffs of every leg have equal wealth whatever is bought, so adding up their
//! probabilities is exact. Ten thousand scenarios often collapse to a few hundred rows.

use super::states::StateSpace;
use alloc::vec;
use alloc::vec::Vec;

/// Distinct rows of a problem, and which row each state belongs to.
pub(crate) struct Rows {
    pub(crate) probability: Vec<f64>,
    /// Base wealth in cash units.
    pub(crate) base: Vec<f64>,
    /// Indices of the markets that resolve YES, row after row, ascending within a row.
    pub(crate) yes: Vec<u32>,
    /// End of each row in `yes`.
    pub(crate) yes_end: Vec<usize>,
    pub(crate) row_of_state: Vec<u32>,
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.base.len()
    }

    /// Markets that resolve YES in a row.
    pub(crate) fn yes(&self, row: usize) -> &[u32] {
        let start = if row == 0 { 0 } else { self.yes_end[row - 1] };
        &self.yes[start..self.yes_end[row]]
    }
}

/// Groups the states of `space` by base wealth and by the outcomes of `markets`, given as (contest, market).
///
/// States of probability zero join no objective; they keep their own row with weight zero.
pub(crate) fn merge_states(space: &StateSpace, base: &[f64], markets: &[(usize, usize)]) -> Rows {
    let states = space.len();
    let words = markets.len().div_ceil(64).max(1);
    let bits = outcome_bits(space, markets, words);
    let key = |state: u32| {
        let at = state as usize;
        (&bits[at * words..(at + 1) * words], base[at].to_bits())
    };
    let mut order: Vec<u32> = (0..states as u32).collect();
    order.sort_by(|&a, &b| key(a).cmp(&key(b)));

    let mut rows = Rows {
        probability: Vec::new(),
        base: Vec::new(),
        yes: Vec::new(),
        yes_end: Vec::new(),
        row_of_state: vec![0; states],
    };
    let mut previous = None;
    for &state in &order {
        let at = state as usize;
        if previous.is_none_or(|p| key(p) != key(state)) {
            rows.probability.push(0.0);
            rows.base.push(base[at]);
            let bit = |m: &usize| bits[at * words + m / 64] >> (m % 64) & 1 == 1;
            let paying = (0..markets.len()).filter(bit);
            rows.yes.extend(paying.map(|m| m as u32));
            rows.yes_end.push(rows.yes.len());
        }
        previous = Some(state);
        let row = rows.base.len() - 1;
        rows.probability[row] += space.probabilities()[at];
        rows.row_of_state[at] = row as u32;
    }
    rows
}

fn outcome_bits(space: &StateSpace, markets: &[(usize, usize)], words: usize) -> Vec<u64> {
    let mut bits = vec![0_u64; space.len() * words];
    for (index, &(contest, market)) in markets.iter().enumerate() {
        let outcomes = &space.contests[contest];
        let (word, shift) = (index / 64, index % 64);
        for (state, &outcome) in outcomes.outcome.iter().enumerate() {
            bits[state * words + word] |= u64::from(outcomes.yes(outcome, market)) << shift;
        }
    }
    bits
}
