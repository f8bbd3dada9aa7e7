//! MarketBlend: predictions and state of every golden scenario.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
#[path = "common/pools.rs"]
mod pools;

use pools::Runner;
use quorate_collective::{Quantity, SchemeSpec};

#[test]
fn vector_market_blend() {
    let compared = pools::run(&Runner {
        file: "market_blend.json",
        quantity: Quantity::Probability,
        spec: |_| SchemeSpec::traded(),
        state: |ours, want, names, check| {
            let ours = &ours["market_blend"];
            let inner = &ours["inner"]["boa"]["experts"];
            let all = pools::with_derived(names, false);
            pools::compare_experts(inner, &want["inner_experts"], &all, check);
            pools::compare_logit(&ours["blend"]["logit"], &want["blend"], check);
        },
    });
    println!("{compared} values compared");
    assert!(0 < compared, "no values in the file");
}
