//! How old the reference price behind a market's question is, and whether that is too old to act on.

use core::time::Duration;

use quorate_domain::NoTradeReason;

/// Age of the reference price that a market asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceAge {
    /// The question is about no price.
    NotNeeded,
    /// There never was a price.
    Never,
    /// Time since the last price, by the price's own stamp.
    Known(Duration),
}

/// Why a market must be left alone: its reference price is older than allowed. Without a limit it never is.
#[must_use]
pub fn reference_obstacle(age: ReferenceAge, age_max: Option<Duration>) -> Option<NoTradeReason> {
    let age_max = age_max?;
    match age {
        ReferenceAge::NotNeeded => None,
        ReferenceAge::Never => Some(NoTradeReason::NoReference),
        ReferenceAge::Known(age) if age <= age_max => None,
        ReferenceAge::Known(age) => Some(NoTradeReason::StaleReference {
            age_ms: u64::try_from(age.as_millis()).unwrap_or(u64::MAX),
        }),
    }
}
