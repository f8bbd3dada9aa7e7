//! One value per worker, ordered by worker: the table every Allora quantity lives in.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Identity of a worker (inferer or forecaster) inside one topic; the caller maps names or addresses to numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkerKey(pub u32);

/// An ordered map from worker to `T` on one sorted vector: walking two of them side by side costs no searches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PerWorker<T>(Vec<(WorkerKey, T)>);

impl<T> Default for PerWorker<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> PerWorker<T> {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Number of workers in the table.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when no worker is in the table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Value of `worker`, if it is in the table.
    #[must_use]
    pub fn get(&self, worker: WorkerKey) -> Option<&T> {
        self.find(worker).ok().map(|index| &self.0[index].1)
    }

    /// Entries in ascending order of the worker.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (WorkerKey, &T)> + Clone {
        self.0.iter().map(|(worker, value)| (*worker, value))
    }

    /// Workers in ascending order.
    pub fn workers(&self) -> impl ExactSizeIterator<Item = WorkerKey> + Clone {
        self.0.iter().map(|(worker, _)| *worker)
    }

    /// Values in ascending order of their worker.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &T> + Clone {
        self.0.iter().map(|(_, value)| value)
    }

    /// Sets the value of `worker`, replacing an earlier one.
    pub fn insert(&mut self, worker: WorkerKey, value: T) {
        match self.find(worker) {
            Ok(index) => self.0[index].1 = value,
            Err(index) => self.0.insert(index, (worker, value)),
        }
    }

    /// Value of `worker`, inserted by `default` when it is absent.
    pub fn entry_or(&mut self, worker: WorkerKey, default: impl FnOnce() -> T) -> &mut T {
        let mut cursor = self.0.partition_point(|(key, _)| *key < worker);
        self.entry_from(&mut cursor, worker, default)
    }

    /// [`Self::entry_or`] that searches upwards from `cursor` and leaves it on the entry: for walks in ascending order.
    pub(crate) fn entry_from(
        &mut self,
        cursor: &mut usize,
        worker: WorkerKey,
        default: impl FnOnce() -> T,
    ) -> &mut T {
        while *cursor < self.0.len() && self.0[*cursor].0 < worker {
            *cursor += 1;
        }
        let is_present = self.0.get(*cursor).is_some_and(|(key, _)| *key == worker);
        if !is_present {
            self.0.insert(*cursor, (worker, default()));
        }
        &mut self.0[*cursor].1
    }

    fn find(&self, worker: WorkerKey) -> Result<usize, usize> {
        self.0.binary_search_by_key(&worker, |(key, _)| *key)
    }
}

impl<T: Copy> PerWorker<T> {
    /// The value of each of `workers` (ascending), `default` for those not in the table.
    pub(crate) fn lookup(
        &self,
        workers: impl Iterator<Item = WorkerKey>,
        default: T,
    ) -> impl Iterator<Item = T> {
        let mut rest = self.0.as_slice();
        workers.map(move |worker| {
            while let Some(((key, _), tail)) = rest.split_first() {
                if worker <= *key {
                    break;
                }
                rest = tail;
            }
            rest.first()
                .filter(|(key, _)| *key == worker)
                .map_or(default, |(_, value)| *value)
        })
    }
}

impl<T> FromIterator<(WorkerKey, T)> for PerWorker<T> {
    /// Sorts by worker; of several entries of one worker the last one stays.
    fn from_iter<I: IntoIterator<Item = (WorkerKey, T)>>(entries: I) -> Self {
        let mut table: Vec<(WorkerKey, T)> = entries.into_iter().collect();
        table.sort_by_key(|(worker, _)| *worker);
        table.dedup_by(|later, kept| {
            let is_same = later.0 == kept.0;
            if is_same {
                core::mem::swap(later, kept);
            }
            is_same
        });
        Self(table)
    }
}
