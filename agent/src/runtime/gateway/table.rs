//! Every order that the venue may know, by its name and by ours.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use quorate_domain::{OrderId, Timestamp};

use super::orders::{Stage, Tracked};
use super::route::OrderHash;

/// Ended orders that are remembered, so that a late execution finds its order.
const ENDED_KEPT: usize = 65_536;

#[derive(Debug, Default)]
pub(super) struct Table {
    orders: BTreeMap<OrderHash, Tracked>,
    by_id: BTreeMap<OrderId, OrderHash>,
    /// Those that something may still become of.
    active: BTreeSet<OrderHash>,
    ended: VecDeque<OrderHash>,
}

impl Table {
    pub(super) fn insert(&mut self, tracked: Tracked) {
        let hash = tracked.prepared.hash.clone();
        self.by_id.insert(tracked.id, hash.clone());
        self.orders.insert(hash.clone(), tracked);
        self.active.insert(hash.clone());
        self.tidy(&hash);
    }

    pub(super) fn get(&self, hash: &OrderHash) -> Option<&Tracked> {
        self.orders.get(hash)
    }

    pub(super) fn get_mut(&mut self, hash: &OrderHash) -> Option<&mut Tracked> {
        self.orders.get_mut(hash)
    }

    pub(super) fn hash_of(&self, id: OrderId) -> Option<&OrderHash> {
        self.by_id.get(&id)
    }

    /// Sorts an order among those that are over, or back among those that are not.
    pub(super) fn tidy(&mut self, hash: &OrderHash) {
        let Some(tracked) = self.orders.get(hash) else {
            return;
        };
        if !(tracked.has_ended() && tracked.is_settled()) {
            self.active.insert(hash.clone());
            return;
        }
        if self.active.remove(hash) {
            self.ended.push_back(hash.clone());
        }
        while ENDED_KEPT < self.ended.len() {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.ended.pop_front() else {
            return;
        };
        // It may have come back in the meantime.
        if !self.active.contains(&oldest)
            && let Some(gone) = self.orders.remove(&oldest)
        {
            self.by_id.remove(&gone.id);
        }
    }

    /// Orders that something may still become of.
    pub(super) fn active(&self) -> impl Iterator<Item = &Tracked> + '_ {
        self.active.iter().filter_map(|hash| self.orders.get(hash))
    }

    /// Their names.
    pub(super) fn active_hashes(&self) -> Vec<OrderHash> {
        self.active.iter().cloned().collect()
    }

    /// Those to be looked for by now.
    pub(super) fn looks_due(&self, now: Timestamp) -> Vec<OrderHash> {
        let due = |tracked: &&Tracked| tracked.look_due().is_some_and(|due| due <= now);
        self.active()
            .filter(due)
            .map(|tracked| tracked.prepared.hash.clone())
            .collect()
    }

    /// When the next one is to be looked for.
    pub(super) fn next_look(&self) -> Option<Timestamp> {
        self.active().filter_map(Tracked::look_due).min()
    }

    /// Orders whose bytes are with the courier.
    pub(super) fn posting(&self) -> usize {
        self.active()
            .filter(|tracked| tracked.stage == Stage::Posting)
            .count()
    }

    /// Orders of ours that may still execute.
    pub(super) fn open_own(&self) -> impl Iterator<Item = &Tracked> + '_ {
        self.active()
            .filter(|tracked| tracked.own && !tracked.has_ended())
    }
}
