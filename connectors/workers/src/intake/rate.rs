//! How often one token may call: a bucket that refills steadily, in real time.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket of permissions.
#[derive(Debug)]
pub(super) struct Bucket {
    per_second: f64,
    capacity: f64,
    level: f64,
    filled_at: Instant,
}

impl Bucket {
    /// A full bucket. Both numbers count at least one.
    pub(super) fn new(per_minute: u32, burst: u32) -> Self {
        let capacity = f64::from(burst.max(1));
        Self {
            per_second: f64::from(per_minute.max(1)) / 60.0,
            capacity,
            level: capacity,
            filled_at: Instant::now(),
        }
    }

    /// Takes one permission, or tells how long until there is one.
    pub(super) fn take(&mut self) -> Result<(), Duration> {
        let now = Instant::now();
        let passed = now.duration_since(self.filled_at).as_secs_f64();
        self.level = (self.level + passed * self.per_second).min(self.capacity);
        self.filled_at = now;
        if self.level < 1.0 {
            return Err(Duration::from_secs_f64(
                (1.0 - self.level) / self.per_second,
            ));
        }
        self.level -= 1.0;
        Ok(())
    }
}
