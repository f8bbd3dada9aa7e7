//! Quick answers from the journal. Everything in it is derived: it can be deleted at any time, it is rebuilt on any
//! doubt, and nothing that matters is ever only here.

mod apply;
mod keys;
mod rows;
mod store;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quorate_domain::{FillId, MarketId, OrderId, Timestamp, Token};
use serde::de::DeserializeOwned;

pub use keys::{DecisionKey, QuestionKey};
pub use rows::{FillRow, Holding, InferenceRow, OrderRow, SubmissionRow};

use crate::journal::disk::SharedDisk;
use crate::journal::error::JournalError;
use crate::journal::layout::Position;
use crate::journal::reader::Reader;
use crate::journal::record::Valuation;
use apply::Batch;
use store::Store;

/// Records that are applied at once.
const BATCH: usize = 1000;

/// Why the index cannot answer. Except for [`IndexError::Journal`], opening it again rebuilds it.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The store under it failed.
    #[error("the index failed: {0}")]
    Store(String),
    /// The store under it panicked.
    #[error("the index broke down")]
    Panicked,
    /// A row is not what was written.
    #[error("a row of the index is damaged")]
    Row,
    /// Its folder cannot be removed or made.
    #[error("cannot make the index anew in {folder}: {source}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// The operating system's words.
        source: std::io::Error,
    },
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// What opening an index did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexOpened {
    /// Why it was made anew, if it was; a missing one is not a reason.
    pub rebuilt: Option<String>,
    /// Records that were applied.
    pub applied: u64,
}

/// The index over one journal.
#[derive(Debug)]
pub struct Index {
    store: Store,
    disk: SharedDisk,
    journal: PathBuf,
}

impl Index {
    /// Opens the index in `folder`, or makes it anew when it is missing, damaged, or of another journal; then catches up
    /// with the journal in `journal`.
    ///
    /// # Errors
    /// The journal cannot be read, or even a new index cannot be made.
    pub fn open(
        folder: &Path,
        disk: &SharedDisk,
        journal: &Path,
    ) -> Result<(Self, IndexOpened), IndexError> {
        let tried = Self::with_store(Store::open(folder), disk, journal).and_then(|mut index| {
            let applied = index.catch_up()?;
            Ok((index, applied))
        });
        match tried {
            Ok((index, applied)) => Ok((
                index,
                IndexOpened {
                    rebuilt: None,
                    applied,
                },
            )),
            Err(IndexError::Journal(error)) => Err(error.into()),
            Err(doubt) => {
                store::wipe(folder)?;
                let mut index = Self::with_store(Store::open(folder), disk, journal)?;
                let applied = index.catch_up()?;
                let rebuilt = Some(doubt.to_string());
                Ok((index, IndexOpened { rebuilt, applied }))
            }
        }
    }

    fn with_store(
        store: Result<Store, IndexError>,
        disk: &SharedDisk,
        journal: &Path,
    ) -> Result<Self, IndexError> {
        Ok(Self {
            store: store?,
            disk: disk.clone(),
            journal: journal.to_path_buf(),
        })
    }

    /// Applies what the journal holds beyond [`Index::cursor`]. Gives the number of records.
    ///
    /// # Errors
    /// The journal is damaged or is not the one the index was made from; or the store fails.
    pub fn catch_up(&mut self) -> Result<u64, IndexError> {
        let reader = Reader::after(&self.disk, &self.journal, &self.cursor())?;
        let Some(mut reader) = reader else {
            let why = "it was made from another journal, or from a longer one";
            return Err(IndexError::Store(why.to_owned()));
        };
        let mut applied = 0;
        loop {
            let mut batch = Batch::new(&self.store);
            let mut count = 0;
            for read in reader.by_ref().take(BATCH) {
                let (position, record) = read?;
                batch.apply(&position, &record)?;
                count += 1;
            }
            if count == 0 {
                return Ok(applied);
            }
            let (rows, meta) = batch.finish();
            self.store.write(rows, meta)?;
            applied += count;
        }
    }

