//! The relayer: nonces, retries that help, retries that do not.

use std::sync::Arc;
use std::time::Duration;

use quorate_polymarket::geoblock::parse_geoblock;
use quorate_polymarket::relayer::{
    Again, RelayedWallet, Relayer, RelayerAuth, TransactionState, again_after,
};
use quorate_polymarket::rest::{Fault, RestError};

use crate::support::{NOW_S, SECRET, Venue, credentials, say};

fn builder() -> RelayerAuth {
    RelayerAuth::Builder(credentials(SECRET))
}

const TAKEN: &str = r#"{"transactionID":"t1","transactionHash":"","state":"STATE_NEW"}"#;

#[tokio::test]
async fn a_nonce_behind_the_chain_is_signed_again() {
    let behind = r#"{"error":"batch nonce 3 does not match on-chain nonce 5"}"#;
    let venue = Venue::start([
        say(200, r#"{"address":"0x1","nonce":"3"}"#),
        say(400, behind),
        say(200, TAKEN),
        say(200, r#"{"transaction_id":"t1","transaction_hash":"0xh","state":"STATE_CONFIRMED","error_msg":""}"#),
    ])
    .await;
    let relayer = Relayer::new(Arc::new(venue.client()), builder());
    let nonce = relayer.nonce("0x1", RelayedWallet::Deposit).await.unwrap();
    let taken = relayer
        .execute(nonce, |nonce| {
            Ok(format!(r#"{{"nonce":"{nonce}"}}"#).into_bytes())
        })
        .await
        .unwrap();
    assert_eq!((taken.state, taken.hash), (TransactionState::New, None));
    let done = relayer.finished(&taken.id).await.unwrap();
    assert_eq!(done.state, TransactionState::Confirmed);
    let asked = venue.asked();
    assert_eq!(
        asked[0].line(),
        "GET /relayer/v1/account/transactions/params?address=0x1&type=WALLET"
    );
    assert_eq!(
        (asked[1].body.as_str(), asked[2].body.as_str()),
        (r#"{"nonce":"3"}"#, r#"{"nonce":"5"}"#)
    );
    assert_eq!(asked[2].header("POLY_BUILDER_TIMESTAMP"), NOW_S.to_string());
    assert!(!asked[2].header("POLY_BUILDER_SIGNATURE").is_empty());
    assert_eq!(asked[3].path, "/relayer/v1/account/transactions/t1");
}

#[tokio::test]
async fn a_key_of_the_relayer_stands_in_headers() {
    let venue = Venue::start([say(200, TAKEN)]).await;
    let auth = RelayerAuth::Key {
        key: "k".to_owned().into(),
        address: "0xa".into(),
    };
    let relayer = Relayer::new(Arc::new(venue.client()), auth);
    relayer.submit(b"{}".to_vec()).await.unwrap();
    let asked = &venue.asked()[0];
    assert_eq!(asked.header("RELAYER_API_KEY"), "k");
    assert_eq!(asked.header("RELAYER_API_KEY_ADDRESS"), "0xa");
}

#[tokio::test]
async fn what_was_refused_or_lost_is_not_submitted_again() {
    let venue = Venue::start([
        say(400, r#"{"error":"invalid signature"}"#),
        say(502, "<html>"),
    ])
    .await;
    let relayer = Relayer::new(Arc::new(venue.client()), builder());
    for _ in 0..2 {
        let error = relayer
            .execute(1, |_| Ok(b"{}".to_vec()))
            .await
            .unwrap_err();
        assert!(matches!(error, RestError::Refused { .. }), "{error}");
    }
    assert_eq!(venue.asked().len(), 2);
}

#[test]
fn refusals_ask_for_different_things() {
    let nonce = |sent: u64| format!("batch nonce {sent} does not match on-chain nonce 5");
    let other = Fault::Other;
    assert_eq!(again_after(400, &other, &nonce(4)), Again::WithNonce(5));
    assert_eq!(again_after(400, &other, &nonce(6)), Again::Never);
    assert_eq!(again_after(400, &other, &nonce(5)), Again::Never);
    for busy in [
        "wallet busy: 1 active action",
        "wallet has in-flight action",
    ] {
        assert!(
            matches!(again_after(400, &other, busy), Again::AfterWait(_)),
            "{busy}"
        );
    }
    let after = Some(Duration::from_secs(9));
    assert_eq!(
        again_after(429, &Fault::Throttled { after }, ""),
        Again::AfterWait(Duration::from_secs(9))
    );
    assert_eq!(
        again_after(500, &Fault::Unclear, "wallet busy active action"),
        Again::Never
    );
    assert_eq!(
        TransactionState::parse("STATE_INVALID"),
        TransactionState::Invalid
    );
    assert!(!TransactionState::parse("STATE_MINED").is_final());
    assert!(!TransactionState::parse("novel").is_final());
}

#[tokio::test]
async fn a_place_that_cannot_be_read_is_no_permission() {
    let venue = Venue::start([
        say(
            200,
            r#"{"blocked":true,"ip":"203.0.113.7","country":"US","region":"NY"}"#,
        ),
        say(200, "<html>"),
    ])
    .await;
    let client = venue.client();
    assert!(client.geoblock().await.unwrap().blocked);
    assert!(client.geoblock().await.is_err());
    assert_eq!(venue.lines()[0], "GET /api/geoblock");
    for bad in ["{}", r#"{"blocked":"false"}"#, r#"{"blocked":null}"#] {
        assert!(parse_geoblock(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn keys_of_the_relayer_are_never_printed() {
    let key = RelayerAuth::Key {
        key: "canary-of-the-relayer".to_owned().into(),
        address: "0x1".to_owned(),
    };
    let printed = format!("{key:?} {:?}", builder());
    assert!(!printed.contains("canary"), "{printed}");
    assert!(!printed.contains(SECRET), "{printed}");
    assert!(printed.contains("0x1"), "{printed}");
}
