//! `quotes.csv`: best bid and ask, or only a midpoint, as a book of one level a side.

use std::collections::BTreeSet;

use quorate_domain::{
    Input, Level, MarketEvent, MarketId, MarketInput, Probability, Shares, Timestamp,
};

use super::TapeRecord;
use super::rows::{Context, RowOrder, Towards, price, shares};
use crate::input::{Column, CsvTable, Diagnostic, Diagnostics, ExitClass, Row};

struct Columns {
    at: Column,
    market: Column,
    bid: Column,
    ask: Column,
    mid: Column,
    bid_shares: Column,
    ask_shares: Column,
}

/// Bids and asks of one quote.
type Halves = (Vec<Level>, Vec<Level>);

/// Reads the table; returns the markets that it quotes.
pub(super) fn read(
    mut table: CsvTable,
    context: &mut Context<'_>,
    records: &mut Vec<TapeRecord>,
) -> (BTreeSet<MarketId>, Result<(), Diagnostics>) {
    let columns = columns_of(&mut table);
    let mut order = RowOrder::new();
    let mut quoted = BTreeSet::new();
    while let Some(row) = table.next_row() {
        let time = order.time(row, columns.at);
        let id = context.known.market(row, columns.market);
        let (Some(time), Some(id)) = (time, id) else {
            continue;
        };
        quoted.insert(id);
        if !order.is_new(row, columns.market, id)
            || !context
                .known
                .is_before_resolution(row, columns.at, id, time)
        {
            continue;
        }
        if let Some((bids, asks)) = read_quote(row, &columns, context, (id, time)) {
            let event = MarketEvent::Snapshot { bids, asks };
            let input = Input::Market(MarketInput { market: id, event });
            records.push(TapeRecord { at: time, input });
        }
    }
    (quoted, table.finish())
}

fn columns_of(table: &mut CsvTable) -> Columns {
    let [at, market] = ["at", "market"].map(|name| table.required_column(name));
    let mid = table.optional_column("mid");
    let [bid, ask] = match mid.is_present() {
        true => ["bid", "ask"].map(|name| table.optional_column(name)),
        false => ["bid", "ask"].map(|name| table.required_column(name)),
    };
    if mid.is_present() && (bid.is_present() || ask.is_present()) {
        let message = "the table has both a midpoint and bid or ask";
        let error = Diagnostic::new(ExitClass::Data, "contradiction", message);
        let hint = "keep bid and ask, and rename or remove `mid`";
        table.report(error.at(table.name(), 1, 1).with_hint(hint));
    }
    let [bid_shares, ask_shares] =
        ["bid_shares", "ask_shares"].map(|name| table.optional_column(name));
    Columns {
        at,
        market,
        bid,
        ask,
        mid,
        bid_shares,
        ask_shares,
    }
}

fn read_quote(
    row: Row<'_>,
    columns: &Columns,
    context: &mut Context<'_>,
    moment: (MarketId, Timestamp),
) -> Option<Halves> {
    let (bids, asks) = if columns.mid.is_present() {
        read_mid(row, columns, context, moment)?
    } else {
        let bid = read_half(
            row,
            (columns.bid, columns.bid_shares),
            context,
            moment,
            Towards::Lower,
        )?;
        let ask = read_half(
            row,
            (columns.ask, columns.ask_shares),
            context,
            moment,
            Towards::Higher,
        )?;
        (bid, ask)
    };
    if let (Some(bid), Some(ask)) = (bids.first(), asks.first())
        && bid.price >= ask.price
    {
        let message = format!(
            "crossed quote: bid {} is not below ask {}",
            bid.price, ask.price
        );
        row.report(row.diagnostic(columns.bid, "crossed-quote", message));
        return None;
    }
    Some((bids, asks))
}

/// One half: nothing if the price is empty or its size is zero; `None` if something is wrong, which is reported.
fn read_half(
    row: Row<'_>,
    (price_column, shares_column): (Column, Column),
    context: &mut Context<'_>,
    moment: (MarketId, Timestamp),
    towards: Towards,
) -> Option<Vec<Level>> {
    let size = read_size(row, shares_column)?;
    if row.raw(price_column).is_none() {
        if size.is_some_and(|size| !size.is_zero()) {
            let message = format!("shares without a price: {} is empty", price_column.name());
            row.report(row.diagnostic(price_column, "contradiction", message));
            return None;
        }
        return Some(Vec::new());
    }
    let given = price(row, price_column).optional()?;
    let price = context.on_grid(row, price_column, moment, given, towards)?;
    Some(level(price, size, context))
}

/// The size given, if any; the outer `None` means that it is wrong, which is reported.
fn read_size(row: Row<'_>, column: Column) -> Option<Option<Shares>> {
    let size = shares(row, column).optional();
    if size.is_none() && row.raw(column).is_some() {
        None
    } else {
        Some(size)
    }
}

/// A level, or nothing if its size is given as zero.
fn level(
    price: quorate_domain::Price,
    size: Option<Shares>,
    context: &mut Context<'_>,
) -> Vec<Level> {
    if size.is_none() {
        context.assumptions.sizes_assumed += 1;
    }
    let shares = size.unwrap_or(context.options.assumed_shares);
    if shares.is_zero() {
        Vec::new()
    } else {
        vec![Level { price, shares }]
    }
}

/// A quote around a midpoint, half a spread to each side and from there outwards to the tick.
fn read_mid(
    row: Row<'_>,
    columns: &Columns,
    context: &mut Context<'_>,
    (market, at): (MarketId, Timestamp),
) -> Option<Halves> {
    let inside = |mid: &f64| 0.0 < *mid && *mid < 1.0;
    let mid = row
        .probability(columns.mid)
        .ensure(inside, "is not between 0 and 1, both excluded");
    let bid_size = read_size(row, columns.bid_shares)?;
    let ask_size = read_size(row, columns.ask_shares)?;
    let Some(mid) = mid.optional() else {
        return if row.raw(columns.mid).is_none() {
            Some((Vec::new(), Vec::new()))
        } else {
            None
        };
    };
    context.assumptions.quotes_from_mid += 1;
    let tick = context.known.tick_at(market, at);
    // Never less than a tick: nobody trades at a midpoint.
    let half_micros = context.options.mid_half_spread_micros.max(tick.micros());
    let half = f64::from(half_micros) * 1e-6;
    let bid = Probability::new(mid - half)
        .ok()
        .and_then(|value| value.bid_price(tick));
    let ask = Probability::new(mid + half)
        .ok()
        .and_then(|value| value.ask_price(tick));
    let bids = bid.map_or_else(Vec::new, |price| level(price, bid_size, context));
    let asks = ask.map_or_else(Vec::new, |price| level(price, ask_size, context));
    Some((bids, asks))
}
