//! How far a recording can be trusted: books are rebuilt message by message and compared with the best prices that the
//! venue stated beside every change.

mod book;
mod render;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

pub use render::render;

pub(super) use self::book::TokenBook;
use super::decode::{Packed, PackedKind};
use super::import::Excluded;
use super::manifest::{AbsentHours, Manifest};
use super::names::Names;
use super::reader::{Columns, HourReader, hours};
use super::schema::HourKey;
use crate::input::Diagnostic;

/// Counts of one market in one hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HourScore {
    /// Hour of UTC, `YYYY-MM-DDTHH`.
    pub hour: String,
    /// Hours since 1970.
    pub hour_number: u64,
    /// Condition id.
    pub market: String,
    /// Rows.
    pub rows: u64,
    /// Whole books.
    pub books: u64,
    /// Changes whose message stated best prices, on a sound book.
    pub compared: u64,
    /// Those whose stated best prices were those of the rebuilt book after the whole message.
    pub equal: u64,
    /// Messages after which the best bid met or exceeded the best ask.
    pub crossed: u64,
    /// Rows whose venue time is older than the newest of their token.
    pub time_backwards: u64,
    /// Greatest such step, milliseconds.
    pub time_backwards_ms_max: u64,
    /// Changes before the first whole book, or after a gap.
    pub before_book: u64,
    /// Marks of lost continuity.
    pub gaps: u64,
}

impl HourScore {
    /// Share of compared changes that were equal; `None` if none was compared.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share for a person and a threshold"
    )]
    pub fn score(&self) -> Option<f64> {
        (self.compared > 0).then(|| self.equal as f64 / self.compared as f64)
    }

    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.books += other.books;
        self.compared += other.compared;
        self.equal += other.equal;
        self.crossed += other.crossed;
        self.time_backwards += other.time_backwards;
        self.time_backwards_ms_max = self.time_backwards_ms_max.max(other.time_backwards_ms_max);
        self.before_book += other.before_book;
        self.gaps += other.gaps;
    }
}

/// The report on an archive.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Integrity {
    /// By hour and market.
    pub hours: Vec<HourScore>,
    /// Hours between the first and the last of which there is no file.
    pub hours_missing: Vec<String>,
    /// Files that could not be read.
    pub damaged: Vec<Diagnostic>,
    /// What was left out while reading, by reason.
    pub excluded: Excluded,
    /// Token ids seen, sorted.
    #[serde(skip)]
    pub tokens: Vec<String>,
}

impl Integrity {
    /// All hours and markets together.
    #[must_use]
    pub fn total(&self) -> HourScore {
        let mut total = HourScore::default();
        for hour in &self.hours {
            total.add(hour);
        }
        total
    }

    /// Hours and markets whose score lies below a threshold from 0 to 1.
    pub fn below(&self, threshold: f64) -> impl Iterator<Item = &HourScore> {
        self.hours
            .iter()
            .filter(move |hour| hour.score().is_some_and(|score| score < threshold))
    }
}

/// Checks every file of an archive.
///
/// # Errors
/// A column is of another type than expected. Damaged files are part of the report.
pub fn check(archive: &Path, manifest: &Manifest) -> Result<Integrity, Diagnostic> {
    let mut report = Integrity::default();
    let mut names = Names::default();
    let mut state = State::default();
    let mut last: Option<HourKey> = None;
    for (hour, files) in hours(archive, manifest) {
        let missing = last.map_or(hour.0, |last| last.0 + 1)..hour.0;
        let missing = match manifest.absent_hours {
            AbsentHours::Missing => missing,
            AbsentHours::Quiet => hour.0..hour.0,
        };
        if !missing.is_empty() {
            state.books.clear();
        }
        report
            .hours_missing
            .extend(missing.map(|hour| HourKey(hour).to_string()));
        last = Some(hour);
        for path in &files {
            let checked = check_file(path, &mut names, &mut state, &mut report.excluded);
            match checked {
                Err(error) if error.code == "damaged-file" => report.damaged.push(error),
                other => other?,
            }
        }
        for (market, mut score) in std::mem::take(&mut state.scores) {
            score.hour = hour.to_string();
            score.hour_number = hour.0;
            score.market = names
                .markets()
                .get(market as usize)
                .map(ToString::to_string)
                .unwrap_or_default();
            report.hours.push(score);
        }
    }
    let tokens: BTreeSet<String> = names
        .assets()
        .iter()
        .map(|(id, _)| id.to_string())
        .collect();
    report.tokens = tokens.into_iter().collect();
    Ok(report)
}

#[derive(Default)]
struct State {
    books: BTreeMap<u32, TokenBook>,
    scores: BTreeMap<u32, HourScore>,
}

fn check_file(
    path: &Path,
    names: &mut Names,
    state: &mut State,
    excluded: &mut Excluded,
) -> Result<(), Diagnostic> {
    let mut reader = HourReader::open(path, Columns::Checked)?;
    // The message under way: rows of one token that are one message.
    let mut message: Option<Message> = None;
    while let Some(batch) = reader.next_batch(names, excluded)? {
        for row in &batch.rows {
            if message.as_ref().is_some_and(|open| !open.holds(row))
                && let Some(done) = message.take()
            {
                done.close(state);
            }
            let open = message.get_or_insert_with(|| Message::new(row));
            let score = state.scores.entry(row.market).or_default();
            let book = state.books.entry(row.asset).or_default();
            score.rows += 1;
            if row.after_gap || row.kind == PackedKind::Gap {
                score.gaps += 1;
                book.break_continuity();
            }
            if let Some(behind) = book.note_time(row.event_ns) {
                score.time_backwards += 1;
                score.time_backwards_ms_max = score.time_backwards_ms_max.max(behind / 1_000_000);
            }
            match row.kind {
                PackedKind::Book => {
                    let (bids, asks) = batch.book(row);
                    book.replace(bids, asks);
                    score.books += 1;
                }
                PackedKind::Change if !book.is_sound() => score.before_book += 1,
                PackedKind::Change => {
                    book.set(row.side, row.price_micros, row.size_micros);
                    open.changes += 1;
                    open.stated = (row.best_bid, row.best_ask);
                }
                PackedKind::TickSize => book.break_continuity(),
                PackedKind::Trade | PackedKind::Gap | PackedKind::Closed => {}
            }
        }
    }
    if let Some(done) = message {
        done.close(state);
    }
    Ok(())
}

/// One message about one token.
struct Message {
    first: Packed,
    changes: u64,
    stated: (u32, u32),
}

impl Message {
    fn new(row: &Packed) -> Self {
        let absent = super::decode::ABSENT;
        Self {
            first: *row,
            changes: 0,
            stated: (absent, absent),
        }
    }

    fn holds(&self, row: &Packed) -> bool {
        let key = |row: &Packed| {
            (
                row.asset,
                row.received_ns,
                row.event_ns,
                row.connection,
                row.seq,
            )
        };
        key(&self.first) == key(row)
    }

    /// Judges the book after the whole message.
    fn close(self, state: &mut State) {
        let Some(book) = state
            .books
            .get(&self.first.asset)
            .filter(|book| book.is_sound())
        else {
            return;
        };
        let score = state.scores.entry(self.first.market).or_default();
        score.crossed += u64::from(book.is_crossed());
        let absent = super::decode::ABSENT;
        if self.changes > 0 && self.stated != (absent, absent) {
            score.compared += self.changes;
            if book.agrees(self.stated) {
                score.equal += self.changes;
            }
        }
    }
}
