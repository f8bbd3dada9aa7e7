//! From a folder to a checked tape.

use std::collections::BTreeSet;
use std::path::Path;

use quorate_domain::Timestamp;

use super::folder::{ContentHash, Folder};
use super::known::Known;
use super::options::{Assumptions, LoadOptions, Unresolved};
use super::rows::Context;
use super::{
    Tape, TapeRecord, books_csv, inferences_csv, markets_csv, outcomes_csv, quotes_csv,
    references_csv, ticks_csv, topics_csv, trades_csv,
};
use crate::input::{Diagnostic, Diagnostics, ExitClass, format_rfc3339};

/// A tape with what is to be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedTape {
    /// The tape.
    pub tape: Tape,
    /// Hash over the files it was loaded from.
    pub hash: ContentHash,
    /// How often the options spoke where the tape was silent.
    pub assumptions: Assumptions,
}

/// Records of each kind, in the order in which they count at one moment.
#[derive(Default)]
struct Kinds {
    references: Vec<TapeRecord>,
    ticks: Vec<TapeRecord>,
    quotes: Vec<TapeRecord>,
    books: Vec<TapeRecord>,
    trades: Vec<TapeRecord>,
    inferences: Vec<TapeRecord>,
    outcomes: Vec<TapeRecord>,
}

impl Kinds {
    fn merged(self) -> Vec<TapeRecord> {
        let Self {
            references,
            ticks,
            quotes,
            books,
            trades,
            inferences,
            outcomes,
        } = self;
        let mut all = references;
        for kind in [ticks, quotes, books, trades, inferences, outcomes] {
            all.extend(kind);
        }
        // Stable: at one moment the kinds, and within a kind the rows, keep their order.
        all.sort_by_key(|record| record.at);
        all
    }
}

/// Loads the folder of a tape.
///
/// # Errors
/// Everything that is wrong with it, each mistake at its file, line and field: `NotFound` for an absent folder, else
/// `Data`.
pub fn load(folder: &Path, options: &LoadOptions) -> Result<LoadedTape, Diagnostics> {
    if crate::archive::is_archive(folder) {
        return crate::archive::load_tape(folder, options, 0.0);
    }
    let mut folder = Folder::read(folder)?;
    let mut errors = Diagnostics::new();
    let (mut tape, mut known, mut kinds) = (Tape::default(), Known::default(), Kinds::default());
    let mut assumptions = Assumptions::default();
    let Some(table) = folder.open("markets", &mut errors) else {
        return Err(errors);
    };
    let markets_file = table.name().to_owned();
    if let Some(topics) = folder.open("topics", &mut errors) {
        note(&mut errors, topics_csv::read(topics, &mut tape));
    }
    note(&mut errors, markets_csv::read(table, &mut tape, &mut known));
    read_facts(&mut folder, &tape, &mut known, &mut kinds, &mut errors);
    let mut context = Context {
        known: &known,
        options,
        assumptions: &mut assumptions,
    };
    read_trading(&mut folder, &mut context, &mut kinds, &mut errors);
    if let Some(table) = folder.open("inferences", &mut errors) {
        let records = &mut kinds.inferences;
        note(
            &mut errors,
            inferences_csv::read(table, &mut tape, &known, records),
        );
    }
    if let Some(table) = folder.open("references", &mut errors) {
        note(
            &mut errors,
            references_csv::read(table, &tape, &mut kinds.references),
        );
    }
    tape.records = kinds.merged();
    check_resolved(
        &tape,
        &known,
        options,
        &markets_file,
        (&mut assumptions, &mut errors),
    );
    errors.into_result(LoadedTape {
        tape,
        hash: folder.hash,
        assumptions,
    })
}

/// Outcomes and changes of the tick size, which the rows of all other tables are checked against.
fn read_facts(
    folder: &mut Folder,
    tape: &Tape,
    known: &mut Known,
    kinds: &mut Kinds,
    errors: &mut Diagnostics,
) {
    if let Some(table) = folder.open("outcomes", errors) {
        note(
            errors,
            outcomes_csv::read(table, tape, known, &mut kinds.outcomes),
        );
    }
    if let Some(table) = folder.open("ticks", errors) {
        note(errors, ticks_csv::read(table, known, &mut kinds.ticks));
    }
}

/// Quotes, books and trades.
fn read_trading(
    folder: &mut Folder,
    context: &mut Context<'_>,
    kinds: &mut Kinds,
    errors: &mut Diagnostics,
) {
    let mut quoted = BTreeSet::new();
    if let Some(table) = folder.open("quotes", errors) {
        let (markets, result) = quotes_csv::read(table, context, &mut kinds.quotes);
        quoted = markets;
        note(errors, result);
    }
    if let Some(table) = folder.open("books", errors) {
        note(
            errors,
            books_csv::read(table, context.known, quoted, &mut kinds.books),
        );
    }
    if let Some(table) = folder.open("trades", errors) {
        note(errors, trades_csv::read(table, context, &mut kinds.trades));
    }
}

fn note(errors: &mut Diagnostics, result: Result<(), Diagnostics>) {
    if let Err(found) = result {
        errors.append(found);
    }
}

/// A market that closed while the tape ran must have an outcome, unless the options mark it to the market.
fn check_resolved(
    tape: &Tape,
    known: &Known,
    options: &LoadOptions,
    file: &str,
    (assumptions, errors): (&mut Assumptions, &mut Diagnostics),
) {
    let Some((_, end)) = tape.span() else { return };
    let open = |at: Option<Timestamp>| at.filter(|at| *at < end);
    for listed in &tape.markets {
        let market = &listed.market;
        let Some(closed) = open(market.closes_at) else {
            continue;
        };
        if known.resolved_at(market.id).is_some() {
            continue;
        }
        assumptions.markets_unresolved += 1;
        if options.unresolved == Unresolved::Refuse {
            let closed = format_rfc3339(closed.nanos());
            let message = format!(
                "market {} closed at {closed} and has no outcome",
                market.name
            );
            let error = Diagnostic::new(ExitClass::Data, "missing-outcome", message);
            let line = known.lines[market.id.0 as usize];
            let hint = "add it to outcomes.csv, or set `unresolved = \"mark\"`";
            errors.push(error.at(file, line, 1).with_hint(hint));
        }
    }
}
