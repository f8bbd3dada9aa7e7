//! `books.csv`: whole books and single changed levels, gaps in the recording, and the end of trading.

use std::collections::{BTreeMap, BTreeSet};

use quorate_domain::{
    BookSide, Input, Level, MarketEvent, MarketId, MarketInput, Price, Shares, Timestamp,
};

use super::TapeRecord;
use super::known::Known;
use super::rows::{RowOrder, duplicate, price, report_off_tick, shares};
use crate::input::{Column, CsvTable, Diagnostics, Row};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Snapshot,
    Level,
    Gap,
    Closed,
}

const KINDS: [(&str, Kind); 4] = [
    ("snapshot", Kind::Snapshot),
    ("level", Kind::Level),
    ("gap", Kind::Gap),
    ("closed", Kind::Closed),
];

/// What makes two single-row events of one moment the same.
type RowKey = (MarketId, Kind, Option<(BookSide, Price, Shares)>);

struct Columns {
    at: Column,
    market: Column,
    event: Column,
    side: Column,
    price: Column,
    shares: Column,
}

/// A snapshot whose rows are still coming.
struct Building {
    at: Timestamp,
    market: MarketId,
    /// Sizes by price, with their lines.
    bids: BTreeMap<Price, (Shares, usize)>,
    asks: BTreeMap<Price, (Shares, usize)>,
}

/// Reads the table. `quoted` are the markets that already have a book from quotes.
pub(super) fn read(
    mut table: CsvTable,
    known: &Known,
    mut quoted: BTreeSet<MarketId>,
    records: &mut Vec<TapeRecord>,
) -> Result<(), Diagnostics> {
    let columns = columns_of(&mut table);
    let mut order: RowOrder<RowKey> = RowOrder::new();
    let mut building: Option<Building> = None;
    while let Some(row) = table.next_row() {
        let time = order.time(row, columns.at);
        let id = known.market(row, columns.market);
        let kind = row.choice(columns.event, &KINDS).required();
        let (Some(time), Some(id), Some(kind)) = (time, id, kind) else {
            continue;
        };
        if quoted.remove(&id) {
            let message = "the market has rows in quotes.csv as well";
            let hint = "a book comes from quotes.csv or from books.csv, not from both";
            row.report(
                row.diagnostic(columns.market, "two-sources", message)
                    .with_hint(hint),
            );
        }
        let same = |open: &Building| (open.at, open.market) == (time, id) && kind == Kind::Snapshot;
        if !building.as_ref().is_some_and(same) {
            records.extend(building.take().map(Building::record));
        }
        let Some(level) = read_level(row, &columns, known, (id, time), kind) else {
            continue;
        };
        if kind == Kind::Snapshot {
            let open = building.get_or_insert_with(|| Building::new(time, id));
            open.add(row, &columns, level);
        } else if order.is_new(
            row,
            columns.event,
            (id, kind, level.map(|(s, l)| (s, l.price, l.shares))),
        ) {
            let event = single_event(kind, level);
            records.extend(event.map(|event| record(time, id, event)));
        }
    }
    records.extend(building.map(Building::record));
    table.finish()
}

fn columns_of(table: &mut CsvTable) -> Columns {
    let [at, market, event, side, price, shares] =
        ["at", "market", "event", "side", "price", "shares"]
            .map(|name| table.required_column(name));
    Columns {
        at,
        market,
        event,
        side,
        price,
        shares,
    }
}

fn record(at: Timestamp, market: MarketId, event: MarketEvent) -> TapeRecord {
    TapeRecord {
        at,
        input: Input::Market(MarketInput { market, event }),
    }
}

fn single_event(kind: Kind, level: Option<(BookSide, Level)>) -> Option<MarketEvent> {
    match (kind, level) {
        (Kind::Gap, _) => Some(MarketEvent::Gap),
        (Kind::Closed, _) => Some(MarketEvent::Closed),
        (_, Some((side, level))) => Some(MarketEvent::Level { side, level }),
        (_, None) => None,
    }
}

/// The level of a row. `Some(None)` is a row that rightly has none: a gap, a close, or a snapshot of an empty book.
/// `None` means that something is wrong, which is reported.
fn read_level(
    row: Row<'_>,
    columns: &Columns,
    known: &Known,
    (market, at): (MarketId, Timestamp),
    kind: Kind,
) -> Option<Option<(BookSide, Level)>> {
    if !known.is_before_resolution(row, columns.at, market, at) {
        return None;
    }
    let cells = [columns.side, columns.price, columns.shares];
    let empty = cells.iter().all(|column| row.raw(*column).is_none());
    let bare = matches!(kind, Kind::Gap | Kind::Closed);
    if empty && (bare || kind == Kind::Snapshot) {
        return Some(None);
    }
    if bare {
        let message = "a gap or a close has no side, price or shares";
        row.report(row.diagnostic(columns.event, "contradiction", message));
        return None;
    }
    let side = row
        .choice(
            columns.side,
            &[("bid", BookSide::Bid), ("ask", BookSide::Ask)],
        )
        .required();
    let price = price(row, columns.price).required();
    let shares = shares(row, columns.shares).required();
    let (side, price, shares) = (side?, price?, shares?);
    let tick = known.tick_at(market, at);
    if !tick.holds(price) {
        report_off_tick(row, columns.price, price, tick);
        return None;
    }
    Some(Some((side, Level { price, shares })))
}

impl Building {
    fn new(at: Timestamp, market: MarketId) -> Self {
        Self {
            at,
            market,
            bids: BTreeMap::new(),
            asks: BTreeMap::new(),
        }
    }

    /// Adds a row; a price given twice on one side or a crossed book is reported.
    fn add(&mut self, row: Row<'_>, columns: &Columns, level: Option<(BookSide, Level)>) {
        let Some((side, level)) = level else { return };
        let half = match side {
            BookSide::Bid => &mut self.bids,
            BookSide::Ask => &mut self.asks,
        };
        if let Some((_, line)) = half.insert(level.price, (level.shares, row.line())) {
            row.report(duplicate(row, columns.price, line));
            return;
        }
        let (bid, ask) = (self.bids.last_key_value(), self.asks.first_key_value());
        let Some(((bid, _), (ask, _))) = bid.zip(ask) else {
            return;
        };
        let touching = if side == BookSide::Bid { bid } else { ask };
        if bid >= ask && *touching == level.price {
            let message = format!("crossed book: bid {bid} is not below ask {ask}");
            row.report(row.diagnostic(columns.price, "crossed-quote", message));
        }
    }

    /// Best prices first.
    fn record(self) -> TapeRecord {
        let level = |(price, (shares, _)): (Price, (Shares, usize))| Level { price, shares };
        let bids = self
            .bids
            .into_iter()
            .rev()
            .map(level)
            .filter(|level| !level.shares.is_zero());
        let asks = self
            .asks
            .into_iter()
            .map(level)
            .filter(|level| !level.shares.is_zero());
        let event = MarketEvent::Snapshot {
            bids: bids.collect(),
            asks: asks.collect(),
        };
        record(self.at, self.market, event)
    }
}
