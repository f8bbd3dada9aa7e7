//! How long an order lives, in the venue's words, and when one with an end really ends.

use quorate_domain::TimeInForce;

/// Least time, in seconds, from now to the expiration that an order states.
pub const GTD_LEAD_S_MIN: u64 = 180;
/// The venue removes an order this many seconds before the expiration it states.
const GTD_EARLY_S: u64 = 60;

/// `orderType` of a posted order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderType {
    /// Good till cancelled.
    Gtc,
    /// Good till a time.
    Gtd,
    /// All at once or nothing.
    Fok,
    /// What is there now; the rest is cancelled.
    Fak,
}

impl OrderType {
    /// The venue's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gtc => "GTC",
            Self::Gtd => "GTD",
            Self::Fok => "FOK",
            Self::Fak => "FAK",
        }
    }

    /// Whether the order may rest in the book.
    #[must_use]
    pub const fn rests(self) -> bool {
        matches!(self, Self::Gtc | Self::Gtd)
    }
}

impl From<TimeInForce> for OrderType {
    fn from(life: TimeInForce) -> Self {
        match life {
            TimeInForce::Gtc => Self::Gtc,
            TimeInForce::Gtd(_) => Self::Gtd,
            TimeInForce::Fok => Self::Fok,
            TimeInForce::Fak => Self::Fak,
        }
    }
}

/// Why an order cannot end when it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an order that ends {life_s} s from now is refused by the venue: let it end at least 120 s ahead, or cancel it yourself"
)]
pub struct ExpirationError {
    /// Seconds from now to the wanted end; 0 if that has passed.
    pub life_s: u64,
}

/// `expiration` to state, in unix seconds, so that an order leaves the book at `ends_s`: the venue removes it one minute
/// before the time stated, which must be three minutes ahead.
///
/// # Errors
/// [`ExpirationError`] when `ends_s` is less than 120 seconds after `now_s`.
pub const fn gtd_expiration_s(now_s: u64, ends_s: u64) -> Result<u64, ExpirationError> {
    let stated = ends_s.saturating_add(GTD_EARLY_S);
    if stated >= now_s.saturating_add(GTD_LEAD_S_MIN) {
        Ok(stated)
    } else {
        Err(ExpirationError {
            life_s: ends_s.saturating_sub(now_s),
        })
    }
}
