//! What the world asks: markets as they are listed, what is true of them, and the questions that bind them together.

use quorate_domain::{FeeSchedule, MarketId, Payout, TickSize, Timestamp};

use super::path::Path;

/// A yes/no market of the sample world.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleMarket {
    /// Identity: its place in [`super::Truth::markets`].
    pub id: MarketId,
    /// Short unique name.
    pub name: String,
    /// The question in words.
    pub question: String,
    /// Group of exclusive outcomes it belongs to. An unlisted outcome is possible.
    pub group: Option<&'static str>,
    /// Topic its inferences belong to.
    pub topic: &'static str,
    /// Round of the topic.
    pub epoch: String,
    /// First price step; it may become finer.
    pub tick: TickSize,
    /// Fees.
    pub fee: FeeSchedule,
    /// First moment it trades.
    pub opens_at: Timestamp,
    /// Last moment it trades.
    pub closes_at: Timestamp,
    /// Kind of question.
    pub category: &'static str,
    /// Correlated set and loading on its common factor.
    pub correlated: Option<(&'static str, f64)>,
    /// The moment it pays.
    pub resolves_at: Timestamp,
    /// What a YES share pays.
    pub payout: Payout,
    /// The true value: the expected payout of a YES share given all that has happened. A martingale.
    pub truth: Path,
}

/// How fast the world of a question turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Weeks: elections.
    Campaign,
    /// Seconds: price windows.
    Window,
}

/// Markets that are answered together: the exclusive candidates of one office, or one market alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Its markets; at most one pays a full dollar.
    pub markets: Vec<MarketId>,
    /// How fast its world turns.
    pub pace: Pace,
    /// Moments after which every worker gives its next inference.
    pub rounds: Vec<Timestamp>,
}
