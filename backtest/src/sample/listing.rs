//! The markets of a world: an office with four candidates, four races, and price windows, each with its true course.

use std::time::Duration;

use quorate_domain::{FeeSchedule, MarketId, Payout, TickSize, Timestamp};

use super::Truth;
use super::campaign::{self, CANDIDATES, LOADING, RACES};
use super::path::Path;
use super::price::Underlying;
use super::question::{Pace, Question, SampleMarket};
use super::random::Stream;
use super::spec::{Calendar, WINDOW, WorldSpec, moments};
use crate::input::format_rfc3339;

/// Fees as the venue's schedules for these categories have them.
const POLITICS_FEE: FeeSchedule = FeeSchedule {
    rate_ppm: 40_000,
    exponent: 1,
    rebate_share_ppm: 250_000,
};
const CRYPTO_FEE: FeeSchedule = FeeSchedule {
    rate_ppm: 70_000,
    exponent: 1,
    rebate_share_ppm: 200_000,
};

/// Time between a window's end and its payout.
const WINDOW_RESOLVES_AFTER: Duration = Duration::from_secs(60);
/// Seconds after a window's opening at which a round of inferences begins.
const WINDOW_ROUNDS: [u64; 5] = [15, 75, 135, 195, 240];

/// Draws the true course of everything.
pub(super) fn draw(spec: WorldSpec) -> Truth {
    let calendar = spec.calendar();
    let mut truth = Truth {
        markets: Vec::new(),
        questions: Vec::new(),
    };
    add_office(
        &mut truth,
        calendar,
        &mut Stream::of_part(spec.seed, "office", 0),
    );
    add_races(
        &mut truth,
        calendar,
        &mut Stream::of_part(spec.seed, "races", 0),
    );
    for (session, starts_at) in (0..).zip(calendar.sessions()) {
        let mut random = Stream::of_part(spec.seed, "price", session);
        add_session(
            &mut truth,
            starts_at,
            calendar.windows_per_session,
            &mut random,
        );
    }
    truth
}

fn add_office(truth: &mut Truth, calendar: Calendar, random: &mut Stream) {
    let course = campaign::office(calendar, random);
    let mut ids = Vec::new();
    for ((name, _), (path, payout)) in CANDIDATES
        .into_iter()
        .zip(course.truths.into_iter().zip(course.payouts))
    {
        ids.push(add_market(
            truth,
            SampleMarket {
                name: format!("president-{name}"),
                question: format!("Will {} become president of Meridia?", capitalised(name)),
                group: Some("president"),
                topic: "president",
                epoch: "2025".into(),
                ..election_market(calendar, path, payout)
            },
        ));
    }
    truth.questions.push(campaign_question(calendar, ids));
}

fn add_races(truth: &mut Truth, calendar: Calendar, random: &mut Stream) {
    let course = campaign::races(calendar, random);
    for ((name, _), (path, payout)) in RACES
        .into_iter()
        .zip(course.truths.into_iter().zip(course.payouts))
    {
        let id = add_market(
            truth,
            SampleMarket {
                name: format!("governor-{name}"),
                question: format!(
                    "Will the governing party win the governor's race in {}?",
                    capitalised(name)
                ),
                topic: "governors",
                epoch: format!("{name}-2025"),
                correlated: Some(("meridia-2025", LOADING)),
                ..election_market(calendar, path, payout)
            },
        );
        truth.questions.push(campaign_question(calendar, vec![id]));
    }
}

/// What all election markets have in common.
fn election_market(calendar: Calendar, truth: Path, payout: Payout) -> SampleMarket {
    SampleMarket {
        id: MarketId(0),
        name: String::new(),
        question: String::new(),
        group: None,
        topic: "",
        epoch: String::new(),
        tick: TickSize::CENT,
        fee: POLITICS_FEE,
        opens_at: calendar.starts_at(),
        closes_at: calendar.closes_at(),
        category: "politics",
        correlated: None,
        resolves_at: calendar.resolves_at(),
        payout,
        truth,
    }
}

/// A round every twelve hours, and every two hours in the night.
fn campaign_question(calendar: Calendar, markets: Vec<MarketId>) -> Question {
    let hours = |count: u64| Duration::from_secs(3_600 * count);
    let rounds = moments(
        calendar.starts_at().plus(hours(1)),
        calendar.night_at(),
        hours(12),
    )
    .chain(moments(calendar.night_at(), calendar.closes_at(), hours(2)))
    .collect();
    Question {
        markets,
        pace: Pace::Campaign,
        rounds,
    }
}

fn add_session(truth: &mut Truth, starts_at: Timestamp, windows: u32, random: &mut Stream) {
    let mut underlying = Underlying::new(random);
    let ends_at = starts_at.plus(WINDOW * windows);
    for opens_at in moments(starts_at, ends_at, WINDOW) {
        let (path, payout) = underlying.live_window(opens_at, random);
        let minute = minute_digits(opens_at);
        let name = format!("coin-5m-{minute}");
        let id = add_market(
            truth,
            SampleMarket {
                id: MarketId(0),
                question: format!("Coin up or down in the five minutes from {minute} UTC?"),
                group: None,
                topic: "coin-5m",
                epoch: name.clone(),
                name,
                tick: TickSize::CENT,
                fee: CRYPTO_FEE,
                opens_at,
                closes_at: opens_at.plus(WINDOW),
                category: "crypto",
                correlated: None,
                resolves_at: opens_at.plus(WINDOW).plus(WINDOW_RESOLVES_AFTER),
                payout,
                truth: path,
            },
        );
        let rounds = WINDOW_ROUNDS.map(|after| opens_at.plus(Duration::from_secs(after)));
        truth.questions.push(Question {
            markets: vec![id],
            pace: Pace::Window,
            rounds: rounds.into(),
        });
    }
}

/// Date and minute as digits, such as `20251005-1405`.
fn minute_digits(at: Timestamp) -> String {
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let text = format_rfc3339(at.nanos());
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    let minute: String = digits(time).chars().take(4).collect();
    format!("{}-{minute}", digits(date))
}

/// Lists a market under the next identity.
fn add_market(truth: &mut Truth, market: SampleMarket) -> MarketId {
    let next = truth.markets.last().map_or(0, |last| last.id.0 + 1);
    truth.markets.push(SampleMarket {
        id: MarketId(next),
        ..market
    });
    MarketId(next)
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
