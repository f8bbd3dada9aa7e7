//! Where the time comes from.

use quorate_domain::Timestamp;

/// Tells the time that stamps arrivals and closes windows. The agent supplies it: the wall clock when it runs live, the
/// clock of the run when time is simulated. Pauses between polls and timeouts are always real time.
pub trait Clock: Send + Sync {
    /// The present instant. Successive calls must not step back.
    fn now(&self) -> Timestamp;
}
