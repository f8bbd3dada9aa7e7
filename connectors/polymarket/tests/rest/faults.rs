//! Real sockets that fail in every way a venue fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quorate_polymarket::rest::*;

use crate::support::{ID, NOW_S, Venue, client, client_at, nobody, raw, say, silent};

fn order() -> SignedOrder {
    SignedOrder {
        id: ID.to_owned(),
        body: br#"{"order":{}}"#.to_vec(),
    }
}

fn accepted() -> String {
    format!(r#"{{"success":true,"errorMsg":"","orderID":"{ID}","status":"live"}}"#)
}

async fn posted_to(url: &str) -> PostOutcome {
    client(url).post_order(&order()).await
}

#[tokio::test]
async fn not_a_byte_sent_is_a_proof_of_absence() {
    let outcome = posted_to(&nobody().await).await;
    assert_eq!(outcome.fault(), Some(&Fault::NotSent), "{outcome:?}");
}

#[tokio::test]
async fn a_reset_after_the_request_proves_nothing() {
    let outcome = posted_to(&raw(b"").await).await;
    assert!(
        matches!(outcome, PostOutcome::Unknown { .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn an_answer_cut_short_proves_nothing() {
    let cut = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"success\":true").await;
    let outcome = posted_to(&cut).await;
    assert!(
        matches!(outcome, PostOutcome::Unknown { .. }),
        "{outcome:?}"
    );
    let garbage = raw(b"garbage\r\n\r\n").await;
    let outcome = posted_to(&garbage).await;
    assert!(
        matches!(outcome, PostOutcome::Unknown { .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn truncated_gzip_proves_nothing() {
    // The ten bytes with which every gzip stream begins, and no more.
    let cut = raw(
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 10\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
    )
    .await;
    let outcome = posted_to(&cut).await;
    assert!(
        matches!(outcome, PostOutcome::Unknown { .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_body_of_ten_megabytes_is_not_kept() {
    let venue = Venue::start([say(200, vec![b' '; 10 << 20])]).await;
    let outcome = venue.client().post_order(&order()).await;
    let PostOutcome::Unknown { text } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(text.contains("more than 1048576 bytes"), "{text}");
}

#[tokio::test]
async fn no_answer_in_time_proves_nothing() {
    let outcome = posted_to(&silent().await).await;
    let PostOutcome::Unknown { text } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(text.contains("timed out"), "{text}");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Venue::start([say(200, accepted())]).await;
    let venue = Venue::start([say(307, "").with("location", &elsewhere.url)]).await;
    let outcome = venue.client().post_order(&order()).await;
    assert!(
        matches!(outcome, PostOutcome::Unknown { .. }),
        "{outcome:?}"
    );
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn an_order_is_sent_once_with_the_very_bytes_of_the_caller() {
    let venue = Venue::start([say(500, r#"{"error":"could not run the execution"}"#)]).await;
    let outcome = venue.client().post_order(&order()).await;
    assert!(matches!(outcome, PostOutcome::Unknown { .. }));
    let asked = venue.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].body, r#"{"order":{}}"#);
}

#[tokio::test]
async fn a_restart_is_followed_by_a_post_only_window() {
    let venue = Venue::start([say(425, ""), say(200, accepted())]).await;
    let client = venue.client();
    let weather = client.weather();
    let outcome = client.post_order(&order()).await;
    assert_eq!(outcome.fault(), Some(&Fault::Restarting));
    assert_eq!(weather.borrow().trading, Trading::Restarting);
    assert!(matches!(
        client.post_order(&order()).await,
        PostOutcome::Accepted { .. }
    ));
    let now = weather.borrow().clone();
    assert_eq!(now.trading, Trading::Enabled);
    assert_eq!(now.post_only_until_s, Some(NOW_S + 120));
}

#[tokio::test]
async fn the_states_of_the_venue_can_be_watched() {
    let told = |words: &str| serde_json::json!({ "error": words }).to_string();
    let venue = Venue::start([
        say(
            503,
            told("Trading is currently cancel-only. Cancels are accepted"),
        ),
        say(503, told("Trading is currently disabled.")),
        say(
            503,
            r#"{"error":"post-only mode: x","code":"post_only_mode","retry_after_seconds":45}"#,
        ),
        say(403, told("Trading restricted in your region")),
    ])
    .await;
    let client = venue.client();
    let weather = client.weather();
    client.post_order(&order()).await;
    assert_eq!(weather.borrow().trading, Trading::CancelOnly);
    client.post_order(&order()).await;
    assert_eq!(weather.borrow().trading, Trading::Disabled);
    client.post_order(&order()).await;
    assert_eq!(weather.borrow().trading, Trading::Enabled);
    assert_eq!(weather.borrow().post_only_until_s, Some(NOW_S + 45));
    client.post_order(&order()).await;
    assert_eq!(weather.borrow().access, Access::Geoblocked);
}

#[tokio::test]
async fn a_cancel_that_is_not_confirmed_is_unsure() {
    let id = ID;
    let gone = format!(
        r#"{{"canceled":[],"not_canceled":{{"{id}":"order can't be found - already canceled or matched"}}}}"#
    );
    let kept = format!(r#"{{"canceled":[],"not_canceled":{{"{id}":"order is delayed"}}}}"#);
    let venue = Venue::start([
        say(200, gone),
        say(200, kept),
        say(200, r#"{"canceled":[],"not_canceled":{}}"#),
        say(200, "<html>"),
        say(502, "<html>"),
        say(
            200,
            format!(r#"{{"canceled":["{id}"],"not_canceled":null}}"#),
        ),
    ])
    .await;
    let client = venue.client();
    assert!(matches!(
        client.cancel_order(id).await,
        CancelOutcome::NotOpen(_)
    ));
    for _ in 0..4 {
        let outcome = client.cancel_order(id).await;
        assert!(matches!(outcome, CancelOutcome::Unsure(_)), "{outcome:?}");
    }
    assert_eq!(client.cancel_order(id).await, CancelOutcome::Done);
}

#[tokio::test]
async fn a_failed_read_is_an_error_and_never_empty() {
    let venue = Venue::start([
        say(200, "<html>"),
        say(200, r#"{"next_cursor":"LTE="}"#),
        say(200, r#"{"data":[{"id":"0x1"}],"next_cursor":"LTE="}"#),
        say(200, r#"{"balance":"a lot"}"#),
        say(200, r#"{"allowances":{}}"#),
    ])
    .await;
    let client = venue.client();
    let all = OrderFilter::default();
    for _ in 0..3 {
        let error = client.open_orders(&all).await.unwrap_err();
        assert!(matches!(error, RestError::NotUnderstood { .. }), "{error}");
    }
    for _ in 0..2 {
        let error = client.balance(&Asset::Collateral).await.unwrap_err();
        assert!(matches!(error, RestError::NotUnderstood { .. }), "{error}");
    }
}

#[tokio::test]
async fn being_throttled_is_told_with_the_wait_and_not_repeated_when_it_is_long() {
    let page = "<html>Error 1015: you are being rate limited</html>";
    let venue = Venue::start([say(429, page).with("retry-after", "60")]).await;
    let client = venue.client();
    let error = client.market("0xc").await.unwrap_err();
    assert_eq!(
        error.retry_after(),
        Some(std::time::Duration::from_secs(60))
    );
    assert!(error.is_transient());
    assert_eq!(venue.asked().len(), 1);
    assert_eq!(client.weather().borrow().throttled_count, 1);
}

#[tokio::test]
async fn a_refusal_inside_a_success_changes_the_weather_too() {
    let body = r#"{"success":false,"errorMsg":"post-only mode: only post-only orders and cancels are allowed","orderID":"","status":""}"#;
    let venue = Venue::start([
        say(200, body),
        say(400, r#"{"error":"order_version_mismatch"}"#),
    ])
    .await;
    let client = venue.client();
    let outcome = client.post_order(&order()).await;
    assert_eq!(
        outcome.fault(),
        Some(&Fault::PostOnly { retry_after: None })
    );
    assert_eq!(
        client.weather().borrow().post_only_until_s,
        Some(NOW_S + 120)
    );
    let outcome = client.post_order(&order()).await;
    assert_eq!(outcome.fault(), Some(&Fault::VersionMismatch));
    assert_eq!(client.weather().borrow().version_mismatch_count, 1);
}

#[test]
fn keys_go_to_the_venue_or_to_this_machine_only() {
    for good in [
        "https://clob.polymarket.com",
        "https://clob.polymarket.com/",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
    ] {
        assert!(Base::parse("clob", good).is_ok(), "{good}");
    }
    for bad in [
        "http://clob.polymarket.com",
        "https://clob.polymarket.com.example.org",
        "https://example.org",
        "https://clob.polymarket.com@example.org",
        "https://user:pass@clob.polymarket.com",
        "https://clob.polymarket.com:444",
        "https://clob.polymarket.com/path",
        "https://clob.polymarket.com?x=1",
        "http://10.0.0.1",
        "http://127.0.0.1.example.org",
        "ftp://127.0.0.1",
        "clob.polymarket.com",
        "",
    ] {
        assert!(
            matches!(Base::parse("clob", bad), Err(RestError::Setting { .. })),
            "{bad}"
        );
    }
    assert!(Hosts::local("https://clob.polymarket.com").is_err());
}

#[tokio::test]
async fn a_stop_that_is_not_heard_of_any_more_is_not_believed_for_ever() {
    let told = |words: &str| serde_json::json!({ "error": words }).to_string();
    for (stop, state, lasts_s) in [
        (say(425, ""), Trading::Restarting, 30),
        (
            say(503, told("Trading is currently cancel-only.")),
            Trading::CancelOnly,
            60,
        ),
        (
            say(503, told("Trading is currently disabled.")),
            Trading::Disabled,
            60,
        ),
    ] {
        let venue = Venue::start([stop, say(200, "OK"), say(200, "OK")]).await;
        let now_s = Arc::new(AtomicU64::new(NOW_S));
        let wall = Arc::clone(&now_s);
        let client = client_at(
            &venue.url,
            Arc::new(move || wall.load(Ordering::Relaxed) * 1000),
        );
        client.post_order(&order()).await;
        let weather = client.weather();
        now_s.fetch_add(lasts_s - 1, Ordering::Relaxed);
        client.is_ok().await.unwrap();
        assert_eq!(weather.borrow().trading, state);
        now_s.fetch_add(1, Ordering::Relaxed);
        client.is_ok().await.unwrap();
        let now = weather.borrow().clone();
        assert_eq!(now.trading, Trading::Enabled);
        let window = (state == Trading::Restarting).then_some(NOW_S + lasts_s + 120);
        assert_eq!(now.post_only_until_s, window);
    }
}

#[tokio::test]
async fn a_throttled_heartbeat_holds_no_cancel_back() {
    let gone = format!(r#"{{"canceled":["{ID}"],"not_canceled":{{}}}}"#);
    let venue = Venue::start([say(429, "").with("retry-after", "60"), say(200, gone)]).await;
    let client = venue.client();
    assert!(matches!(client.beat("").await, Beat::Failed(_)));
    let cancelled = tokio::time::timeout(Duration::from_secs(5), client.cancel_order(ID)).await;
    assert_eq!(cancelled, Ok(CancelOutcome::Done));
}

#[tokio::test]
async fn an_answer_about_another_market_is_none() {
    let state = r#"{"condition_id":"0xd","closed":true,"tokens":[{"token_id":"1","outcome":"Yes","winner":true}]}"#;
    let terms = r#"{"c":"0xd","t":[{"t":"1","o":"Yes"},{"t":"2","o":"No"}],"mts":0.01,"mos":5}"#;
    let no_tokens = r#"{"c":"0xd","t":[],"mts":0.01,"mos":5}"#;
    let record = |condition: &str| {
        format!(r#"{{"condition_id":{condition},"status":"RESOLVED","payouts":[1,0]}}"#)
    };
    let records = format!(
        r#"{{"data":[{},{}],"pagination":{{"has_more":false}}}}"#,
        record("null"),
        record(r#""0xC""#)
    );
    let venue = Venue::start([
        say(200, state),
        say(200, terms),
        say(200, no_tokens),
        say(200, state),
        say(200, records),
    ])
    .await;
    let client = venue.client();
    let foreign = [
        client.market("0xc").await.err(),
        client.clob_market("0xc").await.err(),
        client.clob_market("0xd").await.err(),
    ];
    for error in foreign {
        assert!(
            matches!(error, Some(RestError::NotUnderstood { .. })),
            "{error:?}"
        );
    }
    assert!(client.market("0xD").await.unwrap().winner().is_some());
    let records = client.resolutions("0xc").await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].condition_id.as_deref(), Some("0xC"));
}
