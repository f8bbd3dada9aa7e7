//! Entry rules and the profit of holding to resolution, on rows small enough to check by hand.

use quorate_backtest::evaluate::{
    Bet, CostSource, Entry, Fees, Judged, Observation, RuleSpec, Side, Sides, Thresholds, costs,
    enter, hold, hold_favourite, pair_cost,
};

const MID: Entry = Entry::Mid { half_spread: 0.01 };
const ASK: Entry = Entry::Cost {
    source: CostSource::Ask,
};
const BEST_OF_TWO: Entry = Entry::Cost {
    source: CostSource::BestOfTwo,
};
const COLUMNS: Entry = Entry::Cost {
    source: CostSource::Columns,
};
const FAVOURITE: Entry = Entry::Favourite {
    source: CostSource::Columns,
};
const NO_FEES: Fees = Fees {
    taker_rate: 0.0,
    profit_fee: 0.0,
};

fn at_mid(mid: f64) -> Observation {
    Observation {
        mid: Some(mid),
        ..Observation::default()
    }
}

fn asks(yes: Option<f64>, no: Option<f64>) -> Observation {
    Observation {
        ask: Sides { yes, no },
        ..Observation::default()
    }
}

fn priced(yes: Option<f64>, no: Option<f64>) -> Observation {
    Observation {
        cost: Sides { yes, no },
        ..Observation::default()
    }
}

fn bet(entry: Entry, row: &Observation, p: f64) -> Option<Bet> {
    enter(entry, row, p, &Thresholds::default(), &NO_FEES)
}

fn rule(entry: Entry) -> RuleSpec {
    RuleSpec {
        name: "rule".to_owned(),
        entry,
    }
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} is not {b}");
}

#[test]
fn mid_rule_buys_the_side_the_forecast_favours_at_mid_plus_half_spread() {
    let yes = bet(MID, &at_mid(0.40), 0.45).unwrap();
    assert_eq!(yes.side, Side::Yes);
    close(yes.cost, 0.41);
    let no = bet(MID, &at_mid(0.40), 0.30).unwrap();
    assert_eq!(no.side, Side::No);
    close(no.cost, 0.61);
}

#[test]
fn an_edge_of_exactly_three_cents_is_not_a_trade_in_any_direction() {
    // In binary arithmetic 0.43 - 0.40 is above 0.03, and 0.58 - 0.55 below it.
    for (mid, p) in [(0.40, 0.43), (0.55, 0.58), (0.43, 0.40), (0.58, 0.55)] {
        assert_eq!(bet(MID, &at_mid(mid), p), None, "{p} against {mid}");
    }
    assert!(bet(MID, &at_mid(0.40), 0.430_001).is_some());
    assert_eq!(bet(ASK, &asks(Some(0.18), Some(0.84)), 0.21), None);
    assert!(bet(ASK, &asks(Some(0.18), Some(0.84)), 0.211).is_some());
}

#[test]
fn fill_later_keeps_the_signal_and_pays_the_later_mid() {
    let entry = Entry::FillLater { half_spread: 0.01 };
    let mut row = at_mid(0.40);
    assert_eq!(
        bet(entry, &row, 0.60),
        None,
        "nothing is filled without a later price"
    );
    row.later_mid = Some(0.70);
    let filled = bet(entry, &row, 0.60).unwrap();
    assert_eq!(filled.side, Side::Yes);
    close(filled.cost, 0.71);
}

#[test]
fn ask_rule_takes_the_larger_edge_and_never_buys_an_empty_side() {
    let row = asks(Some(0.50), Some(0.40));
    assert_eq!(bet(ASK, &row, 0.55).unwrap().side, Side::Yes);
    assert_eq!(bet(ASK, &row, 0.45).unwrap().side, Side::No);
    assert_eq!(bet(ASK, &asks(None, Some(0.40)), 0.99), None);
    assert_eq!(bet(ASK, &asks(None, None), 0.99), None);
}

#[test]
fn best_of_two_contracts_buys_each_side_where_it_is_cheaper() {
    let row = Observation {
        second_ask: Sides {
            yes: Some(0.38),
            no: Some(0.57),
        },
        ..asks(Some(0.60), Some(0.42))
    };
    let best = costs(BEST_OF_TWO, &row);
    close(best.yes.unwrap(), 0.57);
    close(best.no.unwrap(), 0.38);
    let only_first = costs(BEST_OF_TWO, &asks(Some(0.60), None));
    assert_eq!((only_first.yes, only_first.no), (Some(0.60), None));
}

#[test]
fn a_pair_is_counted_only_where_every_quote_is_present() {
    let full = Observation {
        second_ask: Sides {
            yes: Some(0.38),
            no: Some(0.57),
        },
        ..asks(Some(0.60), Some(0.42))
    };
    let partial = asks(Some(0.60), Some(0.42));
    let rows = [&full, &partial];
    let best = pair_cost(&rows, &rule(BEST_OF_TWO), &Thresholds::default()).unwrap();
    assert_eq!((best.n, best.below_1), (1, 1));
    close(best.mean, 0.95);
    let one = pair_cost(&rows, &rule(ASK), &Thresholds::default()).unwrap();
    assert_eq!((one.n, one.below_1), (2, 0));
    assert_eq!(pair_cost(&rows, &rule(MID), &Thresholds::default()), None);
}

