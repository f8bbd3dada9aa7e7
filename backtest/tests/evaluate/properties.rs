//! What must hold for every table.

use std::path::Path;

use proptest::prelude::*;
use quorate_backtest::evaluate::{Evaluation, EvaluationFile, Table, evaluate, observe, render};

const FILE: &str = "
table = 'unused.csv'
pool_weights = [0, 0.5, 1]
fees = { taker_rate = 0.07, profit_fee = 0.1 }
kelly = { rule = 'ask', dates = ['2023-11-14'], sequential = true }
drift = { horizon = '10s', tolerance = '3s' }
model = [{ name = 'A', column = 'a' }, { name = 'truth', column = 'won' }]
rule = [
    { name = 'mid', entry = 'mid' },
    { name = 'ask', entry = 'cost', source = 'ask' },
    { name = 'favourite', entry = 'favourite', source = 'ask' },
]
[columns]
time = 't'
cluster = 'c'
outcome = 'won'
bid = 'bid'
ask = 'ask'
";

/// Rows in cents; outcomes belong to clusters. Times differ within a cluster.
fn rows() -> impl Strategy<Value = Vec<String>> {
    let cell = (0_u32..5, 0_u32..=100, 0_u32..=95, 0_u32..=5);
    proptest::collection::vec(cell, 1..40).prop_map(|cells| {
        let lines = cells
            .iter()
            .enumerate()
            .map(|(t, (cluster, p, bid, spread))| {
                let (p, bid, ask) = (cents(*p), cents(*bid), cents(bid + spread));
                let t = 1_700_000_000 + t;
                format!("{t},c{cluster},{},{p},{bid},{ask}", cluster % 2)
            });
        lines.collect()
    })
}

fn cents(n: u32) -> String {
    format!("{}.{:02}", n / 100, n % 100)
}

fn run(rows: &[String]) -> Evaluation {
    let file = EvaluationFile::parse("e.toml", FILE, Path::new("")).unwrap();
    let text = format!("t,c,won,a,bid,ask\n{}\n", rows.join("\n"));
    let table = Table::parse("rows.csv", text.as_bytes()).unwrap();
    evaluate(&file.spec, &observe(&file.spec, &table).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_rows_in_the_file_changes_nothing(
        (rows, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
    ) {
        prop_assert_eq!(run(&rows), run(&shuffled));
    }

    #[test]
    fn the_truth_scores_zero_and_never_loses(rows in rows()) {
        let evaluation = run(&rows);
        let truth = &evaluation.groups[0].subsets[0].forecasts[1];
        let score = truth.score.as_ref().unwrap();
        prop_assert!(score.brier_model <= 0.0);
        prop_assert!(truth.kelly_sequential.as_ref().unwrap().final_bankroll >= 1.0);
        for hold in &truth.holds {
            prop_assert_eq!(hold.wins, hold.trades);
        }
    }

    #[test]
    fn figures_stay_within_their_bounds(rows in rows()) {
        let evaluation = run(&rows);
        let all = &evaluation.groups[0].subsets[0];
        for forecast in &all.forecasts {
            for hold in &forecast.holds {
                prop_assert!(hold.trades <= hold.rows);
                prop_assert!(hold.net.mean.unwrap_or(0.0) <= hold.gross.mean.unwrap_or(0.0) + 1e-12);
                prop_assert!(hold.gross.mean.unwrap_or(0.0).abs() <= 1.0);
            }
            let path = forecast.kelly_sequential.as_ref().unwrap();
            prop_assert!(path.final_bankroll > 0.0 && (0.0..1.0).contains(&path.max_drawdown));
            let binned: usize = forecast.calibration.iter().map(|bin| bin.n).sum();
            prop_assert_eq!(binned, forecast.rows);
        }
        prop_assert!(!render(&evaluation).contains("NaN"));
    }

    #[test]
    fn the_pool_with_no_weight_on_the_forecast_is_the_clipped_market(rows in rows()) {
        let evaluation = run(&rows);
        for forecast in &evaluation.groups[0].subsets[0].forecasts {
            let market = forecast.score.as_ref().unwrap().brier_market;
            // Prices are clipped to [0.005, 0.995] inside the log odds.
            prop_assert!((forecast.pool[0].brier - market).abs() <= 0.01);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[ -~\n]{0,200}") {
        let file = EvaluationFile::parse("e.toml", FILE, Path::new("")).unwrap();
        if let Ok(table) = Table::parse("rows.csv", text.as_bytes()) {
            let _ = observe(&file.spec, &table);
        }
        let _ = EvaluationFile::parse("e.toml", &text, Path::new(""));
    }
}
