//! Every shape of answer becomes the same kind of bundle, and what is not understood is refused with its place.

use quorate_allora::{EmissionsVersion, Flavour, Oddity, wire};
use quorate_domain::Timestamp;
use serde_json::{Value, json};

use crate::support::{CONSUMER, TOPICS, V9, V10, V10_LABELS};

fn table(rows: &[(&str, &[Option<f64>])]) -> quorate_allora::Table {
    rows.iter()
        .map(|(who, row)| ((*who).to_owned(), row.to_vec()))
        .collect()
}

#[test]
fn a_v9_bundle_is_read_with_its_nonce_and_negative_values() {
    let bundle = wire::network_inferences(V9, Flavour::Plain).unwrap();
    assert_eq!(
        (bundle.topic, bundle.height),
        (13, 500),
        "the nonce, not the block of the answer"
    );
    assert_eq!(bundle.shape, EmissionsVersion::V9);
    assert_eq!(bundle.labels, ["y"]);
    assert_eq!(bundle.single(), Some(-0.001_234_567_890_123_456_8));
    assert_eq!(bundle.naive, [Some(0.0)]);
    assert_eq!(
        bundle.inferers,
        table(&[("allo1ann", &[Some(-0.002)]), ("allo1bob", &[Some(0.0015)])])
    );
    assert_eq!(bundle.forecasters, table(&[("allo1fay", &[Some(-0.0015)])]));
    assert_eq!(bundle.one_out_inferers.len(), 2);
    assert_eq!(
        bundle.one_in_forecasters,
        table(&[("allo1fay", &[None])]),
        "NaN is no value"
    );
}

#[test]
fn a_v10_bundle_with_one_label_is_read_like_a_v9_one() {
    let bundle = wire::network_inferences(V10, Flavour::OutlierResistant).unwrap();
    assert_eq!((bundle.topic, bundle.height), (13, 500));
    assert_eq!(bundle.shape, EmissionsVersion::V10);
    assert_eq!(bundle.flavour, Flavour::OutlierResistant);
    assert_eq!(bundle.single(), Some(64_000.25));
    assert_eq!(
        bundle.one_out_inferers,
        table(&[
            ("allo1ann", &[Some(63_999.5)]),
            ("allo1bob", &[Some(64_001.0)])
        ])
    );
}

#[test]
fn labels_are_matched_by_name_and_missing_ones_have_no_value() {
    let bundle = wire::network_inferences(V10_LABELS, Flavour::Plain).unwrap();
    assert_eq!(bundle.labels, ["down", "flat", "up"]);
    assert_eq!(bundle.column("up"), Some(2));
    assert_eq!(bundle.single(), None);
    assert_eq!(bundle.naive, [None, None, None]);
    assert_eq!(
        bundle.inferers,
        table(&[("allo1ann", &[Some(0.4), None, Some(0.6)])])
    );
    assert_eq!(
        bundle.one_out_forecasters,
        table(&[("allo1fay", &[None, None, Some(0.55)])])
    );
    assert_eq!(
        bundle.one_in_forecasters,
        table(&[("allo1fay", &[Some(0.1), None, None])])
    );
}

/// The sample with one place changed.
fn changed(sample: &str, pointer: &str, value: Value) -> String {
    let mut whole: Value = serde_json::from_str(sample).unwrap();
    *whole.pointer_mut(pointer).unwrap() = value;
    whole.to_string()
}

#[test]
fn refusals_name_the_place() {
    let base = "/network_inferences";
    for (pointer, value, at) in [
        (
            "/combined_value",
            json!("many"),
            "network_inferences.combined_value",
        ),
        (
            "/combined_value",
            json!("inf"),
            "network_inferences.combined_value",
        ),
        (
            "/combined_value",
            json!("1e999"),
            "network_inferences.combined_value",
        ),
        (
            "/combined_value",
            Value::Null,
            "network_inferences.combined_value",
        ),
        ("/topic_id", json!(-1), "network_inferences.topic_id"),
        (
            "/inferer_values/1/worker",
            json!("allo1ann"),
            "network_inferences.inferer_values[1].worker",
        ),
        (
            "/inferer_values/1/worker",
            json!(""),
            "network_inferences.inferer_values[1].worker",
        ),
        (
            "/inferer_values/0/value",
            json!({}),
            "network_inferences.inferer_values[0].value",
        ),
        (
            "/inferer_values",
            json!([]),
            "network_inferences.inferer_values",
        ),
        (
            "/inferer_values",
            json!("none"),
            "network_inferences.inferer_values",
        ),
    ] {
        let text = changed(V9, &format!("{base}{pointer}"), value);
        let error = wire::network_inferences(&text, Flavour::Plain).unwrap_err();
        assert_eq!(error.at, at, "{error}");
    }
    let text = changed(
        V10_LABELS,
        "/network_inferences/inferer_values/0/values/0/label_name",
        json!("sideways"),
    );
    let error = wire::network_inferences(&text, Flavour::Plain).unwrap_err();
    assert!(error.to_string().contains("sideways"), "{error}");
    assert_eq!(
        wire::network_inferences("<html>", Flavour::Plain)
            .unwrap_err()
            .expected,
        "JSON"
    );
    assert_eq!(
        wire::network_inferences("{}", Flavour::Plain)
            .unwrap_err()
            .at,
        "network_inferences"
    );
}

