//! Runs the operations of a pool scenario: register, predict, resolve; compares predictions, contributions and state.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;

use quorate_collective::{Combined, Expert, Pool, Quantity, ResolvedEvent, SchemeSpec};
use serde_json::Value;

use super::common::{Check, sequence};

/// How one scheme's file is read.
pub(crate) struct Runner {
    pub(crate) file: &'static str,
    pub(crate) quantity: Quantity,
    pub(crate) spec: fn(&Value) -> SchemeSpec,
    /// Compares the state: ours as JSON, theirs, worker names.
    pub(crate) state: fn(&Value, &Value, &[String], &mut Check),
}

/// Runs every scenario; gives the number of compared values.
pub(crate) fn run(runner: &Runner) -> usize {
    let file = sequence(runner.file);
    let mut check = Check::default();
    for scenario in file["scenarios"].as_array().unwrap() {
        let mut run = Run::new(runner, scenario);
        for (step, op) in scenario["ops"].as_array().unwrap().iter().enumerate() {
            run.place = format!("{} op {step}", scenario["name"]);
            run.op(op, &mut check);
        }
    }
    check.compared
}

struct Run<'a> {
    runner: &'a Runner,
    pool: Pool,
    names: Vec<String>,
    events: BTreeMap<String, (BTreeMap<String, f64>, Option<f64>)>,
    place: String,
}

impl<'a> Run<'a> {
    fn new(runner: &'a Runner, scenario: &Value) -> Self {
        let pool = (runner.spec)(&scenario["params"])
            .build(runner.quantity)
            .unwrap();
        Self {
            runner,
            pool,
            names: Vec::new(),
            events: BTreeMap::new(),
            place: String::new(),
        }
    }

    fn op(&mut self, op: &Value, check: &mut Check) {
        match op["op"].as_str().unwrap() {
            "register" => {
                self.names.push(op["worker"].as_str().unwrap().to_string());
                assert_eq!(self.pool.register() + 1, self.names.len());
            }
            "predict" => self.predict(op, check),
            "resolve" => self.resolve(op, check),
            other => panic!("unknown operation {other}"),
        }
    }

    fn row(&self, event: &str) -> (Vec<Option<f64>>, Option<f64>) {
        let (values, market) = &self.events[event];
        (
            self.names
                .iter()
                .map(|name| values.get(name).copied())
                .collect(),
            *market,
        )
    }

    fn predict(&mut self, op: &Value, check: &mut Check) {
        let event = op["event"].as_str().unwrap().to_string();
        let given = op["x"].as_object().unwrap().iter();
        let values = given
            .filter_map(|(name, x)| Some((name.clone(), x.as_f64()?)))
            .collect();
        self.events.insert(
            event.clone(),
            (values, op.get("market").and_then(Value::as_f64)),
        );
        let (row, market) = self.row(&event);
        let before = self.pool.clone();
        let got = self.pool.predict(&row, market);
        assert_eq!(self.pool, before, "predict changed the state");
        assert_eq!(self.pool.value(&row, market), got.value);
        let place = self.place.clone();
        check.optional(got.value, &op["expect"]["p"], &format!("{place} value"));
        self.compare_experts(&got, &op["expect"], check);
        for name in ["q", "zbar"] {
            if let Some(want) = op["expect"].get(name) {
                check.optional(got.inner, want, &format!("{place} {name}"));
            }
        }
    }

