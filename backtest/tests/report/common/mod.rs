//! A report of an invented run, built with the crate's own metrics so that its parts agree with one another.
#![allow(dead_code, reason = "each test file uses its own part of it")]

mod world;

use std::collections::BTreeMap;

use quorate_backtest::report::account::{VariantRecord, variant_report};
use quorate_backtest::report::forecasts::{ForecastRow, Forecaster, score_forecasters};
use quorate_backtest::report::model::{
    DataOrigin, FillRow, ForecasterKind, MarketReport, RunInfo, RunMode, RunReport, VariantKind,
    VariantReport,
};
use quorate_backtest::report::tally::DecisionTally;
use quorate_domain::{
    Cash, Decision, LimitName, MarketId, NoTradeReason, Numbers, OrderId, Shares, Timestamp,
    Verdict,
};

use world::{
    BANKROLL, DAY, DAYS, START, WORKERS, World, blend, collective, equity_of, fills_of, mean,
    median, payout, pnl, worlds,
};

fn variant(
    name: &str,
    kind: VariantKind,
    worlds: &[World],
    belief: impl Fn(&World) -> f64,
) -> (VariantReport, Vec<FillRow>) {
    let by_name: BTreeMap<&str, &World> = worlds
        .iter()
        .map(|world| (world.name.as_str(), world))
        .collect();
    let fills = fills_of(worlds, belief);
    let markets: Vec<MarketReport> = worlds.iter().map(|world| market(world, &fills)).collect();
    let report = variant_report(VariantRecord {
        name: name.to_owned(),
        kind,
        bankroll: BANKROLL,
        equity: equity_of(&fills, &by_name, name.len() as u64),
        fills: &fills,
        markets: &markets,
        orders_placed: fills.len() as u64 + 37,
        orders_refused: 2,
        rebate_estimate: Cash::from_micros(3_120_000),
        halts: Vec::new(),
    });
    (report, fills)
}

fn market(world: &World, fills: &[FillRow]) -> MarketReport {
    let own: Vec<&FillRow> = fills
        .iter()
        .filter(|fill| fill.market == world.name)
        .collect();
    MarketReport {
        market: world.name.clone(),
        group: Some(world.name[..2].to_owned()),
        question: world.question.clone(),
        fills: own.len() as u64,
        bought: own.iter().map(|fill| fill.shares).sum(),
        sold: Shares::ZERO,
        cost_average: own
            .first()
            .map(|fill| Cash::from_micros(i64::from(fill.price.micros()))),
        fees: own.iter().map(|fill| fill.fee).sum(),
        pnl: pnl(world, fills).unwrap_or_default(),
        payout: Some(payout(world)),
        resolved_at: Some(world.resolved_at),
    }
}

fn forecaster(
    name: &str,
    kind: ForecasterKind,
    worlds: &[World],
    says: impl Fn(&World) -> f64,
) -> Forecaster {
    let rows = worlds.iter().enumerate().flat_map(|(index, world)| {
        let says = says(world);
        (1..=3).map(move |days| ForecastRow {
            market: MarketId(index as u32),
            at: world
                .resolved_at
                .minus(std::time::Duration::from_secs(days * DAY)),
            forecast: says,
            market_mid: world.mid,
            payout: payout(world).to_f64(),
            resolved_at: world.resolved_at,
        })
    });
    Forecaster {
        name: name.to_owned(),
        kind,
        rows: rows.collect(),
    }
}

fn forecasters(worlds: &[World]) -> Vec<Forecaster> {
    let mut all = vec![
        forecaster("collective, blended", ForecasterKind::Blend, worlds, blend),
        forecaster("collective", ForecasterKind::Collective, worlds, collective),
        forecaster("mean", ForecasterKind::Mean, worlds, |world| {
            mean(&world.says)
        }),
        forecaster("median", ForecasterKind::Median, worlds, |world| {
            median(&world.says)
        }),
        forecaster("market", ForecasterKind::Market, worlds, |world| world.mid),
    ];
    for (index, (name, _)) in WORKERS.iter().enumerate() {
        let mut worker = forecaster(name, ForecasterKind::Worker, worlds, |world| {
            world.says[index]
        });
        let first = index * 9;
        worker.rows.drain(..first);
        all.push(worker);
    }
    all
}

