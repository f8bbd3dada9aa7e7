//! Any bytes at all: no panic, and nothing taken for an acceptance.

use proptest::prelude::*;
use quorate_polymarket::geoblock::parse_geoblock;
use quorate_polymarket::rest::data::parse_positions;
use quorate_polymarket::rest::heartbeat::classify_beat;
use quorate_polymarket::rest::*;

use crate::support::ID;

fn everything(body: &[u8]) {
    let _ = parse_book(body);
    let _ = parse_orders(body);
    let _ = parse_order(body);
    let _ = parse_trades(body).map(|page| {
        for trade in &page.items {
            let _ = own_executions(trade, &Identity::default());
        }
    });
    let _ = parse_balance(body);
    let _ = parse_cancelled(body);
    let _ = parse_clob_market(body);
    let _ = parse_markets(body);
    let _ = parse_history(body);
    let _ = parse_positions(body);
    let _ = parse_geoblock(body);
    let _ = parse_heartbeat_id(body);
}

/// A good answer of each kind, to be damaged.
fn good() -> Vec<Vec<u8>> {
    [
        format!(r#"{{"success":true,"errorMsg":"","orderID":"{ID}","status":"live","tradeIDs":[]}}"#),
        r#"{"error":"not enough balance / allowance","code":"x","retry_after_seconds":3}"#.into(),
        r#"{"market":"0xc","asset_id":"1","timestamp":"1","hash":"","bids":[{"price":"0.1","size":"1e3"}],"asks":[]}"#.into(),
        r#"{"data":[{"id":"t","market":"c","asset_id":"1","side":"BUY","size":"79228162514264337593543950335","price":"0.5","status":"MATCHED","match_time":"1","maker_orders":[{"order_id":"a","owner":"b","asset_id":"1","matched_amount":"79228162514264337593543950335","price":"0.5"},{"order_id":"a","owner":"b","asset_id":"1","matched_amount":"79228162514264337593543950335","price":"0.5"}]}],"next_cursor":"LTE="}"#.into(),
        r#"{"canceled":["a"],"not_canceled":{"b":"c"}}"#.into(),
    ]
    .map(String::into_bytes)
    .to_vec()
}

#[test]
fn sums_that_overflow_do_not_panic() {
    let us = Identity {
        api_key: "b".into(),
        ..Identity::default()
    };
    let page = parse_trades(&good()[3]).unwrap();
    assert_eq!(own_executions(&page.items[0], &us).len(), 2);
}

#[test]
fn deep_nesting_is_only_a_wrong_shape() {
    let deep = [vec![b'['; 200_000], vec![b']'; 200_000]].concat();
    everything(&deep);
    assert!(parse_book(&deep).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_with_any_status(status in 0_u16..1000, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        everything(&body);
        let reply = Reply::Answer { status, head: Head::default(), body };
        let outcome = classify_post(&reply, ID);
        let accepted = matches!(outcome, PostOutcome::Accepted { .. } | PostOutcome::AcceptedAlready { .. });
        prop_assert!(!accepted, "{outcome:?}");
        let _ = classify_batch(&reply, &[ID.to_owned()]);
        let _ = classify_cancel(&reply, ID);
        let _ = classify_beat(&reply);
    }

    #[test]
    fn damaged_answers(which in 0_usize..5, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut body = good()[which].clone();
        let at = at.index(body.len());
        body[at] = byte;
        everything(&body);
        let _ = parse_post_answer(&body, ID);
        body.truncate(cut.index(body.len()));
        everything(&body);
        let accepted = matches!(parse_post_answer(&body, ID), PostOutcome::Accepted { .. });
        prop_assert!(!accepted, "a part of an answer is no answer");
    }

    #[test]
    fn no_success_means_no_acceptance(status in prop_oneof![100_u16..200, 300_u16..600]) {
        let reply = Reply::Answer { status, head: Head::default(), body: good()[0].clone() };
        let outcome = classify_post(&reply, ID);
        let accepted = matches!(outcome, PostOutcome::Accepted { .. });
        prop_assert!(!accepted, "{status}: {outcome:?}");
    }
}
