//! Foreign text, made safe to keep and to show.

/// At most `chars_max` characters of a foreign text, control characters (escape sequences and line breaks among them)
/// shown as a space, with an ellipsis where something was cut.
pub(crate) fn bounded(text: &str, chars_max: usize) -> String {
    let mut kept: String = text
        .trim()
        .chars()
        .take(chars_max)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.trim().chars().nth(chars_max).is_some() {
        kept.push('…');
    }
    kept
}

/// As [`bounded`] for bytes that may not be UTF-8.
pub(crate) fn bounded_bytes(bytes: &[u8], chars_max: usize) -> String {
    let within = bytes.get(..chars_max.saturating_mul(4)).unwrap_or(bytes);
    bounded(&String::from_utf8_lossy(within), chars_max)
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The 32 bytes of 64 hexadecimal digits.
pub(crate) fn unhex32(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(*pair.first()?).to_digit(16)?;
        let low = char::from(*pair.get(1)?).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(bytes)
}
