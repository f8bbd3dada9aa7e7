//! The journal: the record of truth. What happened, what was decided and what was sent, in one append-only chain.
//!
//! - [`Journal`] opens, recovers and appends; [`Reader`] follows along, even while another process writes.
//! - [`verify`] and [`repair`] answer for what a disk has done to it; [`to_parquet`] and [`to_json_lines`] make it readable elsewhere.
//! - [`Index`] answers questions quickly and can be thrown away; [`Snapshots`] shorten a restart. Both are derived.
//!
//! The format, byte by byte, and every outcome of opening are in `docs/journal.md`.

mod bitflip;
mod disk;
mod error;
mod export;
mod finite;
mod frame;
mod hash;
mod header;
mod index;
mod kind;
mod layout;
mod open;
mod reader;
mod record;
mod repair;
mod salvage;
mod segment;
mod snapshots;
mod tail;
mod verify;
mod walk;
mod writer;

pub use disk::{Disk, DiskFile, DiskLock, LockGuard, Loss, Opening, RealDisk, SharedDisk, SimDisk};
pub use error::{Damage, Flaw, JournalError};
pub use export::{ExportError, to_json_lines, to_parquet};
pub(crate) use finite::check as check_finite;
pub use hash::ChainHash;
pub use index::{
    DecisionKey, FillRow, Holding, Index, IndexError, IndexOpened, InferenceRow, OrderRow,
    QuestionKey, SubmissionRow,
};
pub use kind::Kind;
pub use layout::{FORMAT, Position};
pub use open::{EntryMark, Opened, TornTail};
pub use reader::Reader;
pub use record::{
    Cause, Effects, FeedCursor, Gap, Intent, Mode, Note, PostResult, Posted, Record, SnapshotTaken,
    Start, Step, Submission, Valuation,
};
pub use repair::{Repaired, repair};
pub use snapshots::{Newest, Skipped, Snapshot, SnapshotFault, Snapshots};
pub use verify::{SegmentCount, Verification, verify};
pub use writer::{Journal, Options, Unit};
