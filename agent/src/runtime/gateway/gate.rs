//! The last look before an order leaves.
//!
//! It depends on nothing that can hang: neither the event loop nor the decision core is asked. A thrown switch stops the
//! very next order, and breaks off one that is being sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::runtime::kill_switch::KillSwitch;

/// How often a post that is under way looks at the switch: well below the second within which a stop must work.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Why nothing may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Shut {
    /// The kill switch is thrown.
    #[error("the kill switch is thrown: no order leaves")]
    Killed,
    /// The account has not been reconciled with the venue, or the instance is being stopped.
    #[error("the gate is shut: orders leave only between reconciliation and stop")]
    Closed,
}

/// A gate that every order passes right before its first byte. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct SendGate {
    switch: KillSwitch,
    open: Arc<AtomicBool>,
}

impl SendGate {
    /// A gate that is shut until the gateway opens it.
    #[must_use]
    pub fn new(switch: KillSwitch) -> Self {
        Self {
            switch,
            open: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Orders may leave, unless the switch is thrown.
    pub(super) fn open(&self) {
        self.open.store(true, Ordering::Release);
    }

    /// No order leaves from now on.
    pub fn shut(&self) {
        self.open.store(false, Ordering::Release);
    }

    /// Whether an order may leave now. Looks at the kill file itself, so that it works when nobody else does.
    ///
    /// # Errors
    /// Why not.
    pub fn admits(&self) -> Result<(), Shut> {
        if self.switch.look() {
            return Err(Shut::Killed);
        }
        if self.open.load(Ordering::Acquire) {
            Ok(())
        } else {
            Err(Shut::Closed)
        }
    }

    /// Ends once the gate is shut.
    pub(super) async fn until_shut(&self) -> Shut {
        loop {
            if let Err(shut) = self.admits() {
                return shut;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
