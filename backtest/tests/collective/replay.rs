//! The replay: nothing is known early, credits agree with their definitions, reports hold together.

use quorate_backtest::collective::{
    CollectiveOptions, CollectiveReport, CreditDepth, EntrantKind, ForecastRow, History, Step,
    WorkerInfo, evaluate, leaderboard_entries, render_html, render_text, shapley_values, timeline,
    to_json, walk,
};
use quorate_backtest::metrics::bootstrap::SplitMix64;
use quorate_collective::contribution::{JournalEntry, replay_leave_one_out};
use quorate_collective::standing::rebuild;
use quorate_collective::{BoaPlusSpec, Leaderboard, Quantity, SchemeSpec};

const DAY: i64 = 86_400_000;
const START: i64 = 1_700_006_400_000;

/// One event a day, resolved the next noon; workers of falling skill, the last one often silent.
fn world(days: usize, workers: usize) -> History {
    let mut random = SplitMix64::new(3);
    let mut unit = move || (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    let rows = (0..days).map(|day| {
        let chance = 0.05 + 0.9 * unit();
        let x = (0..workers).map(|worker| {
            let noise = (unit() - 0.5) * 0.3 * (worker + 1) as f64;
            let is_silent = worker + 1 == workers && unit() < 0.4;
            (!is_silent).then_some((chance + noise).clamp(0.01, 0.99))
        });
        let at = START + DAY * day as i64;
        ForecastRow {
            x: x.collect(),
            event: day,
            predicted_at_ms: at,
            resolved_at_ms: at + DAY + DAY / 2,
            batch: day,
            block: day,
            market: Some((chance + 0.3 * (unit() - 0.5)).clamp(0.01, 0.99)),
            outcome: f64::from(u8::from(unit() < chance)),
        }
    });
    let names = |prefix: &str, n: usize| (0..n).map(|k| format!("{prefix}{k:04}")).collect();
    let rows = rows.collect();
    let worker = |k: usize| WorkerInfo {
        name: format!("w{k}"),
        family: None,
    };
    History {
        name: "a <small> world".to_owned(),
        quantity: Quantity::Probability,
        workers: (0..workers).map(worker).collect(),
        events: names("e", days),
        batches: names("b", days),
        blocks: names("d", days),
        rows,
        counts: Default::default(),
    }
}

fn boa_plus() -> SchemeSpec {
    SchemeSpec::BoaPlus(BoaPlusSpec::default())
}

fn all(history: &History) -> Vec<usize> {
    (0..history.workers.len()).collect()
}

fn report(history: &History, depth: CreditDepth) -> CollectiveReport {
    let options = CollectiveOptions {
        depth,
        ..CollectiveOptions::default()
    };
    evaluate(history, &options).unwrap()
}

#[test]
fn no_value_knows_an_outcome_before_its_time() {
    let history = world(60, 4);
    let steps = timeline(&history, 0);
    let before = walk(&history, &steps, &boa_plus(), &all(&history), 0.3).unwrap();
    let turned = 20;
    let mut other = history.clone();
    other.rows[turned].outcome = 1.0 - other.rows[turned].outcome;
    let after = walk(&other, &steps, &boa_plus(), &all(&history), 0.3).unwrap();
    let known = history.rows[turned].resolved_at_ms;
    for (row, (a, b)) in history
        .rows
        .iter()
        .zip(before.values.iter().zip(&after.values))
    {
        let is_same = a == b;
        assert_eq!(is_same, row.predicted_at_ms <= known, "{}", row.event);
    }
}

#[test]
fn a_delay_holds_outcomes_back() {
    let history = world(30, 3);
    let position = |delay: i64| {
        let steps = timeline(&history, delay);
        let first = steps
            .iter()
            .position(|step| *step == Step::Resolve(vec![0]));
        let frozen = steps[..first.unwrap()].iter();
        frozen
            .filter(|step| matches!(step, Step::Freeze(_)))
            .count()
    };
    assert_eq!(position(0), 2);
    assert_eq!(position(10 * DAY), 12);
    // Frozen at the very instant of a resolution, it does not know it.
    assert_eq!(position(DAY / 2), 3);
}

#[test]
fn batches_resolve_together_at_their_last_moment() {
    let mut history = world(9, 2);
    history.batches = vec!["all".to_owned()];
    history.rows.iter_mut().for_each(|row| row.batch = 0);
    let steps = timeline(&history, 0);
    assert_eq!(steps.last(), Some(&Step::Resolve((0..9).collect())));
    assert_eq!(steps.len(), 10);
}

#[test]
fn exact_credit_is_the_replay_without_the_worker() {
    let history = world(50, 4);
    let spec = SchemeSpec::elections();
    let steps = timeline(&history, 0);
    let mut journal = vec![JournalEntry::Register { family: None }; 4];
    for step in &steps {
        journal.push(match step {
            Step::Freeze(row) => JournalEntry::Predict {
                event: *row as u64,
                x: history.rows[*row].x.clone(),
                market: history.rows[*row].market,
            },
            Step::Resolve(rows) => JournalEntry::Resolve {
                outcomes: rows
                    .iter()
                    .map(|row| (*row as u64, history.rows[*row].outcome))
                    .collect(),
                batch_factor: 1.0,
            },
        });
    }
    let want = replay_leave_one_out(&spec, Quantity::Probability, &journal).unwrap();
    let report = report(&history, CreditDepth::Exact);
    for (credit, want) in report.credits.iter().zip(want) {
        assert!((credit.exact.unwrap() - want.unwrap()).abs() < 1e-12);
    }
}

#[test]
fn fast_credit_and_standings_are_those_of_the_leaderboard() {
    let history = world(80, 4);
    let report = report(&history, CreditDepth::Fast);
    let steps = timeline(&history, 0);
    let empty = Leaderboard::new(&SchemeSpec::elections(), Quantity::Probability, 30).unwrap();
    let board = rebuild(empty, &leaderboard_entries(&history, &steps, 0.3)).unwrap();
    for (worker, standing) in board.standings().into_iter().enumerate() {
        assert_eq!(report.credits[worker].fast, standing.contribution);
        assert_eq!(report.standings[worker].standing, standing);
        let line = report.named(&format!("w{worker}")).unwrap();
        let own = line.own.as_ref().unwrap();
        assert!((own.loss - standing.total.loss.unwrap()).abs() < 1e-12);
        assert!((own.skill_loss.unwrap() - standing.total.skill_market.unwrap()).abs() < 1e-12);
    }
}

#[test]
fn shapley_values_add_up_and_know_twins_and_dummies() {
    // Worth of a coalition: 3 if it has worker 0, 4 more if it has 1 or 2 (twins); worker 3 adds nothing.
    let worth = |mask: usize| {
        let has = |worker: usize| mask >> worker & 1 == 1;
        f64::from(u8::from(has(0))) * 3.0 + f64::from(u8::from(has(1) || has(2))) * 4.0
    };
    let worths: Vec<f64> = (0..16).map(worth).collect();
    let values = shapley_values(&worths).unwrap();
    for (value, want) in values.iter().zip([3.0, 2.0, 2.0, 0.0]) {
        assert!((value - want).abs() < 1e-12, "{values:?}");
    }
    assert_eq!(shapley_values(&[0.0, 1.0, 2.0]), None);
    assert_eq!(shapley_values(&vec![0.0; 2_048]), None);

    let history = world(40, 4);
    let report = report(&history, CreditDepth::Shapley);
    let total: f64 = report.credits.iter().map(|c| c.shapley.unwrap()).sum();
    let gain = -report.ours().unwrap().loss_against_market.unwrap().mean;
    assert!((total - gain).abs() < 1e-12, "{total} {gain}");
    let points: u64 = report.credits.iter().map(|c| c.points).sum();
    assert_eq!(points, 1_000);
}

#[test]
fn a_useless_worker_earns_nothing_and_the_best_is_marked() {
    let report = report(&world(300, 4), CreditDepth::Exact);
    assert!(report.best_worker().unwrap().name == "w0");
    let liar = &report.credits[3];
    assert!(report.credits[0].points > liar.points);
    let ours = report.ours().unwrap();
    assert_eq!(ours.kind, EntrantKind::Ours);
    assert!(ours.loss_against_ours.is_none());
    let liar = report.named("w3").unwrap().loss_against_ours.unwrap();
    assert!(liar.is_claim() && 0.0 < liar.mean);
    assert_eq!(report.common_rows, ours.common.as_ref().unwrap().rows);
}

#[test]
fn few_dates_draw_events_and_claim_nothing() {
    let mut history = world(40, 3);
    history.blocks = vec!["one night".to_owned()];
    history.rows.iter_mut().for_each(|row| row.block = 0);
    let report = report(&history, CreditDepth::Fast);
    let difference = report
        .named("plain mean")
        .unwrap()
        .loss_against_ours
        .unwrap();
    assert_eq!(difference.blocks, 40);
    assert!(difference.interval.is_some() && !difference.is_claim());
    let text = render_text(&report);
    assert!(text.contains("Only 1 date of resolution"), "{text}");
}

#[test]
fn reports_are_reproducible_and_self_contained() {
    let history = world(60, 4);
    let (once, again) = (
        report(&history, CreditDepth::Shapley),
        report(&history, CreditDepth::Shapley),
    );
    let json = to_json(&once).unwrap();
    assert_eq!(json, to_json(&again).unwrap());
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["schema"], 1);
    assert_eq!(value["league"][0]["kind"], "ours");
    let page = render_html(&once);
    assert!(page.contains("a &lt;small&gt; world") && !page.contains("<small> world"));
    for fetched in ["http://", "https://", "src=", "@import"] {
        assert!(!page.contains(fetched), "{fetched}");
    }
    let text = render_text(&once);
    for title in ["League", "Paired differences", "Contributions", "Standings"] {
        assert!(text.contains(title), "{title}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 104),
        "{text}"
    );
}

#[test]
fn a_history_that_does_not_fit_is_refused() {
    let good = world(5, 2);
    let spoil = |change: fn(&mut History)| {
        let mut history = good.clone();
        change(&mut history);
        evaluate(&history, &CollectiveOptions::default())
            .unwrap_err()
            .to_string()
    };
    for change in [
        (|h| h.rows[2].x.truncate(1)) as fn(&mut History),
        |h| h.rows[2].batch = 99,
        |h| h.rows[2].outcome = 1.5,
        |h| h.rows[2].resolved_at_ms = h.rows[2].predicted_at_ms,
    ] {
        let refused = spoil(change);
        assert!(refused.contains("row 2 of the history"), "{refused}");
    }
}

#[test]
fn prices_are_compared_by_squared_error() {
    let mut history = world(60, 3);
    history.quantity = Quantity::Price;
    for row in &mut history.rows {
        row.market = None;
        row.outcome = 100.0 * row.x[0].unwrap();
        row.x.iter_mut().for_each(|x| *x = x.map(|x| 90.0 * x));
    }
    let report = report(&history, CreditDepth::Exact);
    assert!(report.market().is_none());
    assert!(report.named("ridge stack").is_some());
    let own = report.ours().unwrap().own.as_ref().unwrap();
    assert!((own.loss - own.squared_error).abs() < 1e-9 && own.murphy.is_none());
    assert!(render_text(&report).contains("RMSE"));
    assert!(render_html(&report).contains("RMSE"));
    let options = CollectiveOptions {
        schemes: vec!["lop".to_owned()],
        ..CollectiveOptions::default()
    };
    let refused = evaluate(&history, &options).unwrap_err().to_string();
    assert!(refused.contains("does not combine prices"), "{refused}");
}
