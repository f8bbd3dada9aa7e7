//! Opening a cache: a look at its header and its size, whatever the size is.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use memmap2::Mmap;

use super::build::build;
use super::header::{CACHE_LAYOUT, HEADER_BYTES, Header};
use super::mirror::Mirror;
use super::record::CacheRecord;
use crate::archive::located;
use crate::archive::manifest::{Manifest, sha256};
use crate::archive::map::map;
use crate::input::{Diagnostic, Diagnostics};

/// Why a cache is not used. Every one of these is mended by building it again.
#[derive(Debug, thiserror::Error)]
pub enum CacheFault {
    /// The file system.
    #[error("cannot read the cache: {0}")]
    Io(#[from] io::Error),
    /// Another kind of file.
    #[error("no replay cache")]
    NoCache,
    /// Another layout.
    #[error("layout {found} where {CACHE_LAYOUT} is expected")]
    Layout {
        /// The file's layout.
        found: u32,
    },
    /// The header is not what was written.
    #[error("the header is damaged")]
    HeaderDamaged,
    /// Built by another version of the program.
    #[error("built by another version of the program")]
    OtherBuild,
    /// The archive has changed since.
    #[error("made from other data than the archive holds")]
    OtherSource,
    /// Cut off, or longer than it was.
    #[error("{found} bytes where {expected} are expected")]
    Truncated {
        /// Bytes there are.
        found: u64,
        /// Bytes there must be.
        expected: u64,
    },
    /// The records are not those that were written.
    #[error("the records are damaged")]
    RecordsDamaged,
    /// The names are not those that were written.
    #[error("the names of the markets are damaged")]
    NamesDamaged,
}

impl CacheFault {
    /// The fault with its file and what to do.
    #[must_use]
    pub fn at(&self, path: &Path) -> Diagnostic {
        located::in_file(path, "bad-cache", self.to_string())
            .with_hint("delete the file: it is rebuilt from the archive")
    }
}

/// A cache in memory.
pub struct Cache {
    memory: Mmap,
    header: Header,
    markets: Vec<String>,
}

impl Cache {
    /// Opens a cache without reading its records; `source` is the content hash of the archive that it must be made from.
    ///
    /// # Errors
    /// See [`CacheFault`].
    pub fn open(path: &Path, source: Option<&[u8; 32]>) -> Result<Self, CacheFault> {
        let mut file = File::open(path)?;
        let found = file.metadata()?.len();
        let mut head = [0; HEADER_BYTES];
        if found < HEADER_BYTES as u64 {
            return Err(CacheFault::Truncated {
                found,
                expected: HEADER_BYTES as u64,
            });
        }
        file.read_exact(&mut head)?;
        let header = Header::parse(&head)?;
        if source.is_some_and(|source| *source != header.source) {
            return Err(CacheFault::OtherSource);
        }
        match header.file_bytes() {
            Some(expected) if expected == found => {}
            expected => {
                return Err(CacheFault::Truncated {
                    found,
                    expected: expected.unwrap_or(u64::MAX),
                });
            }
        }
        let memory = map(&file)?;
        let names = memory.len()
            - usize::try_from(header.names_bytes).map_err(|_| CacheFault::NamesDamaged)?;
        let markets =
            serde_json::from_slice(&memory[names..]).map_err(|_| CacheFault::NamesDamaged)?;
        Ok(Self {
            memory,
            header,
            markets,
        })
    }

    /// The records in order of time.
    #[must_use]
    pub fn records(&self) -> &[CacheRecord] {
        let end = self.memory.len() - usize::try_from(self.header.names_bytes).unwrap_or(0);
        bytemuck::try_cast_slice(&self.memory[HEADER_BYTES..end]).unwrap_or(&[])
    }

    /// Condition ids by the number that records carry.
    #[must_use]
    pub fn markets(&self) -> &[String] {
        &self.markets
    }

    /// Receipt of the first and the last record, nanoseconds since 1970.
    #[must_use]
    pub fn span_ns(&self) -> (u64, u64) {
        (self.header.first_ns, self.header.last_ns)
    }

    /// The mirror as it was measured when the cache was built.
    #[must_use]
    pub fn mirror(&self) -> Mirror {
        Mirror {
            compared: self.header.mirror_compared,
            equal: self.header.mirror_equal,
        }
    }

    /// Reads every record and compares the hash.
    ///
    /// # Errors
    /// The records are not those that were written.
    pub fn verify(&self) -> Result<(), CacheFault> {
        let bytes: &[u8] = bytemuck::cast_slice(self.records());
        let whole = self.records().len() as u64 == self.header.count;
        if !whole || sha256(bytes) != self.header.records_sha256 {
            return Err(CacheFault::RecordsDamaged);
        }
        Ok(())
    }
}

/// Opens the cache of an archive, and builds it first if it is absent, damaged, of another version, or made from other
/// data.
///
/// # Errors
/// The archive is damaged, or the cache cannot be written or read after it was built.
pub fn open_or_build(archive: &Path, path: &Path) -> Result<Cache, Diagnostics> {
    let source = Manifest::read(archive)?.content_hash();
    if let Ok(cache) = Cache::open(path, Some(&source)) {
        return Ok(cache);
    }
    build(archive, path)?;
    Ok(Cache::open(path, Some(&source)).map_err(|fault| fault.at(path))?)
}
