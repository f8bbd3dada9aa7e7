//! Windows on a price: everything that is published about one must name the same window, asset and source.

use core::time::Duration;

use jiff::civil::Time;
use quorate_domain::{PriceCondition, Ties, Timestamp};

use super::Published;
use super::agreement::{
    ADDRESS, DESCRIPTION, MILLISECOND, TITLE, agree_day, asset, config, dated, dates, ends,
    last_of_minute, noon, on_the_clock, outcomes, source,
};
use super::asset::Asset;
use super::clock::civil_in_new_york;
use super::families::{Found, Meaning, Part};
use super::names::{self, Address};
use super::refusal::{Refusal, agree};
use super::rule::{Family, PriceReading, Rule, UpDownRule};
use super::template::{ShortDay, Slot};

const HOUR: Duration = Duration::from_secs(3600);

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
