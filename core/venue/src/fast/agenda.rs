//! What is to be done later, for all variants, in one order of time.
//!
//! Most delays are constant, so things fall due in the order in which they were entered: those wait in plain queues,
//! where entering and leaving cost a few instructions. Whatever falls due earlier than the tail of its queue goes into
//! a heap. Equal times keep the order of entry.

use alloc::collections::{BinaryHeap, VecDeque};
use core::cmp::Ordering;

/// Time that never comes.
pub(crate) const NEVER: u64 = u64::MAX;

#[derive(Clone, Debug)]
struct Entry<T> {
    due: u64,
    serial: u64,
    item: T,
}

impl<T> Entry<T> {
    const fn key(&self) -> (u64, u64) {
        (self.due, self.serial)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    /// Earliest is greatest, as the heap wants it.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Agenda<T> {
    lanes: [VecDeque<Entry<T>>; 2],
    heap: BinaryHeap<Entry<T>>,
    serial: u64,
    head: u64,
}

impl<T> Agenda<T> {
    pub(crate) fn new() -> Self {
        Self {
            lanes: [VecDeque::new(), VecDeque::new()],
            heap: BinaryHeap::new(),
            serial: 0,
            head: NEVER,
        }
    }

    /// When the first thing falls due.
    #[inline]
    pub(crate) const fn head(&self) -> u64 {
        self.head
    }

    /// Enters a thing; things of one lane mostly come in the order in which they fall due.
    #[inline]
    pub(crate) fn push(&mut self, lane: usize, due: u64, item: T) {
        let entry = Entry {
            due,
            serial: self.serial,
            item,
        };
        self.serial += 1;
        self.head = self.head.min(due);
        let lane = &mut self.lanes[lane & 1];
        if lane.back().is_none_or(|last| last.due <= due) {
            lane.push_back(entry);
        } else {
            self.heap.push(entry);
        }
    }

    /// Takes the first thing out.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(u64, T)> {
        const END: (u64, u64) = (NEVER, u64::MAX);
        let first = self.lanes[0].front().map_or(END, Entry::key);
        let second = self.lanes[1].front().map_or(END, Entry::key);
        let third = self.heap.peek().map_or(END, Entry::key);
        let entry = if first <= second && first <= third {
            self.lanes[0].pop_front()
        } else if second <= third {
            self.lanes[1].pop_front()
        } else {
            self.heap.pop()
        };
        let due = |entry: Option<&Entry<T>>| entry.map_or(NEVER, |entry| entry.due);
        self.head = due(self.lanes[0].front())
            .min(due(self.lanes[1].front()))
            .min(due(self.heap.peek()));
        entry.map(|entry| (entry.due, entry.item))
    }
}
