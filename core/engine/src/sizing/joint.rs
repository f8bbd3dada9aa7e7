//! Correlated markets: covariance of payoffs, and the quadratic shortcut that checks the solver for small edges.

use super::error::{SizingError, not_negative, positive, price, same_length};
use super::linear::Cholesky;
use super::states::StateSpace;
use alloc::vec;
use alloc::vec::Vec;

/// Covariance of the YES payoffs of the listed (contest, market) pairs, row-major.
///
/// # Errors
/// A market that is not in the space.
pub fn payoff_covariance(
    space: &StateSpace,
    markets: &[(usize, usize)],
) -> Result<Vec<f64>, SizingError> {
    let n = markets.len();
    for &(contest, market) in markets {
        space.check_market(contest, market)?;
    }
    let mut joint = vec![0.0; n * n];
    let mut paying = Vec::with_capacity(n);
    for (state, &p) in space.probabilities().iter().enumerate() {
        paying.clear();
        let pays = |&i: &usize| space.yes(markets[i].0, markets[i].1, state);
        paying.extend((0..n).filter(pays));
        for &i in &paying {
            for &j in &paying {
                joint[i * n + j] += p;
            }
        }
    }
    let mean: Vec<f64> = (0..n).map(|i| joint[i * n + i]).collect();
    for i in 0..n {
        for j in 0..n {
            joint[i * n + j] -= mean[i] * mean[j];
        }
    }
    Ok(joint)
}

/// Shares `W / gamma (Cov + e e^T)^-1 e` with edges `e = p - c`: the second-order expansion of the log optimum.
///
/// Good for small edges only, and it ignores `q >= 0`: a check on the solver, not a replacement. Returns `None` when the
/// matrix is not positive definite.
///
/// # Errors
/// Lists whose lengths do not fit, a price out of range, `gamma` not positive.
pub fn quadratic_shares(
    wealth: f64,
    gamma: f64,
    p: &[f64],
    cost: &[f64],
    covariance: &[f64],
) -> Result<Option<Vec<f64>>, SizingError> {
    let n = p.len();
    same_length("costs", n, cost.len())?;
    same_length("covariance entries", n * n, covariance.len())?;
    let scale = not_negative("wealth", wealth)? / positive("risk aversion", gamma)?;
    let mut edges = Vec::with_capacity(n);
    for (&p, &c) in p.iter().zip(cost) {
        edges.push(price("probability", p)? - price("cost per share", c)?);
    }
    let mut second_moment = covariance.to_vec();
    for i in 0..n {
        for j in 0..n {
            second_moment[i * n + j] += edges[i] * edges[j];
        }
    }
    let factor = Cholesky::new(n, &second_moment, 0.0);
    Ok(factor.map(|f| f.solve(&edges).iter().map(|q| scale * q).collect()))
}
