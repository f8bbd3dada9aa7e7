//! Utility of wealth: constant relative risk aversion, and log utility with a drawdown penalty.

/// How wealth is valued. Wealth is measured in units of the smallest base wealth, so that gradients keep their scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Utility {
    /// `ln w` for `gamma = 1`, otherwise `w^(1 - gamma) / (1 - gamma)`.
    Crra {
        /// Relative risk aversion, above zero.
        gamma: f64,
    },
    /// `ln w - kappa w^-lambda`: the Lagrangian of the drawdown constraint of Busseti, Ryu & Boyd 2016.
    DrawdownPenalised {
        /// Multiplier of the constraint, not negative.
        kappa: f64,
        /// Exponent `ln(beta) / ln(alpha)`, above zero.
        lambda: f64,
    },
}

impl Utility {
    /// Utility of wealth `w > 0`.
    #[must_use]
    pub fn value(&self, w: f64) -> f64 {
        match *self {
            Self::Crra { gamma: 1.0 } => libm::log(w),
            Self::Crra { gamma } => power(w, 1.0 - gamma) / (1.0 - gamma),
            Self::DrawdownPenalised { kappa, lambda } => libm::log(w) - kappa * power(w, -lambda),
        }
    }

    /// First derivative at `w > 0`.
    #[must_use]
    pub fn marginal(&self, w: f64) -> f64 {
        match *self {
            Self::Crra { gamma } => power(w, -gamma),
            Self::DrawdownPenalised { kappa, lambda } => {
                (1.0 + kappa * lambda * power(w, -lambda)) / w
            }
        }
    }

    /// First derivative and the negative of the second at `w > 0`: one power serves both.
    #[must_use]
    pub fn marginal_and_curvature(&self, w: f64) -> (f64, f64) {
        match *self {
            Self::Crra { gamma } => {
                let marginal = power(w, -gamma);
                (marginal, gamma * marginal / w)
            }
            Self::DrawdownPenalised { kappa, lambda } => {
                let penalty = kappa * lambda * power(w, -lambda);
                (
                    (1.0 + penalty) / w,
                    (1.0 + (lambda + 1.0) * penalty) / (w * w),
                )
            }
        }
    }

    /// Certain wealth with this utility value (constant relative risk aversion; the penalised form uses its log part).
    #[must_use]
    pub fn certainty_equivalent(&self, value: f64) -> f64 {
        match *self {
            Self::Crra { gamma } if gamma != 1.0 => {
                libm::pow((1.0 - gamma) * value, 1.0 / (1.0 - gamma))
            }
            _ => libm::exp(value),
        }
    }
}

/// `w^exponent`; small whole exponents, the usual case, by multiplication.
fn power(w: f64, exponent: f64) -> f64 {
    let magnitude = exponent.abs();
    if magnitude > 8.0 || libm::floor(magnitude) != magnitude {
        return libm::pow(w, exponent);
    }
    let mut product = 1.0;
    let mut count = 0.0;
    while count < magnitude {
        product *= w;
        count += 1.0;
    }
    if exponent < 0.0 {
        1.0 / product
    } else {
        product
    }
}

/// Gain in certain cash when expected utility rises from `before` to `after`, wealth being measured in `unit`s of cash.
///
/// Trade only when this exceeds the costs outside the model (gas, operation).
#[must_use]
pub fn certainty_equivalent_gain(utility: Utility, before: f64, after: f64, unit: f64) -> f64 {
    let start = utility.certainty_equivalent(before);
    match utility {
        Utility::Crra { gamma } if gamma != 1.0 => {
            unit * (utility.certainty_equivalent(after) - start)
        }
        _ => unit * start * libm::expm1(after - before),
    }
}
