//! `trades.csv`: what others traded.

use quorate_domain::{Input, MarketEvent, MarketInput, PublicTrade, Side};

use super::TapeRecord;
use super::rows::{Context, RowOrder, Towards, price, shares};
use crate::input::{CsvTable, Diagnostics};

pub(super) fn read(
    mut table: CsvTable,
    context: &mut Context<'_>,
    records: &mut Vec<TapeRecord>,
) -> Result<(), Diagnostics> {
    let [at, market, side, price_column, size] =
        ["at", "market", "side", "price", "shares"].map(|name| table.required_column(name));
    let mut order = RowOrder::new();
    while let Some(row) = table.next_row() {
        let time = order.time(row, at);
        let id = context.known.market(row, market);
        let taker = row
            .choice(side, &[("buy", Side::Buy), ("sell", Side::Sell)])
            .required();
        let traded = price(row, price_column).required();
        let size = shares(row, size)
            .ensure(|size| !size.is_zero(), "is not above 0")
            .required();
        let (Some(time), Some(id), Some(taker)) = (time, id, taker) else {
            continue;
        };
        let (Some(traded), Some(size)) = (traded, size) else {
            continue;
        };
        // A trade is moved to where it fills fewer resting orders of ours.
        let towards = match taker {
            Side::Buy => Towards::Lower,
            Side::Sell => Towards::Higher,
        };
        let Some(price) = context.on_grid(row, price_column, (id, time), traded, towards) else {
            continue;
        };
        if order.is_new(row, at, (id, taker, traded, size))
            && context.known.is_before_resolution(row, at, id, time)
        {
            let event = MarketEvent::Trade(PublicTrade {
                taker,
                price,
                shares: size,
            });
            records.push(TapeRecord {
                at: time,
                input: Input::Market(MarketInput { market: id, event }),
            });
        }
    }
    table.finish()
}
