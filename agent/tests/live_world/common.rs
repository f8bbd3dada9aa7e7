//! A venue's catalogue and price stream that do as they are told, and an instance on them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path as Segment, Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use futures_util::{SinkExt, StreamExt};
use quorate_agent::journal::{Journal, Record, SharedDisk, SimDisk, Step};
use quorate_agent::runtime::batch::Handled;
use quorate_agent::runtime::feed::{Feed, FeedLine, LiveFeed, live_feed};
use quorate_agent::runtime::instance::Folder;
use quorate_agent::runtime::live::directory::Directory;
use quorate_agent::runtime::live::discovery::{Catalogue, Discovery, news};
use quorate_agent::runtime::live::price_sources::Endpoints;
use quorate_agent::runtime::machine::{Durability, Machine, Observer};
use quorate_agent::runtime::names::Names;
use quorate_agent::runtime::setup::Setup;
use quorate_agent::runtime::start::open;
use quorate_agent::settings::{Settings, Sources};
use quorate_backtest::replay::{NumberedStrategy, StrategyKind};
use quorate_domain::{
    Cash, Decision, Input, Level, Listing, MarketEvent, MarketId, MarketInput, NoTradeReason,
    Price, Shares, Timestamp, Verdict,
};
use quorate_engine::Engine;
use quorate_polymarket::auth::Credentials;
use quorate_polymarket::gamma::{Gamma, GammaSettings};
use quorate_polymarket::rest::{Bounds, Client, ClientOptions, Hosts};
use quorate_prices::Endpoint;
use quorate_strategies::PriceDirection;
use quorate_venue::{Exchange, VenueConfig};
use quorate_workers::Clock;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// How long anything may take before the test gives up on it.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the catalogue lists: events by name, families by name with their events.
#[derive(Default)]
pub(crate) struct Listed {
    pub(crate) events: BTreeMap<String, Value>,
    pub(crate) series: BTreeMap<String, (String, Vec<String>)>,
}

type Shared = Arc<Mutex<Listed>>;

/// The catalogue and the order service.
pub(crate) struct Venue {
    pub(crate) listed: Shared,
    url: String,
}

impl Venue {
    pub(crate) async fn start() -> Self {
        let listed = Shared::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .route("/events/slug/{slug}", get(event))
            .route("/markets/slug/{slug}", get(market))
            .route("/markets/keyset", get(markets))
            .route("/events/keyset", get(events))
            .route("/series", get(series))
            .route("/clob-markets/{id}", get(terms))
            .with_state(Arc::clone(&listed));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { listed, url }
    }

    pub(crate) fn list(&self, event: Value) {
        let slug = event["slug"].as_str().unwrap().to_owned();
        self.listed.lock().unwrap().events.insert(slug, event);
    }

    /// Changes one market of an event.
    pub(crate) fn change(&self, event: &str, market: usize, key: &str, value: Value) {
        let mut listed = self.listed.lock().unwrap();
        listed.events.get_mut(event).unwrap()["markets"][market][key] = value;
    }

    pub(crate) fn client(&self) -> Arc<Client> {
        let options = ClientOptions {
            hosts: Hosts::local(&self.url).unwrap(),
            bounds: Bounds::default(),
            wall: Arc::new(|| 0),
        };
        let client = Client::new(options, None).unwrap();
        client.set_credentials(Credentials {
            api_key: "key".into(),
            secret: "secret".to_owned().into(),
            passphrase: "phrase".to_owned().into(),
        });
        Arc::new(client)
    }

    pub(crate) fn discovery(&self, settings: &Settings, names: &Names) -> Discovery {
        let gamma = Gamma::new(GammaSettings {
            base_url: self.url.clone(),
            attempts_max: 1,
            ..GammaSettings::default()
        });
        Discovery::new(
            gamma.unwrap(),
            self.client(),
            (settings.clone(), "quorate.toml".into()),
            Directory::of_past(names, &[]),
            names,
        )
    }
}

