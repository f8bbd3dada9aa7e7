//! Columns of a record batch into small rows: integers only, texts only where they are names.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, DictionaryArray, FixedSizeBinaryArray,
    Int64Array, RecordBatch, StringArray, UInt16Array, UInt64Array,
};
use arrow::datatypes::{DataType, Int32Type, TimestampMillisecondType};
use quorate_domain::{BookSide, Level, Price, Shares, Side, TickSize, Timestamp};

use super::encode::{BOOK, CHANGE, CLOSED, GAP as GAP_ROW, PRICE_STEP_MICROS, TICK, TRADE};
use super::import::Excluded;
use super::import::levels::parse_pairs;
use super::located;
use super::names::Names;
use super::row::{RowEvent, TapeRow};
use super::schema::{
    ASKS, ASSET, BEST_ASK, BEST_BID, BIDS, CONNECTION, EVENT_TIME, EVENT_TYPE, FEE_RATE, GAP, HASH,
    MARKET, NEW_TICK, OLD_TICK, PRICE, RECEIVED, RECV_NS, SEQ, SIDE, SIZE, TRANSACTION,
};
use crate::input::Diagnostic;

/// One dollar in micro-dollars.
const DOLLAR: i128 = 1_000_000;
/// Times before 2020 are damage: the venue did not exist.
pub(super) const EARLIEST_NANOS: i64 = 1_577_836_800_000_000_000;
/// Times after 2100 are damage.
pub(super) const LATEST_NANOS: i64 = 4_102_444_800_000_000_000;

/// What a packed row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackedKind {
    /// The whole book: [`PackedBatch::book`].
    Book,
    /// One level.
    Change,
    /// A trade.
    Trade,
    /// A new grid; its tick is in `price_micros`.
    TickSize,
    /// Continuity was lost.
    Gap,
    /// Trading has stopped.
    Closed,
}

/// A row of the archive in integers. Absent best prices are `u32::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Time of receipt, nanoseconds since 1970.
    pub received_ns: u64,
    /// The venue's time, nanoseconds since 1970.
    pub event_ns: u64,
    /// Number of the message on its connection; 0 where there is none.
    pub seq: u64,
    /// Size in micro-shares.
    pub size_micros: u64,
    /// Market, by its number in [`Names`].
    pub market: u32,
    /// Token, by its number in [`Names`].
    pub asset: u32,
    /// Price in micro-dollars, or the new tick.
    pub price_micros: u32,
    /// Stated best bid in micro-dollars.
    pub best_bid: u32,
    /// Stated best ask in micro-dollars.
    pub best_ask: u32,
    /// First level of the book in the batch.
    first_level: u32,
    /// Number of its bids.
    bids: u16,
    /// Number of its asks.
    asks: u16,
    /// Connection; 0 where there is none.
    pub connection: u16,
    /// What it says.
    pub kind: PackedKind,
    /// Half of the book, or what the taker hits: `Bid` for a taker who sells.
    pub side: BookSide,
    /// Whether continuity was lost before it.
    pub after_gap: bool,
}

/// Stands for an absent best price.
pub(super) const ABSENT: u32 = u32::MAX;

impl Packed {
    /// Its levels within those of its batch: bids, asks.
    pub(super) fn book_in<'l>(&self, levels: &'l [Level]) -> (&'l [Level], &'l [Level]) {
        let first = self.first_level as usize;
        let middle = first + usize::from(self.bids);
        let end = middle + usize::from(self.asks);
        match (levels.get(first..middle), levels.get(middle..end)) {
            (Some(bids), Some(asks)) => (bids, asks),
            _ => (&[], &[]),
        }
    }

    /// The same row with its levels at the start of a list of their own.
    pub(super) fn rebased(mut self) -> Self {
        self.first_level = 0;
        self
    }
}

/// Rows of one record batch.
pub struct PackedBatch {
    /// The rows.
    pub rows: Vec<Packed>,
    /// Levels of their books.
    pub levels: Vec<Level>,
    texts: Texts,
    places: Vec<u32>,
}

