//! Snapshots shorten a start and change nothing else: not what a run comes to, wherever it is cut, and not whether it can
//! go on, whatever becomes of them.

use std::path::PathBuf;

use crate::common::cuts::{cut_at, goes_on, losses, same, uninterrupted};
use crate::common::day::{Day, brief, cut, day};
use crate::common::end::End;
use crate::common::life::{Outside, folder, live_out, shared};
use quorate_agent::journal::{SimDisk, Snapshots};
use quorate_agent::runtime::machine::Durability;
use quorate_agent::runtime::snapshot::Cadence;
use quorate_domain::MarketId;
use quorate_engine::engine::SNAPSHOT_VERSION;

const SYNCED: Durability = Durability::BeforeCommands;

/// A day of one election market and one price window, with a snapshot every so many batches.
fn short(cadence: Cadence) -> Day {
    let tape = cut(&brief(5), &[MarketId(6)], 120, &[MarketId(19)]);
    Day {
        cadence,
        ..day(&tape)
    }
}

/// How it ends without any snapshot.
fn expected() -> End {
    uninterrupted(&short(Cadence::Never), SYNCED).0
}

fn files(disk: &SimDisk) -> Vec<PathBuf> {
    let paths = disk.paths().into_iter();
    paths
        .filter(|path| path.starts_with(folder().journal().join("snapshots")))
        .filter(|path| path.extension().is_some())
        .collect()
}

/// A run with snapshots that was cut short near its end, and what is outside it.
fn cut_late(day: &Day) -> (SimDisk, Outside) {
    let (_, boundaries) = uninterrupted(day, SYNCED);
    let (disk, outside) = cut_at(day, SYNCED, boundaries - 2);
    disk.restart(quorate_agent::journal::Loss::Everything);
    (disk, outside)
}

#[test]
fn a_cut_at_every_boundary_ends_the_same_with_snapshots_as_without() {
    let expected = expected();
    let day = short(Cadence::Batches(40));
    let (end, boundaries) = uninterrupted(&day, SYNCED);
    same(&end, &expected, "no cut");
    let (mut all, mut retraced) = (0, 0);
    for cut in 1..=boundaries {
        let (name, loss) = losses(cut)[(cut % 5) as usize];
        let (disk, mut outside) = cut_at(&day, SYNCED, cut);
        disk.restart(loss);
        let whole = disk.copy();
        goes_on(
            &day,
            SYNCED,
            &disk,
            &mut outside,
            &expected,
            &format!("cut {cut}, {name}"),
        );
        retraced += outside.retraced;
        let mut other = Outside {
            answered: outside.answered,
            ..Outside::default()
        };
        files(&whole)
            .iter()
            .for_each(|file| quorate_agent::journal::Disk::remove(&whole, file).unwrap());
        live_out(&day, &shared(&whole), SYNCED, &mut other);
        all += other.retraced;
    }
    println!("{boundaries} cuts; {retraced} batches gone through with snapshots, {all} without");
    assert!(retraced * 3 < all, "the snapshots were not used");
}

#[test]
fn a_damaged_snapshot_is_passed_over() {
    let expected = expected();
    let day = short(Cadence::Batches(40));
    let mut dice = fastrand::Rng::with_seed(3);
    for _ in 0..60 {
        let (disk, mut outside) = cut_late(&day);
        for file in files(&disk) {
            let length = disk.contents(&file).unwrap().len();
            assert!(disk.flip_bit(&file, dice.usize(0..length), dice.u8(0..8)));
        }
        goes_on(
            &day,
            SYNCED,
            &disk,
            &mut outside,
            &expected,
            "damaged snapshots",
        );
        assert!(300 < outside.retraced, "a damaged snapshot was used");
    }
}

#[test]
fn a_snapshot_of_another_version_or_of_nonsense_is_passed_over() {
    let expected = expected();
    let day = short(Cadence::Batches(40));
    let change = |from: &str, to: &str| {
        let (disk, mut outside) = cut_late(&day);
        let store = Snapshots::new(&shared(&disk), &folder().journal());
        let mut newest = store.newest().unwrap().snapshot.unwrap();
        let text = String::from_utf8(newest.payload).unwrap();
        assert!(text.contains(from), "{from}");
        newest.payload = text.replacen(from, to, 1).into_bytes();
        store.store(&newest).unwrap();
        goes_on(&day, SYNCED, &disk, &mut outside, &expected, to);
        outside.retraced
    };
    let untouched = change("\"engine\"", "\"engine\"");
    let of_version = |version: u32| format!("\"engine\":{{\"version\":{version},");
    let engine = of_version(SNAPSHOT_VERSION);
    for (from, to) in [
        (engine.clone(), of_version(SNAPSHOT_VERSION + 1)),
        (engine, "\"engine\":{".to_owned()),
        ("\"fed\":".to_owned(), "\"fad\":".to_owned()),
    ] {
        let retraced = change(&from, &to);
        assert!(untouched + 100 < retraced, "{to}: {retraced} batches");
    }
}
