//! Gets out of a damaged segment every record that is still whole, and those with a single wrong bit.

use crate::journal::bitflip;
use crate::journal::frame::{Frame, find_mark, frame_at};
use crate::journal::hash::ChainHash;
use crate::journal::header::SegmentHeader;
use crate::journal::kind::Kind;
use crate::journal::record::Record;

/// A record that could be read.
pub(crate) struct Salvaged {
    /// Its number in the damaged journal.
    pub(crate) number: u64,
    pub(crate) kind: Kind,
    pub(crate) payload: Vec<u8>,
    /// Whether one wrong bit was put right; the chain proves that it was right to.
    pub(crate) corrected: bool,
}

/// What could be read of one segment.
pub(crate) struct SalvagedSegment {
    pub(crate) records: Vec<Salvaged>,
    /// Whether bytes after the last of them could not be read.
    pub(crate) ends_in_doubt: bool,
}

/// Reads what can be read of a segment's bytes.
pub(crate) fn salvage(bytes: &[u8]) -> SalvagedSegment {
    let header = SegmentHeader::read(bytes).ok();
    let mut search = Search {
        bytes,
        at: header.as_ref().map_or(0, |read| read.length),
        before: header.as_ref().map(|read| read.hash),
        records: Vec::new(),
        ends_in_doubt: false,
    };
    while search.at < bytes.len() {
        search.step();
    }
    SalvagedSegment {
        records: search.records,
        ends_in_doubt: search.ends_in_doubt,
    }
}

struct Search<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Hash before the record at `at`, while it is known.
    before: Option<ChainHash>,
    records: Vec<Salvaged>,
    ends_in_doubt: bool,
}

impl Search<'_> {
    fn step(&mut self) {
        if let Ok(frame) = frame_at(self.bytes, self.at) {
            self.before = Some(self.hash_of(&frame));
            self.at = frame.end();
            self.take(&frame, self.bytes, false);
        } else if let Some(record) = self.corrected() {
            self.at += record.len();
            if let Ok(frame) = frame_at(&record, 0) {
                self.before = Some(frame.hash);
                self.take(&frame, &record, true);
            }
        } else {
            self.skip();
        }
    }

    fn corrected(&self) -> Option<Vec<u8>> {
        bitflip::corrected(self.bytes, self.at, self.before?)
    }

    /// The hash the next record builds on: the stored one, unless a single bit of it is wrong.
    fn hash_of(&self, frame: &Frame) -> ChainHash {
        let right = self
            .before
            .map(|before| frame.hash_after(before, self.bytes));
        right
            .filter(|right| right.distance(frame.hash) == 1)
            .unwrap_or(frame.hash)
    }

    /// Takes a record, unless this version cannot read it: then it is as lost as a damaged one.
    fn take(&mut self, frame: &Frame, bytes: &[u8], corrected: bool) {
        let payload = &bytes[frame.payload()];
        let kind = Kind::from_code(frame.kind);
        self.ends_in_doubt = false;
        match kind.filter(|kind| Record::read_payload(*kind, payload).is_ok()) {
            Some(kind) => self.records.push(Salvaged {
                number: frame.number,
                kind,
                payload: payload.to_vec(),
                corrected,
            }),
            None => self.ends_in_doubt = kind != Some(Kind::Seal),
        }
    }

    /// Goes to the next whole record, or to the end.
    fn skip(&mut self) {
        self.before = None;
        self.ends_in_doubt = true;
        let mut from = self.at + 1;
        while let Some(at) = find_mark(self.bytes, from) {
            if frame_at(self.bytes, at).is_ok() {
                self.at = at;
                return;
            }
            from = at + 1;
        }
        self.at = self.bytes.len();
    }
}