#[test]
fn a_share_above_the_largest_cost_is_not_bought() {
    assert_eq!(bet(COLUMNS, &priced(Some(0.995), None), 1.0), None);
    let bounds = Thresholds {
        edge: 0.001,
        ..Thresholds::default()
    };
    let at_limit = priced(Some(0.99), None);
    assert!(enter(COLUMNS, &at_limit, 1.0, &bounds, &NO_FEES).is_some());
}

#[test]
fn the_taker_fee_is_part_of_the_cost_that_the_edge_is_measured_from() {
    let fees = Fees {
        taker_rate: 0.07,
        profit_fee: 0.0,
    };
    // 0.50 costs 0.5175 with fee: an edge of 0.0325 at 0.55, of 0.0275 at 0.545.
    let row = priced(Some(0.50), None);
    let bounds = Thresholds::default();
    assert!(enter(COLUMNS, &row, 0.55, &bounds, &fees).is_some());
    assert_eq!(enter(COLUMNS, &row, 0.545, &bounds, &fees), None);
    assert!(enter(COLUMNS, &row, 0.545, &bounds, &NO_FEES).is_some());
}

#[test]
fn the_favourite_is_the_dearer_side_within_its_bounds() {
    assert_eq!(
        bet(FAVOURITE, &priced(Some(0.60), Some(0.42)), 0.0)
            .unwrap()
            .side,
        Side::Yes
    );
    assert_eq!(
        bet(FAVOURITE, &priced(Some(0.30), Some(0.72)), 1.0)
            .unwrap()
            .side,
        Side::No
    );
    assert!(
        bet(FAVOURITE, &priced(Some(0.50), None), 0.5).is_some(),
        "the lower bound counts"
    );
    assert_eq!(
        bet(FAVOURITE, &priced(Some(0.99), None), 0.5),
        None,
        "the upper bound does not"
    );
    assert_eq!(bet(FAVOURITE, &priced(Some(0.49), Some(0.49)), 0.5), None);
}

#[test]
fn profit_is_payoff_less_cost_and_fees() {
    let fees = Fees {
        taker_rate: 0.07,
        profit_fee: 0.10,
    };
    let bought = Bet {
        side: Side::Yes,
        cost: 0.40,
    };
    let won = Observation {
        outcome: true,
        ..Observation::default()
    };
    let profit = bought.profit(&won, &fees);
    close(profit.gross, 0.60);
    close(profit.net, 0.9 * (0.60 - 0.07 * 0.40 * 0.60));
    let lost = bought.profit(&Observation::default(), &fees);
    close(lost.gross, -0.40);
    close(lost.net, -0.40 - 0.07 * 0.40 * 0.60);
}

#[test]
fn hold_averages_trades_and_clusters_their_errors() {
    // Cluster 0 trades YES twice and wins; cluster 1 trades NO once and loses; the last row does not trade.
    let row = |cluster, outcome, mid| Observation {
        cluster,
        outcome,
        ..at_mid(mid)
    };
    let rows = [
        row(0, true, 0.50),
        row(0, true, 0.60),
        row(1, true, 0.50),
        row(1, true, 0.50),
    ];
    let forecasts = [0.70, 0.70, 0.40, 0.51];
    let judged: Vec<Judged<'_>> = rows
        .iter()
        .zip(forecasts)
        .map(|(row, p)| Judged { row, p })
        .collect();
    let result = hold(&judged, &rule(MID), &Thresholds::default(), &NO_FEES);
    assert_eq!((result.rows, result.trades, result.wins), (4, 3, 2));
    close(result.share_of_rows_traded.unwrap(), 0.75);
    let gross = &result.gross;
    // Profits 0.49, 0.39 and -0.51: mean 0.37/3. Deviations by cluster: 0.88 - 2m and -0.51 - m, equal and opposite.
    let mean: f64 = 0.37 / 3.0;
    close(gross.mean.unwrap(), mean);
    close(
        gross.se_clustered.unwrap(),
        (2.0 * (0.51 + mean).powi(2)).sqrt() / 3.0,
    );
    close(gross.cluster_mean.unwrap(), 0.5 * (0.44 - 0.51));
    assert_eq!((gross.clusters, gross.clusters_positive), (2, 1));
}

#[test]
fn wins_are_compared_with_what_the_costs_imply() {
    let winner = Observation {
        outcome: true,
        ..priced(Some(0.80), None)
    };
    let loser = priced(Some(0.60), None);
    let result = hold_favourite(
        &[&winner, &loser],
        &rule(FAVOURITE),
        &Thresholds::default(),
        &NO_FEES,
    );
    close(result.mean_cost.unwrap(), 0.70);
    close(
        result.z_vs_cost.unwrap(),
        (1.0 - 1.4) / (0.16_f64 + 0.24).sqrt(),
    );
}

#[test]
fn no_trades_give_no_figures_instead_of_zeros() {
    let result = hold_favourite(&[], &rule(FAVOURITE), &Thresholds::default(), &NO_FEES);
    assert_eq!(result.trades, 0);
    assert_eq!(
        (
            result.share_of_rows_traded,
            result.mean_cost,
            result.z_vs_cost
        ),
        (None, None, None)
    );
    assert_eq!((result.net.mean, result.net.se_clustered), (None, None));
}
