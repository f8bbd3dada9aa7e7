//! Taker fees in exact decimals, and how much a buy may spend so that it stays within a budget, fees included.
//!
//! `fee = shares * rate * (price * (1 - price))^exponent` dollars, takers only, at 5 decimals. Source: the venue's page on
//! fees; the tie at the fifth decimal is not documented there and goes up here, as in [`quorate_domain::FeeSchedule`].

use quorate_domain::{Cash, Price};
use rust_decimal::{Decimal, RoundingStrategy};

/// Decimals of a charged fee.
const FEE_DECIMALS: u32 = 5;

/// What a market charges takers, as the venue publishes it, and what a builder adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeTerms {
    /// `rate`: 0.07 is 7 % of `price * (1 - price)` per share.
    pub rate: Decimal,
    /// `exponent`: 1 in all schedules in force.
    pub exponent: u32,
    /// Builder's fee as a share of the money spent; 0 without a builder.
    pub builder_rate: Decimal,
}

/// Why a fee has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeeError {
    /// A rate below zero.
    #[error("a fee rate cannot be negative: {rate}")]
    NegativeRate {
        /// The rate.
        rate: Decimal,
    },
    /// The numbers are too large for exact decimals.
    #[error("the fee does not fit exact decimals: check rate, exponent and amount")]
    Overflow,
}

impl FeeTerms {
    /// Fee per share in dollars, unrounded: `rate * (price * (1 - price))^exponent`.
    ///
    /// # Errors
    /// A negative rate, or numbers too large.
    pub fn per_share(&self, price: Price) -> Result<Decimal, FeeError> {
        for rate in [self.rate, self.builder_rate] {
            if rate.is_sign_negative() && !rate.is_zero() {
                return Err(FeeError::NegativeRate { rate });
            }
        }
        let price = decimal(price);
        let spread = price * (Decimal::ONE - price);
        let mut fee = self.rate;
        for _ in 0..self.exponent {
            // Below one, so it only shrinks: nothing is left after a few dozen factors.
            fee = fee.checked_mul(spread).ok_or(FeeError::Overflow)?;
            if fee.is_zero() {
                break;
            }
        }
        Ok(fee)
    }

    /// Fee for an execution, unrounded, in dollars. `shares` in shares.
    ///
    /// # Errors
    /// As [`Self::per_share`].
    pub fn taker_unrounded(&self, shares: Decimal, price: Price) -> Result<Decimal, FeeError> {
        self.per_share(price)?
            .checked_mul(shares)
            .ok_or(FeeError::Overflow)
    }

    /// Fee for an execution in dollars, at 5 decimals, ties up; what is below half of the last one is nothing.
    ///
    /// # Errors
    /// As [`Self::per_share`].
    pub fn taker(&self, shares: Decimal, price: Price) -> Result<Decimal, FeeError> {
        let fee = self.taker_unrounded(shares, price)?;
        Ok(fee.round_dp_with_strategy(FEE_DECIMALS, RoundingStrategy::MidpointAwayFromZero))
    }

    /// Money that a buy may spend on shares so that `amount`, or as much of it as possible, and all fees stay within
    /// `max_spend`: `amount` if it fits, else `max_spend / (1 + per share fee / price + builder rate)`. Dollars, unrounded.
    ///
    /// # Errors
    /// As [`Self::per_share`].
    pub fn adjusted_spend(
        &self,
        amount: Decimal,
        max_spend: Decimal,
        price: Price,
    ) -> Result<Decimal, FeeError> {
        let per_dollar = self
            .per_share(price)?
            .checked_div(decimal(price))
            .and_then(|platform| platform.checked_add(self.builder_rate))
            .ok_or(FeeError::Overflow)?;
        let fees = amount.checked_mul(per_dollar).ok_or(FeeError::Overflow)?;
        let total = amount.checked_add(fees).ok_or(FeeError::Overflow)?;
        if max_spend > total {
            return Ok(amount);
        }
        // `1 + per_dollar` is at least one, so the quotient exists wherever the budget does.
        per_dollar
            .checked_add(Decimal::ONE)
            .and_then(|cost| max_spend.checked_div(cost))
            .ok_or(FeeError::Overflow)
    }

    /// As [`Self::adjusted_spend`], rounded down to cents: what a market buy may be built with.
    ///
    /// # Errors
    /// As [`Self::per_share`].
    pub fn affordable_spend(
        &self,
        amount: Cash,
        max_spend: Cash,
        price: Price,
    ) -> Result<Cash, FeeError> {
        let spend = self.adjusted_spend(
            Decimal::new(amount.micros(), 6),
            Decimal::new(max_spend.micros(), 6),
            price,
        )?;
        let cents = spend.round_dp_with_strategy(2, RoundingStrategy::ToNegativeInfinity);
        Cash::from_decimal(cents).map_err(|_| FeeError::Overflow)
    }
}

fn decimal(price: Price) -> Decimal {
    Decimal::new(i64::from(price.micros()), 6)
}
