//! The header of a segment. Little-endian; the first 20 bytes keep their meaning in every format to come.
//!
//! ```text
//!  0   8  "QUORATEJ"                  28      8  number of its first record
//!  8   4  format                      36     32  hash at the end of the segment before
//! 12   4  length of the header        68      2  length a of the account
//! 16   4  CRC-32C of bytes 0..16      70      a  account, UTF-8
//! 20   8  number of the segment       70+a    4  CRC-32C of bytes 20..70+a
//! ```
//!
//! The chain of a segment starts from SHA-256 of (hash before, the whole header).

use std::path::Path;

use crate::journal::error::{Flaw, JournalError};
use crate::journal::frame::{u32_at, u64_at};
use crate::journal::hash::{ChainHash, HASH_LENGTH};
use crate::journal::layout::FORMAT;

const MAGIC: [u8; 8] = *b"QUORATEJ";
const PREAMBLE: usize = 20;
const FIXED: usize = 70;
/// Longest header: what has to be read of a file to have all of it.
pub(crate) const HEADER_LENGTH_MAX: usize = FIXED + u16::MAX as usize + 4;

/// The header of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// Number of the segment.
    pub(crate) segment: u64,
    /// Number of its first record.
    pub(crate) first: u64,
    /// Hash at the end of the segment before.
    pub(crate) before: ChainHash,
    /// Whose journal it is.
    pub(crate) account: String,
}

/// A header that was read, with its length and the hash the chain goes on from.
#[derive(Clone, Debug)]
pub(crate) struct ReadHeader {
    pub(crate) header: SegmentHeader,
    pub(crate) length: usize,
    pub(crate) hash: ChainHash,
}

/// Why a header cannot be read.
pub(crate) enum HeaderFault {
    Flaw(Flaw),
    Format(u32),
}

impl HeaderFault {
    /// As an error about a file; `damaged` makes the error of a flaw.
    pub(crate) fn about(
        self,
        file: &Path,
        damaged: impl FnOnce(Flaw) -> JournalError,
    ) -> JournalError {
        let file = file.to_path_buf();
        match self {
            Self::Flaw(flaw) => damaged(flaw),
            Self::Format(found) if FORMAT < found => JournalError::NewerFormat { file, found },
            Self::Format(found) => JournalError::OlderFormat { file, found },
        }
    }
}

impl SegmentHeader {
    /// Its bytes.
    ///
    /// # Errors
    /// The account is longer than 65,535 bytes.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, Flaw> {
        let account = u16::try_from(self.account.len()).map_err(|_| Flaw::SegmentHeader)?;
        let length = FIXED + self.account.len() + 4;
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&(length as u32).to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes.extend_from_slice(&self.segment.to_le_bytes());
        bytes.extend_from_slice(&self.first.to_le_bytes());
        bytes.extend_from_slice(&self.before.0);
        bytes.extend_from_slice(&account.to_le_bytes());
        bytes.extend_from_slice(self.account.as_bytes());
        let sum = crc32c::crc32c(&bytes[PREAMBLE..]);
        bytes.extend_from_slice(&sum.to_le_bytes());
        Ok(bytes)
    }

    /// Reads the header at the start of a segment.
    pub(crate) fn read(bytes: &[u8]) -> Result<ReadHeader, HeaderFault> {
        check_preamble(bytes)?;
        read_rest(bytes).ok_or(HeaderFault::Flaw(Flaw::SegmentHeader))
    }
}

fn check_preamble(bytes: &[u8]) -> Result<(), HeaderFault> {
    let sound =
        bytes.starts_with(&MAGIC) && bytes.get(..16).map(crc32c::crc32c) == u32_at(bytes, 16);
    match u32_at(bytes, 8) {
        Some(FORMAT) if sound => Ok(()),
        Some(other) if sound => Err(HeaderFault::Format(other)),
        _ => Err(HeaderFault::Flaw(Flaw::SegmentHeader)),
    }
}

fn read_rest(bytes: &[u8]) -> Option<ReadHeader> {
    let length = u32_at(bytes, 12)? as usize;
    let whole = bytes.get(..length)?;
    let account = whole.get(FIXED..length.checked_sub(4)?)?;
    let stated = u16::from_le_bytes(whole.get(68..FIXED)?.try_into().ok()?);
    let sum = crc32c::crc32c(&whole[PREAMBLE..length - 4]);
    if usize::from(stated) != account.len() || u32_at(whole, length - 4) != Some(sum) {
        return None;
    }
    let before = ChainHash::from_slice(whole.get(36..36 + HASH_LENGTH)?)?;
    Some(ReadHeader {
        header: SegmentHeader {
            segment: u64_at(whole, 20)?,
            first: u64_at(whole, 28)?,
            before,
            account: String::from_utf8(account.to_vec()).ok()?,
        },
        length,
        hash: before.next(&[whole]),
    })
}
