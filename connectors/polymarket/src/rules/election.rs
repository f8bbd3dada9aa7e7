//! Elections: the outcome that a market is about, and that title and rule speak of the same race.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::Published;
use super::agreement::outcomes;
use super::families::{ElectionTerms, FallbackKind, Found, Part};
use super::refusal::{Refusal, agree};
use super::rule::{ElectionRule, Fallback, Rule};
use super::template::Slot;

const RULE: &str = "the description";
const TITLE: &str = "the title";

pub(super) fn read(
    published: &Published<'_>,
    found: &Found,
    terms: ElectionTerms,
) -> Result<Rule, Refusal> {
    outcomes(published, ["Yes", "No"])?;
    let candidate = candidate(published, found)?;
    let races: Vec<&String> = found.all().filter_map(race).collect();
    let titles = format!("{} {}", published.title, published.event_title);
    let said = races
        .iter()
        .map(|race| race.as_str())
        .chain(found.slots(Part::Fallback).filter_map(place))
        .collect::<Vec<_>>()
        .join(" ");
    overlap(&said, &titles, states)?;
    for race in &races {
        overlap(race, &titles, years)?;
    }
    one_party(found, &titles)?;
    let day_of = |part| {
        found.slots(part).find_map(|slot| match slot {
            Slot::Day(day) => Some(*day),
            _ => None,
        })
    };
    let race = found
        .slots(Part::Wins)
        .chain(found.all())
        .find_map(race)
        .map_or_else(|| published.event_title.to_owned(), Clone::clone);
    Ok(Rule::Election(ElectionRule {
        race,
        candidate,
        caller: terms.caller,
        fallback: fallback(terms.fallback, day_of(Part::Fallback))?,
        other_after: day_of(Part::Deadline),
    }))
}

/// All sentences and the titles speak of one party's nomination.
fn one_party(found: &Found, titles: &str) -> Result<(), Refusal> {
    let mut parties = found.all().filter_map(|slot| match slot {
        Slot::Party(party) => Some(party.as_str()),
        _ => None,
    });
    let Some(first) = parties.next() else {
        return Ok(());
    };
    for party in parties {
        agree(
            ("a sentence of the description", first),
            ("another sentence of it", party),
        )?;
    }
    let other = if first == "Democratic" {
        "Republican"
    } else {
        "Democratic"
    };
    if titles.contains(other) && !titles.contains(first) {
        return Err(Refusal::disagreement((RULE, first), (TITLE, other)));
    }
    Ok(())
}

fn race(slot: &Slot) -> Option<&String> {
    match slot {
        Slot::Race(race) => Some(race),
        _ => None,
    }
}

fn place(slot: &Slot) -> Option<&str> {
    match slot {
        Slot::Words(words) => Some(words),
        _ => None,
    }
}

fn fallback(kind: FallbackKind, day: Option<Date>) -> Result<Fallback, Refusal> {
    match (kind, day) {
        (FallbackKind::Official, _) => Ok(Fallback::Official),
        (FallbackKind::Unstated, _) => Ok(Fallback::Unstated),
        (FallbackKind::Inauguration, Some(day)) => Ok(Fallback::Inauguration(day)),
        (FallbackKind::Inauguration, None) => {
            Err(Refusal::unexpected(RULE, "", "the day of the inauguration"))
        }
    }
}

/// The outcome: the label within the event, or the name in the rule; the title must speak of it, too.
fn candidate(published: &Published<'_>, found: &Found) -> Result<String, Refusal> {
    let named = found.slots(Part::Wins).find_map(|slot| match slot {
        Slot::Name(name) => Some(name.as_str()),
        _ => None,
    });
    let label = published.label;
    let candidate = match (label.is_empty(), named) {
        (false, _) => label,
        (true, Some(name)) => name,
        (true, None) => {
            return Err(Refusal::unexpected(
                "the label",
                label,
                "the outcome it is about",
            ));
        }
    };
    if let Some(name) = named
        && !speaks_of(name, candidate)
    {
        return Err(Refusal::disagreement(
            ("the label", candidate),
            (RULE, name),
        ));
    }
    if !speaks_of(published.title, candidate) {
        return Err(Refusal::disagreement(
            ("the label", candidate),
            (TITLE, published.title),
        ));
    }
    Ok(candidate.to_owned())
}

/// Beginnings of the words for the two parties, and the letter that stands for them behind a name.
const PARTIES: [(&str, &str); 2] = [("democrat", "(d)"), ("republican", "(r)")];

/// Whether a text holds every word of a name, initials aside, or its party. "Jr." is part of a name.
fn speaks_of(text: &str, name: &str) -> bool {
    let (text, name) = (text.to_lowercase(), name.to_lowercase());
    let by_party = PARTIES.iter().any(|(party, letter)| {
        text.contains(party) && (name.contains(party) || name.ends_with(letter))
    });
    let (said, wanted) = (words(&text), words(&name));
    let by_name = !wanted.is_empty()
        && wanted.is_subset(&said)
        && said.contains("jr") == wanted.contains("jr");
    by_party || by_name
}

/// The words of a text in small letters, without initials and without what stands in brackets.
fn words(text: &str) -> BTreeSet<&str> {
    text.split([' ', '-'])
        .filter(|word| !word.starts_with('('))
        .map(|word| word.strip_suffix("'s").unwrap_or(word))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.chars().count() > 1)
        .collect()
}

/// Both texts name something in common, or one of them names nothing of the kind.
fn overlap(
    rule: &str,
    titles: &str,
    named_in: fn(&str) -> BTreeSet<String>,
) -> Result<(), Refusal> {
    let (left, right) = (named_in(rule), named_in(titles));
    if left.is_empty() || right.is_empty() || !left.is_disjoint(&right) {
        return Ok(());
    }
    let list = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>().join(", ");
    Err(Refusal::disagreement(
        (RULE, list(left)),
        (TITLE, list(right)),
    ))
}

/// Years that a text names.
fn years(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() == 4 && word.starts_with("20"))
        .filter(|word| word.bytes().all(|b| b.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

/// Names that contain another one stand before it.
const STATES: [&str; 50] = [
    "West Virginia",
    "Arkansas",
    "Alabama",
    "Alaska",
    "Arizona",
    "California",
    "Colorado",
    "Connecticut",
    "Delaware",
    "Florida",
    "Georgia",
    "Hawaii",
    "Idaho",
    "Illinois",
    "Indiana",
    "Iowa",
    "Kansas",
    "Kentucky",
    "Louisiana",
    "Maine",
    "Maryland",
    "Massachusetts",
    "Michigan",
    "Minnesota",
    "Mississippi",
    "Missouri",
    "Montana",
    "Nebraska",
    "Nevada",
    "New Hampshire",
    "New Jersey",
    "New Mexico",
    "New York",
    "North Carolina",
    "North Dakota",
    "Ohio",
    "Oklahoma",
    "Oregon",
    "Pennsylvania",
    "Rhode Island",
    "South Carolina",
    "South Dakota",
    "Tennessee",
    "Texas",
    "Utah",
    "Vermont",
    "Virginia",
    "Washington",
    "Wisconsin",
    "Wyoming",
];

/// States of the US that a text names.
fn states(text: &str) -> BTreeSet<String> {
    let mut rest = text.to_owned();
    let mut found = BTreeSet::new();
    for state in STATES {
        if rest.contains(state) {
            rest = rest.replace(state, " ");
            found.insert(state.to_owned());
        }
    }
    found
}
