//! Recordings of the chain's own simulator: transitions of a regression topic (v0.6) and of a classification topic
//! (v0.16), and seats by score average. They are not shipped; the tests say so when they are absent.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::{Check, recording};
use quorate_collective::allora::{
    AlloraParams, AlloraScheme, AlloraTopic, BundleLosses, EpochInput, Regrets, TopicState,
};
use quorate_collective::leaderboard::{self, TaskEntropies};
use quorate_collective::{PerWorker, WorkerKey, reputers};

const INFERERS: u32 = 5;
const FORECASTERS: u32 = 3;
const REPUTERS: u32 = 5;

type Row = BTreeMap<String, String>;

fn rows(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let pair = |record: csv::StringRecord| -> Row {
        header
            .iter()
            .map(String::from)
            .zip(record.iter().map(String::from))
            .collect()
    };
    reader
        .records()
        .map(|record| pair(record.unwrap()))
        .collect()
}

fn number(row: &Row, column: &str) -> f64 {
    let text = row
        .get(column)
        .unwrap_or_else(|| panic!("no column {column}"));
    text.parse()
        .unwrap_or_else(|e| panic!("{column} = {text}: {e}"))
}

fn each<T>(count: u32, f: impl Fn(u32) -> T) -> PerWorker<T> {
    (0..count).map(|i| (WorkerKey(i), f(i))).collect()
}

fn series(row: &Row, count: u32, prefix: &str) -> Vec<f64> {
    (0..count)
        .map(|i| number(row, &format!("{prefix}{i}")))
        .collect()
}

/// The regrets of a row, in the columns both recordings share.
fn regrets(row: &Row) -> Regrets {
    let of = |worker: u32, context: &str| {
        number(row, &format!("inference_regret_worker_{worker}{context}"))
    };
    let inferers = |context: String| each(INFERERS, |j| of(j, &context));
    let forecasters = |context: String| each(FORECASTERS, |k| of(INFERERS + k, &context));
    Regrets {
        inferers: inferers(String::new()),
        forecasters: forecasters(String::new()),
        naive: each(INFERERS, |j| {
            number(row, &format!("naive_inference_regret_worker_{j}"))
        }),
        one_out_inferer_inferers: each(INFERERS, |o| inferers(format!("_oneout_{o}"))),
        one_out_inferer_forecasters: each(INFERERS, |o| forecasters(format!("_oneout_{o}"))),
        one_out_forecaster_inferers: each(FORECASTERS, |k| {
            inferers(format!("_oneout_{}", INFERERS + k))
        }),
        one_out_forecaster_forecasters: each(FORECASTERS, |k| {
            forecasters(format!("_oneout_{}", INFERERS + k))
        }),
        one_in_forecaster_inferers: each(FORECASTERS, |k| inferers(format!("_onein_{k}"))),
        one_in_forecaster_self: each(FORECASTERS, |k| of(INFERERS, &format!("_onein_{k}"))),
    }
}

fn topic(scheme: AlloraScheme, row: &Row, network_loss: f64, scale: f64) -> AlloraTopic {
    let state = TopicState {
        network_loss: Some(network_loss),
        // Every worker is known in the recordings; any value but 0 keeps the topic out of all-new mode.
        initial_regret: 1.0,
        scale,
        regrets: regrets(row),
        ..TopicState::default()
    };
    AlloraTopic::with_state(AlloraParams::usual(scheme), state).unwrap()
}

fn forecasts(row: &Row) -> PerWorker<PerWorker<f64>> {
    each(FORECASTERS, |k| {
        each(INFERERS, |j| {
            number(row, &format!("forecasted_loss_{k}_for_{j}"))
        })
    })
}

struct Comparison<'a> {
    row: &'a Row,
    labels: Vec<String>,
    check: Check,
}

impl Comparison<'_> {
    fn values(&mut self, got: &[f64], column: &str) {
        for (value, label) in got.iter().zip(self.labels.clone()) {
            let column = format!("{column}{label}");
            self.check.close(*value, number(self.row, &column), &column);
        }
    }

    fn bundle(&mut self, topic: &AlloraTopic, input: &EpochInput) {
        let bundle = topic.infer(input).unwrap();
        self.values(&bundle.combined, "network_inference");
        self.values(&bundle.naive, "network_naive_inference");
        for (o, values) in bundle.one_out_inferers.iter() {
            self.values(values, &format!("network_inference_oneout_{}", o.0));
        }
        for (k, values) in bundle.one_out_forecasters.iter() {
            self.values(
                values,
                &format!("network_inference_oneout_{}", INFERERS + k.0),
            );
        }
        for (k, values) in bundle.one_in_forecasters.iter() {
            self.values(values, &format!("network_naive_inference_onein_{}", k.0));
        }
        for (k, values) in bundle.forecasters.iter() {
            self.values(values, &format!("forecast_implied_inference_{}", k.0));
        }
        for (k, one_outs) in bundle.one_out_inferer_forecasters.iter() {
            for (o, values) in one_outs.iter() {
                let column = format!("forecast_implied_inference_{}_oneout_{}", k.0, o.0);
                self.values(values, &column);
            }
        }
        if let Some(interval) = bundle.disagreement() {
            for (i, got) in interval.iter().enumerate() {
                self.values(&[*got], &format!("network_inference_errorbar_{i}"));
            }
        }
    }

    fn regrets(&mut self, got: &Regrets) {
        let want = serde_json::to_value(regrets(self.row)).unwrap();
        let got = serde_json::to_value(got).unwrap();
        self.json(&got, &want);
    }

    fn json(&mut self, got: &serde_json::Value, want: &serde_json::Value) {
        if let (Some(got), Some(want)) = (got.as_f64(), want.as_f64()) {
            return self.check.close(got, want, "regret");
        }
        if let Some(want) = want.as_object() {
            return want
                .iter()
                .for_each(|(name, want)| self.json(&got[name], want));
        }
        let (got, want) = (got.as_array().unwrap(), want.as_array().unwrap());
        assert_eq!(got.len(), want.len());
        got.iter()
            .zip(want)
            .for_each(|(got, want)| self.json(got, want));
    }
}

