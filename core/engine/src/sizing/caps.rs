//! Caps on a quantity: upper bounds inside the solve, of which the tightest is reported.

/// What limits a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cap {
    /// Exposure to one market.
    Market,
    /// Worst-case loss of an exclusive group.
    Group,
    /// Scenario loss of a correlated set of groups.
    Correlated,
    /// Exposure to a category.
    Category,
    /// Gross exposure of the whole account.
    Gross,
    /// Cash that may be spent.
    Cash,
    /// Share of the visible depth.
    Depth,
    /// Share of the last 24 hours' volume.
    Volume,
}

/// The tightest of several caps on the same quantity; a negative room counts as zero, NaN as no room at all. `None` when the
/// list is empty. Of equal caps the first wins.
#[must_use]
pub fn tightest(caps: &[(Cap, f64)]) -> Option<(Cap, f64)> {
    let mut found: Option<(Cap, f64)> = None;
    for &(cap, room) in caps {
        let room = room.max(0.0);
        if found.is_none_or(|(_, least)| room < least) {
            found = Some((cap, room));
        }
    }
    found
}
