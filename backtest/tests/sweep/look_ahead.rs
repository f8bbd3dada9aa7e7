//! The look-ahead finder finds what was planted, where it is, and nothing else.

use std::collections::BTreeMap;

use quorate_backtest::lint::{LintOptions, LintReport, Subject, lint, strategy_of_run};
use quorate_backtest::replay::{RunSpec, UnknownTopic};
use quorate_backtest::tape::{LoadedTape, Tape, TapeRecord};
use quorate_domain::{Input, LinkSense, MarketId, Outcome, Payout, Side};
use quorate_engine::{Intent, MarketView, Strategy, Style, View};

use crate::common::{Bench, SWEEP};

fn look(spec: &RunSpec, loaded: &LoadedTape) -> LintReport {
    let strategy = strategy_of_run(spec);
    let subject = Subject {
        spec,
        strategy: &strategy,
        workers: None,
    };
    lint(&subject, loaded, LintOptions::default()).unwrap()
}

fn codes(report: &LintReport) -> Vec<&str> {
    report.leaks.iter().map(|leak| leak.code.as_str()).collect()
}

fn outcomes(tape: &Tape) -> BTreeMap<MarketId, Payout> {
    let resolved = tape
        .records
        .iter()
        .filter_map(|record| match &record.input {
            Input::Resolved(it) => Some((it.market, it.payout)),
            _ => None,
        });
    resolved.collect()
}

#[test]
fn an_honest_run_has_no_leak_and_its_decisions_were_compared() {
    let bench = Bench::new(3, SWEEP);
    let report = look(&bench.run(), &bench.loaded);
    assert_eq!(report.leaks, [], "{}", report.to_text());
    assert_eq!(report.trials.len(), 18);
    for trial in &report.trials {
        assert!(trial.same && trial.compared > 100, "{trial:?}");
    }
    assert_eq!(report.dependence.shuffles, 4);
    assert!(report.to_text().contains("No decision changed"));
}

/// Buys what will win, at any price: it was told when it was made.
struct Oracle(BTreeMap<MarketId, Payout>);

impl Strategy for Oracle {
    fn name(&self) -> &'static str {
        "oracle"
    }
    fn edge_min(&self, _: &MarketView<'_>) -> f64 {
        f64::NEG_INFINITY
    }
    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        let wish = |(market, seen): (usize, &MarketView<'_>)| {
            let payout = self.0.get(&seen.market.id)?;
            let outcome = if payout.to_f64() > 0.5 {
                Outcome::Yes
            } else {
                Outcome::No
            };
            Some(Intent {
                market,
                outcome,
                side: Side::Buy,
                limit: seen.buy_limit(outcome, 0.0)?,
                style: Style::Take,
            })
        };
        view.markets.iter().enumerate().filter_map(wish).collect()
    }
}

#[test]
fn a_strategy_that_was_told_the_outcomes_is_found_with_its_first_decision() {
    let bench = Bench::new(3, SWEEP);
    let spec = bench.run();
    let told = |tape: &Tape| -> Result<Box<dyn Strategy>, UnknownTopic> {
        Ok(Box::new(Oracle(outcomes(tape))))
    };
    let subject = Subject {
        spec: &spec,
        strategy: &told,
        workers: None,
    };
    let report = lint(&subject, &bench.loaded, LintOptions::default()).unwrap();
    let leak = report
        .leaks
        .first()
        .unwrap_or_else(|| panic!("{}", report.to_text()));
    assert_eq!(leak.code, "decision-changed");
    assert!(leak.message.contains("outcomes reversed"), "{leak:?}");
    assert!(leak.at.unwrap() <= report.trials[0].moment, "{leak:?}");
    assert_ne!(leak.was, leak.is);
    // Books and prices to come, which it does not look at, change nothing.
    let harmless = report
        .trials
        .iter()
        .filter(|trial| trial.future.contains("mirrored"));
    assert!(harmless.clone().count() == 3 && harmless.clone().all(|trial| trial.same));
}

#[test]
fn a_worker_that_is_fitted_on_the_whole_tape_is_found_by_its_first_changed_value() {
    let bench = Bench::new(3, SWEEP);
    let spec = bench.run();
    let strategy = strategy_of_run(&spec);
    // Every value is moved by a hundredth of the mean outcome, as a model fitted on all of them would be.
    let fitted = |tape: &Tape| -> Vec<TapeRecord> {
        let known = outcomes(tape);
        let mean = known.values().map(|p| p.to_f64()).sum::<f64>() / known.len().max(1) as f64;
        let mut said: Vec<TapeRecord> = tape.records.clone();
        said.retain(|record| matches!(record.input, Input::Inference(_)));
        for record in &mut said {
            if let Input::Inference(it) = &mut record.input {
                it.value = it.value * 0.99 + mean * 0.01;
            }
        }
        said
    };
    let subject = Subject {
        spec: &spec,
        strategy: &strategy,
        workers: Some(&fitted),
    };
    let report = lint(&subject, &bench.loaded, LintOptions::default()).unwrap();
    let found = codes(&report);
    assert!(found.contains(&"inference-changed"), "{}", report.to_text());
    let first = report
        .leaks
        .iter()
        .find(|leak| leak.code == "inference-changed")
        .unwrap();
    let inference = |record: &&TapeRecord| matches!(record.input, Input::Inference(_));
    let earliest = bench.loaded.tape.records.iter().find(inference).unwrap().at;
    assert_eq!(first.at, Some(earliest));
}

#[test]
fn a_value_on_the_tape_before_its_own_time_is_found_there() {
    let mut bench = Bench::new(3, SWEEP);
    let records = &mut bench.loaded.tape.records;
    let place = records
        .iter()
        .position(|r| matches!(r.input, Input::Inference(_)))
        .unwrap();
    let at = records[place].at;
    if let Input::Inference(said) = &mut records[place].input {
        said.published_at = at.plus(std::time::Duration::from_secs(60));
    }
    let report = look(&bench.run(), &bench.loaded);
    assert_eq!(codes(&report), ["early-inference"]);
    assert_eq!(report.leaks[0].at, Some(at));
}

#[test]
fn a_worker_that_forecasts_what_came_true_is_named() {
    let mut bench = Bench::new(3, SWEEP);
    let tape = &mut bench.loaded.tape;
    let known = outcomes(tape);
    // By topic, epoch and label: what the market that asks it paid.
    let mut truth = BTreeMap::new();
    for listed in &tape.markets {
        if let (Some(link), Some(payout)) = (listed.market.link, known.get(&listed.market.id))
            && link.sense == LinkSense::Direct
        {
            truth.insert((link.topic, link.epoch, link.label), payout.to_f64());
        }
    }
    let cheat = tape.workers[0].clone();
    for record in &mut tape.records {
        if let Input::Inference(said) = &mut record.input
            && said.worker == cheat.id
            && let Some(truth) = truth.get(&(said.topic, said.epoch, said.label))
        {
            said.value = truth.clamp(0.001, 0.999);
        }
    }
    let report = look(&bench.run(), &bench.loaded);
    assert_eq!(codes(&report), ["knows-outcome"], "{}", report.to_text());
    assert!(
        report.leaks[0].message.contains(&cheat.name),
        "{:?}",
        report.leaks
    );
}
