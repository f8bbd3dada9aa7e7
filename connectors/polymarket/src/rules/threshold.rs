//! Strikes at noon: name, title, label and description must speak of the same strike, day and asset.

use quorate_domain::{PriceCondition, Ties};
use rust_decimal::Decimal;

use super::Published;
use super::agreement::{ADDRESS, TITLE, agree_day, asset, dated, noon, outcomes, source};
use super::clock::civil_in_new_york;
use super::families::Found;
use super::names::{self, Address};
use super::refusal::{Refusal, agree};
use super::rule::{PriceReading, Rule, ThresholdRule};

pub(super) fn read(published: &Published<'_>, found: &Found) -> Result<Rule, Refusal> {
    outcomes(published, ["Yes", "No"])?;
    let asset = asset(found)?;
    let source = source(published, found, asset)?;
    let Some(Address::Above {
        asset: named,
        strike_micros,
        day,
    }) = names::address(published.slug)
    else {
        return Err(Refusal::disagreement(
            ("the description", found.name),
            (ADDRESS, published.slug),
        ));
    };
    let Some((titled, title_strike, title_day)) = names::above_title(published.title) else {
        return Err(Refusal::unexpected(
            TITLE,
            published.title,
            "words like: Will the price of Bitcoin be above $72,000 on April 16?",
        ));
    };
    agree(
        ("the description", asset.symbol()),
        (ADDRESS, named.symbol()),
    )?;
    agree(
        ("the description", asset.symbol()),
        (TITLE, titled.symbol()),
    )?;
    agree(
        (ADDRESS, dollars(strike_micros)),
        (TITLE, dollars(title_strike)),
    )?;
    if let Some(labelled) = names::price_micros(published.label) {
        agree(
            (TITLE, dollars(title_strike)),
            ("the label", dollars(labelled)),
        )?;
    }
    let near = published.ends_at.and_then(civil_in_new_york);
    let date = dated(day, near)?;
    agree_day((ADDRESS, date), (TITLE, title_day))?;
    let settlement = PriceReading::CandleClose(noon(published, date)?);
    Ok(Rule::Threshold(ThresholdRule {
        asset,
        settlement,
        condition: PriceCondition::Above {
            strike_micros,
            ties: Ties::No,
            average_secs: source.average_secs(),
        },
        source,
    }))
}

fn dollars(micros: i64) -> String {
    Decimal::new(micros, 6).normalize().to_string()
}
