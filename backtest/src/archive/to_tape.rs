//! An archive as a tape, so that a run file can name its folder and everything that replays tapes replays archives.
//!
//! A tape speaks of one book a market, on the YES scale. Books of the NO token are left out where the YES token has its
//! own rows, and turned round where it has none. Trades of both tokens count: the venue tells a trade once, on the token
//! that was traded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use quorate_domain::{
    Input, Level, MarketEvent, MarketId, MarketInput, Outcome, PublicTrade, Shares, TickSize,
    Timestamp,
};

use super::decode::{Packed, PackedKind};
use super::import::Excluded;
use super::integrity::{Integrity, check};
use super::located;
use super::manifest::{MANIFEST_FILE, Manifest};
use super::names::Names;
use super::reader::{Columns, Moment, for_each_in_time_order};
use super::schema::HourKey;
use super::tables;
use crate::input::{Diagnostic, Diagnostics, ExitClass, format_rfc3339};
use crate::tape::{ContentHash, LoadOptions, LoadedTape, Tape, TapeRecord, Unresolved, load};

/// Folder of the tables that are no Parquet.
pub(super) const TABLES_FOLDER: &str = "tables";

/// Whether a folder is an archive.
#[must_use]
pub fn is_archive(folder: &Path) -> bool {
    folder.join(MANIFEST_FILE).is_file()
}

/// Loads an archive as a tape. Hours whose integrity score lies below `score_min` (0 to 1) are left out for the market
/// concerned, and a gap stands in their place.
///
/// # Errors
/// Everything that is wrong with its tables; a damaged file; a market that closed without an outcome, if the options
/// refuse that.
pub fn load_tape(
    archive: &Path,
    options: &LoadOptions,
    score_min: f64,
) -> Result<LoadedTape, Diagnostics> {
    let manifest = Manifest::read(archive)?;
    let mut loaded = load_tables(archive, options)?;
    let report = check(archive, &manifest)?;
    let mut mapping = Mapping::new(archive, &loaded.tape, &report, score_min)?;
    let (mut names, mut excluded) = (Names::default(), Excluded::default());
    let mut records = Vec::new();
    let each = |names: &Names, moment: Moment<'_>| {
        mapping.take(names, moment, &mut records);
        Ok(())
    };
    for_each_in_time_order(
        archive,
        &manifest,
        Columns::Replay,
        (&mut names, &mut excluded),
        each,
    )?;
    records.append(&mut loaded.tape.records);
    records.sort_by_key(|record: &TapeRecord| (record.at, rank(&record.input)));
    loaded.tape.records = records;
    loaded.hash = ContentHash(joined(loaded.hash.0, manifest.content_hash()));
    refuse_unresolved(&mut loaded, options, archive)?;
    Ok(loaded)
}

fn joined(tables: [u8; 32], rows: [u8; 32]) -> [u8; 32] {
    super::manifest::sha256(&[tables, rows].concat())
}

/// Order of the kinds at one moment, as in a plain tape.
fn rank(input: &Input) -> u8 {
    match input {
        Input::Reference(_) => 0,
        Input::Market(MarketInput {
            event: MarketEvent::TickSize(_),
            ..
        }) => 1,
        Input::Market(MarketInput {
            event: MarketEvent::Trade(_),
            ..
        }) => 3,
        Input::Market(_) => 2,
        Input::Inference(_) => 4,
        _ => 5,
    }
}

/// The tables: the CSV files beside the rows if there are any, else what the Parquet tables say.
fn load_tables(archive: &Path, options: &LoadOptions) -> Result<LoadedTape, Diagnostics> {
    let own = archive.join(TABLES_FOLDER);
    if own.join("markets.csv").is_file() {
        return load(&own, options);
    }
    let markets = tables::read_markets(archive)?;
    if markets.is_empty() {
        let message = "the archive does not say what its markets are";
        let hint = "import again with --markets FILE.csv: condition_id, yes_asset_id, no_asset_id, slug, tick, fee_rate";
        return Err(located::in_file(archive, "no-markets", message)
            .with_hint(hint)
            .into());
    }
    let (resolutions, predictions) = (
        tables::read_resolutions(archive)?,
        tables::read_predictions(archive)?,
    );
    let scratch = Scratch::new().map_err(|error| located::unwritable(archive, &error))?;
    tables::write_tape_tables(&scratch.0, &markets, &resolutions, &predictions)
        .map_err(|error| located::unwritable(&scratch.0, &error))?;
    load(&scratch.0, options)
}

