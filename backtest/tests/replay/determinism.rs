//! The same tape and the same settings give the same result: in every run, with any number of threads.

use crate::common::{RUN, spec, traded, world};

#[test]
fn two_runs_and_other_thread_counts_give_one_hash() {
    let (spec, tape) = (spec(RUN), world(3));
    let first = traded(&spec, &tape);
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let again = pool.install(|| traded(&spec, &tape));
        assert_eq!(
            again.run.result_hash, first.run.result_hash,
            "{threads} threads"
        );
        assert_eq!(again, first, "{threads} threads");
    }
    assert!(
        !first.fills.is_empty(),
        "a run without trades proves nothing"
    );
}

#[test]
fn another_setting_gives_another_hash() {
    let tape = world(3);
    let first = traded(&spec(RUN), &tape);
    let other = traded(
        &spec(&RUN.replace("scenarios = 500", "scenarios = 500\nrisk_aversion = 2")),
        &tape,
    );
    assert_ne!(first.run.result_hash, other.run.result_hash);
}

#[test]
fn the_account_ends_where_its_markets_say() {
    for seed in 1..4 {
        let report = traded(&spec(RUN), &world(seed));
        let main = report.main_variant().unwrap();
        let by_market: i64 = report.markets.iter().map(|m| m.pnl.micros()).sum();
        // Marks of open positions are rounded down once per market.
        let off = (main.pnl.micros() - by_market).abs();
        assert!(
            off <= report.markets.len() as i64,
            "seed {seed}: {} against {by_market}",
            main.pnl.micros()
        );
        let fees: i64 = report.markets.iter().map(|m| m.fees.micros()).sum();
        assert_eq!(fees, main.fees.micros());
    }
}

#[test]
fn the_market_alone_never_trades() {
    let report = traded(&spec(RUN), &world(5));
    let market = report
        .variant_of(quorate_backtest::report::model::VariantKind::MarketOnly)
        .unwrap();
    assert_eq!((market.orders_placed, market.pnl.micros()), (0, 0));
}
