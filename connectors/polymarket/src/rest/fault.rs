//! The venue's ways to say no, as one closed list: a pure and total function of status and body.

use std::time::Duration;

use quorate_domain::RefusalReason;

use super::head::Head;
use super::node::{Node, excerpt};

/// The class of a refusal or a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The matching engine restarts (HTTP 425): wait 1 to 30 s, then post-only for two minutes.
    Restarting,
    /// Only post-only orders and cancels are taken.
    PostOnly {
        /// How much longer, where the venue says so.
        retry_after: Option<Duration>,
    },
    /// Cancels are taken and no orders.
    CancelOnly,
    /// Neither orders nor cancels are taken.
    Disabled,
    /// Too many requests.
    Throttled {
        /// The wait that was asked for, where one was.
        after: Option<Duration>,
    },
    /// The API key or the clock is refused.
    AuthFailed,
    /// The exchange has another version: read it again and build the order anew.
    VersionMismatch,
    /// No trading from this place.
    Geoblocked,
    /// The address is banned.
    Banned,
    /// The account may only reduce.
    ClosedOnly,
    /// Type of wallet, funder or signer are not configured as the venue knows them.
    WrongWallet,
    /// Not enough balance or allowance, by the venue's count.
    Balance,
    /// The price is not on the tick grid.
    OffTick,
    /// Fewer shares than the minimum.
    BelowMinimumShares,
    /// A marketable buy below the minimum cost.
    BelowMinimumCost,
    /// Amounts with too many decimals, or that do not fit together.
    BadAmounts,
    /// A post-only order would have taken.
    WouldCross,
    /// A fill-or-kill or fill-and-kill order found nothing to match: a normal end, not an error.
    NotFillable,
    /// The very same order is there already.
    Duplicate {
        /// Its id, where the venue names it.
        order_id: Option<String>,
    },
    /// The venue gave up before it placed the order; the same bytes may be sent again.
    OrderTimedOut,
    /// A new market that takes no orders yet.
    NotReady,
    /// The match was refused for its amounts.
    RoundingAtMatch,
    /// The expiration is too near or past.
    BadExpiration,
    /// The nonce is not the expected one.
    BadNonce,
    /// No such market or book.
    UnknownMarket,
    /// No such thing.
    NotFound,
    /// Not a byte was sent.
    NotSent,
    /// A refusal in words that are not known.
    Other,
    /// An answer that proves nothing: a server error, a web page, a redirect.
    Unclear,
}

impl Fault {
    /// Whether it is proven that an order answered in this way is not on the venue.
    #[must_use]
    pub fn proves_absence(&self) -> bool {
        !matches!(self, Self::Unclear | Self::Duplicate { .. })
    }

    /// Whether it is about one order, so that it says nothing about the others of the same call.
    pub(crate) fn is_about_one_order(&self) -> bool {
        matches!(
            self,
            Self::Balance
                | Self::OffTick
                | Self::BelowMinimumShares
                | Self::BelowMinimumCost
                | Self::BadAmounts
                | Self::WouldCross
                | Self::NotFillable
                | Self::OrderTimedOut
                | Self::NotReady
                | Self::RoundingAtMatch
                | Self::BadExpiration
                | Self::BadNonce
                | Self::UnknownMarket
                | Self::Other
        )
    }

    /// The reason in the terms of the domain.
    #[must_use]
    pub fn refusal_reason(&self) -> RefusalReason {
        match self {
            Self::Restarting | Self::CancelOnly | Self::Disabled => RefusalReason::TradingDisabled,
            Self::PostOnly { .. } => RefusalReason::PostOnlyWindow,
            Self::Throttled { .. } => RefusalReason::RateLimited,
            Self::Balance => RefusalReason::InsufficientBalance,
            Self::OffTick => RefusalReason::OffTick,
            Self::BelowMinimumShares => RefusalReason::BelowMinimumShares,
            Self::BelowMinimumCost => RefusalReason::BelowMinimumCost,
            Self::WouldCross => RefusalReason::WouldCross,
            Self::NotFillable => RefusalReason::NotFillable,
            Self::Duplicate { .. } => RefusalReason::Duplicate,
            Self::NotReady => RefusalReason::MarketClosed,
            Self::BadExpiration => RefusalReason::ExpiryPassed,
            Self::UnknownMarket => RefusalReason::UnknownMarket,
            Self::NotSent | Self::OrderTimedOut => RefusalReason::NeverArrived,
            _ => RefusalReason::Other,
        }
    }
}

/// What the body of an answer says in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// The venue's own words; nothing unless the body is a JSON object that holds some.
    pub(crate) words: Option<String>,
    code: Option<String>,
    retry_after: Option<Duration>,
    /// The beginning of the body, whatever it is.
    pub(crate) excerpt: String,
}

impl Told {
    pub(crate) fn read(body: &[u8]) -> Self {
        let start = &body[..body.len().min(4096)];
        let text = String::from_utf8_lossy(start);
        let page = text.trim_start().starts_with('<');
        let mut told = Self {
            excerpt: if page {
                "a web page".to_owned()
            } else {
                excerpt(&text)
            },
            ..Self::default()
        };
        let Ok(object) = Node::parse(body).and_then(|node| node.object()) else {
            return told;
        };
        told.words = ["error", "errorMsg", "error_msg", "message"]
            .iter()
            .find_map(|key| object.get(key).word_if_any().ok().flatten());
        told.code = object.get("code").word_if_any().ok().flatten();
        told.retry_after = object
            .get("retry_after_seconds")
            .whole_if_any()
            .ok()
            .flatten()
            .map(Duration::from_secs);
        if let Some(words) = &told.words {
            told.excerpt = excerpt(words);
        }
        told
    }
}

