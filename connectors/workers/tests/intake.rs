//! The intake over real sockets: receipts, revisions, windows, and what the owner answers.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
mod house;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use common::{NOW, question};
use house::{body, code_of, house, open_house};
use quorate_domain::Timestamp;
use quorate_workers::FaultKind;
use quorate_workers::intake::{Accepted, IntakeLimits, Refused};
use serde_json::json;
use tokio::sync::mpsc;

#[tokio::test]
async fn a_question_is_found_answered_and_the_receipt_kept() {
    let house = open_house().await;
    let (status, open) = house.get("/v1/questions").await;
    assert_eq!((status, open.as_array().unwrap().len()), (200, 1));
    assert_eq!(open[0]["market_price"], 0.42);
    let (_, one) = house.get("/v1/questions/election/3/CA%2Fyes").await;
    assert_eq!(
        (one["topic"].as_u64(), one["state"].as_str()),
        (Some(7), Some("open"))
    );
    let (status, receipt) = house.push(&body(0.57)).await;
    assert_eq!(status, 201);
    assert_eq!(
        (receipt["status"].as_str(), receipt["value"].as_f64()),
        (Some("standing"), Some(0.57))
    );
    let path = format!("/v1/inferences/{}", receipt["hash"].as_str().unwrap());
    assert_eq!(house.get(&path).await, (200, receipt));
    // A receipt is its worker's own.
    let (status, answer) = house.send("GET", &path, "token of b", None).await;
    assert_eq!(
        code_of(status, &answer),
        (404, "unknown_inference".to_owned())
    );
    let (_, me) = house.get("/v1/me").await;
    assert_eq!(
        (me["worker"].as_str(), me["counters"]["heard"].as_u64()),
        (Some("a"), Some(1))
    );
}

#[tokio::test]
async fn names_serve_as_well_as_numbers() {
    let house = open_house().await;
    let named = json!({"topic": "election", "epoch": 3, "label": "CA/yes", "value": 0.57});
    let (_, first) = house.push(&named).await;
    let (status, same) = house.push(&body(0.57)).await;
    assert_eq!((status, first), (200, same));
}

#[tokio::test]
async fn the_same_body_gives_the_same_receipt_and_a_revision_names_what_it_replaces() {
    let house = open_house().await;
    let (_, first) = house.push(&body(0.5)).await;
    house.clock.advance(Duration::from_secs(5));
    assert_eq!(house.push(&body(0.5)).await, (200, first.clone()));
    let (status, second) = house.push(&body(0.6)).await;
    assert_eq!((status, &second["replaces"]), (201, &first["hash"]));
    house.clock.advance(Duration::from_secs(5));
    // A repeated old body, as from a retry that was overtaken, does not bring the old value back.
    let (status, old) = house.push(&body(0.5)).await;
    assert_eq!(status, 200);
    assert_eq!(
        (old["status"].as_str(), &old["replaced_by"]),
        (Some("replaced"), &second["hash"])
    );
    // With a nonce the old value is a new revision.
    let mut again = body(0.5);
    again["nonce"] = json!("2");
    let (status, third) = house.push(&again).await;
    assert_eq!((status, &third["replaces"]), (201, &second["hash"]));
    let counters = house.intake.counters().into_values().next().unwrap();
    assert_eq!(
        (counters.heard, counters.count(FaultKind::Duplicate)),
        (3, 2)
    );
}

#[tokio::test]
async fn after_the_window_nothing_changes() {
    let house = open_house().await;
    let (_, first) = house.push(&body(0.5)).await;
    house.clock.set(NOW + 1800);
    assert_eq!(
        house.refusal(&body(0.6).to_string()).await,
        (409, "window_closed".to_owned())
    );
    assert_eq!(house.get("/v1/questions").await, (200, json!([])));
    assert_eq!(house.push(&body(0.5)).await, (200, first.clone()));
    let path = format!("/v1/inferences/{}", first["hash"].as_str().unwrap());
    assert_eq!(house.get(&path).await.1["status"], "standing");
    // Closed by hand it stays closed, whatever the clock or a later update says.
    house.clock.set(NOW + 1801);
    house.intake.close(question().key());
    let mut longer = question();
    longer.closes_at = Timestamp::from_secs(NOW + 9000);
    house.intake.open(longer);
    assert_eq!(
        house.refusal(&body(0.6).to_string()).await,
        (409, "window_closed".to_owned())
    );
    let counters = house.intake.counters().into_values().next().unwrap();
    assert_eq!(counters.count(FaultKind::Late), 2);
}

#[tokio::test]
async fn an_older_value_does_not_overtake_a_newer_one() {
    let house = open_house().await;
    let at = |value: f64, age: u64| {
        let mut body = body(value);
        body["published_at"] = json!(NOW - age);
        body
    };
    assert_eq!(house.push(&at(0.5, 10)).await.0, 201);
    assert_eq!(
        house.refusal(&at(0.4, 20).to_string()).await,
        (422, "stale".to_owned())
    );
    assert_eq!(house.push(&at(0.6, 5)).await.0, 201);
}

