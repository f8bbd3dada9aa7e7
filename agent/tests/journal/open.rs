//! Opening a journal: what comes back, what is refused, and what is said.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common::{
    ACCOUNT, DIR, at, batches, dir, effects, inference, one_of_each, records, shared, small, trade,
    write,
};
use quorate_agent::journal::{
    Flaw, Journal, JournalError, Position, Reader, RealDisk, Record, SharedDisk, SimDisk, verify,
};

fn real() -> SharedDisk {
    Arc::new(RealDisk)
}

fn segment(number: u64) -> PathBuf {
    Path::new(DIR).join(format!("segments/{number:010}.segment"))
}

fn read_real(dir: &Path) -> Vec<Record> {
    let reader = Journal::read(&real(), dir).unwrap();
    reader.map(|read| read.unwrap().1).collect()
}

#[test]
fn everything_comes_back_as_it_was_from_real_files() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("deep/journal");
    let (mut journal, opened) = Journal::open(&real(), &dir, ACCOUNT).unwrap();
    assert_eq!((opened.records, opened.last_entry), (0, None));
    for record in one_of_each() {
        journal.append(&record).unwrap();
    }
    let last = journal.commit().unwrap();
    drop(journal);

    assert_eq!(read_real(&dir), one_of_each());
    let (journal, opened) = Journal::open(&real(), &dir, ACCOUNT).unwrap();
    assert_eq!(opened.last, last);
    assert_eq!(opened.records, one_of_each().len() as u64);
    assert_eq!(opened.last_entry.unwrap().seq, 2);
    assert_eq!(opened.last_start, Some(at(0)));
    assert_eq!(opened.last_intent.unwrap().hash, "0xAB12");
    assert_eq!(opened.torn_tail, None);
    drop(journal);
    let names = fs::read_dir(dir.join("segments")).unwrap().count();
    assert_eq!(names, 2, "each start begins a segment");
}

#[cfg(unix)]
#[test]
fn files_are_open_to_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("journal");
    let (mut journal, _) = Journal::open(&real(), &dir, ACCOUNT).unwrap();
    journal.append(&trade(1)).unwrap();
    journal.commit().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join("segments")), 0o700);
    assert_eq!(mode(&dir.join("segments/0000000001.segment")), 0o600);
    assert_eq!(mode(&dir.join("lock")), 0o600);
}

#[test]
fn a_second_writer_is_told_who_holds_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let first = Journal::open(&real(), folder.path(), ACCOUNT).unwrap();
    let error = Journal::open(&real(), folder.path(), ACCOUNT).unwrap_err();
    let pid = std::process::id();
    assert!(matches!(error, JournalError::Locked { pid: Some(found), .. } if found == pid));
    assert!(
        error.to_string().contains(&format!("process {pid}")),
        "{error}"
    );
    assert!(error.hint().contains("two writers"));
    drop(first);
    Journal::open(&real(), folder.path(), ACCOUNT).unwrap();
}

#[test]
fn another_accounts_journal_is_refused() {
    let disk = SimDisk::new();
    write(&disk, &batches()).1.unwrap();
    let error = Journal::open(&shared(&disk), dir(), "other").unwrap_err();
    assert!(
        matches!(&error, JournalError::OtherAccount { expected, found }
        if expected == "other" && found == ACCOUNT)
    );
    assert_eq!(error.exit(), 3);
}

#[test]
fn an_absent_journal_is_named() {
    let error = Reader::from_start(&shared(&SimDisk::new()), dir()).unwrap_err();
    assert!(matches!(error, JournalError::Absent { .. }));
    assert_eq!(error.exit(), 4);
}

/// Rewrites the format in a header and makes its checksum right again.
fn with_format(disk: &SimDisk, format: u32) {
    let mut bytes = disk.contents(&segment(1)).unwrap();
    bytes[8..12].copy_from_slice(&format.to_le_bytes());
    let sum = crc32c::crc32c(&bytes[..16]);
    bytes[16..20].copy_from_slice(&sum.to_le_bytes());
    disk.put(&segment(1), &bytes);
}

