//! Names in addresses, titles and dates of markets on prices, taken apart.

use jiff::civil::{Date, Time};
use quorate_domain::Cash;

use super::asset::Asset;
use super::rule::Family;
use super::template::ShortDay;

/// What the name of a market in addresses says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// `btc-updown-5m-1795305600`.
    Window {
        asset: Asset,
        family: Family,
        starts_secs: u64,
    },
    /// `bitcoin-up-or-down-april-16-2026-9am-et`.
    Hour {
        asset: Asset,
        day: ShortDay,
        time: Time,
    },
    /// `bitcoin-up-or-down-on-march-3-2026`.
    Noon { asset: Asset, day: ShortDay },
    /// `bitcoin-above-72k-on-april-16-2026`.
    Above {
        asset: Asset,
        strike_micros: i64,
        day: ShortDay,
    },
}

/// Last second that is a plausible beginning of a window (the year 2286).
const SECS_MAX: u64 = 9_999_999_999;

pub(super) fn address(slug: &str) -> Option<Address> {
    let words: Vec<&str> = slug.split('-').collect();
    match words.as_slice() {
        [symbol, "updown", length, start] => Some(Address::Window {
            asset: Asset::from_symbol(symbol)?,
            family: match *length {
                "5m" => Family::FiveMinutes,
                "15m" => Family::FifteenMinutes,
                "4h" => Family::FourHours,
                _ => return None,
            },
            starts_secs: start.parse().ok().filter(|secs| *secs <= SECS_MAX)?,
        }),
        [name, "up", "or", "down", "on", day @ ..] => Some(Address::Noon {
            asset: Asset::from_address(name)?,
            day: address_day(day)?,
        }),
        [name, "up", "or", "down", day @ .., hour, "et"] => Some(Address::Hour {
            asset: Asset::from_address(name)?,
            day: address_day(day)?,
            time: clock_time(hour)?,
        }),
        [name, "above", strike, "on", day @ ..] => Some(Address::Above {
            asset: Asset::from_address(name)?,
            strike_micros: address_strike(strike)?,
            day: address_day(day).or_else(|| numbered_day(day))?,
        }),
        _ => None,
    }
}

fn address_day(words: &[&str]) -> Option<ShortDay> {
    let (month, day, year) = match words {
        [month, day] => (month, day, None),
        [month, day, year] => (month, day, Some(full_year(year)?)),
        _ => return None,
    };
    short_day(month, day, year)
}

/// A day with the running number that tells markets of the same name apart.
fn numbered_day(words: &[&str]) -> Option<ShortDay> {
    let (number, day) = words.split_last()?;
    let is_number = number.len() <= 3 && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| address_day(day))?
}

/// `72k`, `2300` or `1pt4`, in millionths.
fn address_strike(text: &str) -> Option<i64> {
    let (number, factor) = match text.strip_suffix('k') {
        Some(number) => (number, 1000),
        None => (text, 1),
    };
    positive_micros(&number.replace("pt", "."))?.checked_mul(factor)
}

/// `$72,000` or `72,000`, in millionths.
pub(super) fn price_micros(text: &str) -> Option<i64> {
    let number = text.strip_prefix('$').unwrap_or(text);
    positive_micros(&number.replace(',', ""))
}

fn positive_micros(number: &str) -> Option<i64> {
    let is_number = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let micros = is_number.then(|| Cash::parse(number).ok())??.micros();
    (micros > 0).then_some(micros)
}

/// `Bitcoin Up or Down - June 7, 7:55PM-8:00PM ET`: asset, day, beginning and end.
pub(super) fn window_title(title: &str) -> Option<(Asset, ShortDay, Time, Time)> {
    let (asset, day, clock) = updown_title(title)?;
    let (from, to) = clock.split_once('-')?;
    Some((asset, day, clock_time(from.trim())?, clock_time(to.trim())?))
}

