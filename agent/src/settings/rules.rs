//! What must hold between keys. Each rule reads its keys itself, so that one wrong value hides no other mistake.

use std::time::Duration;

use quorate_backtest::input::Diagnostic;
use quorate_domain::Timestamp;

use super::amount_value::{Percent, Speed};
use super::collect::{Collected, Group};
use super::report::{Place, Report};
use super::text_value::Loopback;
use super::value::SettingValue;
use super::words::{DataSource, Mode};
use super::{rules_topics, rules_workers};

/// Checks all rules.
pub(super) fn check(collected: &Collected, report: &mut Report<'_>) {
    let section = |name| collected.sections.get(name);
    if let (Some(top), Some(data)) = (section(""), section("data")) {
        if let Some(account) = section("account") {
            live(top, data, account, report);
        }
        recording(data, report);
    }
    if let Some(http) = section("http") {
        addresses(http, report);
    }
    if let Some(risk) = section("risk") {
        limits(risk, report);
    }
    rules_topics::check(collected, report);
    rules_workers::check(collected, report);
}

/// The place of a key, or that of its section if it was not given.
pub(super) fn place_or_anchor(group: &Group, key: &str) -> Place {
    group.place(key).unwrap_or(&group.anchor).clone()
}

/// Reports a contradiction at a key, and points to the other key that it contradicts.
pub(super) fn contradiction(
    report: &mut Report<'_>,
    at: &Place,
    message: String,
    other: Option<(&Place, &str)>,
    hint: impl Into<String>,
) {
    let mut diagnostic: Diagnostic = report.at_value(at, "contradiction", message);
    diagnostic.related = other.and_then(|(place, note)| report.related(place, note));
    report.push(diagnostic.with_hint(hint));
}

/// `live` needs the venue's data, a key and a way to sign.
fn live(top: &Group, data: &Group, account: &Group, report: &mut Report<'_>) {
    if top.get::<Mode>("mode") != Some(Mode::Live) {
        return;
    }
    let mode = place_or_anchor(top, "mode");
    let source = data.get::<DataSource>("source");
    if source.is_some_and(|source| source != DataSource::Live) {
        let at = data.place("source").unwrap_or(&mode).clone();
        contradiction(
            report,
            &at,
            "mode = \"live\" trades on live data only".to_owned(),
            Some((&mode, "live is asked for here")),
            "write source = \"live\" in [data], or mode = \"paper\"",
        );
    }
    for (key, example) in [
        ("keystore", "\"keys/main.json\""),
        ("signature_type", "\"deposit_wallet\""),
    ] {
        let is_given = account.values.contains_key(key) || account.refused.contains(key);
        if is_given || report.may_be_unread(key) {
            continue;
        }
        contradiction(
            report,
            &mode,
            format!("mode = \"live\" needs account.{key}"),
            Some((&account.anchor, "the account is here")),
            format!("add `{key} = {example}` to [account], or write mode = \"paper\""),
        );
    }
}

/// Keys of a recording belong to a recording, and live data knows only one speed.
fn recording(data: &Group, report: &mut Report<'_>) {
    let Some(source) = data.get::<DataSource>("source") else {
        return;
    };
    let at_source = place_or_anchor(data, "source");
    let is_tape = source == DataSource::Tape;
    let has_tape = data.values.contains_key("tape") || data.refused.contains("tape");
    if is_tape && !has_tape && !report.may_be_unread("tape") {
        contradiction(
            report,
            &at_source,
            "data.source = \"tape\" needs data.tape".to_owned(),
            None,
            "add `tape = \"FOLDER\"` to [data]",
        );
    }
    for key in ["tape", "start", "end"] {
        if let Some(place) = data.place(key).filter(|_| !is_tape) {
            contradiction(
                report,
                place,
                format!("data.{key} is for data.source = \"tape\""),
                Some((&at_source, "the source is chosen here")),
                "write source = \"tape\", or take this key out",
            );
        }
    }
    let times = (data.get::<Timestamp>("start"), data.get::<Timestamp>("end"));
    if let (Some(start), Some(end)) = times
        && end <= start
    {
        let other = data
            .place("start")
            .map(|place| (place, "the start is here"));
        contradiction(
            report,
            &place_or_anchor(data, "end"),
            "data.end is not after data.start".to_owned(),
            other,
            "write a later end",
        );
    }
    let speed = data
        .get::<Speed>("speed")
        .filter(|_| source == DataSource::Live);
    if speed.is_some_and(|speed| speed != Speed::Factor(1.0)) {
        contradiction(
            report,
            &place_or_anchor(data, "speed"),
            "live data runs at speed 1".to_owned(),
            Some((&at_source, "the source is chosen here")),
            "write speed = 1, or take this key out",
        );
    }
}

/// Three servers cannot share an address.
fn addresses(http: &Group, report: &mut Report<'_>) {
    let keys = ["control", "intake", "metrics"];
    for (index, key) in keys.iter().enumerate() {
        for earlier in &keys[..index] {
            let pair = (http.get::<Loopback>(key), http.get::<Loopback>(earlier));
            let (Some(own), Some(other)) = pair else {
                continue;
            };
            if own != other || own.addr().port() == 0 {
                continue;
            }
            // At least one of them was given: the defaults differ.
            let (at, about) = match http.place(key) {
                Some(place) => (place.clone(), *earlier),
                None => (place_or_anchor(http, earlier), *key),
            };
            let related = http.place(about).map(|place| (place, "the other is here"));
            contradiction(
                report,
                &at,
                format!("http.{key} and http.{earlier} are the same address"),
                related,
                "give every server a port of its own",
            );
        }
    }
}

/// Limits that would never act, or act before their alarm.
fn limits(risk: &Group, report: &mut Report<'_>) {
    not_above::<Duration>(risk, "clock_skew_alarm", "max_clock_skew", report);
    not_above::<Duration>(risk, "provisional_alarm", "max_provisional_age", report);
    not_above::<Percent>(risk, "model_weight_alarm", "max_model_weight", report);
    not_above::<u64>(
        risk,
        "max_open_orders_per_market",
        "max_open_orders",
        report,
    );
    not_above::<Percent>(risk, "max_loss_per_market", "max_loss_per_event", report);
    not_above::<Percent>(risk, "max_daily_loss", "max_drawdown", report);
    not_above::<Percent>(
        risk,
        "max_loss_per_event",
        "max_loss_per_correlated_group",
        report,
    );
    not_above::<Duration>(risk, "max_book_age_windows", "max_book_age", report);
}

/// Refuses `low` above `high` if both were given: with one of them alone, the tighter one simply acts first.
fn not_above<T: SettingValue>(group: &Group, low: &str, high: &str, report: &mut Report<'_>) {
    let (Some(at), Some(other)) = (group.place(low), group.place(high)) else {
        return;
    };
    let pair = (group.get::<T>(low), group.get::<T>(high));
    let (Some(low_value), Some(high_value)) = pair else {
        return;
    };
    if low_value.rank() <= high_value.rank() {
        return;
    }
    let message = format!(
        "{} = {} is above {} = {}",
        group.path_of(low),
        low_value.show(),
        group.path_of(high),
        high_value.show()
    );
    contradiction(
        report,
        at,
        message,
        Some((other, "the other limit is here")),
        format!("write at most {}", high_value.show()),
    );
}
