//! A disk in memory that does what disks do on bad days: it loses what was not synced, tears it, fills up, fails to
//! sync, turns read-only and rots. Deterministic: what it does follows from its knobs and seeds alone.
//!
//! Handles share one disk, and the disk outlives whoever uses it: that is what a restart after a crash needs.

mod disk;
mod state;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use state::Loss;
use state::{Content, State};

/// A simulated disk.
#[derive(Clone, Debug, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

/// Knobs and looks from outside.
impl SimDisk {
    /// An empty disk without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panicked holding it has failed already; the state itself is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of boundaries passed so far: every write, sync, rename, removal and cut is one.
    #[must_use]
    pub fn boundaries(&self) -> u64 {
        self.state().boundaries
    }

    /// Crashes just before boundary `number`, counted from 1 over the disk's whole life. From then on everything fails
    /// until [`SimDisk::restart`].
    pub fn crash_at(&self, number: u64) {
        self.state().crash_at = Some(number);
    }

    /// Whether it has crashed.
    #[must_use]
    pub fn has_crashed(&self) -> bool {
        self.state().crashed
    }

    /// Ends the life of whoever used it, and starts again with what `loss` leaves. Locks are free again; knobs other
    /// than the crash stay.
    pub fn restart(&self, loss: Loss) {
        self.state().restart(loss);
    }

    /// Lets the sync after the next `count` fail with an input/output error.
    pub fn fail_sync_after(&self, count: u64) {
        let mut state = self.state();
        state.fail_sync_at = Some(state.syncs + count + 1);
    }

    /// Bytes the disk holds at most; `None` for no end.
    pub fn set_capacity(&self, bytes: Option<usize>) {
        self.state().capacity = bytes;
    }

    /// Bytes it holds.
    #[must_use]
    pub fn used(&self) -> usize {
        self.state().used()
    }

    /// Forbids every change.
    pub fn set_read_only(&self) {
        self.state().read_only = true;
    }

    /// Allows changes again.
    pub fn set_writable(&self) {
        self.state().read_only = false;
    }

    /// Flips one bit of a file; gives whether there is such a byte.
    pub fn flip_bit(&self, file: &Path, byte: usize, bit: u8) -> bool {
        let mut state = self.state();
        let Some(content) = state.content(file) else {
            return false;
        };
        for bytes in [&mut content.now, &mut content.safe] {
            if let Some(byte) = bytes.get_mut(byte) {
                *byte ^= 1 << (bit & 7);
            }
        }
        byte < content.now.len()
    }

    /// What a file holds now; `None` if there is none.
    #[must_use]
    pub fn contents(&self, file: &Path) -> Option<Vec<u8>> {
        self.state()
            .content(file)
            .map(|content| content.now.clone())
    }

    /// Puts a whole file there, safe on disk.
    pub fn put(&self, file: &Path, bytes: &[u8]) {
        let mut state = self.state();
        let number = state.files.len();
        state.files.push(Content {
            now: bytes.to_vec(),
            safe: bytes.to_vec(),
            lost: false,
        });
        state.names.insert(file.to_path_buf(), number);
        state.safe_names.insert(file.to_path_buf(), number);
    }

    /// Paths of all files.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        self.state().names.keys().cloned().collect()
    }

    /// A disk with the same files, all safe, and no faults.
    #[must_use]
    pub fn copy(&self) -> Self {
        let state = self.state();
        let copy = State {
            files: state.files.clone(),
            names: state.names.clone(),
            safe_names: state.safe_names.clone(),
            changes: state.changes.clone(),
            ..State::default()
        };
        let copy = Self {
            state: Arc::new(Mutex::new(copy)),
        };
        copy.restart(Loss::Nothing);
        copy
    }
}
