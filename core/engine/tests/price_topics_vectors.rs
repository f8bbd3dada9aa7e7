//! Golden vectors of the price formulas, through the functions that price markets.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::PathBuf;
use std::time::Duration;

use quorate_collective::conformal::{DIRECTION_BOUNDS, PROBABILITY_BOUNDS};
use quorate_domain::{LossName, Objective, Predicted, PriceCondition, Ties, Timestamp};
use quorate_engine::prices::outlook::{Forecast, Shape};
use quorate_engine::prices::question::{probability, unbounded};
use quorate_engine::prices::record::median_return;
use quorate_engine::prices::units::{Seen, basis_points};
use quorate_engine::prices::watch::{Opening, Watch};
use serde_json::Value;

const AGE_MAX: Duration = Duration::from_secs(60);
const START: Timestamp = Timestamp::from_secs(1_800_000_000);
const HORIZON_SECS: f64 = 1_000_000.0;

/// Inputs, expected values and tolerance of every case of a family, in every file of `QUORATE_VECTORS/sizing`.
fn cases(family: &str) -> Vec<(Value, Value, f64)> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/vectors");
    let root = std::env::var_os("QUORATE_VECTORS").map_or_else(|| default.into(), PathBuf::from);
    let folder = root.join("sizing");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    paths.sort();
    let mut own = Vec::new();
    for path in paths {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let all = file["cases"].as_array().into_iter().flatten();
        own.extend(all.filter(|case| case["family"] == family).map(|case| {
            let (inputs, expected) = (case["inputs"].clone(), case["expected"].clone());
            (inputs, expected, case["abs_tol"].as_f64().unwrap())
        }));
    }
    assert!(!own.is_empty(), "no case of family {family}");
    own
}

fn f(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or_else(|| panic!("{key}"))
}

fn close(got: f64, want: f64, tolerance: f64) {
    assert!(
        (got - want).abs() <= tolerance + 1e-9 * want.abs(),
        "got {got}, expected {want}"
    );
}

/// Prices are counted in a unit a million times smaller, so that rounding to whole micros is below every tolerance,
/// whatever the price; no formula depends on the unit.
const UNIT: f64 = 1e6;

fn micros(price: f64) -> i64 {
    (price * UNIT * 1e6).round() as i64
}

fn after(secs: f64) -> Timestamp {
    START.plus(Duration::from_secs_f64(secs))
}

/// A market that ends `secs` from now, seen at `spot`, with what its window opened at.
fn watch(condition: PriceCondition, secs: f64, spot: f64, opening: f64) -> Watch {
    let seen = |price| Seen {
        micros: micros(price),
        at: START,
    };
    let latest = Some(seen(spot));
    let mut watch = Watch::new(condition, Some(START), after(secs), latest);
    watch.opening = Opening::At(seen(opening));
    watch
}

