//! The heartbeat in paused time: chained ids, corrections, lost answers, a second writer.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use quorate_polymarket::rest::heartbeat::{INTERVAL, UNHEALTHY_AFTER, classify_beat};
use quorate_polymarket::rest::{Beat, Head, HeartbeatRoute, HeartbeatStatus, Reply, beat_forever};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::support::{Venue, say};

/// What happens to a beat.
#[derive(Clone)]
enum Next {
    Answer(Beat),
    Silence,
}

struct Scripted {
    next: Mutex<VecDeque<Next>>,
    sent: Mutex<Vec<(Duration, String)>>,
    start: Instant,
}

impl Scripted {
    fn new(next: impl IntoIterator<Item = Next>) -> Self {
        Self {
            next: Mutex::new(next.into_iter().collect()),
            sent: Mutex::new(Vec::new()),
            start: Instant::now(),
        }
    }

    fn sent(&self) -> Vec<(u64, String)> {
        let sent = self.sent.lock().unwrap();
        sent.iter()
            .map(|(at, id)| (u64::try_from(at.as_millis()).unwrap(), id.clone()))
            .collect()
    }
}

impl HeartbeatRoute for Scripted {
    async fn beat(&self, id: &str) -> Beat {
        self.sent
            .lock()
            .unwrap()
            .push((self.start.elapsed(), id.to_owned()));
        let next = self.next.lock().unwrap().pop_front();
        match next {
            Some(Next::Answer(beat)) => beat,
            Some(Next::Silence) => std::future::pending().await,
            None => Beat::Accepted("end".to_owned()),
        }
    }
}

fn ok(id: &str) -> Next {
    Next::Answer(Beat::Accepted(id.to_owned()))
}

fn wrong(id: &str) -> Next {
    Next::Answer(Beat::WrongId(id.to_owned()))
}

fn failed() -> Next {
    Next::Answer(Beat::Failed("HTTP 502".to_owned()))
}

/// Beats for a while; the statuses with their times in milliseconds.
async fn run(route: &Scripted, length: Duration) -> Vec<(u64, HeartbeatStatus)> {
    let (tx, mut rx) = watch::channel(HeartbeatStatus::default());
    let seen = Mutex::new(Vec::new());
    let watching = async {
        while rx.changed().await.is_ok() {
            let at = u64::try_from(route.start.elapsed().as_millis()).unwrap();
            seen.lock()
                .unwrap()
                .push((at, rx.borrow_and_update().clone()));
        }
    };
    let both = futures_util::future::join(beat_forever(route, &tx), watching);
    assert!(timeout(length, both).await.is_err());
    seen.into_inner().unwrap()
}

#[tokio::test(start_paused = true)]
async fn beats_are_chained_every_five_seconds() {
    let route = Scripted::new([ok("a"), ok("b"), ok("c")]);
    let seen = run(&route, INTERVAL * 2 + Duration::from_secs(1)).await;
    assert_eq!(seen, [(0, HeartbeatStatus::Healthy)]);
    let sent = route.sent();
    assert_eq!(
        sent,
        [(0, "".into()), (5000, "a".into()), (10_000, "b".into())]
    );
}

#[tokio::test(start_paused = true)]
async fn a_corrected_id_is_sent_at_once_and_may_be_empty() {
    let route = Scripted::new([wrong("x"), ok("a"), wrong(""), ok("b")]);
    run(&route, Duration::from_secs(7)).await;
    let sent = route.sent();
    assert_eq!(
        sent,
        [
            (0, "".into()),
            (0, "x".into()),
            (5000, "a".into()),
            (5000, "".into())
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_after_acceptance_is_repaired_in_time() {
    // The venue accepted the second beat and its answer was lost: the old id is wrong by then.
    let route = Scripted::new([ok("a"), Next::Silence, wrong("b"), ok("c")]);
    let seen = run(&route, Duration::from_secs(12)).await;
    assert_eq!(seen, [(0, HeartbeatStatus::Healthy)]);
    let ids: Vec<String> = route.sent().into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids[..4], ["", "a", "a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn silence_is_unhealthy_after_eight_seconds_and_heals() {
    let mut script = vec![ok("a")];
    script.extend(std::iter::repeat_n(Next::Silence, 3));
    script.push(ok("b"));
    let route = Scripted::new(script);
    let seen = run(&route, Duration::from_secs(20)).await;
    let unhealthy_ms = u64::try_from(UNHEALTHY_AFTER.as_millis()).unwrap();
    assert_eq!(seen[0], (0, HeartbeatStatus::Healthy));
    assert_eq!(seen[1].0, unhealthy_ms);
    assert!(matches!(seen[1].1, HeartbeatStatus::Unhealthy(_)));
    assert_eq!(seen[2].1, HeartbeatStatus::Healthy);
    assert_eq!(seen.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn failures_are_retried_soon_but_do_not_storm() {
    let route = Scripted::new(std::iter::repeat_n(failed(), 1000));
    let seen = run(&route, Duration::from_secs(30)).await;
    assert!(
        matches!(seen[0], (8000, HeartbeatStatus::Unhealthy(_))),
        "{seen:?}"
    );
    let count = route.sent().len();
    assert!((30..=61).contains(&count), "{count}");
    let fight = Scripted::new(std::iter::repeat_n(wrong("x"), 1000));
    run(&fight, Duration::from_secs(30)).await;
    assert!(fight.sent().len() <= 64, "{}", fight.sent().len());
}

#[tokio::test(start_paused = true)]
async fn a_second_writer_is_recognised() {
    let mut script = vec![ok("a")];
    for _ in 0..3 {
        script.extend([wrong("theirs"), ok("ours")]);
    }
    script.extend([ok("alone")]);
    let route = Scripted::new(script);
    let seen = run(&route, Duration::from_secs(22)).await;
    assert_eq!(
        seen,
        [
            (0, HeartbeatStatus::Healthy),
            (15_000, HeartbeatStatus::SecondWriter),
            (20_000, HeartbeatStatus::Healthy)
        ]
    );
}

#[test]
fn answers_to_beats() {
    let reply = |status, body: &str| Reply::Answer {
        status,
        head: Head::default(),
        body: body.as_bytes().to_vec(),
    };
    let wrong = r#"{"error_msg":"Invalid Heartbeat ID","heartbeat_id":""}"#;
    assert_eq!(
        classify_beat(&reply(400, wrong)),
        Beat::WrongId(String::new())
    );
    let accepted = classify_beat(&reply(200, r#"{"heartbeat_id":"n"}"#));
    assert_eq!(accepted, Beat::Accepted("n".into()));
    for failed in [
        reply(200, "{}"),
        reply(200, r#"{"heartbeat_id":""}"#),
        reply(200, "<html>"),
        reply(400, r#"{"error":"bad request"}"#),
        reply(425, ""),
        Reply::Lost {
            detail: "reset".into(),
        },
    ] {
        assert!(
            matches!(classify_beat(&failed), Beat::Failed(_)),
            "{failed:?}"
        );
    }
}

#[tokio::test]
async fn a_beat_over_a_socket() {
    let venue = Venue::start([say(200, r#"{"heartbeat_id":"n"}"#)]).await;
    let client = venue.client();
    assert_eq!(client.beat("").await, Beat::Accepted("n".into()));
    assert_eq!(venue.lines(), ["POST /v1/heartbeats"]);
    assert_eq!(venue.asked()[0].body, r#"{"heartbeat_id":""}"#);
}
