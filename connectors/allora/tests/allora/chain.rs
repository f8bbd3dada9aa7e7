//! The chain client against a server on this machine: routes of both versions, answers of both shapes.

use quorate_allora::{
    AlloraError, ChainClient, ChainSettings, EmissionsVersion, Flavour, Network, Role,
};
use quorate_domain::Timestamp;

use crate::support::{V9, V10, V10_LABELS, quick, reply, server};

fn client(url: &str, version: EmissionsVersion) -> ChainClient {
    ChainClient::new(&ChainSettings {
        rest_url: url.to_owned(),
        version,
        http: quick(),
    })
    .unwrap()
}

const LOSS: &str = r#"{"loss_bundle": {"topic_id": "13",
    "reputer_request_nonce": {"reputer_nonce": {"block_height": "500"}}, "combined_value": "-4.5",
    "inferer_values": [{"worker": "allo1ann", "value": "-3.25"}], "naive_value": "-4"}}"#;

const TOPIC: &str = r#"{"topic": {"id": "13", "metadata": "ETH 5min", "loss_method": "mse", "epoch_length": "12",
    "worker_submission_window": "10", "epoch_last_ended": "488", "ground_truth_lag": "12", "p_norm": "3",
    "c_norm": "0.75", "alpha_regret": "0.1", "epsilon": "0.01", "initial_regret": "-0.5", "allow_negative": true},
    "weight": "5", "effective_revenue": "0"}"#;

fn answer(target: &str) -> &'static str {
    let route = target
        .split_once("/emissions/")
        .map_or(target, |(_, rest)| rest.split_once('/').unwrap().1);
    match route {
        "latest_network_inferences/13" | "latest_network_inferences_outlier_resistant/13" => V10,
        "network_inferences/13/last_inference/500" => V9,
        "latest_network_inferences/21" => V10_LABELS,
        "network_loss/13/500" => LOSS,
        "latest_inferer_weight/13/allo1ann" => r#"{"weight": "0.25"}"#,
        "forecaster_network_regret/13/allo1fay" => {
            r#"{"regret": {"block_height": "5", "value": "-0.125"}}"#
        }
        "latest_regret_stdnorm/13" => r#"{"value": "0.0421"}"#,
        "topics/13" | "topics/14" => TOPIC,
        "is_topic_active/13" => r#"{"is_active": true}"#,
        "next_topic_id" => r#"{"next_topic_id": "91"}"#,
        "params" => {
            r#"{"params": {"version": "0.16.0", "max_top_inferers": "32", "deep": {"a": 1}, "on": true}}"#
        }
        "inferences/13/500" => {
            r#"{"inferences": {"inferences": [{"inferer": "allo1ann", "block_height": "500", "value": "2"}]}}"#
        }
        "latest_inferences/13" => {
            r#"{"inferences": {"inferences": [{"inferer": "allo1ann", "block_height": "512", "value": "0", "values": ["3"]}]}}"#
        }
        "forecasts/13/500" => r#"{"forecasts": {"forecasts": []}}"#,
        "/cosmos/base/tendermint/v1beta1/blocks/500" => {
            r#"{"block": {"header": {"height": "500", "time": "2026-07-01T00:00:01.5Z"}}}"#
        }
        _ => "",
    }
}