/// A forecast over a horizon that begins now.
fn forecast(mean: f64, sd: f64, secs: f64, shape: Shape<'_>) -> Forecast<'_> {
    Forecast {
        mean,
        sd,
        opens_at: START,
        target_at: after(secs),
        shape,
    }
}

const fn above(strike_micros: i64) -> PriceCondition {
    PriceCondition::Above {
        strike_micros,
        ties: Ties::No,
        average_secs: 0,
    }
}

const UP_DOWN: PriceCondition = PriceCondition::UpDown {
    ties: Ties::Yes,
    average_secs: 0,
};

#[test]
fn vector_digital_lognormal() {
    for (inputs, expected, tolerance) in cases("digital_lognormal") {
        let (mean, sd) = (f(&inputs, "log_return_mean"), f(&inputs, "log_return_sd"));
        let market = watch(
            above(micros(f(&inputs, "strike"))),
            HORIZON_SECS,
            f(&inputs, "spot"),
            1.0,
        );
        let forecast = forecast(mean, sd, HORIZON_SECS, Shape::Normal);
        let want = f(&expected, "p_above");
        close(
            unbounded(&market, &forecast, AGE_MAX).unwrap(),
            want,
            tolerance,
        );
        let (low, high) = PROBABILITY_BOUNDS;
        let bounded = probability(&market, &forecast, AGE_MAX).unwrap();
        close(bounded, want.clamp(low, high), tolerance);
    }
}

#[test]
fn vector_digital_from_price_mean() {
    for (inputs, expected, tolerance) in cases("digital_from_price_mean") {
        let (spot, sd) = (f(&inputs, "spot"), f(&inputs, "log_return_sd"));
        let strike = micros(f(&inputs, "strike"));
        let market = watch(above(strike), HORIZON_SECS, spot, 1.0);
        let opening = market.last.unwrap();
        let predicted = f(&inputs, "predicted_price_mean") * UNIT;
        let said = basis_points(Predicted::Price, predicted, opening).unwrap();
        let p = |loss| {
            let objective = Objective {
                predicts: Predicted::Price,
                loss,
                ..Objective::default()
            };
            let mean = median_return(&objective, said, sd * 1e4) * 1e-4;
            let forecast = forecast(mean, sd, HORIZON_SECS, Shape::Normal);
            (mean, unbounded(&market, &forecast, AGE_MAX).unwrap())
        };
        let (mean, p_above) = p(LossName::Mse);
        close(mean, f(&expected, "log_return_mean"), tolerance);
        close(p_above, f(&expected, "p_above"), tolerance);
        let median = f(&expected, "p_above_if_prediction_is_median");
        close(p(LossName::Mae).1, median, tolerance);
    }
}

#[test]
fn vector_updown_student() {
    for (inputs, expected, tolerance) in cases("updown_student") {
        let (mean, sd) = (f(&inputs, "log_return_mean"), f(&inputs, "log_return_sd"));
        let market = watch(UP_DOWN, HORIZON_SECS, 100.0, 100.0);
        let p = |shape| {
            let forecast = forecast(mean, sd, HORIZON_SECS, shape);
            unbounded(&market, &forecast, AGE_MAX).unwrap()
        };
        let student = p(Shape::Student(f(&inputs, "dof")));
        close(student, f(&expected, "p_up"), tolerance);
        close(p(Shape::Normal), f(&expected, "p_up_normal"), tolerance);
    }
}

#[test]
fn vector_updown_in_progress() {
    for (inputs, expected, tolerance) in cases("updown_in_progress") {
        let share = f(&inputs, "time_left") / f(&inputs, "horizon");
        let market = watch(
            UP_DOWN,
            HORIZON_SECS * share,
            f(&inputs, "spot_now"),
            f(&inputs, "reference_price"),
        );
        let forecast = forecast(
            f(&inputs, "predicted_log_return_per_horizon"),
            f(&inputs, "sd_per_horizon"),
            HORIZON_SECS,
            Shape::Normal,
        );
        let want = f(&expected, "p_up");
        close(
            unbounded(&market, &forecast, AGE_MAX).unwrap(),
            want,
            tolerance,
        );
        let (low, high) = DIRECTION_BOUNDS;
        let bounded = probability(&market, &forecast, AGE_MAX).unwrap();
        close(bounded, want.clamp(low, high), tolerance);
    }
}

#[test]
fn vector_range() {
    for (inputs, expected, tolerance) in cases("range") {
        let condition = PriceCondition::Range {
            low_micros: micros(f(&inputs, "low")),
            high_micros: micros(f(&inputs, "high")),
            average_secs: 0,
        };
        let market = watch(condition, HORIZON_SECS, f(&inputs, "spot"), 1.0);
        let forecast = forecast(
            f(&inputs, "log_return_mean"),
            f(&inputs, "log_return_sd"),
            HORIZON_SECS,
            Shape::Normal,
        );
        let got = unbounded(&market, &forecast, AGE_MAX).unwrap();
        close(got, f(&expected, "p_inside"), tolerance);
    }
}

#[test]
fn vector_touch() {
    for (inputs, expected, tolerance) in cases("touch") {
        let years = f(&inputs, "years");
        let secs = years * 365.25 * 86_400.0;
        let volatility = f(&inputs, "vol_annual");
        let condition = PriceCondition::Touch {
            barrier_micros: micros(f(&inputs, "barrier")),
        };
        let market = watch(condition, secs, f(&inputs, "spot"), 1.0);
        // The forecast speaks of the log return, whose drift is that of the price less half the variance.
        let forecast = forecast(
            (f(&inputs, "drift") - 0.5 * volatility * volatility) * years,
            volatility * years.sqrt(),
            secs,
            Shape::Normal,
        );
        let got = unbounded(&market, &forecast, AGE_MAX).unwrap();
        close(got, f(&expected, "p_touch_continuous"), tolerance);
    }
}
