//! Contributions: what a run loses without a worker.

use quorate_backtest::contribution::{contribution, html_section, to_text};
use quorate_backtest::sweep::solo::{everything, solo};
use quorate_domain::Input;

use crate::common::{Bench, SWEEP};

#[test]
fn a_contribution_is_the_run_less_the_run_on_a_tape_without_the_worker() {
    let bench = Bench::new(3, SWEEP);
    let spec = bench.run();
    let report = contribution(&spec, &bench.loaded).unwrap();
    assert_eq!(report.workers.len(), bench.loaded.tape.workers.len());
    let whole = solo(&spec, &bench.loaded, &everything).unwrap();
    assert_eq!(report.pnl, whole.final_equity - spec.bankroll);
    let worker = &bench.loaded.tape.workers[1];
    let mut without = bench.loaded.clone();
    without
        .tape
        .records
        .retain(|r| !matches!(&r.input, Input::Inference(said) if said.worker == worker.id));
    let rest = solo(&spec, &without, &everything).unwrap();
    let one = report
        .workers
        .iter()
        .find(|it| it.worker == worker.name)
        .unwrap();
    assert_eq!(one.pnl, whole.final_equity - rest.final_equity);
    assert_eq!(
        one.inferences,
        bench.loaded.tape.records.len() - without.tape.records.len()
    );
    let sizes: Vec<f64> = report.workers.iter().filter_map(|it| it.log_loss).collect();
    assert!(
        sizes.len() > 1 && sizes.is_sorted_by(|a, b| b <= a),
        "{sizes:?}"
    );
    let text = to_text(&report);
    assert!(
        text.contains(&worker.name) && text.contains("dates of resolution"),
        "{text}"
    );
}

#[test]
fn a_worker_that_says_nothing_contributes_nothing() {
    let mut bench = Bench::new(3, SWEEP);
    let silent = bench.loaded.tape.workers[0].clone();
    bench
        .loaded
        .tape
        .records
        .retain(|r| !matches!(&r.input, Input::Inference(said) if said.worker == silent.id));
    let report = contribution(&bench.run(), &bench.loaded).unwrap();
    let one = report
        .workers
        .iter()
        .find(|it| it.worker == silent.name)
        .unwrap();
    assert_eq!(
        (one.inferences, one.pnl.micros(), one.log_loss),
        (0, 0, Some(0.0))
    );
}

#[test]
fn names_of_workers_cannot_break_the_page() {
    let mut bench = Bench::new(3, SWEEP);
    bench.loaded.tape.workers[0].name = "<script>&".into();
    let page = html_section(&contribution(&bench.run(), &bench.loaded).unwrap());
    assert!(page.contains("&lt;script&gt;&amp;") && !page.contains("<script>"));
}
