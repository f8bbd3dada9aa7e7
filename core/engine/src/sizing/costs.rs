//! What a share really costs: the venue's taker fee and a builder fee on top of the quoted price.

use super::error::{SizingError, not_negative};

/// A market's fee parameters, read from the venue per market and never assumed.
///
/// The taker fee per share at price `a` is `rate * (a (1 - a))^exponent`; the builder fee is `builder_rate * a`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeeSchedule {
    rate: f64,
    exponent: f64,
    builder_rate: f64,
}

impl FeeSchedule {
    /// No fee at all, as for makers.
    pub const FREE: Self = Self {
        rate: 0.0,
        exponent: 1.0,
        builder_rate: 0.0,
    };

    /// A schedule from its three parameters, all pure numbers (a rate of 0.04 is 4 %).
    ///
    /// # Errors
    /// A parameter that is negative or not finite.
    pub fn new(rate: f64, exponent: f64, builder_rate: f64) -> Result<Self, SizingError> {
        Ok(Self {
            rate: not_negative("fee rate", rate)?,
            exponent: not_negative("fee exponent", exponent)?,
            builder_rate: not_negative("builder rate", builder_rate)?,
        })
    }

    /// Taker fee per share at `price` (in `[0, 1]`), unrounded, in cash per share.
    #[must_use]
    pub fn per_share(&self, price: f64) -> f64 {
        self.rate * libm::pow(price * (1.0 - price), self.exponent)
    }

    /// Taker fee of a whole fill as the venue charges it: five decimals, half away from zero, below 0.00001 nothing.
    #[must_use]
    pub fn amount(&self, price: f64, shares: f64) -> f64 {
        libm::round(shares * self.per_share(price) * 1e5) / 1e5
    }

    /// All-in cost of one share bought at `price`: fee and builder fee are charged on top.
    #[must_use]
    pub fn buy_cost(&self, price: f64) -> f64 {
        price + self.per_share(price) + self.builder_rate * price
    }

    /// Net proceeds of one share sold at `price`: fee and builder fee come out of the proceeds.
    #[must_use]
    pub fn sell_proceeds(&self, price: f64) -> f64 {
        price - self.per_share(price) - self.builder_rate * price
    }
}