#[test]
fn the_consumer_answer_is_read_from_its_normalized_decimals() {
    let found = wire::consumer_inference(CONSUMER).unwrap();
    assert_eq!((found.topic, found.value), (14, 64_000.25));
    assert_eq!(found.timestamp, Timestamp::from_secs(1_780_000_000));
    assert_eq!(found.interval.len(), 2);
    assert_eq!(found.interval[1].value, 64_100.0);
    assert_eq!(found.oddities, []);
    assert!(found.signed.is_some());
}

#[test]
fn a_negative_return_comes_from_the_decimal_and_is_not_covered_by_the_signature() {
    let text = changed(
        CONSUMER,
        "/data/inference_data/network_inference_normalized",
        json!("-0.0125"),
    );
    let found = wire::consumer_inference(&text).unwrap();
    assert_eq!(found.value, -0.0125);
    assert_eq!(found.oddities, [Oddity::SignedValueDiffers]);
}

#[test]
fn odd_consumer_answers_are_read_and_called_odd() {
    let inner = "/data/inference_data";
    let at = |key: &str| format!("{inner}/{key}");
    for (stamp, seconds) in [
        (json!("1780000000"), 1_780_000_000),
        (json!(1_780_000_000_000_u64), 1_780_000_000),
        (json!("2026-05-28T20:26:40Z"), 1_780_000_000),
    ] {
        let found = wire::consumer_inference(&changed(CONSUMER, &at("timestamp"), stamp)).unwrap();
        assert_eq!(found.timestamp.secs(), seconds);
    }
    let number = wire::consumer_inference(&changed(CONSUMER, &at("topic_id"), json!(14))).unwrap();
    assert_eq!(number.topic, 14);

    let repeated = changed(
        CONSUMER,
        &at("confidence_interval_values_normalized"),
        json!(["2.28", "97.72"]),
    );
    let found = wire::consumer_inference(&repeated).unwrap();
    assert_eq!(
        (found.interval.len(), found.oddities),
        (0, vec![Oddity::IntervalRepeatsPercentiles])
    );

    let shorter = changed(
        CONSUMER,
        &at("confidence_interval_values_normalized"),
        json!(["63900"]),
    );
    let found = wire::consumer_inference(&shorter).unwrap();
    assert_eq!(
        (found.interval.len(), found.oddities),
        (0, vec![Oddity::IntervalLengthsDiffer])
    );

    let unsigned =
        wire::consumer_inference(&changed(CONSUMER, "/data/signature", Value::Null)).unwrap();
    assert_eq!(
        (unsigned.signed, unsigned.oddities),
        (None, vec![Oddity::NothingToVerify])
    );

    let missing = changed(CONSUMER, &at("network_inference_normalized"), Value::Null);
    let error = wire::consumer_inference(&missing).unwrap_err();
    assert_eq!(
        error.at, "data.inference_data.network_inference_normalized",
        "never from the integer"
    );
}

#[test]
fn topics_are_read_with_ids_as_number_or_text_and_with_fields_missing() {
    let (topics, next) = wire::topics_page(TOPICS).unwrap();
    assert_eq!(next.as_deref(), Some("next"));
    assert_eq!(
        topics.iter().map(|topic| topic.id).collect::<Vec<_>>(),
        [14, 15]
    );
    assert_eq!(topics[0].epoch_length, Some(60));
    assert_eq!((topics[1].epoch_length, topics[1].is_active), (None, None));
    let error = wire::topics_page(r#"{"status": true, "data": {}}"#).unwrap_err();
    assert_eq!(error.at, "data.topics");
}

#[test]
fn inferences_and_forecasts_are_read_in_both_shapes() {
    let v9 = r#"{"inferences": {"inferences": [
        {"topic_id": "1", "block_height": "7", "inferer": "allo1ann", "value": "3.5", "extra_data": "", "proof": ""}]}}"#;
    let v10 = r#"{"inferences": {"inferences": [
        {"topic_id": "1", "block_height": "7", "inferer": "allo1ann", "value": "0", "values": ["0.25", "0.75"]}]}}"#;
    assert_eq!(wire::inferences(v9).unwrap()[0].values, [3.5]);
    assert_eq!(wire::inferences(v10).unwrap()[0].values, [0.25, 0.75]);
    let forecasts = r#"{"forecasts": {"forecasts": [{"topic_id": "1", "block_height": "7", "forecaster": "allo1fay",
        "forecast_elements": [{"inferer": "allo1ann", "value": "-2.5"}], "extra_data": null}]}}"#;
    let found = wire::forecasts(forecasts).unwrap();
    assert_eq!(found[0].losses, [("allo1ann".to_owned(), -2.5)]);
}
