//! A quantity that is known at certain moments and holds its value in between.

use quorate_domain::Timestamp;

/// Values in time order; between two of them the earlier one holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    points: Vec<(Timestamp, f64)>,
}

impl Path {
    /// Adds a later value.
    pub(super) fn push(&mut self, at: Timestamp, value: f64) {
        debug_assert!(self.points.last().is_none_or(|(last, _)| *last <= at));
        self.points.push((at, value));
    }

    /// The value known at a moment; `None` before the first.
    #[must_use]
    pub fn known_at(&self, at: Timestamp) -> Option<f64> {
        let count = self.points.partition_point(|(from, _)| *from <= at);
        self.points[..count].last().map(|(_, value)| *value)
    }

    /// The value known at a moment; before the first moment, the first value. Zero for an empty path.
    #[must_use]
    pub fn value_at(&self, at: Timestamp) -> f64 {
        self.known_at(at)
            .or(self.points.first().map(|(_, value)| *value))
            .unwrap_or_default()
    }

    /// All values in time order.
    #[must_use]
    pub fn points(&self) -> &[(Timestamp, f64)] {
        &self.points
    }
}
