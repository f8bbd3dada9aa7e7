//! A process with all its descendants, ended together.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// The process group that a command leads. Dropping it kills every member, so that a future which is dropped leaves no
/// process behind. A descendant that moves into a group of its own (`setsid`) escapes.
#[derive(Debug)]
pub(crate) struct ProcessGroup {
    leader: u32,
    ended: AtomicBool,
}

impl ProcessGroup {
    /// The group led by this process, which must have been started as a leader.
    pub(crate) fn led_by(leader: u32) -> Self {
        Self {
            leader,
            ended: AtomicBool::new(false),
        }
    }

    /// Kills every member, once. Blocks for about a millisecond: the shell's own `kill` is the way to signal a group
    /// without unsafe code.
    pub(crate) fn kill(&self) {
        if self.ended.swap(true, Ordering::SeqCst) {
            return;
        }
        let result = Command::new("/bin/sh")
            .args(["-c", "kill -9 -\"$1\" 2>/dev/null", "sh"])
            .arg(self.leader.to_string())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if let Err(error) = result {
            tracing::error!(leader = self.leader, %error, "a worker's processes could not be ended");
        }
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}