fn losses(row: &Row) -> BundleLosses {
    let of = |count: u32, prefix: &str, offset: u32| {
        each(count, |i| number(row, &format!("{prefix}{}", i + offset)))
    };
    BundleLosses {
        combined: number(row, "network_loss"),
        naive: number(row, "network_naive_loss"),
        inferers: of(INFERERS, "inference_loss_", 0),
        forecasters: of(FORECASTERS, "forecast_implied_inference_loss_", 0),
        one_out_inferers: of(INFERERS, "network_loss_oneout_", 0),
        one_out_forecasters: of(FORECASTERS, "network_loss_oneout_", INFERERS),
        one_in_forecasters: of(FORECASTERS, "network_naive_loss_onein_", 0),
        one_out_inferer_forecasters: each(FORECASTERS, |k| {
            of(
                INFERERS,
                &format!("forecast_implied_inference_loss_{k}_oneout_"),
                0,
            )
        }),
    }
}

#[test]
fn vector_recorded_regression_v06() {
    let Some(path) = recording("allora_regression_v06.csv") else {
        return;
    };
    let rows = rows(&path);
    let mut compared = 0;
    for pair in rows.windows(2) {
        let (before, row) = (&pair[0], &pair[1]);
        let mut topic = topic(
            AlloraScheme::V06,
            before,
            number(before, "network_loss"),
            0.0,
        );
        let mut comparison = Comparison {
            row,
            labels: vec![String::new()],
            check: Check::default(),
        };
        let input = EpochInput {
            inferences: each(INFERERS, |j| vec![number(row, &format!("inference_{j}"))]),
            forecasts: forecasts(row),
        };
        comparison.bundle(&topic, &input);
        let observation = topic.observe(&losses(row)).unwrap();
        comparison.regrets(&topic.state().regrets);
        for (j, score) in observation.scores.inferers.iter() {
            comparison.values(&[*score], &format!("inferer_score_{}", j.0));
        }
        for (k, score) in observation.scores.forecasters.iter() {
            comparison.values(&[*score], &format!("forecaster_score_{}", k.0));
        }
        compare_rewards(before, row, &mut comparison.check);
        compare_reputers(before, row, &mut comparison.check);
        compared += comparison.check.compared;
    }
    println!(
        "{compared} values compared over {} transitions",
        rows.len() - 1
    );
}

/// Smoothed reward fractions, their entropies and the task split.
fn compare_rewards(before: &Row, row: &Row, check: &mut Check) {
    let mut entropies = Vec::new();
    for (role, count) in [
        ("inferer", INFERERS),
        ("forecaster", FORECASTERS),
        ("reputer", REPUTERS),
    ] {
        let raw = series(row, count, &format!("{role}_reward_fraction_"));
        let previous = series(before, count, &format!("{role}_reward_fraction_smooth_"));
        let smooth: Vec<f64> = raw
            .iter()
            .zip(&previous)
            .map(|(u, q)| leaderboard::score_ema(Some(*q), *u, 0.1))
            .collect();
        for (got, want) in smooth.iter().zip(series(
            row,
            count,
            &format!("{role}_reward_fraction_smooth_"),
        )) {
            check.close(*got, want, role);
        }
        let entropy = leaderboard::entropy(&smooth);
        check.close(entropy, number(row, &format!("{role}s_entropy")), role);
        entropies.push(entropy);
    }
    let split = leaderboard::task_split(
        number(row, "network_naive_loss"),
        number(row, "network_loss"),
        &series(row, INFERERS, "inferer_score_"),
        number(before, "forecaster_score_ratio"),
        TaskEntropies {
            inferers: entropies[0],
            forecasters: entropies[1],
            reputers: entropies[2],
        },
    );
    let got = [
        ("forecaster_task_score", split.task_score),
        ("forecaster_score_ratio", split.tau),
        ("forecasters_utility", split.chi),
        ("inferers_reward_fraction", split.inferers),
        ("forecasters_reward_fraction", split.forecasters),
        ("reputers_reward_fraction", split.reputers),
    ];
    for (column, got) in got {
        check.close(got, number(row, column), column);
    }
}

