//! `quorate orders` and `quorate fills`.

use quorate_backtest::report::columns::{Align, Columns, plain};
use quorate_backtest::report::format::{date_time, money, price, shares};
use quorate_domain::{Fill, FillStatus, Outcome, PlaceOrder, Side, TimeInForce, Timestamp};
use serde::Serialize;

use super::{answer, folder, last, view};
use crate::args::ListArgs;
use crate::console::Console;
use crate::failure::Failure;
use crate::runtime::view::OrderNews;

#[derive(Debug, Serialize)]
struct OrderRow<'a> {
    id: String,
    market: String,
    at: Timestamp,
    open: bool,
    news: &'a OrderNews,
    placed: &'a PlaceOrder,
}

pub(super) fn orders(args: &ListArgs, console: &Console) -> Result<(), Failure> {
    let (past, view) = view(&folder(&args.instance))?;
    let open = past.session.engine().orders();
    let rows: Vec<OrderRow<'_>> = view
        .orders
        .values()
        .map(|seen| OrderRow {
            id: seen.placed.id.to_string(),
            market: view.names.market(seen.placed.token.market),
            at: seen.at,
            open: open.get(seen.placed.id).is_some(),
            news: &seen.last,
            placed: &seen.placed,
        })
        .filter(|row| args.all || row.open)
        .collect();
    let rows = last(&rows, args.last);
    answer(console, &serde_json::json!({ "orders": rows }), || {
        if rows.is_empty() {
            return "no order is open; --all shows those that have ended".into();
        }
        let mut table = Columns::new(&[
            ("order", Align::Left),
            ("decided", Align::Left),
            ("market", Align::Left),
            ("what", Align::Left),
            ("shares", Align::Right),
            ("limit", Align::Right),
            ("life", Align::Left),
            ("last heard", Align::Left),
        ]);
        for row in rows {
            table.row(vec![
                row.id.clone(),
                date_time(row.at),
                plain(&row.market, 30),
                what(row.placed.side, row.placed.token.outcome),
                shares(row.placed.shares),
                price(row.placed.limit),
                life(row.placed.time_in_force).into(),
                news_words(row.news),
            ]);
        }
        table.lines().join("\n")
    })
}

#[derive(Debug, Serialize)]
struct FillRow<'a> {
    at: Timestamp,
    order: String,
    market: String,
    status: FillStatus,
    fill: &'a Fill,
}

pub(super) fn fills(args: &ListArgs, console: &Console) -> Result<(), Failure> {
    let (_, view) = view(&folder(&args.instance))?;
    let rows: Vec<FillRow<'_>> = view
        .fills
        .iter()
        .map(|seen| FillRow {
            at: seen.at,
            order: seen.fill.order.to_string(),
            market: view.names.market(seen.fill.token.market),
            status: seen.status,
            fill: &seen.fill,
        })
        .collect();
    let rows = last(&rows, args.last);
    answer(console, &serde_json::json!({ "fills": rows }), || {
        if rows.is_empty() {
            return "nothing was executed yet".into();
        }
        let mut table = Columns::new(&[
            ("at", Align::Left),
            ("order", Align::Left),
            ("market", Align::Left),
            ("what", Align::Left),
            ("shares", Align::Right),
            ("price", Align::Right),
            ("fee", Align::Right),
            ("state", Align::Left),
        ]);
        for row in rows {
            table.row(vec![
                date_time(row.at),
                row.order.clone(),
                plain(&row.market, 34),
                what(row.fill.side, row.fill.token.outcome),
                shares(row.fill.shares),
                price(row.fill.price),
                money(row.fill.fee),
                format!("{:?}", row.status).to_lowercase(),
            ]);
        }
        table.lines().join("\n")
    })
}

/// "buy YES".
pub(super) fn what(side: Side, outcome: Outcome) -> String {
    let side = match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    };
    let outcome = match outcome {
        Outcome::Yes => "YES",
        Outcome::No => "NO",
    };
    format!("{side} {outcome}")
}

const fn life(life: TimeInForce) -> &'static str {
    match life {
        TimeInForce::Gtc => "until cancelled",
        TimeInForce::Gtd(_) => "until a time",
        TimeInForce::Fok => "fill or kill",
        TimeInForce::Fak => "fill and kill",
    }
}

pub(super) fn news_words(news: &OrderNews) -> String {
    match news {
        OrderNews::Sent => "sent, no answer yet".into(),
        OrderNews::Resting => "resting".into(),
        OrderNews::Refused(why) => format!("refused: {}", plain(why, 60)),
        OrderNews::Executed => "executed".into(),
        OrderNews::Ended(why) => format!("ended: {}", plain(why, 40)),
        OrderNews::Unknown => "unknown whether it arrived".into(),
    }
}
