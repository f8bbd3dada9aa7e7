//! Why a market cannot be traded yet, or no more.

use rust_decimal::Decimal;

use super::fee::FeeError;

/// Why a market is not listed. Most of these pass; ask again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It trades no more.
    #[error("it is closed")]
    Closed,
    /// It is not public.
    #[error("it is not public yet")]
    Inactive,
    /// It has no book.
    #[error("its order book is not enabled")]
    NoBook,
    /// Orders are refused.
    #[error("it does not take orders")]
    NotAccepting,
    /// The order service does not know it.
    #[error("the order service does not know it yet")]
    NoSettings,
    /// No condition id yet.
    #[error("it has no condition id yet")]
    NoCondition,
    /// No tokens yet.
    #[error("it has no tokens yet")]
    NoTokens,
    /// Not exactly two outcomes with a token each, or outcomes with other names.
    #[error(
        "it has {outcomes} outcomes and {tokens} tokens; expected Yes and No or Up and Down with one token each"
    )]
    NotBinary {
        /// Number of outcomes.
        outcomes: usize,
        /// Number of tokens.
        tokens: usize,
    },
    /// A protocol version that is not known.
    #[error("its protocol version is {0:?}; expected v1 or v2: update this program")]
    Version(String),
    /// Catalogue and order service differ.
    #[error("the catalogue says {catalogue} for {what}, the order service says {service}")]
    Disagreement {
        /// What they differ about.
        what: &'static str,
        /// One side.
        catalogue: String,
        /// The other side.
        service: String,
    },
    /// A delay of orders that is no number of seconds.
    #[error("orders are held back for {0} seconds; expected a whole number")]
    Delay(Decimal),
    /// A fee schedule that cannot be used.
    #[error(transparent)]
    Fee(#[from] FeeError),
    /// A reserved or catch-all outcome of an event to which outcomes may be added: its meaning changes while it trades.
    #[error("it is a reserved or catch-all outcome, whose meaning may still change")]
    Placeholder,
    /// An outcome of a group without a name.
    #[error("it is an outcome of a group and has no name")]
    Unnamed,
}
