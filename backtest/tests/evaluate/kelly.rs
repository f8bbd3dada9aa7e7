//! Fractional Kelly at one date and in sequence, on bets small enough to check by hand.

use quorate_backtest::evaluate::{
    CostSource, Entry, Fees, Judged, KellySpec, Moment, Observation, Sides, Thresholds, kelly_date,
    kelly_path,
};

const FEES: Fees = Fees {
    taker_rate: 0.0,
    profit_fee: 0.10,
};

fn quarter() -> KellySpec {
    KellySpec {
        fraction: 0.25,
        cap: 0.05,
        entry: Entry::Cost {
            source: CostSource::Columns,
        },
        dates: Vec::new(),
        sequential: true,
    }
}

fn row(cluster: usize, cost_yes: f64, outcome: bool) -> Observation {
    Observation {
        cluster,
        outcome,
        time_ms: 1_000 * i64::try_from(cluster).unwrap(),
        cost: Sides {
            yes: Some(cost_yes),
            no: None,
        },
        ..Observation::default()
    }
}

fn judge<'a>(rows: &'a [Observation], forecasts: &[f64]) -> Vec<Judged<'a>> {
    let pairs = rows.iter().zip(forecasts);
    pairs.map(|(row, p)| Judged { row, p: *p }).collect()
}

fn date() -> Moment {
    Moment {
        label: "1970-01-01".to_owned(),
        time_ms: 0,
    }
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} is not {b}");
}

#[test]
fn stakes_are_a_quarter_of_kelly_up_to_the_cap() {
    // 0.25 x 0.04 / 0.5 = 0.02 and wins even money; 0.25 x 0.3 / 0.4 is capped at 0.05 and loses; no edge, no bet.
    let rows = [row(0, 0.5, true), row(1, 0.6, false), row(2, 0.5, true)];
    let judged = judge(&rows, &[0.54, 0.9, 0.53]);
    let result = kelly_date(&judged, &date(), &quarter(), &Thresholds::default(), &FEES).unwrap();
    assert_eq!((result.clusters, result.bets, result.wins), (3, 2, 1));
    close(result.total_stake, 0.07);
    close(result.pnl, 0.02 - 0.05);
    close(result.pnl_scaled_to_1x, result.pnl);
    close(result.pnl_net_of_profit_fee, 0.018 - 0.05);
    assert_eq!(result.at, "1970-01-01T00:00:00Z");
}

#[test]
fn stakes_beyond_the_bankroll_are_scaled_back() {
    let rows: Vec<Observation> = (0..40).map(|cluster| row(cluster, 0.5, true)).collect();
    let judged = judge(&rows, &[1.0; 40]);
    let result = kelly_date(&judged, &date(), &quarter(), &Thresholds::default(), &FEES).unwrap();
    close(result.total_stake, 2.0);
    close(result.pnl, 2.0);
    close(result.pnl_scaled_to_1x, 1.0);
}

#[test]
fn no_rows_at_a_date_is_none() {
    assert_eq!(
        kelly_date(&[], &date(), &quarter(), &Thresholds::default(), &FEES),
        None
    );
}

#[test]
fn a_sequence_compounds_and_remembers_its_deepest_fall() {
    let fees = Fees::default();
    // Stakes 0.05 each: win even money, lose, lose, win.
    let outcomes = [true, false, false, true];
    let rows: Vec<Observation> = (0..4).map(|i| row(i, 0.5, outcomes[i])).collect();
    let path = kelly_path(
        &judge(&rows, &[0.9; 4]),
        &quarter(),
        &Thresholds::default(),
        &fees,
    );
    assert_eq!((path.bets, path.wins), (4, 2));
    close(path.final_bankroll, 1.05 * 0.95 * 0.95 * 1.05);
    close(path.max_drawdown, 1.0 - 0.95 * 0.95);
}

#[test]
fn a_sequence_bets_once_per_cluster() {
    let rows = [row(0, 0.5, true), row(0, 0.4, true)];
    let path = kelly_path(
        &judge(&rows, &[0.9; 2]),
        &quarter(),
        &Thresholds::default(),
        &FEES,
    );
    assert_eq!(path.bets, 1);
    close(path.final_bankroll, 1.0 + 0.05 * 0.9);
}

#[test]
fn a_sequence_takes_the_side_with_the_larger_edge() {
    let both = Observation {
        cost: Sides {
            yes: Some(0.40),
            no: Some(0.45),
        },
        ..row(0, 0.0, false)
    };
    // Edges: YES 0.05, NO 0.10.
    let rows = [both];
    let path = kelly_path(
        &judge(&rows, &[0.45]),
        &quarter(),
        &Thresholds::default(),
        &FEES,
    );
    assert_eq!((path.bets, path.wins), (1, 1));
}

#[test]
fn a_share_that_costs_nothing_is_not_staked() {
    let rows = [row(0, 0.0, true)];
    let path = kelly_path(
        &judge(&rows, &[0.9]),
        &quarter(),
        &Thresholds::default(),
        &FEES,
    );
    assert_eq!(path.bets, 0);
    close(path.final_bankroll, 1.0);
}
