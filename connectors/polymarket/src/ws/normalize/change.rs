//! Price changes into levels: read, written to the shadow book, and compared with the best prices that they name.

use quorate_domain::{BookSide, Level, MarketEvent, MarketId, Outcome, Shares, Side};

use super::super::directory::Directory;
use super::super::frame::price_change::{Fields, read};
use super::super::frame::{Message, side_of};
use super::super::integrity::Shadow;
use super::super::number::{micros, millis};
use super::{AnomalyKind, Normalizer, Output, fingerprint, half, in_range};

/// One change with all its text read, so that it outlives the frame and its memory is used again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// `None` when the asset is not listed.
    token: Option<(MarketId, Outcome)>,
    /// Direction, price and size in millionths; `None` when one of them is unreadable.
    order: Option<(Side, u64, u64)>,
    /// Fingerprint of the venue's hash; `None` when there is none.
    print: Option<u64>,
    /// The best bid and ask that it names, on its token's scale, in millionths.
    best: (Option<u64>, Option<u64>),
    /// Whether these are the best prices of now.
    counts: bool,
}

impl Change {
    fn new(fields: &Fields<'_>, directory: &Directory) -> Self {
        let (price, shares) = (micros(fields.price), micros(fields.size));
        let order = match (side_of(fields.side), price, shares) {
            (Some(side), Ok(price), Ok(shares)) => Some((side, price, shares)),
            _ => None,
        };
        Self {
            token: directory.find_bytes(fields.asset),
            order,
            print: (!fields.hash.is_empty()).then(|| fingerprint::of(fields.hash)),
            best: (micros(fields.best_bid).ok(), micros(fields.best_ask).ok()),
            counts: false,
        }
    }
}

impl Normalizer {
    /// Takes in a frame of price changes in the venue's own layout; false when it is none and nothing has happened.
    pub(super) fn read_changes(&mut self, frame: &[u8], out: &mut Output) -> bool {
        self.changes.clear();
        let (directory, changes) = (&self.directory, &mut self.changes);
        let timestamp = read(frame, |fields| changes.push(Change::new(fields, directory)));
        let Some(timestamp) = timestamp else {
            return false;
        };
        self.message += 1;
        self.write_changes(millis(timestamp).unwrap_or(0), out);
        true
    }

    /// Takes in a message of price changes in any layout.
    pub(super) fn price_change(&mut self, message: &Message<'_>, out: &mut Output) {
        let changes = message.price_changes.as_deref().unwrap_or_default().iter();
        let directory = &self.directory;
        self.changes.clear();
        self.changes
            .extend(changes.map(|change| Change::new(&change.fields(), directory)));
        let timestamp = message.timestamp.as_str().as_bytes();
        self.write_changes(millis(timestamp).unwrap_or(0), out);
    }

    fn write_changes(&mut self, at_ms: u64, out: &mut Output) {
        for change in &mut self.changes {
            let found = change.token.and_then(|(market, outcome)| {
                let shadow = self.shadows.get_mut(&market)?;
                Some((market, outcome, shadow))
            });
            let Some((market, outcome, shadow)) = found else {
                out.note(AnomalyKind::UnknownAsset, None);
                continue;
            };
            out.touched += 1;
            change.counts = write(change, at_ms, (market, outcome), shadow, out);
        }
        for at in 0..self.changes.len() {
            let change = self.changes[at];
            // Of several changes of one asset only the last names the prices after the whole message.
            let mut later = self.changes[at + 1..].iter().take(16);
            if let Some(token) = change.token
                && change.counts
                && !later.any(|other| other.token == change.token)
            {
                self.compare_best(token, at_ms, change.best, out);
            }
        }
    }
}

/// Writes one change; whether the best prices it names are those of now.
fn write(
    change: &Change,
    at_ms: u64,
    (market, outcome): (MarketId, Outcome),
    shadow: &mut Shadow,
    out: &mut Output,
) -> bool {
    if !shadow.is_sound() {
        out.note(AnomalyKind::BeforeSnapshot, Some(market));
        return false;
    }
    let Some((side, price, shares)) = change.order else {
        shadow.break_continuity();
        out.gap(market, AnomalyKind::Unreadable);
        return false;
    };
    let Some(price) = in_range(price) else {
        out.note(AnomalyKind::OutOfRange, Some(market));
        return true;
    };
    let (side, own) = match outcome {
        Outcome::Yes => (half(side), price),
        Outcome::No => (half(side).opposite(), price.complement()),
    };
    if let Some(print) = change.print {
        // The same change of the same state of the same token: what arrives twice must not undo what came between.
        let kind = (u64::from(outcome == Outcome::Yes) << 1) | u64::from(side == BookSide::Bid);
        let print = fingerprint::with(print, at_ms ^ (kind << 62));
        let print = fingerprint::with(print, u64::from(own.micros()) ^ shares.rotate_left(20));
        if !shadow.changes.is_new(print) {
            out.note(AnomalyKind::Duplicate, Some(market));
            return false;
        }
    }
    let level = Level {
        price: own,
        shares: Shares::from_micros(shares),
    };
    match shadow.set(side, level, at_ms) {
        Some(true) => out.say(market, MarketEvent::Level { side, level }),
        Some(false) => {}
        None => out.gap(market, AnomalyKind::OffTick),
    }
    true
}
