//! The replay cache: the rows of an archive as fixed-size records in one order of time, in a file that is mapped into
//! memory. It can be deleted at any time and is rebuilt from the archive.

mod build;
mod header;
mod mirror;
mod open;
mod record;

pub use build::{Built, build};
pub use header::{CACHE_LAYOUT, HEADER_BYTES};
pub use mirror::{Mirror, measure_mirror};
pub use open::{Cache, CacheFault, open_or_build};
pub use record::{CacheKind, CacheRecord, LAST_OF_MESSAGE};
