//! What is asked: paths, queries, pages and pieces.

use quorate_polymarket::rest::data::DataFilter;
use quorate_polymarket::rest::*;

use crate::support::{ID, Venue, say};

fn order_row(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","status":"LIVE","market":"0xc","asset_id":"7","side":"BUY","original_size":"10","size_matched":"0","price":"0.5","created_at":"1795305600"}}"#
    )
}

#[tokio::test]
async fn pages_are_read_to_their_end() {
    let page =
        |id: &str, next: &str| format!(r#"{{"data":[{}],"next_cursor":"{next}"}}"#, order_row(id));
    let venue = Venue::start([
        say(200, page("0x1", "AQ==")),
        say(200, page("0x2", "Ag==")),
        say(200, page("0x3", "LTE=")),
    ])
    .await;
    let orders = venue.client().open_orders(&OrderFilter::default()).await;
    let ids: Vec<_> = orders.unwrap().into_iter().map(|order| order.id).collect();
    assert_eq!(ids, ["0x1", "0x2", "0x3"]);
    assert_eq!(venue.lines()[2], "GET /data/orders?next_cursor=Ag%3D%3D");
}

#[tokio::test]
async fn pages_that_stand_still_are_an_error() {
    let stuck = r#"{"data":[],"next_cursor":"AQ=="}"#;
    let venue = Venue::start([say(200, stuck), say(200, stuck)]).await;
    let error = venue.client().trades(&TradeFilter::default()).await;
    assert!(
        matches!(error, Err(RestError::EndlessPages { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_order_that_is_not_open_is_none() {
    let venue = Venue::start([
        say(404, r#"{"error":"order not found"}"#),
        say(404, "Not Found"),
        say(200, "null"),
        say(200, order_row(ID)),
        say(404, "<html>"),
        say(500, ""),
    ])
    .await;
    let client = venue.client();
    for _ in 0..3 {
        assert_eq!(client.open_order(ID).await.unwrap(), None);
    }
    assert_eq!(client.open_order(ID).await.unwrap().unwrap().id, ID);
    for _ in 0..2 {
        assert!(client.open_order(ID).await.is_err());
    }
    assert_eq!(venue.lines()[0], format!("GET /data/order/{ID}"));
}

#[tokio::test]
async fn filters_stand_in_the_query() {
    let none = r#"{"data":[],"next_cursor":"LTE="}"#;
    let venue = Venue::start([say(200, none), say(200, r#"{"balance":"1"}"#), say(200, "")]).await;
    let client = venue.client();
    let filter = TradeFilter {
        condition_id: Some("0xc".into()),
        after_s: Some(7),
        ..TradeFilter::default()
    };
    client.trades(&filter).await.unwrap();
    let token = Asset::Conditional("9".into());
    let balance = client.balance(&token).await.unwrap();
    assert_eq!(balance.balance_micros, 1);
    client.refresh_balance(&Asset::Collateral).await.unwrap();
    assert_eq!(
        venue.lines(),
        [
            "GET /data/trades?market=0xc&after=7&next_cursor=MA%3D%3D",
            "GET /balance-allowance?asset_type=CONDITIONAL&token_id=9&signature_type=3",
            "GET /balance-allowance/update?asset_type=COLLATERAL&signature_type=3",
        ]
    );
}

#[tokio::test]
async fn books_come_in_pieces_of_five_hundred() {
    let venue = Venue::start([say(200, "[]"), say(200, "[]")]).await;
    let ids: Vec<String> = (0..501).map(|i| i.to_string()).collect();
    assert!(venue.client().books(&ids).await.unwrap().is_empty());
    let asked = venue.asked();
    let sent =
        |i: usize| -> Vec<serde_json::Value> { serde_json::from_str(&asked[i].body).unwrap() };
    assert_eq!((sent(0).len(), sent(1).len()), (500, 1));
    assert_eq!(sent(1)[0], serde_json::json!({"token_id": "500"}));
}

#[tokio::test]
async fn a_book_of_another_token_is_refused() {
    let body = r#"{"market":"0xc","asset_id":"8","timestamp":"1","hash":"h","bids":[],"asks":[]}"#;
    let venue = Venue::start([say(200, body)]).await;
    let error = venue.client().book("7").await.unwrap_err();
    assert!(error.to_string().contains("asset_id"), "{error}");
}

#[tokio::test]
async fn history_comes_in_windows_of_fifteen_days() {
    let day = 86_400;
    let points =
        |a: u64, b: u64| format!(r#"{{"history":[{{"t":{a},"p":0.25}},{{"t":{b},"p":0.5}}]}}"#);
    let venue = Venue::start([
        say(200, points(0, 15 * day)),
        say(200, points(15 * day, 20 * day)),
    ])
    .await;
    let history = venue
        .client()
        .prices_history("7", 0, 20 * day, 60)
        .await
        .unwrap();
    let times: Vec<_> = history.iter().map(|point| point.at_s / day).collect();
    assert_eq!(times, [0, 15, 20]);
    assert_eq!(
        venue.lines()[1],
        "GET /prices-history?market=7&startTs=1296000&endTs=1728000&fidelity=60"
    );
}

#[tokio::test]
async fn a_batch_is_one_list_of_the_callers_bytes() {
    let orders: Vec<SignedOrder> = (0..2)
        .map(|i| SignedOrder {
            id: format!("0x{i}"),
            body: format!(r#"{{"n":{i}}}"#).into_bytes(),
        })
        .collect();
    let venue = Venue::start([say(
        200,
        r#"[{"success":true,"errorMsg":"","orderID":"0x0","status":"live"},{"success":true,"errorMsg":"invalid nonce","orderID":"","status":""}]"#,
    )])
    .await;
    let client = venue.client();
    let outcomes = client.post_orders(&orders).await.unwrap();
    assert!(matches!(outcomes[0], PostOutcome::Accepted { .. }));
    assert_eq!(outcomes[1].fault(), Some(&Fault::BadNonce));
    assert_eq!(venue.asked()[0].body, r#"[{"n":0},{"n":1}]"#);
    let many = vec![orders[0].clone(); 16];
    let error = client.post_orders(&many).await.unwrap_err();
    assert!(
        matches!(
            error,
            RestError::AboveBurst {
                cost: 16,
                burst: 15,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(venue.asked().len(), 1);
}

#[tokio::test]
async fn cancels_come_in_pieces_that_the_tier_allows() {
    let answer = r#"{"canceled":["0x1"],"not_canceled":{}}"#;
    let venue = Venue::start([say(200, answer), say(200, answer)]).await;
    let client = venue.client();
    let ids: Vec<String> = (0..121).map(|i| format!("0x{i}")).collect();
    let cancelled = client.cancel_orders(&ids).await.unwrap();
    assert_eq!(cancelled.canceled.len(), 2);
    let sent: Vec<String> = serde_json::from_str(&venue.asked()[0].body).unwrap();
    assert_eq!(sent.len(), 120);
    let nothing = client.cancel_market_orders(None, None, 0).await;
    assert!(nothing.is_err());
    assert_eq!(venue.asked().len(), 2);
}

#[tokio::test]
async fn a_failed_call_keeps_no_other_orders_from_being_cancelled() {
    let venue = Venue::start([
        say(502, "<html>"),
        say(200, r#"{"canceled":["0x120"],"not_canceled":{}}"#),
    ])
    .await;
    let ids: Vec<String> = (0..121).map(|i| format!("0x{i}")).collect();
    assert!(venue.client().cancel_orders(&ids).await.is_err());
    assert_eq!(venue.asked()[1].body, r#"["0x120"]"#);
}

#[tokio::test]
async fn winners_need_a_closed_market_and_one_winner() {
    let market = |closed: bool, yes: bool, no: bool| {
        format!(
            r#"{{"condition_id":"0xc","closed":{closed},"tokens":[{{"token_id":"1","outcome":"Yes","price":1,"winner":{yes}}},{{"token_id":"2","outcome":"No","price":0,"winner":{no}}}]}}"#
        )
    };
    let venue = Venue::start([
        say(200, market(true, true, false)),
        say(200, market(false, true, false)),
        say(200, market(true, false, false)),
        say(200, market(true, true, true)),
    ])
    .await;
    let client = venue.client();
    let first = client.market("0xc").await.unwrap();
    assert_eq!(first.winner().unwrap().token_id, "1");
    for _ in 0..3 {
        assert!(client.market("0xc").await.unwrap().winner().is_none());
    }
}

#[tokio::test]
async fn the_data_server_is_filtered_again() {
    let row = |wallet: &str, condition: &str| {
        format!(
            r#"{{"proxy_wallet":"{wallet}","token_id":"1","condition_id":"{condition}","current_size":"3","status":"OPEN"}}"#
        )
    };
    let first = format!(
        r#"{{"data":[{},{}],"pagination":{{"has_more":true,"next_cursor":"n"}}}}"#,
        row("0xA", "0xc"),
        row("0xb", "0xc")
    );
    let second = format!(
        r#"{{"data":[{}],"pagination":{{"has_more":false,"next_cursor":null}}}}"#,
        row("0xa", "0xd")
    );
    let resolved = r#"{"data":[{"status":"RESOLVED","payouts":["0.5","0.5"],"was_disputed":false}],"pagination":{"has_more":false}}"#;
    let venue = Venue::start([say(200, first), say(200, second), say(200, resolved)]).await;
    let client = venue.client();
    let filter = DataFilter {
        user: Some("0xa".into()),
        condition_id: Some("0xc".into()),
        status: None,
    };
    assert_eq!(client.positions(&filter).await.unwrap().len(), 1);
    assert_eq!(
        venue.lines()[1],
        "GET /data-api/v2/positions?user=0xa&condition=0xc&cursor=n"
    );
    let resolution = &client.resolutions("0xc").await.unwrap()[0];
    let half = rust_decimal::Decimal::new(5, 1);
    assert_eq!(resolution.payouts, Some((half, half)));
}
