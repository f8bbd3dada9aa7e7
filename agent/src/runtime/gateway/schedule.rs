//! Something that is done every so often, at once when wanted, and again with pauses while it fails.

use std::time::Duration;

use quorate_domain::Timestamp;

use super::timings::back_off;

/// When something is due, and whether it is under way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Schedule {
    due: Option<Timestamp>,
    tries: u32,
    under_way: Option<Timestamp>,
    succeeded: Option<Timestamp>,
}

impl Schedule {
    /// It is wanted, at the latest at this time.
    pub(super) fn want(&mut self, at: Timestamp) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    pub(super) fn due(&self) -> Option<Timestamp> {
        self.due.filter(|_| self.under_way.is_none())
    }

    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.due().is_some_and(|due| due <= now)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.due.is_none() && self.under_way.is_none()
    }

    pub(super) fn started(&mut self, now: Timestamp) {
        self.under_way = Some(now);
        self.due = None;
    }

    /// It came to a good end: when it had been started.
    pub(super) fn done(&mut self) -> Option<Timestamp> {
        self.tries = 0;
        self.succeeded = self.under_way.take();
        self.succeeded
    }

    /// It is tried again after a pause.
    pub(super) fn failed(
        &mut self,
        now: Timestamp,
        (first, max): (Duration, Duration),
        dice: &mut fastrand::Rng,
    ) {
        self.under_way = None;
        let pause = back_off(first, max, self.tries, dice);
        self.tries = self.tries.saturating_add(1);
        self.due = Some(now.plus(pause));
    }

    /// When the last one that came to a good end had been started.
    pub(super) fn succeeded(&self) -> Option<Timestamp> {
        self.succeeded
    }
}
