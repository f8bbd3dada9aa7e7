//! BOA+: predictions, contributions and state of every golden scenario.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
#[path = "common/pools.rs"]
mod pools;

use pools::Runner;
use quorate_collective::{BoaPlusSpec, Quantity, SchemeSpec};

#[test]
fn vector_boa_plus() {
    let compared = pools::run(&Runner {
        file: "boa_plus.json",
        quantity: Quantity::Probability,
        spec: |params| {
            let with_allora = params["with_allora"] == true;
            SchemeSpec::BoaPlus(BoaPlusSpec {
                with_allora,
                ..BoaPlusSpec::default()
            })
        },
        state: |ours, want, names, check| {
            let ours = &ours["boa_plus"];
            let all = pools::with_derived(names, !ours["allora"].is_null());
            pools::compare_experts(&ours["boa"]["experts"], &want["experts"], &all, check);
            let (lop, want_lop) = (&ours["lop"], &want["lop"]);
            pools::compare_experts(&lop["boa"]["experts"], &want_lop["experts"], names, check);
            pools::compare_logit(&lop["recalibration"], &want_lop["recalibration"], check);
            if !ours["allora"].is_null() {
                pools::compare_allora(&ours["allora"], &want["allora"], names, check);
            }
        },
    });
    println!("{compared} values compared");
    assert!(0 < compared, "no values in the file");
}
