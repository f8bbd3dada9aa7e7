//! Orders on their way to a venue whose network loses, delays and repeats: none is lost, none is sent twice.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed unwrap is a failed test; counts are printed"
)]

use std::time::Duration;

use crate::common::route::{Faults, Seen};
use crate::common::{Agent, Place, agreed, news, paused};
use quorate_agent::runtime::gateway::{Counts, OrderHash, Timings};
use quorate_domain::{
    Crossing, HaltReason, MarketId, OrderId, Outcome, PlaceOrder, Price, Shares, Side, TimeInForce,
    Token,
};

/// A session with faults, then one without. What was seen and done, and what stopped it if anything did.
async fn session(
    seed: u64,
    events: u32,
    change: fn(&mut Timings),
) -> (Seen, Counts, Option<HaltReason>) {
    let folder = tempfile::tempdir().unwrap();
    let mut place = Place::new(seed, folder.path());
    change(&mut place.timings);
    let (mut agent, report) = place.start(seed).await.unwrap();
    agreed(&report);
    place.route.world().faults = Faults::ALL;
    let mut dice = fastrand::Rng::with_seed(seed);
    for _ in 0..events {
        agent.feed(news(&mut dice)).unwrap();
        agent
            .run(Duration::from_millis(dice.u64(20..1_500)))
            .await
            .unwrap();
    }
    if let Some(reason) = agent.machine.engine().halted() {
        let seen = place.route.world().seen;
        return (seen, agent.gateway.counts(), Some(reason));
    }
    agent.come_to_rest().await;
    assert_eq!(
        agent.machine.engine().halted(),
        Some(HaltReason::Operator),
        "seed {seed}"
    );
    let seen = place.route.world().seen;
    (seen, agent.gateway.counts(), None)
}

#[test]
fn thousands_of_ambiguous_posts_leave_no_order_lost_and_none_twice() {
    let (mut posts, mut ambiguous, mut arrived, mut repeats) = (0, 0, 0, 0);
    let (mut executions, mut failed, mut missing, mut came_back) = (0, 0, 0, 0);
    for seed in 1..=SEEDS {
        let (seen, counts, halted) = paused(session(seed, 250, patient_in(seed)));
        assert_eq!(halted, None, "seed {seed}");
        posts += seen.posts;
        ambiguous += seen.ambiguous;
        arrived += seen.arrived;
        repeats += seen.repeats_refused;
        executions += seen.executions;
        failed += seen.failed;
        missing += counts.missing;
        came_back += counts.came_back;
    }
    println!(
        "{SEEDS} sessions: {posts} posts, {ambiguous} ambiguous, {arrived} orders arrived, {repeats} repeats refused by the \
         venue, {executions} executions, {failed} of them failed; 0 duplicates, 0 lost, 0 shares beyond intent; \
         {came_back} came back, {missing} executions missing"
    );
    assert_eq!(missing, 0);
    assert_eq!(came_back, 0);
    assert!(
        2_000 < ambiguous,
        "the test has not tested much: {ambiguous}"
    );
    assert!(100 < repeats && 100 < failed);
}

const SEEDS: u64 = 60;

/// In every other session bytes are posted again even when the first copy may still be on its way.
fn patient_in(seed: u64) -> fn(&mut Timings) {
    match seed % 2 {
        0 => |_| {},
        _ => |timings| timings.repost_within = Duration::from_secs(30),
    }
}

#[test]
fn an_order_that_arrives_after_it_was_given_up_is_withdrawn_and_booked() {
    let hasty: fn(&mut Timings) = |timings| timings.arrival_max = Duration::from_secs(1);
    let (mut came_back, mut stopped) = (0, 0);
    for seed in 1..=20 {
        let (_, counts, halted) = paused(session(seed, 150, hasty));
        came_back += counts.came_back;
        // A sale that was given up and repeated may sell what the books do not have: trading stops, loudly.
        assert!(
            matches!(halted, None | Some(HaltReason::ImpossibleInput)),
            "seed {seed}: {halted:?}"
        );
        stopped += u32::from(halted.is_some());
    }
    println!(
        "{came_back} orders arrived after they had been given up; {stopped} of 20 sessions stopped"
    );
    assert!(stopped <= 2, "{stopped} sessions stopped");
    assert!(
        5 < came_back,
        "the bound on arrivals makes no difference: {came_back}"
    );
}

fn stranger(seq: u64) -> PlaceOrder {
    PlaceOrder {
        id: OrderId { seq, index: 7 },
        token: Token {
            market: MarketId(0),
            outcome: Outcome::Yes,
        },
        side: Side::Buy,
        limit: Price::from_micros(50_000).unwrap(),
        shares: Shares::whole(10),
        time_in_force: TimeInForce::Gtc,
        crossing: Crossing::Refused,
    }
}

async fn restart_with_an_old_backup() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::new(3, folder.path());
    let (mut agent, report) = place.start(1).await.unwrap();
    agreed(&report);
    let mut dice = fastrand::Rng::with_seed(3);
    for _ in 0..20 {
        agent.feed(news(&mut dice)).unwrap();
        agent.run(Duration::from_millis(500)).await.unwrap();
    }
    agent.run(Duration::from_secs(30)).await.unwrap();
    agent.machine.commit().unwrap();
    let backup = place.disk.copy();
    for _ in 0..60 {
        agent.feed(news(&mut dice)).unwrap();
        agent.run(Duration::from_millis(500)).await.unwrap();
    }
    let before = place.route.world().seen;
    drop(agent);
    let old = Place {
        disk: backup,
        ..place
    };
    let (mut agent, report) = old.start(2).await.unwrap();
    println!("old backup after {} posts: {report:?}", before.posts);
    agreed(&report);
    assert!(0 < report.newer_than_journal, "{report:?}");
    assert_eq!(
        report.newer_than_journal,
        report.adopted + report.external,
        "{report:?}"
    );
    agent.come_to_rest().await;
}

#[test]
fn an_old_backup_is_noticed_and_what_the_venue_knows_is_booked() {
    paused(restart_with_an_old_backup());
}

async fn foreign_orders(agent: &mut Agent) {
    let at = agent.now();
    agent
        .route
        .world()
        .admit(OrderHash("stranger".into()), stranger(1), at);
    agent.run(Duration::from_secs(30)).await.unwrap();
}

#[test]
fn an_order_of_somebody_else_counts_and_a_halt_withdraws_it() {
    paused(async {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(5, folder.path());
        let (mut agent, report) = place.start(1).await.unwrap();
        agreed(&report);
        foreign_orders(&mut agent).await;
        assert_eq!(agent.machine.engine().orders().len(), 1);
        assert_eq!(agent.gateway.counts().adopted, 1);
        agent.come_to_rest().await;
    });
}
