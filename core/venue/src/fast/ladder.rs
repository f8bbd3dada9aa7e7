//! The resting orders of one variant in one half of one market: one list, best price first, then first come, and an
//! index of its levels, so that the place of a new order, a level, or an order that ends is found without a walk.

use alloc::vec::Vec;

use quorate_domain::BookSide;

use super::order::{Arena, NIL};

/// One price at which orders rest.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// Greater is better, whichever the half.
    rank: u32,
    /// Its last order in the list.
    last: u32,
}

/// The list lives in the orders themselves; here are its beginning and its levels, worst first.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    head: u32,
    levels: Vec<Level>,
}

const fn rank(half: BookSide, step: u32) -> u32 {
    match half {
        BookSide::Bid => step,
        BookSide::Ask => u32::MAX - step,
    }
}

impl Ladder {
    pub(crate) const EMPTY: Self = Self {
        head: NIL,
        levels: Vec::new(),
    };

    /// The best order, first come; [`NIL`] when nothing rests.
    #[inline]
    pub(crate) const fn head(&self) -> u32 {
        self.head
    }

    /// The first order at a step; [`NIL`] when none rests there.
    #[inline]
    pub(crate) fn first_at(&self, orders: &Arena, half: BookSide, step: u32) -> u32 {
        match self.find(rank(half, step)) {
            Ok(at) => self.after_better(orders, at),
            Err(_) => NIL,
        }
    }

    /// Puts an order behind its equals.
    pub(crate) fn link(&mut self, orders: &mut Arena, slot: u32, half: BookSide, step: u32) {
        let rank = rank(half, step);
        let before = match self.find(rank) {
            Ok(at) => core::mem::replace(&mut self.levels[at].last, slot),
            Err(at) => {
                let better = self.levels.get(at).map_or(NIL, |level| level.last);
                self.levels.insert(at, Level { rank, last: slot });
                better
            }
        };
        let after = if before == NIL {
            self.head
        } else {
            orders.at(before).next
        };
        let order = orders.at_mut(slot);
        (order.step, order.previous, order.next) = (step, before, after);
        self.join(orders, before, slot);
        if after != NIL {
            orders.at_mut(after).previous = slot;
        }
    }

    /// Takes an order out; tells whether it was the last at its step.
    pub(crate) fn unlink(&mut self, orders: &mut Arena, slot: u32, half: BookSide) -> bool {
        let order = orders.at(slot);
        let (step, before, after) = (order.step, order.previous, order.next);
        self.join(orders, before, after);
        if after != NIL {
            orders.at_mut(after).previous = before;
        }
        let at_step = |at: u32| at != NIL && orders.at(at).step == step;
        let (follows, precedes) = (at_step(before), at_step(after));
        if !precedes && let Ok(at) = self.find(rank(half, step)) {
            if follows {
                self.levels[at].last = before;
            } else {
                self.levels.remove(at);
            }
        }
        !follows && !precedes
    }

    /// Forgets everything and gives the best order; the others follow it by [`super::order::Order::next`].
    pub(crate) fn clear(&mut self) -> u32 {
        self.levels.clear();
        core::mem::replace(&mut self.head, NIL)
    }

    fn after_better(&self, orders: &Arena, at: usize) -> u32 {
        let better = self.levels.get(at + 1);
        better.map_or(self.head, |level| orders.at(level.last).next)
    }

    fn join(&mut self, orders: &mut Arena, before: u32, after: u32) {
        if before == NIL {
            self.head = after;
        } else {
            orders.at_mut(before).next = after;
        }
    }

    /// Most changes are at the best level.
    #[inline]
    fn find(&self, rank: u32) -> Result<usize, usize> {
        match self.levels.last() {
            None => Err(0),
            Some(best) if best.rank == rank => Ok(self.levels.len() - 1),
            Some(best) if best.rank < rank => Err(self.levels.len()),
            Some(_) => self.levels.binary_search_by_key(&rank, |level| level.rank),
        }
    }
}
