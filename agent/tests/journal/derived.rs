//! What is derived from a journal: the index, snapshots, exports. Each can be thrown away.

use std::fs;
use std::path::Path;

use crate::common::{
    ACCOUNT, at, dir, effects, entry, fill, inference, one_of_each, order, shared, small, token,
    trade, write,
};
use arrow::array::{Array, AsArray};
use arrow::datatypes::{TimestampNanosecondType, UInt32Type, UInt64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use quorate_agent::journal::{
    DecisionKey, Index, Journal, QuestionKey, Record, SimDisk, Snapshot, SnapshotFault, Snapshots,
    to_json_lines, to_parquet,
};
use quorate_domain::{
    AccountInput, Cash, EpochId, FillId, FillStatus, Input, LabelId, MarketId, Shares, TopicId,
};

const QUESTION: QuestionKey = QuestionKey {
    topic: TopicId(3),
    epoch: EpochId(11),
    label: LabelId(0),
};

fn settled(seq: u64, id: u64, status: FillStatus) -> Record {
    let fill = FillId(id);
    entry(seq, Input::Account(AccountInput::Settled { fill, status }))
}

fn story() -> Vec<Vec<Record>> {
    vec![
        one_of_each(),
        vec![entry(3, Input::Account(AccountInput::Accepted(order(1))))],
        vec![fill(4, order(1), 70, 12), fill(5, order(1), 71, 8)],
        // Told twice; and one that never settles.
        vec![
            fill(6, order(1), 70, 12),
            settled(7, 71, FillStatus::Failed),
        ],
        vec![inference(8, 0.25), effects(8)],
    ]
}

fn written() -> SimDisk {
    let disk = SimDisk::new();
    write(&disk, &story()).1.unwrap();
    disk
}

#[test]
fn the_index_answers_what_the_journal_holds() {
    let disk = written();
    let folder = tempfile::tempdir().unwrap();
    let (index, opened) = Index::open(&folder.path().join("index"), &shared(&disk), dir()).unwrap();
    assert_eq!((opened.applied, opened.rebuilt), (17, None));

    let (id, row) = index.order_by_hash("0xab12").unwrap().unwrap();
    assert_eq!(id, order(1));
    assert_eq!(index.order(id).unwrap().unwrap(), row);
    assert!(row.accepted && !row.refused && row.posted.is_some());
    assert_eq!(row.place.unwrap().id, order(1));
    assert_eq!(row.filled, Shares::whole(12));
    assert_eq!(
        index.holding(token()).unwrap().unwrap().shares_micros,
        12_000_000
    );
    let fills: Vec<(u64, FillStatus)> = index
        .fills()
        .unwrap()
        .iter()
        .map(|row| (row.fill.id.0, row.status))
        .collect();
    assert_eq!(fills, [(70, FillStatus::Matched), (71, FillStatus::Failed)]);

    let values: Vec<f64> = index
        .inferences(QUESTION)
        .unwrap()
        .iter()
        .map(|row| row.inference.value)
        .collect();
    assert_eq!(values, [0.1 + 0.2, 0.25]);
    assert_eq!(index.submissions(QUESTION).unwrap().len(), 1);
    let elsewhere = QuestionKey {
        topic: TopicId(4),
        ..QUESTION
    };
    assert!(index.submissions(elsewhere).unwrap().is_empty());

    let nav = index.nav_since(at(0)).unwrap();
    assert_eq!(nav[0].nav, Cash::whole(100));
    assert!(index.nav_since(at(3)).unwrap().is_empty());

    let market = MarketId(7);
    let place = index
        .decision(DecisionKey { seq: 8, market })
        .unwrap()
        .unwrap();
    let found = Journal::read(&shared(&disk), dir())
        .unwrap()
        .map(Result::unwrap);
    let there = found
        .into_iter()
        .find(|(position, _)| *position == place)
        .unwrap();
    assert_eq!(there.1, effects(8));
    assert_eq!(index.decisions_of(market).unwrap().len(), 2);
}

#[test]
fn the_index_catches_up_from_its_cursor() {
    let disk = SimDisk::new();
    write(&disk, &story()[..2]).1.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let (index, opened) = Index::open(&path, &shared(&disk), dir()).unwrap();
    assert_eq!(opened.applied, 11);
    index.flush().unwrap();
    drop(index);
    write(&disk, &story()[2..]).1.unwrap();
    let (mut index, opened) = Index::open(&path, &shared(&disk), dir()).unwrap();
    assert_eq!((opened.applied, opened.rebuilt), (6, None));
    assert_eq!(index.catch_up().unwrap(), 0);

    let fresh = folder.path().join("fresh");
    let (fresh, _) = Index::open(&fresh, &shared(&written()), dir()).unwrap();
    let order_row = |index: &Index| index.order(order(1)).unwrap().unwrap().filled;
    assert_eq!(order_row(&index), order_row(&fresh));
}

/// Files under a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn spoil(path: &Path, seed: u64) {
    let mut bytes = fs::read(path).unwrap();
    let mut dice = fastrand::Rng::with_seed(seed);
    match seed % 3 {
        0 => bytes.truncate(bytes.len() / 2),
        1 => bytes.clear(),
        _ => {
            for _ in 0..=bytes.len() / 200 {
                if let Some(byte) = dice.choice(0..bytes.len()) {
                    bytes[byte] ^= 1 << dice.u8(0..8);
                }
            }
        }
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn an_index_whose_files_are_damaged_is_made_anew_and_equal() {
    let disk = written();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let (index, _) = Index::open(&path, &shared(&disk), dir()).unwrap();
    let sound = index.dump().unwrap();
    index.flush().unwrap();
    drop(index);
    let mut rebuilt = 0;
    for seed in 0..12 {
        for file in files(&path) {
            spoil(&file, seed);
        }
        let (index, opened) = Index::open(&path, &shared(&disk), dir()).unwrap();
        assert_eq!(index.dump().unwrap(), sound, "seed {seed}");
        assert_eq!(index.fills().unwrap().len(), 2);
        rebuilt += u32::from(opened.rebuilt.is_some() || opened.applied == 17);
        index.flush().unwrap();
    }
    assert!(8 <= rebuilt, "the damage was real: {rebuilt} of 12");
}

#[test]
fn an_index_that_is_a_file_or_gone_is_made_anew() {
    let disk = written();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let (index, _) = Index::open(&path, &shared(&disk), dir()).unwrap();
    let sound = index.dump().unwrap();
    drop(index);
    fs::remove_dir_all(&path).unwrap();
    let (index, opened) = Index::open(&path, &shared(&disk), dir()).unwrap();
    assert_eq!((index.dump().unwrap(), opened.applied), (sound, 17));
}

#[test]
fn an_index_of_another_journal_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let (index, _) = Index::open(&path, &shared(&written()), dir()).unwrap();
    index.flush().unwrap();
    drop(index);
    let other = SimDisk::new();
    write(&other, &[vec![trade(1)], vec![fill(2, order(1), 5, 3)]])
        .1
        .unwrap();
    let (index, opened) = Index::open(&path, &shared(&other), dir()).unwrap();
    assert!(opened.rebuilt.unwrap().contains("another journal"));
    assert_eq!(index.fills().unwrap().len(), 1);
    assert_eq!(index.order_by_hash("0xab12").unwrap(), None);
}

/// A journal and three places in it that are committed.
fn with_snapshots(count: usize) -> (SimDisk, Snapshots, Vec<Snapshot>) {
    let disk = SimDisk::new();
    let snapshots = Snapshots::new(&shared(&disk), dir());
    let (mut journal, _) = Journal::open_with(&shared(&disk), dir(), ACCOUNT, small()).unwrap();
    let mut stored = Vec::new();
    for seq in 1..=count as u64 {
        journal.append(&trade(seq)).unwrap();
        let position = journal.commit().unwrap();
        let payload = format!("{{\"state\":{seq}}}\n").into_bytes();
        let snapshot = Snapshot {
            position,
            seq,
            payload,
        };
        let taken = snapshots.store(&snapshot).unwrap();
        journal.append(&Record::SnapshotTaken(taken)).unwrap();
        journal.commit().unwrap();
        stored.push(snapshot);
    }
    (disk, snapshots, stored)
}

fn snapshot_files(disk: &SimDisk) -> Vec<std::path::PathBuf> {
    let folder = dir().join("snapshots");
    let paths = disk.paths().into_iter();
    paths
        .filter(|path| path.parent() == Some(folder.as_path()))
        .collect()
}

#[test]
fn the_newest_snapshot_is_used_and_three_are_kept() {
    let (disk, snapshots, stored) = with_snapshots(5);
    let newest = snapshots.newest().unwrap();
    assert_eq!(newest.snapshot.as_ref(), stored.last());
    assert!(newest.skipped.is_empty());
    assert_eq!(snapshot_files(&disk).len(), 3);
}

#[test]
fn a_snapshot_with_any_damaged_byte_is_skipped_and_named() {
    let (disk, snapshots, stored) = with_snapshots(2);
    let file = snapshot_files(&disk).pop().unwrap();
    for byte in 0..disk.contents(&file).unwrap().len() {
        disk.flip_bit(&file, byte, (byte % 8) as u8);
        let newest = snapshots.newest().unwrap();
        assert_eq!(newest.snapshot.as_ref(), Some(&stored[0]), "byte {byte}");
        assert_eq!(newest.skipped.len(), 1);
        assert_eq!(
            Some(newest.skipped[0].file.as_ref()),
            file.file_name().and_then(|n| n.to_str())
        );
        disk.flip_bit(&file, byte, (byte % 8) as u8);
    }
}

#[test]
fn a_snapshot_newer_than_the_journal_is_skipped() {
    let (disk, _, _) = with_snapshots(3);
    // An old copy of the journal beside newer snapshots.
    let old = SimDisk::new();
    write(&old, &[vec![trade(1)]]).1.unwrap();
    for file in snapshot_files(&disk) {
        old.put(&file, &disk.contents(&file).unwrap());
    }
    let newest = Snapshots::new(&shared(&old), dir()).newest().unwrap();
    let first = newest.snapshot.unwrap();
    assert_eq!((first.position.record, first.seq), (1, 1));
    let faults: Vec<&SnapshotFault> = newest.skipped.iter().map(|s| &s.why).collect();
    assert_eq!(
        faults,
        [&SnapshotFault::NotInJournal, &SnapshotFault::NotInJournal]
    );
}

#[test]
fn a_crash_while_storing_leaves_the_earlier_snapshot() {
    let (trial, snapshots, stored) = with_snapshots(4);
    let fifth = Snapshot {
        seq: 9,
        payload: b"later".to_vec(),
        ..stored[3].clone()
    };
    let fifth = Snapshot {
        position: Journal::read(&shared(&trial), dir())
            .unwrap()
            .last()
            .unwrap()
            .unwrap()
            .0,
        ..fifth
    };
    let before = trial.copy();
    let start = trial.boundaries();
    snapshots.store(&fifth).unwrap();
    for boundary in 1..=trial.boundaries() - start {
        let disk = before.copy();
        disk.crash_at(boundary);
        let snapshots = Snapshots::new(&shared(&disk), dir());
        assert!(snapshots.store(&fifth).is_err());
        disk.restart(quorate_agent::journal::Loss::Torn {
            unit: 1,
            seed: boundary,
        });
        let found = snapshots.newest().unwrap();
        assert!(found.skipped.is_empty(), "{:?}", found.skipped);
        let found = found.snapshot.unwrap();
        assert!(found == stored[3] || found == fifth);
        snapshots.store(&fifth).unwrap();
        assert_eq!(snapshots.newest().unwrap().snapshot, Some(fifth.clone()));
    }
}

#[test]
fn json_lines_hold_every_payload_as_stored() {
    let disk = written();
    let mut lines = Vec::new();
    let count = to_json_lines(&shared(&disk), dir(), &mut lines).unwrap();
    let lines = String::from_utf8(lines).unwrap();
    assert_eq!((count, lines.lines().count()), (17, 17));
    let parsed: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(parsed[0]["kind"], "start");
    assert_eq!(parsed[1]["data"]["input"]["Inference"]["value"], 0.1 + 0.2);
    assert_eq!(parsed[16]["record"], 17);
}

#[test]
fn parquet_has_the_columns_one_filters_by() {
    let disk = written();
    let mut file = Vec::new();
    assert_eq!(to_parquet(&shared(&disk), dir(), &mut file).unwrap(), 17);
    let path = tempfile::NamedTempFile::new().unwrap();
    fs::write(path.path(), file).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(path.reopen().unwrap());
    let batches: Vec<_> = reader
        .unwrap()
        .build()
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let rows = &batches[0];
    let column = |name: &str| rows.column_by_name(name).unwrap();
    assert_eq!(rows.num_rows(), 17);
    assert_eq!(column("kind").as_string::<i32>().value(1), "entry");
    assert_eq!(column("worker").as_primitive::<UInt32Type>().value(1), 5);
    assert_eq!(column("topic").as_primitive::<UInt64Type>().value(1), 3);
    assert_eq!(column("order").as_string::<i32>().value(4), "1.0");
    assert_eq!(column("market").as_primitive::<UInt32Type>().value(11), 7);
    assert!(column("market").is_null(0));
    let times = column("at").as_primitive::<TimestampNanosecondType>();
    assert_eq!(u64::try_from(times.value(1)).unwrap(), at(1).nanos());
    let json = column("json").as_string::<i32>().value(16);
    let Record::Effects(expected) = effects(8) else {
        panic!("effects are effects")
    };
    assert_eq!(json, serde_json::to_string(&expected).unwrap());
}

#[test]
fn a_row_that_the_store_lost_or_changed_without_a_word_is_noticed() {
    let disk = written();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let (index, _) = Index::open(&path, &shared(&disk), dir()).unwrap();
    let sound = index.dump().unwrap();
    index.flush().unwrap();
    drop(index);
    for lost in [true, false] {
        let store = sled::open(&path).unwrap();
        let (key, row) = store.scan_prefix(b"f").next().unwrap().unwrap();
        if lost {
            store.remove(key).unwrap();
        } else {
            let changed = String::from_utf8_lossy(&row).replace("Matched", "Mined");
            store.insert(key, changed.into_bytes()).unwrap();
        }
        store.flush().unwrap();
        drop(store);
        let (index, opened) = Index::open(&path, &shared(&disk), dir()).unwrap();
        assert!(opened.rebuilt.is_some());
        assert_eq!(index.dump().unwrap(), sound);
        index.flush().unwrap();
    }
}
