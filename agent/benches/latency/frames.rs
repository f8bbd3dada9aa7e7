//! The tape's news as frames of the venue: every change on both tokens, with the best prices after it.

use std::collections::BTreeMap;

use quorate_backtest::tape::Tape;
use quorate_domain::{
    Book, BookSide, Level, Market, MarketEvent, MarketId, Outcome, PublicTrade, Side, Timestamp,
};
use quorate_polymarket::ws::Pair;

/// Asset id of an outcome: as long as real ones.
pub(crate) fn asset(market: MarketId, outcome: Outcome) -> String {
    let last = u32::from(outcome == Outcome::No);
    format!(
        "4593637592279392591960509235292270778968980189541736660053944241077{:09}{last}",
        market.0
    )
}

/// What the connector has to know of a market.
pub(crate) fn pair(market: &Market) -> Pair {
    Pair {
        market: market.id,
        condition: condition(market.id),
        yes: asset(market.id, Outcome::Yes),
        no: asset(market.id, Outcome::No),
        tick: market.tick,
    }
}

fn condition(market: MarketId) -> String {
    format!("0x{:064x}", market.0)
}

/// Writes frames and keeps the books that they make.
pub(crate) struct Writer {
    books: BTreeMap<MarketId, Book>,
    written: u64,
}

impl Writer {
    pub(crate) fn new(tape: &Tape) -> Self {
        let books = tape
            .markets
            .iter()
            .map(|market| (market.market.id, Book::new(market.market.tick)));
        Self {
            books: books.collect(),
            written: 0,
        }
    }

    /// The frame of one piece of news; `None` for news that does not come over the socket.
    pub(crate) fn frame(
        &mut self,
        at: Timestamp,
        market: MarketId,
        event: &MarketEvent,
    ) -> Option<String> {
        self.written += 1;
        let book = self.books.get_mut(&market)?;
        let head = format!(
            r#""market":"{}","timestamp":"{}""#,
            condition(market),
            at.nanos() / 1_000_000
        );
        let yes = asset(market, Outcome::Yes);
        Some(match event {
            MarketEvent::Snapshot { bids, asks } => {
                book.replace(bids, asks, at).ok()?;
                let (bids, asks) = (levels(bids), levels(asks));
                format!(
                    r#"{{{head},"asset_id":"{yes}","hash":"{:040x}","bids":[{bids}],"asks":[{asks}],"event_type":"book"}}"#,
                    self.written
                )
            }
            MarketEvent::Level { side, level } => {
                book.set(*side, *level, at).ok()?;
                let changes = changes(market, book, (*side, *level), self.written);
                format!(r#"{{{head},"price_changes":[{changes}],"event_type":"price_change"}}"#)
            }
            MarketEvent::Trade(trade) => trade_frame(&head, &yes, trade, self.written),
            MarketEvent::TickSize(tick) => {
                let old = decimal(u64::from(book.tick().micros()));
                book.change_tick(*tick);
                format!(
                    r#"{{{head},"asset_id":"{yes}","old_tick_size":"{old}","new_tick_size":"{}","event_type":"tick_size_change"}}"#,
                    decimal(u64::from(tick.micros()))
                )
            }
            _ => return None,
        })
    }
}

fn changes(market: MarketId, book: &Book, (side, level): (BookSide, Level), number: u64) -> String {
    let micros = u64::from(level.price.micros());
    let best = |side, empty| {
        let best = book.best(side);
        best.map_or(empty, |level| u64::from(level.price.micros()))
    };
    let (bid, ask) = (best(BookSide::Bid, 0), best(BookSide::Ask, 1_000_000));
    let (word, mirrored) = match side {
        BookSide::Bid => ("BUY", "SELL"),
        BookSide::Ask => ("SELL", "BUY"),
    };
    let change = |outcome, price, word, (bid, ask), number: u64| {
        format!(
            r#"{{"asset_id":"{}","price":"{}","size":"{}","side":"{word}","hash":"{number:040x}","best_bid":"{}","best_ask":"{}"}}"#,
            asset(market, outcome),
            decimal(price),
            decimal(level.shares.micros()),
            decimal(bid),
            decimal(ask)
        )
    };
    let yes = change(Outcome::Yes, micros, word, (bid, ask), 2 * number);
    let mirror = (1_000_000 - ask, 1_000_000 - bid);
    let no = change(
        Outcome::No,
        1_000_000 - micros,
        mirrored,
        mirror,
        2 * number + 1,
    );
    format!("{yes},{no}")
}

fn trade_frame(head: &str, asset: &str, trade: &PublicTrade, number: u64) -> String {
    let side = match trade.taker {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    };
    format!(
        r#"{{{head},"asset_id":"{asset}","price":"{}","size":"{}","side":"{side}","fee_rate_bps":"0","transaction_hash":"0x{number:064x}","event_type":"last_trade_price"}}"#,
        decimal(u64::from(trade.price.micros())),
        decimal(trade.shares.micros())
    )
}

fn levels(levels: &[Level]) -> String {
    let texts = levels.iter().map(|level| {
        let price = decimal(u64::from(level.price.micros()));
        let size = decimal(level.shares.micros());
        format!(r#"{{"price":"{price}","size":"{size}"}}"#)
    });
    texts.collect::<Vec<_>>().join(",")
}

/// Millionths as the venue writes them: no zeros at the end.
fn decimal(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
