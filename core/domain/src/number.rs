//! Money, prices and sizes: integers in micro-units inside newtypes, never floating point.
//!
//! One share pays one dollar, so a price, a payout and a cost per share all live on the same 1e-6 grid that the venue
//! settles in. Every division says which way it rounds. `rust_decimal` appears here only to parse and print.

use alloc::string::String;
use core::fmt;
use core::iter::Sum;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

/// Micro-units in one whole unit (one dollar, one share, price 1).
pub const MICRO: i64 = 1_000_000;

/// Which way a division of money goes. There is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Towards negative infinity.
    Down,
    /// Towards positive infinity.
    Up,
}

/// `a * b / d`, rounded as told. `d` must be positive.
#[must_use]
pub fn mul_div(a: i128, b: i128, d: i128, rounding: Rounding) -> i128 {
    debug_assert!(d > 0);
    let product = a * b;
    match rounding {
        Rounding::Down => product.div_euclid(d),
        Rounding::Up => -((-product).div_euclid(d)),
    }
}

/// Why a text or a number is not a value of the wanted type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not a decimal number at all.
    #[error("{text:?} is not a decimal number")]
    NotANumber {
        /// What was given.
        text: String,
    },
    /// More than six decimals.
    #[error("{value} has more than 6 decimals")]
    TooPrecise {
        /// What was given.
        value: Decimal,
    },
    /// Outside the range of the type.
    #[error("{value} is outside {range}")]
    OutOfRange {
        /// What was given.
        value: Decimal,
        /// The range in words.
        range: &'static str,
    },
}

fn micro_from_decimal(value: Decimal, range: &'static str) -> Result<i64, NumberError> {
    let scaled = value
        .checked_mul(Decimal::from(MICRO))
        .ok_or(NumberError::OutOfRange { value, range })?;
    if !scaled.fract().is_zero() {
        return Err(NumberError::TooPrecise { value });
    }
    scaled
        .to_i64()
        .ok_or(NumberError::OutOfRange { value, range })
}

/// Parses plain decimal text (`0.55`, `12`), exactly.
///
/// # Errors
/// [`NumberError::NotANumber`] for anything else, including exponents, NaN and empty text.
pub fn parse_decimal(text: &str) -> Result<Decimal, NumberError> {
    text.parse::<Decimal>()
        .map_err(|_| NumberError::NotANumber { text: text.into() })
}

fn fmt_micro(value: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let decimal = Decimal::new(value, 6).normalize();
    fmt::Display::fmt(&decimal, f)
}

/// Price of one share, strictly between 0 and 1 dollar, in micro-dollars.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Price(u32);

impl Price {
    const RANGE: &'static str = "0..1 (exclusive)";

    /// A price from micro-dollars.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] unless `0 < micros < 1_000_000`.
    pub fn from_micros(micros: i64) -> Result<Self, NumberError> {
        match u32::try_from(micros) {
            Ok(value) if 0 < micros && micros < MICRO => Ok(Self(value)),
            _ => Err(NumberError::OutOfRange {
                value: Decimal::new(micros, 6),
                range: Self::RANGE,
            }),
        }
    }

    /// A price from an exact decimal.
    ///
    /// # Errors
    /// Out of range or more than six decimals.
    pub fn from_decimal(value: Decimal) -> Result<Self, NumberError> {
        Self::from_micros(micro_from_decimal(value, Self::RANGE)?)
    }

    /// A price from decimal text.
    ///
    /// # Errors
    /// Not a number, out of range, or more than six decimals.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        Self::from_decimal(parse_decimal(text)?)
    }

    /// Micro-dollars per share.
    #[must_use]
    pub const fn micros(self) -> u32 {
        self.0
    }

    /// The same point on the other outcome's scale: `1 - price`.
    #[must_use]
    pub const fn complement(self) -> Self {
        Self(1_000_000 - self.0)
    }

    /// Dollars per share, for statistics and optimisation only.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) * 1e-6
    }
}

impl TryFrom<u32> for Price {
    type Error = NumberError;
    fn try_from(micros: u32) -> Result<Self, NumberError> {
        Self::from_micros(i64::from(micros))
    }
}

impl From<Price> for u32 {
    fn from(price: Price) -> u32 {
        price.0
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_micro(i64::from(self.0), f)
    }
}

impl fmt::Debug for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The smallest price step of a market, in micro-dollars; it divides one dollar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct TickSize(u32);

impl TickSize {
    /// One cent.
    pub const CENT: Self = Self(10_000);

    /// A tick from micro-dollars.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`] unless it divides one dollar into 2 to 10,000 steps.
    pub fn from_micros(micros: i64) -> Result<Self, NumberError> {
        match u32::try_from(micros) {
            Ok(value) if (100..=500_000).contains(&micros) && MICRO % micros == 0 => {
                Ok(Self(value))
            }
            _ => Err(NumberError::OutOfRange {
                value: Decimal::new(micros, 6),
                range: "0.0001..0.5, a divisor of 1",
            }),
        }
    }

