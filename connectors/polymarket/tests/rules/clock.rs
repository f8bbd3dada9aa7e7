//! New York's clock.

use jiff::civil::date;
use quorate_polymarket::rules::{ClockError, civil_in_new_york, new_york};

use crate::samples::at;

#[test]
fn summer_and_winter_differ_by_an_hour() {
    let noon = |month| new_york(date(2026, month, 15).at(12, 0, 0, 0), None).unwrap();
    assert_eq!(noon(1), at("2026-01-15T17:00:00Z"));
    assert_eq!(noon(7), at("2026-07-15T16:00:00Z"));
}

#[test]
fn a_skipped_time_is_none_and_a_repeated_one_needs_to_be_told() {
    let skipped = date(2026, 3, 8).at(2, 30, 0, 0);
    assert_eq!(new_york(skipped, None), Err(ClockError::Skipped(skipped)));
    let twice = date(2026, 11, 1).at(1, 30, 0, 0);
    assert_eq!(new_york(twice, None), Err(ClockError::Twice(twice)));
    for meant in ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"] {
        assert_eq!(new_york(twice, Some(at(meant))), Ok(at(meant)));
        assert_eq!(civil_in_new_york(at(meant)), Some(twice));
    }
}
