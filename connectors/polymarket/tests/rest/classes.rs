//! Every documented way to say no has its class, and nothing that proves nothing is taken for a proof.

use std::time::Duration;

use quorate_polymarket::rest::*;
use reqwest::header::HeaderMap;

use crate::support::{ID, NOW_S};

fn head(pairs: &[(&'static str, &str)]) -> Head {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.insert(*name, value.parse().unwrap());
    }
    Head::read(&headers, NOW_S)
}

fn reply(status: u16, body: &str) -> Reply {
    Reply::Answer {
        status,
        head: Head::default(),
        body: body.as_bytes().to_vec(),
    }
}

fn error(status: u16, words: &str) -> Reply {
    reply(status, &serde_json::json!({ "error": words }).to_string())
}

fn post(reply: &Reply) -> PostOutcome {
    classify_post(reply, ID)
}

#[test]
fn documented_refusals_have_their_class() {
    let duplicate = format!("order {ID} is invalid. Duplicated.");
    let table: Vec<(u16, &str, Fault)> = vec![
        (425, "service not ready", Fault::Restarting),
        (
            503,
            "post-only mode: only post-only orders and cancels are allowed",
            Fault::PostOnly { retry_after: None },
        ),
        (
            503,
            "Trading is currently cancel-only. New orders are not accepted",
            Fault::CancelOnly,
        ),
        (
            503,
            "Trading is currently disabled. Check polymarket.com for updates",
            Fault::Disabled,
        ),
        (429, "Too Many Requests", Fault::Throttled { after: None }),
        (401, "Unauthorized/Invalid api key", Fault::AuthFailed),
        (
            400,
            "not enough balance / allowance: the balance is not enough",
            Fault::Balance,
        ),
        (
            400,
            "order x breaks minimum tick size rule: 0.01",
            Fault::OffTick,
        ),
        (
            400,
            "Size lower than the minimum: 5",
            Fault::BelowMinimumShares,
        ),
        (
            400,
            "invalid amount for a marketable BUY order ($0.5), min size: $1",
            Fault::BelowMinimumCost,
        ),
        (
            400,
            "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals",
            Fault::BadAmounts,
        ),
        (
            400,
            "invalid post-only order: order crosses book",
            Fault::WouldCross,
        ),
        (
            400,
            "order couldn't be fully filled. FOK orders are fully filled or killed.",
            Fault::NotFillable,
        ),
        (
            400,
            "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.",
            Fault::NotFillable,
        ),
        (500, "order timed out", Fault::OrderTimedOut),
        (400, "order_version_mismatch", Fault::VersionMismatch),
        (
            400,
            "maker address not allowed, please use the deposit wallet flow",
            Fault::WrongWallet,
        ),
        (
            400,
            "the order signer address has to be the address of the API KEY",
            Fault::WrongWallet,
        ),
        (400, "address banned", Fault::Banned),
        (400, "address in closed only mode", Fault::ClosedOnly),
        (
            400,
            "the market is not yet ready to process new orders",
            Fault::NotReady,
        ),
        (400, "price discrepancy", Fault::RoundingAtMatch),
        (
            400,
            "the trade contains rounding issues",
            Fault::RoundingAtMatch,
        ),
        (400, "invalid expiration", Fault::BadExpiration),
        (400, "invalid nonce", Fault::BadNonce),
        (403, "Trading restricted in your region", Fault::Geoblocked),
        (400, "words that nobody has seen before", Fault::Other),
    ];
    for (status, words, fault) in &table {
        let outcome = post(&error(*status, words));
        assert_eq!(
            outcome.fault(),
            Some(fault),
            "{status} {words}: {outcome:?}"
        );
    }
    assert!(matches!(
        post(&error(400, &duplicate)),
        PostOutcome::AcceptedAlready { .. }
    ));
    assert!(matches!(
        post(&error(500, &duplicate)),
        PostOutcome::AcceptedAlready { .. }
    ));
}

#[test]
fn a_duplicate_of_another_order_proves_nothing() {
    let words = format!("order 0x{} is invalid. Duplicated.", "77".repeat(32));
    assert!(matches!(
        post(&error(400, &words)),
        PostOutcome::Unknown { .. }
    ));
}

#[test]
fn what_proves_nothing_is_unknown() {
    let page = "<html><body>502 Bad Gateway</body></html>";
    let accepted_in_page = format!(
        r#"<html>{{"success":true,"errorMsg":"","orderID":"{ID}","status":"live"}}</html>"#
    );
    let replies = [
        reply(502, page),
        reply(504, page),
        reply(200, page),
        reply(200, &accepted_in_page),
        reply(403, page),
        reply(404, page),
        reply(302, ""),
        reply(200, ""),
        reply(200, "null"),
        reply(200, "[]"),
        reply(200, r#"{"success":"#),
        error(500, "could not run the execution"),
        error(500, "not enough balance / allowance"),
        error(408, "timeout"),
        Reply::Lost {
            detail: "reset".into(),
        },
    ];
    for reply in &replies {
        assert!(
            matches!(post(reply), PostOutcome::Unknown { .. }),
            "{reply:?}"
        );
    }
}

#[test]
fn an_acceptance_needs_every_part_of_itself() {
    let good = serde_json::json!({
        "success": true, "errorMsg": "", "orderID": ID, "status": "live",
        "makingAmount": "", "takingAmount": "", "tradeIDs": [],
    });
    let outcome = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut body = good.clone();
        change(&mut body);
        parse_post_answer(body.to_string().as_bytes(), ID)
    };
    assert!(matches!(outcome(&|_| ()), PostOutcome::Accepted { .. }));
    for (name, wrong) in [
        ("orderID", serde_json::json!("")),
        ("orderID", serde_json::json!("0x77")),
        ("orderID", serde_json::json!(7)),
        ("success", serde_json::json!(false)),
        ("success", serde_json::json!("true")),
        ("status", serde_json::json!("unmatched")),
        ("status", serde_json::json!("")),
        ("tradeIDs", serde_json::json!("x")),
        ("makingAmount", serde_json::json!("many")),
        ("errorMsg", serde_json::json!("what is this")),
    ] {
        let found = outcome(&|body| body[name] = wrong.clone());
        assert!(
            matches!(found, PostOutcome::Unknown { .. }),
            "{name} {wrong}: {found:?}"
        );
    }
    let delayed = outcome(&|body| {
        body["status"] = "delayed".into();
        body["errorMsg"] = "order match delayed due to market conditions".into();
    });
    assert!(matches!(
        delayed,
        PostOutcome::Accepted {
            status: AcceptedAs::Delayed,
            ..
        }
    ));
}

#[test]
fn legs_of_a_batch_are_matched_by_position_and_checked_by_id() {
    let other = format!("0x{}", "22".repeat(32));
    let ids = [ID.to_owned(), other.clone()];
    let leg = |id: &str| serde_json::json!({"success": true, "errorMsg": "", "orderID": id, "status": "live"});
    let refused = serde_json::json!({
        "success": true, "errorMsg": "not enough balance / allowance", "orderID": "", "status": "",
    });
    let batch = |legs: Vec<serde_json::Value>| {
        classify_batch(
            &reply(200, &serde_json::Value::from(legs).to_string()),
            &ids,
        )
    };
    let mixed = batch(vec![leg(ID), refused]);
    assert!(matches!(mixed[0], PostOutcome::Accepted { .. }));
    assert_eq!(mixed[1].fault(), Some(&Fault::Balance));
    let swapped = batch(vec![leg(&other), leg(ID)]);
    assert!(
        swapped
            .iter()
            .all(|leg| matches!(leg, PostOutcome::Unknown { .. }))
    );
    let short = batch(vec![leg(ID)]);
    assert_eq!(short.len(), 2);
    assert!(
        short
            .iter()
            .all(|leg| matches!(leg, PostOutcome::Unknown { .. }))
    );
    let one_object = classify_batch(&reply(200, &leg(ID).to_string()), &ids);
    assert!(
        one_object
            .iter()
            .all(|leg| matches!(leg, PostOutcome::Unknown { .. }))
    );
    let whole = classify_batch(&error(400, "address banned"), &ids);
    assert!(whole.iter().all(|leg| leg.fault() == Some(&Fault::Banned)));
}

#[test]
fn waits_are_read_in_every_writing() {
    let after = |pairs: &[(&'static str, &str)]| head(pairs).retry_after;
    assert_eq!(after(&[]), None);
    assert_eq!(after(&[("retry-after", "0")]), Some(Duration::ZERO));
    assert_eq!(after(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
    let dated = [
        ("retry-after", "Tue, 24 Nov 2026 20:00:30 GMT"),
        ("date", "Tue, 24 Nov 2026 20:00:00 GMT"),
    ];
    assert_eq!(after(&dated), Some(Duration::from_secs(30)));
    let past = [
        ("retry-after", "Tue, 24 Nov 2026 19:00:00 GMT"),
        ("date", "Tue, 24 Nov 2026 20:00:00 GMT"),
    ];
    assert_eq!(after(&past), Some(Duration::ZERO));
    assert_eq!(after(&[("retry-after", "soon")]), None);
}

#[test]
fn the_cdn_throttles_in_a_web_page() {
    let page = "<html><title>Access denied | Error 1015</title></html>";
    for status in [403, 429] {
        let fault = post(&reply(status, page)).fault().cloned();
        assert_eq!(fault, Some(Fault::Throttled { after: None }), "{status}");
    }
}

#[test]
fn statuses_are_read_with_and_without_prefix() {
    assert_eq!(OrderStatus::parse("ORDER_STATUS_LIVE"), OrderStatus::Live);
    assert_eq!(OrderStatus::parse("live"), OrderStatus::Live);
    assert_eq!(
        OrderStatus::parse("CANCELED"),
        OrderStatus::Cancelled(String::new())
    );
    assert_eq!(
        OrderStatus::parse("ORDER_STATUS_CANCELED_MARKET_RESOLVED"),
        OrderStatus::Cancelled("MARKET_RESOLVED".into())
    );
    assert!(matches!(
        OrderStatus::parse(
            "CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed."
        ),
        OrderStatus::Cancelled(_)
    ));
    assert_eq!(
        OrderStatus::parse("Novel"),
        OrderStatus::Unknown("Novel".into())
    );
    assert_eq!(TradeStatus::parse("TRADE_STATUS_MINED"), TradeStatus::Mined);
    assert_eq!(
        TradeStatus::parse("MATCHED_NOT_BROADCASTED"),
        TradeStatus::Matched
    );
    assert!(!TradeStatus::parse("RETRYING").is_final());
    assert!(TradeStatus::parse("failed").is_final());
    assert!(!TradeStatus::parse("Novel").is_final());
}

#[test]
fn an_engine_that_stopped_midway_proves_nothing() {
    for words in [
        "could not run the execution",
        "could not insert order: system error",
        "error delaying the order",
        "order match delayed due to market conditions",
    ] {
        let refused = serde_json::json!({
            "success": false, "errorMsg": words, "orderID": "", "status": "",
        });
        for reply in [error(400, words), reply(200, &refused.to_string())] {
            let outcome = post(&reply);
            assert!(
                matches!(outcome, PostOutcome::Unknown { .. }),
                "{words}: {outcome:?}"
            );
        }
    }
    // A conflict may well mean that the order is there.
    assert!(matches!(
        post(&error(409, "words that nobody has seen before")),
        PostOutcome::Unknown { .. }
    ));
    let taken = serde_json::json!({
        "success": false, "errorMsg": "words that nobody has seen before", "orderID": ID, "status": "live",
    });
    assert!(matches!(
        post(&reply(200, &taken.to_string())),
        PostOutcome::Unknown { .. }
    ));
}

#[test]
fn words_about_one_order_say_nothing_about_the_others_of_the_call() {
    let ids = [ID.to_owned(), format!("0x{}", "22".repeat(32))];
    for words in [
        "not enough balance / allowance",
        "invalid post-only order: order crosses book",
        "words that nobody has seen before",
    ] {
        let whole = error(400, words);
        for outcome in classify_batch(&whole, &ids) {
            assert!(
                matches!(outcome, PostOutcome::Unknown { .. }),
                "{words}: {outcome:?}"
            );
        }
        let alone = classify_batch(&whole, &ids[..1]);
        assert!(alone[0].fault().is_some(), "{words}: {alone:?}");
    }
    for (status, words) in [(425, "service not ready"), (429, "Too Many Requests")] {
        for outcome in classify_batch(&error(status, words), &ids) {
            assert!(outcome.fault().is_some(), "{words}: {outcome:?}");
        }
    }
}

#[test]
fn a_path_that_is_not_found_says_nothing_about_an_order() {
    let cancel = |reply: &Reply| classify_cancel(reply, ID);
    for reply in [
        error(404, "Not Found"),
        error(404, "cannot DELETE /order: not found"),
        error(404, "market not found"),
    ] {
        let outcome = cancel(&reply);
        assert!(
            matches!(outcome, CancelOutcome::Unsure(_)),
            "{reply:?}: {outcome:?}"
        );
    }
    assert!(matches!(
        cancel(&error(404, "order not found")),
        CancelOutcome::NotOpen(_)
    ));
}
