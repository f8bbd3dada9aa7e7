//! Which markets are traded: those that the settings name, as the venue lists them, if their rules are understood.
//!
//! A name is a market, or an event with all its markets; a family of recurring windows (`btc-updown-5m`) stands for this
//! window and the next ones. What the venue's words do not say in a known way is refused and named, never guessed; a
//! market that is not understood any more is listed again without its topic, so that nothing trades it.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;

use quorate_backtest::tape::{Tape, TapeEpoch, TapeMarket};
use quorate_collective::Quantity;
use quorate_domain::{
    Coverage, EpochId, GroupId, Input, LabelId, LinkSense, Listing, Market, MarketGroup, MarketId,
    Timestamp, TopicId,
};
use quorate_polymarket::gamma::Gamma;
use quorate_polymarket::listing::{Kind, Listed, Numbering, Standing, list_event};
use quorate_polymarket::rest::Client;
use quorate_workers::Clock;
use tokio::sync::watch;

use super::directory::{Directory, Settlement, VenueMarket};
use super::fitting::Fitting;
use super::lookup::{Found, Lookup, Wanted, expanded};
use super::price_sources::{Access, Endpoints};
use super::prices::{self, Reference, Strike, Wishes};
use crate::journal::Note;
use crate::runtime::feed::FeedLine;
use crate::runtime::mapping;
use crate::runtime::names::{Names, ScopeKind};
use crate::settings::keys::Topic as TopicSettings;
use crate::settings::{MarketRef, Settings, TopicKind, quantity};

/// What notes of refused markets are called in the journal.
pub const REFUSED_NOTE: &str = "not_traded";

/// Looks the settings' markets up.
pub struct Discovery {
    lookup: Lookup,
    client: Arc<Client>,
    settings: Settings,
    directory: Directory,
    groups: BTreeMap<String, GroupId>,
    known: Tape,
    file: String,
    /// Markets as they were listed last, by name.
    last: BTreeMap<String, Market>,
    /// Windows that had begun before this life: whether their beginning was seen is known to the decision core alone.
    begun_before: BTreeSet<String>,
    references: BTreeMap<TopicId, Reference>,
    said: BTreeSet<String>,
    wishes: watch::Sender<Wishes>,
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
    /// Those refusals that were not said before, each with the topic of the settings that it is about.
    pub news: Vec<(String, Note)>,
}

impl Catalogue {
    /// New refusals for the feed: the topic is told again as it is, which changes nothing, with the note before it.
    pub fn remarks(&self) -> impl Iterator<Item = (Input, Note)> + '_ {
        self.news.iter().filter_map(|(topic, note)| {
            let mut topics = self.tape.topics.iter();
            let topic = topics.find(|listed| listed.name == *topic)?;
            Some((Input::Listed(Listing::Topic(topic.clone())), note.clone()))
        })
    }
}

/// One market on its way into the catalogue.
struct Taken {
    listed: Listed,
    /// Name of its outcome within its event.
    label: String,
    /// Where the settings name it, counted from 0, and whether as one of several.
    place: Place,
}

/// A market that is not taken up: its name, why, and what that means if it was traded before.
type NotTaken = (String, (String, Weight));

/// Where a market is named.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Number in the topic's list.
    number: usize,
    /// Whether it came with the other outcomes of its event.
    is_outcome: bool,
}

/// What is not traded, and why.
struct Refusal {
    topic: String,
    /// The market's name, or what the settings call it; nothing for a whole topic.
    market: Option<String>,
    why: String,
    weight: Weight,
}

/// How much a refusal means for a market that was traded before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// Nothing new: it is closed, or not known to the venue.
    Passing,
    /// It is not the market that was traded: trading it ends.
    Withdrawing,
}

impl Refusal {
    fn text(&self) -> String {
        let market = self.market.as_ref();
        let market = market.map_or_else(String::new, |name| format!("market {name}: "));
        format!("topic {}: {market}{}", self.topic, self.why)
    }
}

/// What is collected about groups: at the end it is known whether all their outcomes are traded.
#[derive(Default)]
struct Groups(BTreeMap<GroupId, GroupSeen>);