/// Columns that only a copy of the file needs.
#[derive(Default)]
struct Texts {
    hash: Option<StringArray>,
    transaction: Option<StringArray>,
    fee: Option<UInt16Array>,
    seq: Option<UInt64Array>,
    connection: Option<UInt16Array>,
    old_tick: Option<Decimal128Array>,
}

impl PackedBatch {
    /// Bids and asks of a row's book.
    #[must_use]
    pub fn book(&self, row: &Packed) -> (&[Level], &[Level]) {
        row.book_in(&self.levels)
    }

    /// A row with all its texts; `None` if the names are not those it was read with.
    pub(super) fn full_row(&self, index: usize, names: &Names) -> Option<TapeRow> {
        let row = self.rows.get(index)?;
        let place = *self.places.get(index)? as usize;
        let text = |column: &Option<StringArray>| {
            let column = column.as_ref()?;
            column
                .is_valid(place)
                .then(|| Arc::from(column.value(place)))
        };
        let stated = |micros: u32| (micros != ABSENT).then_some(micros);
        let event = match row.kind {
            PackedKind::Book => {
                let (bids, asks) = self.book(row);
                RowEvent::Book {
                    bids: bids.to_vec(),
                    asks: asks.to_vec(),
                }
            }
            PackedKind::Change => RowEvent::Change {
                side: row.side,
                level: row.level()?,
                best_bid: stated(row.best_bid),
                best_ask: stated(row.best_ask),
            },
            PackedKind::Trade => RowEvent::Trade {
                taker: row.taker(),
                price: row.level()?.price,
                shares: Shares::from_micros(row.size_micros),
                fee_rate_bps: self
                    .texts
                    .fee
                    .as_ref()
                    .and_then(|c| c.is_valid(place).then(|| c.value(place))),
                transaction: text(&self.texts.transaction),
            },
            PackedKind::TickSize => {
                let old = self
                    .texts
                    .old_tick
                    .as_ref()
                    .filter(|column| column.is_valid(place));
                let old = old.and_then(|column| tick(column.value(place)));
                RowEvent::TickSize {
                    old,
                    new: TickSize::from_micros(i64::from(row.price_micros)).ok()?,
                }
            }
            PackedKind::Gap => RowEvent::Gap,
            PackedKind::Closed => RowEvent::Closed,
        };
        Some(TapeRow {
            received_at: Timestamp::from_nanos(row.received_ns),
            event_at: Timestamp::from_nanos(row.event_ns),
            market: names.markets().get(row.market as usize)?.clone(),
            asset: names.assets().get(row.asset as usize)?.0.clone(),
            seq: self
                .texts
                .seq
                .as_ref()
                .and_then(|c| c.is_valid(place).then(|| c.value(place))),
            connection: self
                .texts
                .connection
                .as_ref()
                .and_then(|c| c.is_valid(place).then(|| c.value(place))),
            hash: text(&self.texts.hash),
            after_gap: row.after_gap && row.kind != PackedKind::Gap,
            event,
        })
    }
}

impl Packed {
    /// Price and size of a change or a trade.
    pub(super) fn level(&self) -> Option<Level> {
        let price = Price::from_micros(i64::from(self.price_micros)).ok()?;
        Some(Level {
            price,
            shares: Shares::from_micros(self.size_micros),
        })
    }

    /// Direction of a trade's taker.
    #[must_use]
    pub fn taker(&self) -> Side {
        match self.side {
            BookSide::Ask => Side::Buy,
            BookSide::Bid => Side::Sell,
        }
    }
}

fn tick(value: i128) -> Option<TickSize> {
    let micros = value.checked_mul(i128::from(PRICE_STEP_MICROS))?;
    TickSize::from_micros(i64::try_from(micros).ok()?).ok()
}

/// Turns batches of one file into rows; what cannot be a row is left out, counted and marked as a gap.
pub(super) struct Decoder<'p> {
    path: &'p Path,
    /// Rows of the file before the next batch.
    pub(super) row: u64,
    /// By token: a row was left out, so the next one follows a gap.
    broken: Vec<bool>,
}

