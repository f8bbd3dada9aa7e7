//! BOA0: predictions, contributions and state of every golden scenario.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
#[path = "common/pools.rs"]
mod pools;

use pools::Runner;
use quorate_collective::{Quantity, SchemeSpec};

#[test]
fn vector_boa0() {
    let compared = pools::run(&Runner {
        file: "boa0.json",
        quantity: Quantity::Probability,
        spec: |_| SchemeSpec::Boa0,
        state: |ours, want, names, check| {
            pools::compare_experts(
                &ours["boa0"]["boa"]["experts"],
                &want["experts"],
                names,
                check,
            );
        },
    });
    println!("{compared} values compared");
    assert!(0 < compared, "no values in the file");
}