type Answer = Result<Json<Value>, StatusCode>;

fn found(value: Option<Value>) -> Answer {
    value.map(Json).ok_or(StatusCode::NOT_FOUND)
}

fn all_markets(listed: &Listed) -> Vec<Value> {
    let events = listed.events.values();
    events
        .flat_map(|event| event["markets"].as_array().unwrap().clone())
        .collect()
}

async fn event(State(listed): State<Shared>, Segment(slug): Segment<String>) -> Answer {
    found(listed.lock().unwrap().events.get(&slug).cloned())
}

async fn market(State(listed): State<Shared>, Segment(slug): Segment<String>) -> Answer {
    let mut markets = all_markets(&listed.lock().unwrap()).into_iter();
    found(markets.find(|market| market["slug"] == slug))
}

async fn markets(
    State(listed): State<Shared>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answer {
    let mut markets = all_markets(&listed.lock().unwrap());
    markets.retain(|market| market["conditionId"] == query["condition_ids"]);
    Ok(Json(json!({"markets": markets})))
}

async fn series(
    State(listed): State<Shared>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answer {
    let listed = listed.lock().unwrap();
    let series = listed.series.get(&query["slug"]);
    let series = series.map(|(id, _)| json!({"id": id, "slug": query["slug"]}));
    Ok(Json(series.map_or(json!([]), |one| json!([one]))))
}

async fn events(
    State(listed): State<Shared>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Answer {
    let listed = listed.lock().unwrap();
    let of_series = |id: &String| {
        let mut all = listed.series.values();
        all.find(|(other, _)| other == id)
            .map(|(_, events)| events.clone())
    };
    let names = query.get("series_id").and_then(of_series);
    let names = names.unwrap_or_else(|| listed.events.keys().cloned().collect());
    let events: Vec<&Value> = names.iter().map(|name| &listed.events[name]).collect();
    Ok(Json(json!({"events": events})))
}

async fn terms(State(listed): State<Shared>, Segment(id): Segment<String>) -> Answer {
    let markets = all_markets(&listed.lock().unwrap());
    let market = markets.iter().find(|market| market["conditionId"] == *id);
    found(market.map(|market| {
        let of_text = |key: &str| -> Vec<String> {
            serde_json::from_str(market[key].as_str().unwrap()).unwrap()
        };
        let names = of_text("outcomes").into_iter();
        let tokens: Vec<Value> = of_text("clobTokenIds")
            .into_iter()
            .zip(names)
            .map(|(token, name)| json!({"t": token, "o": name}))
            .collect();
        json!({
            "c": id, "t": tokens, "mts": market["tick"].as_f64().unwrap_or(0.01), "mos": 5,
            "nr": market["negRisk"], "ao": true, "fd": {"r": market["rate"], "e": 1, "to": true},
        })
    }))
}

const TWAP: &str = "This market will resolve to \"Up\" if the time-weighted average price (TWAP) of Bitcoin, generated by Chainlink, of the time range specified in the title is greater than or equal to the price at the beginning of that range. Otherwise, it will resolve to \"Down\".\nThe resolution source for this market is information from Chainlink, specifically the BTC/USD TWAP data stream available at https://data.chain.link/streams/btc-usd-twap-60s-streams.\nPlease note that this market is about the price according to the TWAP Chainlink data stream for the asset pair BTC/USD, not according to any other sources or spot markets.";
const PRESIDENT: &str = "The 2028 US Presidential Election is scheduled to take place on November 7, 2028.\n\nThis market will resolve to the person who wins the 2028 US Presidential Election.\n\nThe resolution source for this market is the Associated Press, Fox News, and NBC. This market will resolve once all three sources call the race for the same candidate. If all three sources haven\u{2019}t called the race for the same candidate by the inauguration date (January 20, 2029) this market will resolve based on who is inaugurated.";

/// The window that begins in the evening of 7 June 2026 at 7:55 in New York.
pub(crate) const WINDOW_S: u64 = 1_780_876_500;

/// A window of five minutes, `number` of them after [`WINDOW_S`].
pub(crate) fn window(number: i64) -> Value {
    let starts = WINDOW_S.checked_add_signed(number * 300).unwrap();
    let clock = |secs: u64| {
        let minutes = 19 * 60 + 55 + (secs.cast_signed() - WINDOW_S.cast_signed()) / 60;
        format!("{}:{:02}PM", minutes / 60 - 12, minutes % 60)
    };
    let slug = format!("btc-updown-5m-{starts}");
    let title = format!(
        "Bitcoin Up or Down - June 7, {}-{} ET",
        clock(starts),
        clock(starts + 300)
    );
    let at = |secs: u64| {
        jiff::Timestamp::from_second(secs.cast_signed())
            .unwrap()
            .to_string()
    };
    let id = 100 + number;
    json!({
        "id": id.to_string(), "slug": slug, "title": title, "negRisk": false, "endDate": at(starts + 300),
        "tags": [{"slug": "crypto"}], "markets": [{
            "id": id.to_string(), "version": "v1", "slug": slug, "question": title,
            "conditionId": format!("0x{id:064x}"), "description": TWAP, "outcomes": "[\"Up\", \"Down\"]",
            "clobTokenIds": format!("[\"{id}1\", \"{id}2\"]"), "acceptingOrders": true,
            "enableOrderBook": true, "active": true, "closed": false, "negRisk": false, "feesEnabled": true,
            "feeType": "crypto_fees_v2", "rate": 0.07,
            "feeSchedule": {"rate": 0.07, "exponent": 1, "takerOnly": true, "rebateRate": 0.2},
            "eventStartTime": at(starts), "endDate": at(starts + 300),
            "resolutionSource": "https://data.chain.link/streams/btc-usd-twap-60s-streams",
        }],
    })
}

pub(crate) fn outcome(number: u32, label: &str) -> Value {
    json!({
        "id": number.to_string(), "slug": format!("president-{number}"), "conditionId": format!("0x{number:064x}"),
        "question": format!("Will {label} win the 2028 US Presidential Election?"), "groupItemTitle": label, "description": PRESIDENT,
        "outcomes": "[\"Yes\", \"No\"]", "clobTokenIds": format!("[\"{number}1\", \"{number}2\"]"),
        "acceptingOrders": true, "enableOrderBook": true, "active": true, "closed": false, "negRisk": true,
        "rate": 0.04, "endDate": "2028-11-07T00:00:00Z",
    })
}

pub(crate) const ELECTION: &str = "presidential-election-winner-2028";

pub(crate) fn election(outcomes: &[Value]) -> Value {
    json!({
        "id": "31552", "slug": ELECTION, "title": "Presidential Election Winner 2028", "description": PRESIDENT,
        "negRisk": true, "tags": [{"slug": "elections"}], "endDate": "2028-11-07T00:00:00Z", "markets": outcomes,
    })
}

pub(crate) fn settings(topics: &str) -> Settings {
    let text = format!("config_version = 1\n[data]\nsource = \"live\"\n{topics}");
    let sources = Sources::new(".").text("quorate.toml", &text, Path::new("."));
    let loaded = Settings::load(&sources);
    loaded.unwrap_or_else(|errors| panic!("{errors}")).0
}

/// A clock that stands where it is put.
pub(crate) struct Hand(AtomicU64);

impl Hand {
    pub(crate) fn at(start: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(start.nanos())))
    }

    pub(crate) fn put(&self, at: Timestamp) {
        self.0.fetch_max(at.nanos(), Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.load(Ordering::SeqCst))
    }
}

/// The venue's price stream.
pub(crate) struct PriceServer(TcpListener);

/// One connection to it.
pub(crate) struct Subscriber(WebSocketStream<TcpStream>);

impl PriceServer {
    pub(crate) async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        let here = format!("ws://{}", self.0.local_addr().unwrap());
        let here = Endpoint::parse(&here).unwrap();
        Endpoints {
            venue: here.clone(),
            legacy: here.clone(),
            exchange: here,
        }
    }

    /// Waits for a connection, its log-in and its subscription of averages.
    pub(crate) async fn accept(&self) -> Subscriber {
        let (stream, _) = tokio::time::timeout(PATIENCE, self.0.accept())
            .await
            .unwrap()
            .unwrap();
        let mut peer = Subscriber(tokio_tungstenite::accept_async(stream).await.unwrap());
        assert!(peer.text().await.contains("\"apiKey\":\"key\""));
        peer.send(json!({"op": "authed", "rid": "1"})).await;
        let asked: Value = serde_json::from_str(&peer.text().await).unwrap();
        let wanted = json!([{
            "channel": "price.crypto.twap",
            "filter": {"symbol": "btcusd", "window_seconds": 60, "provider": "chainlink"},
        }]);
        assert_eq!(asked["subscriptions"], wanted);
        peer.send(json!({"op": "subscribed", "rid": "2", "channel": "price.crypto.twap"}))
            .await;
        peer
    }
}

