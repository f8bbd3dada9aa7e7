//! `quorate collective`, `quorate leaderboard` and `quorate topics` on a journal whose numbers can be worked out by hand.

use std::sync::Arc;

use crate::common::{INFERENCES, Workshop};
use quorate_agent::journal::{RealDisk, SharedDisk, Step};
use quorate_agent::runtime::batch::Handled;
use quorate_agent::runtime::feed::{Feed, TapeFeed};
use quorate_agent::runtime::instance::Folder;
use quorate_agent::runtime::machine::{Durability, Observer};
use quorate_agent::runtime::setup::Setup;
use quorate_agent::runtime::start::{bootstrap, open};
use quorate_backtest::replay::{NumberedStrategy, StrategyKind};
use quorate_backtest::tape::{LoadOptions, load};
use quorate_domain::{Cash, Timestamp};
use quorate_engine::{Engine, EngineConfig};
use quorate_strategies::Election;
use quorate_venue::VenueConfig;
use serde_json::Value;

/// 2025-03-01T19:00:00Z: both questions are open.
const EVENING: u64 = 1_740_855_600;

struct Nobody;

impl Observer for Nobody {
    fn stepped(&mut self, _: &Engine, _: &Step, _: &[Handled]) {}
}

/// An instance in `live` that has seen the workshop's tape before `until`, in seconds since 1970.
fn instance(workshop: &Workshop, until: u64) {
    let loaded = load(&workshop.path("tape"), &LoadOptions::default()).unwrap();
    let setup = Setup {
        engine: EngineConfig::default(),
        strategies: vec![NumberedStrategy {
            topics: None,
            kind: StrategyKind::Election(Election::default()),
        }],
        venue: VenueConfig::default(),
        bankroll: Cash::from_micros(1_000_000_000),
        source: "the tape of a test".to_owned(),
    };
    let disk: SharedDisk = Arc::new(RealDisk);
    let folder = Folder::new(workshop.path("live"));
    let durability = Durability::EveryRecords(10_000);
    let opening = open(&disk, &folder, &setup, durability, Timestamp::default()).unwrap();
    let mut feed = TapeFeed::new(Arc::new(loaded.tape));
    let mut machine = opening.machine;
    bootstrap(
        &mut machine,
        &mut feed,
        setup.bankroll,
        opening.deposited,
        &mut Nobody,
    )
    .unwrap();
    while feed
        .next_at()
        .is_some_and(|at| at < Timestamp::from_secs(until))
    {
        let (at, input) = feed.take().unwrap();
        machine
            .feed(at, input, feed.position(), &mut Nobody)
            .unwrap();
    }
    machine.commit().unwrap();
}

fn close(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() < 1e-4, "{found} is not {expected}");
}

fn worker<'v>(topic: &'v Value, name: &str) -> &'v Value {
    let workers = topic["workers"].as_array().unwrap();
    workers
        .iter()
        .find(|worker| worker["worker"] == name)
        .unwrap()
}

#[test]
fn a_leaderboard_scores_values_as_they_stood_at_the_freeze() {
    let workshop = Workshop::new();
    // Said after trading ended and before the answer: it must not count.
    let late = "2025-03-02T00:05:00Z,radar,rain,0.99\n";
    let before = "2025-03-02T07:59:50Z";
    workshop.write(
        "tape/inferences.csv",
        &INFERENCES.replace(before, &format!("{late}{before}")),
    );
    instance(&workshop, u64::MAX / 1_000_000_000);
    let json = workshop
        .quorate(&["leaderboard", "-C", "live", "--exact", "--json"])
        .ok()
        .json();
    let topic = &json["topics"][0];
    assert_eq!(
        (&topic["topic"], &topic["events"]),
        (&"weather".into(), &2.into())
    );
    assert_eq!(topic["scheme"], "logit_mean");

    // At the freeze radar said 0.90 of rain and 0.05 of snow, frog 0.80 and 0.02; it rained and did not snow.
    let (radar, frog) = (worker(topic, "radar"), worker(topic, "frog"));
    close(&radar["standing"]["total"]["loss"], 0.078_327);
    close(&radar["standing"]["total"]["squared_error"], 0.006_25);
    close(&frog["standing"]["total"]["loss"], 0.121_673);
    assert_eq!(radar["standing"]["ignored"]["late"], 1);
    assert_eq!(frog["standing"]["ignored"]["late"], 0);
    assert_eq!(radar["is_new"], true);

    // The midpoints were 0.56 and 0.06 then.
    let baselines = topic["baselines"].as_array().unwrap();
    let market = baselines
        .iter()
        .find(|line| line["name"] == "market")
        .unwrap();
    close(&market["loss"], 0.320_847);
    close(&radar["against_market"]["mean"], 0.078_327 - 0.320_847);

    // Logit mean of both against frog alone, and against radar alone.
    close(&radar["exact"], 0.028_477);
    close(&frog["exact"], -0.014_869);
    assert_eq!(
        (&radar["points"], &frog["points"]),
        (&1000.into(), &0.into())
    );
}

