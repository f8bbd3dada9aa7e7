//! Topics are found by name, and an id that means something else now is refused.

use std::time::Duration;

use quorate_allora::topics::{confirm, confirm_on_chain, resolve, valid_for};
use quorate_allora::{TopicError, TopicInfo, TopicPin, wire};

fn topic(id: u64, name: &str) -> TopicInfo {
    TopicInfo {
        id,
        name: name.to_owned(),
        description: None,
        epoch_length: None,
        ground_truth_lag: None,
        loss_method: None,
        worker_submission_window: None,
        worker_count: None,
        reputer_count: None,
        is_active: None,
        updated_at: None,
    }
}

fn pin(id: u64, name: &str) -> TopicPin {
    TopicPin {
        id,
        name: name.to_owned(),
    }
}

#[test]
fn a_name_is_found_whatever_its_case_and_spaces() {
    let topics = [topic(3, "BTC/USD 8h Price"), topic(9, "ETH/USD  8h Price")];
    assert_eq!(resolve(&topics, " eth/usd 8h price ").unwrap().id, 9);
}

#[test]
fn an_unknown_name_is_answered_with_near_ones() {
    let topics = [
        topic(3, "BTC/USD 8h Price"),
        topic(9, "Election"),
        topic(10, "ETH/USD 8h Price"),
    ];
    let error = resolve(&topics, "BTC/USD 24h Price").unwrap_err();
    assert_eq!(
        error,
        TopicError::Unknown {
            name: "BTC/USD 24h Price".to_owned(),
            near: vec!["BTC/USD 8h Price".to_owned(), "ETH/USD 8h Price".to_owned()],
        }
    );
}

#[test]
fn of_two_with_one_name_the_active_one_is_meant_or_none() {
    let mut old = topic(3, "BTC");
    old.is_active = Some(false);
    assert_eq!(
        resolve(&[old.clone(), topic(4, "BTC")], "BTC").unwrap().id,
        4
    );
    assert!(matches!(
        resolve(&[old], "BTC"),
        Err(TopicError::Inactive { id: 3, .. })
    ));
    let error = resolve(&[topic(4, "BTC"), topic(5, "BTC")], "BTC").unwrap_err();
    assert!(matches!(error, TopicError::Ambiguous { ids, .. } if ids == [4, 5]));
}

#[test]
fn a_remapped_id_is_refused_and_the_new_place_is_named() {
    let topics = [topic(14, "SOL/USD 8h Price"), topic(20, "BTC/USD 8h Price")];
    let error = confirm(&topics, &pin(14, "BTC/USD 8h Price")).unwrap_err();
    assert_eq!(
        error,
        TopicError::Remapped {
            id: 14,
            expected: "BTC/USD 8h Price".to_owned(),
            found: "SOL/USD 8h Price".to_owned(),
            now_at: Some(20),
        }
    );
    assert!(error.to_string().contains("now at topic 20"), "{error}");
    assert_eq!(
        confirm(&topics, &pin(20, "btc/usd 8h price")).unwrap().id,
        20
    );
    assert!(matches!(
        confirm(&topics, &pin(7, "X")),
        Err(TopicError::Gone {
            id: 7,
            now_at: None,
            ..
        })
    ));
}

#[test]
fn the_chain_confirms_by_its_own_description() {
    let text = r#"{"topic": {"id": "14", "metadata": "BTC/USD 8h Price", "loss_method": "mse", "epoch_length": "12",
        "p_norm": "3", "allow_negative": false}, "weight": "1"}"#;
    let found = wire::chain_topic(text).unwrap();
    assert_eq!((found.epoch_length, found.p_norm), (12, Some(3.0)));
    confirm_on_chain(&found, &pin(14, "BTC/USD 8h Price")).unwrap();
    assert!(confirm_on_chain(&found, &pin(14, "ETH/USD 8h Price")).is_err());
    assert!(confirm_on_chain(&found, &pin(15, "BTC/USD 8h Price")).is_err());
}

#[test]
fn a_value_counts_for_an_epoch_and_the_window() {
    let block = Duration::from_millis(5_500);
    assert_eq!(valid_for(60, 12, block), block * 72);
    assert_eq!(valid_for(u64::MAX, 1, Duration::MAX), Duration::MAX);
}
