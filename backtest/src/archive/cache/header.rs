//! The first 4,096 bytes of a cache: what it is, what it was made from, and how large it must be.

use super::open::CacheFault;
use crate::archive::manifest::sha256;

/// Bytes before the first record.
pub const HEADER_BYTES: usize = 4096;
/// Version of the layout of header and records.
pub const CACHE_LAYOUT: u32 = 1;

const MAGIC: [u8; 8] = *b"QRTCACHE";
/// Bytes of the fields that the header's hash is over.
const FIELDS: usize = 200;

/// The fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) build: [u8; 32],
    pub(super) source: [u8; 32],
    pub(super) records_sha256: [u8; 32],
    pub(super) count: u64,
    pub(super) first_ns: u64,
    pub(super) last_ns: u64,
    pub(super) names_bytes: u64,
    pub(super) mirror_compared: u64,
    pub(super) mirror_equal: u64,
}

/// Version of the program that builds caches.
pub(super) fn build_version() -> [u8; 32] {
    sha256(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).as_bytes())
}

impl Header {
    pub(super) fn bytes(&self) -> [u8; HEADER_BYTES] {
        let mut fields = Vec::with_capacity(FIELDS);
        fields.extend(MAGIC);
        fields.extend(CACHE_LAYOUT.to_le_bytes());
        fields.extend(32_u32.to_le_bytes());
        for hash in [self.build, self.source, self.records_sha256] {
            fields.extend(hash);
        }
        let numbers = [
            self.count,
            self.first_ns,
            self.last_ns,
            self.names_bytes,
            self.mirror_compared,
            self.mirror_equal,
        ];
        for number in numbers {
            fields.extend(number.to_le_bytes());
        }
        fields.resize(FIELDS, 0);
        let hash = sha256(&fields);
        let mut out = [0; HEADER_BYTES];
        out[..FIELDS].copy_from_slice(&fields);
        out[FIELDS..FIELDS + 32].copy_from_slice(&hash);
        out
    }

    /// Reads a header and checks that it is one of this program.
    pub(super) fn parse(bytes: &[u8; HEADER_BYTES]) -> Result<Self, CacheFault> {
        let word = |at: usize| {
            let mut own = [0; 8];
            own.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(own)
        };
        let hash = |at: usize| {
            let mut own = [0; 32];
            own.copy_from_slice(&bytes[at..at + 32]);
            own
        };
        if bytes[..8] != MAGIC {
            return Err(CacheFault::NoCache);
        }
        let layout = word(8);
        let expected = u64::from(CACHE_LAYOUT) | 32 << 32;
        if layout != expected {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the lower half is the layout"
            )]
            return Err(CacheFault::Layout {
                found: layout as u32,
            });
        }
        if hash(FIELDS) != sha256(&bytes[..FIELDS]) {
            return Err(CacheFault::HeaderDamaged);
        }
        let header = Self {
            build: hash(16),
            source: hash(48),
            records_sha256: hash(80),
            count: word(112),
            first_ns: word(120),
            last_ns: word(128),
            names_bytes: word(136),
            mirror_compared: word(144),
            mirror_equal: word(152),
        };
        if header.build != build_version() {
            return Err(CacheFault::OtherBuild);
        }
        Ok(header)
    }

    /// Size of the file that belongs to it; `None` if no file can be that large.
    pub(super) fn file_bytes(&self) -> Option<u64> {
        let records = self.count.checked_mul(32)?;
        records
            .checked_add(HEADER_BYTES as u64)?
            .checked_add(self.names_bytes)
    }
}