impl Subscriber {
    async fn text(&mut self) -> String {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
            if let Message::Text(text) = next.unwrap().unwrap().unwrap() {
                return text.to_string();
            }
        }
    }

    async fn send(&mut self, frame: Value) {
        let text = Message::text(frame.to_string());
        self.0.send(text).await.unwrap();
    }

    /// One value of the average.
    pub(crate) async fn average(&mut self, at_s: u64, dollars: &str) {
        self.payload(json!({
            "symbol": "btcusd", "source": "chainlink", "timestamp": at_s * 1_000, "window_seconds": 60,
            "full_accuracy_value": dollars,
        }))
        .await;
    }

    pub(crate) async fn payload(&mut self, payload: Value) {
        self.send(json!({"v": 1, "channel": "price.crypto.twap", "ts": 1, "payload": payload}))
            .await;
    }
}

/// What was decided, newest last.
#[derive(Default)]
pub(crate) struct Seen(pub(crate) Vec<Decision>);

impl Observer for Seen {
    fn stepped(&mut self, _: &Engine, _: &Step, handled: &[Handled]) {
        let decisions = handled.iter().flat_map(|one| one.decisions.iter());
        self.0.extend(decisions.cloned());
    }
}

impl Seen {
    pub(crate) fn newest(&self, market: MarketId) -> &Decision {
        let mut all = self.0.iter().rev();
        all.find(|decision| decision.market == market).unwrap()
    }

