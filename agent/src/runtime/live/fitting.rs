//! Whether a market can hang on a topic: what it asks must be what the topic predicts, by prices that can be had.

use std::time::Duration;

use quorate_collective::Quantity;
use quorate_polymarket::listing::Kind;
use quorate_polymarket::rules::Family;

use super::lookup::Windows;
use super::price_sources::obstacle;
use super::prices::Reference;
use crate::settings::keys::Topic as TopicSettings;
use crate::settings::{Condition, MarketRef, PriceFeed, TopicKind, quantity};

/// What the markets of one topic have in common.
pub(super) struct Fitting {
    name: String,
    kind: TopicKind,
    condition: Option<Condition>,
    /// Length of a round, as the settings or the family of windows have it.
    length: Option<Duration>,
    reference: Option<Reference>,
    feed: PriceFeed,
    has_key: bool,
}

impl Fitting {
    /// A topic whose markets hung on `reference` so far.
    pub(super) fn new(
        topic: &TopicSettings,
        reference: Option<Reference>,
        (feed, has_key): (PriceFeed, bool),
    ) -> Self {
        let mut named = topic.markets.iter().flatten();
        let length = named.find_map(|market| match market {
            MarketRef::Slug(name) => Windows::of(name).map(Windows::length),
            _ => None,
        });
        Self {
            name: topic.name.as_str().to_owned(),
            kind: topic.kind,
            condition: topic.condition,
            length: topic.epoch.or(length),
            reference,
            feed,
            has_key,
        }
    }

    /// Length of a round, if it is known.
    pub(super) const fn length(&self) -> Option<Duration> {
        self.length
    }

    /// What the topic hangs on, if any market of it asks about a price.
    pub(super) const fn reference(&self) -> Option<Reference> {
        self.reference
    }

    /// Takes a market up.
    ///
    /// # Errors
    /// Why it cannot hang on the topic.
    pub(super) fn check(&mut self, kind: &Kind) -> Result<(), String> {
        if quantity(self.kind) == Quantity::Probability {
            return Ok(());
        }
        let (reference, length) = match kind {
            Kind::UpDown(rule) => {
                self.needs("whether a price rises", "up", |said| said == Condition::Up)?;
                let reference = Reference {
                    asset: rule.asset,
                    source: rule.source,
                };
                (reference, Some(length(rule.family)))
            }
            Kind::Threshold(rule) => {
                self.needs(
                    "whether a price is above a strike",
                    "above STRIKE",
                    |said| matches!(said, Condition::Above(_)),
                )?;
                let reference = Reference {
                    asset: rule.asset,
                    source: rule.source,
                };
                (reference, None)
            }
            Kind::Election(_) | Kind::Unrecognised(_) => {
                return Err(format!(
                    "it asks about no price, and topics.{}.kind says that it does",
                    self.name
                ));
            }
        };
        if let Some(other) = self.reference.filter(|other| *other != reference) {
            return Err(format!(
                "it is settled by {reference}, and the topic hangs on {other}: give it a topic of its own"
            ));
        }
        if let Some(why) = obstacle(reference.source, self.feed, self.has_key) {
            return Err(format!("it is settled by {reference}: {why}"));
        }
        self.length = self.length.or(length);
        if self.length.is_none() {
            return Err(format!(
                "the length of the topic's rounds is not known: write topics.{}.epoch",
                self.name
            ));
        }
        self.reference = Some(reference);
        Ok(())
    }

    fn needs(
        &self,
        asked: &str,
        word: &str,
        is_it: impl Fn(Condition) -> bool,
    ) -> Result<(), String> {
        if self.condition.is_some_and(is_it) {
            return Ok(());
        }
        Err(format!(
            "it asks {asked}, and topics.{}.condition says otherwise: write condition = \"{word}\"",
            self.name
        ))
    }
}

const fn length(family: Family) -> Duration {
    let minutes = match family {
        Family::FiveMinutes => 5,
        Family::FifteenMinutes => 15,
        Family::Hour => 60,
        Family::FourHours => 240,
        Family::Day => 1_440,
    };
    Duration::from_secs(minutes * 60)
}
