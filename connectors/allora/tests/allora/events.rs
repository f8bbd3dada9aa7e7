//! Frames of the event stream: what is subscribed to, and what is taken from a block.

use std::collections::BTreeSet;

use quorate_allora::events::{Frame, parse_frame, queries, subscribe};
use quorate_allora::{EmissionsVersion, Flavour, wire};
use serde_json::Value;

use crate::support::{V9_FRAME, V10_FRAME, recording};

fn block(text: &str, wanted: &[u64]) -> quorate_allora::events::BlockNews {
    match parse_frame(text, &wanted.iter().copied().collect()).unwrap() {
        Frame::Block(news) => news,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_version_has_its_query_and_many_topics_share_one() {
    let few = BTreeSet::from([13, 14]);
    assert_eq!(
        queries(EmissionsVersion::V9, &few),
        [
            "tm.event='NewBlockEvents' AND emissions.v9.EventNetworkInferences.topic_id CONTAINS '13'",
            "tm.event='NewBlockEvents' AND emissions.v9.EventNetworkInferences.topic_id CONTAINS '14'",
        ]
    );
    assert_eq!(
        queries(EmissionsVersion::V10, &(1..=5).collect()),
        ["tm.event='NewBlockEvents' AND emissions.v10.EventNetworkInferenceBundle.topic_id EXISTS"],
        "a node allows few subscriptions"
    );
    let request: Value = serde_json::from_str(&subscribe("sub_1", "a='b'")).unwrap();
    assert_eq!(
        (&request["method"], &request["params"]["query"]),
        (&"subscribe".into(), &"a='b'".into())
    );
}

#[test]
fn contains_13_matches_113_too_and_only_13_is_taken() {
    let news = block(V9_FRAME, &[13]);
    assert_eq!(news.block, Some(512));
    assert_eq!(news.faults, []);
    assert_eq!(news.bundles.len(), 1);
    assert_eq!((news.bundles[0].topic, news.bundles[0].height), (13, 500));
    assert_eq!(news.bundles[0].single(), Some(4_260.5));
    // The other one names its epoch only beside the bundle.
    assert_eq!(block(V9_FRAME, &[113]).bundles[0].height, 500);
    assert_eq!(block(V9_FRAME, &[1, 3, 11]).bundles, []);
}

#[test]
fn v10_events_are_matrices_beside_addresses() {
    let news = block(V10_FRAME, &[21]);
    assert_eq!(news.faults, []);
    let [bundle, outlier_resistant] = news.bundles.as_slice() else {
        panic!("{news:?}")
    };
    assert_eq!(
        (bundle.topic, bundle.height, bundle.flavour),
        (21, 900, Flavour::Plain)
    );
    assert_eq!(bundle.shape, EmissionsVersion::V10);
    assert_eq!(bundle.labels, ["down", "up"]);
    assert_eq!(bundle.combined, [Some(0.4), Some(0.6)]);
    assert_eq!(bundle.naive, [None, None]);
    assert_eq!(
        bundle.inferers[1],
        ("allo1bob".to_owned(), vec![Some(0.5), Some(0.5)])
    );
    assert_eq!(
        bundle.forecasters[0].1,
        [Some(0.45), Some(0.55)],
        "a list inside a text"
    );
    assert_eq!(bundle.one_in_forecasters[0].1, [Some(0.42), None]);
    assert_eq!(
        bundle.unattributed,
        ["one_out_inferer_values"],
        "one row for two inferers"
    );
    assert_eq!(outlier_resistant.flavour, Flavour::OutlierResistant);
    assert_eq!(outlier_resistant.forecasters, []);
}

#[test]
fn a_spoiled_event_is_a_fault_and_the_others_are_taken() {
    let spoiled = V10_FRAME.replacen(r#"\"0.3\""#, r#"\"a lot\""#, 1);
    let news = block(&spoiled, &[21]);
    assert_eq!(news.bundles.len(), 1);
    assert_eq!(news.faults[0].at, "event.inferer_values[0][0]");
    let elsewhere = block(&spoiled, &[13]);
    assert_eq!(elsewhere.faults, [], "faults of other topics are not ours");
    let liar = V9_FRAME.replacen(r#"{\"topic_id\":\"13\""#, r#"{\"topic_id\":\"14\""#, 1);
    let news = block(&liar, &[13]);
    assert_eq!(
        (news.bundles.len(), news.faults[0].expected),
        (0, "the topic of the bundle")
    );
}

#[test]
fn confirmations_refusals_and_rubbish_are_told_apart() {
    let wanted = BTreeSet::new();
    let read = |text: &str| parse_frame(text, &wanted);
    let confirmed = read(r#"{"jsonrpc":"2.0","id":"sub_1","result":{}}"#).unwrap();
    assert_eq!(
        confirmed,
        Frame::Confirmed {
            id: "sub_1".to_owned()
        }
    );
    let refused = read(
        r#"{"jsonrpc":"2.0","id":"sub_2","error":{"code":-32603,"message":"Internal error","data":"max_subscriptions_per_client 5 reached"}}"#,
    );
    assert_eq!(
        refused.unwrap(),
        Frame::Refused {
            id: "sub_2".to_owned(),
            detail: "Internal error: max_subscriptions_per_client 5 reached".to_owned()
        }
    );
    assert_eq!(
        read(r#"{"result":{"data":{"type":"tendermint/event/Tx","value":{}}}}"#).unwrap(),
        Frame::Other
    );
    assert_eq!(read("}{").unwrap_err().expected, "JSON");
    assert_eq!(read("[1]").unwrap_err().at, "result");
}

#[test]
fn real_data_vector_recorded_frame() {
    let Some(text) = recording("ws_newblockevents_frame.json") else {
        return;
    };
    let news = block(&text, &[13]);
    assert_eq!(news.block, Some(5_100_967));
    assert_eq!((news.bundles.len(), news.faults.len()), (1, 0));
    let bundle = &news.bundles[0];
    assert_eq!((bundle.topic, bundle.height), (13, 5_100_955));
    assert_eq!(bundle.single(), Some(4_260.058_888_453_676));
    assert_eq!((bundle.inferers.len(), bundle.forecasters.len()), (6, 5));
    assert_eq!(
        (
            bundle.one_out_inferers.len(),
            bundle.one_in_forecasters.len()
        ),
        (6, 5)
    );
    assert_eq!(bundle.naive, [Some(4_261.487_792_717_885)]);
    assert_eq!(
        block(&text, &[1, 3, 50]).bundles,
        [],
        "129 events, one of them ours"
    );
}

#[test]
fn real_data_vector_recorded_bundle_alone() {
    let Some(text) = recording("emissions_v9_events_block5100967.json") else {
        return;
    };
    let events: Value = serde_json::from_str(&text).unwrap();
    let inner = events[1]["attributes"][2]["value"].as_str().unwrap();
    let bundle = wire::value_bundle(inner).unwrap();
    assert_eq!((bundle.topic, bundle.height), (13, 5_100_955));
    let lowest = bundle
        .inferers
        .iter()
        .filter_map(|(_, row)| row[0])
        .fold(f64::MAX, f64::min);
    assert_eq!(lowest, 4_255.622_757_413_335);
}
