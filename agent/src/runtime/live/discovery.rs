//! Which markets are traded: those that the settings name, as the venue lists them, if their rules are understood.
//!
//! A name with a family of recurring windows (`btc-updown-5m`) stands for its windows, this one and the next ones. What
//! the venue's words do not say in a known way is refused and named, never guessed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use quorate_backtest::tape::{Tape, TapeMarket};
use quorate_domain::{
    Coverage, GroupId, LinkSense, Listing, Market, MarketGroup, MarketId, Shares, TickSize,
    Timestamp,
};
use quorate_polymarket::gamma::{Event, Gamma, GammaError};
use quorate_polymarket::listing::{
    ClobFee, ClobSettings, Kind, Listed, Numbering, Standing, list_event,
};
use quorate_polymarket::rest::Client;

use super::directory::{Directory, Settlement, VenueMarket};
use crate::runtime::mapping;
use crate::runtime::names::{Names, ScopeKind};
use crate::settings::keys::Topic as TopicSettings;
use crate::settings::{MarketRef, Settings, TopicKind};

/// Windows of a family that are listed ahead of their time, the present one included.
const WINDOWS: u64 = 3;

/// Looks the settings' markets up.
pub struct Discovery {
    gamma: Gamma,
    client: Arc<Client>,
    settings: Settings,
    directory: Directory,
    groups: BTreeMap<String, GroupId>,
    known: Tape,
    file: String,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// Topics, groups and markets, with the markets linked to their topics; no records.
    pub tape: Tape,
    /// The venue's names of these markets.
    pub venue: Vec<VenueMarket>,
    /// What is not traded, and why.
    pub refused: Vec<String>,
}

impl Discovery {
    /// Looks up the markets of `settings`, which are in `file`. `names` are those of earlier lives: they keep their numbers.
    #[must_use]
    pub fn new(
        gamma: Gamma,
        client: Arc<Client>,
        (settings, file): (Settings, String),
        directory: Directory,
        names: &Names,
    ) -> Self {
        let mut groups = BTreeMap::new();
        for name in names.of_kind(ScopeKind::Group) {
            if let Some(quorate_domain::Scope::Group(id)) = names.scope(ScopeKind::Group, name) {
                groups.insert(name.to_owned(), id);
            }
        }
        let known = Tape {
            topics: names.topics_listed().cloned().collect(),
            ..Tape::default()
        };
        Self {
            gamma,
            client,
            settings,
            directory,
            groups,
            known,
            file,
        }
    }

    /// Everything that the settings name now.
    ///
    /// # Errors
    /// The venue does not answer, or the settings do not fit what it lists.
    pub async fn catalogue(&mut self, now: Timestamp) -> Result<Catalogue, String> {
        let mut catalogue = Catalogue {
            tape: self.known.clone(),
            ..Catalogue::default()
        };
        let mut kinds = BTreeMap::new();
        let mut settings = self.settings.clone();
        for topic in &mut settings.topics {
            let mut found = Vec::new();
            for wanted in expanded(topic, now) {
                match self.look_up(&wanted).await? {
                    Ok(listed) => {
                        found.push(MarketRef::Slug(listed.market.name.clone()));
                        kinds.insert(listed.market.id, listed.kind.clone());
                        self.take(listed, topic, &mut catalogue);
                    }
                    Err(why) => catalogue.refused.push(format!(
                        "topic {}: market {wanted}: {why}",
                        topic.name.as_str()
                    )),
                }
            }
            // Labels go by their place: with one of them missing nothing can be said of the others.
            let whole = topic.markets.as_ref().map_or(0, Vec::len);
            if topic.kind == TopicKind::Labels && found.len() != whole {
                found.clear();
            }
            topic.markets = topic.markets.as_ref().map(|_| found);
        }
        mapping::apply(&settings, &mut catalogue.tape, &self.file)
            .map_err(|errors| errors.to_string())?;
        for listed in &mut catalogue.tape.markets {
            // The rule was read from the venue's own words: it says more than the settings can.
            let condition = match kinds.get(&listed.market.id) {
                Some(Kind::UpDown(rule)) => Some(rule.condition),
                Some(Kind::Threshold(rule)) => Some(rule.condition),
                _ => None,
            };
            if let (Some(link), Some(condition)) = (&mut listed.market.link, condition)
                && matches!(link.sense, LinkSense::Price(_))
            {
                link.sense = LinkSense::Price(condition);
            }
        }
        self.known.topics.clone_from(&catalogue.tape.topics);
        self.known.epochs.clone_from(&catalogue.tape.epochs);
        Ok(catalogue)
    }

