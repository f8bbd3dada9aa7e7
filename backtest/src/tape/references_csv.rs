//! `references.csv`: the prices that topics and their markets are settled by.

use std::io;

use quorate_domain::{Input, ReferencePrice, Timestamp, TopicId};

use super::rows::RowOrder;
use super::topics_csv::priced;
use super::write::{Rows, invalid, row, time};
use super::{Tape, TapeRecord};
use crate::input::{CsvTable, Diagnostics, format_micros};

pub(super) fn read(
    mut table: CsvTable,
    tape: &Tape,
    records: &mut Vec<TapeRecord>,
) -> Result<(), Diagnostics> {
    let [at, topic, price] = ["at", "topic", "price"].map(|name| table.required_column(name));
    let observed = table.optional_column("observed_at");
    let mut order: RowOrder<TopicId> = RowOrder::new();
    while let Some(row) = table.next_row() {
        let time = order.time(row, at);
        let found = priced(tape, row, topic);
        let micros = row
            .micros(price)
            .ensure(|micros| 0 < *micros, "is not above zero");
        let micros = micros.required();
        let (Some(time), Some(found), Some(price_micros)) = (time, found, micros) else {
            continue;
        };
        let observed_at = row.time(observed).optional().map(Timestamp::from_nanos);
        if observed_at.is_some_and(|observed| time < observed) {
            let message = "observed_at is later than at";
            row.report(row.diagnostic(observed, "contradiction", message));
        }
        if order.is_new(row, topic, found.id) {
            let input = Input::Reference(ReferencePrice {
                topic: found.id,
                price_micros,
                observed_at: observed_at.unwrap_or(time),
            });
            records.push(TapeRecord { at: time, input });
        }
    }
    table.finish()
}

/// Whether there is any.
pub(super) fn is_needed(tape: &Tape) -> bool {
    let mut records = tape.records.iter();
    records.any(|record| matches!(record.input, Input::Reference(_)))
}

pub(super) fn write(tape: &Tape, rows: &mut Rows<'_>) -> io::Result<()> {
    row(rows, ["at", "topic", "price", "observed_at"])?;
    for record in &tape.records {
        if let Input::Reference(price) = &record.input {
            let topic = tape.topics.iter().find(|topic| topic.id == price.topic);
            let topic = topic.ok_or_else(|| invalid("a reference price of an unlisted topic"))?;
            let (at, observed) = (time(record.at), time(price.observed_at));
            let dollars = format_micros(price.price_micros);
            row(rows, [&at, &topic.name, &dollars, &observed])?;
        }
    }
    Ok(())
}
