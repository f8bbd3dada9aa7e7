//! Windows on a price, from before they open until they are resolved.

use std::time::Duration;

use quorate_agent::runtime::names::Names;
use quorate_domain::{
    EpochId, Inference, Input, LabelId, LinkSense, MarketId, NoTradeReason, Payout, PriceCondition,
    Resolution, Ties, Timestamp, TopicId, WorkerId,
};
use serde_json::json;

use crate::common::{
    Instance, PriceServer, Subscriber, Venue, WINDOW_S, market_of, settings, window,
};

const TOPIC: &str = r#"
[[topics]]
name = "btc-5m"
kind = "price"
scheme = "median"
condition = "up"
strategy = "price_direction"
inference_age_max = "10m"
markets = ["btc-updown-5m"]
"#;

fn secs(at_s: u64) -> Timestamp {
    Timestamp::from_secs(at_s)
}

struct Story {
    venue: Venue,
    instance: Instance,
    discovery: quorate_agent::runtime::live::discovery::Discovery,
    server: PriceServer,
    peer: Subscriber,
    topic: TopicId,
    market: MarketId,
}

impl Story {
    /// A minute before the window; its prices are connected.
    async fn begin() -> Self {
        let venue = Venue::start().await;
        for number in -1..3 {
            venue.list(window(number));
        }
        let settings = settings(TOPIC);
        let now = secs(WINDOW_S - 60);
        let mut discovery = venue.discovery(&settings, &Names::default());
        let catalogue = discovery.catalogue(now).await.unwrap();
        assert_eq!(catalogue.refused, Vec::<String>::new());
        let market = market_of(&catalogue, &name(0));
        let (topic, id) = (market.link.unwrap().topic, market.id);
        let instance = Instance::start(&settings, &catalogue, now);
        let server = PriceServer::start().await;
        let out = (instance.line.clone(), instance.clock.clone() as _);
        tokio::spawn(discovery.prices(server.endpoints(), out));
        let peer = server.accept().await;
        Self {
            venue,
            instance,
            discovery,
            server,
            peer,
            topic,
            market: id,
        }
    }

    /// The average of a second arrives in that second.
    async fn average(&mut self, at_s: u64, dollars: &str) -> Input {
        self.instance.clock.put(secs(at_s));
        self.peer.average(at_s, dollars).await;
        self.instance.turn().await
    }

    fn say(&mut self, dollars: f64) {
        let now = quorate_workers::Clock::now(&*self.instance.clock);
        self.instance.put(Input::Inference(Inference {
            topic: self.topic,
            epoch: EpochId(now.nanos() / 300_000_000_000),
            label: LabelId(0),
            worker: WorkerId(1),
            value: dollars,
            published_at: now,
        }));
    }

    fn judge(&mut self) -> Option<NoTradeReason> {
        self.instance.quote(self.market);
        self.instance.seen.why_not(self.market)
    }

    fn said(&self) -> Option<f64> {
        self.instance.seen.newest(self.market).numbers.collective
    }
}

fn name(number: u64) -> String {
    format!("btc-updown-5m-{}", WINDOW_S + number * 300)
}

#[tokio::test]
async fn a_family_is_listed_ahead_with_its_question_its_rounds_and_its_prices() {
    let venue = Venue::start().await;
    for number in -1..3 {
        venue.list(window(number));
    }
    let mut discovery = venue.discovery(&settings(TOPIC), &Names::default());
    let catalogue = discovery.catalogue(secs(WINDOW_S - 60)).await.unwrap();
    let names: Vec<&str> = catalogue
        .tape
        .markets
        .iter()
        .map(|listed| listed.market.name.as_str())
        .collect();
    let before = format!("btc-updown-5m-{}", WINDOW_S - 300);
    assert_eq!(names, [before.as_str(), &name(0), &name(1)]);
    let market = market_of(&catalogue, &name(0));
    assert_eq!(market.opens_at, Some(secs(WINDOW_S)));
    assert_eq!(market.closes_at, Some(secs(WINDOW_S + 300)));
    // Averages are told, so nothing is averaged once more.
    let question = PriceCondition::UpDown {
        ties: Ties::Yes,
        average_secs: 0,
    };
    let link = market.link.unwrap();
    assert_eq!(link.sense, LinkSense::Price(question));
    let schedule = catalogue.tape.topics[0].objective.schedule;
    assert_eq!(schedule.epoch_length, Duration::from_secs(300));
    // The window after this one moves up; its market keeps its number and its round.
    let later = discovery.catalogue(secs(WINDOW_S + 10)).await.unwrap();
    assert_eq!(market_of(&later, &name(0)), market);
    assert_eq!(later.tape.markets.len(), 3);
    assert!(
        later
            .tape
            .markets
            .iter()
            .all(|listed| listed.market.name != before)
    );
}

