//! The loop, the gateway and a live feed together, in paused time, against a venue that outlives the process.

use std::time::Duration;

use crate::common::route::Faults;
use crate::common::{Agent, Nobody, Place, agreed, news, paused};
use quorate_agent::journal::{Loss, Note, Record};
use quorate_agent::runtime::event_loop::{Ended, EventLoop};
use quorate_agent::runtime::feed::{Feed, FeedLine, live_feed};
use quorate_agent::runtime::kill_switch::{KillModeWord, KillOrder, write_order};
use quorate_agent::runtime::order_path::{OrderPath, PathStart};
use quorate_agent::runtime::pace::{Pace, Speed};
use quorate_agent::runtime::start::{Lines, lines};
use quorate_domain::{Input, OperatorInput, Scope};

/// What the world says, every so often, until nobody listens.
async fn world(place: &Place, line: FeedLine, seed: u64) {
    let mut dice = fastrand::Rng::with_seed(seed);
    loop {
        tokio::time::sleep(Duration::from_millis(dice.u64(20..600))).await;
        let mut input = news(&mut dice);
        let now = place.route.world().now();
        match &mut input {
            Input::Market(news) => place.route.world().observe(news),
            Input::Inference(said) => said.published_at = now,
            _ => {}
        }
        if !line.tell(now, input).await {
            return;
        }
    }
}

/// How a life came to its end.
enum Death {
    Killed,
    Stopped(Box<Agent>),
}

