//! Frames of the market channel as the venue writes them, and the frames we send. All numbers stay text; an empty text
//! means absent. Fields that are not read here are skipped without being stored.

pub mod price_change;

use std::borrow::Cow;
use std::fmt;

use quorate_domain::Side;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use self::price_change::Fields;

/// A frame that cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("frame is neither an object nor an array of them ({detail}); it begins {begins:?}")]
pub struct Malformed {
    /// What the reader says.
    pub detail: String,
    /// Its first characters.
    pub begins: String,
}

/// Text, borrowed from the frame where it has no escapes. Whole numbers are taken as their text, null as empty. A number
/// with decimals is refused: it would have passed through a float.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl Text<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a whole number")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Text<'de>, E> {
        Ok(Text::default())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

/// One message of any type: the type may come last, so all fields are read at once.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Message<'a> {
    #[serde(borrow)]
    pub(crate) event_type: Text<'a>,
    #[serde(borrow)]
    pub(crate) market: Text<'a>,
    #[serde(borrow)]
    pub(crate) asset_id: Text<'a>,
    #[serde(borrow)]
    pub(crate) token_id: Text<'a>,
    #[serde(borrow)]
    pub(crate) timestamp: Text<'a>,
    #[serde(borrow)]
    pub(crate) hash: Text<'a>,
    #[serde(borrow)]
    pub(crate) price_changes: Option<Vec<PriceChange<'a>>>,
    #[serde(borrow)]
    pub(crate) bids: Option<Vec<WireLevel<'a>>>,
    #[serde(borrow)]
    pub(crate) asks: Option<Vec<WireLevel<'a>>>,
    #[serde(borrow)]
    pub(crate) tick_size: Text<'a>,
    #[serde(borrow)]
    pub(crate) new_tick_size: Text<'a>,
    #[serde(borrow)]
    pub(crate) price: Text<'a>,
    #[serde(borrow)]
    pub(crate) size: Text<'a>,
    #[serde(borrow)]
    pub(crate) side: Text<'a>,
    #[serde(borrow)]
    pub(crate) transaction_hash: Text<'a>,
    #[serde(borrow)]
    pub(crate) best_bid: Text<'a>,
    #[serde(borrow)]
    pub(crate) best_ask: Text<'a>,
    #[serde(borrow)]
    pub(crate) id: Text<'a>,
    #[serde(borrow)]
    pub(crate) question: Text<'a>,
    #[serde(borrow)]
    pub(crate) slug: Text<'a>,
    #[serde(borrow)]
    pub(crate) assets_ids: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub(crate) clob_token_ids: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub(crate) outcomes: Option<Vec<Text<'a>>>,
    #[serde(borrow)]
    pub(crate) order_price_min_tick_size: Text<'a>,
    #[serde(borrow)]
    pub(crate) winning_asset_id: Text<'a>,
    #[serde(borrow)]
    pub(crate) winning_outcome: Text<'a>,
}

impl Message<'_> {
    pub(crate) fn asset(&self) -> &str {
        either(&self.asset_id, &self.token_id)
    }
}

/// One level's new total.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PriceChange<'a> {
    #[serde(borrow)]
    pub(crate) asset_id: Text<'a>,
    #[serde(borrow)]
    pub(crate) token_id: Text<'a>,
    #[serde(borrow)]
    pub(crate) price: Text<'a>,
    #[serde(borrow)]
    pub(crate) size: Text<'a>,
    #[serde(borrow)]
    pub(crate) side: Text<'a>,
    #[serde(borrow)]
    pub(crate) hash: Text<'a>,
    #[serde(borrow)]
    pub(crate) best_bid: Text<'a>,
    #[serde(borrow)]
    pub(crate) best_ask: Text<'a>,
}

impl PriceChange<'_> {
    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields {
            asset: either(&self.asset_id, &self.token_id).as_bytes(),
            price: self.price.as_str().as_bytes(),
            size: self.size.as_str().as_bytes(),
            side: self.side.as_str().as_bytes(),
            hash: self.hash.as_str().as_bytes(),
            best_bid: self.best_bid.as_str().as_bytes(),
            best_ask: self.best_ask.as_str().as_bytes(),
        }
    }
}

/// One level of a snapshot.
#[derive(Debug, Deserialize)]
pub(crate) struct WireLevel<'a> {
    #[serde(borrow)]
    pub(crate) price: Text<'a>,
    #[serde(borrow)]
    pub(crate) size: Text<'a>,
}

