//! Events that resolve together from one cause count as fewer independent ones.

/// Correlation assumed between the events of one batch.
pub const BATCH_CORRELATION: f64 = 0.3;

/// Weight of each event in a batch of `events` with pairwise correlation `correlation`:
/// `1 / (1 + correlation (events - 1))`, so that fifty states on one night count as 3.2 independent events.
#[must_use]
pub fn batch_factor(events: usize, correlation: f64) -> f64 {
    1.0 / (1.0 + correlation * events.saturating_sub(1) as f64)
}
