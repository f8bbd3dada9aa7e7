//! Everything that can be wrong with a journal, what it means for the process, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use crate::journal::kind::Kind;
use crate::journal::layout::FORMAT;

/// What is wrong with a place in a journal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Flaw {
    /// The segment's header does not match its checksum.
    #[error("the segment header does not match its checksum")]
    SegmentHeader,
    /// The file is not called what its header says, or starts at another record than the one before ends.
    #[error("the segment header does not continue the segment before")]
    SegmentOrder,
    /// A segment of the sequence is not there.
    #[error("the segment is missing")]
    SegmentMissing,
    /// A segment that is not the last has no footer.
    #[error("the segment ends without its footer, although another follows")]
    NotSealed,
    /// Something follows the footer.
    #[error("bytes follow the footer")]
    AfterSeal,
    /// The record ends before its length.
    #[error("the record is cut short")]
    CutShort,
    /// The record's header does not match its checksum.
    #[error("the record header does not match its checksum")]
    RecordHeader,
    /// The payload does not match its checksum.
    #[error("the payload does not match its checksum")]
    Payload,
    /// The mark at the end of the record is wrong.
    #[error("the end mark of the record is wrong")]
    EndMark,
    /// The record does not continue the chain.
    #[error("the hash does not continue the chain")]
    Chain,
    /// The record has another number than its place asks for.
    #[error("the record is numbered {found}, expected {expected}")]
    Number {
        /// One more than the record before.
        expected: u64,
        /// What it says.
        found: u64,
    },
    /// The record is of a kind that this version does not know.
    #[error("kind {0} of record is unknown to this version")]
    UnknownKind(u8),
    /// Checksums are right, the payload is no record of its kind.
    #[error("the payload is no {kind} record: {why}")]
    NoRecord {
        /// The kind it should be.
        kind: Kind,
        /// What the reader of the payload said.
        why: String,
    },
    /// The footer does not agree with the records before it.
    #[error("the footer does not agree with the records before it")]
    Footer,
}

/// One damaged place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize)]
#[error("journal damaged in segment {segment} at byte {offset}, record {record}: {what}")]
pub struct Damage {
    /// Number of the segment; the file is named after it.
    pub segment: u64,
    /// Byte within the file where the damaged record or header starts.
    pub offset: u64,
    /// Number of the first record that is lost or in doubt.
    pub record: u64,
    /// What is wrong.
    pub what: Flaw,
}

/// Why a journal cannot be opened, read, appended to or repaired.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Something in the middle is not what was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// Written by a later version of this program.
    #[error("{file} has journal format {found}; this version reads format {FORMAT}")]
    NewerFormat {
        /// The segment.
        file: PathBuf,
        /// Its format.
        found: u32,
    },
    /// Written by an earlier version whose format is no longer read.
    #[error("{file} has journal format {found}; this version reads format {FORMAT}")]
    OlderFormat {
        /// The segment.
        file: PathBuf,
        /// Its format.
        found: u32,
    },
    /// The journal belongs to another account.
    #[error("the journal belongs to account {found:?}, not to {expected:?}")]
    OtherAccount {
        /// The account asked for.
        expected: String,
        /// The account of the journal.
        found: String,
    },
    /// Another process has it open for writing.
    #[error("the journal {dir} is in use by {}", holder(*.pid))]
    Locked {
        /// The journal's folder.
        dir: PathBuf,
        /// Process id of the holder, where it could be read.
        pid: Option<u32>,
    },
    /// The disk, or the quota on it, is full.
    #[error("no space left to {doing} {file}")]
    Full {
        /// What was being done.
        doing: &'static str,
        /// To which file or folder.
        file: PathBuf,
    },
    /// The file system or the permissions do not let it be written.
    #[error("not allowed to {doing} {file}: {source}")]
    ReadOnly {
        /// What was being done.
        doing: &'static str,
        /// To which file or folder.
        file: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
    /// Any other failure of the operating system.
    #[error("cannot {doing} {file}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file or folder.
        file: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
    /// The disk did not confirm that a file is safe: what it holds of the last batch is not known.
    #[error("the disk did not confirm a write to {file}: {source}")]
    SyncFailed {
        /// The segment.
        file: PathBuf,
        /// The operating system's words.
        source: io::Error,
    },
    /// An earlier failure has closed the journal for this process.
    #[error("nothing more can be appended after an earlier failure: {first}")]
    Stopped {
        /// What failed first.
        first: String,
    },
    /// The record cannot be stored so that it comes back as it was. Nothing was appended.
    #[error("a {kind} record cannot be stored: {why}")]
    Unwritable {
        /// The kind of the record.
        kind: Kind,
        /// What is wrong with it.
        why: String,
    },
    /// There is no journal in the folder.
    #[error("there is no journal in {dir}")]
    Absent {
        /// The folder.
        dir: PathBuf,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(
        || "another process".to_owned(),
        |pid| format!("process {pid}"),
    )
}

impl JournalError {
    /// Sorts a failure of the operating system.
    pub(crate) fn io(doing: &'static str, file: &Path, source: io::Error) -> Self {
        let file = file.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { doing, file },
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::ReadOnly {
                doing,
                file,
                source,
            },
            _ => Self::Io {
                doing,
                file,
                source,
            },
        }
    }

    /// A failed sync.
    pub(crate) fn sync(file: &Path, source: io::Error) -> Self {
        let file = file.to_path_buf();
        Self::SyncFailed { file, source }
    }

    /// The exit code of a process that cannot go on because of this.
    #[must_use]
    pub fn exit(&self) -> u8 {
        match self {
            Self::Damaged(_) => 12,
            Self::NewerFormat { .. } | Self::OlderFormat { .. } => 10,
            Self::OtherAccount { .. } => 3,
            Self::Absent { .. } => 4,
            Self::Locked { .. } | Self::ReadOnly { .. } => 2,
            Self::Full { .. }
            | Self::Io { .. }
            | Self::SyncFailed { .. }
            | Self::Stopped { .. }
            | Self::Unwritable { .. } => 1,
        }
    }

    /// What to do about it, for a person.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Damaged(_) => {
                "restore the folder from a copy, or run `quorate journal repair`: it keeps the damaged files aside"
            }
            Self::NewerFormat { .. } => "use the version of quorate that wrote it, or a later one",
            Self::OlderFormat { .. } => {
                "export it with the version that wrote it, and start a new journal in another folder"
            }
            Self::OtherAccount { .. } => "give each account its own folder, or correct the account",
            Self::Locked { .. } => {
                "stop the other process first: two writers would trade the same account twice"
            }
            Self::Full { .. } => {
                "free some space and start again; everything committed before is safe"
            }
            Self::ReadOnly { .. } => {
                "make the folder writable for this user, or choose another one"
            }
            Self::Io { .. } => "check the disk and the folder, then start again",
            Self::SyncFailed { .. } => {
                "check the disk before starting again; open orders are reconciled with the venue on start"
            }
            Self::Stopped { .. } => "see the first failure, remove its cause and start again",
            Self::Unwritable { .. } => {
                "this is a defect of whoever made the record: please report it"
            }
            Self::Absent { .. } => "check the folder, or start quorate once to create the journal",
        }
    }
}
