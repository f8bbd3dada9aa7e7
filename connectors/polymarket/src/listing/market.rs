//! One market: what the order service adds to the catalogue, and the domain's market made of both.

use quorate_domain::{
    Cash, GroupId, Market as DomainMarket, MarketId, Outcome, Shares, TickSize, Timestamp,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::fee::{self, Category};
use super::kind::Kind;
use super::ready::NotReady;
use crate::gamma::{Event, Market};

/// Fee of a market as the order service has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClobFee {
    /// Factor of the fee formula.
    pub rate: Decimal,
    /// Exponent of the fee formula.
    pub exponent: Decimal,
    /// Whether only takers pay.
    pub taker_only: bool,
}

/// What the order service says about a market. The client of the order service fills it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClobSettings {
    /// Price step.
    pub tick: TickSize,
    /// Smallest order.
    pub shares_min: Shares,
    /// Fee; `None` for no fee.
    pub fee: Option<ClobFee>,
    /// Whether it settles through the exchange of exclusive outcomes.
    pub is_neg_risk: bool,
    /// Whether orders are taken.
    pub is_accepting_orders: bool,
    /// Token ids with the names of their outcomes.
    pub tokens: Vec<(String, String)>,
}

/// Generation of the venue's contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Conditional tokens.
    V1,
    /// Positions of the position manager.
    V2,
}

/// The venue's own names for a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueIds {
    /// Condition id.
    pub condition_id: String,
    /// Token that pays on YES (or Up).
    pub yes: String,
    /// Token that pays on NO (or Down).
    pub no: String,
    /// Generation of the contracts.
    pub protocol: Protocol,
    /// Whether it settles through the exchange of exclusive outcomes.
    pub is_neg_risk: bool,
}

impl VenueIds {
    /// The token of an outcome.
    #[must_use]
    pub fn token(&self, outcome: Outcome) -> &str {
        match outcome {
            Outcome::Yes => &self.yes,
            Outcome::No => &self.no,
        }
    }
}

/// A market that can be traded.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The engine's market. Topic, set and loading are for the caller to fill in.
    pub market: DomainMarket,
    /// The venue's names.
    pub venue: VenueIds,
    /// What it asks.
    pub kind: Kind,
    /// What it is about, for limits over all markets of a category.
    pub category: Category,
    /// Seconds for which the venue holds orders back that would take at once; 0 for none.
    pub delay_secs: u32,
}

/// Least cost of a buy that takes at once: one dollar.
const MARKETABLE_BUY_MIN: Cash = Cash::whole(1);

/// Makes a market of what catalogue and order service say.
pub(super) fn market(
    event: &Event,
    market: &Market,
    settings: &ClobSettings,
    (id, group): (MarketId, Option<GroupId>),
) -> Result<Listed, NotReady> {
    let venue = venue_ids(market, settings)?;
    let kind = Kind::of(event, market);
    let (opens_at, closes_at) = times(event, market, &kind);
    Ok(Listed {
        market: DomainMarket {
            id,
            name: market.slug.clone(),
            question: market.question.clone(),
            group,
            set: None,
            loading: 0.0,
            tick: settings.tick,
            shares_min: settings.shares_min,
            marketable_buy_min: MARKETABLE_BUY_MIN,
            fee: fee::schedule(event, market, settings.fee.as_ref())?,
            opens_at,
            closes_at,
            link: None,
        },
        venue,
        kind,
        category: Category::of(event),
        delay_secs: delay_secs(market)?,
    })
}

fn delay_secs(market: &Market) -> Result<u32, NotReady> {
    let delay = market.seconds_delay.unwrap_or_default();
    match delay.to_u32() {
        Some(secs) if delay.fract().is_zero() => Ok(secs),
        _ => Err(NotReady::Delay(delay)),
    }
}

/// For a market on a price, the instants of its two readings: the engine takes the value to beat from the first
/// reference at or after `opens_at` and settles at `closes_at`.
fn times(event: &Event, market: &Market, kind: &Kind) -> (Option<Timestamp>, Option<Timestamp>) {
    match kind {
        Kind::UpDown(rule) => (Some(rule.strike.at()), Some(rule.settlement.at())),
        Kind::Threshold(rule) => (None, Some(rule.settlement.at())),
        Kind::Election(_) | Kind::Unrecognised(_) => (None, market.end_date.or(event.end_date)),
    }
}

/// Checks in the order in which a new market becomes ready.
pub(super) fn check_ready(market: &Market) -> Result<(), NotReady> {
    if market.closed == Some(true) {
        return Err(NotReady::Closed);
    }
    if market.active == Some(false) {
        return Err(NotReady::Inactive);
    }
    if market.condition_id.is_empty() {
        return Err(NotReady::NoCondition);
    }
    if market.enable_order_book != Some(true) {
        return Err(NotReady::NoBook);
    }
    if market.accepting_orders != Some(true) {
        return Err(NotReady::NotAccepting);
    }
    let (_, tokens) = tokens(market)?;
    if tokens.iter().all(|token| token.is_empty() || token == "0") {
        return Err(NotReady::NoTokens);
    }
    Ok(())
}

/// The tokens of the version under which the market trades. The other list may be filled in long before.
fn tokens(market: &Market) -> Result<(Protocol, &[String]), NotReady> {
    match market.version.as_str() {
        "" | "v1" => Ok((Protocol::V1, &market.clob_token_ids)),
        "v2" => Ok((Protocol::V2, &market.position_ids)),
        other => Err(NotReady::Version(other.to_owned())),
    }
}

fn venue_ids(market: &Market, settings: &ClobSettings) -> Result<VenueIds, NotReady> {
    if !settings.is_accepting_orders {
        return Err(NotReady::NotAccepting);
    }
    let (protocol, tokens) = tokens(market)?;
    let not_binary = || NotReady::NotBinary {
        outcomes: market.outcomes.len(),
        tokens: tokens.len(),
    };
    let is_yes = |name: &str| matches!(name, "Yes" | "Up");
    let is_no = |name: &str| matches!(name, "No" | "Down");
    let (yes, no) = match (market.outcomes.as_slice(), tokens) {
        ([first, second], [a, b]) if is_yes(first) && is_no(second) => (a, b),
        ([first, second], [a, b]) if is_no(first) && is_yes(second) => (b, a),
        _ => return Err(not_binary()),
    };
    let is_id = |id: &String| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    if yes == no || !is_id(yes) || !is_id(no) {
        return Err(not_binary());
    }
    for (token, outcome) in &settings.tokens {
        let wanted = match outcome.as_str() {
            name if is_yes(name) => yes,
            name if is_no(name) => no,
            _ => return Err(not_binary()),
        };
        if token != wanted {
            return Err(NotReady::Disagreement {
                what: "the token of an outcome",
                catalogue: wanted.clone(),
                service: format!("{token} for {outcome}"),
            });
        }
    }
    if let Some(says) = market.neg_risk
        && says != settings.is_neg_risk
    {
        return Err(NotReady::Disagreement {
            what: "exclusive outcomes",
            catalogue: says.to_string(),
            service: settings.is_neg_risk.to_string(),
        });
    }
    Ok(VenueIds {
        condition_id: market.condition_id.clone(),
        yes: yes.clone(),
        no: no.clone(),
        protocol,
        is_neg_risk: settings.is_neg_risk,
    })
}
