//! The desk: everyone is asked side by side, windows open and close, and jumpy values are excluded until they settle.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use common::{
    AfterAnswer, NOW, PATIENCE, SetClock, desk, http, next, question, raw_server, script, serve,
    worker,
};
use quorate_domain::{EpochId, Timestamp, TopicId, WorkerId};
use quorate_workers::{FaultKind, FromWorker, Steadiness, TokenDigest, WorkerKind, WorkerSpec};

fn name_of(said: &FromWorker) -> &str {
    match said {
        FromWorker::Heard(heard) => &heard.worker,
        FromWorker::Forecast(forecast) => &forecast.worker_name,
        FromWorker::Fault(report) => &report.worker_name,
    }
}

#[tokio::test]
async fn one_that_hangs_and_one_that_crashes_delay_nobody() {
    let hung = raw_server(vec![], Duration::ZERO, AfterAnswer::Hang).await;
    let good = serve(Router::new().route("/", get(|| async { "0.57" }))).await;
    let specs = vec![
        WorkerSpec {
            timeout: PATIENCE,
            ..http(1, "hung", format!("http://{hung}/"))
        },
        WorkerSpec {
            timeout: PATIENCE,
            ..script(2, "stuck", "sleep 1000")
        },
        script(3, "crashing", "kill -SEGV $$"),
        http(4, "good", format!("http://{good}/")),
    ];
    let (mut desk, mut receiver) = desk(specs, &SetClock::new());
    let start = Instant::now();
    desk.open(question());
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    while said.get("good").is_none_or(|times| *times < 10) {
        *said
            .entry(name_of(&next(&mut receiver).await).to_owned())
            .or_default() += 1;
    }
    assert!(start.elapsed() < PATIENCE / 2);
    assert!(
        !said.contains_key("hung") && !said.contains_key("stuck"),
        "{said:?}"
    );
    let counters = desk.counters();
    assert!(counters.get(&WorkerId(4)).unwrap().heard >= 10);
    assert_eq!(counters.get(&WorkerId(1)).unwrap().heard, 0);
}

