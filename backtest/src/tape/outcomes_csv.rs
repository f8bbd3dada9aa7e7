//! `outcomes.csv`: how the questions were decided.

use std::collections::BTreeMap;

use quorate_domain::{GroupId, Input, MarketId, Payout, Resolution, Timestamp};

use super::known::Known;
use super::{Tape, TapeRecord};
use crate::input::{Column, CsvTable, Diagnostics, Refusal, Related, Row, format_rfc3339};

pub(super) fn read(
    mut table: CsvTable,
    tape: &Tape,
    known: &mut Known,
    records: &mut Vec<TapeRecord>,
) -> Result<(), Diagnostics> {
    let [market, at, payout] =
        ["market", "resolved_at", "payout"].map(|name| table.required_column(name));
    let mut lines: BTreeMap<MarketId, usize> = BTreeMap::new();
    let mut winners: BTreeMap<GroupId, usize> = BTreeMap::new();
    while let Some(row) = table.next_row() {
        let id = known.market(row, market);
        let time = row.time(at).required().map(Timestamp::from_nanos);
        let paid = row.price(payout).and_then(to_payout).required();
        let Some(id) = id else { continue };
        if let Some(line) = lines.insert(id, row.line()) {
            report_repeated(row, market, line, "the market is resolved twice");
            continue;
        }
        let (Some(time), Some(paid)) = (time, paid) else {
            continue;
        };
        let listed = &tape.markets[id.0 as usize].market;
        check_time(row, at, time, listed.opens_at, listed.closes_at);
        if let Some(group) = listed.group.filter(|_| paid == Payout::YES)
            && let Some(line) = winners.insert(group, row.line())
        {
            report_repeated(row, payout, line, "two markets of one group pay in full");
        }
        known.resolve(id, time);
        let input = Input::Resolved(Resolution {
            market: id,
            payout: paid,
        });
        records.push(TapeRecord { at: time, input });
    }
    // By time; the order of the file decides among equals.
    records.sort_by_key(|record| record.at);
    table.finish()
}

fn to_payout(micros: i64) -> Result<Payout, Refusal> {
    let payout = u32::try_from(micros)
        .ok()
        .and_then(|micros| Payout::from_micros(micros).ok());
    payout.ok_or_else(|| Refusal::outside(0, 1))
}

/// A market that is decided before it closes would let a replay trade on a known result, or hide that it could not.
fn check_time(
    row: Row<'_>,
    column: Column,
    at: Timestamp,
    opens: Option<Timestamp>,
    closes: Option<Timestamp>,
) {
    let Some(bound) = closes.or(opens).filter(|bound| at < *bound) else {
        return;
    };
    let what = if closes.is_some() { "closes" } else { "opens" };
    let message = format!(
        "resolved before the market {what}, at {}",
        format_rfc3339(bound.nanos())
    );
    let diagnostic = row.diagnostic(column, "early-outcome", message);
    row.report(diagnostic.with_hint("set closes_at to the last moment of trading"));
}

fn report_repeated(row: Row<'_>, column: Column, line: usize, message: &str) {
    let first = Related {
        note: "first here".to_owned(),
        file: row.file().to_owned(),
        line,
        column: 1,
    };
    row.report(
        row.diagnostic(column, "duplicate-outcome", message)
            .with_related(first),
    );
}
