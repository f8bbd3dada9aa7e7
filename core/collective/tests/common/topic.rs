//! Runs a scenario of Allora epochs against an `AlloraTopic`.

use quorate_collective::PerWorker;
use quorate_collective::allora::{
    AlloraParams, AlloraScheme, AlloraTopic, Bundle, BundleLosses, EpochInput,
    FORECAST_ELEMENTS_MAX, Observation, WeightParams,
};
use serde_json::Value;

use super::common::{
    Check, numbers, per_worker, per_worker_pairs, per_worker_values, sequence, worker,
};

/// Every scenario of the file; gives the number of compared values.
pub(crate) fn run_file(name: &str) -> usize {
    let file = sequence(name);
    let mut check = Check::default();
    for scenario in file["scenarios"].as_array().unwrap() {
        run_scenario(scenario, &mut check);
    }
    check.compared
}

fn run_scenario(scenario: &Value, check: &mut Check) {
    let mut topic = AlloraTopic::new(params(&scenario["params"])).unwrap();
    let epochs = scenario["epochs"].as_array().unwrap();
    for epoch in epochs {
        let place = format!("{} epoch {}", scenario["name"], epoch["epoch"]);
        let bundle = topic.infer(&input(&epoch["infer"])).unwrap();
        compare_bundle(&bundle, &epoch["infer"]["expect"], &place, check);
        let losses = losses(&epoch["observe"]["losses"]);
        compare_losses(
            &bundle,
            &losses,
            scenario,
            &epoch["observe"]["truth"],
            &place,
            check,
        );
        let observation = topic.observe(&losses).unwrap();
        compare_state(
            &topic,
            &observation,
            &epoch["observe"]["expect"],
            &place,
            check,
        );
    }
    // The vectors hold the score averages of the end of the scenario in every epoch.
    let last = &epochs[epochs.len() - 1]["observe"]["expect"]["score_ema"];
    check.per_worker(
        &topic.state().inferer_score_ema,
        &last["inferer"],
        "inferer score EMA",
    );
    check.per_worker(
        &topic.state().forecaster_score_ema,
        &last["forecaster"],
        "forecaster EMA",
    );
}

pub(crate) fn params(value: &Value) -> AlloraParams {
    AlloraParams {
        weights: WeightParams {
            scheme: match value["scheme"].as_str().unwrap() {
                "v0.16" => AlloraScheme::V016,
                "v0.6" => AlloraScheme::V06,
                other => panic!("unknown scheme {other}"),
            },
            p_norm: value["p"].as_f64().unwrap(),
            c_norm: value["c"].as_f64().unwrap(),
            epsilon: value["epsilon"].as_f64().unwrap(),
        },
        alpha_regret: value["alpha"].as_f64().unwrap(),
        alpha_score: value["score_alpha"].as_f64().unwrap(),
        forecast_elements_max: FORECAST_ELEMENTS_MAX,
    }
}

fn input(value: &Value) -> EpochInput {
    EpochInput {
        inferences: per_worker_values(&value["inferences"]),
        forecasts: per_worker_pairs(&value["forecasts"]),
    }
}

fn losses(value: &Value) -> BundleLosses {
    BundleLosses {
        combined: value["combined"].as_f64().unwrap(),
        naive: value["naive"].as_f64().unwrap(),
        inferers: per_worker(&value["inferers"]),
        forecasters: per_worker(&value["forecasters"]),
        one_out_inferers: per_worker(&value["one_out_inferers"]),
        one_out_forecasters: per_worker(&value["one_out_forecasters"]),
        one_in_forecasters: per_worker(&value["one_in_forecasters"]),
        one_out_inferer_forecasters: per_worker_pairs(&value["one_out_inferer_forecasters"]),
    }
}

fn compare_values(got: &PerWorker<Vec<f64>>, want: &Value, what: &str, check: &mut Check) {
    let want = want.as_object().unwrap();
    assert_eq!(got.len(), want.len(), "{what}");
    for (name, want) in want {
        check.all(
            got.get(worker(name)).unwrap(),
            want,
            &format!("{what} {name}"),
        );
    }
}