/// `Bitcoin Up or Down - April 16, 9AM ET`: asset, day and hour.
pub(super) fn hour_title(title: &str) -> Option<(Asset, ShortDay, Time)> {
    let (asset, day, clock) = updown_title(title)?;
    Some((asset, day, clock_time(clock)?))
}

fn updown_title(title: &str) -> Option<(Asset, ShortDay, &str)> {
    let (name, rest) = title.split_once(" Up or Down - ")?;
    let (day, clock) = rest.strip_suffix(" ET")?.rsplit_once(", ")?;
    Some((Asset::from_name(name)?, title_day(day)?, clock))
}

/// `Bitcoin Up or Down on March 3?`.
pub(super) fn noon_title(title: &str) -> Option<(Asset, ShortDay)> {
    let (name, day) = title.split_once(" Up or Down on ")?;
    let day = day.strip_suffix('?').unwrap_or(day);
    Some((Asset::from_name(name)?, title_day(day)?))
}

/// `Will the price of Bitcoin be above $72,000 on April 16?`: asset, strike in millionths, day.
pub(super) fn above_title(title: &str) -> Option<(Asset, i64, ShortDay)> {
    let rest = title.strip_prefix("Will the price of ")?;
    let (name, rest) = rest.split_once(" be above ")?;
    let (strike, day) = rest.split_once(" on ")?;
    let day = day.strip_suffix('?').unwrap_or(day);
    Some((
        Asset::from_name(name)?,
        price_micros(strike)?,
        title_day(day)?,
    ))
}

/// `April 16` or `April 16, 2026`.
fn title_day(text: &str) -> Option<ShortDay> {
    let (day, year) = match text.split_once(", ") {
        None => (text, None),
        Some((day, year)) => (day, Some(full_year(year)?)),
    };
    let (month, day) = day.split_once(' ')?;
    short_day(month, day, year)
}

/// `November 3, 2026`.
pub(super) fn long_date(text: &str) -> Option<Date> {
    let day = title_day(text)?;
    Date::new(day.year?, day.month, day.day).ok()
}

/// `Mar 14 '26`, `14 Mar '26`, `14 May`.
pub(super) fn day_month_year(text: &str) -> Option<ShortDay> {
    let words: Vec<&str> = text.split(' ').collect();
    let (first, second, year) = match words.as_slice() {
        [first, second] => (first, second, None),
        [first, second, year] => {
            let short: i16 = digits(year.strip_prefix('\'')?, 2)?;
            (first, second, Some(2000 + short))
        }
        _ => return None,
    };
    short_day(first, second, year).or_else(|| short_day(second, first, year))
}

fn short_day(month: &str, day: &str, year: Option<i16>) -> Option<ShortDay> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let wanted = month.to_ascii_lowercase();
    let place = (1_i8..)
        .zip(MONTHS)
        .find(|(_, name)| *name == wanted || (wanted.len() == 3 && name.starts_with(&wanted)))?
        .0;
    let day: i8 = digits(day, 2)?;
    // A leap year where none is named: the day must exist in some year.
    Date::new(year.unwrap_or(2024), place, day).ok()?;
    Some(ShortDay {
        day,
        month: place,
        year,
    })
}

fn full_year(text: &str) -> Option<i16> {
    (text.len() == 4).then(|| digits(text, 4))?
}

/// A number of at most so many digits and nothing else.
fn digits<T: core::str::FromStr>(text: &str, digits_max: usize) -> Option<T> {
    let is_number =
        (1..=digits_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// `9AM`, `12:45am`.
fn clock_time(text: &str) -> Option<Time> {
    let text = text.to_ascii_lowercase();
    let (clock, noon) = match text.strip_suffix("am") {
        Some(clock) => (clock, 0),
        None => (text.strip_suffix("pm")?, 12),
    };
    let (hour, minute) = clock.split_once(':').unwrap_or((clock, "00"));
    let hour: i8 = digits(hour, 2)?;
    let minute: i8 = (minute.len() == 2).then(|| digits(minute, 2))??;
    (1..=12).contains(&hour).then_some(())?;
    Time::new(hour % 12 + noon, minute, 0, 0).ok()
}
