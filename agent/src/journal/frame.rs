//! One record on disk. Little-endian; `docs/journal.md` has the same table.
//!
//! ```text
//!  0   4  mark D1 51 52 9E            28      4  CRC-32C of bytes 0..28
//!  4   4  length n of the payload     32      n  payload
//!  8   1  kind                        32+n    4  CRC-32C of the payload
//!  9   3  zero                        36+n   32  SHA-256 of (hash before, bytes 0..32, payload)
//! 12   8  number of the record        68+n    1  end mark E5
//! 20   8  first record of its batch
//! ```
//!
//! The batch field is what tells a torn write from damage: a record whose batch starts after record `k` was written
//! when `k` was already safe on disk.

use std::ops::Range;

use crate::journal::error::Flaw;
use crate::journal::hash::{ChainHash, HASH_LENGTH};
use crate::journal::record::PAYLOAD_MAX;

/// First bytes of every record.
pub(crate) const MARK: [u8; 4] = [0xD1, b'Q', b'R', 0x9E];
/// Last byte of every record. Five bits, so that a write that stops before it is not taken for one flipped bit.
pub(crate) const END_MARK: u8 = 0xE5;
/// Bytes before the payload.
pub(crate) const HEADER: usize = 32;
/// Bytes of the header that its checksum covers.
pub(crate) const HEADER_CHECKED: usize = 28;
/// Bytes after the payload.
pub(crate) const TRAILER: usize = 4 + HASH_LENGTH + 1;

/// A record that is whole by its own checksums. Whether it continues the chain is another question.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) number: u64,
    pub(crate) batch_first: u64,
    /// Where it starts in the bytes it was read from.
    pub(crate) start: usize,
    /// The hash it carries.
    pub(crate) hash: ChainHash,
    payload: usize,
}

impl Frame {
    pub(crate) fn payload(&self) -> Range<usize> {
        let start = self.start + HEADER;
        start..start + self.payload
    }

    pub(crate) fn end(&self) -> usize {
        self.start + HEADER + self.payload + TRAILER
    }

    /// The hash it should carry after `before`.
    pub(crate) fn hash_after(&self, before: ChainHash, bytes: &[u8]) -> ChainHash {
        let header = &bytes[self.start..self.start + HEADER];
        before.next(&[header, &bytes[self.payload()]])
    }
}

/// The fields of a header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameHeader {
    pub(crate) length: usize,
    pub(crate) kind: u8,
    pub(crate) number: u64,
    pub(crate) batch_first: u64,
}

/// Reads a header of [`HEADER`] bytes.
///
/// # Errors
/// [`Flaw::RecordHeader`].
pub(crate) fn read_header(header: &[u8]) -> Result<FrameHeader, Flaw> {
    let checked = header.get(..HEADER_CHECKED).ok_or(Flaw::CutShort)?;
    let sum = u32_at(header, HEADER_CHECKED).ok_or(Flaw::CutShort)?;
    let length = u32_at(header, 4).map_or(usize::MAX, |n| n as usize);
    let sound = crc32c::crc32c(checked) == sum
        && header.starts_with(&MARK)
        && header[9..12] == [0; 3]
        && length <= PAYLOAD_MAX;
    if !sound {
        return Err(Flaw::RecordHeader);
    }
    Ok(FrameHeader {
        length,
        kind: header[8],
        number: u64_at(header, 12).ok_or(Flaw::CutShort)?,
        batch_first: u64_at(header, 20).ok_or(Flaw::CutShort)?,
    })
}

/// Reads the record that starts at `start`, checksums and marks included, the chain excluded.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn frame_at(bytes: &[u8], start: usize) -> Result<Frame, Flaw> {
    let rest = bytes.get(start..).ok_or(Flaw::CutShort)?;
    let header = read_header(rest.get(..HEADER).ok_or(Flaw::CutShort)?)?;
    let whole = rest.get(..HEADER + header.length + TRAILER);
    let whole = whole.ok_or(Flaw::CutShort)?;
    let (payload, trailer) = whole[HEADER..].split_at(header.length);
    if u32_at(trailer, 0) != Some(crc32c::crc32c(payload)) {
        return Err(Flaw::Payload);
    }
    if trailer[TRAILER - 1] != END_MARK {
        return Err(Flaw::EndMark);
    }
    Ok(Frame {
        kind: header.kind,
        number: header.number,
        batch_first: header.batch_first,
        start,
        hash: ChainHash::from_slice(&trailer[4..4 + HASH_LENGTH]).ok_or(Flaw::CutShort)?,
        payload: header.length,
    })
}

/// What goes into a header besides the payload's length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label {
    pub(crate) kind: u8,
    pub(crate) number: u64,
    pub(crate) batch_first: u64,
}

/// Turns the end of a buffer, [`HEADER`] free bytes at `start` and the payload behind them, into a record. Gives the
/// record's hash.
pub(crate) fn finish(
    buffer: &mut Vec<u8>,
    start: usize,
    label: Label,
    before: ChainHash,
) -> ChainHash {
    let length = u32::try_from(buffer.len() - start - HEADER).unwrap_or(u32::MAX);
    let header = &mut buffer[start..start + HEADER];
    header[..4].copy_from_slice(&MARK);
    header[4..8].copy_from_slice(&length.to_le_bytes());
    header[8..12].copy_from_slice(&[label.kind, 0, 0, 0]);
    header[12..20].copy_from_slice(&label.number.to_le_bytes());
    header[20..28].copy_from_slice(&label.batch_first.to_le_bytes());
    let sum = crc32c::crc32c(&header[..HEADER_CHECKED]);
    header[HEADER_CHECKED..].copy_from_slice(&sum.to_le_bytes());
    let hash = before.next(&[&buffer[start..]]);
    let sum = crc32c::crc32c(&buffer[start + HEADER..]);
    buffer.extend_from_slice(&sum.to_le_bytes());
    buffer.extend_from_slice(&hash.0);
    buffer.push(END_MARK);
    hash
}

/// The next place at or after `from` where the mark of a record stands.
pub(crate) fn find_mark(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let found = rest.windows(MARK.len()).position(|window| window == MARK)?;
    Some(from + found)
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(field.try_into().ok()?))
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let field = bytes.get(at..at + 8)?;
    Some(u64::from_le_bytes(field.try_into().ok()?))
}
