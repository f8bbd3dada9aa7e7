//! Templates of sentences: literal text with slots in braces.
//!
//! Letters of the literal text may differ in case only. A slot takes the shortest piece that leads to a match and that
//! is a value of its kind.

use jiff::civil::Date;

use super::asset::Asset;
use super::names::{day_month_year, long_date};

/// A value that a slot took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// `{asset}`: `Bitcoin`.
    Asset(Asset),
    /// `{usd}`: `BTC/USD`.
    DollarPair(Asset),
    /// `{usdt}`: `BTC/USDT` or `BTCUSDT`.
    TokenPair(Asset),
    /// `{url}`.
    Url(String),
    /// `{noon}`: `Mar 14 '26`, `14 Mar '26` or `14 May`. The year may be missing.
    ShortDay(ShortDay),
    /// `{day}`: `November 3, 2026`.
    Day(Date),
    /// `{name}`: a person or a party.
    Name(String),
    /// `{race}`: an election.
    Race(String),
    /// `{party}`: `Democratic` or `Republican`.
    Party(String),
    /// `{words}`: an authority or a place, which decides nothing that the sentence around it does not say.
    Words(String),
}

/// A day as short texts write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ShortDay {
    pub(super) day: i8,
    pub(super) month: i8,
    pub(super) year: Option<i16>,
}

/// Longest piece that a slot takes, bytes.
const SLOT_BYTES_MAX: usize = 160;

/// The values of the slots, in order, where the sentence is the template's.
pub(super) fn fits(template: &str, sentence: &str) -> Option<Vec<Slot>> {
    let mut slots = Vec::new();
    matches(template, sentence, &mut slots).then_some(slots)
}

fn matches(template: &str, text: &str, slots: &mut Vec<Slot>) -> bool {
    let Some(open) = template.find('{') else {
        return template.eq_ignore_ascii_case(text);
    };
    let (literal, rest) = template.split_at(open);
    let Some(text) = strip(text, literal) else {
        return false;
    };
    let Some((kind, rest)) = rest[1..].split_once('}') else {
        return false;
    };
    let next = &rest[..rest.find('{').unwrap_or(rest.len())];
    for (end, _) in text
        .char_indices()
        .chain([(text.len(), ' ')])
        .take_while(|(end, _)| *end <= SLOT_BYTES_MAX)
    {
        if end == 0 || strip(&text[end..], next).is_none() {
            continue;
        }
        let Some(slot) = value(kind, &text[..end]) else {
            continue;
        };
        slots.push(slot);
        if matches(rest, &text[end..], slots) {
            return true;
        }
        slots.pop();
    }
    false
}

fn strip<'a>(text: &'a str, literal: &str) -> Option<&'a str> {
    let head = text.get(..literal.len())?;
    head.eq_ignore_ascii_case(literal)
        .then(|| &text[literal.len()..])
}

fn value(kind: &str, text: &str) -> Option<Slot> {
    match kind {
        "asset" => Asset::from_name(text).map(Slot::Asset),
        "usd" => Asset::from_dollar_pair(text).map(Slot::DollarPair),
        "usdt" => Asset::from_token_pair(text).map(Slot::TokenPair),
        "url" => is_url(text).then(|| Slot::Url(text.to_owned())),
        "noon" => day_month_year(text).map(Slot::ShortDay),
        "day" => long_date(text).map(Slot::Day),
        "name" => is_name(text).then(|| Slot::Name(text.to_owned())),
        "race" => is_race(text).then(|| Slot::Race(text.to_owned())),
        "party" => {
            matches!(text, "Democratic" | "Republican").then(|| Slot::Party(text.to_owned()))
        }
        "words" => is_plain(text, 12).then(|| Slot::Words(text.to_owned())),
        _ => None,
    }
}

fn is_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or(text.strip_prefix("www.")) else {
        return false;
    };
    !rest.is_empty()
        && !rest.ends_with('.')
        && rest
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~/%?=&#".contains(&b))
}

/// Words that could turn a rule around: a name that holds one of them is no name.
const TURNING_WORDS: [&str; 58] = [
    "if",
    "unless",
    "otherwise",
    "not",
    "no",
    "yes",
    "never",
    "none",
    "nobody",
    "neither",
    "resolve",
    "resolves",
    "resolved",
    "market",
    "markets",
    "except",
    "excluding",
    "however",
    "but",
    "before",
    "after",
    "until",
    "within",
    "without",
    "or",
    "nor",
    "tie",
    "ties",
    "tied",
    "void",
    "voided",
    "cancel",
    "cancelled",
    "canceled",
    "provided",
    "when",
    "only",
    "also",
    "lose",
    "loses",
    "losing",
    "fail",
    "fails",
    "non",
    "other",
    "another",
    "than",
    "besides",
    "instead",
    "any",
    "anyone",
    "anybody",
    "someone",
    "somebody",
    "everyone",
    "against",
    "least",
    "opponent",
];

/// Small words within names.
const PARTICLES: [&str; 14] = [
    "a", "al", "bin", "da", "de", "del", "der", "di", "el", "la", "of", "the", "van", "von",
];

/// Words one of which every election's name holds.
const RACE_WORDS: [&str; 8] = [
    "election",
    "elections",
    "race",
    "primary",
    "runoff",
    "seat",
    "seats",
    "nomination",
];

/// A person or a party: capitalised words and the small ones between them.
fn is_name(text: &str) -> bool {
    is_plain(text, 6)
        && text.split(' ').all(|word| {
            PARTICLES.contains(&word)
                || word
                    .chars()
                    .find(|c| c.is_alphabetic())
                    .is_some_and(char::is_uppercase)
        })
        && !text.contains(',')
}

/// Small words of elections' names; every other word of one begins with a capital or a digit.
const RACE_PARTICLES: [&str; 18] = [
    "of",
    "the",
    "in",
    "for",
    "next",
    "midterm",
    "general",
    "special",
    "presidential",
    "gubernatorial",
    "congressional",
    "parliamentary",
    "mayoral",
    "municipal",
    "district",
    "state",
    "senate",
    "governor",
];

/// Words that join a condition to an election, however they are written.
const JOINING_WORDS: [&str; 10] = [
    "and", "is", "are", "by", "with", "who", "that", "which", "then", "to",
];

/// An election.
fn is_race(text: &str) -> bool {
    let is_one_of =
        |list: &[&str], word: &str| list.iter().any(|known| word.eq_ignore_ascii_case(known));
    let is_plain_word = |word: &str| {
        let begins_large = word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
        !is_one_of(&JOINING_WORDS, word)
            && (begins_large || RACE_PARTICLES.contains(&word) || RACE_WORDS.contains(&word))
    };
    is_plain(text, 18)
        && !text.contains(',')
        && text.split(' ').all(is_plain_word)
        && text.split(' ').any(|word| is_one_of(&RACE_WORDS, word))
}

/// Whether a piece is a short run of words, none of which could turn a rule around.
fn is_plain(text: &str, words_max: usize) -> bool {
    if text.starts_with(' ') || text.ends_with([' ', ',']) {
        return false;
    }
    let is_word_char = |c: char| c.is_alphanumeric() || "'.-,&()".contains(c);
    let mut words = 0;
    for word in text.split(' ') {
        words += 1;
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        // Joined by a hyphen they turn as well: `Non-Trump`.
        let turns = bare.split('-').any(|part| {
            TURNING_WORDS
                .iter()
                .any(|turning| part.eq_ignore_ascii_case(turning))
        });
        if bare.is_empty() || turns || !word.chars().all(is_word_char) || words > words_max {
            return false;
        }
    }
    true
}
