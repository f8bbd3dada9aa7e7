//! Reference tables beside the rows: what the markets are, how they were decided, and what models said and when.
//!
//! Resolutions are a file of their own, so that nothing that a strategy may see can carry an outcome. Predictions count
//! from `ts_available`; a file without that column is refused, because a backtest on it would look into the future.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, RecordBatch,
    StringArray, TimestampNanosecondArray, UInt8Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Field, Float64Type, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use quorate_domain::{Payout, Shares, TickSize, Timestamp};

use super::import::sheet::{Sheet, Sheets, text_at, time_at};
use super::located;
use super::row::{AssetId, ConditionId};
use crate::input::{
    CsvTable, Diagnostic, Diagnostics, format_micros, format_rfc3339, write_atomically,
};

/// File of the markets.
pub const MARKETS_FILE: &str = "markets.parquet";
/// File of the resolutions.
pub const RESOLUTIONS_FILE: &str = "resolutions.parquet";
/// File of the predictions.
pub const PREDICTIONS_FILE: &str = "predictions.parquet";

/// Money and sizes in the tables: six decimals.
const MICROS: DataType = DataType::Decimal128(18, 6);

/// A market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketRow {
    /// Identity at the venue.
    pub condition: ConditionId,
    /// Token that pays if it happens.
    pub yes: AssetId,
    /// Token that pays if it does not.
    pub no: AssetId,
    /// Short unique name.
    pub slug: String,
    /// The question in the venue's words.
    pub question: String,
    /// The venue's group of markets.
    pub event: Option<String>,
    /// Whether the markets of the group exclude each other.
    pub neg_risk: bool,
    /// Identity of such a group.
    pub neg_risk_market_id: Option<String>,
    /// What kind of question it is.
    pub category: Option<String>,
    /// Fee rate in parts per million.
    pub fee_rate_ppm: u32,
    /// Fee exponent.
    pub fee_exponent: u8,
    /// Share of the taker fee paid back to makers, parts per million.
    pub rebate_share_ppm: u32,
    /// From when on the fee holds.
    pub fee_valid_from: Option<Timestamp>,
    /// Price step at the beginning.
    pub tick: TickSize,
    /// Smallest order.
    pub shares_min: Shares,
    /// First moment of trading.
    pub opens_at: Option<Timestamp>,
    /// Announced last moment of trading.
    pub ends_at: Option<Timestamp>,
}

impl MarketRow {
    /// A market with the venue's usual rules and no fee.
    #[must_use]
    pub fn new(condition: ConditionId, yes: AssetId, no: AssetId, slug: String) -> Self {
        Self {
            condition,
            yes,
            no,
            slug,
            question: String::new(),
            event: None,
            neg_risk: false,
            neg_risk_market_id: None,
            category: None,
            fee_rate_ppm: 0,
            fee_exponent: 1,
            rebate_share_ppm: 0,
            fee_valid_from: None,
            tick: TickSize::CENT,
            shares_min: Shares::whole(5),
            opens_at: None,
            ends_at: None,
        }
    }
}

/// How a market was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolutionRow {
    /// The market.
    pub condition: ConditionId,
    /// When.
    pub resolved_at: Timestamp,
    /// What a YES share pays; a NO share pays the rest of the dollar.
    pub payout: Payout,
    /// Who says so.
    pub source: String,
}

/// What a model said about a market.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictionRow {
    /// The topic.
    pub topic: String,
    /// The market.
    pub condition: ConditionId,
    /// The model.
    pub model: String,
    /// First moment at which it could be known.
    pub available_at: Timestamp,
    /// The moment it speaks about.
    pub target_at: Option<Timestamp>,
    /// Probability of YES.
    pub probability: f64,
    /// The model's own standard deviation of it.
    pub deviation: Option<f64>,
    /// Anything else.
    pub meta: Option<String>,
}

fn put(path: &Path, columns: Vec<(&str, ArrayRef)>) -> io::Result<()> {
    let fields = columns
        .iter()
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let batch = RecordBatch::try_new(schema.clone(), columns).map_err(io::Error::other)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(Default::default()))
        .build();
    write_atomically(path, |file| {
        let mut writer =
            ArrowWriter::try_new(file, schema, Some(properties)).map_err(io::Error::other)?;
        writer.write(&batch).map_err(io::Error::other)?;
        writer.close().map(drop).map_err(io::Error::other)
    })
}

