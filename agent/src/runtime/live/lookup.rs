//! From a name in the settings to the venue's records: the event or market of a name, the market of a condition, the next
//! windows of a recurring family, the events of a subject.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use quorate_backtest::input::format_rfc3339;
use quorate_domain::{Shares, TickSize, Timestamp};
use quorate_polymarket::gamma::{
    Event, EventQuery, Gamma, GammaError, Market, MarketQuery, Status,
};
use quorate_polymarket::listing::{ClobFee, ClobSettings};
use quorate_polymarket::rest::{Client, ClobMarket};
use quorate_polymarket::rules::civil_in_new_york;

use crate::settings::{MarketRef, SettingValue};

/// Windows of a family that are listed ahead of their time, the present one included.
const WINDOWS: usize = 3;
/// How far ahead the next events of a series are looked for.
const SERIES_AHEAD: Duration = Duration::from_secs(4 * 86_400);
/// Most pages of a list that are read.
const PAGES_MAX: usize = 4;
/// Most events of a subject, those with the highest turnover.
const TAGGED_MAX: u32 = 10;
const HOUR_S: u64 = 3_600;

/// One thing to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// An event or a market by its name.
    Name(String),
    /// A market by its condition.
    Condition(String),
    /// The next events of a recurring family.
    Series(String),
    /// Events of a subject.
    Tag(String),
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(text) | Self::Condition(text) => write!(f, "{text}"),
            Self::Series(text) => write!(f, "series:{text}"),
            Self::Tag(text) => write!(f, "tag:{text}"),
        }
    }
}

/// What a market of the settings stands for now: a family's name for its windows, anything else for itself.
pub(super) fn expanded(market: &MarketRef, now: Timestamp) -> Vec<Wanted> {
    match market {
        MarketRef::Slug(name) => match Windows::of(name) {
            None => vec![Wanted::Name(name.clone())],
            Some(windows) => {
                let starts = windows.from(now).into_iter();
                starts
                    .map(|start_s| Wanted::Name(format!("{name}-{start_s}")))
                    .collect()
            }
        },
        condition @ MarketRef::ConditionId(_) => {
            vec![Wanted::Condition(
                condition.show().trim_matches('"').to_owned(),
            )]
        }
        MarketRef::Series(name) => vec![Wanted::Series(name.clone())],
        MarketRef::Tag(name) => vec![Wanted::Tag(name.clone())],
    }
}

/// Windows of a family whose names end in the second in which they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Windows {
    /// They begin at multiples of their length, seconds.
    Every(u64),
    /// They begin at 0, 4, 8, 12, 16 and 20 o'clock in New York.
    FourHours,
}

impl Windows {
    /// The windows of a family's name (`btc-updown-5m`); `None` for any other name.
    pub(super) fn of(name: &str) -> Option<Self> {
        let (_, word) = name.split_once("-updown-")?;
        match word {
            "5m" => Some(Self::Every(300)),
            "15m" => Some(Self::Every(900)),
            "4h" => Some(Self::FourHours),
            _ => None,
        }
    }

    /// Their usual length.
    pub(super) const fn length(self) -> Duration {
        match self {
            Self::Every(secs) => Duration::from_secs(secs),
            Self::FourHours => Duration::from_secs(4 * HOUR_S),
        }
    }

    /// Beginnings of this window and the next ones, seconds since 1970.
    fn from(self, now: Timestamp) -> Vec<u64> {
        let now_s = now.nanos() / 1_000_000_000;
        match self {
            Self::Every(length) => {
                let present = now_s - now_s % length;
                (0..WINDOWS as u64)
                    .map(|ahead| present + ahead * length)
                    .collect()
            }
            Self::FourHours => {
                // Around a change of the clock a window is an hour shorter or longer.
                let first = (now_s - now_s % HOUR_S).saturating_sub(5 * HOUR_S);
                let hours = (0..24).map(|hour| first + hour * HOUR_S);
                let begins: Vec<u64> = hours.filter(|start| is_fourth_hour(*start)).collect();
                let past = begins.iter().filter(|start| **start <= now_s).count();
                let present = past.saturating_sub(1);
                begins.into_iter().skip(present).take(WINDOWS).collect()
            }
        }
    }
}

fn is_fourth_hour(start_s: u64) -> bool {
    civil_in_new_york(Timestamp::from_secs(start_s))
        .is_some_and(|civil| civil.hour() % 4 == 0 && civil.minute() == 0)
}

