//! Recognises a record in which exactly one bit is wrong.
//!
//! The last batch of a journal has nothing after it that would prove it was ever safe on disk, so a bad record there
//! could be a torn write (normal after a crash) or rot (not normal). A torn write loses the end of something; it does not
//! flip one bit of it. The checksum says which bit: CRC is linear, so the difference between the stored and the computed
//! sum of a message with one flipped bit depends only on that bit's distance from the end.

use crate::journal::frame::{
    END_MARK, HEADER, HEADER_CHECKED, MARK, TRAILER, frame_at, read_header, u32_at,
};
use crate::journal::hash::{ChainHash, HASH_LENGTH};

/// The polynomial of CRC-32C, bits reversed.
const POLYNOMIAL: u32 = 0x82F6_3B78;

/// The record at `start` with its one wrong bit put right, if that is all that is wrong with it. `before` is the hash of
/// the record before.
pub(crate) fn corrected(bytes: &[u8], start: usize, before: ChainHash) -> Option<Vec<u8>> {
    let rest = bytes.get(start..)?;
    let mut flips = 0;
    let mut record = rest.get(..HEADER)?.to_vec();
    if read_header(&record).is_err() {
        flips += correct_summed(&mut record, HEADER_CHECKED)?;
    }
    let length = read_header(&record).ok()?.length;
    record.extend_from_slice(rest.get(HEADER..HEADER + length + TRAILER)?);
    let hash_at = HEADER + length + 4;
    let payload_and_sum = &mut record[HEADER..hash_at];
    if u32_at(payload_and_sum, length) != Some(crc32c::crc32c(&payload_and_sum[..length])) {
        flips += correct_summed(payload_and_sum, length)?;
    }
    flips += correct_rest(&mut record, hash_at, before)?;
    debug_assert!(flips != 1 || (record.starts_with(&MARK) && frame_at(&record, 0).is_ok()));
    (flips == 1).then_some(record)
}

/// Puts hash and end mark right; gives the number of wrong bits.
fn correct_rest(record: &mut [u8], hash_at: usize, before: ChainHash) -> Option<u32> {
    let hash = before.next(&[record.get(..hash_at - 4)?]);
    let stored = ChainHash::from_slice(record.get(hash_at..hash_at + HASH_LENGTH)?)?;
    let end = record.last_mut()?;
    let flips = (*end ^ END_MARK).count_ones() + hash.distance(stored);
    *end = END_MARK;
    record[hash_at..hash_at + HASH_LENGTH].copy_from_slice(&hash.0);
    Some(flips)
}

/// Finds and corrects the one wrong bit in a message that is followed by its checksum; gives 1.
fn correct_summed(message_and_sum: &mut [u8], length: usize) -> Option<u32> {
    let stored = u32_at(message_and_sum, length)?;
    let difference = crc32c::crc32c(message_and_sum.get(..length)?) ^ stored;
    if difference.count_ones() == 1 {
        let right = (stored ^ difference).to_le_bytes();
        message_and_sum[length..length + 4].copy_from_slice(&right);
        return Some(1);
    }
    let (byte, bit) = wrong_bit(difference, length)?;
    message_and_sum[byte] ^= 1 << bit;
    Some(1)
}

/// The byte and the bit whose flip alone makes this difference.
fn wrong_bit(difference: u32, length: usize) -> Option<(usize, u32)> {
    let mut effects: [u32; 8] = std::array::from_fn(|bit| through_one_byte(1 << bit));
    for byte in (0..length).rev() {
        if let Some(bit) = effects.iter().position(|effect| *effect == difference) {
            return Some((byte, u32::try_from(bit).ok()?));
        }
        for effect in &mut effects {
            *effect = through_one_byte(*effect);
        }
    }
    None
}

/// The register after eight more bits of zeros.
fn through_one_byte(register: u32) -> u32 {
    (0..8).fold(register, |r, _| {
        let out = if r & 1 == 1 { POLYNOMIAL } else { 0 };
        (r >> 1) ^ out
    })
}
