//! Levels in text: `[["0.01","12902.69"],...]`, read exactly and without building a tree.

use quorate_domain::{Level, Price, Shares};

/// Reads pairs of price and size and appends them. Sizes of zero are left out. `None` if the text is anything else, or a
/// price is not strictly between 0 and 1, or a size is negative; some levels may have been appended then.
pub(in crate::archive) fn parse_pairs(text: &str, out: &mut Vec<Level>) -> Option<()> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut price: Option<u64> = None;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'[' | b']' | b'"' | b',' | b' ' | b'\n' => at += 1,
            b'0'..=b'9' | b'.' => {
                let end = bytes[at..]
                    .iter()
                    .position(|b| !matches!(b, b'0'..=b'9' | b'.'));
                let end = end.map_or(bytes.len(), |len| at + len);
                let value = micros(&bytes[at..end])?;
                at = end;
                match price.take() {
                    None => price = Some(value),
                    Some(price) => push(price, value, out)?,
                }
            }
            _ => return None,
        }
    }
    price.is_none().then_some(())
}

fn push(price: u64, size: u64, out: &mut Vec<Level>) -> Option<()> {
    let price = Price::from_micros(i64::try_from(price).ok()?).ok()?;
    let shares = Shares::from_micros(size);
    if !shares.is_zero() {
        out.push(Level { price, shares });
    }
    Some(())
}

/// A plain decimal as micro-units; `None` if it is none, has more than six decimals that are not zero, or is too large.
pub(in crate::archive) fn micros(text: &[u8]) -> Option<u64> {
    let dot = text
        .iter()
        .position(|byte| *byte == b'.')
        .unwrap_or(text.len());
    let (whole, fraction) = (text.get(..dot)?, text.get(dot + 1..).unwrap_or_default());
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value: u64 = 0;
    for byte in whole {
        value = value.checked_mul(10)?.checked_add(digit(*byte)?)?;
    }
    for place in 0..6 {
        let next = fraction.get(place).map_or(Some(0), |byte| digit(*byte))?;
        value = value.checked_mul(10)?.checked_add(next)?;
    }
    let rest = fraction.get(6..).unwrap_or_default();
    rest.iter().all(|byte| *byte == b'0').then_some(())?;
    (i64::try_from(value).is_ok()).then_some(value)
}

fn digit(byte: u8) -> Option<u64> {
    byte.is_ascii_digit().then(|| u64::from(byte - b'0'))
}
