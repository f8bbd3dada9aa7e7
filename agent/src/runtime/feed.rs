//! Where market data, inferences of recorded workers and outcomes come from: a recording that can be taken up again at
//! any place, or connectors that tell what happens now.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;

use quorate_backtest::tape::Tape;
use quorate_domain::{Input, Timestamp};
use tokio::sync::mpsc;

use crate::journal::Note;

/// A stream of news.
pub trait Feed {
    /// When the next piece of news comes; `None` at the end, or while there is none yet.
    fn next_at(&self) -> Option<Timestamp>;
    /// Whether nothing will ever come any more.
    fn is_over(&self) -> bool {
        self.next_at().is_none()
    }
    /// Takes note of what has arrived. A recording has everything already.
    fn look(&mut self) {}
    /// Ends once a piece has arrived that was not there before. It may be dropped at any time; nothing is lost.
    fn arrived(&mut self) -> impl Future<Output = ()> {
        std::future::pending()
    }
    /// What the journal is to say before the piece that was taken last.
    fn take_remark(&mut self) -> Option<Note> {
        None
    }
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

/// One piece of news of a live feed.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    at: Timestamp,
    input: Input,
    remark: Option<Note>,
}

/// Where connectors tell what happens. Waiting for room is part of the bound: nothing is dropped, and a connector that
/// is held up this way is told by its venue that it is slow.
#[derive(Clone, Debug)]
pub struct FeedLine(mpsc::Sender<Piece>);

impl FeedLine {
    /// Tells the loop. `at` is when it was heard, by the clock of the instance. Whether the loop is still there.
    pub async fn tell(&self, at: Timestamp, input: Input) -> bool {
        self.send(at, input, None).await
    }

    /// [`FeedLine::tell`], with something for the journal to say first.
    pub async fn tell_with(&self, at: Timestamp, input: Input, remark: Note) -> bool {
        self.send(at, input, Some(remark)).await
    }

    async fn send(&self, at: Timestamp, input: Input, remark: Option<Note>) -> bool {
        let piece = Piece { at, input, remark };
        self.0.send(piece).await.is_ok()
    }
}

/// What connectors tell, in the order in which they tell it. It never ends by itself: who runs it ends it.
#[derive(Debug)]
pub struct LiveFeed {
    line: mpsc::Receiver<Piece>,
    ahead: VecDeque<Piece>,
    remark: Option<Note>,
    position: u64,
}

/// Both ends of a live feed that holds at most `bound` pieces.
#[must_use]
pub fn live_feed(bound: usize) -> (FeedLine, LiveFeed) {
    let (sender, line) = mpsc::channel(bound.max(1));
    let feed = LiveFeed {
        line,
        ahead: VecDeque::new(),
        remark: None,
        position: 0,
    };
    (FeedLine(sender), feed)
}

impl Feed for LiveFeed {
    fn next_at(&self) -> Option<Timestamp> {
        self.ahead.front().map(|piece| piece.at)
    }

    fn is_over(&self) -> bool {
        false
    }

    fn look(&mut self) {
        if self.ahead.is_empty() {
            self.ahead.extend(self.line.try_recv().ok());
        }
    }

    async fn arrived(&mut self) {
        match self.line.recv().await {
            Some(piece) => self.ahead.push_back(piece),
            // Every connector is gone; whoever supervises them says so.
            None => std::future::pending().await,
        }
    }

    fn take_remark(&mut self) -> Option<Note> {
        self.remark.take()
    }

    fn take(&mut self) -> Option<(Timestamp, Input)> {
        self.look();
        let piece = self.ahead.pop_front()?;
        self.position += 1;
        self.remark = piece.remark;
        Some((piece.at, piece.input))
    }

    fn position(&self) -> u64 {
        self.position
    }

    /// What was told to an earlier process is gone; only the count goes on.
    fn seek(&mut self, position: u64) {
        self.position = position;
    }
}