    /// The last record that is in it.
    #[must_use]
    pub fn cursor(&self) -> Position {
        self.store.meta().cursor
    }

    /// Makes everything safe on disk. Not needed for correctness: what is lost is applied again.
    ///
    /// # Errors
    /// The store fails.
    pub fn flush(&self) -> Result<(), IndexError> {
        self.store.flush()
    }

    /// An order by our name for it.
    ///
    /// # Errors
    /// The index is damaged: open it again.
    pub fn order(&self, id: OrderId) -> Result<Option<OrderRow>, IndexError> {
        self.row(&keys::order(id))
    }

    /// An order by the venue's name for it.
    ///
    /// # Errors
    /// The index is damaged: open it again.
    pub fn order_by_hash(&self, hash: &str) -> Result<Option<(OrderId, OrderRow)>, IndexError> {
        let Some(id) = self.row(&keys::hash(hash))? else {
            return Ok(None);
        };
        Ok(self.order(id)?.map(|row| (id, row)))
    }

    /// An execution.
    ///
    /// # Errors
    /// The index is damaged: open it again.
    pub fn fill(&self, id: FillId) -> Result<Option<FillRow>, IndexError> {
        self.row(&keys::fill(id))
    }

    /// Every execution, by number.
    ///
    /// # Errors
    /// The index is damaged: open it again.
    pub fn fills(&self) -> Result<Vec<FillRow>, IndexError> {
        self.rows(&[keys::FILL])
    }

    /// What is held of a token.
    ///
    /// # Errors
    /// The index is damaged: open it again.
    pub fn holding(&self, token: Token) -> Result<Option<Holding>, IndexError> {
        self.row(&keys::holding(token))
    }

    /// Where the effects stand that hold a decision.
    ///
    /// # Errors
    /// The index is damaged: open it again.
    pub fn decision(&self, key: DecisionKey) -> Result<Option<Position>, IndexError> {
        self.row(&keys::decision(key))
    }

    /// Everything submitted for a question, by worker, then in the order of arrival.
    ///
    /// # Errors
    /// The index is damaged: open it again.
    pub fn submissions(&self, question: QuestionKey) -> Result<Vec<SubmissionRow>, IndexError> {
        self.rows(&keys::question(keys::SUBMISSION, question))
    }

    /// Every inference on a question, by worker, then in the order of arrival.
    ///
    /// # Errors
    /// The index is damaged: open it again.
    pub fn inferences(&self, question: QuestionKey) -> Result<Vec<InferenceRow>, IndexError> {
        self.rows(&keys::question(keys::INFERENCE, question))
    }

    /// Valuations from a time on, oldest first.
    ///
    /// # Errors
    /// The index is damaged: open it again.
    pub fn nav_since(&self, at: Timestamp) -> Result<Vec<Valuation>, IndexError> {
        let all: Vec<Valuation> = self.rows(&[keys::NAV])?;
        Ok(all.into_iter().filter(|v| at <= v.at).collect())
    }

    /// Decisions about a market, as places in the journal, oldest first.
    ///
    /// # Errors
    /// The index is damaged: open it again.
    pub fn decisions_of(&self, market: MarketId) -> Result<Vec<Position>, IndexError> {
        self.rows(&keys::decisions_of(market))
    }

    /// Every row, for comparisons: two indexes of the same journal are equal.
    ///
    /// # Errors
    /// The store fails.
    pub fn dump(&self) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, IndexError> {
        self.store.prefix(&[])
    }

    fn row<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, IndexError> {
        self.store.get(key)?.map(|row| rows::read(&row)).transpose()
    }

    fn rows<T: DeserializeOwned>(&self, prefix: &[u8]) -> Result<Vec<T>, IndexError> {
        let found = self.store.prefix(prefix)?;
        found.values().map(|row| rows::read(row)).collect()
    }
}
