//! What each worker did, as counts.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use quorate_domain::{Timestamp, WorkerId};
use serde::Serialize;

use crate::fault::{Fault, FaultKind};
use crate::text::bounded;

/// One worker's counts since the start, as a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Counters {
    /// Times it was asked, or pushed something.
    pub asked: u64,
    /// Inferences that were taken.
    pub heard: u64,
    /// Forecasts of losses that were taken.
    pub forecasts: u64,
    /// Faults by kind; kinds that never happened are absent.
    pub faults: BTreeMap<FaultKind, u64>,
    /// When something was last taken.
    pub last_heard_at: Option<Timestamp>,
    /// The last fault in words, at most 200 characters.
    pub last_fault: Option<String>,
}

impl Counters {
    /// How often this fault happened.
    #[must_use]
    pub fn count(&self, kind: FaultKind) -> u64 {
        self.faults.get(&kind).copied().unwrap_or(0)
    }
}

/// The counts of all workers of a desk or an intake.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<BTreeMap<WorkerId, Counters>>);

impl Tally {
    pub(crate) fn asked(&self, worker: WorkerId) {
        self.lock().entry(worker).or_default().asked += 1;
    }

    pub(crate) fn heard(&self, worker: WorkerId, at: Timestamp) {
        let mut all = self.lock();
        let counters = all.entry(worker).or_default();
        counters.heard += 1;
        counters.last_heard_at = Some(at);
    }

    pub(crate) fn forecast(&self, worker: WorkerId, at: Timestamp) {
        let mut all = self.lock();
        let counters = all.entry(worker).or_default();
        counters.forecasts += 1;
        counters.last_heard_at = Some(at);
    }

    pub(crate) fn fault(&self, worker: WorkerId, fault: &Fault) {
        let mut all = self.lock();
        let counters = all.entry(worker).or_default();
        *counters.faults.entry(fault.kind()).or_default() += 1;
        counters.last_fault = Some(bounded(&fault.to_string(), 200));
    }

    pub(crate) fn of(&self, worker: WorkerId) -> Counters {
        self.lock().get(&worker).cloned().unwrap_or_default()
    }

    /// A count cannot be left half-written, so a lock whose holder panicked is as good as any other.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<WorkerId, Counters>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