struct GroupSeen {
    group: MarketGroup,
    outcomes: usize,
    taken: BTreeSet<MarketId>,
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
        let last: BTreeMap<String, Market> = names
            .markets()
            .map(|market| (market.name.clone(), market.clone()))
            .collect();
        Self {
            lookup: Lookup::new(gamma, Arc::clone(&client)),
            client,
            settings,
            directory,
            groups,
            known,
            file,
            begun_before: last.keys().cloned().collect(),
            last,
            references: BTreeMap::new(),
            said: BTreeSet::new(),
            wishes: watch::Sender::default(),
        }
    }

    /// Tells the prices that the listed markets hang on, as they come, until nobody listens.
    pub fn prices(
        &self,
        endpoints: Endpoints,
        out: (FeedLine, Arc<dyn Clock>),
    ) -> impl Future<Output = ()> + Send + use<> {
        let access = Access::of_account(
            Arc::clone(&self.client),
            endpoints,
            self.settings.data.price_feed,
            self.settings.risk.max_reference_price_age,
        );
        prices::tell(self.wishes.subscribe(), access, out)
    }

    /// Prices that are wished for, as they change.
    #[must_use]
    pub fn wishes(&self) -> watch::Receiver<Wishes> {
        self.wishes.subscribe()
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
        let mut settings = self.settings.clone();
        let mut groups = Groups::default();
        let mut all: Vec<(String, Vec<Taken>)> = Vec::new();
        let mut refusals: Vec<Refusal> = Vec::new();
        let mut references = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for topic in &mut settings.topics {
            let name = topic.name.as_str().to_owned();
            let mut fitting = Fitting::new(
                topic,
                self.reference_of(&name),
                (
                    self.settings.data.price_feed,
                    self.client.credentials().is_some(),
                ),
            );
            let mut taken = Vec::new();
            let mut refuse = |market: String, (why, weight): (String, Weight)| {
                refusals.push(Refusal {
                    topic: name.clone(),
                    market: Some(market),
                    why,
                    weight,
                });
            };
            for (number, market) in topic.markets.iter().flatten().enumerate() {
                for wanted in expanded(market, now) {
                    let found = match self.lookup.find(&wanted, now).await? {
                        Ok(found) => found,
                        Err(why) => {
                            refuse(wanted.to_string(), (why, Weight::Passing));
                            continue;
                        }
                    };
                    for found in found {
                        let of_it = self.list(&found, &wanted, number, &mut groups);
                        for one in of_it {
                            let fits = one.and_then(|one| {
                                fits(one, &mut fitting, &self.directory, &mut seen)
                            });
                            match fits {
                                Ok(one) => taken.push(one),
                                Err((market, why)) => refuse(market, why),
                            }
                        }
                    }
                }
            }
            let whole = in_order(topic, &mut taken);
            if let Err(why) = whole {
                refusals.push(Refusal {
                    topic: name.clone(),
                    market: None,
                    why,
                    weight: Weight::Passing,
                });
            }
            if quantity(topic.kind) == Quantity::Price {
                topic.epoch = topic.epoch.or(fitting.length());
            }
            let found = taken.iter().map(|one| &one.listed.market.name);
            topic.markets = topic
                .markets
                .as_ref()
                .map(|_| found.cloned().map(MarketRef::Slug).collect());
            references.extend(
                fitting
                    .reference()
                    .map(|reference| (name.clone(), reference)),
            );
            self.group_labels(topic, &mut taken, &mut groups);
            all.push((name, taken));
        }
        for (_, taken) in &all {
            for one in taken {
                groups.take(&one.listed.market);
                catalogue.take(one);
            }
        }
        catalogue.tape.groups = groups.into_groups();
        mapping::apply(&settings, &mut catalogue.tape, &self.file)
            .map_err(|errors| errors.to_string())?;
        self.link(&settings, &all, &mut catalogue.tape);
        self.known.topics.clone_from(&catalogue.tape.topics);
        self.withdraw(&refusals, &mut catalogue.tape);
        self.wish(&references, &all, &catalogue.tape, now);
        for listed in &catalogue.tape.markets {
            let market = &listed.market;
            self.last.insert(market.name.clone(), market.clone());
        }
        self.say(refusals, &mut catalogue);
        Ok(catalogue)
    }

    fn reference_of(&self, topic: &str) -> Option<Reference> {
        let id = topic_number(&self.known, topic)?;
        self.references.get(&id).copied()
    }

    /// The wanted markets of an event; for those that cannot be traded, their names and why.
    fn list(
        &mut self,
        found: &Found,
        wanted: &Wanted,
        number: usize,
        groups: &mut Groups,
    ) -> Vec<Result<Taken, NotTaken>> {
        let event = &found.event;
        let slugs = event.markets.iter();
        let slugs = slugs.map(|market| (market.condition_id.clone(), market.slug.clone()));
        let mut numbers = Numbers {
            directory: &self.directory,
            groups: &mut self.groups,
            slugs: slugs.collect(),
            event: event.slug.clone(),
        };
        let listing = list_event(event, &found.terms, &mut numbers);
        let is_list = matches!(wanted, Wanted::Series(_) | Wanted::Tag(_));
        let is_outcome = found.only.is_none() && (is_list || 1 < event.markets.len());
        if let Some(group) = listing.group {
            groups.see(group, listing.entries.len());
        }
        let is_wanted = |slug: &String| found.only.as_ref().is_none_or(|only| only == slug);
        let entries = listing.entries.into_iter();
        let mut all: Vec<_> = entries
            .filter(|entry| is_wanted(&entry.slug))
            .map(|entry| {
                let why = match entry.standing {
                    Standing::Listed(listed) => match &listed.kind {
                        Kind::Unrecognised(refusal) => (
                            format!("its rules are not understood: {refusal}"),
                            Weight::Withdrawing,
                        ),
                        _ => {
                            return Ok(Taken {
                                listed: *listed,
                                label: entry.label,
                                place: Place { number, is_outcome },
                            });
                        }
                    },
                    Standing::NotReady(why) => {
                        let unusable = found.unusable.get(&entry.condition_id);
                        let why = unusable.cloned().unwrap_or_else(|| why.to_string());
                        (why, Weight::Passing)
                    }
                };
                Err((entry.slug, why))
            })
            .collect();
        if all.is_empty() {
            let why = "the venue lists no market of this name".to_owned();
            all.push(Err((wanted.to_string(), (why, Weight::Passing))));
        }
        all
    }

    /// Markets of labels exclude each other. Where the venue says so itself, its group stands.
    fn group_labels(&mut self, topic: &TopicSettings, taken: &mut [Taken], groups: &mut Groups) {
        let first = taken.first().and_then(|one| one.listed.market.group);
        let is_grouped =
            first.is_some() && taken.iter().all(|one| one.listed.market.group == first);
        if topic.kind != TopicKind::Labels || is_grouped || taken.is_empty() {
            return;
        }
        // At most one of the labels comes true; whether they are all there are is not known from their names.
        let name = format!("{} labels", topic.name.as_str());
        let id = group_number(&mut self.groups, &name);
        let group = MarketGroup {
            id,
            name,
            coverage: Coverage::WithOther,
        };
        groups.see(group, usize::MAX);
        for one in taken {
            one.listed.market.group = Some(id);
        }
    }

    /// Gives every market its round and label for ever, and the question that its own words ask.
    fn link(&self, settings: &Settings, all: &[(String, Vec<Taken>)], tape: &mut Tape) {
        let kinds: BTreeMap<&str, TopicKind> = settings
            .topics
            .iter()
            .map(|topic| (topic.name.as_str(), topic.kind))
            .collect();
        for (name, taken) in all {
            let Some(topic) = topic_number(tape, name) else {
                continue;
            };
            let places = if kinds.get(name.as_str()) == Some(&TopicKind::Labels) {
                BTreeMap::new()
            } else {
                tape.epochs.retain(|epoch| epoch.topic != topic);
                self.places(topic, taken)
            };
            for one in taken {
                let id = one.listed.market.id;
                let mut markets = tape.markets.iter_mut();
                let Some(listed) = markets.find(|listed| listed.market.id == id) else {
                    continue;
                };
                let Some(link) = &mut listed.market.link else {
                    continue;
                };
                // The rule was read from the venue's own words: it says more than the settings can.
                let condition = match &one.listed.kind {
                    Kind::UpDown(rule) => Some(rule.condition),
                    Kind::Threshold(rule) => Some(rule.condition),
                    Kind::Election(_) | Kind::Unrecognised(_) => None,
                };
                if let (LinkSense::Price(_), Some(condition)) = (link.sense, condition) {
                    link.sense = LinkSense::Price(Reference::asks(condition));
                }
                if let Some((epoch, label)) = places.get(&id) {
                    (link.epoch, link.label) = (*epoch, *label);
                    let name = if one.place.is_outcome && !one.label.is_empty() {
                        &one.label
                    } else {
                        &one.listed.market.name
                    };
                    name_label(tape, topic, (*epoch, *label), name);
                }
            }
        }
    }

    /// Rounds and labels of a topic's markets. One that it has had before stays, whatever else comes and goes: a window's
    /// round is counted by its beginning, another market's by its place in the settings.
    fn places(&self, topic: TopicId, taken: &[Taken]) -> BTreeMap<MarketId, (EpochId, LabelId)> {
        let mut places = BTreeMap::new();
        let mut next: BTreeMap<EpochId, u16> = BTreeMap::new();
        let before = self.last.values().filter_map(|market| {
            let link = market.link.filter(|link| link.topic == topic)?;
            Some((market.id, (link.epoch, link.label)))
        });
        let before: BTreeMap<MarketId, (EpochId, LabelId)> = before.collect();
        for (epoch, label) in before.values() {
            let free = next.entry(*epoch).or_default();
            *free = (*free).max(label.0.saturating_add(1));
        }
        for one in taken {
            let market = &one.listed.market;
            if let Some(place) = before.get(&market.id) {
                places.insert(market.id, *place);
                continue;
            }
            let epoch = match (market.opens_at, market.closes_at) {
                (Some(opens), Some(closes)) if opens < closes => {
                    let length = closes.since(opens).as_nanos();
                    let number = u128::from(opens.nanos()) / length.max(1);
                    EpochId(u64::try_from(number).unwrap_or(u64::MAX))
                }
                _ => EpochId(one.place.number as u64),
            };
            let label = if one.place.is_outcome {
                let free = next.entry(epoch).or_default();
                let label = LabelId(*free);
                *free = free.saturating_add(1);
                label
            } else {
                LabelId(0)
            };
            places.insert(market.id, (epoch, label));
        }
        places
    }

    /// Markets that were traded and are refused now lose their topic: without one nothing is judged.
    fn withdraw(&self, refusals: &[Refusal], tape: &mut Tape) {
        let withdrawn = refusals
            .iter()
            .filter(|refusal| refusal.weight == Weight::Withdrawing);
        let withdrawn: BTreeSet<&String> = withdrawn
            .filter_map(|refusal| refusal.market.as_ref())
            .collect();
        for market in self.last.values() {
            let is_listed = tape
                .markets
                .iter()
                .any(|listed| listed.market.id == market.id);
            if withdrawn.contains(&market.name) && !is_listed {
                let market = Market {
                    link: None,
                    ..market.clone()
                };
                tape.markets.push(TapeMarket {
                    market,
                    category: None,
                });
            }
        }
    }

    fn wish(
        &mut self,
        references: &BTreeMap<String, Reference>,
        all: &[(String, Vec<Taken>)],
        tape: &Tape,
        now: Timestamp,
    ) {
        // Only what had begun by the first look can have been seen by an earlier life.
        let last = &self.last;
        self.begun_before.retain(|name| {
            let market = last.get(name);
            market.is_some_and(|market| market.opens_at.is_some_and(|opens| opens <= now))
        });
        let mut strikes = BTreeSet::new();
        for (name, taken) in all {
            let Some(topic) = topic_number(tape, name) else {
                continue;
            };
            if let Some(reference) = references.get(name) {
                self.references.insert(topic, *reference);
            }
            for one in taken {
                let market = one.listed.market.name.clone();
                if let (Kind::UpDown(rule), true) =
                    (&one.listed.kind, references.contains_key(name))
                    && !self.begun_before.contains(&market)
                {
                    let at = rule.strike.at();
                    strikes.insert(Strike { topic, at, market });
                }
            }
        }
        let wishes = Wishes {
            references: self.references.clone(),
            strikes,
        };
        self.wishes.send_if_modified(|old| {
            let is_new = *old != wishes;
            *old = wishes;
            is_new
        });
    }

    fn say(&mut self, refusals: Vec<Refusal>, catalogue: &mut Catalogue) {
        let now: BTreeSet<String> = refusals.iter().map(Refusal::text).collect();
        self.said.retain(|why| now.contains(why));
        for refusal in refusals {
            let why = refusal.text();
            if self.said.insert(why.clone()) {
                tracing::warn!(event = REFUSED_NOTE, why, "a market is not traded");
                let note = Note {
                    event: REFUSED_NOTE.into(),
                    text: why.clone(),
                };
                catalogue.news.push((refusal.topic, note));
            }
            catalogue.refused.push(why);
        }
    }
}

