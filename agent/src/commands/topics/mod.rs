//! `quorate topics`: what is forecast, by whom, and what the collective says now.

mod check;
mod known;
mod row;
mod survey;
mod world;

use std::time::Duration;

use quorate_backtest::report::columns::{Align, Columns, plain};
use quorate_backtest::report::format::{count, date_time, fixed, or_dash, percent};

use super::collective_args::{PlaceArgs, TopicShowArgs, TopicWatchArgs, TopicsCommand};
use super::folder_words;
use super::leaderboard::no_topic;
use super::operate::answer;
use crate::console::Console;
use crate::failure::Failure;

pub(super) use known::{Known, Lived, no_settings};
pub(super) use row::kind_word;
use row::{QuestionRow, TopicRow, rows};
pub(super) use world::World;

/// Questions of a topic that are shown as text.
const QUESTIONS_SHOWN: usize = 20;

pub(super) fn run(command: TopicsCommand, console: &Console) -> Result<(), Failure> {
    match command {
        TopicsCommand::List(place) => list(&place, console),
        TopicsCommand::Show(args) => show(&args, console),
        TopicsCommand::Watch(args) => watch(&args, console),
        TopicsCommand::Check(place) => check::run(&place, console),
    }
}

fn list(place: &PlaceArgs, console: &Console) -> Result<(), Failure> {
    print_all(&rows(&Known::of(place)?), console)?;
    let folder = folder_words(&place.instance);
    console.next(&format!("quorate topics show NAME{folder}"));
    Ok(())
}

fn show(args: &TopicShowArgs, console: &Console) -> Result<(), Failure> {
    print_one(&args.place, &args.name, console)?;
    let folder = folder_words(&args.place.instance);
    console.next(&format!(
        "quorate leaderboard --topic {}{folder}",
        args.name
    ));
    Ok(())
}

fn watch(args: &TopicWatchArgs, console: &Console) -> Result<(), Failure> {
    let mut left = args.times;
    loop {
        match &args.name {
            Some(name) => print_one(&args.place, name, console)?,
            None => print_all(&rows(&Known::of(&args.place)?), console)?,
        }
        left = left.map(|left| left.saturating_sub(1));
        if left == Some(0) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_secs(args.every));
    }
}

fn print_all(topics: &[TopicRow], console: &Console) -> Result<(), Failure> {
    answer(console, &serde_json::json!({ "topics": topics }), || {
        overview(topics)
    })
}

fn print_one(place: &PlaceArgs, name: &str, console: &Console) -> Result<(), Failure> {
    let topics = rows(&Known::of(place)?);
    let topic = topics.iter().find(|topic| topic.name == *name);
    let names = topics.iter().map(|topic| topic.name.as_str());
    let topic = topic.ok_or_else(|| no_topic(name, names))?;
    answer(console, topic, || in_full(topic))
}

fn overview(topics: &[TopicRow]) -> String {
    if topics.is_empty() {
        return "there are no topics yet: add [[topics]] to quorate.toml".to_owned();
    }
    let mut table = Columns::new(&[
        ("topic", Align::Left),
        ("kind", Align::Left),
        ("scheme", Align::Left),
        ("workers", Align::Right),
        ("open", Align::Right),
        ("newest question", Align::Left),
        ("value", Align::Right),
        ("market", Align::Right),
        ("last heard", Align::Left),
    ]);
    for topic in topics {
        let newest = topic.questions.first();
        let heard = or_dash(topic.heard_at, date_time);
        table.row(vec![
            plain(&topic.name, 24),
            topic.kind.clone(),
            topic.scheme.clone(),
            count(topic.workers.len() as u64),
            count(topic.questions.len() as u64),
            newest.map_or_else(|| "-".to_owned(), |question| plain(&question.market, 28)),
            or_dash(newest.and_then(|question| question.collective), |p| {
                fixed(p, 3)
            }),
            or_dash(newest.and_then(|question| question.market_price), |p| {
                fixed(p, 3)
            }),
            if topic.stale {
                format!("{heard} stale")
            } else {
                heard
            },
        ]);
    }
    table.lines().join("\n")
}

fn in_full(topic: &TopicRow) -> String {
    let from = match (topic.in_settings, topic.in_journal) {
        (true, true) => "settings and journal",
        (true, false) => "settings; the journal does not have it yet",
        _ => "journal; the settings do not name it",
    };
    let workers = match topic.workers.join(", ") {
        none if none.is_empty() => "none".to_owned(),
        all => all,
    };
    let facts = [
        ("topic", plain(&topic.name, 64)),
        ("known from", from.to_owned()),
        ("kind", topic.kind.clone()),
        ("scheme", topic.scheme.clone()),
        ("workers", plain(&workers, 400)),
        ("heard", format!("{} values", count(topic.heard))),
        ("last heard", or_dash(topic.heard_at, date_time)),
        (
            "state",
            if topic.stale {
                "stale: nobody's value still counts"
            } else {
                "ok"
            }
            .to_owned(),
        ),
        ("open questions", count(topic.questions.len() as u64)),
    ];
    let mut lines: Vec<String> = facts
        .iter()
        .map(|(what, value)| format!("{what:<15} {value}"))
        .collect();
    for question in topic.questions.iter().take(QUESTIONS_SHOWN) {
        lines.push(String::new());
        lines.extend(question_lines(question));
    }
    if QUESTIONS_SHOWN < topic.questions.len() {
        let more = topic.questions.len() - QUESTIONS_SHOWN;
        lines.push(String::new());
        lines.push(format!("and {} more; --json shows all", count(more as u64)));
    }
    lines.join("\n")
}

fn question_lines(question: &QuestionRow) -> Vec<String> {
    let number = |value: Option<f64>| or_dash(value, |p| fixed(p, 3));
    let mut lines = vec![
        format!(
            "{} (closes {}, last heard {})",
            plain(&question.market, 60),
            or_dash(question.closes_at, date_time),
            or_dash(question.spoken_at, date_time)
        ),
        format!(
            "  collective {}, plain mean {}, market {}, blend {}",
            number(question.collective),
            number(question.mean),
            number(question.market_price),
            number(question.blend)
        ),
    ];
    if question.workers.is_empty() {
        lines.push("  no value that still counts".to_owned());
        return lines;
    }
    let mut table = Columns::new(&[
        ("worker", Align::Left),
        ("value", Align::Right),
        ("weight", Align::Right),
    ]);
    for one in &question.workers {
        table.row(vec![
            plain(&one.worker, 40),
            fixed(one.value, 4),
            or_dash(one.weight, |weight| percent(weight, 1)),
        ]);
    }
    lines.extend(table.lines());
    lines
}
