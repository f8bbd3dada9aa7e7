//! AlloraPool: predictions and state of every golden scenario, both versions, both losses.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;
#[path = "common/pools.rs"]
mod pools;

use pools::Runner;
use quorate_collective::Quantity;

#[test]
fn vector_allora_pool() {
    let compared = pools::run(&Runner {
        file: "allora_pool.json",
        quantity: Quantity::Probability,
        spec: |params| serde_json::from_value(spec(params)).unwrap(),
        state: |ours, want, names, check| {
            pools::compare_allora(&ours["allora"], want, names, check);
        },
    });
    println!("{compared} values compared");
    assert!(0 < compared, "no values in the file");
}

/// The scenario's parameters as our own configuration spells them.
fn spec(params: &serde_json::Value) -> serde_json::Value {
    serde_json::json!({
        "scheme": format!("allora_{}", params["scheme"].as_str().unwrap()),
        "p_norm": params["p"],
        "c_norm": params["c"],
        "epsilon": params["epsilon"],
        "alpha": params["alpha"],
        "loss": params["loss"],
    })
}