impl Catalogue {
    fn take(&mut self, one: &Taken) {
        let Listed { market, venue, .. } = &one.listed;
        self.venue.push(VenueMarket {
            market: market.id,
            name: market.name.clone(),
            condition: venue.condition_id.clone(),
            yes: venue.yes.clone(),
            no: venue.no.clone(),
            settlement: if venue.is_neg_risk {
                Settlement::NegRisk
            } else {
                Settlement::Standard
            },
            tick: market.tick,
            fee: market.fee,
        });
        self.tape.markets.push(TapeMarket {
            market: market.clone(),
            category: None,
        });
    }
}

impl Groups {
    fn see(&mut self, group: MarketGroup, outcomes: usize) {
        let coverage = group.coverage;
        let seen = self.0.entry(group.id).or_insert_with(|| GroupSeen {
            group,
            outcomes,
            taken: BTreeSet::new(),
        });
        // Asked for one market alone, nothing is known of the others.
        if coverage == Coverage::Exhaustive {
            seen.group.coverage = coverage;
        }
    }

    fn take(&mut self, market: &Market) {
        let group = market.group.and_then(|id| self.0.get_mut(&id));
        group.map(|seen| seen.taken.insert(market.id));
    }

    /// Groups with markets in them. One whose outcomes are not all traded can end with none of those that are.
    fn into_groups(self) -> Vec<MarketGroup> {
        let all = self.0.into_values().filter(|seen| !seen.taken.is_empty());
        all.map(|mut seen| {
            if seen.taken.len() != seen.outcomes {
                seen.group.coverage = Coverage::WithOther;
            }
            seen.group
        })
        .collect()
    }
}

