//! Checks that rules on prices share: outcomes, asset, source, days and announced times.

use core::time::Duration;

use jiff::civil::{Date, DateTime};
use quorate_domain::Timestamp;

use super::Published;
use super::asset::Asset;
use super::clock::new_york;
use super::families::{Found, Meaning, Part};
use super::refusal::{Refusal, agree};
use super::rule::{Family, ReferenceSource};
use super::template::{ShortDay, Slot};

pub(super) const ADDRESS: &str = "the name in addresses";
pub(super) const TITLE: &str = "the title";
pub(super) const DESCRIPTION: &str = "the description";
const ENDS: &str = "the announced end";
const STARTS: &str = "the announced beginning of the window";

/// A candle's last millisecond is the one before the next candle opens.
pub(super) const MILLISECOND: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);

/// The two outcomes have these names, in either order.
pub(super) fn outcomes(published: &Published<'_>, names: [&'static str; 2]) -> Result<(), Refusal> {
    let has = |name: &str| published.outcomes.iter().any(|outcome| outcome == name);
    if published.outcomes.len() == 2 && names.into_iter().all(has) {
        return Ok(());
    }
    let expected = match names {
        ["Up", _] => "Up and Down",
        _ => "Yes and No",
    };
    Err(Refusal::unexpected(
        "the list of outcomes",
        &published.outcomes.join(", "),
        expected,
    ))
}

/// The one asset that the description speaks of.
pub(super) fn asset(found: &Found) -> Result<Asset, Refusal> {
    let mut one: Option<Asset> = None;
    for slot in found.all() {
        let (Slot::Asset(asset) | Slot::DollarPair(asset) | Slot::TokenPair(asset)) = slot else {
            continue;
        };
        match one {
            Some(first) => agree(
                ("a sentence of the description", first.symbol()),
                ("another sentence of it", asset.symbol()),
            )?,
            None => one = Some(*asset),
        }
    }
    one.ok_or(Refusal::unexpected(DESCRIPTION, "", "an asset"))
}

/// The source that the description's address is, if it is that of the asset and nothing else names another.
pub(super) fn source(
    published: &Published<'_>,
    found: &Found,
    asset: Asset,
) -> Result<ReferenceSource, Refusal> {
    let url = found
        .slots(Part::Source)
        .find_map(|slot| match slot {
            Slot::Url(url) => Some(url.trim_end_matches('/')),
            _ => None,
        })
        .unwrap_or_default();
    let said = published.resolution_source.trim_end_matches('/');
    if !said.is_empty() {
        agree((DESCRIPTION, url), ("the resolution source", said))?;
    }
    let symbol = asset.symbol();
    let lower = symbol.to_ascii_lowercase();
    let stream = format!("https://data.chain.link/streams/{lower}-usd");
    let pair = format!("https://www.binance.com/en/trade/{symbol}_USDT");
    let expect = |wanted: String, source| {
        agree(
            (DESCRIPTION, url),
            ("the source of this asset", wanted.as_str()),
        )
        .map(|()| source)
    };
    match found.meaning {
        Meaning::ChainlinkTwap if url == format!("{stream}-twap-30s-streams") => {
            Ok(ReferenceSource::ChainlinkTwap30)
        }
        Meaning::ChainlinkTwap => expect(
            format!("{stream}-twap-60s-streams"),
            ReferenceSource::ChainlinkTwap60,
        ),
        Meaning::ChainlinkSpot => expect(stream, ReferenceSource::ChainlinkSpot),
        Meaning::BinanceHour => expect(pair, ReferenceSource::Binance1hCandle),
        _ => expect(pair, ReferenceSource::Binance1mCandleNoonEt),
    }
}

/// Last millisecond of the minute at noon; the announced end must lie within that minute.
pub(super) fn noon(published: &Published<'_>, date: Date) -> Result<Timestamp, Refusal> {
    let last = last_of_minute(date)?;
    let ends = ends(published)?;
    let opens = last.minus(MINUTE - MILLISECOND);
    if ends < opens || ends > opens.plus(MINUTE) {
        return Err(Refusal::disagreement(
            (ADDRESS, text(opens)),
            (ENDS, text(ends)),
        ));
    }
    Ok(last)
}

pub(super) fn last_of_minute(date: Date) -> Result<Timestamp, Refusal> {
    let noon = on_the_clock(date.at(12, 0, 0, 0), None)?;
    Ok(noon.plus(MINUTE).minus(MILLISECOND))
}

pub(super) fn on_the_clock(at: DateTime, meant: Option<Timestamp>) -> Result<Timestamp, Refusal> {
    new_york(at, meant).map_err(|error| Refusal::Clock {
        place: TITLE,
        error,
    })
}

/// A day whose year, where it names none, is that of an instant in New York.
pub(super) fn dated(day: ShortDay, near: Option<DateTime>) -> Result<Date, Refusal> {
    let year = day.year.or(near.map(DateTime::year)).unwrap_or_default();
    Date::new(year, day.month, day.day)
        .map_err(|_| Refusal::unexpected(ADDRESS, "", "a day of the announced year"))
}

/// Month and day are the same, and the year where it is said.
pub(super) fn agree_day(
    (left_place, date): (&'static str, Date),
    (right_place, day): (&'static str, ShortDay),
) -> Result<(), Refusal> {
    let same = (date.month(), date.day()) == (day.month, day.day)
        && day.year.is_none_or(|year| year == date.year());
    if same {
        return Ok(());
    }
    let year = day.year.map_or_else(String::new, |year| format!("{year}-"));
    Err(Refusal::disagreement(
        (left_place, date),
        (
            right_place,
            format!("{year}{:02}-{:02}", day.month, day.day),
        ),
    ))
}

pub(super) fn ends(published: &Published<'_>) -> Result<Timestamp, Refusal> {
    published
        .ends_at
        .ok_or(Refusal::unexpected(ENDS, "", "an instant"))
}

pub(super) fn dates(
    published: &Published<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<(), Refusal> {
    agree((ADDRESS, text(to)), (ENDS, text(ends(published)?)))?;
    match published.starts_at {
        None => Ok(()),
        Some(starts) => agree((ADDRESS, text(from)), (STARTS, text(starts))),
    }
}

fn text(at: Timestamp) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(at.nanos()))
        .map_or_else(|_| at.nanos().to_string(), |at| at.to_string())
}

/// The price configuration, where there is one, names the same asset, length and average.
pub(super) fn config(
    published: &Published<'_>,
    asset: Asset,
    family: Family,
    source: ReferenceSource,
) -> Result<(), Refusal> {
    const CONFIG: &str = "the price configuration";
    let Some(config) = published.crypto else {
        return Ok(());
    };
    let symbol = asset.symbol().to_ascii_lowercase();
    if !config.asset.is_empty() {
        agree(
            (DESCRIPTION, symbol.as_str()),
            (CONFIG, config.asset.as_str()),
        )?;
    }
    if !config.duration.is_empty() {
        agree((ADDRESS, family.word()), (CONFIG, config.duration.as_str()))?;
    }
    let average = match config.twap_enabled {
        Some(true) => config
            .twap_lookback_seconds
            .map_or_else(|| "?".to_owned(), |secs| secs.normalize().to_string()),
        _ => "0".to_owned(),
    };
    agree(
        ("the source", source.average_secs().to_string()),
        (CONFIG, average),
    )?;
    let prefix = format!("{symbol}-{}", family.word());
    if !config.id.is_empty() && !config.id.starts_with(&prefix) {
        return Err(Refusal::disagreement(
            (ADDRESS, prefix),
            (CONFIG, &config.id),
        ));
    }
    Ok(())
}
