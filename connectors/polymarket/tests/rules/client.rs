//! The client against a small server on this machine.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use quorate_polymarket::gamma::{
    EventQuery, Gamma, GammaError, GammaSettings, MarketQuery, Status, TagReach,
};

#[derive(Clone, Default)]
struct Seen {
    addresses: Arc<Mutex<Vec<String>>>,
    failures_left: Arc<AtomicU32>,
}

async fn answer(State(seen): State<Seen>, request: Request) -> Response {
    let address = request.uri().to_string();
    seen.addresses.lock().unwrap().push(address.clone());
    if seen.failures_left.load(Ordering::SeqCst) > 0 {
        seen.failures_left.fetch_sub(1, Ordering::SeqCst);
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match request.uri().path() {
        "/events/keyset" if address.contains("after_cursor=two") => {
            r#"{"events": [{"slug": "second"}], "next_cursor": null}"#.into_response()
        }
        "/events/keyset" => {
            r#"{"events": [{"slug": "first"}], "next_cursor": "two"}"#.into_response()
        }
        "/markets/keyset" => r#"{"markets": []}"#.into_response(),
        "/events/slug/known" => r#"{"slug": "known"}"#.into_response(),
        "/events/slug/elsewhere" => (
            StatusCode::FOUND,
            [(header::LOCATION, "/events/slug/known")],
        )
            .into_response(),
        "/events/slug/long" => "x".repeat(5000).into_response(),
        "/events/slug/busy" => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "0")]).into_response()
        }
        "/events/slug/wrong" => {
            (StatusCode::UNPROCESSABLE_ENTITY, "\u{1b}[31mbad order").into_response()
        }
        "/events/slug/page" => "<html>".into_response(),
        "/tags/slug/elections" => {
            r#"{"id": 144, "slug": "elections", "label": "Elections"}"#.into_response()
        }
        "/series" => r#"[{"id": "10684", "slug": "btc-up-or-down-5m"}]"#.into_response(),
        "/public-search" => r#"{"events": [{"slug": "found"}], "tags": null}"#.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn server() -> (Gamma, Seen) {
    let seen = Seen::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let router = Router::new().fallback(answer).with_state(seen.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let settings = GammaSettings {
        base_url: format!("http://{address}"),
        body_bytes_max: 4000,
        backoff_first: Duration::from_millis(1),
        backoff_max: Duration::from_millis(5),
        ..GammaSettings::default()
    };
    (Gamma::new(settings).unwrap(), seen)
}

#[tokio::test]
async fn pages_follow_one_another() {
    let (gamma, seen) = server().await;
    let query = EventQuery {
        status: Status::Closed,
        tag_slug: Some("elections & more".to_owned()),
        reach: TagReach::Related,
        order: Some("volume24hr".to_owned()),
        limit: 5000,
        ..EventQuery::default()
    };
    let first = gamma.events(&query, None).await.unwrap();
    assert_eq!(first.items[0].slug, "first");
    let second = gamma
        .events(&query, first.next_cursor.as_deref())
        .await
        .unwrap();
    assert_eq!(
        (second.items[0].slug.as_str(), second.next_cursor),
        ("second", None)
    );
    let asked = seen.addresses.lock().unwrap().clone();
    for pair in [
        "closed=true",
        "limit=100",
        "tag_slug=elections+%26+more",
        "related_tags=true",
        "order=volume24hr",
        "ascending=false",
    ] {
        assert!(asked[0].contains(pair), "{pair}: {}", asked[0]);
    }
    let markets = MarketQuery {
        condition_ids: vec!["0xa".to_owned(), "0xb".to_owned()],
        ..MarketQuery::default()
    };
    assert!(
        gamma
            .markets(&markets, None)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let asked = seen.addresses.lock().unwrap().clone();
    assert!(
        asked[2].contains("condition_ids=0xa&condition_ids=0xb"),
        "{}",
        asked[2]
    );
}

#[tokio::test]
async fn single_records_are_found_by_name() {
    let (gamma, seen) = server().await;
    assert_eq!(gamma.event("known").await.unwrap().slug, "known");
    assert_eq!(gamma.tag("elections").await.unwrap().id, "144");
    assert_eq!(
        gamma.series("btc-up-or-down-5m").await.unwrap().items[0].id,
        "10684"
    );
    assert_eq!(gamma.search("btc").await.unwrap().events[0].slug, "found");
    assert!(matches!(
        gamma.market("none").await,
        Err(GammaError::NotFound { .. })
    ));
    // A name cannot leave its place in the path.
    assert!(matches!(
        gamma.event("../markets?x=1#y").await,
        Err(GammaError::NotFound { .. })
    ));
    let asked = seen.addresses.lock().unwrap().last().unwrap().clone();
    assert_eq!(asked, "/events/slug/..%2Fmarkets%3Fx=1%23y");
}

#[tokio::test]
async fn a_fault_is_asked_again_and_given_up_in_the_end() {
    let (gamma, seen) = server().await;
    seen.failures_left.store(2, Ordering::SeqCst);
    assert!(gamma.event("known").await.is_ok());
    assert_eq!(seen.addresses.lock().unwrap().len(), 3);
    seen.failures_left.store(3, Ordering::SeqCst);
    assert!(matches!(
        gamma.event("known").await,
        Err(GammaError::ServerFault { status: 503, .. })
    ));
    assert!(matches!(
        gamma.event("busy").await,
        Err(GammaError::TooManyRequests {
            retry_after: Some(Duration::ZERO),
            ..
        })
    ));
}

#[tokio::test]
async fn refusals_say_what_happened_and_are_not_repeated() {
    let (gamma, seen) = server().await;
    assert!(matches!(
        gamma.event("elsewhere").await,
        Err(GammaError::Refused { status: 302, .. })
    ));
    assert!(matches!(
        gamma.event("long").await,
        Err(GammaError::TooLarge {
            bytes_max: 4000,
            ..
        })
    ));
    assert!(matches!(
        gamma.event("page").await,
        Err(GammaError::Shape { .. })
    ));
    match gamma.event("wrong").await {
        Err(GammaError::Refused { detail, .. }) => assert_eq!(detail, "bad order"),
        other => panic!("{other:?}"),
    }
    assert_eq!(seen.addresses.lock().unwrap().len(), 4);
}

#[test]
fn only_the_venue_and_this_machine_are_asked() {
    let with = |base_url: &str| {
        Gamma::new(GammaSettings {
            base_url: base_url.to_owned(),
            ..GammaSettings::default()
        })
        .map(|_| ())
    };
    for good in [
        "https://gamma-api.polymarket.com",
        "http://127.0.0.1:9",
        "http://[::1]:9",
        "http://localhost:9",
    ] {
        assert_eq!(with(good), Ok(()), "{good}");
    }
    for bad in [
        "http://gamma-api.polymarket.com",
        "https://gamma-api.polymarket.com.example",
        "https://gamma-api.polymarket.com:8443",
        "https://user:secret@gamma-api.polymarket.com",
        "https://169.254.169.254",
        "ftp://127.0.0.1",
        "gamma",
    ] {
        let refused = with(bad).unwrap_err();
        assert!(matches!(refused, GammaError::Setting { .. }), "{bad}");
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
}