/// The columns of a batch that every row needs.
struct Cells<'b> {
    received: &'b [i64],
    recv_ns: Option<&'b Int64Array>,
    event: &'b [i64],
    market: &'b FixedSizeBinaryArray,
    kind: &'b DictionaryArray<Int32Type>,
    asset: &'b DictionaryArray<Int32Type>,
    assets: &'b StringArray,
    kinds: Vec<Option<PackedKind>>,
    sides: Vec<Option<BookSide>>,
    side: &'b DictionaryArray<Int32Type>,
    bids: Option<&'b StringArray>,
    asks: Option<&'b StringArray>,
    price: &'b Decimal128Array,
    size: &'b Decimal128Array,
    best_bid: Option<&'b Decimal128Array>,
    best_ask: Option<&'b Decimal128Array>,
    new_tick: Option<&'b Decimal128Array>,
    seq: Option<&'b UInt64Array>,
    connection: Option<&'b UInt16Array>,
    gap: Option<&'b BooleanArray>,
}

impl<'p> Decoder<'p> {
    pub(super) fn new(path: &'p Path) -> Self {
        Self {
            path,
            row: 0,
            broken: Vec::new(),
        }
    }

    /// The rows of the next batch.
    pub(super) fn decode(
        &mut self,
        batch: &RecordBatch,
        names: &mut Names,
        excluded: &mut Excluded,
    ) -> Result<PackedBatch, Diagnostic> {
        let cells = self.cells(batch)?;
        let mut out = PackedBatch {
            rows: Vec::with_capacity(batch.num_rows()),
            levels: Vec::new(),
            texts: texts(batch, &cells),
            places: Vec::with_capacity(batch.num_rows()),
        };
        let mut asset_numbers = vec![None; cells.assets.len()];
        for place in 0..batch.num_rows() {
            let found = self.read_row(&cells, place, names, &mut asset_numbers, &mut out.levels);
            match found {
                Ok(row) => {
                    out.rows.push(row);
                    out.places.push(u32::try_from(place).unwrap_or(u32::MAX));
                }
                Err((code, column, asset)) => {
                    excluded.count(code, || {
                        located::place(self.path, self.row + place as u64, column)
                    });
                    if let Some(asset) = asset {
                        self.broken_mut(asset, true);
                    }
                }
            }
        }
        self.row += batch.num_rows() as u64;
        Ok(out)
    }

    /// Notes or takes back that a token's book lost a row. Gives what was noted before.
    fn broken_mut(&mut self, asset: u32, broken: bool) -> bool {
        let place = asset as usize;
        if self.broken.len() <= place {
            if !broken {
                return false;
            }
            self.broken.resize(place + 1, false);
        }
        std::mem::replace(&mut self.broken[place], broken)
    }

