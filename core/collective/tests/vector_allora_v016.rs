//! Allora's synthesis, scheme v0.16: every value, regret and score of the golden epochs.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
#[path = "common/topic.rs"]
mod topic;

#[test]
fn vector_allora_v016() {
    let compared = topic::run_file("allora_v016.json");
    println!("{compared} values compared");
    assert!(0 < compared, "no values in the file");
}
