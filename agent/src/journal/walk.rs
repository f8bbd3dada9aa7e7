//! Walks a segment's records in order and holds each against the chain.

use serde::{Deserialize, Serialize};

use crate::journal::error::Flaw;
use crate::journal::frame::{self, Frame};
use crate::journal::hash::ChainHash;
use crate::journal::header::ReadHeader;
use crate::journal::kind::Kind;
use crate::journal::layout::Position;

/// Payload of a footer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seal {
    /// Records in the segment, the footer not counted.
    pub(crate) records: u64,
    /// Hash of the last of them, or the hash the segment started from.
    pub(crate) last: ChainHash,
}

/// Where a walk has come to. Offsets are bytes within the segment's file.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    pub(crate) segment: u64,
    /// Byte where the next record starts.
    pub(crate) offset: u64,
    /// Number of the next record.
    pub(crate) next: u64,
    /// Records passed in this segment.
    pub(crate) records: u64,
    /// Hash so far.
    pub(crate) hash: ChainHash,
    /// Whether the footer was passed.
    pub(crate) sealed: bool,
}

/// One step of a walk.
pub(crate) enum Step {
    /// A record that continues the chain.
    Record(Position, Kind, Frame),
    /// The footer, and it agrees.
    Sealed,
    /// Nothing more.
    End,
    /// What stands here does not continue the chain.
    Flaw(Flaw),
}

impl Walk {
    /// At the first record of a segment.
    pub(crate) fn after_header(read: &ReadHeader) -> Self {
        Self {
            segment: read.header.segment,
            offset: read.length as u64,
            next: read.header.first,
            records: 0,
            hash: read.hash,
            sealed: false,
        }
    }

    /// Goes on by one record. `bytes` are those of the file from byte `base` on.
    pub(crate) fn step(&mut self, bytes: &[u8], base: u64) -> Step {
        let Some(start) = index(self.offset, base).filter(|start| *start < bytes.len()) else {
            return Step::End;
        };
        if self.sealed {
            return Step::Flaw(Flaw::AfterSeal);
        }
        match self.checked(bytes, start) {
            Ok((Kind::Seal, frame)) => self.pass_seal(bytes, &frame),
            Ok((kind, frame)) => Step::Record(self.pass(&frame, base), kind, frame),
            Err(flaw) => Step::Flaw(flaw),
        }
    }

    fn checked(&self, bytes: &[u8], start: usize) -> Result<(Kind, Frame), Flaw> {
        let frame = frame::frame_at(bytes, start)?;
        if frame.hash_after(self.hash, bytes) != frame.hash {
            return Err(Flaw::Chain);
        }
        if frame.number != self.next || self.next < frame.batch_first {
            return Err(Flaw::Number {
                expected: self.next,
                found: frame.number,
            });
        }
        let kind = Kind::from_code(frame.kind).ok_or(Flaw::UnknownKind(frame.kind))?;
        Ok((kind, frame))
    }

    fn pass(&mut self, frame: &Frame, base: u64) -> Position {
        let position = Position {
            record: self.next,
            segment: self.segment,
            offset: self.offset,
            end: base + frame.end() as u64,
            hash: frame.hash,
        };
        self.offset = position.end;
        self.hash = frame.hash;
        self.next += 1;
        self.records += 1;
        position
    }

    fn pass_seal(&mut self, bytes: &[u8], frame: &Frame) -> Step {
        let seal = serde_json::from_slice::<Seal>(&bytes[frame.payload()]);
        match seal {
            Ok(seal) if seal.records == self.records && seal.last == self.hash => {
                self.offset += (frame.end() - frame.start) as u64;
                self.hash = frame.hash;
                self.sealed = true;
                Step::Sealed
            }
            _ => Step::Flaw(Flaw::Footer),
        }
    }
}

/// Where a byte of the file stands in bytes that start at `base`.
pub(crate) fn index(offset: u64, base: u64) -> Option<usize> {
    usize::try_from(offset.checked_sub(base)?).ok()
}
