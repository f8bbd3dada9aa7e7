//! Disks that fail instead of dying, processes that die while they recover, and journals that rot: nothing leaves after
//! the failure, and the next start goes on as if nothing had been.

use std::sync::OnceLock;

use crate::common::cuts::{cut_at, goes_on, losses, uninterrupted};
use crate::common::day::{Day, scripted};
use crate::common::end::End;
use crate::common::life::{Outside, folder, live, shared};
use quorate_agent::journal::{Journal, JournalError, Loss, Position, SimDisk, verify};
use quorate_agent::runtime::machine::Durability;
use quorate_agent::runtime::start::StartError;

const SYNCED: Durability = Durability::BeforeCommands;
/// As `quorate paper` runs: the journal is forced to the disk now and then.
const NOW_AND_THEN: Durability = Durability::EveryRecords(64);

fn script() -> &'static (Day, End, u64) {
    static SCRIPT: OnceLock<(Day, End, u64)> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        let day = scripted();
        let (end, boundaries) = uninterrupted(&day, SYNCED);
        (day, end, boundaries)
    })
}

#[test]
fn a_sync_that_fails_lets_nothing_more_leave_and_the_next_start_goes_on() {
    let (day, end, _) = script();
    let mut failed = 0;
    loop {
        let disk = SimDisk::new();
        let mut outside = Outside::default();
        disk.fail_sync_after(failed);
        let Err(error) = live(day, &shared(&disk), SYNCED, &mut outside) else {
            break;
        };
        assert!(
            matches!(error, StartError::Journal(JournalError::SyncFailed { .. })),
            "{error}"
        );
        disk.restart(Loss::Everything);
        goes_on(
            day,
            SYNCED,
            &disk,
            &mut outside,
            end,
            &format!("sync {failed}"),
        );
        failed += 1;
    }
    println!("{failed} syncs failed, one at a time");
    assert!(50 < failed);
}

#[test]
fn a_disk_that_fills_up_lets_nothing_more_leave_and_the_next_start_goes_on() {
    let (day, end, _) = script();
    let disk = SimDisk::new();
    live(day, &shared(&disk), SYNCED, &mut Outside::default()).unwrap();
    let all = disk.used();
    let mut filled = 0;
    // Wherever a write is: 61 is prime and shorter than any of them.
    for capacity in (0..all).step_by(all / 150 / 61 * 61) {
        let disk = SimDisk::new();
        let mut outside = Outside::default();
        disk.set_capacity(Some(capacity));
        let ended = live(day, &shared(&disk), SYNCED, &mut outside);
        assert!(ended.is_err(), "{capacity} bytes were enough");
        drop(ended);
        disk.set_capacity(None);
        disk.restart(if filled % 2 == 0 {
            Loss::Nothing
        } else {
            Loss::Everything
        });
        goes_on(
            day,
            SYNCED,
            &disk,
            &mut outside,
            end,
            &format!("full at {capacity} bytes"),
        );
        filled += 1;
    }
    println!("{filled} disks of different sizes filled up, {all} bytes were needed");
    assert!(100 < filled);
}

#[test]
fn a_machine_whose_journal_failed_refuses_to_go_on() {
    let (day, _, _) = script();
    let disk = SimDisk::new();
    let shared = shared(&disk);
    let mut outside = Outside::default();
    let opening = quorate_agent::runtime::start::open(
        &shared,
        &folder(),
        &day.setup,
        SYNCED,
        quorate_domain::Timestamp::default(),
    )
    .unwrap();
    let mut machine = opening.machine;
    let mut feed = day.feed.clone();
    let cash = day.setup.bankroll;
    quorate_agent::runtime::start::bootstrap(
        &mut machine,
        &mut feed,
        cash,
        opening.deposited,
        &mut outside,
    )
    .unwrap();
    disk.fail_sync_after(0);
    let mut sent = None;
    while let Some((at, input)) = quorate_agent::runtime::feed::Feed::take(&mut feed) {
        let position = quorate_agent::runtime::feed::Feed::position(&feed);
        let done = machine.feed(at, input, position, &mut outside);
        match sent {
            None if done.is_err() => sent = Some(outside.sent.len()),
            None => {}
            Some(before) => {
                assert!(
                    matches!(done, Err(JournalError::Stopped { .. })),
                    "{done:?}"
                );
                assert_eq!(
                    outside.sent.len(),
                    before,
                    "an order left after the journal had failed"
                );
            }
        }
    }
    assert!(sent.is_some());
}