    pub(crate) fn why_not(&self, market: MarketId) -> Option<NoTradeReason> {
        match self.newest(market).verdict {
            Verdict::NoTrade(why) => Some(why),
            _ => None,
        }
    }
}

/// An instance on simulated money.
pub(crate) struct Instance {
    pub(crate) machine: Machine<Exchange>,
    pub(crate) seen: Seen,
    pub(crate) clock: Arc<Hand>,
    pub(crate) line: FeedLine,
    feed: LiveFeed,
    disk: SharedDisk,
    folder: Folder,
    told: BTreeMap<String, Listing>,
    quotes: i64,
}

impl Instance {
    /// One that has heard of what is in the catalogue.
    pub(crate) fn start(settings: &Settings, catalogue: &Catalogue, now: Timestamp) -> Self {
        let topics = catalogue.tape.topics.iter();
        let topics = topics.map(|topic| (topic.name.clone(), topic.id)).collect();
        let mut engine = settings.engine_config_for(&topics);
        engine.coalesce = Duration::ZERO;
        // The scale of errors is learned over many rounds; here it is given.
        engine.topic.price.start_sigma_bp = Some(10.0);
        for topic in engine.topics.values_mut() {
            topic.price.start_sigma_bp = Some(10.0);
        }
        let setup = Setup {
            engine,
            strategies: vec![NumberedStrategy {
                topics: None,
                kind: StrategyKind::PriceDirection(PriceDirection::default()),
            }],
            venue: VenueConfig::default(),
            bankroll: Cash::whole(10_000),
            source: "live".into(),
        };
        let disk: SharedDisk = Arc::new(SimDisk::new());
        let folder = Folder::new(Path::new("/instance"));
        let opening = open(&disk, &folder, &setup, Durability::BeforeCommands, now).unwrap();
        let (line, feed) = live_feed(256);
        let mut instance = Self {
            machine: opening.machine,
            seen: Seen::default(),
            clock: Hand::at(now),
            line,
            feed,
            disk,
            folder,
            told: BTreeMap::new(),
            quotes: 0,
        };
        instance.hear(catalogue);
        let observer = &mut instance.seen;
        instance
            .machine
            .deposit(now, setup.bankroll, observer)
            .unwrap();
        instance
    }

