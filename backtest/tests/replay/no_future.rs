//! Nothing reads what is not yet known.

use crate::common::{RUN, spec, traded, world};
use quorate_backtest::report::model::{FillRow, RunReport};
use quorate_backtest::tape::LoadedTape;
use quorate_domain::{Input, Payout, Timestamp};

fn first_resolution(tape: &LoadedTape) -> Timestamp {
    tape.tape
        .records
        .iter()
        .find(|r| matches!(r.input, Input::Resolved(_)))
        .unwrap()
        .at
}

fn before(report: &RunReport, at: Timestamp) -> Vec<FillRow> {
    report
        .fills
        .iter()
        .filter(|fill| fill.at < at)
        .cloned()
        .collect()
}

#[test]
fn turning_every_outcome_round_leaves_all_trades_before_the_first_resolution_as_they_were() {
    let (spec, tape) = (spec(RUN), world(3));
    let mut turned = tape.clone();
    for record in &mut turned.tape.records {
        if let Input::Resolved(resolution) = &mut record.input {
            let no = 1_000_000 - u32::from(resolution.payout);
            resolution.payout = Payout::from_micros(no).unwrap();
        }
    }
    let (was, is) = (traded(&spec, &tape), traded(&spec, &turned));
    let known = first_resolution(&tape);
    assert!(
        !before(&was, known).is_empty(),
        "a run without early trades proves nothing"
    );
    assert_eq!(before(&was, known), before(&is, known));
    assert_ne!(was.run.result_hash, is.run.result_hash);
}

#[test]
fn cutting_the_tape_anywhere_leaves_what_was_done_before_the_cut_as_it_was() {
    let (spec, tape) = (spec(RUN), world(3));
    let whole = traded(&spec, &tape);
    let records = tape.tape.records.len();
    for part in [3, 5, 8] {
        let mut cut = tape.clone();
        cut.tape.records.truncate(records * part / 10);
        let at = cut.tape.records.last().unwrap().at;
        let short = traded(&spec, &cut);
        assert!(
            !before(&short, at).is_empty(),
            "a cut without trades before it proves nothing"
        );
        assert_eq!(
            before(&short, at),
            before(&whole, at),
            "cut after {part} tenths"
        );
    }
}

#[test]
fn publishing_every_inference_a_day_later_changes_the_result() {
    let (spec, tape) = (spec(RUN), world(3));
    let mut late = tape.clone();
    let day = std::time::Duration::from_secs(86_400);
    for record in &mut late.tape.records {
        if let Input::Inference(said) = &mut record.input {
            record.at = record.at.plus(day);
            said.published_at = said.published_at.plus(day);
        }
    }
    late.tape.records.sort_by_key(|record| record.at);
    assert_ne!(
        traded(&spec, &tape).run.result_hash,
        traded(&spec, &late).run.result_hash
    );
}

#[test]
fn a_tape_of_midpoints_is_not_filled_at_the_midpoint_that_was_decided_on() {
    use quorate_backtest::replay::{Progress, RunError, run};
    let (spec, mut tape) = (spec(RUN), world(3));
    tape.assumptions.quotes_from_mid = 1;
    let refused = run(
        &spec,
        &tape,
        quorate_backtest::report::model::RunMode::Backtest,
        &Progress::default(),
    );
    assert_eq!(refused, Err(RunError::Midpoints));
}