fn texts<'r>(values: impl Iterator<Item = Option<&'r str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn times(values: impl Iterator<Item = Option<Timestamp>>) -> ArrayRef {
    let nanos = values.map(|at| at.and_then(|at| i64::try_from(at.nanos()).ok()));
    Arc::new(
        nanos
            .collect::<TimestampNanosecondArray>()
            .with_timezone("UTC"),
    )
}

fn micros(values: impl Iterator<Item = u64>) -> io::Result<ArrayRef> {
    let column: Decimal128Array = values.map(|micros| Some(i128::from(micros))).collect();
    Ok(Arc::new(
        column
            .with_precision_and_scale(18, 6)
            .map_err(io::Error::other)?,
    ))
}

/// Writes the markets of an archive.
///
/// # Errors
/// Whatever the file system reports.
pub fn write_markets(archive: &Path, rows: &[MarketRow]) -> io::Result<()> {
    let all = || rows.iter();
    put(
        &archive.join(MARKETS_FILE),
        vec![
            (
                "condition_id",
                texts(all().map(|row| Some(row.condition.as_str()))),
            ),
            (
                "yes_asset_id",
                texts(all().map(|row| Some(row.yes.as_str()))),
            ),
            ("no_asset_id", texts(all().map(|row| Some(row.no.as_str())))),
            ("slug", texts(all().map(|row| Some(row.slug.as_str())))),
            (
                "question",
                texts(all().map(|row| Some(row.question.as_str()))),
            ),
            ("event", texts(all().map(|row| row.event.as_deref()))),
            (
                "neg_risk",
                Arc::new(
                    all()
                        .map(|row| Some(row.neg_risk))
                        .collect::<BooleanArray>(),
                ),
            ),
            (
                "neg_risk_market_id",
                texts(all().map(|row| row.neg_risk_market_id.as_deref())),
            ),
            ("category", texts(all().map(|row| row.category.as_deref()))),
            (
                "fee_rate",
                micros(all().map(|row| u64::from(row.fee_rate_ppm)))?,
            ),
            (
                "fee_exponent",
                Arc::new(
                    all()
                        .map(|row| Some(row.fee_exponent))
                        .collect::<UInt8Array>(),
                ),
            ),
            (
                "rebate_share",
                micros(all().map(|row| u64::from(row.rebate_share_ppm)))?,
            ),
            ("fee_valid_from", times(all().map(|row| row.fee_valid_from))),
            (
                "tick",
                micros(all().map(|row| u64::from(row.tick.micros())))?,
            ),
            (
                "min_shares",
                micros(all().map(|row| row.shares_min.micros()))?,
            ),
            ("opens_at", times(all().map(|row| row.opens_at))),
            ("ends_at", times(all().map(|row| row.ends_at))),
        ],
    )
}

/// Writes the resolutions of an archive.
///
/// # Errors
/// Whatever the file system reports.
pub fn write_resolutions(archive: &Path, rows: &[ResolutionRow]) -> io::Result<()> {
    use quorate_domain::Outcome::{No, Yes};
    let all = || rows.iter();
    put(
        &archive.join(RESOLUTIONS_FILE),
        vec![
            (
                "condition_id",
                texts(all().map(|row| Some(row.condition.as_str()))),
            ),
            ("ts_resolved", times(all().map(|row| Some(row.resolved_at)))),
            (
                "payout_yes",
                micros(all().map(|row| u64::from(row.payout.micros(Yes))))?,
            ),
            (
                "payout_no",
                micros(all().map(|row| u64::from(row.payout.micros(No))))?,
            ),
            ("source", texts(all().map(|row| Some(row.source.as_str())))),
        ],
    )
}

/// Writes the predictions of an archive.
///
/// # Errors
/// Whatever the file system reports.
pub fn write_predictions(archive: &Path, rows: &[PredictionRow]) -> io::Result<()> {
    let all = || rows.iter();
    put(
        &archive.join(PREDICTIONS_FILE),
        vec![
            ("topic_id", texts(all().map(|row| Some(row.topic.as_str())))),
            (
                "condition_id",
                texts(all().map(|row| Some(row.condition.as_str()))),
            ),
            ("model_id", texts(all().map(|row| Some(row.model.as_str())))),
            (
                "ts_available",
                times(all().map(|row| Some(row.available_at))),
            ),
            ("ts_target", times(all().map(|row| row.target_at))),
            (
                "prob",
                Arc::new(
                    all()
                        .map(|row| Some(row.probability))
                        .collect::<Float64Array>(),
                ),
            ),
            (
                "std",
                Arc::new(all().map(|row| row.deviation).collect::<Float64Array>()),
            ),
            ("meta", texts(all().map(|row| row.meta.as_deref()))),
        ],
    )
}