#[test]
fn newer_and_older_formats_are_refused_by_name() {
    let disk = SimDisk::new();
    write(&disk, &batches()).1.unwrap();
    with_format(&disk, 2);
    let newer = Journal::open(&shared(&disk), dir(), ACCOUNT).unwrap_err();
    assert!(matches!(newer, JournalError::NewerFormat { found: 2, .. }));
    with_format(&disk, 0);
    let older = Journal::open(&shared(&disk), dir(), ACCOUNT).unwrap_err();
    assert!(matches!(older, JournalError::OlderFormat { found: 0, .. }));
    assert_eq!((newer.exit(), older.exit()), (10, 10));
    assert!(newer.hint().contains("later"), "{}", newer.hint());
}

#[test]
fn a_number_that_json_cannot_hold_is_refused_and_changes_nothing() {
    let disk = SimDisk::new();
    let (mut journal, _) = Journal::open(&shared(&disk), dir(), ACCOUNT).unwrap();
    journal.append(&trade(1)).unwrap();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = journal.append(&inference(2, value)).unwrap_err();
        assert!(matches!(error, JournalError::Unwritable { .. }), "{error}");
    }
    journal.append(&inference(2, -0.0)).unwrap();
    journal.commit().unwrap();
    assert_eq!(records(&disk), [trade(1), inference(2, -0.0)]);
}

/// A journal whose last batch is one record: the file, and where that record starts.
fn with_one_last_record() -> (SimDisk, PathBuf, usize) {
    let disk = SimDisk::new();
    let (mut journal, _) = Journal::open(&shared(&disk), dir(), ACCOUNT).unwrap();
    journal.append(&trade(1)).unwrap();
    journal.commit().unwrap();
    let last = journal.append(&effects(2)).unwrap();
    journal.commit().unwrap();
    drop(journal);
    (disk, segment(1), usize::try_from(last.offset).unwrap())
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_and_reported() {
    let (disk, file, start) = with_one_last_record();
    let whole = disk.contents(&file).unwrap();
    for length in start + 1..whole.len() {
        for zeros in [0, whole.len() - length] {
            let disk = disk.copy();
            let mut torn = whole[..length].to_vec();
            torn.resize(length + zeros, 0);
            disk.put(&file, &torn);
            let seen = verify(&shared(&disk), dir()).unwrap();
            assert_eq!((seen.records(), seen.damage), (1, None), "at {length}");
            let (mut journal, opened) = Journal::open(&shared(&disk), dir(), ACCOUNT).unwrap();
            let tail = opened.torn_tail.unwrap();
            assert_eq!(
                (tail.segment, tail.offset, tail.record),
                (1, start as u64, 2)
            );
            assert_eq!(tail.bytes, (torn.len() - start) as u64);
            journal.append(&trade(9)).unwrap();
            journal.commit().unwrap();
            assert_eq!(records(&disk), [trade(1), trade(9)], "at {length}");
            let aside = file.with_extension(format!("torn-{start}"));
            assert_eq!(disk.contents(&aside).unwrap(), torn[start..]);
        }
    }
}

#[test]
fn a_real_file_with_a_torn_tail_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open(&real(), folder.path(), ACCOUNT).unwrap();
    journal.append(&trade(1)).unwrap();
    journal.commit().unwrap();
    drop(journal);
    let file = folder.path().join("segments/0000000001.segment");
    let mut open = fs::OpenOptions::new().append(true).open(&file).unwrap();
    open.write_all(&[0xD1, b'Q', b'R']).unwrap();
    let (_journal, opened) = Journal::open(&real(), folder.path(), ACCOUNT).unwrap();
    assert_eq!(opened.torn_tail.unwrap().bytes, 3);
    assert_eq!(read_real(folder.path()), [trade(1)]);
}

