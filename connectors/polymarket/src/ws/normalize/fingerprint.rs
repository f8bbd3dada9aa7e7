//! A text as one number, eight bytes at a time: each word is multiplied to 128 bits and both halves are put together, so
//! that every bit of it reaches every bit of the outcome. Not for adversaries.

/// An odd number with half its bits set, from the digits of the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The fingerprint of a text.
pub(crate) fn of(text: &[u8]) -> u64 {
    let (words, last) = text.as_chunks::<8>();
    let whole = words.iter().fold(text.len() as u64, |hash, word| {
        with(hash, u64::from_le_bytes(*word))
    });
    let last = last
        .iter()
        .fold(0, |word, byte| (word << 8) | u64::from(*byte));
    with(whole, last)
}

/// A fingerprint with a number mixed in.
#[inline]
pub(crate) fn with(hash: u64, number: u64) -> u64 {
    // The addition keeps a word that equals the fingerprint so far from wiping it out.
    let wide = u128::from((hash ^ number).wrapping_add(MULTIPLIER)) * u128::from(MULTIPLIER);
    hash.rotate_left(23) ^ (wide as u64) ^ ((wide >> 64) as u64)
}