/// A folder that goes when it is no longer needed.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> std::io::Result<Self> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("quorate-tables-{}-{serial}", std::process::id()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover folder of small tables is harmless.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a token's rows become.
#[derive(Clone, Copy)]
struct Place {
    market: MarketId,
    outcome: Outcome,
    /// Whether its books count; trades always do.
    books: bool,
}

struct Known {
    tick: TickSize,
    resolved_at: Option<Timestamp>,
    /// Whether the last thing told was a gap.
    in_gap: bool,
}

struct Mapping {
    by_token: BTreeMap<String, Place>,
    markets: Vec<Known>,
    refused: BTreeSet<(HourKey, String)>,
}

impl Mapping {
    fn new(
        archive: &Path,
        tape: &Tape,
        report: &Integrity,
        score_min: f64,
    ) -> Result<Self, Diagnostics> {
        let seen: BTreeSet<&str> = report.tokens.iter().map(String::as_str).collect();
        let mut by_token = BTreeMap::new();
        for row in tables::read_markets(archive)? {
            let Some(listed) = tape.market_named(&row.slug) else {
                continue;
            };
            let market = listed.market.id;
            let has_yes = seen.contains(row.yes.as_str());
            for (token, outcome, books) in [
                (row.yes, Outcome::Yes, true),
                (row.no, Outcome::No, !has_yes),
            ] {
                by_token.insert(
                    token.as_str().to_owned(),
                    Place {
                        market,
                        outcome,
                        books,
                    },
                );
            }
        }
        let mut markets: Vec<Known> = tape
            .markets
            .iter()
            .map(|listed| Known {
                tick: listed.market.tick,
                resolved_at: None,
                in_gap: false,
            })
            .collect();
        for record in &tape.records {
            if let Input::Resolved(word) = &record.input
                && let Some(known) = markets.get_mut(word.market.0 as usize)
            {
                known.resolved_at = Some(record.at);
            }
        }
        let refused = report
            .hours
            .iter()
            .filter(|hour| hour.score().is_some_and(|score| score < score_min));
        let refused = refused
            .map(|hour| (HourKey(hour.hour_number), hour.market.clone()))
            .collect();
        Ok(Self {
            by_token,
            markets,
            refused,
        })
    }

    fn take(&mut self, names: &Names, moment: Moment<'_>, out: &mut Vec<TapeRecord>) {
        let (row, bids, asks) = match moment {
            Moment::Row(row, bids, asks) => (row, bids, asks),
            Moment::Missing(_) => {
                let at = out.last().map_or(Timestamp::default(), |record| record.at);
                for market in 0..self.markets.len() {
                    let id = MarketId(u32::try_from(market).unwrap_or(u32::MAX));
                    self.gap(id, at, out);
                }
                return;
            }
        };
        let token = names
            .assets()
            .get(row.asset as usize)
            .map(|(id, _)| id.as_str());
        let Some(place) = token.and_then(|token| self.by_token.get(token)).copied() else {
            return;
        };
        let at = Timestamp::from_nanos(row.received_ns);
        let Some(known) = self.markets.get(place.market.0 as usize) else {
            return;
        };
        if known.resolved_at.is_some_and(|resolved| resolved < at) {
            return;
        }
        let market = names
            .markets()
            .get(row.market as usize)
            .map(|id| id.as_str().to_owned());
        let hour = HourKey::of(at);
        if market.is_some_and(|market| self.refused.contains(&(hour, market))) {
            self.gap(place.market, at, out);
            return;
        }
        if row.after_gap && place.books {
            self.gap(place.market, at, out);
        }
        let event = self.event(row, (bids, asks), place);
        match event {
            Some(event) => self.tell(place.market, at, event, out),
            None if place.books && row.kind != PackedKind::Trade => self.gap(place.market, at, out),
            None => {}
        }
    }

    fn tell(
        &mut self,
        market: MarketId,
        at: Timestamp,
        event: MarketEvent,
        out: &mut Vec<TapeRecord>,
    ) {
        if let Some(known) = self.markets.get_mut(market.0 as usize) {
            match &event {
                MarketEvent::TickSize(tick) => known.tick = *tick,
                MarketEvent::Snapshot { .. } => known.in_gap = false,
                _ => {}
            }
        }
        out.push(TapeRecord {
            at,
            input: Input::Market(MarketInput { market, event }),
        });
    }