/// Whether a market can hang on its topic, once, under the identity that it has always had.
fn fits(
    one: Taken,
    fitting: &mut Fitting,
    directory: &Directory,
    seen: &mut BTreeSet<MarketId>,
) -> Result<Taken, NotTaken> {
    let (market, venue) = (&one.listed.market, &one.listed.venue);
    let refuse = |why: String| Err((market.name.clone(), (why, Weight::Withdrawing)));
    if let Some(known) = directory.market(market.id)
        && (&known.condition, &known.yes, &known.no) != (&venue.condition_id, &venue.yes, &venue.no)
    {
        return refuse("its condition or its tokens are not those that were traded".into());
    }
    if let Err(why) = fitting.check(&one.listed.kind) {
        return refuse(why);
    }
    if !seen.insert(market.id) {
        let why = "the settings name it more than once".to_owned();
        return Err((market.name.clone(), (why, Weight::Passing)));
    }
    Ok(one)
}

/// Brings the markets of a topic of labels into the order of the labels: by the outcomes' names where the settings name
/// one event, else as they are named. With one of them missing nothing can be said of the others.
fn in_order(topic: &TopicSettings, taken: &mut Vec<Taken>) -> Result<(), String> {
    let (TopicKind::Labels, Some(labels)) = (topic.kind, &topic.labels) else {
        return Ok(());
    };
    if topic.markets.as_ref().is_some_and(|named| named.len() == 1) {
        let mut ordered = Vec::new();
        for label in labels {
            let named = |one: &Taken| one.label.trim().eq_ignore_ascii_case(label.trim());
            if let Some(place) = taken.iter().position(named) {
                ordered.push(taken.swap_remove(place));
            }
        }
        *taken = ordered;
    }
    if taken.len() == labels.len() {
        return Ok(());
    }
    let found = taken.len();
    taken.clear();
    Err(format!(
        "{found} of its {} labels have a market that can be traded; none of them is",
        labels.len()
    ))
}

fn name_label(tape: &mut Tape, topic: TopicId, (epoch, label): (EpochId, LabelId), name: &str) {
    let known = tape
        .epochs
        .iter()
        .position(|known| known.topic == topic && known.id == epoch);
    let place = known.unwrap_or_else(|| {
        tape.epochs.push(TapeEpoch {
            topic,
            id: epoch,
            name: format!("round-{epoch}"),
            labels: Vec::new(),
        });
        tape.epochs.len() - 1
    });
    let labels = &mut tape.epochs[place].labels;
    let number = usize::from(label.0);
    if labels.len() <= number {
        labels.resize(number + 1, String::new());
    }
    name.clone_into(&mut labels[number]);
}

fn topic_number(tape: &Tape, name: &str) -> Option<TopicId> {
    let topic = tape.topics.iter().find(|topic| topic.name == name);
    topic.map(|topic| topic.id)
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

/// When trading in the catalogue's markets ends.
pub fn ends(catalogue: &Catalogue) -> impl Iterator<Item = (MarketId, Timestamp)> + '_ {
    let markets = catalogue.tape.markets.iter().map(|listed| &listed.market);
    markets.filter_map(|market: &Market| Some((market.id, market.closes_at?)))
}
