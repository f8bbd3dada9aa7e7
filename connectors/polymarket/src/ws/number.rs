//! Decimal text to millionths, exactly: the one conversion on the path of every price change.

/// Why a text is not a number of millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NumberFault {
    /// No plain decimal number: empty, an exponent, NaN, stray characters.
    #[error("not a plain decimal number")]
    NotDecimal,
    /// Below zero.
    #[error("negative")]
    Negative,
    /// More than six decimals that are not zeros.
    #[error("more than 6 decimals")]
    TooPrecise,
    /// More than 9,223,372,036,854.775807 units.
    #[error("too large")]
    TooLarge,
}

/// Millionths of the unit that `text` counts: `0.53` gives 530,000. Accepts digits with at most one point and at least
/// one digit; decimals beyond the sixth must be zeros.
///
/// # Errors
/// The first thing that is wrong with it; never rounds.
pub fn micros(text: &[u8]) -> Result<u64, NumberFault> {
    match short_micros(text) {
        Some(micros) => Ok(micros),
        None => any_micros(text),
    }
}

/// Prices and sizes as they nearly always are: at most 12 characters, too few for an overflow, and at most 6 decimals.
#[inline]
fn short_micros(text: &[u8]) -> Option<u64> {
    if text.len() > 12 {
        return None;
    }
    let (mut value, mut point) = (0_u64, None);
    for (place, byte) in text.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            value = value * 10 + u64::from(digit);
        } else if *byte == b'.' && point.is_none() {
            point = Some(place);
        } else {
            return None;
        }
    }
    let (digits, decimals) = match point {
        Some(place) => (text.len() - 1, text.len() - 1 - place),
        None => (text.len(), 0),
    };
    // By the number of decimals.
    const SCALES: [u64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    let scale = SCALES.get(decimals)?;
    (digits > 0).then(|| value * scale)
}

fn any_micros(text: &[u8]) -> Result<u64, NumberFault> {
    // Not by recursion: a text of nothing but signs must not fill the stack.
    let signs = text.iter().take_while(|byte| **byte == b'-').count();
    match (unsigned_micros(&text[signs..]), signs) {
        (read, 0) => read,
        (Ok(_) | Err(NumberFault::TooPrecise | NumberFault::TooLarge), _) => {
            Err(NumberFault::Negative)
        }
        (fault, _) => fault,
    }
}

fn unsigned_micros(text: &[u8]) -> Result<u64, NumberFault> {
    let (mut value, mut digits) = (0_u64, 0_usize);
    let mut rest = text;
    while let Some((digit, tail)) = leading_digit(rest) {
        value = value
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(digit))
            .ok_or(NumberFault::TooLarge)?;
        digits += 1;
        rest = tail;
    }
    let mut decimals = 0_u32;
    if let Some((b'.', tail)) = rest.split_first() {
        rest = tail;
        while let Some((digit, tail)) = leading_digit(rest) {
            digits += 1;
            rest = tail;
            if decimals == 6 {
                if digit != 0 {
                    return Err(NumberFault::TooPrecise);
                }
                continue;
            }
            decimals += 1;
            value = value
                .checked_mul(10)
                .and_then(|tens| tens.checked_add(digit))
                .ok_or(NumberFault::TooLarge)?;
        }
    }
    if !rest.is_empty() || digits == 0 {
        return Err(NumberFault::NotDecimal);
    }
    value
        .checked_mul(10_u64.pow(6 - decimals))
        .filter(|value| i64::try_from(*value).is_ok())
        .ok_or(NumberFault::TooLarge)
}

/// Milliseconds since 1970 from text in seconds or milliseconds: from 1e11 on it is milliseconds (a rule of the venue's own
/// client). `None` for anything but digits.
#[must_use]
pub fn unix_millis(text: &str) -> Option<u64> {
    millis(text.as_bytes())
}

/// As [`unix_millis`], of bytes.
pub(crate) fn millis(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let value = text.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        let tens = value.checked_mul(10).filter(|_| digit < 10)?;
        tens.checked_add(u64::from(digit))
    })?;
    if value >= 100_000_000_000 {
        Some(value)
    } else {
        Some(value * 1000)
    }
}

fn leading_digit(text: &[u8]) -> Option<(u64, &[u8])> {
    let (first, tail) = text.split_first()?;
    first
        .is_ascii_digit()
        .then(|| (u64::from(first - b'0'), tail))
}
