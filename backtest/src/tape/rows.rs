//! Rules that hold for the rows of every table: time never goes back, nothing is said twice, prices lie on the grid.

use std::collections::BTreeMap;

use quorate_domain::{MarketId, Price, Shares, TickSize, Timestamp};

use super::known::Known;
use super::options::{Assumptions, LoadOptions, OffTick};
use crate::input::{Cell, Column, Diagnostic, Refusal, Related, Row};

/// The rows of one table in the order of its file. `K` is what makes two rows of one moment the same.
pub(super) struct RowOrder<K> {
    last: Option<Timestamp>,
    last_line: usize,
    /// Rows of the moment read last, with their lines.
    seen: BTreeMap<K, usize>,
}

impl<K: Ord> RowOrder<K> {
    pub(super) fn new() -> Self {
        Self {
            last: None,
            last_line: 0,
            seen: BTreeMap::new(),
        }
    }

    /// The row's time; a step back is reported.
    pub(super) fn time(&mut self, row: Row<'_>, column: Column) -> Option<Timestamp> {
        let at = Timestamp::from_nanos(row.time(column).required()?);
        if self.last.is_some_and(|last| at < last) {
            let message = format!("{} is earlier than the row before", column.name());
            let diagnostic = row.diagnostic(column, "time-goes-back", message);
            let hint = "sort the rows by time";
            row.report(
                diagnostic
                    .with_related(elsewhere(row, self.last_line, "later time here"))
                    .with_hint(hint),
            );
            return None;
        }
        if self.last != Some(at) {
            self.seen.clear();
        }
        (self.last, self.last_line) = (Some(at), row.line());
        Some(at)
    }

    /// Notes what the row says; a repetition within the moment is reported. True if it is new.
    pub(super) fn is_new(&mut self, row: Row<'_>, column: Column, key: K) -> bool {
        let Some(line) = self.seen.insert(key, row.line()) else {
            return true;
        };
        row.report(duplicate(row, column, line));
        false
    }
}

/// A row that repeats an earlier one.
pub(super) fn duplicate(row: Row<'_>, column: Column, line: usize) -> Diagnostic {
    row.diagnostic(column, "duplicate-row", "the row repeats an earlier one")
        .with_related(elsewhere(row, line, "first given here"))
        .with_hint("remove one of the two rows")
}

fn elsewhere(row: Row<'_>, line: usize, note: &str) -> Related {
    Related {
        note: note.to_owned(),
        file: row.file().to_owned(),
        line,
        column: 1,
    }
}

/// A price strictly between 0 and 1 dollar.
pub(super) fn price(row: Row<'_>, column: Column) -> Cell<'_, Price> {
    row.price(column).and_then(|micros| {
        Price::from_micros(micros)
            .map_err(|_| Refusal::new("out-of-range", "is not between 0 and 1, both excluded"))
    })
}

/// A number of shares.
pub(super) fn shares(row: Row<'_>, column: Column) -> Cell<'_, Shares> {
    row.shares(column)
        .and_then(|micros| Ok(Shares::from_micros(micros)))
}

/// Which way a price is moved to the grid, if it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Towards {
    Lower,
    Higher,
}

/// What the rows of a table are read with.
pub(super) struct Context<'a> {
    pub(super) known: &'a Known,
    pub(super) options: &'a LoadOptions,
    pub(super) assumptions: &'a mut Assumptions,
}

impl Context<'_> {
    /// The price on the grid of its market and moment; off the grid it is moved if the options allow it, else reported.
    pub(super) fn on_grid(
        &mut self,
        row: Row<'_>,
        column: Column,
        (market, at): (MarketId, Timestamp),
        price: Price,
        towards: Towards,
    ) -> Option<Price> {
        let tick = self.known.tick_at(market, at);
        if tick.holds(price) {
            return Some(price);
        }
        let micros = i64::from(price.micros());
        let snapped = match (self.options.off_tick, towards) {
            (OffTick::Refuse, _) => None,
            (OffTick::Snap, Towards::Lower) => tick.floor(micros),
            (OffTick::Snap, Towards::Higher) => tick.ceil(micros),
        };
        match snapped {
            Some(_) => self.assumptions.prices_snapped += 1,
            None => report_off_tick(row, column, price, tick),
        }
        snapped
    }
}

/// Reports a price between two ticks.
pub(super) fn report_off_tick(row: Row<'_>, column: Column, price: Price, tick: TickSize) {
    let message = format!(
        "{} {price} is not a multiple of the tick {tick}",
        column.name()
    );
    let diagnostic = row.diagnostic(column, "off-tick", message);
    row.report(diagnostic.with_hint(
        "correct the tick of the market, or set `off_tick = \"snap\"` for quotes and trades",
    ));
}
