//! What was left out, how often, why, and where first.

use std::collections::BTreeMap;

use serde::Serialize;

/// One reason for leaving something out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// How often.
    pub count: u64,
    /// Where first.
    pub first: String,
}

/// Counts by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Excluded {
    by_reason: BTreeMap<&'static str, Exclusion>,
}

impl Excluded {
    /// Counts one; the place is asked for only the first time.
    pub fn count(&mut self, reason: &'static str, place: impl FnOnce() -> String) {
        self.by_reason
            .entry(reason)
            .or_insert_with(|| Exclusion {
                count: 0,
                first: place(),
            })
            .count += 1;
    }

    /// How often for one reason.
    #[must_use]
    pub fn of(&self, reason: &str) -> u64 {
        self.by_reason.get(reason).map_or(0, |found| found.count)
    }

    /// How often for all reasons.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.by_reason.values().map(|found| found.count).sum()
    }

    /// The reasons in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Exclusion)> {
        self.by_reason
            .iter()
            .map(|(reason, found)| (*reason, found))
    }

    /// Adds the counts of another part.
    pub fn append(&mut self, other: Self) {
        for (reason, found) in other.by_reason {
            let own = self.by_reason.entry(reason).or_default();
            if own.count == 0 {
                own.first = found.first;
            }
            own.count += found.count;
        }
    }
}
