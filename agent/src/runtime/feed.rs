//! Where market data, inferences of recorded workers and outcomes come from: a stream in order of time that can be
//! taken up again at any place.

use std::sync::Arc;

use quorate_backtest::tape::Tape;
use quorate_domain::{Input, Timestamp};

/// A stream of news that can be read again from any place.
pub trait Feed {
    /// When the next piece of news comes; `None` at the end.
    fn next_at(&self) -> Option<Timestamp>;
    /// The next piece of news.
    fn take(&mut self) -> Option<(Timestamp, Input)>;
    /// Pieces taken so far.
    fn position(&self) -> u64;
    /// Goes to a place: as if so many pieces had been taken.
    fn seek(&mut self, position: u64);
}

/// A tape with its listings at the front.
#[derive(Clone, Debug)]
pub struct TapeFeed {
    tape: Arc<Tape>,
    listings: Arc<[(Timestamp, Input)]>,
    position: u64,
}

impl TapeFeed {
    /// The tape from its beginning; an empty one has nothing to say.
    #[must_use]
    pub fn new(tape: Arc<Tape>) -> Self {
        let start = tape.span().map_or_else(Timestamp::default, |span| span.0);
        let listings: Vec<_> = tape
            .listings()
            .map(|listing| (start, Input::Listed(listing)))
            .collect();
        Self {
            tape,
            listings: listings.into(),
            position: 0,
        }
    }

    /// The tape.
    #[must_use]
    pub fn tape(&self) -> &Tape {
        &self.tape
    }

    /// Number of listings at the front: after them money may come in.
    #[must_use]
    pub fn listings(&self) -> u64 {
        self.listings.len() as u64
    }

    /// Pieces of news in all.
    #[must_use]
    pub fn len(&self) -> u64 {
        (self.listings.len() + self.tape.records.len()) as u64
    }

    /// Whether there is nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the next piece stands: among the listings or among the records.
    fn place(&self) -> (usize, Option<usize>) {
        let place = usize::try_from(self.position).unwrap_or(usize::MAX);
        (place, place.checked_sub(self.listings.len()))
    }
}

impl Feed for TapeFeed {
    fn next_at(&self) -> Option<Timestamp> {
        match self.place() {
            (place, None) => self.listings.get(place).map(|(at, _)| *at),
            (_, Some(record)) => self.tape.records.get(record).map(|record| record.at),
        }
    }

    fn take(&mut self) -> Option<(Timestamp, Input)> {
        let taken = match self.place() {
            (place, None) => self.listings.get(place).cloned(),
            (_, Some(record)) => {
                let record = self.tape.records.get(record);
                record.map(|record| (record.at, record.input.clone()))
            }
        };
        self.position += u64::from(taken.is_some());
        taken
    }

    fn position(&self) -> u64 {
        self.position
    }

    fn seek(&mut self, position: u64) {
        self.position = position.min(self.len());
    }
}
