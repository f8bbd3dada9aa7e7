//! Windows on a price: everything that is published about one must name the same window, asset and source.

use core::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use quorate_domain::{PriceCondition, Ties, Timestamp};

use super::Published;
use super::asset::Asset;
use super::clock::{civil_in_new_york, new_york};
use super::families::{Found, Meaning, Part};
use super::names::{self, Address};
use super::refusal::{Refusal, agree};
use super::rule::{Family, PriceReading, ReferenceSource, Rule, UpDownRule};
use super::template::{ShortDay, Slot};

const ADDRESS: &str = "the name in addresses";
const TITLE: &str = "the title";
const ENDS: &str = "the announced end";
const STARTS: &str = "the announced beginning of the window";
const DESCRIPTION: &str = "the description";

/// A candle's last millisecond is the one before the next candle opens.
const MILLISECOND: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn read(published: &Published<'_>, found: &Found) -> Result<Rule, Refusal> {
    outcomes(published, ["Up", "Down"])?;
    let asset = asset(found)?;
    let source = source(published, found, asset)?;
    let (named, family, strike, settlement) = match (found.meaning, names::address(published.slug))
    {
        (
            Meaning::ChainlinkSpot | Meaning::ChainlinkTwap,
            Some(Address::Window {
                asset: named,
                family,
                starts_secs,
            }),
        ) => {
            let (from, to) = window(published, asset, family, starts_secs)?;
            let readings = (PriceReading::StreamAt(from), PriceReading::StreamAt(to));
            (named, family, readings.0, readings.1)
        }
        (
            Meaning::BinanceHour,
            Some(Address::Hour {
                asset: named,
                day,
                time,
            }),
        ) => {
            let from = hour(published, asset, day, time)?;
            let last = from.plus(HOUR).minus(MILLISECOND);
            let readings = (
                PriceReading::CandleOpen(from),
                PriceReading::CandleClose(last),
            );
            (named, Family::Hour, readings.0, readings.1)
        }
        (Meaning::BinanceNoon, Some(Address::Noon { asset: named, day })) => {
            let (first, second) = noons(published, found, asset, day)?;
            let readings = (
                PriceReading::CandleClose(first),
                PriceReading::CandleClose(second),
            );
            (named, Family::Day, readings.0, readings.1)
        }
        _ => {
            return Err(Refusal::disagreement(
                (DESCRIPTION, found.name),
                (ADDRESS, published.slug),
            ));
        }
    };
    agree((DESCRIPTION, asset.symbol()), (ADDRESS, named.symbol()))?;
    config(published, asset, family, source)?;
    let ties = match family {
        Family::Day => Ties::Half,
        _ => Ties::Yes,
    };
    Ok(Rule::UpDown(UpDownRule {
        asset,
        family,
        strike,
        settlement,
        condition: PriceCondition::UpDown {
            ties,
            average_secs: source.average_secs(),
        },
        source,
    }))
}

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

/// A window on a stream: beginning and end.
fn window(
    published: &Published<'_>,
    asset: Asset,
    family: Family,
    starts_secs: u64,
) -> Result<(Timestamp, Timestamp), Refusal> {
    let length = match family {
        Family::FiveMinutes => 300,
        Family::FifteenMinutes => 900,
        _ => 14_400,
    };
    let from = Timestamp::from_secs(starts_secs);
    let to = Timestamp::from_secs(starts_secs + length);
    let (Some(begins), Some(ends)) = (civil_in_new_york(from), civil_in_new_york(to)) else {
        return Err(Refusal::unexpected(ADDRESS, published.slug, "a known time"));
    };
    // Windows of four hours follow New York's clock, the shorter ones any clock.
    let is_aligned = match family {
        Family::FourHours => begins.hour() % 4 == 0 && begins.minute() == 0 && begins.second() == 0,
        _ => starts_secs.is_multiple_of(length),
    };
    if !is_aligned {
        return Err(Refusal::unexpected(
            ADDRESS,
            published.slug,
            "a beginning that is a multiple of the window's length",
        ));
    }
    let Some((named, day, first, last)) = names::window_title(published.title) else {
        return Err(Refusal::unexpected(
            TITLE,
            published.title,
            "words like: Bitcoin Up or Down - June 7, 7:55PM-8:00PM ET",
        ));
    };
    agree((DESCRIPTION, asset.symbol()), (TITLE, named.symbol()))?;
    agree_day((ADDRESS, begins.date()), (TITLE, day))?;
    agree((ADDRESS, begins.time()), (TITLE, first))?;
    agree((ADDRESS, ends.time()), (TITLE, last))?;
    dates(published, from, to)?;
    Ok((from, to))
}

