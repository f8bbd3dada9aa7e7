//! Scores, calibration, pooling, clustered errors and drift, on rows small enough to check by hand.

use quorate_backtest::evaluate::{
    Coverage, DriftSpec, Judged, MidHistory, Observation, Point, Pooling, Sides, Thresholds,
    calibration, clustered_mean, clustered_slope, drift_slope, later_move, median, pool,
    pool_scores, pool_with_market, score, score_market, summarise_quotes,
};

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} is not {b}");
}

fn row(cluster: usize, outcome: bool, mid: Option<f64>) -> Observation {
    Observation {
        cluster,
        outcome,
        mid,
        ..Observation::default()
    }
}

fn judge<'a>(rows: &'a [Observation], forecasts: &[f64]) -> Vec<Judged<'a>> {
    let pairs = rows.iter().zip(forecasts);
    pairs.map(|(row, p)| Judged { row, p: *p }).collect()
}

#[test]
fn model_and_market_are_scored_on_the_same_rows() {
    let rows = [
        row(0, true, Some(0.6)),
        row(1, false, Some(0.3)),
        row(2, true, None),
    ];
    let s = score(&judge(&rows, &[0.8, 0.3, 0.0]), &Thresholds::default()).unwrap();
    assert_eq!(
        (s.n, s.clusters),
        (2, 2),
        "the row without a mid is not scored"
    );
    close(s.brier_model, (0.04 + 0.09) / 2.0);
    close(s.brier_market, (0.16 + 0.09) / 2.0);
    close(s.logloss_model, -(0.8_f64.ln() + 0.7_f64.ln()) / 2.0);
    close(s.logloss_market, -(0.6_f64.ln() + 0.7_f64.ln()) / 2.0);
    close(s.mean_abs_diff, 0.1);
    close(s.share_abs_diff_over_edge, 0.5);
    assert_eq!(s.clusters_where_model_beats_market, 1, "a tie is not a win");
}

#[test]
fn a_certain_and_wrong_forecast_loses_a_finite_amount() {
    let rows = [row(0, true, Some(0.5))];
    let s = score(&judge(&rows, &[0.0]), &Thresholds::default()).unwrap();
    close(s.logloss_model, -0.001_f64.ln());
}

#[test]
fn nothing_to_score_is_none() {
    let rows = [row(0, true, None)];
    assert_eq!(score(&judge(&rows, &[0.5]), &Thresholds::default()), None);
    assert_eq!(score_market(&[&rows[0]], &Thresholds::default()), None);
}

#[test]
fn calibration_bins_hold_their_lower_edge_and_the_last_one_both() {
    let rows = [
        row(0, false, None),
        row(0, true, None),
        row(0, true, None),
        row(0, false, None),
    ];
    let bins = calibration(&judge(&rows, &[0.0, 0.5, 1.0, 0.95]));
    let edges: Vec<(usize, f64)> = bins.iter().map(|bin| (bin.n, bin.frequency)).collect();
    assert_eq!(edges, [(1, 0.0), (1, 1.0), (2, 0.5)]);
    close(bins[2].low, 0.9);
    close(bins[2].mean_forecast, 0.975);
}

#[test]
fn pools_differ_in_what_they_do_with_extremes_and_absence() {
    let all = [Some(0.2), Some(0.5), Some(0.95)];
    let clip = 0.005;
    close(
        pool(&all, Pooling::Mean, Coverage::All, clip).unwrap(),
        0.55,
    );
    close(
        pool(&all, Pooling::Median, Coverage::All, clip).unwrap(),
        0.5,
    );
    let odds: f64 = (0.25_f64 * 1.0 * 19.0).cbrt();
    close(
        pool(&all, Pooling::LogitMean, Coverage::All, clip).unwrap(),
        odds / (1.0 + odds),
    );
    let partial = [Some(0.2), None];
    assert_eq!(pool(&partial, Pooling::Mean, Coverage::All, clip), None);
    assert_eq!(
        pool(&partial, Pooling::Mean, Coverage::Any, clip),
        Some(0.2)
    );
    assert_eq!(pool(&[None], Pooling::Median, Coverage::Any, clip), None);
    close(median(&[3.0, 1.0, 2.0, 4.0]).unwrap(), 2.5);
}

