//! A graceful end: nothing new leaves, everything is withdrawn, answers are waited for, everything is on disk.

use std::time::Duration;

use quorate_domain::{OrderId, Timestamp};

use super::desk::Gateway;
use super::remote_venue::RemoteVenue;
use super::route::OrderRoute;
use crate::journal::JournalError;
use crate::runtime::machine::{Machine, Observer};

impl<R: OrderRoute> Gateway<R> {
    /// Ends gracefully within a time, ten seconds as a rule. Gives the orders whose fate is not known by then: the next
    /// start resolves them.
    ///
    /// # Errors
    /// The journal. The gate is shut all the same.
    pub async fn stop(
        &mut self,
        machine: &mut Machine<RemoteVenue>,
        clock: &impl Fn() -> Timestamp,
        observer: &mut impl Observer,
        within: Duration,
    ) -> Result<Vec<OrderId>, JournalError> {
        let until = clock().plus(within);
        self.begin_stop(clock());
        loop {
            self.turn(machine, clock(), observer)?;
            if self.has_stopped() || until <= clock() {
                machine.commit()?;
                return Ok(self.still_open());
            }
            self.rest(clock()).await;
        }
    }

    /// Nothing new leaves from now on, and everything is withdrawn. Turns see it through.
    pub fn begin_stop(&mut self, now: Timestamp) {
        self.gate.shut();
        self.withdraw_all(now);
    }

    /// Whether nothing of ours is open any more, by the venue's own word.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        self.cancel_all.is_idle()
            && self.queue.is_empty()
            && self.answers.is_empty()
            && self.table.open_own().next().is_none()
    }

    /// Orders of ours whose end is not known.
    #[must_use]
    pub fn still_open(&self) -> Vec<OrderId> {
        self.table.open_own().map(|tracked| tracked.id).collect()
    }
}