#[test]
fn a_crash_during_recovery_is_recovered_from() {
    let (day, end, boundaries) = script();
    let mut cuts = 0;
    for first in [3, 9, boundaries / 3, boundaries * 2 / 3, boundaries - 1] {
        for (name, loss) in losses(first) {
            // What a start does before it is where the last life ended takes fewer than twenty boundaries.
            for second in 1..=20 {
                let (disk, mut outside) = cut_at(day, SYNCED, first);
                disk.restart(loss);
                disk.crash_at(disk.boundaries() + second);
                let ended = live(day, &shared(&disk), SYNCED, &mut outside);
                assert_eq!(ended.is_err(), disk.has_crashed());
                drop(ended);
                disk.restart(losses(second)[(second % 5) as usize].1);
                goes_on(
                    day,
                    SYNCED,
                    &disk,
                    &mut outside,
                    end,
                    &format!("{first}, {name}, then {second}"),
                );
                cuts += 1;
            }
        }
    }
    println!("{cuts} double crashes");
}

#[test]
fn an_instance_that_syncs_now_and_then_ends_the_same() {
    let (day, end, _) = script();
    let (other, boundaries) = uninterrupted(day, NOW_AND_THEN);
    crate::common::cuts::same(&other, end, "durability");
    for cut in 1..=boundaries {
        for (name, loss) in losses(cut) {
            let (disk, mut outside) = cut_at(day, NOW_AND_THEN, cut);
            disk.restart(loss);
            goes_on(
                day,
                NOW_AND_THEN,
                &disk,
                &mut outside,
                end,
                &format!("cut {cut}, {name}"),
            );
        }
    }
    println!("{boundaries} boundaries, {} cuts", boundaries * 5);
}

/// Where every record of a journal lies.
fn positions(disk: &SimDisk) -> Vec<Position> {
    let reader = Journal::read(&shared(disk), &folder().journal()).unwrap();
    reader.map(|read| read.unwrap().0).collect()
}

#[test]
fn one_flipped_bit_is_found_and_placed_and_nothing_starts_on_it() {
    let (day, _, _) = script();
    let disk = SimDisk::new();
    live(day, &shared(&disk), SYNCED, &mut Outside::default()).unwrap();
    // A second start seals the first segment.
    live(day, &shared(&disk), SYNCED, &mut Outside::default()).unwrap();
    let positions = positions(&disk);
    let dir = folder().journal();
    let mut dice = fastrand::Rng::with_seed(11);
    let in_first: Vec<&Position> = positions.iter().filter(|p| p.segment == 1).collect();
    for _ in 0..300 {
        let hit = in_first[dice.usize(0..in_first.len())];
        let byte = dice.u64(hit.offset..hit.end);
        let rotten = disk.copy();
        let segment = rotten
            .paths()
            .into_iter()
            .find(|path| path.file_stem().is_some_and(|stem| stem == "0000000001"))
            .unwrap();
        assert!(rotten.flip_bit(&segment, usize::try_from(byte).unwrap(), dice.u8(0..8)));
        let damage = verify(&shared(&rotten), &dir).unwrap().damage.unwrap();
        assert_eq!(
            (damage.segment, damage.record),
            (1, hit.record),
            "byte {byte}"
        );
        assert_eq!(damage.offset, hit.offset, "byte {byte}");
        let started = live(day, &shared(&rotten), SYNCED, &mut Outside::default());
        assert!(matches!(
            started,
            Err(StartError::Journal(JournalError::Damaged(_)))
        ));
    }
}
