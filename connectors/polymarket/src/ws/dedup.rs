//! What was seen lately: a ring of fingerprints, so that a message that arrives twice counts once.

/// Fingerprints that are remembered.
const KEPT: usize = 64;

/// A ring of the last fingerprints.
#[derive(Clone, Debug)]
pub(crate) struct Recent {
    ring: [u64; KEPT],
    next: usize,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            ring: [0; KEPT],
            next: 0,
        }
    }
}

impl Recent {
    /// Whether the fingerprint is new; it is remembered from now on.
    pub(crate) fn is_new(&mut self, fingerprint: u64) -> bool {
        // Zero marks an empty place.
        let fingerprint = fingerprint.max(1);
        if self.ring.contains(&fingerprint) {
            return false;
        }
        self.ring[self.next] = fingerprint;
        self.next = (self.next + 1) % KEPT;
        true
    }
}

/// Mixes a text into a fingerprint, eight bytes at a time (FNV-1a's multiplier with a rotation). Not for adversaries: a
/// collision drops one message, and the comparison of best prices notices.
pub(crate) fn mix(seed: u64, text: &[u8]) -> u64 {
    let mut hash = seed ^ (text.len() as u64);
    for chunk in text.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x0000_0100_0000_01b3);
        hash ^= hash.rotate_right(29);
    }
    hash
}

/// Mixes a number into a fingerprint.
pub(crate) fn mix_number(seed: u64, number: u64) -> u64 {
    mix(seed, &number.to_le_bytes())
}
