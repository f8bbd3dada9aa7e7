//! Units in text: ratios, money, prices and probabilities, each read exactly or refused.

use std::fmt::Display;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Micro-units in one whole unit (one dollar, one share, price 1).
pub const MICRO: i64 = 1_000_000;

/// Why a text is not a value of the wanted kind. The message continues `<name> <text> ...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable identifier in kebab case.
    pub code: &'static str,
    /// Predicate, such as `is outside 0..1`.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Refusal {
    /// A refusal without a hint.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
        }
    }

    /// Says what to write instead.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A value outside a closed range.
    #[must_use]
    pub fn outside(min: impl Display, max: impl Display) -> Self {
        Self::new("out-of-range", format!("is outside {min}..{max}"))
    }
}

/// Digits that any decimal of that length can be kept in.
const EXACT_DIGITS: usize = 28;

/// An exact decimal; plain digits or an exponent, no signs but `-`, no NaN, no separators.
pub(crate) fn parse_exact(text: &str) -> Result<Decimal, Refusal> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let good_mantissa = digits(whole) && digits(fraction) && whole.len() + fraction.len() > 0;
    let good_exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    if !(good_mantissa && good_exponent) {
        return Err(not_a_number(text));
    }
    let too_long = || {
        Refusal::new(
            "too-many-digits",
            "has more digits than can be kept exactly",
        )
    };
    if whole.len() + fraction.len() > EXACT_DIGITS {
        return Err(too_long());
    }
    let value = match exponent {
        None => Decimal::from_str_exact(text),
        Some(_) => Decimal::from_scientific(text),
    };
    value.map_err(|_| too_long())
}

fn not_a_number(text: &str) -> Refusal {
    let refusal = Refusal::new("not-a-number", "is not a decimal number");
    if text.contains(',') {
        return refusal.hint("write a decimal point, and no thousands separators");
    }
    refusal
}

/// Reads an exact decimal as micro-units (`0.55` is 550,000); negative values are allowed.
///
/// # Errors
/// Not a decimal number, more than 6 decimals, or too large.
pub fn parse_micros(text: &str) -> Result<i64, Refusal> {
    scaled(parse_exact(text)?, MICRO)
}

fn scaled(value: Decimal, unit: i64) -> Result<i64, Refusal> {
    let too_large = || Refusal::new("out-of-range", "is too large");
    let product = value
        .checked_mul(Decimal::from(unit))
        .ok_or_else(too_large)?;
    if !product.fract().is_zero() {
        let decimals = unit.ilog10();
        return Err(
            Refusal::new("too-precise", format!("has more than {decimals} decimals"))
                .hint(format!("round it to {decimals} decimals")),
        );
    }
    product.to_i64().ok_or_else(too_large)
}

/// Reads a price per share, `0.55`, `$0.55` or `55c`, as micro-dollars from 0 to 1,000,000.
///
/// # Errors
/// Not a price, more than 6 decimals, or outside 0..1.
pub fn parse_price(text: &str) -> Result<i64, Refusal> {
    let micros = match text.strip_suffix('c') {
        Some(cents) => scaled(parse_exact(cents)?, MICRO / 100)?,
        None => parse_micros(text.strip_prefix('$').unwrap_or(text))?,
    };
    if (0..=MICRO).contains(&micros) {
        Ok(micros)
    } else {
        Err(Refusal::outside(0, 1))
    }
}

/// Reads an amount of money, `$250` or `$0.50`, as micro-dollars.
///
/// # Errors
/// No dollar sign, negative, more than 6 decimals, or too large.
pub fn parse_money(text: &str) -> Result<i64, Refusal> {
    let Some(amount) = text.strip_prefix('$') else {
        return Err(Refusal::new("not-money", "is not an amount of money")
            .hint("write it with a dollar sign, as \"$250\""));
    };
    match parse_micros(amount)? {
        micros if micros < 0 => Err(Refusal::new("out-of-range", "is negative")),
        micros => Ok(micros),
    }
}

/// Reads a ratio, `2.5%` or `0.025`, as a finite number of at least 0.
///
/// # Errors
/// Not a number, or negative.
pub fn parse_ratio(text: &str) -> Result<f64, Refusal> {
    let (number, percent) = match text.strip_suffix('%') {
        Some(number) => (number.trim_end(), true),
        None => (text, false),
    };
    let value = parse_exact(number).map_err(|refusal| {
        refusal.hint("write a percentage, as \"2.5%\", or a number, as 0.025")
    })?;
    let value = if percent {
        value.checked_div(Decimal::ONE_HUNDRED)
    } else {
        Some(value)
    };
    match value.and_then(|value| value.to_f64()) {
        Some(value) if value < 0.0 => Err(Refusal::new("out-of-range", "is negative")),
        Some(value) if value.is_finite() => Ok(value),
        _ => Err(Refusal::new("out-of-range", "is too large")),
    }
}

/// Reads a finite probability from 0 to 1.
///
/// # Errors
/// Not a number, NaN, infinite, or outside 0..1.
pub fn parse_probability(text: &str) -> Result<f64, Refusal> {
    let number = text
        .bytes()
        .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    match text.parse::<f64>() {
        Ok(value) if number && (0.0..=1.0).contains(&value) => Ok(value),
        Ok(_) if number => Err(Refusal::outside(0, 1)),
        _ => Err(not_a_number(text).hint("a probability is a number from 0 to 1")),
    }
}

/// Writes micro-units as the shortest exact decimal (`550000` is `0.55`).
#[must_use]
pub fn format_micros(micros: i64) -> String {
    Decimal::new(micros, 6).normalize().to_string()
}
