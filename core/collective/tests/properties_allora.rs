//! What must hold for any Allora topic: finite values, invariance to constants, refusal of bad losses.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use quorate_collective::allora::{
    AlloraError, AlloraParams, AlloraScheme, AlloraTopic, Bundle, BundleLosses, EpochInput, Mode,
};
use quorate_collective::losses::log10_loss;
use quorate_collective::{PerWorker, WorkerKey};

const SCHEMES: [AlloraScheme; 2] = [AlloraScheme::V016, AlloraScheme::V06];

fn table<T>(values: Vec<Option<T>>) -> PerWorker<T> {
    let keys = (0..).map(WorkerKey);
    keys.zip(values)
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
}

fn epoch() -> impl Strategy<Value = EpochInput> {
    let value = prop_oneof![6 => -3.0..3.0f64, 1 => Just(0.0), 1 => Just(1e9), 1 => Just(1e150), 1 => Just(f64::MAX)];
    let inferences = prop::collection::vec(prop::option::weighted(0.8, value), 5);
    let losses = prop::collection::vec(prop::option::weighted(0.8, -9.0..3.0f64), 5);
    let forecasts = prop::collection::vec(prop::option::weighted(0.7, losses), 3);
    (inferences, forecasts).prop_map(|(inferences, forecasts)| EpochInput {
        inferences: table(inferences.into_iter().map(|x| x.map(|x| vec![x])).collect()),
        forecasts: table(forecasts.into_iter().map(|x| x.map(table)).collect()),
    })
}

fn losses(bundle: &Bundle, truth: f64) -> BundleLosses {
    BundleLosses::of(bundle, |values| {
        log10_loss((values[0] - truth) * (values[0] - truth))
    })
}

fn shifted(losses: &BundleLosses, constant: f64) -> BundleLosses {
    fn add(table: &PerWorker<f64>, constant: f64) -> PerWorker<f64> {
        table
            .iter()
            .map(|(worker, loss)| (worker, loss + constant))
            .collect()
    }
    BundleLosses {
        combined: losses.combined + constant,
        naive: losses.naive + constant,
        inferers: add(&losses.inferers, constant),
        forecasters: add(&losses.forecasters, constant),
        one_out_inferers: add(&losses.one_out_inferers, constant),
        one_out_forecasters: add(&losses.one_out_forecasters, constant),
        one_in_forecasters: add(&losses.one_in_forecasters, constant),
        one_out_inferer_forecasters: losses
            .one_out_inferer_forecasters
            .iter()
            .map(|(worker, table)| (worker, add(table, constant)))
            .collect(),
    }
}

fn all_values(bundle: &Bundle) -> Vec<f64> {
    let tables = [
        &bundle.forecasters,
        &bundle.one_out_inferers,
        &bundle.one_out_forecasters,
        &bundle.one_in_forecasters,
    ];
    let mut values = [bundle.combined.clone(), bundle.naive.clone()].concat();
    for table in tables
        .into_iter()
        .chain(bundle.one_out_inferer_forecasters.values())
    {
        values.extend(table.values().flatten());
    }
    values
}

