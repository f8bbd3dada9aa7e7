//! Each fault shows its symptom, is counted, and leaves the truth as it should be.

use quorate_local_venue::Faults;
use serde_json::json;

use crate::client::{token, world};

#[tokio::test]
async fn an_answer_is_lost_and_the_order_lives_or_not() {
    for (fault, lives) in [(1, true), (2, false), (3, false), (4, true)] {
        let world = world(Faults::none(), &[0]).await;
        world.fault(json!({ "next": [fault] })).await;
        let order = world.people[0].order(token(1), 0, 4_000_000, 10_000_000, "GTC");
        assert!(
            world.call(0, "POST", "/order", &order).await.is_none(),
            "fault {fault}"
        );
        let state = world.running.state();
        assert_eq!(
            !state["orders"].as_object().unwrap().is_empty(),
            lives,
            "fault {fault}"
        );
        assert_eq!(state["faults"][fault.to_string()], 1);
        let (status, again) = world.post(0, &order).await;
        assert_eq!(status == 400, lives, "the same bytes again: {again}");
    }
}

#[tokio::test]
async fn answers_to_a_posted_order_have_the_faults_form() {
    for (fault, status, words) in [
        (5, 500, "could not run the execution"),
        (6, 502, "<html>"),
        (11, 429, ""),
        (12, 400, "not enough balance"),
        (13, 400, "Duplicated."),
        (17, 200, "\"orderID\":\"\""),
    ] {
        let world = world(Faults::none(), &[0]).await;
        world.fault(json!({ "next": [fault] })).await;
        let order = world.people[0].order(token(1), 0, 4_000_000, 10_000_000, "GTC");
        let (got, answer) = world.post(0, &order).await;
        assert_eq!(got, status, "fault {fault}: {answer}");
        assert!(
            answer.to_string().contains(words),
            "fault {fault}: {answer}"
        );
        assert_eq!(world.running.state()["faults"][fault.to_string()], 1);
    }
}

#[tokio::test]
async fn a_restart_refuses_everything_and_then_all_but_post_only() {
    let world = world(Faults::none(), &[0]).await;
    world.fault(json!({ "restart_secs": 90 })).await;
    let mut order = world.people[0].order(token(1), 0, 4_000_000, 10_000_000, "GTC");
    assert_eq!(world.post(0, &order).await.0, 425);
    world.step(91);
    let (status, answer) = world.post(0, &order).await;
    assert_eq!((status, &answer["code"]), (503, &json!("post_only_mode")));
    order["postOnly"] = json!(true);
    assert_eq!(world.post(0, &order).await.0, 200);
}

#[tokio::test]
async fn a_trade_may_fail_hang_or_change_its_transaction() {
    for (fault, ends) in [
        (28, "FAILED"),
        (29, "MATCHED"),
        (30, "CONFIRMED"),
        (37, "CONFIRMED"),
    ] {
        let world = world(Faults::none(), &[0]).await;
        world.depth();
        world.fault(json!({ "next": [fault] })).await;
        let order = world.people[0].order(token(1), 0, 5_300_000, 10_000_000, "GTC");
        let (_, answer) = world.post(0, &order).await;
        assert_eq!(answer["status"], "matched");
        world.step(30);
        let state = world.running.state();
        let id = answer["tradeIDs"][0].as_str().unwrap();
        assert_eq!(state["trades"][id]["status"], ends, "fault {fault}");
        world.assert_conserved();
    }
}