fn compare_bundle(bundle: &Bundle, expect: &Value, place: &str, check: &mut Check) {
    let mode = serde_json::to_value(bundle.mode).unwrap();
    assert_eq!(mode, expect["mode"], "{place}");
    check.all(
        &bundle.combined,
        &expect["combined"],
        &format!("{place} combined"),
    );
    check.all(&bundle.naive, &expect["naive"], &format!("{place} naive"));
    let tables = [
        ("forecasters", &bundle.forecasters),
        ("one_out_inferers", &bundle.one_out_inferers),
        ("one_out_forecasters", &bundle.one_out_forecasters),
        ("one_in_forecasters", &bundle.one_in_forecasters),
    ];
    for (name, got) in tables {
        compare_values(got, &expect[name], &format!("{place} {name}"), check);
    }
    let want = expect["one_out_inferer_forecasters"].as_object().unwrap();
    assert_eq!(
        bundle.one_out_inferer_forecasters.len(),
        want.len(),
        "{place}"
    );
    for (name, want) in want {
        let got = bundle
            .one_out_inferer_forecasters
            .get(worker(name))
            .unwrap();
        compare_values(got, want, &format!("{place} {name} without"), check);
    }
    for (name, want) in expect["weights"].as_object().unwrap() {
        let table = if name.starts_with('i') {
            &bundle.inferer_weights
        } else {
            &bundle.forecaster_weights
        };
        let got = table.get(worker(name)).unwrap();
        check.close(
            *got,
            want.as_f64().unwrap(),
            &format!("{place} weight {name}"),
        );
    }
    if let Some(want) = expect.get("scale_used").and_then(Value::as_f64) {
        check.close(bundle.scale_used, want, &format!("{place} scale used"));
    }
    match expect.get("confidence_interval") {
        Some(Value::Null) => assert_eq!(bundle.disagreement(), None, "{place}"),
        Some(want) => check.all(
            &bundle.disagreement().unwrap(),
            want,
            &format!("{place} interval"),
        ),
        None => {}
    }
}

/// The losses in the file must also be those of our own bundle.
fn compare_losses(
    bundle: &Bundle,
    want: &BundleLosses,
    scenario: &Value,
    truth: &Value,
    place: &str,
    check: &mut Check,
) {
    let truth = numbers(truth);
    if scenario["loss"] == "log_loss" {
        return;
    }
    let got = BundleLosses::of(bundle, |values| {
        let squares = values.iter().zip(&truth).map(|(v, y)| (v - y) * (v - y));
        quorate_collective::losses::log10_loss(squares.sum())
    });
    // log10 of a tiny error amplifies rounding of the value.
    check.within(
        got.combined,
        want.combined,
        1e-6,
        &format!("{place} loss of combined"),
    );
    for (worker, want) in want.one_out_inferers.iter() {
        let got = got.one_out_inferers.get(worker).unwrap();
        check.within(
            *got,
            *want,
            1e-6,
            &format!("{place} loss without {worker:?}"),
        );
    }
}

fn compare_state(
    topic: &AlloraTopic,
    observation: &Observation,
    expect: &Value,
    place: &str,
    check: &mut Check,
) {
    let state = topic.state();
    let regrets = &state.regrets;
    let flat = [
        ("inferer", &regrets.inferers),
        ("forecaster", &regrets.forecasters),
        ("naive", &regrets.naive),
        ("one_in_forecaster_self", &regrets.one_in_forecaster_self),
    ];
    for (name, got) in flat {
        check.per_worker(
            got,
            &expect["regrets"][name],
            &format!("{place} regret {name}"),
        );
    }
    let pairs = [
        ("one_out_inferer_inferer", &regrets.one_out_inferer_inferers),
        (
            "one_out_inferer_forecaster",
            &regrets.one_out_inferer_forecasters,
        ),
        (
            "one_out_forecaster_inferer",
            &regrets.one_out_forecaster_inferers,
        ),
        (
            "one_out_forecaster_forecaster",
            &regrets.one_out_forecaster_forecasters,
        ),
        (
            "one_in_forecaster_inferer",
            &regrets.one_in_forecaster_inferers,
        ),
    ];
    for (name, got) in pairs {
        for (first, want) in expect["regrets"][name].as_object().unwrap() {
            let got = got.get(worker(first)).unwrap();
            check.per_worker(got, want, &format!("{place} regret {name} {first}"));
        }
    }
    let initial = expect["initial_regret"].as_f64().unwrap();
    check.close(
        state.initial_regret,
        initial,
        &format!("{place} initial regret"),
    );
    if let Some(want) = expect.get("scale").and_then(Value::as_f64) {
        check.close(state.scale, want, &format!("{place} scale"));
    }
    let scores = &observation.scores;
    check.per_worker(
        &scores.inferers,
        &expect["scores"]["inferer"],
        &format!("{place} score"),
    );
    check.per_worker(
        &scores.forecasters,
        &expect["scores"]["forecaster"],
        &format!("{place} score"),
    );
}
