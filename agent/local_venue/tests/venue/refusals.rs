//! What the venue refuses, and in which words.

use quorate_local_venue::Faults;
use serde_json::{Value, json};

use crate::client::{token, world};

#[tokio::test]
async fn a_signature_of_each_kind_of_wallet_holds_and_any_change_breaks_it() {
    let world = world(Faults::none(), &[0, 1, 2, 3]).await;
    for who in 0..4 {
        let person = &world.people[who];
        let good = person.order(token(1), 0, 4_000_000, 10_000_000, "GTC");
        let text = good["order"]["signature"].as_str().unwrap().to_owned();
        let mut table: Vec<(&str, Value)> = vec![
            ("makerAmount", json!("3000000")),
            ("salt", json!(77)),
            ("timestamp", json!("1795305600001")),
            ("tokenId", json!(token(2).to_string())),
            ("signature", json!(format!("{text}00"))),
            ("signature", json!("0x")),
        ];
        if person.kind == 3 {
            for byte in [70, 100, 140, 315] {
                let mut bytes = alloy_primitives::hex::decode(&text).unwrap();
                bytes[byte] ^= 1;
                let changed = format!("0x{}", alloy_primitives::hex::encode(bytes));
                table.push(("signature", json!(changed)));
            }
        }
        for (field, value) in table {
            let mut bad = good.clone();
            bad["order"][field] = value;
            let (status, answer) = world.post(who, &bad).await;
            let error = answer["error"].as_str().unwrap();
            assert_eq!(status, 400, "{field}: {answer}");
            assert!(error.starts_with("invalid signature"), "{field}: {error}");
        }
        let (status, answer) = world.post(who, &good).await;
        assert_eq!(
            (status, &answer["status"]),
            (200, &json!("live")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn each_broken_rule_is_told_in_the_venues_words() {
    let world = world(Faults::none(), &[0, 3]).await;
    world.depth();
    let me = &world.people[0];
    let with = |mut order: Value, name: &str, value: Value| {
        order[name] = value;
        order
    };
    let plain = || me.order(token(1), 0, 4_000_000, 10_000_000, "GTC");
    let mut early = with(plain(), "orderType", json!("GTD"));
    early["order"]["expiration"] = json!((crate::client::START + 100).to_string());
    let table = [
        (
            with(plain(), "owner", json!("other")),
            "the order owner has to be the owner of the API KEY",
        ),
        (
            world.people[1].order(token(1), 0, 4_000_000, 10_000_000, "GTC"),
            "the order owner has to be",
        ),
        (
            me.order(token(9), 0, 4_000_000, 10_000_000, "GTC"),
            "does not exist",
        ),
        (
            me.order(token(1), 0, 4_050_000, 10_000_000, "GTC"),
            "breaks minimum tick size rule",
        ),
        (
            me.order(token(1), 0, 1_600_000, 4_000_000, "GTC"),
            "lower than the minimum",
        ),
        (
            me.order(token(1), 0, 4_000_000, 10_001_000, "GTC"),
            "invalid amounts",
        ),
        (
            me.order(token(1), 0, 10_001_000, 18_000_000, "FOK"),
            "the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals",
        ),
        (
            me.order(token(1), 0, 530_000, 1_000_000, "FOK"),
            "invalid amount for a marketable BUY order",
        ),
        (
            me.order(token(1), 0, 106_000_000, 200_000_000, "FOK"),
            "fully filled or killed",
        ),
        (
            me.order(token(1), 0, 4_000_000, 10_000_000, "FAK"),
            "no orders found to match with FAK order",
        ),
        (
            me.order(token(1), 0, 4_000_000_000, 10_000_000_000, "GTC"),
            "not enough balance / allowance",
        ),
        (
            me.order(token(1), 1, 10_000_000, 6_000_000, "GTC"),
            "not enough balance / allowance",
        ),
        (
            with(
                me.order(token(1), 0, 5_300_000, 10_000_000, "GTC"),
                "postOnly",
                json!(true),
            ),
            "order crosses book",
        ),
        (early, "invalid expiration"),
    ];
    for (order, words) in table {
        let (status, answer) = world.post(0, &order).await;
        assert_eq!(status, 400, "{words}: {answer}");
        assert!(
            answer["error"].as_str().unwrap().contains(words),
            "{words}: {answer}"
        );
    }
    let mut foreign = plain();
    foreign["order"]["maker"] = json!(format!("{:#x}", alloy_primitives::Address::ZERO));
    let (_, answer) = world.post(0, &foreign).await;
    assert_eq!(
        answer["error"],
        "maker address not allowed, please use the deposit wallet flow"
    );
    let order = plain();
    assert_eq!(world.post(0, &order).await.0, 200);
    let (_, again) = world.post(0, &order).await;
    assert!(
        again["error"]
            .as_str()
            .unwrap()
            .ends_with("is invalid. Duplicated."),
        "{again}"
    );
}

#[tokio::test]
async fn an_unsigned_or_late_request_is_unauthorized() {
    let mut world = world(Faults::none(), &[0]).await;
    let url = format!("{}/data/orders", world.running.url);
    let bare = world.http.get(url).send().await.unwrap();
    assert_eq!(bare.status().as_u16(), 401);
    world.people[0].api["passphrase"] = json!("wrong");
    let (status, answer) = world
        .call(0, "GET", "/data/orders", &Value::Null)
        .await
        .unwrap();
    assert_eq!(
        (status, &answer["error"]),
        (401, &json!("Unauthorized/Invalid api key"))
    );
}
