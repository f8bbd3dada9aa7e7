//! The process dies at every boundary of its journal and in every turn; the venue lives on. After a restart nothing is
//! lost and nothing is there twice.

use std::time::Duration;

use crate::common::route::Faults;
use crate::common::{Agent, Place, agreed, news, paused};
use quorate_agent::journal::{Loss, Record};
use quorate_agent::runtime::start::StartError;

const SEED: u64 = 11;
const EVENTS: u32 = 80;

/// Few enough faults that the script is short, enough that orders are in doubt when the process dies.
const SOME: Faults = Faults {
    request_lost: 15,
    answer_lost: 20,
    delayed: 10,
    pushed: 50,
    settlement_failed: 10,
    ..Faults::NONE
};

async fn script(agent: &mut Agent) -> Result<(), StartError> {
    let mut dice = fastrand::Rng::with_seed(SEED);
    for _ in 0..EVENTS {
        agent.feed(news(&mut dice))?;
        agent.run(Duration::from_millis(dice.u64(20..600))).await?;
    }
    Ok(())
}

async fn first_life(place: &Place, turns: Option<u32>) -> Result<(), StartError> {
    let (mut agent, report) = place.start(1).await?;
    agreed(&report);
    place.route.world().faults = SOME;
    agent.turns_left = turns;
    script(&mut agent).await
}

#[derive(Debug, Default)]
struct Tally {
    crashes: u64,
    never_left: usize,
    looked_for: usize,
    orders: u64,
}

/// One life that ends in a crash, if it gets that far, and one that comes to rest.
async fn two_lives(
    boundary: Option<u64>,
    turns: Option<u32>,
    loss: Loss,
    tally: &mut Tally,
) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::new(SEED, folder.path());
    if let Some(boundary) = boundary {
        place.disk.crash_at(boundary);
    }
    let crashed = first_life(&place, turns).await.is_err();
    place.route.world().faults = Faults::NONE;
    place.disk.restart(loss);
    // What was on its way arrives, settles and is talked about while nobody listens.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (mut agent, report) = place.start(2).await.unwrap();
    agreed(&report);
    assert_eq!(
        report.newer_than_journal, 0,
        "at {boundary:?} {turns:?}: {report:?}"
    );
    script(&mut agent).await.unwrap();
    agent.come_to_rest().await;
    tally.crashes += u64::from(crashed);
    tally.never_left += report.never_left;
    tally.looked_for += report.looked_for;
    tally.orders += place.route.world().seen.arrived;
    crashed
}

#[test]
fn a_crash_at_every_boundary_of_the_journal_leaves_nothing_behind() {
    let mut tally = Tally::default();
    for (number, loss) in [
        Loss::Everything,
        Loss::Nothing,
        Loss::Torn { unit: 1, seed: 5 },
    ]
    .into_iter()
    .enumerate()
    {
        let mut boundary = 1;
        while paused(two_lives(Some(boundary), None, loss, &mut tally)) {
            boundary += 1;
        }
        println!("loss {number}: {boundary} boundaries");
        assert!(60 < boundary, "the script is too short: {boundary}");
    }
    println!("{tally:?}: 0 duplicates, 0 lost, 0 shares beyond intent");
    assert!(0 < tally.never_left && 0 < tally.looked_for);
}

#[test]
fn a_kill_in_every_turn_leaves_nothing_behind() {
    let mut tally = Tally::default();
    for loss in [Loss::Everything, Loss::Nothing] {
        let mut turn = 0;
        while paused(two_lives(None, Some(turn), loss, &mut tally)) {
            turn += 1;
        }
        assert!(100 < turn, "the script is too short: {turn}");
    }
    println!("{tally:?}: 0 duplicates, 0 lost, 0 shares beyond intent");
    assert!(0 < tally.looked_for);
}

async fn every_post_has_an_intent() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::new(SEED, folder.path());
    let (mut agent, _) = place.start(1).await.unwrap();
    // Whenever bytes have arrived, the intent must be on the disk, even if all that is not synced is lost.
    let mut dice = fastrand::Rng::with_seed(SEED);
    for _ in 0..40 {
        agent.feed(news(&mut dice)).unwrap();
        agent.run(Duration::from_millis(300)).await.unwrap();
        let copy = place.disk.copy();
        copy.restart(Loss::Everything);
        let disk: quorate_agent::journal::SharedDisk = std::sync::Arc::new(copy);
        let dir = std::path::Path::new("/journal");
        let records = quorate_agent::journal::Journal::read(&disk, dir).unwrap();
        let intents = records
            .filter(|read| matches!(read, Ok((_, Record::Intent(_)))))
            .count();
        let posts = place.route.world().seen.posts;
        assert!(
            posts <= intents as u64,
            "{posts} posts with {intents} intents"
        );
    }
    assert!(5 < place.route.world().seen.posts);
}

#[test]
fn an_intent_is_on_the_disk_before_its_bytes_leave() {
    paused(every_post_has_an_intent());
}

/// The first life is killed in the middle, the second dies during its start, the third comes to rest.
async fn three_lives(boundary: u64) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::new(SEED, folder.path());
    assert!(first_life(&place, Some(150)).await.is_err());
    place.route.world().faults = Faults::NONE;
    place.disk.restart(Loss::Everything);
    place.disk.crash_at(place.disk.boundaries() + boundary);
    let crashed = place.start(2).await.is_err();
    place.disk.restart(Loss::Everything);
    let (mut agent, report) = place.start(3).await.unwrap();
    agreed(&report);
    agent.come_to_rest().await;
    crashed
}

#[test]
fn a_crash_during_the_start_after_a_crash_leaves_nothing_behind() {
    let mut boundary = 1;
    while paused(three_lives(boundary)) {
        boundary += 1;
    }
    println!("{boundary} boundaries of a second start");
    assert!(8 < boundary, "{boundary}");
}