    /// A market by its name. The inner error is why it is not traded.
    async fn look_up(&mut self, name: &str) -> Result<Result<Listed, String>, String> {
        let event = match self.gamma.event(name).await {
            Ok(event) if event.markets.iter().any(|market| market.slug == name) => event,
            Ok(_) | Err(GammaError::NotFound { .. }) => match self.gamma.market(name).await {
                Ok(market) => Event {
                    slug: market.slug.clone(),
                    title: market.question.clone(),
                    markets: vec![market],
                    ..Event::default()
                },
                Err(GammaError::NotFound { .. }) => {
                    return Ok(Err("the venue lists no market of this name".into()));
                }
                Err(error) => return Err(error.to_string()),
            },
            Err(error) => return Err(error.to_string()),
        };
        let Some(market) = event.markets.iter().find(|market| market.slug == name) else {
            return Ok(Err("the venue lists no market of this name".into()));
        };
        let mut terms = BTreeMap::new();
        if !market.condition_id.is_empty() {
            match self.client.clob_market(&market.condition_id).await {
                Ok(clob) => match terms_of(&clob) {
                    Ok(of_it) => drop(terms.insert(market.condition_id.clone(), of_it)),
                    Err(why) => return Ok(Err(why)),
                },
                Err(error) if error.is_transient() => return Err(error.to_string()),
                Err(error) => return Ok(Err(error.to_string())),
            }
        }
        let slugs = event.markets.iter();
        let slugs = slugs.map(|market| (market.condition_id.clone(), market.slug.clone()));
        let mut numbers = Numbers {
            directory: &self.directory,
            groups: &mut self.groups,
            slugs: slugs.collect(),
            event: event.slug.clone(),
        };
        let listing = list_event(&event, &terms, &mut numbers);
        let entry = listing.entries.into_iter().find(|entry| entry.slug == name);
        Ok(match entry.map(|entry| entry.standing) {
            None => Err("the venue lists no market of this name".into()),
            Some(Standing::NotReady(why)) => Err(why.to_string()),
            Some(Standing::Listed(listed)) => match &listed.kind {
                Kind::Unrecognised(refusal) => {
                    Err(format!("its rules are not understood: {refusal}"))
                }
                _ => Ok(*listed),
            },
        })
    }

    fn take(&mut self, listed: Listed, topic: &TopicSettings, catalogue: &mut Catalogue) {
        let Listed {
            mut market, venue, ..
        } = listed;
        if topic.kind == TopicKind::Labels {
            // At most one of the labels comes true; whether they are all there are is not known from their names.
            let name = format!("{} labels", topic.name.as_str());
            let id = group_number(&mut self.groups, &name);
            if !catalogue.tape.groups.iter().any(|group| group.id == id) {
                catalogue.tape.groups.push(MarketGroup {
                    id,
                    name,
                    coverage: Coverage::WithOther,
                });
            }
            market.group = Some(id);
        } else if let Some(group) = market.group
            && !catalogue.tape.groups.iter().any(|known| known.id == group)
        {
            let name = self.groups.iter().find(|(_, id)| **id == group);
            catalogue.tape.groups.push(MarketGroup {
                id: group,
                name: name.map_or_else(|| format!("group {group}"), |(name, _)| name.clone()),
                coverage: Coverage::WithOther,
            });
        }
        catalogue.venue.push(VenueMarket {
            market: market.id,
            name: market.name.clone(),
            condition: venue.condition_id,
            yes: venue.yes,
            no: venue.no,
            settlement: if venue.is_neg_risk {
                Settlement::NegRisk
            } else {
                Settlement::Standard
            },
            tick: market.tick,
            fee: market.fee,
        });
        catalogue.tape.markets.push(TapeMarket {
            market,
            category: None,
        });
    }
}

