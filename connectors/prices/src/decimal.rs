//! Decimal text to millionths without any float.

/// Why a text is not a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalFault {
    /// No decimal number.
    #[error("not a decimal number")]
    NotDecimal,
    /// Zero or below, or less than a millionth.
    #[error("a price must be above zero")]
    NotPositive,
    /// More than 38 digits, or more than 9,223,372,036,854.775807.
    #[error("too large")]
    TooLarge,
}

/// Largest exponent that is looked at; beyond it nothing is a price.
const EXPONENT_MAX: i32 = 60;

/// Millionths of `text / 10^scale`, cut off after the sixth decimal. `text` may be quoted, as it stands in JSON, and
/// may have an exponent. `scale` is at most 36: 18 for values that count in units of 1e-18.
///
/// # Errors
/// What is wrong with it.
pub fn micros(text: &str, scale: u8) -> Result<i64, DecimalFault> {
    let text = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    match text.strip_prefix('-') {
        // One sign and no more: a text of signs from outside must not cost a stack frame each.
        Some(size) => Err(match unsigned(size, scale) {
            Err(DecimalFault::NotDecimal) => DecimalFault::NotDecimal,
            _ => DecimalFault::NotPositive,
        }),
        None => unsigned(text, scale),
    }
}

fn unsigned(text: &str, scale: u8) -> Result<i64, DecimalFault> {
    let (mantissa, exponent) = split_exponent(text)?;
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && decimals.is_empty() {
        return Err(DecimalFault::NotDecimal);
    }
    let mut value: u128 = 0;
    for digit in whole.bytes().chain(decimals.bytes()) {
        if !digit.is_ascii_digit() {
            return Err(DecimalFault::NotDecimal);
        }
        value = value
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(u128::from(digit - b'0')))
            .ok_or(DecimalFault::TooLarge)?;
    }
    // More than 38 decimals would have overflowed, unless all of them are leading zeros.
    let places = i32::try_from(decimals.len()).map_err(|_| DecimalFault::TooLarge)?;
    let shift = (6 + exponent - i32::from(scale)).saturating_sub(places);
    let value = if shift >= 0 {
        10_u128
            .checked_pow(shift.unsigned_abs())
            .and_then(|factor| value.checked_mul(factor))
            .or((value == 0).then_some(0))
            .ok_or(DecimalFault::TooLarge)?
    } else {
        10_u128
            .checked_pow(shift.unsigned_abs())
            .map_or(0, |divisor| value / divisor)
    };
    match i64::try_from(value) {
        Ok(0) => Err(DecimalFault::NotPositive),
        Ok(value) => Ok(value),
        Err(_) => Err(DecimalFault::TooLarge),
    }
}

fn split_exponent(text: &str) -> Result<(&str, i32), DecimalFault> {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return Ok((text, 0));
    };
    let exponent: i32 = exponent.parse().map_err(|_| DecimalFault::NotDecimal)?;
    if exponent.unsigned_abs() > EXPONENT_MAX.unsigned_abs() {
        return Err(DecimalFault::TooLarge);
    }
    Ok((mantissa, exponent))
}
