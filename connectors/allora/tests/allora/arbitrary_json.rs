//! Whatever comes, nothing panics; and what is accepted is finite.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use quorate_allora::events::{Frame, parse_frame};
use quorate_allora::{Flavour, NetworkBundle, wire};
use serde_json::{Map, Value, json};

use crate::support::{CONSUMER, TOPICS, V9, V9_FRAME, V10, V10_FRAME, V10_LABELS};

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "topic_id",
            "nonce",
            "value",
            "values",
            "worker",
            "NaN",
            "1e400",
            "-0",
            "13",
            "y",
            "[[",
            "{}",
            "[\"1\"]",
            "combined_value",
            "inferer_values",
            "label_name",
            "18446744073709551616",
        ])
        .prop_map(str::to_owned),
        ".{0,12}",
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// All places in a value, as JSON pointers.
fn places(value: &Value, at: &str, out: &mut Vec<String>) {
    out.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{i}"), out);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                places(item, &format!("{at}/{key}"), out);
            }
        }
        _ => {}
    }
}

fn finite(bundle: &NetworkBundle) -> bool {
    let rows = bundle
        .inferers
        .iter()
        .chain(&bundle.forecasters)
        .map(|(_, row)| row);
    let mut widths = rows.clone().map(Vec::len);
    widths.all(|width| width == bundle.labels.len())
        && bundle.combined.len() == bundle.labels.len()
        && rows
            .chain([&bundle.combined, &bundle.naive])
            .flatten()
            .flatten()
            .all(|value| value.is_finite())
}

fn read_all(text: &str) {
    let wanted = BTreeSet::from([13, 21]);
    for flavour in [Flavour::Plain, Flavour::OutlierResistant] {
        if let Ok(bundle) = wire::network_inferences(text, flavour) {
            assert!(finite(&bundle), "{bundle:?}");
        }
    }
    if let Ok(bundle) = wire::value_bundle(text) {
        assert!(finite(&bundle), "{bundle:?}");
    }
    if let Ok(Frame::Block(news)) = parse_frame(text, &wanted) {
        for bundle in &news.bundles {
            assert!(
                finite(bundle) && wanted.contains(&bundle.topic),
                "{bundle:?}"
            );
        }
    }
    if let Ok(answer) = wire::consumer_inference(text) {
        assert!(answer.value.is_finite());
    }
    let _ = wire::topics_page(text);
    let _ = wire::inferences(text);
    let _ = wire::forecasts(text);
    let _ = wire::chain_topic(text);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        read_all(&text);
    }

    #[test]
    fn any_json_is_read_or_refused(value in json_value()) {
        read_all(&value.to_string());
        read_all(&json!({"network_inferences": value, "data": value, "topic": value}).to_string());
        let event = json!([{"type": "emissions.v10.EventNetworkInferenceBundle", "attributes": value}]);
        read_all(&json!({"result": {"data": {"type": "tendermint/event/NewBlockEvents", "value": {"events": event}}}}).to_string());
    }

    #[test]
    fn a_sample_with_any_place_spoiled_is_read_or_refused(
        sample in select(vec![V9, V10, V10_LABELS, V9_FRAME, V10_FRAME, CONSUMER, TOPICS]),
        place in any::<Index>(),
        spoiled in json_value(),
    ) {
        let mut value: Value = serde_json::from_str(sample).unwrap();
        let mut all = Vec::new();
        places(&value, "", &mut all);
        *value.pointer_mut(place.get::<String>(&all)).unwrap() = spoiled;
        read_all(&value.to_string());
    }

    #[test]
    fn an_event_attribute_may_be_any_text(
        inner in json_value(),
        key in select(vec!["topic_id", "nonce", "label_names", "inferer_addresses", "combined_value", "inferer_values", "naive_value", "outlier_resistant", "value_bundle"]),
    ) {
        let text = inner.to_string();
        for frame in [V9_FRAME, V10_FRAME] {
            let mut value: Value = serde_json::from_str(frame).unwrap();
            let events = value.pointer_mut("/result/data/value/events").unwrap().as_array_mut().unwrap();
            for event in events {
                for attribute in event["attributes"].as_array_mut().unwrap() {
                    if attribute["key"] == key {
                        attribute["value"] = Value::from(text.clone());
                    }
                }
            }
            read_all(&value.to_string());
        }
    }
}