/// An event with what the order service says about its markets.
pub(super) struct Found {
    /// The event; a market without a known one stands alone in its own.
    pub(super) event: Event,
    /// The name of the one market that is wanted; `None` for all of them.
    pub(super) only: Option<String>,
    /// Terms of the wanted markets that may trade, by condition.
    pub(super) terms: BTreeMap<String, ClobSettings>,
    /// Why there are no terms of a market, by condition.
    pub(super) unusable: BTreeMap<String, String>,
}

/// The venue's answers. The inner error is why nothing is traded; the outer one says that it is not known.
pub(super) type Answer<T> = Result<Result<T, String>, String>;

const NOT_LISTED: &str = "the venue lists no market of this name";

/// Asks the catalogue and the order service.
pub(super) struct Lookup {
    gamma: Gamma,
    client: Arc<Client>,
}

impl Lookup {
    pub(super) const fn new(gamma: Gamma, client: Arc<Client>) -> Self {
        Self { gamma, client }
    }

    /// Everything that is meant.
    pub(super) async fn find(&self, wanted: &Wanted, now: Timestamp) -> Answer<Vec<Found>> {
        let events = match wanted {
            Wanted::Name(name) => return self.named(name).await,
            Wanted::Condition(id) => {
                return match self.of_condition(id).await? {
                    Ok(market) => self.of_market(market).await,
                    Err(why) => Ok(Err(why)),
                };
            }
            Wanted::Series(name) => self.series(name, now).await?,
            Wanted::Tag(name) => self.tagged(name).await?,
        };
        let events = match events {
            Ok(events) => events,
            Err(why) => return Ok(Err(why)),
        };
        let mut all = Vec::new();
        for event in events {
            all.push(self.with_terms(event, None).await?);
        }
        Ok(Ok(all))
    }

    /// The whole event of a name, or the market of it.
    async fn named(&self, name: &str) -> Answer<Vec<Found>> {
        match self.gamma.event(name).await {
            Ok(event) => {
                let has = event.markets.iter().any(|market| market.slug == name);
                let only = (has && 1 < event.markets.len()).then(|| name.to_owned());
                Ok(Ok(vec![self.with_terms(event, only).await?]))
            }
            Err(GammaError::NotFound { .. }) => match self.gamma.market(name).await {
                Ok(market) => self.of_market(market).await,
                Err(GammaError::NotFound { .. }) => Ok(Err(NOT_LISTED.into())),
                Err(error) => Err(error.to_string()),
            },
            Err(error) => Err(error.to_string()),
        }
    }

    async fn of_condition(&self, id: &str) -> Answer<Market> {
        let query = MarketQuery {
            condition_ids: vec![id.to_owned()],
            ..MarketQuery::default()
        };
        let page = self.gamma.markets(&query, None).await;
        let mut markets = page.map_err(|error| error.to_string())?.items.into_iter();
        let market = markets.find(|market| market.condition_id.eq_ignore_ascii_case(id));
        Ok(market.ok_or_else(|| "the venue lists no open market of this condition".into()))
    }

    /// A market in its event, where that goes by the same name, else alone.
    async fn of_market(&self, market: Market) -> Answer<Vec<Found>> {
        let alone = Event {
            slug: market.slug.clone(),
            title: market.question.clone(),
            markets: vec![market],
            ..Event::default()
        };
        let event = match self.gamma.event(&alone.slug).await {
            Ok(event) if event.markets.iter().any(|other| other.slug == alone.slug) => event,
            Ok(_) | Err(GammaError::NotFound { .. }) => alone.clone(),
            Err(error) => return Err(error.to_string()),
        };
        Ok(Ok(vec![self.with_terms(event, Some(alone.slug)).await?]))
    }

    async fn series(&self, name: &str, now: Timestamp) -> Answer<Vec<Event>> {
        let page = self.gamma.series(name).await;
        let series = page.map_err(|error| error.to_string())?.items;
        let Some(series) = series.into_iter().find(|series| series.slug == name) else {
            return Ok(Err("the venue lists no series of this name".into()));
        };
        let query = EventQuery {
            status: Status::Open,
            series_id: Some(series.id),
            end_date_min: Some(format_rfc3339(now.nanos())),
            end_date_max: Some(format_rfc3339(now.plus(SERIES_AHEAD).nanos())),
            limit: 100,
            ..EventQuery::default()
        };
        let mut events = self.pages(&query, PAGES_MAX).await?;
        // The venue may close an event well after its end.
        events.retain(|event| event.end_date.is_some_and(|end| now < end));
        events.sort_by(|a, b| (a.end_date, &a.slug).cmp(&(b.end_date, &b.slug)));
        events.truncate(WINDOWS);
        Ok(if events.is_empty() {
            Err("the venue lists no open event of this series".into())
        } else {
            Ok(events)
        })
    }

