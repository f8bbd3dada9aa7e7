//! Repair: everything that can be saved is saved, a gap says what cannot, and the damaged files are kept.

use std::path::{Path, PathBuf};

use crate::common::{ACCOUNT, DIR, batches, dir, records, shared, small, trade, write};
use quorate_agent::journal::{
    Gap, Journal, JournalError, Loss, Position, Record, SimDisk, repair, verify,
};

fn segment(folder: &str, number: u64) -> PathBuf {
    Path::new(DIR).join(format!("{folder}/{number:010}.segment"))
}

fn written() -> SimDisk {
    let disk = SimDisk::new();
    write(&disk, &batches()).1.unwrap();
    disk
}

fn flat() -> Vec<Record> {
    batches().into_iter().flatten().collect()
}

fn places(disk: &SimDisk) -> Vec<Position> {
    let reader = Journal::read(&shared(disk), dir()).unwrap();
    reader.map(|read| read.unwrap().0).collect()
}

/// Overwrites a part of a segment with nines.
fn spoil(disk: &SimDisk, number: u64, from: u64, to: u64) {
    let file = segment("segments", number);
    let mut bytes = disk.contents(&file).unwrap();
    bytes[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()].fill(9);
    disk.put(&file, &bytes);
}

fn gap(after: u64, lost: Option<u64>) -> Record {
    Record::Gap(Gap { after, lost })
}

#[test]
fn a_sound_journal_is_left_alone() {
    let disk = written();
    let before = disk.paths();
    let done = repair(&shared(&disk), dir()).unwrap();
    assert_eq!((done.damage, done.kept_in), (None, None));
    assert_eq!(done.sound, flat().len() as u64);
    assert_eq!(disk.paths(), before);
}

#[test]
fn any_single_flipped_bit_is_put_right_and_nothing_is_lost() {
    let disk = written();
    let segments = verify(&shared(&disk), dir()).unwrap().segments;
    for count in segments {
        let file = segment("segments", count.segment);
        let length = disk.contents(&file).unwrap().len();
        assert!(0 < count.records);
        for byte in 0..length {
            let disk = disk.copy();
            disk.flip_bit(&file, byte, (byte % 8) as u8);
            let broken = disk.contents(&file).unwrap();
            let done = repair(&shared(&disk), dir()).unwrap();
            let what = format!("segment {} byte {byte}: {done:?}", count.segment);
            assert!(done.damage.is_some(), "{what}");
            assert_eq!(records(&disk), flat(), "{what}");
            assert_eq!(
                (done.gaps.len(), done.sound + done.saved),
                (0, flat().len() as u64),
                "{what}"
            );
            let kept = segment("segments.damaged-1", count.segment);
            assert_eq!(disk.contents(&kept).unwrap(), broken, "{what}");
            let (mut journal, _) =
                Journal::open_with(&shared(&disk), dir(), ACCOUNT, small()).unwrap();
            journal.append(&trade(99)).unwrap();
            journal.commit().unwrap();
        }
    }
}

#[test]
fn a_spoilt_record_in_the_middle_leaves_a_gap_of_one() {
    // The last batch has no later one that would prove it was ever safe: spoilt, it is a torn tail.
    let last_batch = batches().last().unwrap().len();
    for lost in 1..flat().len() - last_batch {
        let disk = written();
        let place = places(&disk)[lost];
        spoil(&disk, place.segment, place.offset, place.end);
        let done = repair(&shared(&disk), dir()).unwrap();
        assert_eq!(done.damage.unwrap().record, place.record);
        let mut expected = flat();
        expected[lost] = gap(place.record - 1, Some(1));
        assert_eq!(records(&disk), expected);
        assert_eq!(
            (done.sound, done.saved),
            (lost as u64, (flat().len() - lost - 1) as u64)
        );
    }
}

