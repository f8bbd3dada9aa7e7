//! Which variants a sweep tries, and what its file refuses.

use std::collections::BTreeSet;

use quorate_backtest::sweep::axis::{Axis, Range, Scale, Values};
use quorate_backtest::sweep::draw::{Method, draw, radical_inverse};
use quorate_backtest::sweep::parse_sweep_file;
use quorate_backtest::sweep::settings::{Change, changed};
use toml::{Table, Value};

use crate::common::{Bench, SWEEP};

fn range(key: &str, scale: Scale) -> Axis {
    Axis {
        key: key.into(),
        values: Values::Range(Range {
            low: 1.0,
            high: 100.0,
            scale,
            unit: String::new(),
            decimals: 6,
            steps: 3,
        }),
    }
}

#[test]
fn the_halton_sequence_is_that_of_the_textbook() {
    let first: Vec<f64> = (1..6).map(|n| radical_inverse(n, 2)).collect();
    assert_eq!(first, [0.5, 0.25, 0.75, 0.125, 0.625]);
    assert!((radical_inverse(5, 3) - (2.0 / 3.0 + 1.0 / 9.0)).abs() < 1e-15);
}

#[test]
fn a_grid_has_every_combination_with_both_ends_of_a_range() {
    let axes = [range("a", Scale::Linear), range("b", Scale::Log)];
    let points = draw(&axes, Method::Grid, 0, 1);
    assert_eq!(points.len(), 9);
    let middle: Vec<String> = points[4].iter().map(|c| c.value.to_string()).collect();
    assert_eq!(middle, ["50.5", "10.0"]);
}

#[test]
fn halton_points_fill_every_tenth_of_each_axis_and_depend_on_the_seed_alone() {
    let axes = [range("a", Scale::Linear), range("b", Scale::Linear)];
    let points = draw(&axes, Method::Halton, 30, 7);
    assert_eq!(points, draw(&axes, Method::Halton, 30, 7));
    assert_ne!(points, draw(&axes, Method::Halton, 30, 8));
    for axis in 0..2 {
        let tenths: BTreeSet<u64> = points
            .iter()
            .map(|point| ((point[axis].value.as_float().unwrap() - 1.0) / 9.9) as u64)
            .collect();
        assert_eq!(tenths.len(), 10, "axis {axis}: {tenths:?}");
    }
}

#[test]
fn points_that_round_to_the_same_values_are_one_trial() {
    let axis = Axis {
        key: "a".into(),
        values: Values::Listed(vec![Value::Integer(1), Value::Integer(2)]),
    };
    assert_eq!(draw(&[axis], Method::Random, 50, 3).len(), 2);
}

#[test]
fn a_change_reaches_into_tables_and_arrays_and_says_where_it_cannot() {
    let base: Table = "[[strategy]]\nkind = \"election\"\n".parse().unwrap();
    let set = |key: &str| {
        let change = Change {
            key: key.into(),
            value: Value::Integer(4),
        };
        changed(&base, &[change])
    };
    let text = set("strategy.0.edge_min").unwrap();
    assert!(text.contains("edge_min = 4"), "{text}");
    assert!(set("sizing.risk_aversion").unwrap().contains("[sizing]"));
    let absent = set("strategy.3.edge_min").unwrap_err().to_string();
    assert!(
        absent.contains("no element 3; the run file has 1"),
        "{absent}"
    );
    let value = set("strategy.0.kind.x").unwrap_err().to_string();
    assert!(value.contains("`x` holds a value"), "{value}");
}

#[test]
fn every_mistake_of_a_sweep_file_is_said_at_its_place() {
    let bench = Bench::new(3, SWEEP);
    let folder = bench.path("");
    let refused = |from: &str, to: &str| {
        assert_eq!(SWEEP.matches(from).count(), 1, "{from}");
        let text = SWEEP.replace(from, to);
        let errors = parse_sweep_file("sweep.toml", &text, &folder).unwrap_err();
        errors.to_string()
    };
    for (from, to, said) in [
        ("folds = 2", "folds = 0", "walk_forward.folds = 0"),
        ("blocks = 4", "blocks = 5", "must be even"),
        (
            "variants_max = 2",
            "variants_max = 65",
            "units.variants_max",
        ),
        (
            "variants_max = 2",
            "shard_by = \"market\"",
            "share one bankroll",
        ),
        (
            "\"strategy.0.edge_min\"",
            "\"tape.folder\"",
            "shared by all variants",
        ),
        ("[2, 6]", "[]", "at least one value"),
        ("\nrun =", "\nrin =", "did you mean `run`?"),
    ] {
        let errors = refused(from, to);
        assert!(errors.contains(said), "{to}: {errors}");
    }
}