fn decisions(worlds: &[World], fills: &[FillRow]) -> DecisionTally {
    let mut tally = DecisionTally::default();
    let mut add = |index: usize, verdict: Verdict| {
        let world = &worlds[index % worlds.len()];
        let decision = Decision {
            seq: index as u64,
            at: Timestamp::from_secs(START + index as u64 * 977),
            market: MarketId((index % worlds.len()) as u32),
            verdict,
            numbers: Numbers {
                market_mid: Some(world.mid),
                collective: Some(collective(world)),
                fair: Some(blend(world)),
                workers: 8,
                cost: Some(world.mid + 0.01),
                edge: Some(blend(world) - world.mid - 0.01),
                ..Numbers::default()
            },
        };
        tally.add(&decision, &world.name);
    };
    for index in 0..9_412 {
        add(
            index,
            Verdict::NoTrade(NoTradeReason::EdgeTooSmall { needed: 0.02 }),
        );
    }
    for index in 0..2_110 {
        add(index, Verdict::NoTrade(NoTradeReason::InsideBand));
    }
    for index in 0..640 {
        add(index, Verdict::NoTrade(NoTradeReason::StaleInference));
    }
    for index in 0..88 {
        add(index, Verdict::NoTrade(NoTradeReason::OneSidedBook));
    }
    for index in 0..31 {
        add(
            index,
            Verdict::NoTrade(NoTradeReason::Limit(LimitName::GroupLoss)),
        );
    }
    for (index, fill) in fills.iter().enumerate() {
        let bound_by = (index % 4 == 0).then_some(LimitName::DepthShare);
        let order = OrderId {
            seq: index as u64,
            index: 0,
        };
        let (outcome, side, limit, shares) = (fill.outcome, fill.side, fill.price, fill.shares);
        add(
            index,
            Verdict::Trade {
                order,
                outcome,
                side,
                limit,
                shares,
                bound_by,
            },
        );
    }
    tally
}

fn info() -> RunInfo {
    RunInfo {
        name: "Special elections, spring 2026".to_owned(),
        mode: RunMode::Backtest,
        data: DataOrigin::Synthetic,
        started_at: Timestamp::from_secs(START),
        ended_at: Timestamp::from_secs(START + DAYS * DAY),
        bankroll: BANKROLL,
        seed: 7,
        result_hash: "9f2c4e0b7a61d3f8c5b0e94477aa1c02d6e85b3390f1de4c7720ab6f3c918e55".to_owned(),
        tape_hash: "1b0d7ce2f4a39685ee40c1d27b93fa580c6e7d14b2a9f3085d6c41e79ab2f036".to_owned(),
        engine_version: "0.1.0".to_owned(),
        reproduce: "quorate backtest -c config/backtest.toml --seed 7".to_owned(),
        config:
            "[run]\nname = \"special elections\"\nseed = 7\n\n[sizing]\nkelly_fraction = 0.25\n"
                .to_owned(),
    }
}

/// A run over `markets` invented markets.
pub(crate) fn sample_report(markets: usize) -> RunReport {
    let worlds = worlds(markets);
    let (main, fills) = variant("collective", VariantKind::Collective, &worlds, blend);
    let mut variants = vec![
        main,
        variant("plain mean", VariantKind::PlainMean, &worlds, |world| {
            mean(&world.says)
        })
        .0,
        variant("market only", VariantKind::MarketOnly, &worlds, |world| {
            world.mid + if world.name.ends_with("3") { 0.04 } else { 0.0 }
        })
        .0,
    ];
    for (index, (name, _)) in WORKERS.iter().enumerate() {
        variants.push(
            variant(name, VariantKind::Worker, &worlds, |world| {
                world.says[index]
            })
            .0,
        );
    }
    let mut markets: Vec<MarketReport> = worlds.iter().map(|world| market(world, &fills)).collect();
    markets.sort_by(|a, b| a.market.cmp(&b.market));
    RunReport {
        run: info(),
        assumptions: vec![
            "Sample world: synthetic, proves plumbing not profit.".to_owned(),
            "Quotes are mids: half-spread of 1 cent charged, fills at the next observation."
                .to_owned(),
            "Depth assumed: 1,000 shares at the touch.".to_owned(),
        ],
        variants,
        markets,
        decisions: decisions(&worlds, &fills).into_counts(),
        fills,
        forecasts: score_forecasters(&forecasters(&worlds)),
    }
}

/// A run in which nothing happened.
pub(crate) fn empty_report() -> RunReport {
    RunReport {
        run: RunInfo {
            name: "Nothing happened".to_owned(),
            config: String::new(),
            ..info()
        },
        assumptions: Vec::new(),
        variants: Vec::new(),
        markets: Vec::new(),
        fills: Vec::new(),
        decisions: Vec::new(),
        forecasts: Vec::new(),
    }
}
