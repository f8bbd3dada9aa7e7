//! From what was written down to the report.

use std::collections::BTreeMap;

use quorate_domain::{Cash, MarketId, Outcome, Timestamp, Token};
use quorate_venue::FillRule;

use super::recorder::{MarketTotals, Recorder};
use super::run::{Ran, outcomes, worker_names};
use super::spec::RunSpec;
use crate::report::account::{VariantRecord, variant_report};
use crate::report::model::{DataOrigin, FillRow, MarketReport, RunInfo, RunMode, RunReport};
use crate::tape::{LoadedTape, Tape};

/// Assembles the report; the first of `ran` is the product.
pub(super) fn report(
    spec: &RunSpec,
    loaded: &LoadedTape,
    mode: RunMode,
    span: (Timestamp, Timestamp),
    ran: Vec<Ran>,
    result_hash: String,
) -> RunReport {
    let tape = &loaded.tape;
    let mut report = RunReport {
        run: RunInfo {
            name: spec.name.clone(),
            mode,
            data: spec.origin,
            started_at: span.0,
            ended_at: span.1,
            bankroll: spec.bankroll,
            seed: spec.seed,
            result_hash,
            tape_hash: loaded.hash.to_string(),
            engine_version: env!("CARGO_PKG_VERSION").into(),
            reproduce: String::new(),
            config: spec.text.clone(),
        },
        assumptions: assumptions(spec, loaded),
        variants: Vec::new(),
        markets: Vec::new(),
        fills: Vec::new(),
        decisions: Vec::new(),
        forecasts: Vec::new(),
    };
    for (place, one) in ran.into_iter().enumerate() {
        let (markets, fills) = (market_reports(tape, &one), fill_rows(tape, &one.recorder));
        if place == 0 {
            report.forecasts = one.scorebook.scores(&outcomes(tape), &worker_names(tape));
        }
        let recorder = one.recorder;
        report.variants.push(variant_report(VariantRecord {
            name: one.variant.name,
            kind: one.variant.kind,
            bankroll: spec.bankroll,
            equity: recorder.equity,
            fills: &fills,
            markets: &markets,
            orders_placed: recorder.placed,
            orders_refused: recorder.refused,
            rebate_estimate: recorder.markets.values().map(|totals| totals.rebate).sum(),
            halts: recorder.halts,
        }));
        if place == 0 {
            report.decisions = recorder.decisions.into_counts();
            (report.markets, report.fills) = (markets, fills);
        }
    }
    report
}

fn market_reports(tape: &Tape, main: &Ran) -> Vec<MarketReport> {
    let groups: BTreeMap<_, _> = tape
        .groups
        .iter()
        .map(|group| (group.id, group.name.as_str()))
        .collect();
    let mut reports: Vec<MarketReport> = tape
        .markets
        .iter()
        .map(|listed| {
            let market = &listed.market;
            let totals = main
                .recorder
                .markets
                .get(&market.id)
                .copied()
                .unwrap_or_default();
            MarketReport {
                market: market.name.clone(),
                group: market
                    .group
                    .and_then(|g| groups.get(&g))
                    .map(|name| (*name).to_owned()),
                question: market.question.clone(),
                fills: totals.fills,
                bought: totals.bought,
                sold: totals.sold,
                cost_average: cost_average(&totals),
                fees: totals.fees,
                pnl: totals.flow + open_worth(main, market.id),
                payout: totals.payout,
                resolved_at: totals.resolved_at,
            }
        })
        .collect();
    reports.sort_by(|a, b| a.market.cmp(&b.market));
    reports
}

fn cost_average(totals: &MarketTotals) -> Option<Cash> {
    let shares = i128::from(totals.bought.micros());
    (shares != 0).then(|| {
        Cash::from_micros_saturating(i128::from(totals.paid.micros()) * 1_000_000 / shares)
    })
}

/// Worth of what is still held in a market, at the marks of the equity curve.
fn open_worth(main: &Ran, market: MarketId) -> Cash {
    let engine = main.session.engine();
    let worth: f64 = [Outcome::Yes, Outcome::No]
        .into_iter()
        .map(|outcome| {
            let shares = engine
                .ledger()
                .position(Token { market, outcome })
                .expected();
            engine
                .markets()
                .get(market)
                .map_or(0.0, |state| state.mark(outcome))
                * shares.to_f64()
        })
        .sum();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates; worth is reported, never paid"
    )]
    let micros = libm::floor(worth * 1e6) as i64;
    Cash::from_micros(micros)
}

fn market_name(tape: &Tape, id: MarketId) -> String {
    tape.market(id)
        .map_or_else(|| id.to_string(), |listed| listed.market.name.clone())
}

fn fill_rows(tape: &Tape, recorder: &Recorder) -> Vec<FillRow> {
    recorder
        .fills
        .iter()
        .map(|recorded| {
            let fill = &recorded.fill;
            let fair = recorded
                .numbers
                .and_then(|n| n.fair)
                .map(|p| match fill.token.outcome {
                    Outcome::Yes => p,
                    Outcome::No => 1.0 - p,
                });
            FillRow {
                at: recorded.at,
                market: market_name(tape, fill.token.market),
                outcome: fill.token.outcome,
                side: fill.side,
                price: fill.price,
                shares: fill.shares,
                fee: fill.fee,
                liquidity: fill.liquidity,
                fair,
                edge: recorded.numbers.and_then(|n| n.edge),
            }
        })
        .collect()
}

/// Every simplification that moves a number, in plain sentences.
fn assumptions(spec: &RunSpec, loaded: &LoadedTape) -> Vec<String> {
    let silent = loaded.assumptions;
    let mut sentences = Vec::new();
    if spec.origin == DataOrigin::Synthetic {
        sentences
            .push("Sample world: the data are synthetic. They prove plumbing, not profit.".into());
    }
    if silent.quotes_from_mid != 0 {
        let half = f64::from(spec.load.mid_half_spread_micros) * 1e-4;
        sentences.push(format!(
            "{} quotes are midpoints, not prices: a half-spread of {half:.2} cents is charged to each side.",
            silent.quotes_from_mid
        ));
    }
    if silent.sizes_assumed != 0 {
        sentences.push(format!(
            "{} quoted prices have no recorded size: {} shares are assumed at each.",
            silent.sizes_assumed, spec.load.assumed_shares
        ));
    }
    if silent.prices_snapped != 0 {
        sentences.push(format!(
            "{} prices lay between two ticks and were rounded against us.",
            silent.prices_snapped
        ));
    }
    if silent.markets_unresolved != 0 {
        sentences.push(format!(
            "{} markets closed without an outcome on the tape; what is held in them is marked to the market.",
            silent.markets_unresolved
        ));
    }
    sentences.push(match spec.venue.fills {
        FillRule::NextObservation => {
            "Orders fill at the next observation of their market after they arrive, never at the one they were decided on.".into()
        }
        FillRule::RecordedDepth => format!(
            "Orders reach the exchange {} ms after the decision and walk the depth recorded at that moment; the same recorded shares are never taken twice.",
            spec.venue.submit_latency.as_millis()
        ),
    });
    sentences.push("Our own orders do not move the recorded market.".into());
    sentences
}