    /// A gap is told once; until the next whole book it goes on.
    fn gap(&mut self, market: MarketId, at: Timestamp, out: &mut Vec<TapeRecord>) {
        let Some(known) = self.markets.get_mut(market.0 as usize) else {
            return;
        };
        if !std::mem::replace(&mut known.in_gap, true) {
            out.push(TapeRecord {
                at,
                input: Input::Market(MarketInput {
                    market,
                    event: MarketEvent::Gap,
                }),
            });
        }
    }

    /// What a row says on the YES scale; `None` for a book row that does not count or lies off the grid.
    fn event(
        &self,
        row: &Packed,
        (bids, asks): (&[Level], &[Level]),
        place: Place,
    ) -> Option<MarketEvent> {
        let tick = self.markets.get(place.market.0 as usize)?.tick;
        let turned = |level: &Level| match place.outcome {
            Outcome::Yes => *level,
            Outcome::No => Level {
                price: level.price.complement(),
                shares: level.shares,
            },
        };
        let on_grid = |level: &Level| tick.holds(level.price);
        match row.kind {
            PackedKind::Trade => {
                let level = turned(&row.level()?);
                let taker = match place.outcome {
                    Outcome::Yes => row.taker(),
                    Outcome::No => row.taker().opposite(),
                };
                let shares = Shares::from_micros(row.size_micros);
                (on_grid(&level) && !shares.is_zero()).then_some(MarketEvent::Trade(PublicTrade {
                    taker,
                    price: level.price,
                    shares,
                }))
            }
            _ if !place.books => None,
            PackedKind::Book => {
                let halves = match place.outcome {
                    Outcome::Yes => (bids, asks),
                    Outcome::No => (asks, bids),
                };
                let half = |levels: &[Level], falling: bool| {
                    let mut levels: Vec<Level> = levels.iter().map(turned).collect();
                    levels.sort_by_key(|level| level.price);
                    if falling {
                        levels.reverse();
                    }
                    levels
                };
                let (bids, asks) = (half(halves.0, true), half(halves.1, false));
                bids.iter()
                    .chain(&asks)
                    .all(on_grid)
                    .then_some(MarketEvent::Snapshot { bids, asks })
            }
            PackedKind::Change => {
                let level = turned(&row.level()?);
                let side = match place.outcome {
                    Outcome::Yes => row.side,
                    Outcome::No => row.side.opposite(),
                };
                on_grid(&level).then_some(MarketEvent::Level { side, level })
            }
            PackedKind::TickSize => TickSize::from_micros(i64::from(row.price_micros))
                .ok()
                .map(MarketEvent::TickSize),
            PackedKind::Gap => None,
            PackedKind::Closed => Some(MarketEvent::Closed),
        }
    }
}

/// A market that closed while the tape ran must have an outcome, unless the options mark it to the market.
fn refuse_unresolved(
    loaded: &mut LoadedTape,
    options: &LoadOptions,
    archive: &Path,
) -> Result<(), Diagnostics> {
    let Some((_, end)) = loaded.tape.span() else {
        return Ok(());
    };
    let words = loaded
        .tape
        .records
        .iter()
        .filter_map(|record| match &record.input {
            Input::Resolved(word) => Some(word.market),
            _ => None,
        });
    let resolved: BTreeSet<MarketId> = words.collect();
    let mut errors = Diagnostics::new();
    loaded.assumptions.markets_unresolved = 0;
    for listed in &loaded.tape.markets {
        let market = &listed.market;
        let Some(closed) = market
            .closes_at
            .filter(|at| *at < end && !resolved.contains(&market.id))
        else {
            continue;
        };
        loaded.assumptions.markets_unresolved += 1;
        if options.unresolved == Unresolved::Refuse {
            let closed = format_rfc3339(closed.nanos());
            let message = format!(
                "market {} closed at {closed} and has no outcome",
                market.name
            );
            let error = Diagnostic::new(ExitClass::Data, "missing-outcome", message);
            errors.push(
                error
                    .in_file(archive.join(tables::RESOLUTIONS_FILE).display().to_string())
                    .with_hint("add it to the resolutions, or set `unresolved = \"mark\"`"),
            );
        }
    }
    errors.into_result(())
}
