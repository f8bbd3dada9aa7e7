//! Forecasters are compared on common rows, scored beside the market, and decisions are counted by reason.

use quorate_backtest::report::forecasts::{ForecastRow, Forecaster, score_forecasters};
use quorate_backtest::report::model::ForecasterKind;
use quorate_backtest::report::tally::DecisionTally;
use quorate_domain::{Decision, LimitName, MarketId, NoTradeReason, Numbers, Timestamp, Verdict};

fn row(market: u32, forecast: f64, market_mid: f64, payout: f64, day: u64) -> ForecastRow {
    ForecastRow {
        market: MarketId(market),
        at: Timestamp::from_secs(5),
        forecast,
        market_mid,
        payout,
        resolved_at: Timestamp::from_secs(day * 86_400 + 7),
    }
}

fn forecaster(name: &str, rows: Vec<ForecastRow>) -> Forecaster {
    Forecaster {
        name: name.to_owned(),
        kind: ForecasterKind::Worker,
        rows,
    }
}

#[test]
fn common_rows_are_those_that_every_forecaster_has() {
    let scores = score_forecasters(&[
        forecaster(
            "a",
            vec![row(1, 0.9, 0.5, 1.0, 1), row(2, 0.9, 0.5, 0.0, 2)],
        ),
        forecaster(
            "b",
            vec![row(2, 0.1, 0.5, 0.0, 2), row(3, 0.5, 0.5, 1.0, 3)],
        ),
        forecaster("silent", Vec::new()),
    ]);
    let common: Vec<Option<u64>> = scores
        .iter()
        .map(|score| score.common.as_ref().map(|row| row.rows))
        .collect();
    assert_eq!(common, [Some(1), Some(1), None]);
    assert!((scores[0].common.as_ref().unwrap().brier - 0.81).abs() < 1e-12);
    assert!((scores[1].common.as_ref().unwrap().brier - 0.01).abs() < 1e-12);
    assert_eq!(scores[0].own.as_ref().unwrap().rows, 2);
    assert_eq!(scores[2].own, None);
}

#[test]
fn a_score_stands_beside_the_market_on_the_same_rows() {
    let rows = vec![row(1, 0.8, 0.6, 1.0, 1), row(2, 0.2, 0.4, 0.0, 2)];
    let score = score_forecasters(&[forecaster("a", rows)])[0]
        .own
        .clone()
        .unwrap();
    assert!((score.brier - 0.04).abs() < 1e-12 && (score.brier_market - 0.16).abs() < 1e-12);
    assert!((score.log_loss + 0.8_f64.ln()).abs() < 1e-12);
    assert!((score.log_loss_market + 0.6_f64.ln()).abs() < 1e-12);
    let skill = score.skill.unwrap();
    assert!((skill.value - 0.75).abs() < 1e-12);
    assert_eq!(skill.interval, None);
}

#[test]
fn ten_resolution_dates_give_an_interval_and_nine_do_not() {
    let interval = |dates: u32| {
        let rows = (0..dates)
            .map(|n| row(n, 0.8, 0.6, 1.0, u64::from(n)))
            .collect();
        let score = score_forecasters(&[forecaster("a", rows)])[0].own.clone();
        score.unwrap().skill.unwrap().interval
    };
    assert_eq!(interval(9), None);
    let ends = interval(10).unwrap();
    assert!((ends.low - 0.75).abs() < 1e-12 && (ends.high - 0.75).abs() < 1e-12);
}

#[test]
fn markets_that_resolve_on_one_date_give_no_interval() {
    let rows = (0..50)
        .map(|market| row(market, 0.7, 0.6, 1.0, 9))
        .collect();
    let score = score_forecasters(&[forecaster("a", rows)])[0]
        .own
        .clone()
        .unwrap();
    assert_eq!((score.rows, score.dates), (50, 1));
    assert_eq!(score.skill.unwrap().interval, None);
}

fn decision(seq: u64, verdict: Verdict) -> Decision {
    Decision {
        seq,
        at: Timestamp::from_secs(seq),
        market: MarketId(0),
        verdict,
        numbers: Numbers::default(),
    }
}

#[test]
fn decisions_are_counted_by_reason_and_keep_the_first_as_example() {
    let mut tally = DecisionTally::default();
    let small = |needed| Verdict::NoTrade(NoTradeReason::EdgeTooSmall { needed });
    tally.add(
        &decision(1, Verdict::NoTrade(NoTradeReason::Limit(LimitName::Gross))),
        "x",
    );
    tally.add(&decision(2, small(0.01)), "first");
    tally.add(&decision(3, small(0.02)), "second");
    let counts = tally.into_counts();
    assert_eq!(counts.len(), 2);
    assert_eq!(
        (counts[0].reason.as_str(), counts[0].count),
        ("edge after costs too small", 2)
    );
    assert_eq!(counts[0].example.market, "first");
    assert_eq!(counts[1].reason, "no room under the limit on all stakes");
}
