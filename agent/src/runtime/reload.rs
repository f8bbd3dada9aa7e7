//! Other settings for an instance while it runs: read outside the loop, taken up inside it, all of them or none.

use tokio::sync::oneshot;

use super::setup::Setup;

/// Reads the settings of an instance again.
pub trait Rereads: Send + Sync {
    /// What the instance would decide with from now on, and what changes, in words.
    ///
    /// # Errors
    /// Why nothing may change: a file is wrong or half-written, or something needs a restart.
    fn propose(&self) -> Result<Proposal, String>;

    /// What was proposed last is in force.
    fn accepted(&self);
}

/// Settings that may be used from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// What to decide with.
    pub setup: Setup,
    /// What changes, a line for each key.
    pub changes: Vec<String>,
}

/// Asks the loop to take a setup up.
#[derive(Debug)]
pub struct Reload {
    /// What to decide with.
    pub setup: Setup,
    /// Told once it is in the journal, or why it is not taken.
    pub answer: oneshot::Sender<Result<(), String>>,
}