/// Listings of a catalogue that say something new, in the order in which they have to be told.
#[must_use]
pub fn news(catalogue: &Catalogue, told: &mut BTreeMap<String, Listing>) -> Vec<Listing> {
    let mut news = Vec::new();
    for listing in catalogue.tape.listings() {
        let key = match &listing {
            Listing::Market(market) => format!("market {}", market.id),
            Listing::Group(group) => format!("group {}", group.id),
            Listing::Topic(topic) => format!("topic {}", topic.id),
            Listing::Worker(worker) => format!("worker {}", worker.id),
        };
        if told.get(&key) != Some(&listing) {
            told.insert(key, listing.clone());
            news.push(listing);
        }
    }
    news
}

/// Names of a topic's markets, families as their windows.
fn expanded(topic: &TopicSettings, now: Timestamp) -> Vec<String> {
    let mut names = BTreeSet::new();
    let mut ordered = Vec::new();
    for market in topic.markets.iter().flatten() {
        let MarketRef::Slug(name) = market else {
            ordered.push(market_text(market));
            continue;
        };
        let expanded = match window_length(name) {
            None => vec![name.clone()],
            Some(length) => windows(name, length, now),
        };
        ordered.extend(
            expanded
                .into_iter()
                .filter(|name| names.insert(name.clone())),
        );
    }
    ordered
}

fn market_text(market: &MarketRef) -> String {
    match market {
        MarketRef::Slug(slug) => slug.clone(),
        MarketRef::ConditionId(bytes) => {
            format!("0x{}", quorate_backtest::replay::recorder::hex(bytes))
        }
    }
}

/// Length of the windows of a family that goes by the start of its windows; `None` for any other name.
fn window_length(name: &str) -> Option<Duration> {
    let (_, word) = name.split_once("-updown-")?;
    let minutes = match word {
        "5m" => 5,
        "15m" => 15,
        "4h" => 240,
        _ => return None,
    };
    Some(Duration::from_secs(minutes * 60))
}

fn windows(family: &str, length: Duration, now: Timestamp) -> Vec<String> {
    let (now_s, length_s) = (now.nanos() / 1_000_000_000, length.as_secs());
    let present = now_s - now_s % length_s;
    (0..WINDOWS)
        .map(|ahead| format!("{family}-{}", present + ahead * length_s))
        .collect()
}

fn group_number(groups: &mut BTreeMap<String, GroupId>, name: &str) -> GroupId {
    let next = groups.values().map(|id| id.0.saturating_add(1)).max();
    *groups
        .entry(name.to_owned())
        .or_insert(GroupId(next.unwrap_or(0)))
}

/// Numbers by name: a market and a group keep theirs for ever.
struct Numbers<'a> {
    directory: &'a Directory,
    groups: &'a mut BTreeMap<String, GroupId>,
    slugs: BTreeMap<String, String>,
    event: String,
}

impl Numbering for Numbers<'_> {
    fn market(&mut self, condition_id: &str) -> MarketId {
        let slug = self.slugs.get(condition_id);
        self.directory
            .number(slug.map_or(condition_id, String::as_str))
    }

    fn group(&mut self, _: &str) -> GroupId {
        group_number(self.groups, &self.event)
    }
}

/// What the order service says, in the domain's terms.
fn terms_of(clob: &quorate_polymarket::rest::ClobMarket) -> Result<ClobSettings, String> {
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

/// When trading in the catalogue's markets ends.
pub fn ends(catalogue: &Catalogue) -> impl Iterator<Item = (MarketId, Timestamp)> + '_ {
    let markets = catalogue.tape.markets.iter().map(|listed| &listed.market);
    markets.filter_map(|market: &Market| Some((market.id, market.closes_at?)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use quorate_domain::Timestamp;

    use super::{window_length, windows};

    #[test]
    fn a_family_stands_for_its_windows_from_the_present_one_on() {
        let length = window_length("btc-updown-5m").unwrap_or_default();
        assert_eq!(length, Duration::from_secs(300));
        let names = windows("btc-updown-5m", length, Timestamp::from_secs(1_000));
        assert_eq!(
            names,
            [
                "btc-updown-5m-900",
                "btc-updown-5m-1200",
                "btc-updown-5m-1500"
            ]
        );
        assert_eq!(window_length("btc-updown-5m-900"), None);
        assert_eq!(window_length("will-it-rain"), None);
    }
}