/// The rows of a table; none if the archive has no such file. Every row that is wrong is reported.
fn read<T>(
    path: &Path,
    mut each: impl FnMut(&Sheet<'_>, &mut Vec<T>, &mut Diagnostics) -> Result<(), Diagnostic>,
) -> Result<Vec<T>, Diagnostics> {
    let (mut rows, mut errors) = (Vec::new(), Diagnostics::new());
    if !path.exists() {
        return Ok(rows);
    }
    let mut sheets = Sheets::open(path)?;
    while let Some(sheet) = sheets.next()? {
        each(&sheet, &mut rows, &mut errors)?;
    }
    errors.into_result(rows)
}

fn bad_cell(sheet: &Sheet<'_>, index: usize, column: &str, expected: &str) -> Diagnostic {
    let message = format!("{}: expected {expected}", sheet.place(index, column));
    Diagnostic::new(crate::input::ExitClass::Data, "bad-cell", message)
}

fn decimals(sheet: &Sheet<'_>, name: &str) -> Result<Decimal128Array, Diagnostic> {
    let column = sheet.raw(name, "decimal")?;
    let wide = cast(column, &MICROS).map_err(|_| bad_cell(sheet, 0, name, "a decimal"))?;
    Ok(wide.as_primitive::<Decimal128Type>().clone())
}

fn micros_at(column: &Decimal128Array, index: usize) -> Option<u64> {
    column
        .is_valid(index)
        .then(|| column.value(index))
        .and_then(|micros| u64::try_from(micros).ok())
}

/// Reads the markets of an archive; none if there is no file.
///
/// # Errors
/// A column is absent or of another type, or a cell is wrong: file, row and column are named.
pub fn read_markets(archive: &Path) -> Result<Vec<MarketRow>, Diagnostics> {
    read(&archive.join(MARKETS_FILE), |sheet, rows, errors| {
        let text = |name: &str| sheet.text(name);
        let (condition, yes, no) = (
            text("condition_id")?,
            text("yes_asset_id")?,
            text("no_asset_id")?,
        );
        let (slug, question, event) = (text("slug")?, text("question")?, text("event")?);
        let (group, category) = (text("neg_risk_market_id")?, text("category")?);
        let neg_risk = sheet.raw("neg_risk", "boolean")?.as_boolean_opt().cloned();
        let (fee, rebate) = (
            decimals(sheet, "fee_rate")?,
            decimals(sheet, "rebate_share")?,
        );
        let (tick, min) = (decimals(sheet, "tick")?, decimals(sheet, "min_shares")?);
        let exponent = sheet.integers("fee_exponent")?;
        let (valid, opens, ends) = (
            sheet.nanos("fee_valid_from")?,
            sheet.nanos("opens_at")?,
            sheet.nanos("ends_at")?,
        );
        for index in 0..sheet.len() {
            let id = text_at(&condition, index).and_then(ConditionId::parse);
            let tokens = [&yes, &no].map(|column| text_at(column, index).and_then(AssetId::parse));
            let step = micros_at(&tick, index)
                .and_then(|micros| TickSize::from_micros(i64::try_from(micros).ok()?).ok());
            let ([Some(yes), Some(no)], Some(condition), Some(step), Some(slug)) =
                (tokens, id, step, text_at(&slug, index))
            else {
                errors.push(bad_cell(
                    sheet,
                    index,
                    "condition_id",
                    "condition id, two token ids, slug and tick",
                ));
                continue;
            };
            let ppm = |column| {
                micros_at(column, index)
                    .and_then(|ppm| u32::try_from(ppm).ok())
                    .unwrap_or(0)
            };
            rows.push(MarketRow {
                question: text_at(&question, index).unwrap_or_default().to_owned(),
                event: text_at(&event, index).map(str::to_owned),
                neg_risk: neg_risk
                    .as_ref()
                    .is_some_and(|column| column.is_valid(index) && column.value(index)),
                neg_risk_market_id: text_at(&group, index).map(str::to_owned),
                category: text_at(&category, index).map(str::to_owned),
                fee_rate_ppm: ppm(&fee),
                fee_exponent: u8::try_from(exponent.value(index)).unwrap_or(1),
                rebate_share_ppm: ppm(&rebate),
                fee_valid_from: time_at(&valid, index),
                tick: step,
                shares_min: micros_at(&min, index).map_or(Shares::whole(5), Shares::from_micros),
                opens_at: time_at(&opens, index),
                ends_at: time_at(&ends, index),
                ..MarketRow::new(condition, yes, no, slug.to_owned())
            });
        }
        Ok(())
    })
}

/// Reads the resolutions of an archive; none if there is no file.
///
/// # Errors
/// A column is absent or of another type, or a cell is wrong, as payouts that do not add up to one dollar are.
pub fn read_resolutions(archive: &Path) -> Result<Vec<ResolutionRow>, Diagnostics> {
    read(&archive.join(RESOLUTIONS_FILE), |sheet, rows, errors| {
        let (condition, source) = (sheet.text("condition_id")?, sheet.text("source")?);
        let at = sheet.nanos("ts_resolved")?;
        let (yes, no) = (
            decimals(sheet, "payout_yes")?,
            decimals(sheet, "payout_no")?,
        );
        for index in 0..sheet.len() {
            let id = text_at(&condition, index).and_then(ConditionId::parse);
            let pays = micros_at(&yes, index).zip(micros_at(&no, index));
            let pays = pays.filter(|(yes, no)| yes + no == 1_000_000);
            let payout =
                pays.and_then(|(yes, _)| Payout::from_micros(u32::try_from(yes).ok()?).ok());
            match (id, time_at(&at, index), payout) {
                (Some(condition), Some(resolved_at), Some(payout)) => rows.push(ResolutionRow {
                    condition,
                    resolved_at,
                    payout,
                    source: text_at(&source, index).unwrap_or_default().to_owned(),
                }),
                _ => errors.push(bad_cell(
                    sheet,
                    index,
                    "payout_yes",
                    "id, time and two payouts of one dollar together",
                )),
            }
        }
        Ok(())
    })
}

/// Reads the predictions of an archive; none if there is no file.
///
/// # Errors
/// No column `ts_available`, another column absent or of another type, or a cell that is wrong: a probability that is
/// not a number from 0 to 1, or no time.
pub fn read_predictions(archive: &Path) -> Result<Vec<PredictionRow>, Diagnostics> {
    let path = archive.join(PREDICTIONS_FILE);
    read(&path, |sheet, rows, errors| {
        if !sheet.has("ts_available") {
            let message =
                "no column ts_available: when each prediction could first be known is not known";
            return Err(located::in_file(&path, "no-ts-available", message)
                .with_hint("add the time of publication in nanoseconds; without it a backtest looks into the future"));
        }
        let (topic, condition, model) = (
            sheet.text("topic_id")?,
            sheet.text("condition_id")?,
            sheet.text("model_id")?,
        );
        let available = match sheet.integers("ts_available") {
            Ok(counts) => counts,
            Err(_) => sheet.nanos("ts_available")?,
        };
        let target = if sheet.has("ts_target") {
            Some(sheet.nanos("ts_target")?)
        } else {
            None
        };
        let number = |name: &str| -> Result<Float64Array, Diagnostic> {
            let column = cast(sheet.raw(name, "double")?, &DataType::Float64);
            let column = column.map_err(|_| bad_cell(sheet, 0, name, "a number"))?;
            Ok(column.as_primitive::<Float64Type>().clone())
        };
        let probability = number("prob")?;
        let deviation = if sheet.has("std") {
            Some(number("std")?)
        } else {
            None
        };
        let meta = if sheet.has("meta") {
            Some(sheet.text("meta")?)
        } else {
            None
        };
        for index in 0..sheet.len() {
            let id = text_at(&condition, index).and_then(ConditionId::parse);
            let said = probability
                .is_valid(index)
                .then(|| probability.value(index));
            let said = said.filter(|value| (0.0..=1.0).contains(value));
            let (Some(condition), Some(value)) = (id, said) else {
                errors.push(bad_cell(
                    sheet,
                    index,
                    "prob",
                    "a condition id and a probability from 0 to 1",
                ));
                continue;
            };
            let (Some(topic), Some(model), Some(available_at)) = (
                text_at(&topic, index),
                text_at(&model, index),
                time_at(&available, index),
            ) else {
                errors.push(bad_cell(
                    sheet,
                    index,
                    "ts_available",
                    "topic, model and time of availability",
                ));
                continue;
            };
            rows.push(PredictionRow {
                topic: topic.to_owned(),
                condition,
                model: model.to_owned(),
                available_at,
                target_at: target.as_ref().and_then(|column| time_at(column, index)),
                probability: value,
                deviation: deviation
                    .as_ref()
                    .and_then(|c| c.is_valid(index).then(|| c.value(index))),
                meta: meta
                    .as_ref()
                    .and_then(|column| text_at(column, index))
                    .map(str::to_owned),
            });
        }
        Ok(())
    })
}

/// Reads a CSV table of markets: `condition_id`, `yes_asset_id`, `no_asset_id`, `slug`, `tick`, `fee_rate`, and if given
/// `question`, `event`, `neg_risk`, `category`, `fee_exponent`, `rebate_share`, `min_shares`, `opens_at`, `ends_at`.
///
/// # Errors
/// Everything that is wrong with it, each mistake at its line and field.
pub fn read_markets_csv(path: &Path) -> Result<Vec<MarketRow>, Diagnostics> {
    let mut table = CsvTable::open(path)?;
    let [condition, yes, no, slug, tick, fee] = [
        "condition_id",
        "yes_asset_id",
        "no_asset_id",
        "slug",
        "tick",
        "fee_rate",
    ]
    .map(|name| table.required_column(name));
    let [
        question,
        event,
        neg_risk,
        category,
        exponent,
        rebate,
        min,
        opens,
        ends,
    ] = [
        "question",
        "event",
        "neg_risk",
        "category",
        "fee_exponent",
        "rebate_share",
        "min_shares",
        "opens_at",
        "ends_at",
    ]
    .map(|name| table.optional_column(name));
    let mut rows = Vec::new();
    while let Some(row) = table.next_row() {
        let id = row.text(condition).required();
        let parsed = id.and_then(ConditionId::parse);
        if id.is_some() && parsed.is_none() {
            row.report(row.diagnostic(
                condition,
                "bad-market-id",
                "is not 0x and 64 hexadecimal digits",
            ));
        }
        let token = |column| {
            let text = row.text(column).required()?;
            let id = AssetId::parse(text);
            if id.is_none() {
                row.report(row.diagnostic(column, "bad-token-id", "is not a decimal token id"));
            }
            id
        };
        let step = row
            .price(tick)
            .required()
            .and_then(|micros| TickSize::from_micros(micros).ok());
        if step.is_none() {
            row.report(row.diagnostic(
                tick,
                "bad-tick",
                "is no tick size: it divides one dollar into 2 to 10,000 steps",
            ));
        }
        let (Some(condition), Some(yes), Some(no), Some(name), Some(step)) = (
            parsed,
            token(yes),
            token(no),
            row.text(slug).required(),
            step,
        ) else {
            continue;
        };
        let ppm = |column| u32::try_from(row.micros(column).or(0)).unwrap_or(0);
        rows.push(MarketRow {
            question: row.text(question).or("").to_owned(),
            event: row.text(event).optional().map(str::to_owned),
            neg_risk: row.bool(neg_risk).or(false),
            category: row.text(category).optional().map(str::to_owned),
            fee_rate_ppm: ppm(fee),
            fee_exponent: u8::try_from(row.u64(exponent).or(1)).unwrap_or(1),
            rebate_share_ppm: ppm(rebate),
            tick: step,
            shares_min: Shares::from_micros(row.shares(min).or(5_000_000)),
            opens_at: row.time(opens).optional().map(Timestamp::from_nanos),
            ends_at: row.time(ends).optional().map(Timestamp::from_nanos),
            ..MarketRow::new(condition, yes, no, name.to_owned())
        });
    }
    table.finish()?;
    Ok(rows)
}

/// Adds markets to an archive; one that is there is replaced. Gives how many were given.
pub(super) fn add_markets(archive: &Path, rows: Vec<MarketRow>) -> Result<u64, Diagnostics> {
    let given = rows.len() as u64;
    if given > 0 {
        let mut all: BTreeMap<ConditionId, MarketRow> = read_markets(archive)?
            .into_iter()
            .map(|row| (row.condition.clone(), row))
            .collect();
        all.extend(rows.into_iter().map(|row| (row.condition.clone(), row)));
        let all: Vec<MarketRow> = all.into_values().collect();
        write_markets(archive, &all).map_err(|error| located::unwritable(archive, &error))?;
    }
    Ok(given)
}

/// Adds resolutions to an archive; one that is there is replaced. Gives how many were given.
pub(super) fn add_resolutions(
    archive: &Path,
    rows: Vec<ResolutionRow>,
) -> Result<u64, Diagnostics> {
    let given = rows.len() as u64;
    if given > 0 {
        let mut all: BTreeMap<ConditionId, ResolutionRow> = read_resolutions(archive)?
            .into_iter()
            .map(|row| (row.condition.clone(), row))
            .collect();
        all.extend(rows.into_iter().map(|row| (row.condition.clone(), row)));
        let all: Vec<ResolutionRow> = all.into_values().collect();
        write_resolutions(archive, &all).map_err(|error| located::unwritable(archive, &error))?;
    }
    Ok(given)
}

/// Writes the tables as those of a plain tape, with an empty `books.csv`.
pub(super) fn write_tape_tables(
    folder: &Path,
    markets: &[MarketRow],
    resolutions: &[ResolutionRow],
    predictions: &[PredictionRow],
) -> io::Result<()> {
    let names: BTreeMap<&ConditionId, &str> = markets
        .iter()
        .map(|row| (&row.condition, row.slug.as_str()))
        .collect();
    let topics: BTreeMap<&ConditionId, &str> = predictions
        .iter()
        .map(|row| (&row.condition, row.topic.as_str()))
        .collect();
    let time = |at: Timestamp| format_rfc3339(at.nanos());
    let amount = |micros: u64| format_micros(i64::try_from(micros).unwrap_or(i64::MAX));
    let table = |name: &str, header: &[&str], rows: &mut dyn Iterator<Item = Vec<String>>| {
        write_atomically(&folder.join(name), |file| {
            let mut out = csv::Writer::from_writer(file);
            out.write_record(header)?;
            for row in rows {
                out.write_record(row)?;
            }
            out.flush()
        })
    };
    let header = [
        "market",
        "group",
        "question",
        "topic",
        "tick",
        "min_shares",
        "fee_rate",
        "fee_exponent",
        "rebate_share",
        "opens_at",
        "closes_at",
        "category",
    ];
    table(
        "markets.csv",
        &header,
        &mut markets.iter().map(|row| {
            let group = row
                .event
                .clone()
                .filter(|_| row.neg_risk)
                .unwrap_or_default();
            vec![
                row.slug.clone(),
                group,
                row.question.clone(),
                topics
                    .get(&row.condition)
                    .copied()
                    .unwrap_or_default()
                    .to_owned(),
                row.tick.to_string(),
                row.shares_min.to_string(),
                amount(u64::from(row.fee_rate_ppm)),
                row.fee_exponent.to_string(),
                amount(u64::from(row.rebate_share_ppm)),
                row.opens_at.map(time).unwrap_or_default(),
                row.ends_at.map(time).unwrap_or_default(),
                row.category.clone().unwrap_or_default(),
            ]
        }),
    )?;
    table(
        "outcomes.csv",
        &["market", "resolved_at", "payout"],
        &mut resolutions.iter().filter_map(|row| {
            let name = names.get(&row.condition)?;
            let payout = amount(u64::from(row.payout.micros(quorate_domain::Outcome::Yes)));
            Some(vec![(*name).to_owned(), time(row.resolved_at), payout])
        }),
    )?;
    let mut said: Vec<&PredictionRow> = predictions.iter().collect();
    said.sort_by_key(|row| row.available_at);
    table(
        "inferences.csv",
        &["published_at", "worker", "market", "value"],
        &mut said.iter().filter_map(|row| {
            let name = names.get(&row.condition)?;
            Some(vec![
                time(row.available_at),
                row.model.clone(),
                (*name).to_owned(),
                row.probability.to_string(),
            ])
        }),
    )?;
    table(
        "books.csv",
        &["at", "market", "event", "side", "price", "shares"],
        &mut std::iter::empty(),
    )
}
