//! Exact leave-one-out by replay, against the golden values of the single-event scenarios.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::BTreeMap;

use common::{Check, sequence};
use quorate_collective::contribution::{JournalEntry, replay, replay_leave_one_out};
use quorate_collective::{BoaPlusSpec, Quantity, SchemeSpec};
use serde_json::Value;

/// The entries of a scenario, and the names of its workers in the order in which they registered.
fn journal(scenario: &Value) -> (Vec<JournalEntry>, Vec<String>) {
    let mut workers: Vec<String> = Vec::new();
    let mut events: BTreeMap<String, u64> = BTreeMap::new();
    let mut event = |name: &Value| {
        let next = events.len() as u64;
        let name = name.as_str().unwrap().to_string();
        *events.entry(name).or_insert(next)
    };
    let mut entries = Vec::new();
    for op in scenario["ops"].as_array().unwrap() {
        entries.push(match op["op"].as_str().unwrap() {
            "register" => {
                workers.push(op["worker"].as_str().unwrap().to_string());
                JournalEntry::Register { family: None }
            }
            "predict" => JournalEntry::Predict {
                event: event(&op["event"]),
                x: workers
                    .iter()
                    .map(|name| op["x"].get(name).and_then(Value::as_f64))
                    .collect(),
                market: op.get("market").and_then(Value::as_f64),
            },
            "resolve" => JournalEntry::Resolve {
                outcomes: op["events"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(&mut event)
                    .zip(common::numbers(&op["y"]))
                    .collect(),
                batch_factor: op["c"].as_f64().unwrap(),
            },
            other => panic!("unknown operation {other}"),
        });
    }
    (entries, workers)
}

fn run(file: &str, spec: &SchemeSpec) -> usize {
    let file = sequence(file);
    let mut check = Check::default();
    for scenario in file["scenarios"].as_array().unwrap() {
        let (journal, workers) = journal(scenario);
        let first = replay(spec, Quantity::Probability, &journal, None).unwrap();
        assert_eq!(
            first,
            replay(spec, Quantity::Probability, &journal, None).unwrap()
        );
        let Some(want) = scenario["expect"].get("replay_leave_one_out") else {
            continue;
        };
        let got = replay_leave_one_out(spec, Quantity::Probability, &journal).unwrap();
        assert_eq!(got.len(), workers.len(), "workers");
        for (name, got) in workers.iter().zip(got) {
            check.optional(got, &want[name], &format!("replay without {name}"));
        }
    }
    check.compared
}

#[test]
fn vector_replay_leave_one_out() {
    let boa_plus = SchemeSpec::BoaPlus(BoaPlusSpec::default());
    let compared = run("boa0.json", &SchemeSpec::Boa0) + run("boa_plus.json", &boa_plus);
    println!("{compared} values compared");
    assert!(0 < compared);
}
