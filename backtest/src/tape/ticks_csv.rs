//! `ticks.csv`: changes of a market's price grid. The book is empty from then on until its next snapshot.

use quorate_domain::{Input, MarketEvent, MarketInput};

use super::TapeRecord;
use super::known::Known;
use super::markets_csv::tick_size;
use super::rows::RowOrder;
use crate::input::{CsvTable, Diagnostics};

pub(super) fn read(
    mut table: CsvTable,
    known: &mut Known,
    records: &mut Vec<TapeRecord>,
) -> Result<(), Diagnostics> {
    let [at, market, tick] = ["at", "market", "tick"].map(|name| table.required_column(name));
    let mut order = RowOrder::new();
    while let Some(row) = table.next_row() {
        let time = order.time(row, at);
        let id = known.market(row, market);
        let size = tick_size(row, tick).required();
        let (Some(time), Some(id), Some(size)) = (time, id, size) else {
            continue;
        };
        if order.is_new(row, market, id) && known.is_before_resolution(row, at, id, time) {
            known.change_tick(id, time, size);
            let event = MarketEvent::TickSize(size);
            records.push(TapeRecord {
                at: time,
                input: Input::Market(MarketInput { market: id, event }),
            });
        }
    }
    table.finish()
}
