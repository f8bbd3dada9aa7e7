//! Logging in, and what is done when the API key is refused.

use quorate_polymarket::rest::*;

use crate::support::{API_KEY, NOW_S, SECRET, Venue, logged_out, say};

fn key(api_key: &str) -> String {
    serde_json::json!({"apiKey": api_key, "secret": SECRET, "passphrase": "p"}).to_string()
}

const NO_ORDERS: &str = r#"{"data":[],"next_cursor":"LTE="}"#;
const REFUSED: &str = r#"{"error":"Unauthorized/Invalid api key"}"#;

#[tokio::test]
async fn a_known_key_is_derived() {
    let venue = Venue::start([say(200, key(API_KEY))]).await;
    let client = logged_out(&venue.url);
    client.log_in().await.unwrap();
    assert_eq!(venue.lines(), ["GET /auth/derive-api-key"]);
    let asked = &venue.asked()[0];
    assert_eq!(asked.header("POLY_TIMESTAMP"), NOW_S.to_string());
    assert_eq!(asked.header("POLY_NONCE"), "0");
    assert_eq!(
        asked.header("POLY_ADDRESS"),
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    );
    assert!(
        asked
            .header("POLY_SIGNATURE")
            .starts_with("0x72234d97a2288e2d")
    );
}

#[tokio::test]
async fn an_unknown_key_is_created_and_then_derived() {
    for second in [
        say(200, key("x")),
        say(400, r#"{"error":"Could not create api key"}"#),
    ] {
        let none = say(404, r#"{"error":"no key"}"#);
        let venue = Venue::start([none, second, say(200, key(API_KEY))]).await;
        let client = logged_out(&venue.url);
        client.log_in().await.unwrap();
        assert_eq!(
            venue.lines(),
            [
                "GET /auth/derive-api-key",
                "POST /auth/api-key",
                "GET /auth/derive-api-key"
            ]
        );
        assert_eq!(client.credentials().unwrap().api_key, API_KEY);
    }
}

#[tokio::test]
async fn a_secret_never_stands_in_an_error() {
    let body = format!(r#"{{"apiKey":"","secret":"{SECRET}","passphrase":"hidden words"}}"#);
    let venue = Venue::start([say(200, body), say(200, format!("[\"{SECRET}\"]"))]).await;
    let client = logged_out(&venue.url);
    for _ in 0..2 {
        let error = client.derive_key().await.unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(!told.contains(SECRET) && !told.contains("hidden"), "{told}");
    }
}

#[tokio::test]
async fn a_wrong_clock_is_set_once() {
    let venue = Venue::start([
        say(401, REFUSED),
        say(200, (NOW_S + 90).to_string()),
        say(200, NO_ORDERS),
    ])
    .await;
    let client = venue.client();
    client.open_orders(&OrderFilter::default()).await.unwrap();
    let asked = venue.asked();
    assert_eq!(asked[1].path, "/time");
    assert_eq!(asked[2].header("POLY_TIMESTAMP"), (NOW_S + 90).to_string());
    assert_eq!(client.weather().borrow().clock_offset_ms, 90_100);
}

#[tokio::test]
async fn a_refused_key_is_derived_once_and_then_given_up() {
    let venue = Venue::start([
        say(401, REFUSED),
        say(200, NOW_S.to_string()),
        say(401, REFUSED),
        say(200, key(API_KEY)),
        say(401, REFUSED),
        say(200, NO_ORDERS),
    ])
    .await;
    let client = venue.client();
    let error = client
        .open_orders(&OrderFilter::default())
        .await
        .unwrap_err();
    assert!(matches!(error, RestError::AuthFailed { .. }), "{error}");
    assert_eq!(
        venue.lines(),
        [
            "GET /data/orders?next_cursor=MA%3D%3D",
            "GET /time",
            "GET /data/orders?next_cursor=MA%3D%3D",
            "GET /auth/derive-api-key",
            "GET /data/orders?next_cursor=MA%3D%3D"
        ]
    );
    assert_eq!(client.weather().borrow().access, Access::KeyRefused);
    client.open_orders(&OrderFilter::default()).await.unwrap();
    assert_eq!(client.weather().borrow().access, Access::Open);
}

#[tokio::test]
async fn another_key_is_not_used_for_orders_that_name_the_old_one() {
    let venue = Venue::start([
        say(401, REFUSED),
        say(200, NOW_S.to_string()),
        say(401, REFUSED),
        say(200, key("99999999-2222-3333-4444-555555555555")),
    ])
    .await;
    let client = venue.client();
    let order = SignedOrder {
        id: crate::support::ID.to_owned(),
        body: b"{}".to_vec(),
    };
    let outcome = client.post_order(&order).await;
    assert_eq!(outcome.fault(), Some(&Fault::AuthFailed), "{outcome:?}");
    assert_eq!(client.credentials().unwrap().api_key, API_KEY);
}

#[tokio::test]
async fn private_calls_need_a_key() {
    let venue = Venue::start([]).await;
    let client = logged_out(&venue.url);
    let error = client
        .open_orders(&OrderFilter::default())
        .await
        .unwrap_err();
    assert!(matches!(error, RestError::NotLoggedIn { .. }), "{error}");
    assert!(venue.asked().is_empty());
}

#[tokio::test]
async fn the_account_can_be_asked() {
    let venue = Venue::start([
        say(200, r#"{"apiKeys":["a","b"]}"#),
        say(200, r#"{"closed_only":true}"#),
        say(200, r#"{"tier":"gold"}"#),
        say(
            200,
            r#"{"wallet":"0x1","signers":[{"address":"0x2","scopes":["TRADE"],"valid_until":7}]}"#,
        ),
        say(200, "\"OK\""),
    ])
    .await;
    let client = venue.client();
    assert_eq!(client.api_keys().await.unwrap(), ["a", "b"]);
    assert!(client.is_closed_only().await.unwrap());
    client.rate_limit_tier().await.unwrap();
    assert_eq!(client.budget().place_burst(), 600);
    let signers = client.session_signers().await.unwrap();
    assert_eq!(signers[0].address, "0x2");
    assert_eq!(signers[0].valid_until_s, Some(7));
    client.delete_key().await.unwrap();
    assert!(client.credentials().is_none());
}