#[tokio::test]
async fn every_route_is_read() {
    for version in [EmissionsVersion::V9, EmissionsVersion::V10] {
        let (url, seen) = server(|_, target| match answer(target) {
            "" => reply(404, r#"{"code": 5, "message": "Not Found", "details": []}"#),
            body => reply(200, body),
        })
        .await;
        let chain = client(&url, version);
        let latest = chain
            .latest_network_inferences(13, Flavour::Plain)
            .await
            .unwrap();
        assert_eq!(
            (latest.height, latest.shape),
            (500, EmissionsVersion::V10),
            "whatever was asked"
        );
        let robust = chain
            .latest_network_inferences(13, Flavour::OutlierResistant)
            .await
            .unwrap();
        assert_eq!(robust.flavour, Flavour::OutlierResistant);
        let earlier = chain
            .network_inferences_at(13, 500, Flavour::Plain)
            .await
            .unwrap();
        assert_eq!(earlier.shape, EmissionsVersion::V9);
        assert_eq!(
            chain
                .latest_network_inferences(21, Flavour::Plain)
                .await
                .unwrap()
                .labels
                .len(),
            3
        );
        let loss = chain.network_loss(13, 500).await.unwrap();
        assert_eq!(
            (loss.single(), loss.inferers[0].1[0]),
            (Some(-4.5), Some(-3.25))
        );
        assert_eq!(
            chain
                .latest_weight(13, Role::Inferer, "allo1ann")
                .await
                .unwrap(),
            0.25
        );
        assert_eq!(
            chain
                .network_regret(13, Role::Forecaster, "allo1fay")
                .await
                .unwrap(),
            -0.125
        );
        assert_eq!(chain.regret_scale(13).await.unwrap(), 0.0421);
        let topic = chain.topic(13).await.unwrap();
        assert_eq!(
            (topic.metadata.as_str(), topic.epoch_length),
            ("ETH 5min", 12)
        );
        assert!(topic.allow_negative);
        assert!(chain.is_topic_active(13).await.unwrap());
        assert_eq!(chain.next_topic_id().await.unwrap(), 91);
        let params = chain.params().await.unwrap();
        assert_eq!(
            params.keys().collect::<Vec<_>>(),
            ["max_top_inferers", "on", "version"]
        );
        assert_eq!(chain.inferences(13, 500).await.unwrap()[0].values, [2.0]);
        assert_eq!(chain.latest_inferences(13).await.unwrap()[0].values, [3.0]);
        assert_eq!(chain.forecasts(13, 500).await.unwrap(), []);
        let time = chain.block_time(500).await.unwrap();
        assert_eq!(time, Timestamp::from_nanos(1_782_864_001_500_000_000));
        let seen = seen.lock().unwrap();
        let prefix = format!("/emissions/{}/", version.word());
        assert!(seen.iter().all(|(path, key)| key.is_none()
            && (path.starts_with(&prefix) || path.starts_with("/cosmos/"))));
    }
}

#[tokio::test]
async fn answers_about_something_else_are_refused() {
    let (url, _) = server(|_, target| match target {
        "/cosmos/base/tendermint/v1beta1/blocks/7" => {
            reply(200, answer("/cosmos/base/tendermint/v1beta1/blocks/500"))
        }
        _ => reply(
            200,
            if target.contains("topics/") {
                TOPIC
            } else {
                V9
            },
        ),
    })
    .await;
    let chain = client(&url, EmissionsVersion::V9);
    let error = chain
        .latest_network_inferences(14, Flavour::Plain)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            AlloraError::OtherTopic {
                asked: 14,
                answered: 13,
                ..
            }
        ),
        "{error}"
    );
    let error = chain.topic(14).await.unwrap_err();
    assert!(matches!(error, AlloraError::OtherTopic { .. }), "{error}");
    let error = chain.block_time(7).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("expected the height asked for, found \"500\""),
        "{error}"
    );
}

#[tokio::test]
async fn a_route_of_the_other_version_is_told_plainly() {
    let (url, seen) = server(|_, _| {
        reply(
            501,
            r#"{"code": 12, "message": "Not Implemented", "details": []}"#,
        )
    })
    .await;
    let error = client(&url, EmissionsVersion::V9)
        .topic(1)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("set the other emissions version"),
        "{error}"
    );
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_address_cannot_become_another_path() {
    let (url, seen) = server(|_, _| reply(200, "{}")).await;
    let chain = client(&url, EmissionsVersion::V9);
    for worker in ["", "a/b", "..", "allo1?x=1", "allo1%2e"] {
        let error = chain
            .latest_weight(1, Role::Inferer, worker)
            .await
            .unwrap_err();
        assert!(
            matches!(error, AlloraError::Setting { name: "worker", .. }),
            "{error}"
        );
    }
    assert_eq!(seen.lock().unwrap().len(), 0);
}

#[test]
fn the_public_networks_run_different_versions() {
    assert_eq!(
        ChainSettings::public(Network::Mainnet).version,
        EmissionsVersion::V9
    );
    assert_eq!(
        ChainSettings::public(Network::Testnet).version,
        EmissionsVersion::V10
    );
    assert!(ChainClient::new(&ChainSettings::public(Network::Mainnet)).is_ok());
}