fn quick_params(scheme: AlloraScheme) -> AlloraParams {
    AlloraParams {
        alpha_regret: 0.5,
        ..AlloraParams::usual(scheme)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    #[test]
    fn every_value_of_every_epoch_is_finite(epochs in prop::collection::vec(epoch(), 1..15)) {
        for scheme in SCHEMES {
            let mut topic = AlloraTopic::new(quick_params(scheme)).unwrap();
            for input in &epochs {
                let Ok(bundle) = topic.infer(input) else {
                    // Only an epoch without any usable inference has no bundle.
                    prop_assert!(input.inferences.values().flatten().all(|value| 1e150 < value.abs()));
                    continue;
                };
                prop_assert!(all_values(&bundle).iter().all(|value| value.is_finite()));
                if bundle.mode == Mode::Weighted && scheme == AlloraScheme::V016 {
                    let weights = bundle.inferer_weights.values().chain(bundle.forecaster_weights.values());
                    prop_assert_eq!(weights.copied().fold(0.0, f64::max), 1.0);
                }
                let observation = topic.observe(&losses(&bundle, 0.3)).unwrap();
                let shares = observation.inferer_weights.values().chain(observation.forecaster_weights.values());
                let total: f64 = shares.sum();
                prop_assert!((total - 1.0).abs() < 1e-9 || total == 0.0);
                let text = serde_json::to_string(&topic).unwrap();
                prop_assert!(!text.contains("null") || text.contains("\"network_loss\":null"));
            }
        }
    }

    #[test]
    fn a_constant_in_all_losses_leaves_regrets_alone(
        epochs in prop::collection::vec(epoch(), 1..8),
        constant in -4.0..4.0f64,
    ) {
        for scheme in SCHEMES {
            let mut topic = AlloraTopic::new(quick_params(scheme)).unwrap();
            for input in &epochs {
                let Ok(bundle) = topic.infer(input) else { continue };
                let mut other = topic.clone();
                let losses = losses(&bundle, 0.3);
                topic.observe(&losses).unwrap();
                other.observe(&shifted(&losses, constant)).unwrap();
                for table in [
                    (&topic.state().regrets.inferers, &other.state().regrets.inferers),
                    (&topic.state().regrets.forecasters, &other.state().regrets.forecasters),
                    (&topic.state().regrets.naive, &other.state().regrets.naive),
                ] {
                    for (a, b) in table.0.values().zip(table.1.values()) {
                        prop_assert!((a - b).abs() < 1e-9);
                    }
                }
            }
        }
    }
}

#[test]
fn an_epoch_without_inferences_is_an_error() {
    let topic = AlloraTopic::new(AlloraParams::usual(AlloraScheme::V016)).unwrap();
    assert_eq!(
        topic.infer(&EpochInput::default()),
        Err(AlloraError::NoInference)
    );
    let only_bad = EpochInput {
        inferences: table(vec![Some(vec![f64::NAN])]),
        forecasts: PerWorker::new(),
    };
    assert_eq!(topic.infer(&only_bad), Err(AlloraError::NoInference));
}

#[test]
fn inferers_with_different_labels_are_an_error() {
    let topic = AlloraTopic::new(AlloraParams::usual(AlloraScheme::V016)).unwrap();
    let input = EpochInput {
        inferences: table(vec![Some(vec![0.1, 0.9]), Some(vec![0.5])]),
        forecasts: PerWorker::new(),
    };
    assert_eq!(
        topic.infer(&input),
        Err(AlloraError::LabelCount(WorkerKey(1)))
    );
}

#[test]
fn a_loss_that_is_not_finite_changes_nothing() {
    let mut topic = AlloraTopic::new(AlloraParams::usual(AlloraScheme::V016)).unwrap();
    let before = topic.clone();
    let losses = BundleLosses {
        inferers: table(vec![Some(1.0), Some(f64::NAN)]),
        ..BundleLosses::default()
    };
    assert_eq!(topic.observe(&losses), Err(AlloraError::NotFinite));
    assert_eq!(topic, before);
}

#[test]
fn forecast_elements_beyond_the_limit_are_those_of_the_worst_inferers() {
    let params = AlloraParams {
        forecast_elements_max: 1,
        alpha_regret: 1.0,
        ..AlloraParams::usual(AlloraScheme::V016)
    };
    let mut topic = AlloraTopic::new(params).unwrap();
    let input = EpochInput {
        inferences: table(vec![Some(vec![5.0]), Some(vec![1.0]), Some(vec![9.0])]),
        forecasts: table(vec![Some(table(vec![Some(0.0), Some(0.0), Some(0.0)]))]),
    };
    for _ in 0..3 {
        let bundle = topic.infer(&input).unwrap();
        topic.observe(&losses(&bundle, 1.1)).unwrap();
    }
    let bundle = topic.infer(&input).unwrap();
    // Worker 1 is nearest to the truth and has the best score, so only its forecast counts.
    assert_eq!(bundle.forecasters.get(WorkerKey(0)), Some(&vec![1.0]));
}

#[test]
fn parameters_out_of_range_are_refused() {
    let usual = AlloraParams::usual(AlloraScheme::V016);
    let no_rate = AlloraParams {
        alpha_regret: 0.0,
        ..usual
    };
    assert_eq!(
        AlloraTopic::new(no_rate),
        Err(AlloraError::Parameter("alpha_regret"))
    );
    let mut no_scale = usual;
    no_scale.weights.epsilon = 0.0;
    assert_eq!(
        AlloraTopic::new(no_scale),
        Err(AlloraError::Parameter("epsilon"))
    );
}
