//! The resolution rule of a market, read from the market's own words.
//!
//! Every sentence of a description must be one that a table of a known family holds; anything else is refused, and the
//! refusal names the sentence. Then everything that is said twice must agree: name in addresses, title, description,
//! dates, source and price configuration. Nothing is guessed.

mod agreement;
mod asset;
mod clock;
mod election;
mod families;
mod names;
mod refusal;
mod rule;
mod sentence;
mod template;
mod threshold;
mod updown;

use quorate_domain::Timestamp;

pub use asset::Asset;
pub use clock::{ClockError, civil_in_new_york, new_york};
pub use refusal::Refusal;
pub use rule::{
    Caller, ElectionRule, Fallback, Family, PriceReading, ReferenceSource, Rule, ThresholdRule,
    UpDownRule,
};

/// Longest description that is read, bytes.
pub const DESCRIPTION_BYTES_MAX: usize = 20_000;

/// What is published about a market and bears on its rule. Texts are cleaned already.
#[derive(Clone, Copy, Debug, Default)]
pub struct Published<'a> {
    /// Name in addresses.
    pub slug: &'a str,
    /// The question.
    pub title: &'a str,
    /// Title of its event; may be empty.
    pub event_title: &'a str,
    /// Name of the outcome within its event; may be empty.
    pub label: &'a str,
    /// The rules.
    pub description: &'a str,
    /// Where the answer comes from; may be empty.
    pub resolution_source: &'a str,
    /// Names of the two outcomes.
    pub outcomes: &'a [String],
    /// Beginning of the window it asks about.
    pub starts_at: Option<Timestamp>,
    /// Announced end.
    pub ends_at: Option<Timestamp>,
    /// How a market on a crypto price reads it.
    pub crypto: Option<&'a crate::gamma::CryptoConfig>,
}

/// Reads the rule.
///
/// # Errors
/// [`Refusal`]: a sentence that no table holds, one that is missing, or two places that disagree.
pub fn read(published: &Published<'_>) -> Result<Rule, Refusal> {
    let sentences = sentence::split(published.description)?;
    let found = families::recognise(&sentences)?;
    match found.meaning {
        families::Meaning::Election(terms) => election::read(published, &found, terms),
        families::Meaning::Threshold => threshold::read(published, &found),
        families::Meaning::ChainlinkSpot
        | families::Meaning::ChainlinkTwap
        | families::Meaning::BinanceHour
        | families::Meaning::BinanceNoon => updown::read(published, &found),
    }
}
