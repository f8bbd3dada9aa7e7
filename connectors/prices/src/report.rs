//! What a stream reports, why a connection ends, and why none follows.

use crate::polybolt;
use crate::price::{Price, Unreadable};

/// Why a connection ended; another follows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// It could not be opened.
    #[error("cannot connect to {place}: {detail}")]
    Unreachable {
        /// The address.
        place: String,
        /// What the system says.
        detail: String,
    },
    /// An answer took too long.
    #[error("no answer to {0} in time")]
    Late(&'static str),
    /// The source closed it.
    #[error("closed by the source with code {code} {reason:?}")]
    Closed {
        /// The WebSocket close code; 1005 when none was given.
        code: u16,
        /// The source's words.
        reason: String,
    },
    /// The source announced that it goes down.
    #[error("the source goes down for a while")]
    Drain,
    /// The log-in or a request was refused for now.
    #[error("refused for now: {0}")]
    RefusedForNow(String),
    /// It broke.
    #[error("connection broke: {0}")]
    Broken(String),
    /// No frame for too long.
    #[error("no frame in time")]
    NoFrames,
    /// No price for too long.
    #[error("connected, and no price in time")]
    NoPrices,
    /// Whoever reads the reports was too slow.
    #[error("reports were not taken in time")]
    Backlog,
}

/// Why a stream ended for good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Final {
    /// Nobody takes reports any more.
    #[error("nobody takes prices any more")]
    Unwanted,
    /// The API key was refused.
    #[error("the price stream refuses the API key ({0}): check it, or derive it again")]
    KeyRefused(String),
    /// The source says that we broke its rules.
    #[error("the price stream says that we broke its rules ({0}): this is a defect")]
    Policy(String),
    /// More than one connection can carry.
    #[error("{0} subscriptions are too many for one connection: at most {max}", max = polybolt::SUBSCRIPTIONS_MAX)]
    TooMany(usize),
    /// The address is not one that keys are sent to.
    #[error("the API key is not sent to {0}: give this stream an address of the venue")]
    NoPlaceForKeys(String),
}

/// What a stream reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Connected and subscribed; what came before is not repeated, but for a snapshot where the source gives one.
    Connected,
    /// Prices, oldest first.
    Prices(Vec<Price>),
    /// Frames of a channel that the source dropped or that are missing in its numbering.
    Missed {
        /// The channel.
        channel: String,
        /// How many.
        frames: u64,
    },
    /// One subscription was refused; the others stand.
    Refused {
        /// Its channel.
        channel: String,
        /// The source's code.
        code: String,
    },
    /// A frame, or prices in it, could not be read and were left out.
    Unreadable(Unreadable),
    /// The connection ended.
    Lost(Loss),
}
