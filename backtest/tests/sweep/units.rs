//! Units of work: the same bytes wherever and in whatever order they ran, and nothing twice.

use std::path::Path;

use quorate_backtest::sweep::holdout::{evaluate, looks};
use quorate_backtest::sweep::report::report;
use quorate_backtest::sweep::rows::read_rows;
use quorate_backtest::sweep::{Plan, Ran, SweepError, merged, run_unit, unit_file, write_merged};

use crate::common::{Bench, SWEEP, bytes};

/// Runs all units with so many threads, in the plan's order or backwards.
fn run_all(bench: &Bench, plan: &Plan, folder: &Path, threads: usize, backwards: bool) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let mut units: Vec<_> = plan.units.iter().collect();
    if backwards {
        units.reverse();
    }
    for unit in units {
        let ran = pool
            .install(|| run_unit(plan, unit, &bench.loaded, folder))
            .unwrap();
        assert_eq!(ran, Ran::Now);
    }
}

#[test]
fn merged_bytes_depend_on_neither_threads_nor_order_and_a_report_comes_of_them() {
    let bench = Bench::new(3, SWEEP);
    let plan = bench.plan("build");
    assert_eq!((plan.variants.len(), plan.units.len()), (4, 2));
    let (one, two) = (bench.path("one"), bench.path("two"));
    run_all(&bench, &plan, &one, 1, false);
    run_all(&bench, &plan, &two, 2, true);
    let rows = merged(&plan, &one).unwrap();
    let first = bytes(&write_merged(&rows, &one).unwrap());
    let second = bytes(&write_merged(&merged(&plan, &two).unwrap(), &two).unwrap());
    assert_eq!(first, second);
    assert_eq!(read_rows(&one.join("results.parquet")).unwrap(), rows);
    let hashes: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.result_hash).collect();
    assert_eq!(hashes.len(), 4, "every variant trades differently");
    for row in &rows {
        assert!(row.fills > 0 && !row.closes.is_empty(), "{row:?}");
        let bankroll = 10_000_000_000;
        let off = (row.final_equity - bankroll - row.market_pnl.iter().sum::<i64>()).abs();
        assert!(
            off <= row.markets.len() as i64,
            "markets add up to the account: {row:?}"
        );
    }

    let mut found = report(&bench.spec(), &plan, &rows).unwrap();
    assert_eq!(found.trials, 4);
    assert_eq!(found.variants[0].variant, found.chosen);
    assert_eq!(found.axes.len(), 2);
    found.holdout = evaluate(&plan, found.chosen, found.objective, &bench.loaded, &one).unwrap();
    assert_eq!(found.holdout.as_ref().unwrap().looks, 1);
    let text = quorate_backtest::sweep::render::to_text(&found);
    for said in [
        "4 variants",
        "Deflated Sharpe",
        "Probability of overfitting",
        "looked at once",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    // The same choice is no second look; another one is.
    let again = evaluate(&plan, found.chosen, found.objective, &bench.loaded, &one).unwrap();
    assert_eq!(again, found.holdout);
    let other = (found.chosen + 1) % 4;
    let other = evaluate(&plan, other, found.objective, &bench.loaded, &one).unwrap();
    assert_eq!(other.unwrap().looks, 2);
    assert_eq!(looks(&one).unwrap().len(), 2);
}

#[test]
fn variants_see_nothing_of_the_hold_out() {
    let mut bench = Bench::new(3, SWEEP);
    let plan = bench.plan("build");
    let (whole, cut) = (bench.path("whole"), bench.path("cut"));
    run_unit(&plan, &plan.units[0], &bench.loaded, &whole).unwrap();
    // Without its last record the tape ends earlier; the plan, made before, has the same hold-out.
    let from = plan.holdout_from.unwrap();
    let held: Vec<_> = bench
        .loaded
        .tape
        .records
        .iter()
        .filter(|r| from <= r.at)
        .collect();
    assert!(
        !held.is_empty(),
        "a hold-out without records proves nothing"
    );
    bench.loaded.tape.records.retain(|record| record.at < from);
    run_unit(&plan, &plan.units[0], &bench.loaded, &cut).unwrap();
    let results = |folder: &Path| {
        let rows = read_rows(&unit_file(folder, &plan.units[0].id)).unwrap();
        rows.into_iter()
            .map(|row| row.result_hash)
            .collect::<Vec<_>>()
    };
    assert_eq!(results(&whole), results(&cut));
}

#[test]
fn a_result_that_is_there_is_not_made_again_and_one_that_is_not_is_missed() {
    let bench = Bench::new(3, SWEEP);
    let plan = bench.plan("build");
    let folder = bench.path("out");
    let missing = merged(&plan, &folder).unwrap_err();
    assert!(matches!(
        missing,
        SweepError::Missing {
            missing: 2,
            units: 2,
            ..
        }
    ));
    let unit = &plan.units[1];
    assert_eq!(
        run_unit(&plan, unit, &bench.loaded, &folder).unwrap(),
        Ran::Now
    );
    assert_eq!(
        run_unit(&plan, unit, &bench.loaded, &folder).unwrap(),
        Ran::Before
    );
    // The file of one unit is not taken for another's.
    let other = unit_file(&folder, &plan.units[0].id);
    std::fs::copy(unit_file(&folder, &unit.id), other).unwrap();
    assert!(matches!(
        merged(&plan, &folder),
        Err(SweepError::OtherUnit { .. })
    ));
}

#[test]
fn a_unit_has_another_id_for_another_engine_tape_or_setting() {
    let bench = Bench::new(3, SWEEP);
    let ids = |plan: &Plan| {
        plan.units
            .iter()
            .map(|unit| unit.id.clone())
            .collect::<Vec<_>>()
    };
    let base = ids(&bench.plan("build"));
    assert_eq!(base, ids(&bench.plan("build")));
    let others = [
        ids(&bench.plan("another build")),
        ids(&Bench::new(4, SWEEP).plan("build")),
        ids(&Bench::new(3, &SWEEP.replace("[2, 6]", "[2, 7]")).plan("build")),
        ids(&Bench::new(3, &SWEEP.replace("0.25", "0.3")).plan("build")),
    ];
    for other in others {
        assert!(
            other.iter().all(|id| !base.contains(id)),
            "{other:?} {base:?}"
        );
    }
    let manifest = bench.plan("build").manifest();
    assert_eq!(manifest.lines().count(), 2);
    for (line, id) in manifest.lines().zip(&base) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["unit"], **id);
    }
}