    /// A tick from decimal text.
    ///
    /// # Errors
    /// Not a number, or not a divisor of one dollar.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        Self::from_micros(micro_from_decimal(
            parse_decimal(text)?,
            "0.0001..0.5, a divisor of 1",
        )?)
    }

    /// Micro-dollars per step.
    #[must_use]
    pub const fn micros(self) -> u32 {
        self.0
    }

    /// Number of steps in one dollar.
    #[must_use]
    pub const fn steps(self) -> u32 {
        1_000_000 / self.0
    }

    /// Whether a price lies on the grid.
    #[must_use]
    pub const fn holds(self, price: Price) -> bool {
        price.micros().is_multiple_of(self.0)
    }

    /// The nearest grid price at or below `micros` micro-dollars; `None` below the first step.
    #[must_use]
    pub fn floor(self, micros: i64) -> Option<Price> {
        let step = i64::from(self.0);
        Price::from_micros(micros.div_euclid(step) * step)
            .ok()
            .or_else(|| (micros >= MICRO).then(|| Price(1_000_000 - self.0)))
    }

    /// The nearest grid price at or above `micros` micro-dollars; `None` above the last step.
    #[must_use]
    pub fn ceil(self, micros: i64) -> Option<Price> {
        let step = i64::from(self.0);
        Price::from_micros(-(-micros).div_euclid(step) * step)
            .ok()
            .or_else(|| (micros <= 0).then_some(Price(self.0)))
    }
}

impl TryFrom<u32> for TickSize {
    type Error = NumberError;
    fn try_from(micros: u32) -> Result<Self, NumberError> {
        Self::from_micros(i64::from(micros))
    }
}

impl From<TickSize> for u32 {
    fn from(tick: TickSize) -> u32 {
        tick.0
    }
}

impl fmt::Display for TickSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_micro(i64::from(self.0), f)
    }
}

impl fmt::Debug for TickSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A number of outcome shares, in micro-shares; never negative.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Shares(u64);

impl Shares {
    /// No shares.
    pub const ZERO: Self = Self(0);
    /// The venue's smallest order step: 0.01 share.
    pub const LOT: Self = Self(10_000);

    /// From micro-shares.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// From whole shares.
    #[must_use]
    pub const fn whole(shares: u64) -> Self {
        Self(shares * 1_000_000)
    }

    /// From an exact decimal.
    ///
    /// # Errors
    /// Negative, too large, or more than six decimals.
    pub fn from_decimal(value: Decimal) -> Result<Self, NumberError> {
        let range = "0 or more shares";
        let micros = micro_from_decimal(value, range)?;
        u64::try_from(micros)
            .map(Self)
            .map_err(|_| NumberError::OutOfRange { value, range })
    }

    /// From decimal text.
    ///
    /// # Errors
    /// As [`Shares::from_decimal`], or not a number.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        Self::from_decimal(parse_decimal(text)?)
    }

    /// The largest number of micro-shares not above `shares`; zero for NaN and negatives, saturating above.
    #[must_use]
    pub fn floor_from_f64(shares: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "float to int casts saturate, and NaN gives 0"
        )]
        Self(libm::floor(shares * 1e6) as u64)
    }

    /// Micro-shares.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// Shares, for statistics and optimisation only.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 * 1e-6
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Rounded down to a multiple of `lot`.
    #[must_use]
    pub const fn floor_to(self, lot: Self) -> Self {
        Self(self.0 - self.0 % lot.0)
    }

    /// `self - other`, or zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `self - other` where that exists.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Money for this many shares at `price`, rounded as told.
    #[must_use]
    pub fn at(self, price: Price, rounding: Rounding) -> Cash {
        self.at_micros(i64::from(price.micros()), rounding)
    }

    /// Money for this many shares at `micros` micro-dollars each (a payout may be 0 or 1 dollar), rounded as told.
    #[must_use]
    pub fn at_micros(self, micros: i64, rounding: Rounding) -> Cash {
        let value = mul_div(
            i128::from(self.0),
            i128::from(micros),
            i128::from(MICRO),
            rounding,
        );
        Cash::from_micros_saturating(value)
    }
}

impl Add for Shares {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Shares {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Shares {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_micro(i64::try_from(self.0).unwrap_or(i64::MAX), f)
    }
}

impl fmt::Debug for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Collateral, in micro-dollars; negative when owed.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cash(i64);

impl Cash {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From micro-dollars.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From a wide intermediate result; saturates at the type's ends, which are nine trillion dollars away.
    #[must_use]
    pub fn from_micros_saturating(micros: i128) -> Self {
        Self(i64::try_from(micros).unwrap_or(if micros < 0 { i64::MIN } else { i64::MAX }))
    }

    /// From whole dollars.
    #[must_use]
    pub const fn whole(dollars: i64) -> Self {
        Self(dollars * MICRO)
    }

    /// From an exact decimal.
    ///
    /// # Errors
    /// Too large, or more than six decimals.
    pub fn from_decimal(value: Decimal) -> Result<Self, NumberError> {
        micro_from_decimal(value, "nine trillion dollars either way").map(Self)
    }

    /// From decimal text.
    ///
    /// # Errors
    /// As [`Cash::from_decimal`], or not a number.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        Self::from_decimal(parse_decimal(text)?)
    }

    /// Micro-dollars.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Dollars, for statistics and optimisation only.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 * 1e-6
    }

    /// The share `ppm / 1,000,000` of this amount, rounded down: a limit is never rounded up.
    #[must_use]
    pub fn share_ppm(self, ppm: u32) -> Self {
        let value = mul_div(
            i128::from(self.0),
            i128::from(ppm),
            i128::from(MICRO),
            Rounding::Down,
        );
        Self::from_micros_saturating(value)
    }
}

impl Add for Cash {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Cash {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Cash {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl AddAssign for Cash {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Cash {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Cash {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Cash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_micro(self.0, f)
    }
}

impl fmt::Debug for Cash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
