//! Crashes at every boundary, with every way of losing what was not synced; full, failing and read-only disks.

use crate::common::{ACCOUNT, batches, dir, effects, records, shared, small, trade, write};
use quorate_agent::journal::{Journal, JournalError, Loss, Record, SimDisk, verify};

fn losses() -> Vec<Loss> {
    let mut losses = vec![Loss::Nothing, Loss::Everything];
    for unit in [1, 512, 4096] {
        for seed in 0..3 {
            losses.push(Loss::Torn { unit, seed });
            losses.push(Loss::Pages { unit, seed });
        }
    }
    losses
}

/// Every record of the script, in order.
fn flat() -> Vec<Record> {
    batches().into_iter().flatten().collect()
}

/// After a crash the journal must open, hold everything that was committed, and nothing that was not appended.
fn check_after_crash(disk: &SimDisk, safe: usize, what: &str) {
    let opened = Journal::open_with(&shared(disk), dir(), ACCOUNT, small());
    let (mut journal, _) = opened.unwrap_or_else(|error| panic!("{what}: {error}"));
    let found = records(disk);
    assert!(
        safe <= found.len(),
        "{what}: {safe} were committed, {} are there",
        found.len()
    );
    assert_eq!(found, flat()[..found.len()], "{what}");
    journal.append(&trade(99)).unwrap();
    journal.commit().unwrap();
    drop(journal);
    let mut expected = flat()[..found.len()].to_vec();
    expected.push(trade(99));
    assert_eq!(records(disk), expected, "{what}");
    assert_eq!(verify(&shared(disk), dir()).unwrap().damage, None, "{what}");
}

#[test]
fn a_crash_at_any_boundary_loses_nothing_committed_and_invents_nothing() {
    let whole = SimDisk::new();
    write(&whole, &batches()).1.unwrap();
    let boundaries = whole.boundaries();
    assert!(30 < boundaries, "the script is long enough: {boundaries}");
    for boundary in 1..=boundaries {
        for loss in losses() {
            let disk = SimDisk::new();
            disk.crash_at(boundary);
            let (safe, result) = write(&disk, &batches());
            assert!(result.is_err() && disk.has_crashed());
            disk.restart(loss);
            check_after_crash(&disk, safe, &format!("boundary {boundary}, {loss:?}"));
        }
    }
}

#[test]
fn a_crash_during_recovery_changes_nothing_for_the_next_one() {
    let script = batches();
    let whole = SimDisk::new();
    write(&whole, &script).1.unwrap();
    for boundary in (1..=whole.boundaries()).step_by(3) {
        for again in 1..20 {
            let disk = SimDisk::new();
            disk.crash_at(boundary);
            let (safe, _) = write(&disk, &script);
            disk.restart(Loss::Torn {
                unit: 1,
                seed: boundary,
            });
            disk.crash_at(disk.boundaries() + again);
            let second = Journal::open_with(&shared(&disk), dir(), ACCOUNT, small());
            drop(second);
            disk.restart(Loss::Torn {
                unit: 1,
                seed: again,
            });
            check_after_crash(&disk, safe, &format!("boundaries {boundary} and {again}"));
        }
    }
}

#[test]
fn a_failed_sync_stops_the_journal_for_ever() {
    for nth in 0..4 {
        let disk = SimDisk::new();
        let (mut journal, _) = Journal::open_with(&shared(&disk), dir(), ACCOUNT, small()).unwrap();
        disk.fail_sync_after(nth);
        let mut safe = 0;
        let error = loop {
            let done = journal
                .append(&effects(safe + 1))
                .and_then(|_| journal.commit());
            match done {
                Ok(_) => safe += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, JournalError::SyncFailed { .. }), "{error}");
        let before = disk.boundaries();
        for _ in 0..3 {
            assert!(matches!(
                journal.commit(),
                Err(JournalError::Stopped { .. })
            ));
            let again = journal.append(&trade(1));
            assert!(
                matches!(again, Err(JournalError::Stopped { first }) if first.contains("confirm"))
            );
        }
        assert_eq!(disk.boundaries(), before, "nothing was tried again");
        drop(journal);
        disk.restart(Loss::Everything);
        let expected: Vec<Record> = (1..=safe).map(effects).collect();
        assert_eq!(records(&disk), expected);
    }
}

#[test]
fn a_disk_that_fills_up_at_any_byte_loses_nothing_committed() {
    let whole = SimDisk::new();
    write(&whole, &batches()).1.unwrap();
    for capacity in (1..whole.used()).step_by(7) {
        let disk = SimDisk::new();
        disk.set_capacity(Some(capacity));
        let (safe, result) = write(&disk, &batches());
        let error = result.unwrap_err();
        assert!(
            matches!(error, JournalError::Full { .. }),
            "{capacity}: {error}"
        );
        assert_eq!(error.exit(), 1);
        disk.set_capacity(None);
        check_after_crash(&disk, safe, &format!("{capacity} bytes"));
    }
}

#[test]
fn a_read_only_disk_can_be_read_and_says_why_it_cannot_be_written() {
    let disk = SimDisk::new();
    write(&disk, &batches()).1.unwrap();
    disk.set_read_only();
    let error = Journal::open_with(&shared(&disk), dir(), ACCOUNT, small()).unwrap_err();
    assert!(matches!(error, JournalError::ReadOnly { .. }), "{error}");
    assert_eq!(error.exit(), 2);
    assert_eq!(records(&disk), flat());
    assert_eq!(verify(&shared(&disk), dir()).unwrap().damage, None);
}

#[test]
fn a_disk_that_turns_read_only_stops_the_journal() {
    let disk = SimDisk::new();
    let (mut journal, _) = Journal::open_with(&shared(&disk), dir(), ACCOUNT, small()).unwrap();
    journal.append(&trade(1)).unwrap();
    journal.commit().unwrap();
    disk.set_read_only();
    journal.append(&trade(2)).unwrap();
    assert!(matches!(
        journal.commit(),
        Err(JournalError::ReadOnly { .. })
    ));
    disk.set_writable();
    assert!(matches!(
        journal.commit(),
        Err(JournalError::Stopped { .. })
    ));
    drop(journal);
    assert_eq!(records(&disk), [trade(1)]);
}

#[test]
fn a_crash_frees_the_lock_and_a_living_process_keeps_it() {
    let disk = SimDisk::new();
    let held = Journal::open(&shared(&disk), dir(), ACCOUNT).unwrap();
    let second = Journal::open(&shared(&disk), dir(), ACCOUNT);
    assert!(matches!(second, Err(JournalError::Locked { .. })));
    disk.restart(Loss::Nothing);
    let (mut third, _) = Journal::open(&shared(&disk), dir(), ACCOUNT).unwrap();
    drop(held);
    let fourth = Journal::open(&shared(&disk), dir(), ACCOUNT);
    assert!(
        matches!(fourth, Err(JournalError::Locked { .. })),
        "the old guard frees nothing"
    );
    third.append(&trade(1)).unwrap();
    third.commit().unwrap();
}