#[tokio::test]
async fn a_window_is_judged_from_the_average_at_its_beginning_until_it_is_resolved() {
    let mut story = Story::begin().await;
    story.average(WINDOW_S - 1, "91000.00").await;
    // Values of another length, and values that are repeated for want of new ones, are no values of this stream.
    story
        .peer
        .payload(
            json!({"symbol": "btcusd", "source": "chainlink", "timestamp": WINDOW_S * 1_000,
            "window_seconds": 60, "full_accuracy_value": "1.0", "is_carried_forward": true}),
        )
        .await;
    story
        .peer
        .payload(
            json!({"symbol": "btcusd", "source": "chainlink", "timestamp": WINDOW_S * 1_000,
            "full_accuracy_value": "2.0"}),
        )
        .await;
    let heard = story.average(WINDOW_S, "91000.123456").await;
    let Input::Reference(price) = heard else {
        panic!("{heard:?}");
    };
    assert_eq!(price.price_micros, 91_000_123_456);
    assert_eq!(price.observed_at, secs(WINDOW_S));
    story.say(91_300.0);
    story.average(WINDOW_S + 1, "91010.0").await;
    story.judge();
    let up = story.said().unwrap();
    // Nothing was learned about the worker yet: only the lead of one basis point over the value to beat counts.
    assert!((0.52..0.62).contains(&up), "{up}");
    // Far below the value to beat near the end, the same words mean the opposite.
    story.average(WINDOW_S + 2, "90700.0").await;
    story.average(WINDOW_S + 240, "90700.0").await;
    story.say(90_700.0);
    story.judge();
    let down = story.said().unwrap();
    assert!(down < 0.1, "{down}");
    story.instance.wait_until(secs(WINDOW_S + 301));
    story.judge();
    assert_eq!(
        story.instance.seen.why_not(story.market),
        Some(NoTradeReason::OutsideTradingTime)
    );
    let market = story.market;
    story.instance.put(Input::Resolved(Resolution {
        market,
        payout: Payout::NO,
    }));
    let state = story.instance.machine.engine().markets().get(market);
    assert_eq!(state.unwrap().payout, Some(Payout::NO));
}

#[tokio::test]
async fn an_old_price_stops_trading_by_its_own_time_and_a_fresh_one_lets_it_go_on() {
    let mut story = Story::begin().await;
    story.average(WINDOW_S, "91000.0").await;
    story.say(91_300.0);
    story.average(WINDOW_S + 1, "91000.0").await;
    story.judge();
    assert!(story.said().is_some());
    story.instance.wait_until(secs(WINDOW_S + 10));
    let old = Some(NoTradeReason::StaleReference { age_ms: 9_000 });
    assert_eq!(story.judge(), old);
    // A value that arrives now but is old changes nothing.
    story.peer.average(WINDOW_S + 2, "91000.0").await;
    story.instance.turn().await;
    let still_old = Some(NoTradeReason::StaleReference { age_ms: 8_000 });
    assert_eq!(story.judge(), still_old);
    story.average(WINDOW_S + 11, "91000.0").await;
    let verdict = story.judge();
    assert!(
        !matches!(verdict, Some(NoTradeReason::StaleReference { .. })),
        "{verdict:?}"
    );
}

#[tokio::test]
async fn a_lost_stream_comes_back_and_what_was_told_is_not_told_again() {
    let mut story = Story::begin().await;
    story.average(WINDOW_S - 2, "91000.0").await;
    drop(story.peer);
    story.peer = story.server.accept().await;
    story.instance.clock.put(secs(WINDOW_S + 2));
    // The beginning of the window fell into the gap; the snapshot has it.
    let points: Vec<_> = (WINDOW_S - 3..WINDOW_S + 2)
        .map(|at_s| {
            json!({"timestamp": at_s * 1_000, "full_accuracy_value": format!("{}.5", 91_000 + at_s % 10)})
        })
        .collect();
    let snapshot =
        json!({"symbol": "btcusd", "source": "chainlink", "window_seconds": 60, "data": points});
    story.peer.payload(snapshot).await;
    let mut times = Vec::new();
    for _ in 0..3 {
        match story.instance.turn().await {
            Input::Reference(price) => times.push(price.observed_at),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        times,
        [secs(WINDOW_S - 1), secs(WINDOW_S), secs(WINDOW_S + 1)]
    );
    story.say(91_300.0);
    story.judge();
    assert!(story.said().is_some());
}

#[tokio::test]
async fn a_window_whose_beginning_was_missed_is_not_traded_and_the_journal_says_so() {
    let mut story = Story::begin().await;
    story.average(WINDOW_S - 1, "91000.0").await;
    story.average(WINDOW_S + 4, "91000.0").await;
    story.say(91_300.0);
    story.average(WINDOW_S + 5, "91000.0").await;
    assert_eq!(story.judge(), Some(NoTradeReason::NoReference));
    let notes = story.instance.notes("strike_missed");
    // The window before had begun long before anything was listened to.
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(
        notes[1].starts_with(&name(0)) && notes[1].contains("4000 ms later"),
        "{notes:?}"
    );
    // The next one is traded again.
    let next = story
        .discovery
        .catalogue(secs(WINDOW_S + 290))
        .await
        .unwrap();
    story.instance.hear(&next);
    story.market = market_of(&next, &name(1)).id;
    story.average(WINDOW_S + 300, "91000.0").await;
    story.say(91_300.0);
    story.judge();
    assert!(story.said().is_some());
    drop(story.venue);
}
