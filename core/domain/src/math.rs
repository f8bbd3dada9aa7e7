//! The few scalar functions every pure crate shares, on `libm` so that results are the same on every platform.

/// `1 / (1 + e^-z)`, without overflow for any finite `z`.
#[must_use]
pub fn sigmoid(z: f64) -> f64 {
    if z < 0.0 {
        let e = libm::exp(z);
        e / (1.0 + e)
    } else {
        1.0 / (1.0 + libm::exp(-z))
    }
}

/// `ln(p / (1 - p))`: the log odds of `p`. Infinite at 0 and 1; callers clip first.
#[must_use]
pub fn logit(p: f64) -> f64 {
    libm::log(p) - libm::log1p(-p)
}

/// Standard normal distribution function, `erfc(-x / sqrt 2) / 2`.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * core::f64::consts::FRAC_1_SQRT_2)
}

/// Inverse of [`normal_cdf`]: a logistic or tail start refined by Halley steps on the distribution function.
///
/// Accurate to about 1e-14 relative for `p` in `[1e-300, 1 - 1e-16]`; infinite at 0 and 1, NaN outside `[0, 1]`.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p == 1.0 {
        return f64::INFINITY;
    }
    // Work in the lower tail, where the distribution function keeps its relative accuracy.
    if p > 0.5 {
        return -normal_quantile_lower(1.0 - p);
    }
    normal_quantile_lower(p)
}

fn normal_quantile_lower(p: f64) -> f64 {
    let mut x = if p > 0.02 {
        logit(p) * 0.6
    } else {
        let t = libm::sqrt(-2.0 * libm::log(p));
        -(t - libm::log(t * 2.506_628_274_631_000_5) / t)
    };
    for _ in 0..60 {
        let error = normal_cdf(x) - p;
        let density = normal_density(x);
        if density == 0.0 {
            break;
        }
        let newton = error / density;
        let step = newton / (1.0 + 0.5 * x * newton).max(0.5);
        x -= step;
        if libm::fabs(step) <= 1e-15 * (1.0 + libm::fabs(x)) {
            break;
        }
    }
    x
}

/// Standard normal density.
#[must_use]
pub fn normal_density(x: f64) -> f64 {
    0.398_942_280_401_432_7 * libm::exp(-0.5 * x * x)
}
