//! What a loader may assume where a tape is silent, and how often it had to.

use quorate_domain::Shares;

/// What to do with a quote or a trade that lies between two ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OffTick {
    /// Refuse the tape.
    #[default]
    Refuse,
    /// Round away from a better result: bids down, asks up, buys down, sells up.
    Snap,
}

/// What to do with a market that closes before the tape ends and has no outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unresolved {
    /// Refuse the tape.
    #[default]
    Refuse,
    /// Keep it open: positions are marked to the market.
    Mark,
}

/// What a loader may assume where a tape is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadOptions {
    /// Quotes and trades between two ticks.
    pub off_tick: OffTick,
    /// Closed markets without an outcome.
    pub unresolved: Unresolved,
    /// Distance from a recorded midpoint to the assumed bid and ask, in micro-dollars; a tick at least. A midpoint
    /// is not a price.
    pub mid_half_spread_micros: u32,
    /// Shares assumed at a quoted price whose size is not recorded.
    pub assumed_shares: Shares,
}

impl Default for LoadOptions {
    /// Refuse whatever can be refused; one cent to each side of a midpoint, with 1,000 shares.
    fn default() -> Self {
        Self {
            off_tick: OffTick::default(),
            unresolved: Unresolved::default(),
            mid_half_spread_micros: 10_000,
            assumed_shares: Shares::whole(1_000),
        }
    }
}

/// How often a tape was silent and an option spoke for it. Belongs into every report on the tape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    /// Quotes made from a midpoint.
    pub quotes_from_mid: u64,
    /// Quoted prices without a recorded size.
    pub sizes_assumed: u64,
    /// Prices moved to the tick grid.
    pub prices_snapped: u64,
    /// Markets that closed before the end of the tape without an outcome.
    pub markets_unresolved: u64,
}
