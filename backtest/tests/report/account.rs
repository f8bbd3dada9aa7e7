//! A variant's report follows from its raw record, by hand.

use quorate_backtest::report::account::{VariantRecord, variant_report};
use quorate_backtest::report::model::{EquityPoint, FillRow, MarketReport, VariantKind};
use quorate_domain::{Cash, Liquidity, Outcome, Payout, Price, Shares, Side, Timestamp};

fn point(hour: u64, equity: i64, exposure: i64) -> EquityPoint {
    EquityPoint {
        at: Timestamp::from_secs(hour * 3_600),
        equity: Cash::whole(equity),
        cash: Cash::whole(equity - exposure),
        exposure: Cash::whole(exposure),
        drawdown: Cash::whole(999),
    }
}

fn fill(price: &str, shares: u64, fee: i64) -> FillRow {
    FillRow {
        at: Timestamp::from_secs(60),
        market: "a".to_owned(),
        outcome: Outcome::Yes,
        side: Side::Buy,
        price: Price::parse(price).unwrap(),
        shares: Shares::whole(shares),
        fee: Cash::whole(fee),
        liquidity: Liquidity::Taker,
        fair: None,
        edge: None,
    }
}

fn market(name: &str, fills: u64, pnl: i64, payout: Option<Payout>) -> MarketReport {
    MarketReport {
        market: name.to_owned(),
        group: None,
        question: String::new(),
        fills,
        bought: Shares::ZERO,
        sold: Shares::ZERO,
        cost_average: None,
        fees: Cash::ZERO,
        pnl: Cash::whole(pnl),
        payout,
        resolved_at: None,
    }
}

fn record<'a>(fills: &'a [FillRow], markets: &'a [MarketReport]) -> VariantRecord<'a> {
    VariantRecord {
        name: "v".to_owned(),
        kind: VariantKind::Collective,
        bankroll: Cash::whole(100),
        equity: Vec::new(),
        fills,
        markets,
        orders_placed: 4,
        orders_refused: 1,
        rebate_estimate: Cash::ZERO,
        halts: Vec::new(),
    }
}

#[test]
fn money_and_counts_by_hand() {
    let fills = [fill("0.5", 40, 1), fill("0.25", 40, 2)];
    let markets = [
        market("won", 1, 15, Some(Payout::YES)),
        market("lost", 1, -5, Some(Payout::NO)),
        market("open", 1, 9, None),
        market("untouched", 0, 0, Some(Payout::YES)),
    ];
    let equity = vec![point(0, 100, 0), point(1, 90, 20), point(3, 110, 0)];
    let report = variant_report(VariantRecord {
        equity,
        ..record(&fills, &markets)
    });
    assert_eq!(report.pnl, Cash::whole(10));
    assert_eq!(
        (report.fees, report.turnover),
        (Cash::whole(3), Cash::whole(30))
    );
    assert!((report.return_ratio - 0.1).abs() < 1e-12);
    assert_eq!(
        (report.fills, report.markets_traded, report.win_share),
        (2, 3, Some(0.5))
    );
    assert_eq!(report.exposure_max, Cash::whole(20));
    assert_eq!(report.exposure_mean, Cash::from_micros(13_333_333));
    assert_eq!(report.drawdown_max.unwrap().money, Cash::whole(10));
    let falls: Vec<Cash> = report.equity.iter().map(|point| point.drawdown).collect();
    assert_eq!(falls, [0, 10, 0].map(Cash::whole));
}

#[test]
fn a_run_without_any_record_keeps_its_bankroll() {
    let report = variant_report(record(&[], &[]));
    assert_eq!(
        (report.final_equity, report.pnl),
        (Cash::whole(100), Cash::ZERO)
    );
    assert_eq!(
        (report.drawdown_max, report.win_share, report.sharpe_daily),
        (None, None, None)
    );
}
