//! An event: its markets one by one, and whether they exclude each other.

use std::collections::BTreeMap;

use quorate_domain::{Coverage, GroupId, MarketGroup, MarketId};

use super::market::{ClobSettings, Listed, check_ready, market};
use super::ready::NotReady;
use crate::gamma::{Event, Market};

/// Gives out the numbers by which a run knows markets and groups: the same number for the same name, always.
pub trait Numbering {
    /// The number of a market, by its condition id.
    fn market(&mut self, condition_id: &str) -> MarketId;
    /// The number of a group, by the event's number in the catalogue.
    fn group(&mut self, event_id: &str) -> GroupId;
}

/// Where a market is in its life. It says nothing about the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// It takes no orders yet, or not at the moment.
    Waiting,
    /// It takes orders.
    Trading,
    /// It trades no more.
    Closed,
    /// Its resolution is proposed or disputed.
    Resolving,
    /// It is resolved; the answer comes from the account side.
    Resolved,
}

/// What became of one market of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It can be traded, if its kind is recognised.
    Listed(Box<Listed>),
    /// It cannot, and why.
    NotReady(NotReady),
}

/// One market of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Number in the catalogue; it is there before the condition id is.
    pub gamma_id: String,
    /// Condition id; may be empty on new markets.
    pub condition_id: String,
    /// Name in addresses.
    pub slug: String,
    /// Name of the outcome within its event; may be empty.
    pub label: String,
    /// Where it is in its life.
    pub phase: Phase,
    /// Whether it can be traded.
    pub standing: Standing,
}

impl Entry {
    /// The market, if it can be traded.
    #[must_use]
    pub fn listed(&self) -> Option<&Listed> {
        match &self.standing {
            Standing::Listed(listed) => Some(listed),
            Standing::NotReady(_) => None,
        }
    }
}

/// An event with all its markets.
#[derive(Clone, Debug, PartialEq)]
pub struct EventListing {
    /// Number in the catalogue.
    pub event_id: String,
    /// Name in addresses.
    pub slug: String,
    /// The group, where outcomes exclude each other.
    pub group: Option<MarketGroup>,
    /// Its markets, in the catalogue's order.
    pub entries: Vec<Entry>,
}

/// Lists an event. `settings` are those of the order service, by condition id; a market without is not ready.
pub fn list_event(
    event: &Event,
    settings: &BTreeMap<String, ClobSettings>,
    numbering: &mut impl Numbering,
) -> EventListing {
    let is_group = event.neg_risk == Some(true) || event.enable_neg_risk == Some(true);
    let group = is_group.then(|| numbering.group(&event.id));
    let entries: Vec<Entry> = event
        .markets
        .iter()
        .map(|market| Entry {
            gamma_id: market.id.clone(),
            condition_id: market.condition_id.clone(),
            slug: market.slug.clone(),
            label: market.group_item_title.clone(),
            phase: phase(event, market),
            standing: match standing(event, market, settings, group, numbering) {
                Ok(listed) => Standing::Listed(Box::new(listed)),
                Err(reason) => Standing::NotReady(reason),
            },
        })
        .collect();
    let coverage = coverage(event, &entries);
    EventListing {
        event_id: event.id.clone(),
        slug: event.slug.clone(),
        group: group.map(|id| MarketGroup {
            id,
            name: event.slug.clone(),
            coverage,
        }),
        entries,
    }
}

fn standing(
    event: &Event,
    listed: &Market,
    settings: &BTreeMap<String, ClobSettings>,
    group: Option<GroupId>,
    numbering: &mut impl Numbering,
) -> Result<Listed, NotReady> {
    if group.is_some() && is_placeholder(event, listed) {
        return Err(NotReady::Placeholder);
    }
    if event.closed == Some(true) {
        return Err(NotReady::Closed);
    }
    check_ready(listed)?;
    if group.is_some() && listed.group_item_title.is_empty() {
        return Err(NotReady::Unnamed);
    }
    let settings = settings
        .get(&listed.condition_id)
        .ok_or(NotReady::NoSettings)?;
    let id = numbering.market(&listed.condition_id);
    market(event, listed, settings, (id, group))
}

/// Exhaustive only when outcomes cannot be added and every one of them can be traded: one that closed early may have
/// been the answer.
fn coverage(event: &Event, entries: &[Entry]) -> Coverage {
    let is_open_ended = event.neg_risk_augmented == Some(true);
    let all_listed = entries.iter().all(|entry| entry.listed().is_some());
    if is_open_ended || !all_listed || entries.len() < 2 {
        Coverage::WithOther
    } else {
        Coverage::Exhaustive
    }
}

/// Words that, with a letter or two behind them, name an outcome that is reserved for later.
const RESERVED: [&str; 9] = [
    "person",
    "candidate",
    "option",
    "party",
    "individual",
    "player",
    "team",
    "company",
    "country",
];

/// A reserved or catch-all outcome of an event to which outcomes may be added. Where none may be, "Other" is an outcome
/// like any other.
fn is_placeholder(event: &Event, market: &Market) -> bool {
    if event.neg_risk_augmented != Some(true) {
        return false;
    }
    let label = market.group_item_title.to_ascii_lowercase();
    let is_reserved = label.split_once(' ').is_some_and(|(word, letters)| {
        RESERVED.contains(&word)
            && (1..=2).contains(&letters.len())
            && letters.bytes().all(|b| b.is_ascii_alphabetic())
    });
    market.neg_risk_other == Some(true) || label == "other" || is_reserved
}

fn phase(event: &Event, market: &Market) -> Phase {
    match market.uma_resolution_status.as_str() {
        "resolved" => Phase::Resolved,
        "proposed" | "disputed" | "challenged" => Phase::Resolving,
        _ if market.closed == Some(true) || event.closed == Some(true) => Phase::Closed,
        _ if market.accepting_orders == Some(true) => Phase::Trading,
        _ => Phase::Waiting,
    }
}