    fn read_row(
        &mut self,
        cells: &Cells<'_>,
        place: usize,
        names: &mut Names,
        asset_numbers: &mut [Option<u32>],
        levels: &mut Vec<Level>,
    ) -> Result<Packed, (&'static str, &'static str, Option<u32>)> {
        let market =
            names
                .market(cells.market.value(place))
                .ok_or(("bad-market-id", MARKET, None))?;
        let key = cells.asset.keys().value(place) as usize;
        let asset = match asset_numbers.get(key).copied().flatten() {
            Some(number) => number,
            None => {
                let number = names.asset(cells.assets.value(key), market).ok_or((
                    "bad-token-id",
                    ASSET,
                    None,
                ))?;
                asset_numbers[key] = Some(number);
                number
            }
        };
        if names
            .assets()
            .get(asset as usize)
            .is_some_and(|(_, own)| *own != market)
        {
            return Err(("mixed-tokens", ASSET, Some(asset)));
        }
        let bad = |code, column| (code, column, Some(asset));
        let kind = cells.kinds[cells.kind.keys().value(place) as usize]
            .ok_or(bad("unknown-event", EVENT_TYPE))?;
        let millis = |value: i64| value.checked_mul(1_000_000).unwrap_or(i64::MAX);
        let received = match cells.recv_ns {
            Some(column) if column.is_valid(place) => column.value(place),
            _ => millis(cells.received[place]),
        };
        let event = millis(cells.event[place]);
        let sane = EARLIEST_NANOS..LATEST_NANOS;
        if !sane.contains(&received) {
            return Err(bad("absurd-time", RECEIVED));
        }
        if !sane.contains(&event) {
            return Err(bad("absurd-time", EVENT_TIME));
        }
        let stated = |column: Option<&Decimal128Array>| match column {
            Some(column) if column.is_valid(place) => {
                let micros = column.value(place) * i128::from(PRICE_STEP_MICROS);
                u32::try_from(micros).unwrap_or(ABSENT)
            }
            _ => ABSENT,
        };
        let mut row = Packed {
            received_ns: received.unsigned_abs(),
            event_ns: event.unsigned_abs(),
            seq: cells.seq.map_or(0, |column| {
                if column.is_valid(place) {
                    column.value(place)
                } else {
                    0
                }
            }),
            size_micros: 0,
            market,
            asset,
            price_micros: 0,
            best_bid: ABSENT,
            best_ask: ABSENT,
            first_level: 0,
            bids: 0,
            asks: 0,
            connection: cells
                .connection
                .map_or(0, |c| if c.is_valid(place) { c.value(place) } else { 0 }),
            kind,
            side: BookSide::Bid,
            after_gap: cells
                .gap
                .is_some_and(|column| column.is_valid(place) && column.value(place)),
        };
        match kind {
            PackedKind::Change | PackedKind::Trade => {
                // A trade that is left out costs the book nothing, a change does.
                let lost = (kind == PackedKind::Change).then_some(asset);
                let side = side_of(cells, place).ok_or(("bad-side", SIDE, lost))?;
                row.side = if kind == PackedKind::Trade {
                    side.opposite()
                } else {
                    side
                };
                row.price_micros =
                    price_of(cells.price, place).ok_or(bad("price-out-of-range", PRICE))?;
                row.size_micros = size_of(cells.size, place).ok_or(bad("bad-size", SIZE))?;
                row.best_bid = stated(cells.best_bid);
                row.best_ask = stated(cells.best_ask);
            }
            PackedKind::Book => {
                row.first_level = u32::try_from(levels.len()).unwrap_or(u32::MAX);
                row.bids = half(cells.bids, place, levels).ok_or(bad("bad-levels", BIDS))?;
                row.asks = half(cells.asks, place, levels).ok_or(bad("bad-levels", ASKS))?;
            }
            PackedKind::TickSize => {
                let column = cells.new_tick.filter(|column| column.is_valid(place));
                let found = column.and_then(|column| tick(column.value(place)));
                row.price_micros = found.ok_or(bad("bad-tick", NEW_TICK))?.micros();
            }
            PackedKind::Gap | PackedKind::Closed => {}
        }
        // A whole book heals whatever was lost before it, but the loss is told all the same.
        row.after_gap |= self.broken_mut(asset, false) && kind != PackedKind::Book;
        Ok(row)
    }