    fn compare_experts(&self, got: &Combined, expect: &Value, check: &mut Check) {
        if got.experts.is_empty() {
            for (name, want) in expect
                .get("weights")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                let column = self.names.iter().position(|n| n == name).unwrap();
                check.optional(Some(got.weights[column]), want, &self.place);
            }
            return;
        }
        let columns = expect["columns"].as_object().unwrap();
        assert_eq!(columns.len(), got.experts.len(), "{}", self.place);
        for share in &got.experts {
            let name = self.name(share.expert);
            let what = format!("{} expert {name}", self.place);
            check.optional(share.value, &columns[&name], &what);
            if let Some(weight) = expect["weights"].get(&name) {
                check.optional(Some(share.weight), weight, &what);
            }
        }
    }

    fn name(&self, expert: Expert) -> String {
        let of_prices = self.runner.quantity == Quantity::Price;
        let name = match expert {
            Expert::Worker(column) => return self.names[column].clone(),
            Expert::Mean => "mean",
            Expert::Median => "median",
            Expert::Trimmed20 => "trimmed_20",
            Expert::LogitMean(factor) => return format!("#logit_mean_{factor:.1}"),
            Expert::Lop => "lop",
            Expert::InverseMse => "inverse_mse",
            Expert::InverseMseSquared => "inverse_mse_squared",
            Expert::MlPoly => "ml_poly",
            Expert::Allora if of_prices => "allora_v0.16",
            Expert::Allora => "allora_v0.16_log_loss",
            Expert::RidgeStack => "ridge_stack",
            Expert::Boa0 => "boa0",
        };
        if of_prices {
            name.to_string()
        } else {
            format!("#{name}")
        }
    }

    fn resolve(&mut self, op: &Value, check: &mut Check) {
        let names = op["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e.as_str().unwrap());
        let outcomes = op["y"]
            .as_array()
            .unwrap()
            .iter()
            .map(|y| y.as_f64().unwrap());
        let expect = &op["expect"];
        let mut batch = Vec::new();
        for (name, outcome) in names.zip(outcomes) {
            let (x, market) = self.row(name);
            let event = ResolvedEvent { x, market, outcome };
            if let Some(want) = expect.get("leave_one_out").and_then(|all| all.get(name)) {
                let got = self.pool.leave_one_out(&event).unwrap();
                for (worker, got) in self.names.iter().zip(got) {
                    let want = want.get(worker).unwrap_or(&Value::Null);
                    check.optional(got, want, &format!("{} contribution {worker}", self.place));
                }
            }
            batch.push(event);
        }
        self.pool
            .resolve(&batch, op["c"].as_f64().unwrap())
            .unwrap();
        let ours = serde_json::to_value(&self.pool).unwrap();
        if let Some(want) = expect.get("state") {
            (self.runner.state)(&ours["state"], want, &self.names, check);
        }
        let restored: Pool = serde_json::from_value(ours).unwrap();
        assert_eq!(restored, self.pool, "a snapshot restores the pool");
    }
}

/// `[{regret, squares, range, rate}]` against `{name: {R, S, B, eta}}`; fields the vectors lack are not compared.
pub(crate) fn compare_experts(ours: &Value, want: &Value, names: &[String], check: &mut Check) {
    let ours = ours.as_array().unwrap();
    let want = want.as_object().unwrap();
    assert_eq!(ours.len(), want.len());
    for (ours, name) in ours.iter().zip(names) {
        for (field, theirs) in [
            ("regret", "R"),
            ("squares", "S"),
            ("range", "B"),
            ("rate", "eta"),
        ] {
            if let Some(want) = want[name].get(theirs) {
                check.optional(ours[field].as_f64(), want, &format!("state {name} {field}"));
            }
        }
    }
}

/// Worker names followed by those of the derived experts of BOA+.
pub(crate) fn with_derived(names: &[String], with_allora: bool) -> Vec<String> {
    let derived = [
        "#mean",
        "#median",
        "#logit_mean_1.0",
        "#logit_mean_1.4",
        "#lop",
    ];
    let allora = if with_allora {
        Some("#allora_v0.16_log_loss")
    } else {
        None
    };
    let derived = derived.into_iter().chain(allora).map(String::from);
    names.iter().cloned().chain(derived).collect()
}

/// Coefficients and precision of an online logit against `{theta, precision}`.
pub(crate) fn compare_logit(ours: &Value, want: &Value, check: &mut Check) {
    let theta: Vec<f64> = super::common::numbers(&ours["theta"]);
    check.all(&theta, &want["theta"], "theta");
    let precision = super::common::numbers(&ours["precision"]);
    for (row, want) in precision
        .chunks(theta.len())
        .zip(want["precision"].as_array().unwrap())
    {
        check.all(row, want, "precision");
    }
}

/// State of an Allora pool.
pub(crate) fn compare_allora(ours: &Value, want: &Value, names: &[String], check: &mut Check) {
    for (j, name) in names.iter().enumerate() {
        check.optional(
            ours["regrets"][j].as_f64(),
            &want["regret"][name],
            "allora regret",
        );
        check.optional(
            ours["counts"][j].as_f64(),
            &want["count"][name],
            "allora count",
        );
    }
    for (ours_name, name) in [("initial_regret", "initial_regret"), ("scale", "scale")] {
        check.optional(ours[ours_name].as_f64(), &want[name], name);
    }
}
