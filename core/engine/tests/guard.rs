//! Halts that end by themselves: they neither hide a worse loss nor end one another's time.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use quorate_domain::{Cash, HaltReason, Timestamp};
use quorate_engine::RiskLimits;
use quorate_engine::guard::Guard;

const DAY: u64 = 86_400;

/// Noon of the first day, with 1000 dollars: 3 % a day and 10 % from the peak are allowed.
fn funded() -> Guard {
    let mut guard = Guard::default();
    guard.capital(Cash::whole(1_000), Cash::ZERO);
    look(&mut guard, 1_000, DAY / 2);
    guard
}

/// Looks at the equity, and halts as the engine does.
fn look(guard: &mut Guard, equity: i64, secs: u64) -> Option<HaltReason> {
    let now = Timestamp::from_secs(secs);
    if let Some(reason) = guard.watch(Cash::whole(equity), now, &RiskLimits::default()) {
        guard.halt(reason);
    }
    guard.halted()
}

#[test]
fn a_fall_from_the_peak_during_a_days_halt_still_needs_a_person() {
    let mut guard = funded();
    assert_eq!(
        look(&mut guard, 960, DAY / 2 + 1),
        Some(HaltReason::DailyLoss)
    );
    assert_eq!(
        look(&mut guard, 880, DAY / 2 + 2),
        Some(HaltReason::Drawdown)
    );
    assert_eq!(
        look(&mut guard, 990, DAY + 1),
        Some(HaltReason::Drawdown),
        "neither a recovery nor the next day ends it"
    );
}

#[test]
fn a_days_loss_during_a_pause_lasts_until_the_next_day() {
    let mut guard = funded();
    assert!(guard.pause(Timestamp::from_secs(DAY / 2 + 60)));
    assert_eq!(
        look(&mut guard, 960, DAY / 2 + 30),
        Some(HaltReason::DailyLoss)
    );
    assert_eq!(
        look(&mut guard, 990, DAY / 2 + 120),
        Some(HaltReason::DailyLoss),
        "the end of the pause is not the end of the day"
    );
    assert_eq!(look(&mut guard, 990, DAY + 1), None);
}

#[test]
fn a_pause_that_begins_during_a_days_halt_outlasts_the_day() {
    let mut guard = funded();
    assert_eq!(
        look(&mut guard, 960, DAY - 600),
        Some(HaltReason::DailyLoss)
    );
    assert!(
        !guard.pause(Timestamp::from_secs(DAY + 3_600)),
        "trading has stopped already"
    );
    assert_eq!(look(&mut guard, 960, DAY + 1), Some(HaltReason::LossStreak));
    assert_eq!(
        look(&mut guard, 960, DAY + 3_599),
        Some(HaltReason::LossStreak)
    );
    assert_eq!(look(&mut guard, 960, DAY + 3_600), None);
}

#[test]
fn a_person_ends_halts_and_pauses_together() {
    let mut guard = funded();
    look(&mut guard, 960, DAY / 2 + 1);
    guard.pause(Timestamp::from_secs(9 * DAY));
    guard.resume(Cash::whole(960), Timestamp::from_secs(DAY / 2 + 2));
    assert_eq!(look(&mut guard, 960, DAY / 2 + 3), None);
}
