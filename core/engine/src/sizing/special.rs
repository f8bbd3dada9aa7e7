//! Special functions the shared scalar ones do not cover: incomplete beta, Student's t, Gauss-Hermite quadrature.

use alloc::vec::Vec;

/// Regularised incomplete beta function `I_x(a, b)` by its continued fraction (modified Lentz), about 1e-14 accurate.
///
/// NaN when `a` or `b` is not positive or `x` is outside `[0, 1]`.
#[must_use]
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if !(a > 0.0 && b > 0.0 && (0.0..=1.0).contains(&x)) {
        return f64::NAN;
    }
    if x == 0.0 || x == 1.0 {
        return x;
    }
    // The fraction converges fast on this side of the mean; the other side follows by symmetry.
    if x < (a + 1.0) / (a + b + 2.0) {
        beta_prefactor(a, b, x) * beta_fraction(a, b, x) / a
    } else {
        1.0 - beta_prefactor(b, a, 1.0 - x) * beta_fraction(b, a, 1.0 - x) / b
    }
}

/// `x^a (1-x)^b / B(a, b)`.
fn beta_prefactor(a: f64, b: f64, x: f64) -> f64 {
    let log_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    libm::exp(a * libm::log(x) + b * libm::log1p(-x) - log_beta)
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    let mut m = 1.0;
    while m < 10_000.0 {
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        result *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let factor = d * c;
        result *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
        m += 1.0;
    }
    result
}

/// Distribution function of Student's t with `dof` degrees of freedom: `1 - I_z(dof/2, 1/2) / 2`, `z = dof/(dof+x^2)`.
///
/// NaN when `dof` is not positive or `x` is NaN.
#[must_use]
pub fn student_t_cdf(x: f64, dof: f64) -> f64 {
    let square = x * x;
    // Near the centre use the complementary argument, which keeps the digits of a small x.
    let tail = if square < dof {
        0.5 - 0.5 * incomplete_beta(0.5, 0.5 * dof, square / (dof + square))
    } else {
        0.5 * incomplete_beta(0.5 * dof, 0.5, dof / (dof + square))
    };
    if x >= 0.0 { 1.0 - tail } else { tail }
}

/// One node of a quadrature rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Abscissa.
    pub x: f64,
    /// Weight; the weights of a rule add up to one.
    pub weight: f64,
}

/// Gauss-Hermite rule with `points` nodes for the standard normal distribution, ascending.
///
/// Roots of the orthonormal probabilists' Hermite polynomial, each found by Newton steps deflated by the roots already
/// known (the rule is symmetric, so half of them), weights from the Christoffel function.
#[must_use]
pub fn gauss_hermite(points: usize) -> Vec<Node> {
    let half = points / 2;
    let mut positive: Vec<Node> = Vec::with_capacity(half);
    // All roots lie below the first start, and neighbours are at least `pi / sqrt(points)` apart.
    let mut start = libm::sqrt(4.0 * points as f64 + 2.0);
    let below_root = 0.1 * core::f64::consts::PI / libm::sqrt(points as f64);
    for _ in 0..half {
        let x = next_root_below(points, start, &positive);
        start = x - below_root;
        positive.push(Node {
            x,
            weight: hermite(points, x).christoffel,
        });
    }
    let mut nodes: Vec<Node> = positive
        .iter()
        .map(|node| Node {
            x: -node.x,
            ..*node
        })
        .collect();
    if points % 2 == 1 {
        nodes.push(Node {
            x: 0.0,
            weight: hermite(points, 0.0).christoffel,
        });
    }
    nodes.extend(positive.iter().rev());
    let sum: f64 = nodes.iter().map(|node| node.weight).sum();
    for node in &mut nodes {
        node.weight /= sum;
    }
    nodes
}

/// Newton from above on the polynomial divided by its known roots: monotone, so no root is skipped.
fn next_root_below(points: usize, start: f64, known: &[Node]) -> f64 {
    let mut x = start;
    for _ in 0..60 {
        let at = hermite(points, x);
        let deflation: f64 = known
            .iter()
            .flat_map(|node| [x - node.x, x + node.x])
            .map(|distance| 1.0 / distance)
            .sum();
        let step = 1.0 / (at.log_derivative - deflation);
        x -= step;
        if step.abs() <= 1e-14 * x.abs() {
            break;
        }
    }
    x
}

struct HermiteAt {
    /// `h_n'(x) / h_n(x)`.
    log_derivative: f64,
    /// `1 / sum_{k < n} h_k(x)^2`, the weight when `x` is a root of `h_n`.
    christoffel: f64,
}

/// Evaluates the orthonormal recurrence `sqrt(k+1) h_{k+1} = x h_k - sqrt(k) h_{k-1}`, rescaled against overflow.
fn hermite(points: usize, x: f64) -> HermiteAt {
    let (mut previous, mut current) = (0.0, 1.0);
    let mut sum = 0.0;
    let mut scale = 1.0;
    for k in 0..points {
        sum += current * current;
        let next = (x * current - libm::sqrt(k as f64) * previous) / libm::sqrt((k + 1) as f64);
        (previous, current) = (current, next);
        if sum > 1e200 {
            previous *= 1e-100;
            current *= 1e-100;
            sum *= 1e-200;
            scale *= 1e-200;
        }
    }
    HermiteAt {
        log_derivative: libm::sqrt(points as f64) * previous / current,
        christoffel: scale / sum,
    }
}