#[test]
fn every_flipped_bit_is_found_and_placed() {
    let disk = SimDisk::new();
    write(&disk, &batches()).1.unwrap();
    let sound = verify(&shared(&disk), dir()).unwrap();
    assert!(sound.damage.is_none() && sound.tail.is_none() && 3 <= sound.segments.len());
    let places: Vec<Position> = Journal::read(&shared(&disk), dir())
        .unwrap()
        .map(|read| read.unwrap().0)
        .collect();
    for count in &sound.segments {
        let file = segment(count.segment);
        for byte in 0..disk.contents(&file).unwrap().len() {
            for bit in 0..8 {
                assert!(disk.flip_bit(&file, byte, bit));
                let seen = verify(&shared(&disk), dir());
                let damage = seen.unwrap().damage.unwrap_or_else(|| {
                    panic!(
                        "segment {} byte {byte} bit {bit} goes unnoticed",
                        count.segment
                    )
                });
                assert_eq!(damage.segment, count.segment);
                let within = |p: &&Position| {
                    p.segment == count.segment && (p.offset..p.end).contains(&(byte as u64))
                };
                match places.iter().find(within) {
                    Some(place) => {
                        assert_eq!((damage.offset, damage.record), (place.offset, place.record));
                    }
                    // The segment's header or its footer.
                    None => assert!(
                        damage.offset == 0
                            || places.iter().all(|p| p.offset != damage.offset)
                                && damage.offset <= byte as u64
                    ),
                }
                assert!(disk.flip_bit(&file, byte, bit));
            }
        }
    }
    assert_eq!(verify(&shared(&disk), dir()).unwrap(), sound);
}

#[test]
fn damage_refuses_to_open_with_exit_code_12() {
    let disk = SimDisk::new();
    write(&disk, &batches()).1.unwrap();
    assert!(disk.flip_bit(&segment(1), 200, 3));
    let before = disk.contents(&segment(1));
    let error = Journal::open_with(&shared(&disk), dir(), ACCOUNT, small()).unwrap_err();
    assert!(matches!(&error, JournalError::Damaged(d) if d.segment == 1 && d.record == 1));
    assert_eq!(error.exit(), 12);
    assert!(error.hint().contains("repair"));
    assert_eq!(disk.contents(&segment(1)), before, "nothing was touched");
}

#[test]
fn a_missing_swapped_or_shortened_segment_is_damage() {
    let written = SimDisk::new();
    write(&written, &batches()).1.unwrap();
    let count = verify(&shared(&written), dir()).unwrap().segments.len() as u64;
    let damage = |disk: &SimDisk| verify(&shared(disk), dir()).unwrap().damage.unwrap();
    let without = |number: u64| {
        let disk = SimDisk::new();
        let kept = written
            .paths()
            .into_iter()
            .filter(|path| *path != segment(number));
        for path in kept {
            disk.put(&path, &written.contents(&path).unwrap_or_default());
        }
        disk
    };
    for number in 1..count {
        let found = damage(&without(number));
        assert_eq!((found.segment, found.what), (number, Flaw::SegmentMissing));
    }
    let swapped = written.copy();
    swapped.put(&segment(2), &written.contents(&segment(1)).unwrap());
    assert_eq!(damage(&swapped).what, Flaw::SegmentOrder);
    let shortened = written.copy();
    let bytes = written.contents(&segment(1)).unwrap();
    // Without its footer, which is all that says that the segment was complete.
    let end = verify(&shared(&written), dir()).unwrap().segments[0].records;
    let cut = Journal::read(&shared(&written), dir())
        .unwrap()
        .map(|read| read.unwrap().0)
        .find(|place| place.record == end)
        .unwrap();
    shortened.put(&segment(1), &bytes[..usize::try_from(cut.end).unwrap()]);
    assert_eq!(damage(&shortened).what, Flaw::NotSealed);
}