#[test]
fn a_spoilt_end_leaves_a_gap_that_nobody_can_count() {
    let disk = written();
    let all = places(&disk);
    let last = all.last().unwrap();
    // Two damaged places: the first makes it damage, the second takes the end.
    disk.flip_bit(&segment("segments", last.segment), 100, 1);
    spoil(&disk, last.segment, last.offset, last.end);
    let done = repair(&shared(&disk), dir()).unwrap();
    let mut expected = flat();
    *expected.last_mut().unwrap() = gap(last.record - 1, None);
    assert_eq!(records(&disk), expected);
    assert_eq!(done.gaps.last().unwrap().lost, None);
}

#[test]
fn a_segment_that_is_gone_leaves_a_counted_gap() {
    let whole = written();
    let all = places(&whole);
    let disk = SimDisk::new();
    let kept = whole
        .paths()
        .into_iter()
        .filter(|p| *p != segment("segments", 2));
    for path in kept {
        disk.put(&path, &whole.contents(&path).unwrap_or_default());
    }
    let in_two = all.iter().filter(|p| p.segment == 2).count();
    let before = all.iter().filter(|p| p.segment == 1).count();
    repair(&shared(&disk), dir()).unwrap();
    let mut expected = flat();
    let removed = expected.splice(
        before..before + in_two,
        [gap(before as u64, Some(in_two as u64))],
    );
    drop(removed);
    assert_eq!(records(&disk), expected);
}

#[test]
fn a_journal_repaired_once_can_be_repaired_again() {
    let disk = written();
    for _ in 0..2 {
        let place = places(&disk)[5];
        spoil(&disk, place.segment, place.offset, place.end);
        repair(&shared(&disk), dir()).unwrap();
        assert_eq!(verify(&shared(&disk), dir()).unwrap().damage, None);
    }
    assert!(disk.contents(&segment("segments.damaged-2", 1)).is_some());
    let found = records(&disk);
    assert_eq!(found.len(), flat().len());
    assert_eq!(found[5], gap(5, Some(1)));
}

#[test]
fn a_crash_at_any_boundary_of_a_repair_leaves_the_old_or_the_repaired_journal() {
    let damaged = written();
    let place = places(&damaged)[6];
    spoil(&damaged, place.segment, place.offset, place.end);
    let trial = damaged.copy();
    repair(&shared(&trial), dir()).unwrap();
    let repaired = records(&trial);
    for boundary in 1..=trial.boundaries() {
        for loss in [
            Loss::Nothing,
            Loss::Everything,
            Loss::Torn {
                unit: 1,
                seed: boundary,
            },
            Loss::Pages {
                unit: 512,
                seed: boundary,
            },
        ] {
            let disk = damaged.copy();
            disk.crash_at(boundary);
            assert!(repair(&shared(&disk), dir()).is_err());
            disk.restart(loss);
            let opened = Journal::open_with(&shared(&disk), dir(), ACCOUNT, small());
            match opened {
                Ok(_) => {}
                Err(JournalError::Damaged(_)) => {
                    repair(&shared(&disk), dir()).unwrap();
                }
                Err(error) => panic!("boundary {boundary}, {loss:?}: {error}"),
            }
            assert_eq!(records(&disk), repaired, "boundary {boundary}, {loss:?}");
        }
    }
}

#[test]
fn a_disk_without_room_for_a_repair_leaves_the_journal_as_it_was() {
    let disk = written();
    disk.flip_bit(&segment("segments", 1), 100, 1);
    let before = verify(&shared(&disk), dir()).unwrap();
    disk.set_capacity(Some(disk.used() + 1_000));
    let error = repair(&shared(&disk), dir()).unwrap_err();
    assert!(matches!(error, JournalError::Full { .. }), "{error}");
    assert_eq!(verify(&shared(&disk), dir()).unwrap(), before);
    disk.set_capacity(None);
    repair(&shared(&disk), dir()).unwrap();
    assert_eq!(records(&disk), flat());
}

#[test]
fn a_journal_in_use_is_not_repaired() {
    let disk = written();
    let held = Journal::open_with(&shared(&disk), dir(), ACCOUNT, small()).unwrap();
    let error = repair(&shared(&disk), dir()).unwrap_err();
    assert!(matches!(error, JournalError::Locked { .. }));
    drop(held);
}