    async fn tagged(&self, name: &str) -> Answer<Vec<Event>> {
        let query = EventQuery {
            tag_slug: Some(name.to_owned()),
            order: Some("volume24hr".into()),
            limit: TAGGED_MAX,
            ..EventQuery::default()
        };
        let events = self.pages(&query, 1).await?;
        Ok(if events.is_empty() {
            Err("the venue lists no open event of this subject".into())
        } else {
            Ok(events)
        })
    }

    async fn pages(&self, query: &EventQuery, most: usize) -> Result<Vec<Event>, String> {
        let (mut events, mut cursor) = (Vec::new(), None::<String>);
        for _ in 0..most {
            let page = self.gamma.events(query, cursor.as_deref()).await;
            let page = page.map_err(|error| error.to_string())?;
            events.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        Ok(events)
    }

    async fn with_terms(&self, event: Event, only: Option<String>) -> Result<Found, String> {
        let (mut terms, mut unusable) = (BTreeMap::new(), BTreeMap::new());
        for market in &event.markets {
            let is_wanted = only.as_ref().is_none_or(|only| *only == market.slug);
            let may_trade = market.closed != Some(true) && market.accepting_orders != Some(false);
            if !is_wanted || !may_trade || market.condition_id.is_empty() {
                continue;
            }
            let id = market.condition_id.clone();
            match self.client.clob_market(&id).await {
                Ok(clob) => match terms_of(&clob) {
                    Ok(of_it) => drop(terms.insert(id, of_it)),
                    Err(why) => drop(unusable.insert(id, why)),
                },
                Err(error) if error.is_transient() => return Err(error.to_string()),
                Err(error) => drop(unusable.insert(id, error.to_string())),
            }
        }
        Ok(Found {
            event,
            only,
            terms,
            unusable,
        })
    }
}

/// What the order service says, in the domain's terms.
fn terms_of(clob: &ClobMarket) -> Result<ClobSettings, String> {
    let tick = TickSize::parse(&clob.tick_size.to_string()).map_err(|error| error.to_string())?;
    let shares_min =
        Shares::from_decimal(clob.min_order_size).map_err(|error| error.to_string())?;
    Ok(ClobSettings {
        tick,
        shares_min,
        fee: clob.fees.map(|fee| ClobFee {
            rate: fee.rate,
            exponent: fee.exponent,
            taker_only: fee.taker_only,
        }),
        is_neg_risk: clob.neg_risk,
        is_accepting_orders: clob.accepting_orders.unwrap_or(true),
        tokens: clob.tokens.clone(),
    })
}

#[cfg(test)]
mod tests {
    use quorate_domain::Timestamp;

    use super::{Wanted, Windows, expanded};
    use crate::settings::MarketRef;

    fn names(family: &str, at_s: u64) -> Vec<String> {
        let family = MarketRef::Slug(family.to_owned());
        let wanted = expanded(&family, Timestamp::from_secs(at_s)).into_iter();
        wanted.map(|wanted: Wanted| wanted.to_string()).collect()
    }

    #[test]
    fn a_family_stands_for_its_windows_from_the_present_one_on() {
        assert_eq!(
            names("btc-updown-5m", 1_000),
            [
                "btc-updown-5m-900",
                "btc-updown-5m-1200",
                "btc-updown-5m-1500"
            ]
        );
        assert_eq!(names("btc-updown-5m-900", 1_000), ["btc-updown-5m-900"]);
        assert_eq!(names("will-it-rain", 1_000), ["will-it-rain"]);
        assert_eq!(Windows::of("btc-updown-2h"), None);
    }

    #[test]
    fn windows_of_four_hours_follow_the_clock_of_new_york_over_its_change() {
        // 2026-11-01: at 06:00 UTC the clock falls back from 2 to 1; 0 o'clock was 04:00 UTC, 4 o'clock is 09:00 UTC.
        let midnight = 1_793_505_600;
        assert_eq!(
            names("btc-updown-4h", midnight + 4 * 3_600 + 1_800),
            [
                format!("btc-updown-4h-{midnight}"),
                format!("btc-updown-4h-{}", midnight + 5 * 3_600),
                format!("btc-updown-4h-{}", midnight + 9 * 3_600)
            ]
        );
    }
}
