//! Which number stands for which worker of the network. Names are stable for ever; numbers for as long as the book is
//! kept, which is why it can be restored from what was listed before.

use std::collections::BTreeMap;

use quorate_domain::{Worker, WorkerId};

/// Name of the worker that stands for the network's combined value.
pub const COMBINED_WORKER: &str = "allora:network";

/// The name of a network worker.
#[must_use]
pub fn worker_name(address: &str) -> String {
    format!("allora:{address}")
}

/// Workers by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerBook {
    ids: BTreeMap<String, WorkerId>,
    next: u32,
    workers_max: usize,
}

impl WorkerBook {
    /// An empty book that numbers workers from `first` on, and holds at most `workers_max` of them: addresses cost
    /// nothing, and each worker costs memory everywhere downstream.
    #[must_use]
    pub const fn new(first: WorkerId, workers_max: usize) -> Self {
        Self {
            ids: BTreeMap::new(),
            next: first.0,
            workers_max,
        }
    }

    /// Takes over workers listed before; new ones are numbered after the highest of them. Workers of other origins may
    /// be among them: their numbers are avoided.
    pub fn restore(&mut self, workers: &[Worker]) {
        for worker in workers {
            self.next = self.next.max(worker.id.0.saturating_add(1));
            if worker.name.starts_with("allora:") {
                self.ids.insert(worker.name.clone(), worker.id);
            }
        }
    }

    /// The number of a worker by its full name, and the worker itself if it is new. `None` if the book is full.
    pub fn id_of(&mut self, name: &str) -> Option<(WorkerId, Option<Worker>)> {
        if let Some(id) = self.ids.get(name) {
            return Some((*id, None));
        }
        if self.ids.len() >= self.workers_max || self.next == u32::MAX {
            return None;
        }
        let id = WorkerId(self.next);
        self.next += 1;
        self.ids.insert(name.to_owned(), id);
        let worker = Worker {
            id,
            name: name.to_owned(),
        };
        Some((id, Some(worker)))
    }

    /// All workers of the network, in the order of their names.
    #[must_use]
    pub fn workers(&self) -> Vec<Worker> {
        self.ids
            .iter()
            .map(|(name, id)| Worker {
                id: *id,
                name: name.clone(),
            })
            .collect()
    }
}
