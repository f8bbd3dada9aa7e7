//! New York's clock, on which the venue dates its markets. Its rules come with the program, not with the machine.

use std::sync::OnceLock;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use quorate_domain::Timestamp;

/// Why a time on New York's clock is no instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// The clock jumps over it in spring.
    #[error("{0} does not exist on New York's clock: it is skipped in spring")]
    Skipped(DateTime),
    /// It is there twice in autumn and nothing says which is meant.
    #[error("{0} is twice on New York's clock and nothing says which one is meant")]
    Twice(DateTime),
    /// Outside what can be represented.
    #[error("{0} is too far away")]
    Range(DateTime),
}

fn zone() -> &'static TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| {
        // The bundled rules always hold this zone; a test says so.
        TimeZoneDatabase::bundled()
            .get("America/New_York")
            .unwrap_or(TimeZone::unknown())
    })
}

/// The instant of a time on New York's clock. `meant` chooses between the two instants of a repeated hour, and only
/// where it is one of them.
///
/// # Errors
/// See [`ClockError`].
pub fn new_york(at: DateTime, meant: Option<Timestamp>) -> Result<Timestamp, ClockError> {
    let ambiguous = zone().to_ambiguous_timestamp(at);
    let instant = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(at),
        AmbiguousOffset::Gap { .. } => return Err(ClockError::Skipped(at)),
        AmbiguousOffset::Fold { before, after } => {
            let candidates = [before.to_timestamp(at), after.to_timestamp(at)];
            return candidates
                .into_iter()
                .filter_map(|candidate| candidate.ok().and_then(from_jiff))
                .find(|candidate| Some(*candidate) == meant)
                .ok_or(ClockError::Twice(at));
        }
    };
    instant
        .ok()
        .and_then(from_jiff)
        .ok_or(ClockError::Range(at))
}

/// What New York's clock shows at an instant; `None` beyond the year 9999.
#[must_use]
pub fn civil_in_new_york(at: Timestamp) -> Option<DateTime> {
    jiff::Timestamp::from_nanosecond(i128::from(at.nanos()))
        .ok()
        .map(|at| zone().to_datetime(at))
}

fn from_jiff(at: jiff::Timestamp) -> Option<Timestamp> {
    u64::try_from(at.as_nanosecond())
        .ok()
        .map(Timestamp::from_nanos)
}