    fn cells<'b>(&self, batch: &'b RecordBatch) -> Result<Cells<'b>, Diagnostic> {
        let wrong = |name: &str, expected: &str| {
            let found = batch
                .column_by_name(name)
                .map_or("no such column".into(), |c| c.data_type().to_string());
            located::wrong_column(self.path, name, &found, expected)
        };
        let needed = |name: &str, expected: &str| -> Result<&'b ArrayRef, Diagnostic> {
            let column = batch
                .column_by_name(name)
                .ok_or_else(|| wrong(name, expected))?;
            if column.null_count() > 0
                && [RECEIVED, EVENT_TIME, MARKET, EVENT_TYPE, ASSET].contains(&name)
            {
                let row =
                    self.row + (0..column.len()).find(|i| column.is_null(*i)).unwrap_or(0) as u64;
                let message = format!("row {row}, column {name}: expected {expected}, found null");
                return Err(located::in_file(self.path, "null-value", message));
            }
            Ok(column)
        };
        let time = |name: &str| -> Result<&'b [i64], Diagnostic> {
            let expected = "timestamp[ms]";
            let column = needed(name, expected)?.as_primitive_opt::<TimestampMillisecondType>();
            Ok(column.ok_or_else(|| wrong(name, expected))?.values())
        };
        let words = |name: &str| -> Result<&'b DictionaryArray<Int32Type>, Diagnostic> {
            let column = needed(name, "string")?.as_dictionary_opt::<Int32Type>();
            column.ok_or_else(|| wrong(name, "string"))
        };
        let decimal =
            |name: &str, digits: u8, scale: i8| -> Result<&'b Decimal128Array, Diagnostic> {
                let expected = format!("decimal({digits},{scale})");
                let column = needed(name, &expected)?
                    .as_any()
                    .downcast_ref::<Decimal128Array>();
                let column = column.filter(|column| column.scale() == scale);
                column.ok_or_else(|| wrong(name, &expected))
            };
        let optional = |name: &str| {
            batch
                .column_by_name(name)
                .map(|_| decimal(name, 9, 4))
                .transpose()
        };
        let asset = words(ASSET)?;
        let side = words(SIDE)?;
        let kind = words(EVENT_TYPE)?;
        let values =
            |column: &'b DictionaryArray<Int32Type>| column.values().as_string_opt::<i32>();
        let market = needed(MARKET, "fixed_size_binary[66]")?.as_fixed_size_binary_opt();
        Ok(Cells {
            received: time(RECEIVED)?,
            recv_ns: found(batch, RECV_NS),
            event: time(EVENT_TIME)?,
            market: market.ok_or_else(|| wrong(MARKET, "fixed_size_binary[66]"))?,
            kinds: values(kind)
                .ok_or_else(|| wrong(EVENT_TYPE, "string"))?
                .iter()
                .map(|w| w.and_then(kind_of))
                .collect(),
            sides: values(side)
                .ok_or_else(|| wrong(SIDE, "string"))?
                .iter()
                .map(|w| w.and_then(side_word))
                .collect(),
            assets: values(asset).ok_or_else(|| wrong(ASSET, "string"))?,
            kind,
            asset,
            side,
            bids: found(batch, BIDS),
            asks: found(batch, ASKS),
            price: decimal(PRICE, 9, 4)?,
            size: decimal(SIZE, 18, 6)?,
            best_bid: optional(BEST_BID)?,
            best_ask: optional(BEST_ASK)?,
            new_tick: optional(NEW_TICK)?,
            seq: found(batch, SEQ),
            connection: found(batch, CONNECTION),
            gap: found(batch, GAP),
        })
    }
}

