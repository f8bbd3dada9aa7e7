//! Primal-dual interior point method for the concave programme.
//!
//! Newton steps on the optimality conditions relaxed by `mu`, with an Armijo search on the log-barrier objective, `mu`
//! falling superlinearly to nearly zero. Fixed order, no randomness: the same problem gives the same digits.

use super::linear::Cholesky;
use super::programme::{Derivatives, Programme};
use alloc::vec::Vec;

const MU_START: f64 = 1e-2;
const MU_END: f64 = 1e-14;
const STEPS_MAX: usize = 200;
/// Share of the distance to a bound that one step may cover.
const TO_BOUNDARY: f64 = 0.995;
const ARMIJO: f64 = 1e-4;

/// A strictly interior point with its multipliers.
#[derive(Clone)]
pub(crate) struct InteriorPoint {
    pub(crate) x: Vec<f64>,
    /// Distance of each leg to its upper bound.
    pub(crate) gap: Vec<f64>,
    /// Cash left.
    pub(crate) slack: f64,
    /// Multipliers of `x >= 0`, of the upper bounds and of the cash row.
    pub(crate) lower: Vec<f64>,
    pub(crate) upper: Vec<f64>,
    pub(crate) cash: f64,
}

struct Step {
    x: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    slack: f64,
    cash: f64,
    /// Directional derivative of the barrier objective.
    slope: f64,
}

/// Solves the programme to about `mu = 1e-14`. Nothing is returned when no strictly interior start exists.
pub(crate) fn interior_point(programme: &Programme<'_>) -> Option<InteriorPoint> {
    let mut point = start(programme)?;
    let mut mu = MU_START;
    let mut wealth = programme.wealth(&point.x)?;
    let mut utility = programme.expected_utility(&wealth);
    for _ in 0..STEPS_MAX {
        let derivatives = programme.derivatives(&wealth);
        let error = residual(programme, &point, &derivatives.gradient, mu);
        if error <= 10.0 * mu {
            if mu <= MU_END {
                break;
            }
            mu = (0.2 * mu).min(mu * libm::sqrt(mu)).max(MU_END);
        }
        let Some(step) = newton_step(programme, &point, &derivatives, mu) else {
            break;
        };
        let now = barrier(programme, &point, utility, mu);
        match search(programme, &point, &step, now, mu) {
            Some(found) => (point, wealth, utility) = found,
            None if mu > MU_END => mu = (mu * 0.01).max(MU_END),
            None => break,
        }
    }
    Some(point)
}

fn start(programme: &Programme<'_>) -> Option<InteriorPoint> {
    let count = programme.legs() as f64;
    let initial = |leg: usize| {
        let cost = programme.columns[leg].cash_cost;
        let affordable = if programme.cash_limited && cost > 0.0 {
            programme.cash / (4.0 * count * cost)
        } else {
            programme.columns[leg].upper
        };
        0.5 * programme.columns[leg].upper.min(affordable)
    };
    let mut x: Vec<f64> = (0..programme.legs()).map(initial).collect();
    // Sales at poor prices could empty a state; the base point is feasible, so halving ends.
    for _ in 0..1100 {
        let keeps_half = programme.wealth(&x).is_some_and(|wealth| {
            let rows = programme.rows;
            let states = wealth.iter().zip(&rows.base).zip(&rows.probability);
            states
                .into_iter()
                .all(|((w, base), p)| *p == 0.0 || w * programme.unit > 0.5 * base)
        });
        if keeps_half {
            break;
        }
        x.iter_mut().for_each(|x| *x *= 0.5);
    }
    let gap: Vec<f64> = x
        .iter()
        .zip(&programme.columns)
        .map(|(x, c)| c.upper - x)
        .collect();
    let slack = programme.cash - programme.spent(&x);
    let inside = x.iter().chain(&gap).all(|v| *v > 0.0);
    if !inside || (programme.cash_limited && slack <= 0.0) {
        return None;
    }
    Some(InteriorPoint {
        lower: x.iter().map(|x| MU_START / x).collect(),
        upper: gap.iter().map(|g| MU_START / g).collect(),
        cash: if programme.cash_limited {
            MU_START / slack
        } else {
            0.0
        },
        x,
        gap,
        slack,
    })
}

/// Largest error of the relaxed optimality conditions.
fn residual(programme: &Programme<'_>, point: &InteriorPoint, gradient: &[f64], mu: f64) -> f64 {
    let mut worst = 0.0_f64;
    for (leg, slope) in gradient.iter().enumerate() {
        let stationary = slope + point.lower[leg]
            - point.upper[leg]
            - point.cash * programme.columns[leg].cash_cost;
        worst = worst
            .max(stationary.abs())
            .max((point.x[leg] * point.lower[leg] - mu).abs())
            .max((point.gap[leg] * point.upper[leg] - mu).abs());
    }
    if programme.cash_limited {
        worst = worst.max((point.slack * point.cash - mu).abs());
    }
    worst
}