/// One life of an instance: it opens, agrees with the venue, and turns until `script` is over.
async fn life<S: AsyncFnOnce(&Lines)>(place: &Place, seed: u64, script: S, end: End) -> Death {
    let (agent, report) = place.start(seed).await.unwrap();
    agreed(&report);
    let (line, feed) = live_feed(64);
    let (lines, inbox) = lines();
    let pace = Pace::starting(Speed::Times(1.0), place.route.world().now());
    // Taken apart by hand: dropping the harness would end the courier.
    let (machine, gateway, courier, route) = agent.into_parts();
    let mut turning =
        EventLoop::new(machine, feed, pace, inbox, place.switch.clone()).with_path(gateway);
    let mut nobody = Nobody;
    let ended = tokio::select! {
        biased;
        () = async {
            script(&lines).await;
            if end == End::Stopped {
                lines.stop.send_replace(true);
                std::future::pending::<()>().await;
            }
        } => None,
        () = world(place, line, seed) => panic!("nobody listens"),
        ended = turning.run(&mut nobody) => Some(ended.unwrap()),
    };
    let (machine, gateway) = turning.into_parts();
    let agent = Agent::of_parts((machine, gateway, courier, route));
    match ended {
        None => Death::Killed,
        Some(why) => {
            assert_eq!(why, Ended::Stopped);
            Death::Stopped(Box::new(agent))
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Killed,
    Stopped,
}

/// A day with faults and deaths, then a time without faults, then a stop.
async fn story(seed: u64) -> (u64, u64) {
    println!("seed {seed}");
    let folder = tempfile::tempdir().unwrap();
    let place = Place::new(seed, folder.path());
    let mut dice = fastrand::Rng::with_seed(seed);
    for number in 0..dice.u64(1..4) {
        place.route.world().faults = Faults::ALL;
        let alive = Duration::from_millis(dice.u64(200..90_000));
        let script = async |_: &Lines| tokio::time::sleep(alive).await;
        let death = life(&place, seed + number, script, End::Killed).await;
        assert!(matches!(death, Death::Killed));
        let loss = [Loss::Everything, Loss::Nothing][dice.usize(0..2)];
        place.disk.restart(loss);
        tokio::time::sleep(Duration::from_secs(dice.u64(0..100))).await;
    }
    // No more faults: everything must come to rest by itself.
    place.route.world().faults = Faults::NONE;
    let script = async |lines: &Lines| {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let (answer, taken) = tokio::sync::oneshot::channel();
        let input = OperatorInput::Halt(Scope::All);
        let demand = quorate_agent::runtime::event_loop::Demand { input, answer };
        lines.demands.send(demand).await.unwrap();
        taken.await.unwrap();
        // Executions settle, and what was in doubt is proven.
        tokio::time::sleep(Duration::from_secs(240)).await;
    };
    let Death::Stopped(mut agent) = life(&place, seed + 99, script, End::Stopped).await else {
        panic!("it was stopped");
    };
    agent.check();
    let seen = place.route.world().seen;
    (seen.arrived, seen.ambiguous)
}

#[test]
fn a_day_of_faults_and_deaths_loses_no_order_and_sends_none_twice() {
    let (mut arrived, mut ambiguous) = (0, 0);
    for seed in 0..25 {
        let (orders, doubts) = paused(story(seed));
        arrived += orders;
        ambiguous += doubts;
    }
    println!("{arrived} orders arrived, {ambiguous} of them in doubt: 0 duplicates, 0 lost");
    assert!(200 < arrived && 20 < ambiguous);
}

#[test]
fn a_stop_withdraws_everything_before_the_process_ends() {
    paused(async {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(5, folder.path());
        let most_open = std::cell::Cell::new(0);
        let script = async |_: &Lines| {
            // The stop comes at a moment at which several orders rest.
            for _ in 0..60_000 {
                tokio::time::sleep(Duration::from_millis(1)).await;
                most_open.set(place.route.world().open());
                if 4 <= most_open.get() {
                    return;
                }
            }
            panic!("never four orders rested within a minute");
        };
        let began = place.route.world().now();
        let death = life(&place, 5, script, End::Stopped).await;
        assert!(matches!(death, Death::Stopped(_)));
        assert_eq!(
            place.route.world().open(),
            0,
            "orders are left at the venue"
        );
        println!(
            "{} orders were open; stopped {} ms after the start",
            most_open.get(),
            place.route.world().now().since(began).as_millis()
        );
    });
}

#[test]
fn a_stop_ends_within_ten_seconds_although_the_venue_does_not_answer() {
    paused(async {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(6, folder.path());
        let asked = std::cell::Cell::new(place.route.world().now());
        let script = async |_: &Lines| {
            tokio::time::sleep(Duration::from_secs(20)).await;
            place.route.world().faults.query_failed = 100;
            asked.set(place.route.world().now());
        };
        let death = life(&place, 6, script, End::Stopped).await;
        assert!(matches!(death, Death::Stopped(_)));
        let took = place.route.world().now().since(asked.get());
        assert!(took <= Duration::from_millis(10_500), "{took:?}");
    });
}

#[test]
fn a_thrown_switch_withdraws_everything_and_nothing_leaves_any_more() {
    paused(async {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(8, folder.path());
        let posts = std::cell::Cell::new(0);
        let script = async |_: &Lines| {
            tokio::time::sleep(Duration::from_secs(30)).await;
            let order = KillOrder {
                mode: KillModeWord::Cancel,
                reason: "a test".into(),
                at: String::new(),
            };
            write_order(place.switch.file(), &order).unwrap();
            tokio::time::sleep(Duration::from_secs(2)).await;
            posts.set(place.route.world().seen.posts);
            assert!(0 < posts.get());
            assert_eq!(place.route.world().open(), 0);
            tokio::time::sleep(Duration::from_secs(60)).await;
        };
        life(&place, 8, script, End::Stopped).await;
        assert_eq!(place.route.world().seen.posts, posts.get());
    });
}

#[test]
fn what_the_feed_says_is_in_the_journal_with_its_remark_before_it() {
    paused(async {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(9, folder.path());
        let (agent, _) = place.start(9).await.unwrap();
        let (line, feed) = live_feed(4);
        let (lines, inbox) = lines();
        let pace = Pace::starting(Speed::Times(1.0), place.route.world().now());
        let (machine, gateway, _courier, _) = agent.into_parts();
        let mut turning =
            EventLoop::new(machine, feed, pace, inbox, place.switch.clone()).with_path(gateway);
        let mut dice = fastrand::Rng::with_seed(1);
        let said = loop {
            let input = news(&mut dice);
            if matches!(input, Input::Market(_)) {
                break input;
            }
        };
        let remark = Note {
            event: "a remark".into(),
            text: "of the feed".into(),
        };
        let now = place.route.world().now();
        line.tell_with(now, said.clone(), remark.clone()).await;
        let mut nobody = Nobody;
        tokio::select! {
            ended = turning.run(&mut nobody) => drop(ended.unwrap()),
            () = async {
                tokio::time::sleep(Duration::from_secs(2)).await;
                lines.stop.send_replace(true);
                std::future::pending::<()>().await;
            } => {}
        }
        drop(turning);
        let records = place.records();
        let noted = records
            .iter()
            .position(|record| *record == Record::Note(remark.clone()));
        let entered = records
            .iter()
            .position(|record| matches!(record, Record::Entry(entry) if entry.input == said));
        assert!(noted.is_some() && noted < entered, "{noted:?} {entered:?}");
    });
}

#[test]
fn a_start_that_is_stopped_while_the_venue_is_silent_ends_at_once() {
    paused(async {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(10, folder.path());
        let agent = place.open(10).unwrap();
        place.route.world().faults.query_failed = 100;
        let (mut machine, mut gateway, _courier, route) = agent.into_parts();
        let (lines, _inbox) = lines();
        let clock = || route.world().now();
        let began = place.route.world().now();
        let stop = lines.stop.subscribe();
        let mut nobody = Nobody;
        let start = tokio::select! {
            start = gateway.start(&mut machine, &clock, &mut nobody, stop) => start.unwrap(),
            () = async {
                tokio::time::sleep(Duration::from_secs(400)).await;
                lines.stop.send_replace(true);
                std::future::pending::<()>().await;
            } => panic!("never"),
        };
        assert_eq!(start, PathStart::Stopped);
        let took = place.route.world().now().since(began);
        assert!(took <= Duration::from_secs(401), "{took:?}");
    });
}

#[test]
fn a_feed_without_news_is_not_over_and_a_recording_without_more_is() {
    let (line, mut feed) = live_feed(1);
    assert!(!feed.is_over() && feed.next_at().is_none());
    drop(line);
    feed.look();
    assert!(!feed.is_over() && feed.take().is_none());
}