fn found<'b, T: 'static>(batch: &'b RecordBatch, name: &str) -> Option<&'b T> {
    batch.column_by_name(name)?.as_any().downcast_ref()
}

fn texts(batch: &RecordBatch, cells: &Cells<'_>) -> Texts {
    if batch.column_by_name(TRANSACTION).is_none() && batch.column_by_name(HASH).is_none() {
        return Texts::default();
    }
    Texts {
        hash: found(batch, HASH).cloned(),
        transaction: found(batch, TRANSACTION).cloned(),
        fee: found(batch, FEE_RATE).cloned(),
        seq: cells.seq.cloned(),
        connection: cells.connection.cloned(),
        old_tick: found(batch, OLD_TICK).cloned(),
    }
}

fn kind_of(word: &str) -> Option<PackedKind> {
    Some(match word {
        BOOK => PackedKind::Book,
        CHANGE => PackedKind::Change,
        TRADE => PackedKind::Trade,
        TICK => PackedKind::TickSize,
        GAP_ROW => PackedKind::Gap,
        CLOSED => PackedKind::Closed,
        _ => return None,
    })
}

/// `BUY` is the bid half; of a trade it is the taker's direction.
fn side_word(word: &str) -> Option<BookSide> {
    match word {
        "BUY" | "buy" => Some(BookSide::Bid),
        "SELL" | "sell" => Some(BookSide::Ask),
        _ => None,
    }
}

fn side_of(cells: &Cells<'_>, place: usize) -> Option<BookSide> {
    if cells.side.keys().is_null(place) {
        return None;
    }
    cells
        .sides
        .get(cells.side.keys().value(place) as usize)
        .copied()
        .flatten()
}

/// A price strictly between 0 and 1, micro-dollars.
fn price_of(column: &Decimal128Array, place: usize) -> Option<u32> {
    let micros = column
        .is_valid(place)
        .then(|| column.value(place) * i128::from(PRICE_STEP_MICROS))?;
    (0 < micros && micros < DOLLAR).then_some(())?;
    u32::try_from(micros).ok()
}

/// A size of at least 0, micro-shares.
fn size_of(column: &Decimal128Array, place: usize) -> Option<u64> {
    let micros = column.is_valid(place).then(|| column.value(place))?;
    // Sizes live in signed 64 bits elsewhere.
    u64::try_from(i64::try_from(micros).ok()?).ok()
}

/// Levels of a book's half; an absent text is an empty half.
fn half(column: Option<&StringArray>, place: usize, levels: &mut Vec<Level>) -> Option<u16> {
    let Some(column) = column.filter(|column| column.is_valid(place)) else {
        return Some(0);
    };
    let before = levels.len();
    let read = parse_pairs(column.value(place), levels);
    if read.is_none() {
        levels.truncate(before);
    }
    read?;
    u16::try_from(levels.len() - before).ok()
}

/// Types that columns are read as, whatever the file says about them: repeated texts as dictionaries.
pub(super) fn read_as(name: &str, kind: &DataType) -> DataType {
    let is_text = matches!(
        kind,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    );
    let is_text =
        is_text || matches!(kind, DataType::Dictionary(_, value) if **value == DataType::Utf8);
    match name {
        EVENT_TYPE | ASSET | SIDE if is_text => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
        BIDS | ASKS | HASH | TRANSACTION if is_text => DataType::Utf8,
        PRICE | SIZE | BEST_BID | BEST_ASK | OLD_TICK | NEW_TICK => match kind {
            DataType::Decimal32(digits, scale) | DataType::Decimal64(digits, scale) => {
                DataType::Decimal128(*digits, *scale)
            }
            other => other.clone(),
        },
        _ => kind.clone(),
    }
}

impl Packed {
    /// Appends the row's bytes, for a temporary file of the same program.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        for word in [self.received_ns, self.event_ns, self.seq, self.size_micros] {
            out.extend(word.to_le_bytes());
        }
        for word in [
            self.market,
            self.asset,
            self.price_micros,
            self.best_bid,
            self.best_ask,
        ] {
            out.extend(word.to_le_bytes());
        }
        for word in [self.bids, self.asks, self.connection] {
            out.extend(word.to_le_bytes());
        }
        let kind = match self.kind {
            PackedKind::Book => 0,
            PackedKind::Change => 1,
            PackedKind::Trade => 2,
            PackedKind::TickSize => 3,
            PackedKind::Gap => 4,
            PackedKind::Closed => 5,
        };
        out.extend([
            kind,
            u8::from(self.side == BookSide::Ask),
            u8::from(self.after_gap),
        ]);
    }

    /// Reads it back; gives what follows it too.
    pub(super) fn take(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (head, rest) = bytes.split_at_checked(61)?;
        let long = |at: usize| Some(u64::from_le_bytes(head.get(at..at + 8)?.try_into().ok()?));
        let word = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
        let short = |at: usize| Some(u16::from_le_bytes(head.get(at..at + 2)?.try_into().ok()?));
        let row = Self {
            received_ns: long(0)?,
            event_ns: long(8)?,
            seq: long(16)?,
            size_micros: long(24)?,
            market: word(32)?,
            asset: word(36)?,
            price_micros: word(40)?,
            best_bid: word(44)?,
            best_ask: word(48)?,
            first_level: 0,
            bids: short(52)?,
            asks: short(54)?,
            connection: short(56)?,
            kind: match head.get(58)? {
                0 => PackedKind::Book,
                1 => PackedKind::Change,
                2 => PackedKind::Trade,
                3 => PackedKind::TickSize,
                4 => PackedKind::Gap,
                5 => PackedKind::Closed,
                _ => return None,
            },
            side: if *head.get(59)? == 0 {
                BookSide::Bid
            } else {
                BookSide::Ask
            },
            after_gap: *head.get(60)? != 0,
        };
        Some((row, rest))
    }
}
