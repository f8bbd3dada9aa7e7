//! Every golden case of the single functions.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::BTreeMap;

use common::{Check, numbers, sequence};
use quorate_collective::allora::{AlloraScheme, WeightParams, weights};
use quorate_collective::leaderboard::{self, TaskEntropies};
use quorate_collective::losses::{LossMethod, Standardisation};
use quorate_collective::{batch, forecaster, quality, reputers, simple, stats};
use serde_json::Value;

fn number(inputs: &Value, name: &str) -> f64 {
    inputs[name]
        .as_f64()
        .unwrap_or_else(|| panic!("no number {name} in {inputs}"))
}

fn list(inputs: &Value, name: &str) -> Vec<f64> {
    numbers(&inputs[name])
}

fn row(value: &Value) -> Vec<Option<f64>> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(Value::as_f64)
        .collect()
}

fn run(function: &str, inputs: &Value, expect: &Value, check: &mut Check) {
    match function {
        "weights" => run_weights(inputs, expect, check),
        "weighted_percentiles" => {
            let values = list(inputs, "values");
            let pairs: Vec<_> = values.into_iter().zip(list(inputs, "weights")).collect();
            let got = stats::weighted_percentiles(&pairs, &list(inputs, "percents"));
            check.all(&got, expect, function);
        }
        "quantile" => {
            let got = stats::quantile(&list(inputs, "values"), number(inputs, "q"));
            check.optional(got, expect, function);
        }
        "network_loss" => {
            let got = leaderboard::network_loss(&list(inputs, "losses"), &list(inputs, "stakes"));
            check.optional(got, expect, function);
        }
        "reputer_consensus" => run_consensus(inputs, expect, check),
        "reputer_reward_fractions" => {
            let (stakes, scores) = (list(inputs, "stakes"), list(inputs, "scores"));
            let p = number(inputs, "p");
            let got = leaderboard::reputer_reward_fractions(&stakes, &scores, p);
            check.all(&got, expect, function);
        }
        "reward_fractions" => {
            let got = leaderboard::reward_fractions(
                &list(inputs, "latest"),
                &list(inputs, "history"),
                number(inputs, "p"),
                number(inputs, "c"),
                number(inputs, "epsilon"),
            );
            check.all(&got, expect, function);
        }
        "entropy" => {
            let got = leaderboard::entropy(&list(inputs, "fractions"));
            check.optional(Some(got), expect, function);
        }
        "task_split" => run_task_split(inputs, expect, check),
        "liveness_penalty" => {
            let got = leaderboard::liveness_penalty(
                number(inputs, "score"),
                number(inputs, "initial_score"),
                number(inputs, "alpha"),
                u32::try_from(inputs["missed"].as_u64().unwrap()).unwrap(),
            );
            check.optional(Some(got), expect, function);
        }
        "outlier_resistant" => {
            let (median, mad) = (number(inputs, "median"), number(inputs, "mad"));
            let threshold = number(inputs, "threshold");
            let values = list(inputs, "values");
            let got = leaderboard::outlier_resistant(&values, median, mad, threshold);
            check.all(&got, expect, function);
        }
        "allora_loss" => run_loss(inputs, expect, check),
        "batch_factor" => {
            let events = usize::try_from(inputs["m"].as_u64().unwrap()).unwrap();
            let got = batch::batch_factor(events, number(inputs, "rho"));
            check.optional(Some(got), expect, function);
        }
        "family_logit_mean" => run_families(inputs, expect, check),
        "inverse_loss_implied" => {
            let predicted = row(&inputs["predicted_log10_losses"]);
            let got = forecaster::inverse_loss_implied(&row(&inputs["x"]), &predicted);
            check.optional(got, expect, function);
        }
        "quality" => run_quality(inputs, expect, check),
        "pinball" => {
            let (q, y) = (number(inputs, "q"), number(inputs, "y"));
            check.optional(
                Some(quality::pinball(q, y, number(inputs, "tau"))),
                expect,
                function,
            );
        }
        "crps_sample" => {
            let got = quality::crps_sample(&list(inputs, "sample"), number(inputs, "y"));
            check.optional(got, expect, function);
        }
        other => panic!("no test for function {other}"),
    }
}

