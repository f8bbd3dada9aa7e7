//! Checks of what an instance is about to do: topics, addresses, switches, clock, program.

use std::net::TcpListener;

use quorate_backtest::replay::recorder::hex;
use quorate_backtest::report::columns::plain;
use sha2::{Digest, Sha256};

use super::{Finding, Patient};
use crate::args::{InstanceArgs, SettingsArgs};
use crate::commands::collective_args::PlaceArgs;
use crate::commands::operate::running;
use crate::commands::topics::Known;
use crate::runtime::kill_switch::KillSwitch;
use crate::settings::DataSource;

type Found = Result<Finding, Finding>;

/// A clock before this was never set: 2026-01-01, unix seconds.
const CLOCK_MIN_S: i64 = 1_767_225_600;

pub(super) fn kill_switch(patient: &Patient) -> Found {
    Ok(match KillSwitch::of(patient.folder.root()).order() {
        None => Finding::ok("not thrown"),
        Some(order) => Finding::warn(
            format!("thrown: {}", plain(&order.reason, 200)),
            "quorate resume, once the reason is gone",
        ),
    })
}

pub(super) fn topics(patient: &Patient) -> Found {
    let settings = patient.settings()?;
    let is_live = settings.data.source == DataSource::Live;
    if settings.topics.is_empty() {
        return Ok(if is_live {
            Finding::fail(
                "there are no topics, so that nothing is traded",
                "add [[topics]] with markets",
            )
        } else {
            Finding::ok("those of the world")
        });
    }
    let mut without_markets = Vec::new();
    let mut without_workers = Vec::new();
    for topic in settings.topics.iter().filter(|topic| topic.trade) {
        let name = topic.name.as_str();
        if is_live && topic.markets.as_ref().is_none_or(Vec::is_empty) {
            without_markets.push(name);
        }
        let speaks = |worker: &crate::settings::keys::Worker| {
            worker.topics.iter().any(|of| of.as_str() == name)
        };
        if is_live && !settings.workers.iter().any(speaks) {
            without_workers.push(name);
        }
    }
    Ok(if !without_markets.is_empty() {
        Finding::fail(
            format!("without markets: {}", without_markets.join(", ")),
            "quorate markets search WORDS, then name them in topics.markets",
        )
    } else if !without_workers.is_empty() {
        Finding::warn(
            format!("nobody speaks of {}", without_workers.join(", ")),
            "quorate workers add",
        )
    } else {
        Finding::ok(format!("{} topics", settings.topics.len()))
    })
}

pub(super) fn freshness(patient: &Patient) -> Found {
    if !patient.folder.has_journal() {
        return Err(Finding::skip("nothing has run here yet"));
    }
    let place = PlaceArgs {
        instance: InstanceArgs {
            dir: Some(patient.folder.root().to_path_buf()),
        },
        settings: SettingsArgs::default(),
    };
    let known = Known::of(&place)
        .map_err(|failure| Finding::skip(failure.text().lines().next().unwrap_or_default()))?;
    let Some(lived) = &known.lived else {
        return Err(Finding::skip("nothing has run here yet"));
    };
    let survey = &lived.survey;
    let settings = patient.settings()?;
    let (Some(now), age_max) = (survey.at, settings.collective.inference_age_max) else {
        return Err(Finding::skip("the journal has no entries yet"));
    };
    let mut old = Vec::new();
    for (id, topic) in &survey.topics {
        let last = survey.speakers(*id).map(|(_, heard)| heard.at).max();
        match last {
            None => old.push(format!("{} was never spoken of", topic.name)),
            Some(at) if now.since(at) > age_max => {
                old.push(format!("{} for {} s", topic.name, now.since(at).as_secs()));
            }
            Some(_) => {}
        }
    }
    Ok(if old.is_empty() {
        Finding::ok(format!(
            "{} topics, as of the journal's end",
            survey.topics.len()
        ))
    } else {
        Finding::warn(
            format!("silent: {}", plain(&old.join(", "), 200)),
            "quorate workers test NAME",
        )
    })
}

pub(super) fn ports(patient: &Patient) -> Found {
    let settings = patient.settings()?;
    if let Some(pid) = running(&patient.folder) {
        return Ok(Finding::ok(format!("process {pid} has them")));
    }
    let http = &settings.http;
    let all = [
        ("http.control", http.control),
        ("http.intake", http.intake),
        ("http.metrics", http.metrics),
    ];
    let taken: Vec<String> = all
        .iter()
        .filter(|(_, address)| TcpListener::bind(address.addr()).is_err())
        .map(|(name, address)| format!("{name} {}", address.addr()))
        .collect();
    Ok(if taken.is_empty() {
        Finding::ok("all are")
    } else {
        Finding::fail(
            format!("taken: {}", taken.join(", ")),
            "end what listens there, or give other ports in [http]",
        )
    })
}

pub(super) fn clock(_: &Patient) -> Found {
    let now = jiff::Timestamp::now();
    Ok(if now.as_second() < CLOCK_MIN_S {
        Finding::fail(format!("it shows {now}"), "timedatectl set-ntp true")
    } else {
        Finding::ok(format!("{now:.0}"))
    })
}

pub(super) fn binary(_: &Patient) -> Found {
    let digest = std::env::current_exe()
        .and_then(std::fs::read)
        .map(|bytes| hex(&Sha256::digest(bytes)));
    Ok(match digest {
        Ok(digest) => Finding::ok(format!(
            "version {}, SHA-256 {digest}: compare it with the list of the release",
            env!("CARGO_PKG_VERSION")
        )),
        Err(error) => Finding::warn(format!("it cannot be read: {error}"), "run it from a file"),
    })
}
