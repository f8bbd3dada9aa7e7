//! A tape of plain CSV files: order books and trades become rows; everything else stays CSV, in the folder `tables`.

use std::path::Path;

use quorate_domain::{Input, MarketEvent};
use sha2::{Digest, Sha256};

use super::intake::Done;
use super::{Intake, located};
use crate::archive::manifest::{AbsentHours, Manifest, hex};
use crate::archive::pace::Pace;
use crate::archive::row::{AssetId, ConditionId, RowEvent, TapeRow};
use crate::archive::tables::{MarketRow, ResolutionRow};
use crate::archive::to_tape::TABLES_FOLDER;
use crate::input::{Diagnostic, Diagnostics};
use crate::tape::{self, LoadOptions, Tape, TapeMarket, Unresolved};

/// Imports a folder.
pub(super) fn import(source: &Path, archive: &Path, pace: &Pace) -> Result<Done, Diagnostics> {
    let options = LoadOptions {
        unresolved: Unresolved::Mark,
        ..LoadOptions::default()
    };
    let loaded = tape::load(source, &options)?;
    let mut intake = Intake::open(archive, &hex(&loaded.hash.0), pace)?;
    write_tape(&loaded.tape, archive, &mut intake)?;
    let done = intake.finish(1)?;
    note_quiet(archive)?;
    Ok(done)
}

/// Puts a tape into an archive: rows and facts into the intake, the other tables beside them.
pub(in crate::archive) fn write_tape(
    tape: &Tape,
    archive: &Path,
    intake: &mut Intake<'_>,
) -> Result<(), Diagnostics> {
    let tables = archive.join(TABLES_FOLDER);
    let mut rest = tape.clone();
    rest.records
        .retain(|record| !matches!(record.input, Input::Market(_)));
    tape::write(&rest, &tables).map_err(|error| located::unwritable(&tables, &error))?;
    for listed in &tape.markets {
        intake.markets.push(market_row(listed));
    }
    for (number, record) in (1_u64..).zip(&tape.records) {
        match &record.input {
            Input::Market(news) => {
                let Some(listed) = tape.market(news.market) else {
                    continue;
                };
                put(listed, record.at, number, &news.event, intake)?;
            }
            Input::Resolved(word) => {
                let Some(listed) = tape.market(word.market) else {
                    continue;
                };
                intake.resolutions.push(ResolutionRow {
                    condition: ConditionId::for_name(&listed.market.name),
                    resolved_at: record.at,
                    payout: word.payout,
                    source: "tape".into(),
                });
            }
            _ => {}
        }
    }
    Ok(())
}

/// A tape is whole by definition: where it tells nothing, nothing happened.
pub(super) fn note_quiet(archive: &Path) -> Result<(), Diagnostic> {
    let mut manifest = Manifest::read(archive)?;
    manifest.absent_hours = AbsentHours::Quiet;
    manifest
        .write(archive)
        .map_err(|error| located::unwritable(archive, &error))
}

/// A hash over a tape's records, for one that does not come from files.
pub(super) fn hash(tape: &Tape) -> String {
    let mut all = Sha256::new();
    for record in &tape.records {
        all.update(record.at.nanos().to_le_bytes());
        all.update(format!("{:?}", record.input));
    }
    hex(&all.finalize())
}

fn put(
    listed: &TapeMarket,
    at: quorate_domain::Timestamp,
    number: u64,
    event: &MarketEvent,
    intake: &mut Intake<'_>,
) -> Result<(), Diagnostic> {
    let name = &listed.market.name;
    let event = match event {
        MarketEvent::Snapshot { bids, asks } => RowEvent::Book {
            bids: bids.clone(),
            asks: asks.clone(),
        },
        MarketEvent::Level { side, level } => RowEvent::Change {
            side: *side,
            level: *level,
            best_bid: None,
            best_ask: None,
        },
        MarketEvent::Trade(trade) => RowEvent::Trade {
            taker: trade.taker,
            price: trade.price,
            shares: trade.shares,
            fee_rate_bps: None,
            transaction: None,
        },
        MarketEvent::TickSize(new) => RowEvent::TickSize {
            old: None,
            new: *new,
        },
        MarketEvent::Gap => RowEvent::Gap,
        MarketEvent::Closed => RowEvent::Closed,
        MarketEvent::DayVolume(_) => {
            intake.exclude("unused-event", None, || format!("day volume of {name}"));
            return Ok(());
        }
    };
    let row = TapeRow {
        received_at: at,
        event_at: at,
        market: ConditionId::for_name(name),
        asset: AssetId::for_name(name, "yes"),
        seq: Some(number),
        connection: None,
        hash: None,
        after_gap: false,
        event,
    };
    intake.take(row, || format!("record {number} of {name}"))
}

fn market_row(listed: &TapeMarket) -> MarketRow {
    let market = &listed.market;
    let name = &market.name;
    let mut row = MarketRow::new(
        ConditionId::for_name(name),
        AssetId::for_name(name, "yes"),
        AssetId::for_name(name, "no"),
        name.clone(),
    );
    row.question.clone_from(&market.question);
    row.category.clone_from(&listed.category);
    row.tick = market.tick;
    row.shares_min = market.shares_min;
    row.fee_rate_ppm = market.fee.rate_ppm;
    row.fee_exponent = market.fee.exponent;
    row.rebate_share_ppm = market.fee.rebate_share_ppm;
    row.opens_at = market.opens_at;
    row.ends_at = market.closes_at;
    row
}