#[test]
fn the_market_pool_runs_from_the_market_to_the_forecast() {
    close(pool_with_market(0.8, 0.6, 0.0, 0.005), 0.6);
    close(pool_with_market(0.8, 0.6, 1.0, 0.005), 0.8);
    close(pool_with_market(1.0, 0.6, 1.0, 0.005), 0.995);
    let rows = [row(0, true, Some(0.6))];
    let points = pool_scores(&judge(&rows, &[0.8]), &[0.0, 1.0], &Thresholds::default());
    close(points[0].brier, 0.16);
    close(points[1].brier, 0.04);
}

#[test]
fn rows_of_one_cluster_count_as_one_bet_in_the_error() {
    let apart = clustered_mean(&[(0, 1.0), (1, 1.0), (2, -1.0), (3, -1.0)], 1e-9);
    let together = clustered_mean(&[(0, 1.0), (0, 1.0), (1, -1.0), (1, -1.0)], 1e-9);
    close(apart.se_clustered.unwrap(), 4.0_f64.sqrt() / 4.0);
    close(together.se_clustered.unwrap(), 8.0_f64.sqrt() / 4.0);
    let single = clustered_mean(&[(0, 1.0), (0, 3.0)], 1e-9);
    close(single.se_clustered.unwrap(), 0.0);
}

#[test]
fn a_slope_recovers_an_exact_line_and_refuses_a_constant() {
    let line = |x: f64| Point {
        cluster: 0,
        x,
        y: 3.0 + 2.0 * x,
    };
    let fit = clustered_slope(&[line(0.0), line(1.0), line(5.0)]).unwrap();
    close(fit.slope, 2.0);
    close(fit.se_clustered, 0.0);
    assert_eq!(clustered_slope(&[line(1.0), line(1.0)]), None);
    assert_eq!(clustered_slope(&[]), None);
}

#[test]
fn later_move_is_signed_by_the_edge() {
    let moved = |mid, later| Observation {
        later_mid: Some(later),
        ..row(0, true, Some(mid))
    };
    let rows = [moved(0.5, 0.6), moved(0.5, 0.6), moved(0.5, 0.9)];
    let result = later_move(&judge(&rows, &[0.7, 0.3, 0.51]), &Thresholds::default()).unwrap();
    assert_eq!(result.n, 2, "a small edge does not count");
    close(result.mean, 0.0);
}

#[test]
fn drift_uses_the_last_quote_near_the_horizon_of_the_same_cluster() {
    let drift = DriftSpec {
        horizon_ms: 100,
        tolerance_ms: 10,
    };
    let at = |time_ms, cluster, mid| Observation {
        time_ms,
        ..row(cluster, true, Some(mid))
    };
    // Cluster 0 has quotes at 95 and 110 (the last within the tolerance) and 120 (too late).
    let rows = [
        at(0, 0, 0.5),
        at(0, 1, 0.5),
        at(95, 0, 0.9),
        at(110, 0, 0.7),
        at(110, 1, 0.4),
        at(120, 0, 0.1),
    ];
    let history = MidHistory::new(&rows.iter().collect::<Vec<_>>());
    let judged = judge(&rows[..2], &[0.6, 0.45]);
    let fit = drift_slope(&judged, &history, &drift).unwrap();
    assert_eq!(fit.n, 2);
    close(fit.slope, (0.2 + 0.1) / (0.1 + 0.05));
    let stale = judge(&rows[5..], &[0.6]);
    assert_eq!(
        drift_slope(&stale, &history, &drift),
        None,
        "nothing near the horizon"
    );
}

#[test]
fn an_empty_ask_is_counted_with_who_won() {
    let quoted = |yes, no, outcome| Observation {
        ask: Sides { yes, no },
        ..row(0, outcome, None)
    };
    let rows = [
        quoted(None, Some(0.02), true),
        quoted(None, Some(0.02), false),
        quoted(Some(0.02), None, false),
        quoted(Some(0.5), Some(0.5), true),
        quoted(None, None, true),
    ];
    let quotes = summarise_quotes(&rows.iter().collect::<Vec<_>>());
    assert_eq!((quotes.one_ask_empty, quotes.empty_side_won), (3, 2));
}