/// A direction in either case; `None` for anything else.
pub(crate) fn side(text: &Text<'_>) -> Option<Side> {
    side_of(text.as_str().as_bytes())
}

/// A direction in either case; `None` for anything else.
pub(crate) fn side_of(text: &[u8]) -> Option<Side> {
    if text.eq_ignore_ascii_case(b"buy") {
        Some(Side::Buy)
    } else if text.eq_ignore_ascii_case(b"sell") {
        Some(Side::Sell)
    } else {
        None
    }
}

fn either<'t>(first: &'t Text<'_>, second: &'t Text<'_>) -> &'t str {
    if first.is_empty() {
        second.as_str()
    } else {
        first.as_str()
    }
}

#[derive(Deserialize)]
struct TypeOnly<'a> {
    #[serde(borrow, default)]
    event_type: Text<'a>,
}

/// The types of a frame's messages, whatever else is in them; nothing where even these cannot be read.
pub(crate) fn types(frame: &[u8]) -> Option<Vec<String>> {
    let types = if is_array(frame) {
        serde_json::from_slice::<Vec<TypeOnly<'_>>>(frame)
    } else {
        serde_json::from_slice::<TypeOnly<'_>>(frame).map(|one| vec![one])
    };
    let types = types.ok()?.into_iter();
    Some(types.map(|one| one.event_type.0.into_owned()).collect())
}

pub(crate) fn is_array(frame: &[u8]) -> bool {
    frame.trim_ascii_start().first() == Some(&b'[')
}

/// A frame's messages, in order.
pub(crate) enum Messages<'a> {
    /// A frame with one object. Boxed: it is far larger than the other two.
    One(Box<Message<'a>>),
    /// A frame with an array.
    Many(Vec<Message<'a>>),
    /// A frame whose types we do not know and whose fields need not look like ours.
    Foreign,
}

/// Reads a frame. `is_known` names the types that matter: where only others are in the frame, odd fields are no fault.
pub(crate) fn parse(
    frame: &[u8],
    is_known: impl Fn(&str) -> bool,
) -> Result<Messages<'_>, Malformed> {
    let read = if is_array(frame) {
        serde_json::from_slice(frame).map(Messages::Many)
    } else {
        serde_json::from_slice(frame).map(|message| Messages::One(Box::new(message)))
    };
    read.or_else(|error| match types(frame) {
        Some(types) if !types.iter().any(|kind| is_known(kind)) => Ok(Messages::Foreign),
        _ => Err(Malformed {
            detail: error.to_string(),
            begins: begins(frame),
        }),
    })
}

/// The first characters of something unreadable, for an error message.
pub(crate) fn begins(frame: &[u8]) -> String {
    String::from_utf8_lossy(&frame[..frame.len().min(60)]).into_owned()
}

/// Whether a frame also asks for news of markets (new ones, resolved ones, best prices).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Features {
    /// The flag is left out; what the connection has is kept.
    Unsaid,
    /// The flag is sent.
    Custom,
}

#[derive(Serialize)]
struct Subscribe<'a> {
    #[serde(rename = "type")]
    channel: &'static str,
    assets_ids: &'a [&'a str],
    custom_feature_enabled: bool,
}

#[derive(Serialize)]
struct Operation<'a> {
    operation: &'static str,
    assets_ids: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_feature_enabled: Option<bool>,
}

/// The first frame of a connection.
#[must_use]
pub fn subscribe(assets: &[&str]) -> String {
    json(&Subscribe {
        channel: "market",
        assets_ids: assets,
        custom_feature_enabled: true,
    })
}

/// Adds assets to a running connection.
#[must_use]
pub fn add(assets: &[&str], features: Features) -> String {
    json(&Operation {
        operation: "subscribe",
        assets_ids: assets,
        custom_feature_enabled: (features == Features::Custom).then_some(true),
    })
}

/// Takes assets off a running connection.
#[must_use]
pub fn remove(assets: &[&str]) -> String {
    json(&Operation {
        operation: "unsubscribe",
        assets_ids: assets,
        custom_feature_enabled: None,
    })
}

/// JSON of a frame of ours. Texts and flags always serialise, so nothing is lost in the empty default.
pub(crate) fn json(frame: &impl Serialize) -> String {
    serde_json::to_string(frame).unwrap_or_default()
}