fn newton_step(
    programme: &Programme<'_>,
    point: &InteriorPoint,
    derivatives: &Derivatives,
    mu: f64,
) -> Option<Step> {
    let k = programme.legs();
    let cost = |leg: usize| programme.columns[leg].cash_cost;
    let row_pull = if programme.cash_limited {
        mu / point.slack
    } else {
        0.0
    };
    let row_weight = if programme.cash_limited {
        point.cash / point.slack
    } else {
        0.0
    };
    let mut matrix = derivatives.curvature.clone();
    let mut right = Vec::with_capacity(k);
    for i in 0..k {
        matrix[i * k + i] += point.lower[i] / point.x[i] + point.upper[i] / point.gap[i];
        for j in 0..=i {
            matrix[i * k + j] += row_weight * cost(i) * cost(j);
        }
        let barrier = mu / point.x[i] - mu / point.gap[i] - row_pull * cost(i);
        right.push(derivatives.gradient[i] + barrier);
    }
    let x = Cholesky::regularised(k, &matrix)?.solve(&right);
    let slack = -programme.spent(&x);
    let dual =
        |at: f64, multiplier: f64, move_by: f64| (mu - multiplier * move_by) / at - multiplier;
    Some(Step {
        slope: right.iter().zip(&x).map(|(r, x)| r * x).sum(),
        lower: (0..k)
            .map(|i| dual(point.x[i], point.lower[i], x[i]))
            .collect(),
        upper: (0..k)
            .map(|i| dual(point.gap[i], point.upper[i], -x[i]))
            .collect(),
        cash: if programme.cash_limited {
            dual(point.slack, point.cash, slack)
        } else {
            0.0
        },
        x,
        slack,
    })
}

/// The log-barrier objective, given the expected utility at the point.
fn barrier(programme: &Programme<'_>, point: &InteriorPoint, utility: f64, mu: f64) -> f64 {
    let logs: f64 = point
        .x
        .iter()
        .chain(&point.gap)
        .map(|v| libm::log(*v))
        .sum();
    let row = if programme.cash_limited {
        libm::log(point.slack)
    } else {
        0.0
    };
    utility + mu * (logs + row)
}

/// Backtracks from the longest step that keeps everything positive; returns the point, its wealth and its utility, or nothing
/// when no step raises the objective.
fn search(
    programme: &Programme<'_>,
    point: &InteriorPoint,
    step: &Step,
    now: f64,
    mu: f64,
) -> Option<(InteriorPoint, Vec<f64>, f64)> {
    let mut primal = reach(&point.x, &step.x, 1.0).min(reach(&point.gap, &step.x, -1.0));
    let mut dual = reach(&point.lower, &step.lower, 1.0).min(reach(&point.upper, &step.upper, 1.0));
    if programme.cash_limited {
        primal = primal.min(reach(&[point.slack], &[step.slack], 1.0));
        dual = dual.min(reach(&[point.cash], &[step.cash], 1.0));
    }
    // Differences below this are rounding, not descent.
    let noise = 1e-14 * (1.0 + now.abs());
    for _ in 0..50 {
        let moved = advance(programme, point, step, primal, dual);
        if let Some(wealth) = programme.wealth(&moved.x) {
            let utility = programme.expected_utility(&wealth);
            let value = barrier(programme, &moved, utility, mu);
            if value >= now + ARMIJO * primal * step.slope - noise {
                return Some((safeguarded(programme, moved, mu), wealth, utility));
            }
        }
        primal *= 0.5;
    }
    None
}

/// Longest step in `(0, 1]` that leaves every component at least a little above zero.
fn reach(at: &[f64], step: &[f64], sign: f64) -> f64 {
    let mut longest = 1.0_f64;
    for (value, by) in at.iter().zip(step) {
        let move_by = sign * by;
        if move_by < 0.0 {
            longest = longest.min(-TO_BOUNDARY * value / move_by);
        }
    }
    longest
}

fn advance(
    programme: &Programme<'_>,
    point: &InteriorPoint,
    step: &Step,
    primal: f64,
    dual: f64,
) -> InteriorPoint {
    let shifted = |at: &[f64], by: &[f64], length: f64| -> Vec<f64> {
        at.iter().zip(by).map(|(v, d)| v + length * d).collect()
    };
    let x = shifted(&point.x, &step.x, primal);
    let gap = shifted(&point.gap, &step.x, -primal);
    InteriorPoint {
        slack: if programme.cash_limited {
            point.slack + primal * step.slack
        } else {
            programme.cash - programme.spent(&x)
        },
        lower: shifted(&point.lower, &step.lower, dual),
        upper: shifted(&point.upper, &step.upper, dual),
        cash: point.cash + dual * step.cash,
        x,
        gap,
    }
}

/// Keeps the multipliers within a wide factor of `mu / distance`, which makes the method globally convergent.
fn safeguarded(programme: &Programme<'_>, mut point: InteriorPoint, mu: f64) -> InteriorPoint {
    const WIDTH: f64 = 1e10;
    let fix = |multiplier: &mut f64, at: f64| {
        *multiplier = multiplier.clamp(mu / (WIDTH * at), WIDTH * mu / at);
    };
    for i in 0..programme.legs() {
        fix(&mut point.lower[i], point.x[i]);
        fix(&mut point.upper[i], point.gap[i]);
    }
    if programme.cash_limited {
        fix(&mut point.cash, point.slack);
    }
    point
}