fn run_weights(inputs: &Value, expect: &Value, check: &mut Check) {
    let scheme = match inputs["scheme"].as_str().unwrap() {
        "v0.16" => AlloraScheme::V016,
        "v0.6" => AlloraScheme::V06,
        other => panic!("scheme {other}"),
    };
    let params = WeightParams {
        scheme,
        p_norm: number(inputs, "p"),
        c_norm: number(inputs, "c"),
        epsilon: number(inputs, "epsilon"),
    };
    let got = weights(&params, &list(inputs, "regrets"), 0.0);
    check.optional(Some(got.scale), &expect["scale"], "scale");
    check.all(&got.weights, &expect["weights"], "weights");
}

fn run_consensus(inputs: &Value, expect: &Value, check: &mut Check) {
    let losses: Vec<Vec<f64>> = inputs["losses"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect();
    let (stakes, start) = (list(inputs, "stakes"), list(inputs, "coefficients"));
    let adjusted = reputers::adjusted_stakes(&stakes, &start);
    check.all(&adjusted, &expect["adjusted_stakes"], "adjusted stakes");
    let scores = reputers::reputer_scores(&losses, &stakes, &start);
    check.all(&scores, &expect["scores_at_start"], "scores at start");
    let got = reputers::reputer_consensus(&losses, &stakes, &start);
    check.all(&got.scores, &expect["scores"], "scores");
    check.all(&got.coefficients, &expect["coefficients"], "coefficients");
}

fn run_task_split(inputs: &Value, expect: &Value, check: &mut Check) {
    let entropies = TaskEntropies {
        inferers: number(inputs, "F"),
        forecasters: number(inputs, "G"),
        reputers: number(inputs, "H"),
    };
    let got = leaderboard::task_split(
        number(inputs, "naive_loss"),
        number(inputs, "combined_loss"),
        &list(inputs, "inferer_scores"),
        number(inputs, "previous_tau"),
        entropies,
    );
    let got = serde_json::to_value(got).unwrap();
    for (name, want) in expect.as_object().unwrap() {
        check.optional(got[name].as_f64(), want, name);
    }
}

fn run_loss(inputs: &Value, expect: &Value, check: &mut Check) {
    let method: LossMethod = inputs["method"].as_str().unwrap().parse().unwrap();
    let scale = Standardisation {
        mean: number(inputs, "mean"),
        deviation: number(inputs, "std"),
    };
    let got = method
        .loss(number(inputs, "y"), number(inputs, "p"), scale)
        .ok();
    check.optional(got, expect, inputs["method"].as_str().unwrap());
}

fn run_families(inputs: &Value, expect: &Value, check: &mut Check) {
    let mut ids: BTreeMap<&str, u32> = BTreeMap::new();
    let mut families = Vec::new();
    for name in inputs["families"].as_array().unwrap() {
        let next = u32::try_from(ids.len()).unwrap();
        families.push(Some(*ids.entry(name.as_str().unwrap()).or_insert(next)));
    }
    let got = simple::family_logit_mean(&row(&inputs["x"]), &families, number(inputs, "a"));
    check.optional(got, expect, "family_logit_mean");
}

fn run_quality(inputs: &Value, expect: &Value, check: &mut Check) {
    let outcomes = list(inputs, "y");
    let pairs = |forecasts: Vec<f64>| -> Vec<(f64, f64)> {
        forecasts
            .into_iter()
            .zip(outcomes.iter().copied())
            .collect()
    };
    let ours = quality::quality(&pairs(list(inputs, "p"))).unwrap();
    let got = [
        ("log_loss", ours.log_loss),
        ("brier", ours.brier),
        ("reliability", ours.reliability),
        ("resolution", ours.resolution),
        ("uncertainty", ours.uncertainty),
        ("ece", ours.calibration_error),
    ];
    for (name, got) in got {
        check.optional(Some(got), &expect[name], name);
    }
    if inputs.get("market").is_some_and(Value::is_array) {
        let market = quality::quality(&pairs(list(inputs, "market"))).unwrap();
        let skill = quality::skill(ours.log_loss, market.log_loss);
        check.optional(Some(skill), &expect["skill_log_loss"], "skill_log_loss");
        let skill = quality::skill(ours.brier, market.brier);
        check.optional(Some(skill), &expect["skill_brier"], "skill_brier");
    }
}

#[test]
fn vector_functions() {
    let file = sequence("functions.json");
    let mut check = Check::default();
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        run(
            case["function"].as_str().unwrap(),
            &case["inputs"],
            &case["expect"],
            &mut check,
        );
    }
    println!("{} cases, {} values compared", cases.len(), check.compared);
    assert!(0 < check.compared, "no values in the file");
}
