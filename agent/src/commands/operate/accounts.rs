//! `quorate positions` and `quorate pnl`.

use std::collections::BTreeMap;

use quorate_backtest::report::columns::{Align, Columns, plain};
use quorate_backtest::report::format::{fixed, money, money_signed, shares};
use quorate_domain::{Cash, MarketId, Outcome, Shares, Token};
use quorate_engine::Engine;
use serde::Serialize;

use super::{answer, folder, view};
use crate::args::InstanceArgs;
use crate::console::Console;
use crate::failure::Failure;
use crate::runtime::view::View;

/// One holding.
#[derive(Debug, Serialize)]
struct Holding {
    market: String,
    outcome: Outcome,
    confirmed: Shares,
    pending: Shares,
    cost: Cash,
    mark: f64,
    worth: Cash,
    fair: Option<f64>,
}

pub(super) fn positions(args: &InstanceArgs, console: &Console) -> Result<(), Failure> {
    let (past, view) = view(&folder(args))?;
    let engine = past.session.engine();
    let held: Vec<Holding> = engine
        .ledger()
        .positions()
        .filter(|(_, position)| !position.expected().is_zero())
        .map(|(token, position)| {
            let mark = mark(engine, token);
            let forecast = view.at.and_then(|at| engine.forecast(token.market, at));
            let fair = forecast
                .and_then(|row| row.blend)
                .map(|p| match token.outcome {
                    Outcome::Yes => p,
                    Outcome::No => 1.0 - p,
                });
            Holding {
                market: view.names.market(token.market),
                outcome: token.outcome,
                confirmed: position.confirmed,
                pending: position.pending_in,
                cost: position.cost,
                mark,
                worth: worth(position.expected(), mark),
                fair,
            }
        })
        .collect();
    answer(console, &serde_json::json!({ "positions": held }), || {
        if held.is_empty() {
            return "nothing is held".into();
        }
        let mut table = Columns::new(&[
            ("market", Align::Left),
            ("side", Align::Left),
            ("shares", Align::Right),
            ("not final", Align::Right),
            ("cost", Align::Right),
            ("mark", Align::Right),
            ("worth", Align::Right),
            ("fair", Align::Right),
        ]);
        for one in &held {
            table.row(vec![
                plain(&one.market, 40),
                format!("{:?}", one.outcome).to_uppercase(),
                shares(one.confirmed + one.pending),
                shares(one.pending),
                money(one.cost),
                fixed(one.mark, 3),
                money(one.worth),
                one.fair.map_or_else(|| "-".into(), |p| fixed(p, 3)),
            ]);
        }
        table.lines().join("\n")
    })
}

/// Profit and loss of one market.
#[derive(Debug, Serialize)]
struct MarketPnl {
    market: String,
    flow: Cash,
    held: Cash,
    pnl: Cash,
}

pub(super) fn pnl(args: &InstanceArgs, console: &Console) -> Result<(), Failure> {
    let (past, view) = view(&folder(args))?;
    let engine = past.session.engine();
    let markets = by_market(engine, &view);
    let equity = engine.equity();
    let pnl = equity - view.deposited;
    let json = serde_json::json!({
        "equity": equity, "deposited": view.deposited, "pnl": pnl, "fees": view.fees, "markets": markets,
    });
    answer(console, &json, || {
        let mut table = Columns::new(&[
            ("market", Align::Left),
            ("cash in less out", Align::Right),
            ("still held", Align::Right),
            ("profit and loss", Align::Right),
        ]);
        for one in &markets {
            table.row(vec![
                plain(&one.market, 44),
                money_signed(one.flow),
                money(one.held),
                money_signed(one.pnl),
            ]);
        }
        let mut lines = table.lines();
        lines.push(String::new());
        lines.push(format!(
            "  equity {}, paid in {}: {} after {} of fees",
            money(equity),
            money(view.deposited),
            money_signed(pnl),
            money(view.fees)
        ));
        lines.join("\n")
    })
}

fn by_market(engine: &Engine, view: &View) -> Vec<MarketPnl> {
    let mut worths: BTreeMap<MarketId, Cash> = BTreeMap::new();
    for (token, position) in engine.ledger().positions() {
        *worths.entry(token.market).or_default() += worth(position.expected(), mark(engine, token));
    }
    let markets: std::collections::BTreeSet<MarketId> =
        view.flows.keys().chain(worths.keys()).copied().collect();
    let row = |market: MarketId| {
        let flow = view.flows.get(&market).copied().unwrap_or_default();
        let held = worths.get(&market).copied().unwrap_or_default();
        MarketPnl {
            market: view.names.market(market),
            flow,
            held,
            pnl: flow + held,
        }
    };
    let mut rows: Vec<MarketPnl> = markets.into_iter().map(row).collect();
    rows.sort_by(|a, b| a.pnl.cmp(&b.pnl).then_with(|| a.market.cmp(&b.market)));
    rows
}

fn mark(engine: &Engine, token: Token) -> f64 {
    let state = engine.markets().get(token.market);
    state.map_or(0.0, |state| state.mark(token.outcome))
}

fn worth(shares: Shares, mark: f64) -> Cash {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates; worth is shown, never paid"
    )]
    let micros = (shares.to_f64() * mark * 1e6).floor() as i64;
    Cash::from_micros(micros)
}