#[test]
fn a_leaderboard_says_that_few_events_prove_nothing() {
    let workshop = Workshop::new();
    workshop
        .quorate(&["leaderboard", "-C", "live"])
        .fails(4, &["nothing has run in live", "hint:"]);
    instance(&workshop, u64::MAX / 1_000_000_000);
    let text = workshop
        .quorate(&["leaderboard", "-C", "live", "--rolling", "1"])
        .ok()
        .stdout;
    for part in [
        "weather (logit_mean): 2 questions",
        "radar *",
        "fewer than 30 events",
        "last 1 batches",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    workshop
        .quorate(&["leaderboard", "-C", "live", "--topic", "wether"])
        .fails(
            4,
            &["no topic is named `wether`", "did you mean `weather`?"],
        );
}

#[test]
fn topics_show_what_everybody_says_now() {
    let workshop = Workshop::new();
    instance(&workshop, EVENING);
    let json = workshop
        .quorate(&["topics", "show", "weather", "-C", "live", "--json"])
        .ok()
        .json();
    assert_eq!((&json["stale"], &json["heard"]), (&false.into(), &5.into()));
    let rain = &json["questions"][0];
    assert_eq!(rain["market"], "rain");
    close(&rain["collective"], 6.0 / 7.0);
    close(&rain["mean"], 0.85);
    close(&rain["market_price"], 0.56);
    let list = workshop
        .quorate(&["topics", "list", "-C", "live"])
        .ok()
        .stdout;
    assert!(list.contains("weather") && list.contains("0.857"), "{list}");
    let watched = workshop
        .quorate(&["topics", "watch", "-C", "live", "--times", "1"])
        .ok();
    assert_eq!(watched.stdout, list);
    workshop
        .quorate(&["topics", "show", "wether", "-C", "live"])
        .fails(4, &["did you mean `weather`?"]);

    let workers = workshop
        .quorate(&["workers", "list", "-C", "live", "--json"])
        .ok()
        .json();
    assert_eq!(worker(&workers, "radar")["heard"], 3);
    assert_eq!(worker(&workers, "frog")["by_topic"]["weather"], 2);
}

#[test]
fn a_collective_replay_compares_schemes_and_writes_the_page() {
    let workshop = Workshop::new();
    let mut table = "event,predicted_at,worker,value,market,outcome,resolved_at\n".to_owned();
    for day in 1..=12 {
        for (name, value) in [("radar", 0.8), ("frog", 0.4)] {
            table += &format!(
                "e{day},2025-03-{day:02}T08:00:00Z,{name},{value},0.5,{},2025-03-{day:02}T20:00:00Z\n",
                i32::from(day % 4 != 0)
            );
        }
    }
    workshop.write("forecasts.csv", &table);
    let words = [
        "collective",
        "replay",
        "forecasts.csv",
        "--schemes",
        "mean,median",
    ];
    let json = workshop
        .quorate(&[&words[..], &["--json", "--points", "10"]].concat())
        .ok()
        .json();
    assert_eq!(
        (&json["events"], &json["points_pool"]),
        (&12.into(), &10.into())
    );
    let text = workshop
        .quorate(&[&words[..], &["--html", "page.html"]].concat())
        .ok()
        .stdout;
    assert!(
        text.contains("plain mean") && text.contains("radar"),
        "{text}"
    );
    assert!(workshop.read("page.html").starts_with("<!doctype html>"));
    workshop
        .quorate(&[
            "collective",
            "replay",
            "forecasts.csv",
            "--schemes",
            "medain",
        ])
        .fails(2, &["medain", "median"]);
    workshop
        .quorate(&["collective", "replay", "none.csv"])
        .fails(4, &["none.csv", "hint:"]);
    workshop.write("forecasts.csv", &table.replacen("0.8", "1.8", 1));
    workshop
        .quorate(&["collective", "replay", "forecasts.csv"])
        .fails(10, &["forecasts.csv:2:"]);
}
