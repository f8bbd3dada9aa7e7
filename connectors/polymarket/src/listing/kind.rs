//! What a market asks, as far as its rule was read.

use crate::gamma::{Event, Market};
use crate::rules::{ElectionRule, Published, Refusal, Rule, ThresholdRule, UpDownRule, read};

/// What a market asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whether somebody wins an election.
    Election(ElectionRule),
    /// Whether a price rises over a window.
    UpDown(UpDownRule),
    /// Whether a price is above a strike.
    Threshold(ThresholdRule),
    /// The rule was not understood: it is shown, never traded.
    Unrecognised(Refusal),
}

impl Kind {
    /// The kind of a market of an event.
    #[must_use]
    pub fn of(event: &Event, market: &Market) -> Self {
        let description = own_or(&market.description, &event.description);
        let resolution_source = own_or(&market.resolution_source, &event.resolution_source);
        let published = Published {
            slug: &market.slug,
            title: &market.question,
            event_title: &event.title,
            label: &market.group_item_title,
            description,
            resolution_source,
            outcomes: &market.outcomes,
            starts_at: market.event_start_time.or(event.start_time),
            ends_at: market.end_date.or(event.end_date),
            crypto: market.crypto_market_config.as_ref(),
        };
        match read(&published) {
            Ok(Rule::Election(rule)) => Self::Election(rule),
            Ok(Rule::UpDown(rule)) => Self::UpDown(rule),
            Ok(Rule::Threshold(rule)) => Self::Threshold(rule),
            Err(refusal) => Self::Unrecognised(refusal),
        }
    }

    /// Whether its rule is known.
    #[must_use]
    pub const fn is_recognised(&self) -> bool {
        !matches!(self, Self::Unrecognised(_))
    }
}

/// What a market says itself, or what its event says for all of its markets.
fn own_or<'a>(own: &'a str, of_event: &'a str) -> &'a str {
    if own.is_empty() { of_event } else { own }
}
