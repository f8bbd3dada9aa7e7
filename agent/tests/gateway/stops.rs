//! What stops orders: a thrown switch whatever hangs, a graceful end, and supervision of what dies by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::common::route::Faults;
use crate::common::{Place, agreed, news, paused};
use quorate_agent::runtime::kill_switch::{KillModeWord, KillOrder, write_order};
use quorate_agent::runtime::supervise::{Exit, RestartPolicy, Restarts, Supervised, supervise};
use quorate_domain::{Cash, Timestamp};

/// Real time and real threads: the loop hangs with orders handed over, and only the file of the switch is written.
#[test]
fn a_thrown_switch_stops_orders_within_a_second_although_the_loop_hangs() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (posts, last, thrown) = runtime.block_on(async {
        let mut place = Place::new(17, folder.path());
        place.timings.posts_at_once = 1;
        let (mut agent, report) = place.start(1).await.unwrap();
        agreed(&report);
        place.route.world().latency = Duration::from_millis(300);
        let mut dice = fastrand::Rng::with_seed(17);
        // Decided and handed over in turns that never wait: the courier is behind by many orders.
        for _ in 0..200 {
            agent.feed(news(&mut dice)).unwrap();
        }
        assert!(
            8 < agent.gateway.counts().posted,
            "{:?}",
            agent.gateway.counts()
        );
        let handed_over = agent.gateway.counts().posted;
        // From here on the loop hangs: nobody takes a turn.
        tokio::time::sleep(Duration::from_millis(700)).await;
        let order = KillOrder {
            mode: KillModeWord::Cancel,
            reason: "the loop hangs".into(),
            at: String::new(),
        };
        write_order(place.switch.file(), &order).unwrap();
        let thrown = place.route.world().now();
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(3) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let seen = place.route.world().seen;
        assert!(seen.posts < handed_over, "{} of {handed_over}", seen.posts);
        agent.turn().unwrap();
        assert!(0 < agent.gateway.counts().held_back);
        (seen.posts, seen.last_arrival.unwrap(), thrown)
    });
    let after = last.since(thrown);
    println!(
        "{posts} orders had left; the last byte arrived {} ms after the switch",
        after.as_millis()
    );
    assert!(after <= Duration::from_secs(1), "{after:?}");
    assert!(Timestamp::default() < thrown);
}

#[test]
fn a_graceful_end_withdraws_everything_within_ten_seconds() {
    paused(async {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(23, folder.path());
        let (mut agent, report) = place.start(1).await.unwrap();
        agreed(&report);
        let mut dice = fastrand::Rng::with_seed(23);
        for _ in 0..60 {
            agent.feed(news(&mut dice)).unwrap();
            agent.run(Duration::from_millis(200)).await.unwrap();
        }
        assert!(0 < place.route.world().open(), "nothing rests");
        let began = agent.now();
        assert_eq!(agent.stop().await.unwrap(), 0);
        let took = agent.now().since(began);
        println!("stopped within {} ms", took.as_millis());
        assert!(took <= Duration::from_secs(10));
        assert_eq!(place.route.world().open(), 0);
        let posts = place.route.world().seen.posts;
        agent.feed(news(&mut dice)).unwrap();
        agent.run(Duration::from_secs(60)).await.unwrap();
        assert_eq!(
            place.route.world().seen.posts,
            posts,
            "an order left after the stop"
        );
    });
}

#[test]
fn nothing_leaves_while_the_venue_does_not_answer_or_balances_differ() {
    paused(async {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(29, folder.path());
        let (agent, report) = place.start(1).await.unwrap();
        agreed(&report);
        drop(agent);
        place.disk.restart(quorate_agent::journal::Loss::Nothing);
        // Money that no input explains.
        {
            let mut world = place.route.world();
            let now = world.now();
            world.exchange.deposit(now, Cash::whole(1));
            world.pump();
        }
        let (mut agent, report) = place.start(2).await.unwrap();
        println!("{:?}", report.verdict);
        assert!(matches!(
            report.verdict,
            quorate_agent::runtime::gateway::Verdict::Mismatch(ref found) if found.len() == 1
        ));
        let mut dice = fastrand::Rng::with_seed(29);
        for _ in 0..50 {
            agent.feed(news(&mut dice)).unwrap();
            agent.run(Duration::from_millis(200)).await.unwrap();
        }
        assert_eq!(place.route.world().seen.posts, 0);
        drop(agent);
        place.disk.restart(quorate_agent::journal::Loss::Nothing);
        place.route.world().faults = Faults {
            query_failed: 100,
            ..Faults::NONE
        };
        let mut agent = place.open(3).unwrap();
        let report = agent.reconcile(Duration::from_secs(60)).await.unwrap();
        assert!(matches!(
            report.verdict,
            quorate_agent::runtime::gateway::Verdict::Unreachable(_)
        ));
    });
}

const QUICK: RestartPolicy = RestartPolicy {
    first: Duration::from_millis(500),
    max: Duration::from_secs(30),
    healthy_after: Duration::from_secs(60),
    restarts_in_a_row_max: 5,
};

#[test]
fn a_task_that_panics_is_started_again_and_counted() {
    paused(async {
        let (_keep, stop) = tokio::sync::watch::channel(false);
        let restarts = Restarts::default();
        let runs = Arc::new(AtomicU32::new(0));
        let ended = supervise("test", QUICK, restarts.clone(), stop, 1, || {
            let run = runs.fetch_add(1, Ordering::Relaxed);
            async move {
                match run {
                    0 => panic!("the first time"),
                    1 => Err("the second time".to_owned()),
                    _ => Ok(()),
                }
            }
        })
        .await;
        assert_eq!(ended, Supervised::Done);
        assert_eq!((restarts.restarts(), restarts.panics()), (2, 1));
    });
}

#[test]
fn a_task_that_never_gets_well_is_given_up_with_its_reason_and_a_stop_ends_it() {
    paused(async {
        let (asks, stop) = tokio::sync::watch::channel(false);
        let failing = || async { Err("no route".to_owned()) };
        let began = tokio::time::Instant::now();
        let ended = supervise("test", QUICK, Restarts::default(), stop.clone(), 1, failing).await;
        assert_eq!(ended, Supervised::GivenUp(Exit::Failed("no route".into())));
        // Half a second, doubling five times, each at least half: between 7.75 s and 15.5 s.
        let waited = began.elapsed();
        assert!(Duration::from_millis(7_750) <= waited && waited <= Duration::from_millis(15_500));
        let hanging = || async {
            std::future::pending::<()>().await;
            Ok(())
        };
        let task = tokio::spawn(supervise(
            "test",
            QUICK,
            Restarts::default(),
            stop,
            1,
            hanging,
        ));
        asks.send(true).unwrap();
        assert_eq!(task.await.unwrap(), Supervised::Stopped);
    });
}