/// The beginning of an hour on New York's clock.
fn hour(
    published: &Published<'_>,
    asset: Asset,
    day: ShortDay,
    time: Time,
) -> Result<Timestamp, Refusal> {
    let Some((named, title_day, title_time)) = names::hour_title(published.title) else {
        return Err(Refusal::unexpected(
            TITLE,
            published.title,
            "words like: Bitcoin Up or Down - April 16, 9AM ET",
        ));
    };
    agree((DESCRIPTION, asset.symbol()), (TITLE, named.symbol()))?;
    agree((ADDRESS, time), (TITLE, title_time))?;
    if time.minute() != 0 {
        return Err(Refusal::unexpected(TITLE, published.title, "a full hour"));
    }
    let ends = ends(published)?;
    let meant = published.starts_at.unwrap_or_else(|| ends.minus(HOUR));
    let date = dated(day, civil_in_new_york(meant))?;
    agree_day((ADDRESS, date), (TITLE, title_day))?;
    let from = on_the_clock(date.to_datetime(time), Some(meant))?;
    dates(published, from, from.plus(HOUR))?;
    Ok(from)
}

/// Last milliseconds of the two minutes at noon, of the day before and of the day.
fn noons(
    published: &Published<'_>,
    found: &Found,
    asset: Asset,
    day: ShortDay,
) -> Result<(Timestamp, Timestamp), Refusal> {
    let Some((named, title_day)) = names::noon_title(published.title) else {
        return Err(Refusal::unexpected(
            TITLE,
            published.title,
            "words like: Bitcoin Up or Down on March 3?",
        ));
    };
    agree((DESCRIPTION, asset.symbol()), (TITLE, named.symbol()))?;
    let date = dated(day, civil_in_new_york(ends(published)?))?;
    agree_day((ADDRESS, date), (TITLE, title_day))?;
    let before = date
        .yesterday()
        .map_err(|_| Refusal::unexpected(ADDRESS, published.slug, "a day with one before it"))?;
    for part in [Part::Wins, Part::Loses] {
        let days: Vec<ShortDay> = found
            .slots(part)
            .filter_map(|slot| match slot {
                Slot::ShortDay(day) => Some(*day),
                _ => None,
            })
            .collect();
        for (date, day) in [before, date].into_iter().zip(days) {
            agree_day((ADDRESS, date), (DESCRIPTION, day))?;
        }
    }
    let settles = noon(published, date)?;
    Ok((last_of_minute(before)?, settles))
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

fn last_of_minute(date: Date) -> Result<Timestamp, Refusal> {
    let noon = on_the_clock(date.at(12, 0, 0, 0), None)?;
    Ok(noon.plus(MINUTE).minus(MILLISECOND))
}

fn on_the_clock(at: DateTime, meant: Option<Timestamp>) -> Result<Timestamp, Refusal> {
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

fn ends(published: &Published<'_>) -> Result<Timestamp, Refusal> {
    published
        .ends_at
        .ok_or(Refusal::unexpected(ENDS, "", "an instant"))
}

fn dates(published: &Published<'_>, from: Timestamp, to: Timestamp) -> Result<(), Refusal> {
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
fn config(
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
