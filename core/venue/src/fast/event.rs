//! One record of a replay: 32 bytes, the same in memory and in a file.

use quorate_domain::{BookSide, Payout, Side};

use super::tick::{Tick, Ticks};

/// Most micro-shares that a record may carry: a thousand million shares.
pub const RECORD_SIZE_MAX: u64 = 1_000_000_000_000_000;

/// Bit of [`Event::kind`] that marks the last record of a message.
const LAST: u8 = 0x80;

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A snapshot begins: the book is empty until its levels have come.
    Clear = 0,
    /// A level of a snapshot.
    SnapshotLevel = 1,
    /// A level has a new size; zero removes it.
    Delta = 2,
    /// Others traded.
    Trade = 3,
    /// A new grid; the book is to be doubted until the next snapshot. `size` is the width in finest ticks.
    TickChange = 4,
    /// Continuity was lost; the book is to be doubted until the next snapshot.
    Gap = 5,
    /// The question is decided. `size` is what one YES share pays, in micro-dollars.
    Resolved = 6,
    /// A model's probability of YES became known at `ts_recv`. `size` is in parts per thousand million.
    Signal = 7,
}

impl Kind {
    /// The kind with this number.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Clear,
            1 => Self::SnapshotLevel,
            2 => Self::Delta,
            3 => Self::Trade,
            4 => Self::TickChange,
            5 => Self::Gap,
            6 => Self::Resolved,
            7 => Self::Signal,
            _ => return None,
        })
    }
}

/// One record, on the YES scale. All records of a message are of one market; the last one carries a mark, and the book
/// is looked at only then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Event {
    /// When it happened at the venue, nanoseconds since 1970.
    pub ts_event: u64,
    /// When the recorder heard of it, nanoseconds since 1970.
    pub ts_recv: u64,
    /// Micro-shares: absolute for a level, traded for a trade; other kinds say at [`Kind`] what it is.
    pub size: u64,
    /// Index of the market in the run.
    pub market: u32,
    /// Price in finest ticks; 0 where the kind has none.
    pub price: Ticks,
    /// [`Kind`] in the lower seven bits, the mark of the last record of a message in the eighth.
    pub kind: u8,
    /// 0: bids, or a taker that buys. 1: asks, or a taker that sells.
    pub side: u8,
}

/// A record that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadEvent {
    /// The market is not part of the run.
    UnknownMarket(u32),
    /// The kind has no meaning.
    UnknownKind(u8),
    /// The side is neither 0 nor 1.
    UnknownSide(u8),
    /// The price is not strictly between 0 and 1 dollar; finest ticks.
    PriceOutOfRange(Ticks),
    /// The size is beyond [`RECORD_SIZE_MAX`], is no width of a tick, no payout, or no probability.
    SizeOutOfRange(u64),
}

impl core::fmt::Display for BadEvent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::UnknownMarket(market) => write!(
                f,
                "a record names market {market}, which the run does not list: list it, or leave its records out"
            ),
            Self::UnknownKind(kind) => write!(
                f,
                "a record is of kind {kind}, kinds are 0 to 7: the file is damaged or newer than this program"
            ),
            Self::UnknownSide(side) => {
                write!(
                    f,
                    "a record has side {side}, expected 0 (bid, buy) or 1 (ask, sell)"
                )
            }
            Self::PriceOutOfRange(price) => write!(
                f,
                "a record has the price {price} in units of 0.0001 dollar, expected 1 to 9999"
            ),
            Self::SizeOutOfRange(size) => {
                write!(
                    f,
                    "a record has the size {size}, which its kind does not allow"
                )
            }
        }
    }
}

impl core::error::Error for BadEvent {}

impl Event {
    /// A record without price and side, the only one of its message.
    #[must_use]
    pub const fn plain(kind: Kind, market: u32, ts_event: u64, ts_recv: u64, size: u64) -> Self {
        Self {
            ts_event,
            ts_recv,
            size,
            market,
            price: 0,
            kind: kind as u8 | LAST,
            side: 0,
        }
    }

    /// The same with a level's half, price and micro-shares.
    #[must_use]
    pub const fn at_level(mut self, side: BookSide, price: Ticks, size: u64) -> Self {
        self.side = side as u8;
        self.price = price;
        self.size = size;
        self
    }

    /// The same with a trade's taker, price and micro-shares.
    #[must_use]
    pub const fn traded(mut self, taker: Side, price: Ticks, size: u64) -> Self {
        self.side = taker as u8;
        self.price = price;
        self.size = size;
        self
    }

    /// The same, followed by further records of its message.
    #[must_use]
    pub const fn continued(mut self) -> Self {
        self.kind &= !LAST;
        self
    }

    /// The same as the last record of its message.
    #[must_use]
    pub const fn ending(mut self) -> Self {
        self.kind |= LAST;
        self
    }

    /// Whether the message ends here.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.kind & LAST != 0
    }

    /// What it says; `None` for a number without meaning.
    #[must_use]
    pub const fn kind(&self) -> Option<Kind> {
        Kind::from_byte(self.kind & !LAST)
    }

    /// As four words: two times, the size, and market, price, kind and side from the lowest bits upwards.
    #[must_use]
    pub const fn to_words(&self) -> [u64; 4] {
        let tail = self.market as u64
            | (self.price as u64) << 32
            | (self.kind as u64) << 48
            | (self.side as u64) << 56;
        [self.ts_event, self.ts_recv, self.size, tail]
    }

    /// From four words, as [`Event::to_words`] writes them.
    #[must_use]
    pub const fn from_words(words: [u64; 4]) -> Self {
        let [ts_event, ts_recv, size, tail] = words;
        Self {
            ts_event,
            ts_recv,
            size,
            market: tail as u32,
            price: (tail >> 32) as Ticks,
            kind: (tail >> 48) as u8,
            side: (tail >> 56) as u8,
        }
    }

    /// Whether it can be used in a run over `markets` markets.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    #[inline]
    pub fn check(&self, markets: usize) -> Result<Kind, BadEvent> {
        let kind = self
            .kind()
            .ok_or(BadEvent::UnknownKind(self.kind & !LAST))?;
        if self.market as usize >= markets {
            return Err(BadEvent::UnknownMarket(self.market));
        }
        if self.side > 1 {
            return Err(BadEvent::UnknownSide(self.side));
        }
        let size_allowed = match kind {
            Kind::SnapshotLevel | Kind::Delta | Kind::Trade => {
                if self.price == 0 || self.price >= super::tick::TICKS_PER_DOLLAR {
                    return Err(BadEvent::PriceOutOfRange(self.price));
                }
                self.size <= RECORD_SIZE_MAX
            }
            Kind::TickChange => Tick::from_width(self.size).is_some(),
            Kind::Resolved => payout(self.size).is_some(),
            Kind::Signal => self.size <= 1_000_000_000,
            Kind::Clear | Kind::Gap => true,
        };
        if size_allowed {
            Ok(kind)
        } else {
            Err(BadEvent::SizeOutOfRange(self.size))
        }
    }

    pub(crate) const fn book_side(&self) -> BookSide {
        if self.side == 0 {
            BookSide::Bid
        } else {
            BookSide::Ask
        }
    }
}

/// The payout that a resolution's size names.
pub(crate) fn payout(size: u64) -> Option<Payout> {
    u32::try_from(size)
        .ok()
        .and_then(|micros| Payout::from_micros(micros).ok())
}
