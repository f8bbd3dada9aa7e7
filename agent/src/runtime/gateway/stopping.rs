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
        self.gate.shut();
        let until = clock().plus(within);
        self.withdraw_all(clock());
        loop {
            self.turn(machine, clock(), observer)?;
            let open: Vec<OrderId> = self.table.open_own().map(|tracked| tracked.id).collect();
            let withdrawn = self.cancel_all.is_idle() && self.queue.is_empty();
            if (open.is_empty() && withdrawn) || until <= clock() {
                machine.commit()?;
                return Ok(open);
            }
            self.rest(clock()).await;
        }
    }
}
