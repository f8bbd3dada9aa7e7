//! Golden vectors, and readers of their members.

use std::fs;
use std::path::PathBuf;

use alloy_primitives::{Address, B256, hex};
use quorate_domain::{Price, Side, TickSize};
use quorate_polymarket::key::Key;
use serde_json::Value;

/// The text of a file of golden vectors: from `QUORATE_VECTORS`, or the copy in this repository.
pub(crate) fn vector_text(file: &str) -> String {
    let root = std::env::var_os("QUORATE_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors"),
        PathBuf::from,
    );
    let path = root.join("polymarket").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; QUORATE_VECTORS must name the folder of all vectors",
            path.display()
        )
    })
}

/// A file of golden vectors.
pub(crate) fn vectors(file: &str) -> Value {
    serde_json::from_str(&vector_text(file)).unwrap()
}

/// The cases of a list; there must be as many as the file had when the test was written, or more.
pub(crate) fn cases<'a>(file: &'a Value, list: &str, at_least: usize) -> &'a Vec<Value> {
    let cases = file[list].as_array().unwrap();
    assert!(
        cases.len() >= at_least,
        "{list}: {} cases, expected {at_least}",
        cases.len()
    );
    cases
}

/// A text member.
pub(crate) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member]
        .as_str()
        .unwrap_or_else(|| panic!("{member} is not text in {value}"))
}

/// An unsigned number.
pub(crate) fn number(value: &Value, member: &str) -> u64 {
    value[member]
        .as_u64()
        .unwrap_or_else(|| panic!("{member} is not an unsigned number in {value}"))
}

/// An address.
pub(crate) fn address(value: &Value, member: &str) -> Address {
    text(value, member).parse().unwrap()
}

/// 32 bytes.
pub(crate) fn word(value: &Value, member: &str) -> B256 {
    text(value, member).parse().unwrap()
}

/// Hexadecimal bytes.
pub(crate) fn bytes(value: &Value, member: &str) -> Vec<u8> {
    hex::decode(text(value, member)).unwrap()
}

/// The file's key.
pub(crate) fn key(file: &Value) -> Key {
    let key = Key::from_bytes(word(&file["key"], "private_key").0).unwrap();
    assert_eq!(key.address(), address(&file["key"], "address"));
    key
}

/// `side`.
pub(crate) fn side(value: &Value) -> Side {
    match text(value, "side") {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        other => panic!("side {other}"),
    }
}

/// `price`.
pub(crate) fn price(value: &Value) -> Price {
    Price::parse(text(value, "price")).unwrap()
}

/// `tick_size`.
pub(crate) fn tick(value: &Value) -> TickSize {
    TickSize::parse(text(value, "tick_size")).unwrap()
}
