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
        let or_event =
            |own: &'_ str, of_event: &'_ str| -> bool { own.is_empty() && !of_event.is_empty() };
        let description = if or_event(&market.description, &event.description) {
            &event.description
        } else {
            &market.description
        };
        let source = if or_event(&market.resolution_source, &event.resolution_source) {
            &event.resolution_source
        } else {
            &market.resolution_source
        };
        let published = Published {
            slug: &market.slug,
            title: &market.question,
            event_title: &event.title,
            label: &market.group_item_title,
            description,
            resolution_source: source,
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