/// The class of an answer whose status is not a success.
pub(crate) fn fault_of(status: u16, head: &Head, body: &[u8]) -> Fault {
    let told = Told::read(body);
    let after = head.retry_after.or(told.retry_after);
    match status {
        425 => return Fault::Restarting,
        429 => return Fault::Throttled { after },
        451 => return Fault::Geoblocked,
        400..=499 if says_1015(body) => return Fault::Throttled { after },
        _ => {}
    }
    let known = told.words.as_deref().and_then(fault_in_words);
    match (status, known) {
        // A duplicate is there, whoever says so.
        (_, Some(duplicate @ Fault::Duplicate { .. })) => duplicate,
        (503, _) if told.code.as_deref() == Some("post_only_mode") => {
            Fault::PostOnly { retry_after: after }
        }
        (_, Some(Fault::PostOnly { .. })) => Fault::PostOnly { retry_after: after },
        (503, Some(state @ (Fault::CancelOnly | Fault::Disabled))) => state,
        (401, Some(fault @ (Fault::WrongWallet | Fault::Banned | Fault::ClosedOnly))) => fault,
        (401, _) => Fault::AuthFailed,
        (500..=599, Some(Fault::OrderTimedOut)) => Fault::OrderTimedOut,
        (408, _) => Fault::Unclear,
        (400..=499, Some(fault)) => fault,
        (404, None) if !looks_like_page(body) => Fault::NotFound,
        // Words that are not known refuse only under a status that itself says "not so": a conflict (409) may well mean
        // that the order is there.
        (400 | 403 | 404 | 422, None) if told.words.is_some() => Fault::Other,
        _ => Fault::Unclear,
    }
}

fn looks_like_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// The CDN's own throttle comes as a web page under several statuses.
fn says_1015(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&body[..body.len().min(4096)]).to_lowercase();
    text.contains("error code: 1015") || text.contains("error 1015")
}

/// Sentences that say how far the engine came with an order it had taken in: they prove nothing, under any status.
const UNFINISHED: [&str; 4] = [
    "could not run the execution",
    "could not insert order",
    "error delaying the order",
    "order match delayed",
];

/// The class of a sentence of the venue; nothing for one that is not known.
pub(crate) fn fault_in_words(words: &str) -> Option<Fault> {
    let text = words.to_lowercase();
    let has = |part: &str| text.contains(part);
    let fault = if has("is invalid. duplicated") {
        Fault::Duplicate {
            order_id: named_order(words),
        }
    } else if UNFINISHED.iter().any(|part| has(part)) {
        Fault::Unclear
    } else if has("order_version_mismatch") {
        Fault::VersionMismatch
    } else if has("post-only mode") {
        Fault::PostOnly { retry_after: None }
    } else if has("cancel-only") {
        Fault::CancelOnly
    } else if has("trading") && has("disabled") {
        Fault::Disabled
    } else if has("not enough balance / allowance") {
        Fault::Balance
    } else {
        return fault_of_order(&text).or_else(|| fault_of_account(&text));
    };
    Some(fault)
}

fn fault_of_order(text: &str) -> Option<Fault> {
    const TABLE: [(&str, Fault); 15] = [
        ("order crosses book", Fault::WouldCross),
        ("couldn't be fully filled", Fault::NotFillable),
        ("no orders found to match with fak", Fault::NotFillable),
        ("minimum tick size", Fault::OffTick),
        ("min size: $", Fault::BelowMinimumCost),
        ("size lower than the minimum", Fault::BelowMinimumShares),
        ("invalid amount", Fault::BadAmounts),
        ("not yet ready to process", Fault::NotReady),
        ("price discrepancy", Fault::RoundingAtMatch),
        ("contains rounding issues", Fault::RoundingAtMatch),
        ("invalid expiration", Fault::BadExpiration),
        ("invalid nonce", Fault::BadNonce),
        ("order timed out", Fault::OrderTimedOut),
        ("does not exist", Fault::UnknownMarket),
        ("market not found", Fault::UnknownMarket),
    ];
    first_in(&TABLE, text)
}

fn fault_of_account(text: &str) -> Option<Fault> {
    const TABLE: [(&str, Fault); 8] = [
        ("maker address not allowed", Fault::WrongWallet),
        ("address banned", Fault::Banned),
        ("closed only mode", Fault::ClosedOnly),
        ("restricted in your region", Fault::Geoblocked),
        ("geoblock", Fault::Geoblocked),
        ("invalid api key", Fault::AuthFailed),
        ("too many requests", Fault::Throttled { after: None }),
        ("rate limit", Fault::Throttled { after: None }),
    ];
    // The order's signer is another one than the API key's: the sentence has both words in either order.
    if text.contains("signer") && text.contains("api key") {
        return Some(Fault::WrongWallet);
    }
    first_in(&TABLE, text)
}

fn first_in(table: &[(&str, Fault)], text: &str) -> Option<Fault> {
    table
        .iter()
        .find(|(part, _)| text.contains(part))
        .map(|(_, fault)| fault.clone())
}

/// The id in `order <id> is invalid. Duplicated.`
fn named_order(words: &str) -> Option<String> {
    let mut parts = words.split_whitespace();
    parts.find(|part| part.eq_ignore_ascii_case("order"))?;
    parts
        .next()
        .filter(|id| id.starts_with("0x"))
        .map(str::to_owned)
}
