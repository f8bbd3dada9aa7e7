//! `quorate decisions`: what was judged, and with `--why-not` what was not traded and which rule said so.

use quorate_backtest::report::columns::{Align, Columns, plain};
use quorate_backtest::report::format::{count, date_time, fixed};
use quorate_backtest::report::tally::{DecisionTally, reason_of};
use quorate_domain::{Decision, Verdict};
use serde::Serialize;

use super::{answer, folder, last, view};
use crate::args::DecisionsArgs;
use crate::console::Console;
use crate::failure::Failure;
use crate::runtime::view::View;

#[derive(Debug, Serialize)]
struct Row<'a> {
    id: String,
    market: String,
    reason: String,
    decision: &'a Decision,
}

pub(super) fn run(args: &DecisionsArgs, console: &Console) -> Result<(), Failure> {
    let (_, view) = view(&folder(&args.instance))?;
    if args.why_not {
        return why_not(args, &view, console);
    }
    let wanted = |decision: &&Decision| {
        let market = view.names.market(decision.market);
        args.market.as_ref().is_none_or(|name| *name == market)
            && (!args.trades || matches!(decision.verdict, Verdict::Trade { .. }))
    };
    let rows: Vec<Row<'_>> = view
        .decisions
        .iter()
        .filter(wanted)
        .map(|d| row(&view, d))
        .collect();
    let rows = last(&rows, args.last);
    answer(console, &serde_json::json!({ "decisions": rows }), || {
        if rows.is_empty() {
            return "nothing of that kind was judged yet".into();
        }
        let mut table = Columns::new(&[
            ("decision", Align::Left),
            ("at", Align::Left),
            ("market", Align::Left),
            ("market price", Align::Right),
            ("collective", Align::Right),
            ("fair", Align::Right),
            ("edge", Align::Right),
            ("result", Align::Left),
        ]);
        for row in rows {
            let numbers = &row.decision.numbers;
            let number = |value: Option<f64>| value.map_or_else(|| "-".into(), |v| fixed(v, 3));
            table.row(vec![
                row.id.clone(),
                date_time(row.decision.at),
                plain(&row.market, 30),
                number(numbers.market_mid),
                number(numbers.collective),
                number(numbers.fair),
                number(numbers.edge),
                row.reason.clone(),
            ]);
        }
        table.lines().join("\n")
    })
}

fn row<'a>(view: &View, decision: &'a Decision) -> Row<'a> {
    Row {
        id: format!("{}/{}", decision.seq, decision.market),
        market: view.names.market(decision.market),
        reason: reason_of(&decision.verdict),
        decision,
    }
}

/// Every rule that said no, how often, and the last time with its numbers.
fn why_not(args: &DecisionsArgs, view: &View, console: &Console) -> Result<(), Failure> {
    let mut tally = DecisionTally::default();
    let refused = view.decisions.iter().filter(|decision| {
        let market = view.names.market(decision.market);
        matches!(decision.verdict, Verdict::NoTrade(_))
            && args.market.as_ref().is_none_or(|name| *name == market)
    });
    for decision in refused {
        tally.add(decision, &view.names.market(decision.market));
    }
    let counts = tally.into_counts();
    answer(console, &serde_json::json!({ "why_not": counts }), || {
        if counts.is_empty() {
            return "nothing was left untraded".into();
        }
        let mut table = Columns::new(&[
            ("times", Align::Right),
            ("rule", Align::Left),
            ("first seen", Align::Left),
            ("in", Align::Left),
        ]);
        for one in &counts {
            table.row(vec![
                count(one.count),
                one.reason.clone(),
                date_time(one.example.at),
                plain(&one.example.market, 40),
            ]);
        }
        table.lines().join("\n")
    })
}
