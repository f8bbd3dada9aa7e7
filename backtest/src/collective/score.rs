//! Scores of one source of values over rows.

use quorate_collective::Quantity;
use quorate_collective::calibration::Calibration;
use serde::Serialize;

use super::history::History;
use crate::metrics::calibration::{calibration_bins, murphy};
use crate::metrics::scores::Scored;
use crate::metrics::{CalibrationBin, Murphy};

/// Scores over the rows on which a source has a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EntrantScore {
    /// Rows.
    pub rows: usize,
    /// Different events among them.
    pub events: usize,
    /// Different blocks (dates) among them: what intervals draw.
    pub blocks: usize,
    /// Mean loss: log loss in nats, or squared error in square basis points.
    pub loss: f64,
    /// Mean squared error: the Brier score of a probability.
    pub squared_error: f64,
    /// Mean absolute error.
    pub absolute_error: f64,
    /// Murphy's parts and the calibration error. Probabilities only.
    pub murphy: Option<Murphy>,
    /// Ten bins of the forecast. Probabilities only.
    pub bins: Option<Vec<CalibrationBin>>,
    /// Slope of the calibration line: below 1 over-confident. Probabilities only.
    pub calibration_slope: Option<f64>,
    /// `1 - loss / loss of the market` on the rows with a market price.
    pub skill_loss: Option<f64>,
    /// `1 - squared error / that of the market` on the same rows.
    pub skill_squared_error: Option<f64>,
}

/// A loss of a value against what happened.
pub(super) type Loss = fn(Quantity, f64, f64) -> f64;

/// Log loss in nats, or squared error.
pub(super) fn main_loss(quantity: Quantity, value: f64, outcome: f64) -> f64 {
    quantity.loss(value, outcome)
}

/// Squared error: the Brier score of a probability.
pub(super) fn squared_error(_: Quantity, value: f64, outcome: f64) -> f64 {
    (value - outcome) * (value - outcome)
}

/// Scores `values` on the rows picked; `None` when it has a value on none of them.
pub(super) fn score(
    history: &History,
    values: &[Option<f64>],
    is_picked: impl Fn(usize) -> bool,
) -> Option<EntrantScore> {
    let picked: Vec<(usize, f64)> = (0..history.rows.len())
        .filter(|index| is_picked(*index))
        .filter_map(|index| Some((index, values[index]?)))
        .collect();
    let mean = |f: &dyn Fn(usize, f64) -> f64| {
        let sum: f64 = picked.iter().map(|(index, value)| f(*index, *value)).sum();
        sum / picked.len() as f64
    };
    if picked.is_empty() {
        return None;
    }
    let quantity = history.quantity;
    let outcome = |index: usize| history.rows[index].outcome;
    let is_probability = quantity == Quantity::Probability;
    let scored: Vec<Scored> = picked
        .iter()
        .filter(|_| is_probability)
        .map(|(index, value)| Scored {
            forecast: *value,
            payout: outcome(*index),
        })
        .collect();
    let bins = is_probability.then(|| calibration_bins(&scored));
    let pairs: Vec<(f64, f64)> = scored.iter().map(|s| (s.forecast, s.payout)).collect();
    Some(EntrantScore {
        rows: picked.len(),
        events: distinct(picked.iter().map(|(index, _)| history.rows[*index].event)),
        blocks: distinct(picked.iter().map(|(index, _)| history.rows[*index].block)),
        loss: mean(&|index, value| quantity.loss(value, outcome(index))),
        squared_error: mean(&|index, value| squared_error(quantity, value, outcome(index))),
        absolute_error: mean(&|index, value| (value - outcome(index)).abs()),
        murphy: bins.as_deref().map(murphy),
        bins,
        calibration_slope: Calibration::fit(&pairs).map(|line| line.slope),
        skill_loss: skill(history, &picked, main_loss),
        skill_squared_error: skill(history, &picked, squared_error),
    })
}

fn distinct(numbers: impl Iterator<Item = usize>) -> usize {
    numbers.collect::<std::collections::BTreeSet<_>>().len()
}

fn skill(history: &History, picked: &[(usize, f64)], loss: Loss) -> Option<f64> {
    let quantity = history.quantity;
    let (mut own, mut reference) = (0.0, 0.0);
    for (index, value) in picked {
        let row = &history.rows[*index];
        if let Some(market) = row.market.filter(|_| quantity == Quantity::Probability) {
            own += loss(quantity, *value, row.outcome);
            reference += loss(quantity, market, row.outcome);
        }
    }
    crate::metrics::scores::skill(own, reference)
}
