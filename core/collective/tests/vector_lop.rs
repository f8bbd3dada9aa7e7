//! LOP: predictions and state of every golden scenario.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
#[path = "common/pools.rs"]
mod pools;

use pools::Runner;
use quorate_collective::{Quantity, SchemeSpec};

#[test]
fn vector_lop() {
    let compared = pools::run(&Runner {
        file: "lop.json",
        quantity: Quantity::Probability,
        spec: |_| SchemeSpec::Lop,
        state: |ours, want, names, check| {
            let ours = &ours["lop"];
            pools::compare_experts(&ours["boa"]["experts"], &want["experts"], names, check);
            pools::compare_logit(&ours["recalibration"], &want["recalibration"], check);
        },
    });
    println!("{compared} values compared");
    assert!(0 < compared, "no values in the file");
}
