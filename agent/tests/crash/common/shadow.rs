//! Books as the tape has them, beside whatever an instance was told: what a fetched snapshot says after a gap, and where a
//! cut of a tape begins.

use std::collections::BTreeMap;

use quorate_backtest::tape::{Tape, TapeRecord};
use quorate_domain::{
    BookSide, Input, Level, MarketEvent, MarketId, MarketInput, Price, Shares, Timestamp,
};

type Half = BTreeMap<Price, Shares>;

/// Every book.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shadow {
    books: BTreeMap<MarketId, (Half, Half)>,
}

impl Shadow {
    /// Takes up one piece of news.
    pub(crate) fn see(&mut self, news: &MarketInput) {
        let (bids, asks) = self.books.entry(news.market).or_default();
        match &news.event {
            MarketEvent::Snapshot { bids: b, asks: a } => {
                *bids = b.iter().map(|level| (level.price, level.shares)).collect();
                *asks = a.iter().map(|level| (level.price, level.shares)).collect();
            }
            MarketEvent::Level { side, level } => {
                let half = if *side == BookSide::Bid { bids } else { asks };
                if level.shares == Shares::ZERO {
                    half.remove(&level.price);
                } else {
                    half.insert(level.price, level.shares);
                }
            }
            MarketEvent::TickSize(_) | MarketEvent::Closed => {
                bids.clear();
                asks.clear();
            }
            _ => {}
        }
    }

    /// The whole book of a market.
    pub(crate) fn snapshot(&self, market: MarketId) -> MarketEvent {
        let (bids, asks) = self.books.get(&market).cloned().unwrap_or_default();
        let levels = |half: Half| {
            let levels = half
                .into_iter()
                .map(|(price, shares)| Level { price, shares });
            levels.collect::<Vec<_>>()
        };
        let bids = levels(bids).into_iter().rev().collect();
        MarketEvent::Snapshot {
            bids,
            asks: levels(asks),
        }
    }

    fn markets(&self) -> impl Iterator<Item = MarketId> + '_ {
        self.books.keys().copied()
    }
}

/// What happened between two moments, beginning with the books as they stood at the first.
pub(crate) fn window(tape: &Tape, from: Timestamp, to: Timestamp) -> Tape {
    let mut shadow = Shadow::default();
    for record in tape.records.iter().filter(|record| record.at < from) {
        if let Input::Market(news) = &record.input {
            shadow.see(news);
        }
    }
    let begins = shadow.markets().map(|market| TapeRecord {
        at: from,
        input: Input::Market(MarketInput {
            market,
            event: shadow.snapshot(market),
        }),
    });
    let within = tape
        .records
        .iter()
        .filter(|record| from <= record.at && record.at < to);
    Tape {
        records: begins.chain(within.cloned()).collect(),
        ..tape.clone()
    }
}