#[test]
fn a_reader_goes_on_from_a_position_and_knows_another_journal() {
    let disk = SimDisk::new();
    write(&disk, &batches()).1.unwrap();
    let all: Vec<(Position, Record)> = Journal::read(&shared(&disk), dir())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for (index, (position, _)) in all.iter().enumerate() {
        let reader = Reader::after(&shared(&disk), dir(), position)
            .unwrap()
            .unwrap();
        let rest: Vec<(Position, Record)> = reader.map(Result::unwrap).collect();
        assert_eq!(rest, all[index + 1..]);
    }
    let other = SimDisk::new();
    write(&other, &[vec![trade(1)], vec![trade(2), trade(3)]])
        .1
        .unwrap();
    for (position, _) in &all {
        assert!(
            Reader::after(&shared(&other), dir(), position)
                .unwrap()
                .is_none()
        );
    }
}

#[test]
fn a_reader_beside_the_writer_sees_whole_records_in_order_and_in_the_end_all() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = Journal::open_with(&real(), folder.path(), ACCOUNT, small()).unwrap();
    journal.append(&trade(1)).unwrap();
    journal.commit().unwrap();
    let dir = folder.path().to_path_buf();
    let (done, written) = std::sync::mpsc::channel::<()>();
    let follower = std::thread::spawn(move || {
        let mut place = Position::START;
        let mut seen = Vec::new();
        loop {
            // Asked before reading: what was written by then must be there.
            let finished = written.try_recv().is_ok();
            let mut reader = Reader::after(&real(), &dir, &place).unwrap().unwrap();
            for read in reader.by_ref() {
                seen.push(read.unwrap().1);
            }
            place = reader.position();
            if finished {
                return seen;
            }
        }
    });
    let mut expected = vec![trade(1)];
    for seq in 2..400 {
        for record in [trade(seq), effects(seq)] {
            journal.append(&record).unwrap();
            expected.push(record);
        }
        if seq % 3 == 0 {
            journal.commit().unwrap();
        }
    }
    journal.commit().unwrap();
    done.send(()).unwrap();
    assert_eq!(follower.join().unwrap(), expected);
}

#[test]
fn a_commit_without_records_costs_nothing() {
    let disk = SimDisk::new();
    let (mut journal, _) = Journal::open(&shared(&disk), dir(), ACCOUNT).unwrap();
    let before = disk.boundaries();
    journal.commit().unwrap();
    assert_eq!(disk.boundaries(), before);
    journal.append(&trade(1)).unwrap();
    journal.append(&trade(2)).unwrap();
    journal.commit().unwrap();
    assert_eq!(
        disk.boundaries(),
        before + 2,
        "one write and one sync for a batch"
    );
}

#[test]
fn free_space_is_told() {
    let folder = tempfile::tempdir().unwrap();
    assert!(0 < real().free_space(folder.path()).unwrap());
}

#[test]
fn what_a_later_batch_proves_to_have_been_safe_is_damage_and_not_a_torn_tail() {
    let disk = SimDisk::new();
    let (mut journal, _) = Journal::open(&shared(&disk), dir(), ACCOUNT).unwrap();
    let mut places = Vec::new();
    for seq in 1..=3 {
        places.push(journal.append(&trade(seq)).unwrap());
        journal.commit().unwrap();
    }
    drop(journal);
    for (index, place) in places.iter().enumerate() {
        let disk = disk.copy();
        let mut bytes = disk.contents(&segment(1)).unwrap();
        let from = usize::try_from(place.offset).unwrap();
        bytes[from..from + 60].fill(0);
        disk.put(&segment(1), &bytes);
        let seen = verify(&shared(&disk), dir()).unwrap();
        let last = index + 1 == places.len();
        assert_eq!(
            seen.damage.map(|d| d.record),
            (!last).then_some(place.record)
        );
        assert_eq!(seen.tail.is_some(), last);
    }
}