fn compare_reputers(before: &Row, row: &Row, check: &mut Check) {
    let reported: Vec<Vec<f64>> = (0..REPUTERS).map(|m| reported_losses(row, m)).collect();
    let stakes = series(row, REPUTERS, "reputer_stake_");
    let start = series(before, REPUTERS, "reputer_listening_coefficient_");
    let consensus = reputers::reputer_consensus(&reported, &stakes, &start);
    let coefficients = series(row, REPUTERS, "reputer_listening_coefficient_");
    for (got, want) in consensus.coefficients.iter().zip(coefficients) {
        check.within(*got, want, 1e-9, "listening coefficient");
    }
    for (got, want) in consensus
        .scores
        .iter()
        .zip(series(row, REPUTERS, "reputer_score_"))
    {
        check.within(*got, want, 1e-9, "reputer score");
    }
    let scores = series(row, REPUTERS, "reputer_score_");
    let fractions = leaderboard::reputer_reward_fractions(&stakes, &scores, 1.0);
    for (got, want) in fractions
        .iter()
        .zip(series(row, REPUTERS, "reputer_reward_fraction_"))
    {
        check.close(*got, want, "reputer reward fraction");
    }
    let combined: Vec<f64> = reported.iter().map(|losses| losses[0]).collect();
    let network = leaderboard::network_loss(&combined, &stakes).unwrap();
    check.close(network, number(row, "network_loss"), "network loss");
}

fn reported_losses(row: &Row, reputer: u32) -> Vec<f64> {
    let prefix = format!("reputer_{reputer}_loss_");
    let mut columns = vec![
        "network_inference".to_string(),
        "naive_network_inference".to_string(),
    ];
    columns.extend((0..INFERERS).map(|j| format!("inference_{j}")));
    columns.extend((0..FORECASTERS).map(|k| format!("forecast_implied_inference_{k}")));
    for k in 0..FORECASTERS {
        columns.extend((0..INFERERS).map(|o| format!("forecast_implied_inference_{k}_oneout_{o}")));
    }
    columns.extend((0..INFERERS + FORECASTERS).map(|w| format!("network_inference_oneout_{w}")));
    columns.extend((0..FORECASTERS).map(|k| format!("naive_network_inference_onein_{k}")));
    columns
        .iter()
        .map(|column| number(row, &format!("{prefix}{column}")))
        .collect()
}

#[test]
fn vector_recorded_classification_v016() {
    let Some(folder) = recording("allora_classification_v016") else {
        return;
    };
    let epochs = rows(&folder.join("inputs_outputs.csv"));
    let regrets_row = &rows(&folder.join("regrets_after_epoch.csv"))[0];
    let all = regrets(regrets_row);
    let network: Vec<f64> = all
        .inferers
        .values()
        .chain(all.forecasters.values())
        .copied()
        .collect();
    let params = AlloraParams::usual(AlloraScheme::V016);
    let scale = quorate_collective::allora::regret_scale(&params.weights, &network);
    let loss = number(&epochs[0], "network_loss");
    let topic = topic(AlloraScheme::V016, regrets_row, loss, scale);
    let row = &epochs[1];
    let labels: Vec<String> = (0..3).map(|l| format!("_label_{l}")).collect();
    let values = |j: u32| {
        labels
            .iter()
            .map(|l| number(row, &format!("inference_{j}{l}")))
            .collect()
    };
    let input = EpochInput {
        inferences: each(INFERERS, values),
        forecasts: forecasts(row),
    };
    let mut comparison = Comparison {
        row,
        labels: labels.clone(),
        check: Check::default(),
    };
    comparison.bundle(&topic, &input);
    println!("{} values compared", comparison.check.compared);
}

#[test]
fn vector_recorded_merit_sortition() {
    let Some(path) = recording("allora_merit_sortition.csv") else {
        return;
    };
    let mut check = Check::default();
    for row in rows(&path) {
        let count: usize = row["n_participants"].parse().unwrap();
        let seats: usize = row["n_participants_max"].parse().unwrap();
        let column = |i: usize, name: &str| format!("{i}_{name}");
        let previous: Vec<f64> = (0..count)
            .map(|i| number(&row, &column(i, "prev_quality_ema")))
            .collect();
        let active = leaderboard::active_seats(&previous, seats);
        let scores: Vec<f64> = active
            .iter()
            .map(|i| number(&row, &column(*i, "quality_metric")))
            .collect();
        let passive =
            leaderboard::passive_score(&scores, number(&row, "percentile") / 100.0).unwrap();
        check.close(
            passive,
            number(&row, "quality_percentile"),
            "quality percentile",
        );
        for (i, ema) in previous.iter().enumerate() {
            let is_active = active.contains(&i);
            assert_eq!(is_active, row[&column(i, "active")] == "true");
            let score = if is_active {
                number(&row, &column(i, "quality_metric"))
            } else {
                passive
            };
            let got = leaderboard::score_ema(Some(*ema), score, number(&row, "alpha_quality"));
            check.close(got, number(&row, &column(i, "quality_ema")), "quality EMA");
        }
    }
    println!("{} values compared", check.compared);
}
