//! Price experts: predictions, contributions and state of every golden scenario.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
#[path = "common/pools.rs"]
mod pools;

use common::Check;
use pools::Runner;
use quorate_collective::prices::PRICE_EXPERTS;
use quorate_collective::{Quantity, SchemeSpec};
use serde_json::Value;

#[test]
fn vector_price_experts() {
    let compared = pools::run(&Runner {
        file: "price_experts.json",
        quantity: Quantity::Price,
        spec: |_| SchemeSpec::PriceExperts,
        state: |ours, want, names, check| {
            let ours = &ours["price_experts"];
            compare_state(ours, want, names, check);
        },
    });
    println!("{compared} values compared");
    assert!(0 < compared, "no values in the file");
}

fn compare_state(ours: &Value, want: &Value, names: &[String], check: &mut Check) {
    let experts: Vec<String> = PRICE_EXPERTS.iter().map(ToString::to_string).collect();
    for (level, names) in [("top", experts.as_slice()), ("ml_poly", names)] {
        check.optional(ours[level]["range"].as_f64(), &want[level]["B"], level);
        pools::compare_experts(
            &ours[level]["experts"],
            &want[level]["experts"],
            names,
            check,
        );
    }
    for (j, name) in names.iter().enumerate() {
        let error = ours["inverse_mse"]["records"][j]["squared_error"].as_f64();
        check.optional(error, &want["inverse_mse"][name], "inverse mse");
        let coefficient = ours["ridge"]["coefficients"][j].as_f64();
        check.optional(coefficient, &want["ridge"]["d"][name], "ridge coefficient");
    }
    check.optional(
        ours["ridge"]["squared_error"].as_f64(),
        &want["ridge"]["s2"],
        "ridge scale",
    );
    pools::compare_allora(&ours["allora"], &want["allora"], names, check);
    let boa0 = &ours["boa0"];
    pools::compare_experts(
        &boa0["boa"]["experts"],
        &want["boa0"]["experts"],
        names,
        check,
    );
    check.optional(
        boa0["squared_error"].as_f64(),
        &want["boa0"]["s2"],
        "boa0 scale",
    );
}
