//! The families of rules that are known, one table each, and the search for the one that holds all sentences.

mod binance;
mod chainlink;
mod election;

use super::refusal::Refusal;
use super::template::{Slot, fits};
use crate::gamma::clean_line;

/// What a family's rule means. Its numbers and names come from the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Chainlink's stream at both ends of a window; a tie is Up.
    ChainlinkSpot,
    /// Chainlink's averaged stream at both ends of a window; a tie is Up.
    ChainlinkTwap,
    /// Close of Binance's hour against its open; a tie is Up.
    BinanceHour,
    /// Binance's close at noon against the one of the day before; a tie pays half.
    BinanceNoon,
    /// Binance's close at noon strictly above a strike.
    Threshold,
    /// An election.
    Election(ElectionTerms),
}

/// How an election's table names its outcome and its judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ElectionTerms {
    pub(super) caller: super::rule::Caller,
    pub(super) fallback: FallbackKind,
}

/// What decides an election that nobody calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FallbackKind {
    /// Who is inaugurated on the day that the sentence of [`Part::Fallback`] names.
    Inauguration,
    /// Certification or official results.
    Official,
    /// Nothing is said.
    Unstated,
}

/// Which part of a rule a sentence is. Slots are looked up by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// What makes it YES (or Up).
    Wins,
    /// What makes it NO (or Down).
    Loses,
    /// What happens when both are equal.
    Tie,
    /// Where the answer comes from.
    Source,
    /// Which price or which nominee is meant.
    About,
    /// Who declares the winner.
    Called,
    /// Who decides when nobody declares one.
    Fallback,
    /// The day after which it is "Other".
    Deadline,
    /// A sentence that changes nothing.
    Context,
}

/// Whether a family can do without a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// It must be there, once.
    Once,
    /// It may be there, once.
    Optional,
}

/// One sentence of a family, in the wordings that are known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sentence {
    pub(super) part: Part,
    pub(super) need: Need,
    pub(super) wordings: &'static [&'static str],
}

/// A family: its sentences in the order in which they stand.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) meaning: Meaning,
    pub(super) sentences: &'static [Sentence],
}

const fn must(part: Part, wordings: &'static [&'static str]) -> Sentence {
    Sentence {
        part,
        need: Need::Once,
        wordings,
    }
}

const fn may(part: Part, wordings: &'static [&'static str]) -> Sentence {
    Sentence {
        part,
        need: Need::Optional,
        wordings,
    }
}

/// A description that a table holds whole.
pub(super) struct Found {
    pub(super) name: &'static str,
    pub(super) meaning: Meaning,
    parts: Vec<(Part, Vec<Slot>)>,
}

impl Found {
    /// The slots of a part, over all of its sentences.
    pub(super) fn slots(&self, part: Part) -> impl Iterator<Item = &Slot> {
        self.parts
            .iter()
            .filter(move |(found, _)| *found == part)
            .flat_map(|(_, slots)| slots)
    }

    /// All slots.
    pub(super) fn all(&self) -> impl Iterator<Item = &Slot> {
        self.parts.iter().flat_map(|(_, slots)| slots)
    }
}

fn tables() -> impl Iterator<Item = &'static Table> {
    chainlink::TABLES
        .iter()
        .chain(&binance::TABLES)
        .chain(&election::TABLES)
}

/// The table that holds every sentence.
///
/// # Errors
/// What is wrong with the description in the eyes of the table that holds most of it.
pub(super) fn recognise(sentences: &[String]) -> Result<Found, Refusal> {
    let mut nearest: Option<(usize, Refusal)> = None;
    for table in tables() {
        match walk(table, sentences) {
            Ok(parts) => {
                return Ok(Found {
                    name: table.name,
                    meaning: table.meaning,
                    parts,
                });
            }
            Err((known, refusal)) => {
                if known > nearest.as_ref().map_or(0, |(most, _)| *most) {
                    nearest = Some((known, refusal));
                }
            }
        }
    }
    Err(nearest.map_or_else(
        || Refusal::UnknownSentence {
            family: None,
            sentence: clean_line(sentences.first().map_or("", String::as_str)),
        },
        |(_, refusal)| refusal,
    ))
}

type Parts = Vec<(Part, Vec<Slot>)>;

/// Goes through description and table side by side. On failure: how many sentences the table holds, and what is wrong.
fn walk(table: &'static Table, sentences: &[String]) -> Result<Parts, (usize, Refusal)> {
    let holds = |text: &String| {
        table
            .sentences
            .iter()
            .any(|sentence| wording(sentence, text).is_some())
    };
    let known = || sentences.iter().filter(|text| holds(text)).count();
    let mut parts = Vec::new();
    let mut next = 0;
    for text in sentences {
        let hit = (next..table.sentences.len())
            .find_map(|place| wording(&table.sentences[place], text).map(|slots| (place, slots)));
        let Some((place, slots)) = hit else {
            return Err((
                known(),
                Refusal::UnknownSentence {
                    family: Some(table.name),
                    sentence: clean_line(text),
                },
            ));
        };
        missing(table, next..place).map_err(|refusal| (known(), refusal))?;
        parts.push((table.sentences[place].part, slots));
        next = place + 1;
    }
    missing(table, next..table.sentences.len()).map_err(|refusal| (known(), refusal))?;
    Ok(parts)
}

fn wording(sentence: &Sentence, text: &str) -> Option<Vec<Slot>> {
    sentence
        .wordings
        .iter()
        .find_map(|template| fits(template, text))
}

fn missing(table: &'static Table, places: core::ops::Range<usize>) -> Result<(), Refusal> {
    match table.sentences[places]
        .iter()
        .find(|sentence| sentence.need == Need::Once)
    {
        None => Ok(()),
        Some(sentence) => Err(Refusal::MissingSentence {
            family: table.name,
            expected: sentence.wordings.first().copied().unwrap_or_default(),
        }),
    }
}