#[tokio::test]
async fn no_receipt_without_the_owners_yes() {
    let limits = IntakeLimits {
        answer_timeout: Duration::from_millis(300),
        ..IntakeLimits::default()
    };
    let (house, mut receiver) = house(limits, 1).await;
    // The owner is slow: no receipt, and the retry offers the very same inference again.
    let text = body(0.5).to_string();
    assert_eq!(house.refusal(&text).await, (503, "unavailable".to_owned()));
    house.clock.advance(Duration::from_secs(1));
    let first = receiver.recv().await.unwrap();
    let owner = tokio::spawn(async move {
        let again = receiver.recv().await.unwrap();
        let heard = again.heard.clone();
        again
            .answer
            .send(Ok(Accepted {
                seq: 9,
                at: heard.received_at,
            }))
            .unwrap();
        (receiver, heard)
    });
    let (status, receipt) = house.push(&body(0.5)).await;
    let (mut receiver, again) = owner.await.unwrap();
    assert_eq!((status, receipt["journal_seq"].as_u64()), (201, Some(9)));
    assert_eq!(first.heard, again);
    // The owner refuses.
    let owner = tokio::spawn(async move {
        for refused in [
            Refused::WindowClosed,
            Refused::Unavailable("journal full".to_owned()),
        ] {
            receiver
                .recv()
                .await
                .unwrap()
                .answer
                .send(Err(refused))
                .unwrap();
        }
    });
    assert_eq!(
        house.refusal(&body(0.6).to_string()).await,
        (409, "window_closed".to_owned())
    );
    assert_eq!(
        house.refusal(&body(0.6).to_string()).await,
        (503, "unavailable".to_owned())
    );
    // The owner is gone.
    owner.await.unwrap();
    assert_eq!(
        house.refusal(&body(0.6).to_string()).await,
        (503, "unavailable".to_owned())
    );
    let hash = receipt["hash"].as_str().unwrap();
    assert_eq!(
        house.get(&format!("/v1/inferences/{hash}")).await.1["status"],
        "standing"
    );
}

#[tokio::test]
async fn what_was_taken_before_a_restart_is_recalled() {
    let (before, mut receiver) = house(IntakeLimits::default(), 4).await;
    let owner = tokio::spawn(async move {
        let taken = receiver.recv().await.unwrap();
        let accepted = Accepted {
            seq: 0,
            at: taken.heard.received_at,
        };
        taken.answer.send(Ok(accepted)).unwrap();
        (taken.heard, accepted)
    });
    let (_, receipt) = before.push(&body(0.5)).await;
    let (heard, accepted) = owner.await.unwrap();
    let after = open_house().await;
    after.intake.recall(&heard, accepted);
    assert_eq!(after.push(&body(0.5)).await, (200, receipt.clone()));
    // What is said next replaces it, so the order of values is known again too.
    let (status, next) = after.push(&body(0.6)).await;
    assert_eq!((status, &next["replaces"]), (201, &receipt["hash"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_pushes_at_once_make_one_chain_without_a_gap() {
    let limits = IntakeLimits {
        burst: 1000,
        ..IntakeLimits::default()
    };
    let (house, mut receiver) = house(limits, 512).await;
    let (noted, mut notes) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut seq = 0;
        while let Some(taken) = receiver.recv().await {
            seq += 1;
            noted.send((taken.heard.hash, taken.replaces)).unwrap();
            let _ = taken.answer.send(Ok(Accepted {
                seq,
                at: taken.heard.received_at,
            }));
        }
    });
    let house = Arc::new(house);
    let mut pushes = tokio::task::JoinSet::new();
    for n in 0..300_u32 {
        let house = Arc::clone(&house);
        pushes.spawn(async move {
            // A hundred different values, each three times.
            let value = f64::from(n % 100) / 1000.0;
            house.push(&body(value)).await
        });
    }
    let mut hashes = BTreeSet::new();
    let mut created = 0;
    while let Some(answer) = pushes.join_next().await {
        let (status, receipt) = answer.unwrap();
        assert!(status == 200 || status == 201, "{status} {receipt}");
        created += usize::from(status == 201);
        hashes.insert(receipt["hash"].as_str().unwrap().to_owned());
    }
    assert_eq!((created, hashes.len()), (100, 100));
    let counters = house.intake.counters().into_values().next().unwrap();
    assert_eq!(
        (
            counters.asked,
            counters.heard,
            counters.count(FaultKind::Duplicate)
        ),
        (300, 100, 200)
    );
    let mut standing = None;
    for _ in 0..100 {
        let (hash, replaces) = notes.recv().await.unwrap();
        assert_eq!(replaces, standing, "each replaces the one before");
        standing = Some(hash);
    }
    assert!(notes.try_recv().is_err(), "nothing is offered twice");
}