    /// Takes up what is new in a catalogue; which listings those are.
    pub(crate) fn hear(&mut self, catalogue: &Catalogue) -> Vec<Listing> {
        for (_, note) in &catalogue.news {
            let note = Record::Note(note.clone());
            self.machine.journal_mut().append(&note).unwrap();
        }
        let news = news(catalogue, &mut self.told);
        for listing in &news {
            self.put(Input::Listed(listing.clone()));
        }
        news
    }

    pub(crate) fn put(&mut self, input: Input) {
        let now = self.clock.now();
        self.machine.observe(now, input, &mut self.seen).unwrap();
    }

    /// The book of a market, two cents wide around the middle. Its best prices change each time: else it would be
    /// no news.
    pub(crate) fn quote(&mut self, market: MarketId) {
        self.quotes += 1;
        let middle = 50 + self.quotes % 2;
        let level = |cents: i64| Level {
            price: Price::from_micros(cents * 10_000).unwrap(),
            shares: Shares::whole(500),
        };
        let event = MarketEvent::Snapshot {
            bids: vec![level(middle - 1)],
            asks: vec![level(middle + 1)],
        };
        self.put(Input::Market(MarketInput { market, event }));
    }

    /// Takes up the next piece that the connectors tell, with its remark.
    pub(crate) async fn turn(&mut self) -> Input {
        let waited = tokio::time::timeout(PATIENCE, self.feed.arrived()).await;
        waited.unwrap();
        let (at, input) = self.feed.take().unwrap();
        if let Some(note) = self.feed.take_remark() {
            let note = Record::Note(note);
            self.machine.journal_mut().append(&note).unwrap();
        }
        let position = self.feed.position();
        let observer = &mut self.seen;
        self.machine
            .feed(at, input.clone(), position, observer)
            .unwrap();
        input
    }

    /// Lets time pass.
    pub(crate) fn wait_until(&mut self, at: Timestamp) {
        self.clock.put(at);
        self.machine.advance(at, &mut self.seen).unwrap();
    }

    /// Notes in the journal.
    pub(crate) fn notes(&mut self, event: &str) -> Vec<String> {
        self.machine.commit().unwrap();
        let records = Journal::read(&self.disk, &self.folder.journal()).unwrap();
        records
            .filter_map(|read| match read.unwrap().1 {
                Record::Note(note) if note.event == event => Some(note.text),
                _ => None,
            })
            .collect()
    }
}

/// The market of a name in a catalogue.
pub(crate) fn market_of<'c>(catalogue: &'c Catalogue, name: &str) -> &'c quorate_domain::Market {
    let mut markets = catalogue.tape.markets.iter();
    let listed = markets.find(|listed| listed.market.name == name);
    let listed = listed.unwrap_or_else(|| panic!("{name} is not listed: {:?}", catalogue.refused));
    &listed.market
}