#[tokio::test]
async fn a_worker_is_asked_no_more_questions_at_once_than_it_can_bear() {
    static NOW_IN: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let slow = get(|| async {
        let present = NOW_IN.fetch_add(1, Ordering::SeqCst) + 1;
        MOST.fetch_max(present, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
        NOW_IN.fetch_sub(1, Ordering::SeqCst);
        "0.5"
    });
    let address = serve(Router::new().route("/", slow)).await;
    let mut spec = http(1, "w", format!("http://{address}/"));
    spec.concurrent_max = 3;
    let (mut desk, mut receiver) = desk(vec![spec], &SetClock::new());
    for epoch in 0..20 {
        let mut question = question();
        question.epoch = EpochId(epoch);
        desk.open(question);
    }
    let mut heard = std::collections::BTreeSet::new();
    while heard.len() < 20 {
        if let FromWorker::Heard(one) = next(&mut receiver).await {
            heard.insert(one.question);
        }
    }
    let most = MOST.load(Ordering::SeqCst);
    assert!((2..=3).contains(&most), "{most} at once");
}

#[tokio::test]
async fn nobody_is_asked_before_the_window_opens_or_after_it_closes() {
    let clock = SetClock::new();
    let (mut desk, mut receiver) = desk(vec![worker(1, "w", WorkerKind::Market)], &clock);
    let mut question = question();
    question.opens_at = Timestamp::from_secs(NOW + 10);
    question.closes_at = Timestamp::from_secs(NOW + 20);
    desk.open(question.clone());
    let quiet = tokio::time::timeout(Duration::from_millis(400), receiver.recv()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    clock.set(NOW + 10);
    assert!(matches!(next(&mut receiver).await, FromWorker::Heard(_)));
    clock.set(NOW + 20);
    while let Ok(Some(said)) =
        tokio::time::timeout(Duration::from_millis(400), receiver.recv()).await
    {
        if let FromWorker::Heard(heard) = said {
            assert!(heard.received_at < question.closes_at);
        }
    }
}

#[tokio::test]
async fn an_answer_that_comes_after_the_window_is_late() {
    let clock = SetClock::new();
    let ticking = Arc::clone(&clock);
    let closing = get(move || async move {
        ticking.set(NOW + 1800);
        "0.5"
    });
    let address = serve(Router::new().route("/", closing)).await;
    let (mut desk, mut receiver) = desk(vec![http(1, "w", format!("http://{address}/"))], &clock);
    desk.open(question());
    match next(&mut receiver).await {
        FromWorker::Fault(report) => assert_eq!(report.fault.kind(), FaultKind::Late),
        other => panic!("expected a fault, got {other:?}"),
    }
}

#[tokio::test]
async fn the_market_speaks_the_price_of_the_latest_update_or_not_at_all() {
    let (mut desk, mut receiver) = desk(vec![worker(1, "w", WorkerKind::Market)], &SetClock::new());
    desk.open(question());
    let FromWorker::Heard(first) = next(&mut receiver).await else {
        panic!("no inference")
    };
    assert_eq!(first.inference.value, 0.42);
    let mut moved = question();
    for (price, expected) in [(Some(0.5), "0.5"), (None, "unreachable")] {
        moved.market_price = price;
        desk.open(moved.clone());
        let start = Instant::now();
        loop {
            let seen = match next(&mut receiver).await {
                FromWorker::Heard(heard) => heard.inference.value.to_string(),
                FromWorker::Fault(report) => report.fault.code().to_owned(),
                FromWorker::Forecast(_) => String::new(),
            };
            if seen == expected {
                break;
            }
            assert!(start.elapsed() < PATIENCE);
        }
    }
}

#[tokio::test]
async fn a_value_that_jumps_to_and_fro_is_excluded_until_it_settles() {
    let clock = SetClock::new();
    let count = Arc::new(AtomicUsize::new(0));
    let (served, ticking) = (Arc::clone(&count), Arc::clone(&clock));
    // Twenty times to and fro, then steady; each answer a second after the one before.
    let jumpy = get(move || async move {
        ticking.advance(Duration::from_secs(1));
        match served.fetch_add(1, Ordering::SeqCst) {
            n @ 0..20 if n % 2 == 0 => "0.1",
            0..20 => "0.9",
            _ => "0.5",
        }
    });
    let address = serve(Router::new().route("/", jumpy)).await;
    let mut spec = http(1, "w", format!("http://{address}/"));
    spec.poll_every = Duration::from_millis(1);
    spec.steadiness = Steadiness {
        jump: 0.5,
        turns_max: 3,
        window: Duration::from_secs(30),
    };
    let (mut desk, mut receiver) = desk(vec![spec], &clock);
    desk.open(question());
    let mut heard = Vec::new();
    let mut excluded = 0;
    while heard.last() != Some(&0.5) {
        match next(&mut receiver).await {
            FromWorker::Heard(one) => heard.push(one.inference.value),
            FromWorker::Fault(report) => {
                assert_eq!(report.fault.kind(), FaultKind::FlipFlop);
                excluded += 1;
            }
            FromWorker::Forecast(_) => {}
        }
    }
    // Five values make three turns; the sixth is one too many.
    assert_eq!(heard, [0.1, 0.9, 0.1, 0.9, 0.1, 0.5]);
    // The last turn, at the 20th answer, keeps it excluded until fewer than four lie within 30 s.
    assert!((30..50).contains(&excluded), "{excluded}");
}

#[tokio::test]
async fn a_worker_speaks_about_its_own_topics_only_and_pushers_are_not_asked() {
    let mut other = worker(1, "other", WorkerKind::Market);
    other.topics.insert(TopicId(8));
    let pusher = worker(2, "pusher", WorkerKind::Push(TokenDigest::of("t")));
    let (mut desk, mut receiver) = desk(vec![other, pusher], &SetClock::new());
    desk.open(question());
    let quiet = tokio::time::timeout(Duration::from_millis(200), receiver.recv()).await;
    assert!(quiet.is_err(), "{quiet:?}");
}

#[tokio::test]
async fn ids_and_names_are_unique() {
    for (id, name) in [(1, "b"), (2, "a")] {
        let specs = vec![
            worker(1, "a", WorkerKind::Market),
            worker(id, name, WorkerKind::Market),
        ];
        let (sender, _receiver) = tokio::sync::mpsc::channel(1);
        assert!(quorate_workers::Desk::start(specs, SetClock::new(), sender).is_err());
    }
}
