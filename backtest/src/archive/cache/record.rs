//! One event of the replay cache: 32 bytes, little-endian, no padding.

use bytemuck::{Pod, Zeroable};

/// Flag: the last record of its message; only after it may the book be looked at.
pub const LAST_OF_MESSAGE: u8 = 1;

/// One event. Prices are micro-dollars, sizes micro-shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct CacheRecord {
    /// Time of receipt, nanoseconds since 1970.
    pub received_ns: u64,
    /// Size: absolute for levels, traded for trades.
    pub size_micros: u64,
    /// Price, the new tick, or nothing.
    pub price_micros: u32,
    /// Market, by its place among the cache's names.
    pub market: u32,
    /// Receipt less venue time, microseconds, saturating.
    pub lag_us: i32,
    /// A [`CacheKind`].
    pub kind: u8,
    /// 0 for the bid half (a trade: a taker who sells), 1 for the ask half (a taker who buys).
    pub side: u8,
    /// [`LAST_OF_MESSAGE`].
    pub flags: u8,
    /// 0 for the YES scale, 1 for the NO token's own scale.
    pub outcome: u8,
}

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CacheKind {
    /// A whole book begins: every level is forgotten.
    Clear = 0,
    /// A level of a whole book.
    SnapshotLevel = 1,
    /// One level's new absolute size.
    Level = 2,
    /// A trade.
    Trade = 3,
    /// A new grid.
    TickSize = 4,
    /// Continuity was lost: nothing trades until the next [`CacheKind::Clear`].
    Gap = 5,
    /// Trading has stopped.
    Closed = 6,
}

impl CacheRecord {
    /// What it says; `None` for a kind that this program does not know.
    #[must_use]
    pub const fn kind(&self) -> Option<CacheKind> {
        Some(match self.kind {
            0 => CacheKind::Clear,
            1 => CacheKind::SnapshotLevel,
            2 => CacheKind::Level,
            3 => CacheKind::Trade,
            4 => CacheKind::TickSize,
            5 => CacheKind::Gap,
            6 => CacheKind::Closed,
            _ => return None,
        })
    }
}
