//! Open orders as the venue tells of them.

use quorate_domain::Side;
use rust_decimal::Decimal;

use super::node::{Node, WireError};
use super::page::{Page, page};

/// How far an order has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderStatus {
    /// It rests in the book.
    Live,
    /// It executed.
    Matched,
    /// It is held back for the taker delay.
    Delayed,
    /// It was marketable and found nothing.
    Unmatched,
    /// It left the book; with the venue's reason in upper case, empty for a plain cancel.
    Cancelled(String),
    /// The venue found it invalid.
    Invalid,
    /// Something else, in the venue's words.
    Unknown(String),
}

impl OrderStatus {
    /// The status of a text, with or without the prefix `ORDER_STATUS_`, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let upper = text.trim().to_uppercase();
        let name = upper.strip_prefix("ORDER_STATUS_").unwrap_or(&upper);
        match name {
            "LIVE" => Self::Live,
            "MATCHED" => Self::Matched,
            "DELAYED" => Self::Delayed,
            "UNMATCHED" => Self::Unmatched,
            "INVALID" => Self::Invalid,
            _ => match name
                .strip_prefix("CANCELED")
                .or_else(|| name.strip_prefix("CANCELLED"))
            {
                Some(reason) => Self::Cancelled(reason.trim_start_matches('_').to_owned()),
                None => Self::Unknown(text.to_owned()),
            },
        }
    }
}

/// An order of the account. Ids are the venue's; prices and sizes are in whole units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// Its hash.
    pub id: String,
    /// How far it has come.
    pub status: OrderStatus,
    /// API key that placed it.
    pub owner: String,
    /// The wallet that it trades for.
    pub maker_address: String,
    /// Condition id of the market.
    pub condition_id: String,
    /// Token.
    pub asset_id: String,
    /// Direction.
    pub side: Side,
    /// Shares wanted.
    pub original_size: Decimal,
    /// Shares executed.
    pub size_matched: Decimal,
    /// Limit.
    pub price: Decimal,
    /// Kind of order: `GTC`, `GTD`, `FOK`, `FAK`.
    pub order_type: String,
    /// When it expires, unix seconds; 0 for never.
    pub expiration_s: u64,
    /// Trades it is part of.
    pub trade_ids: Vec<String>,
    /// When the venue took it, unix seconds; nothing where it does not say.
    pub created_at_s: Option<u64>,
}

/// Buy or sell, in any case.
pub(crate) fn side(node: &Node<'_>) -> Result<Side, WireError> {
    let text = node.word()?;
    match text.to_uppercase().as_str() {
        "BUY" => Ok(Side::Buy),
        "SELL" => Ok(Side::Sell),
        _ => Err(node.bad("BUY or SELL")),
    }
}

pub(crate) fn order_state(node: &Node<'_>) -> Result<OrderState, WireError> {
    let object = node.object()?;
    let trades = object.get("associate_trades").items_if_any()?;
    Ok(OrderState {
        id: object.get("id").word()?,
        status: OrderStatus::parse(&object.get("status").word()?),
        owner: object.get("owner").word_if_any()?.unwrap_or_default(),
        maker_address: object
            .get("maker_address")
            .word_if_any()?
            .unwrap_or_default(),
        condition_id: object.get("market").word()?,
        asset_id: object.get("asset_id").word()?,
        side: side(&object.get("side"))?,
        original_size: object.get("original_size").decimal()?,
        size_matched: object.get("size_matched").decimal()?,
        price: object.get("price").decimal()?,
        order_type: object
            .get("order_type")
            .word_if_any()?
            .unwrap_or_default()
            .to_uppercase(),
        expiration_s: object.get("expiration").whole_if_any()?.unwrap_or(0),
        trade_ids: trades.iter().map(Node::word).collect::<Result<_, _>>()?,
        created_at_s: object.get("created_at").whole_if_any()?,
    })
}

/// Reads a page of `/data/orders`.
///
/// # Errors
/// It is not of that shape: one order that cannot be read spoils the page, since a list with a gap is no list.
pub fn parse_orders(body: &[u8]) -> Result<Page<OrderState>, WireError> {
    page(&Node::parse(body)?, order_state)
}

/// Reads the answer of `/data/order/{id}`: nothing for an order that is not open.
///
/// # Errors
/// It is not of that shape.
pub fn parse_order(body: &[u8]) -> Result<Option<OrderState>, WireError> {
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let node = Node::parse(body)?;
    match node.present() {
        None | Some("\"\"") => Ok(None),
        Some(_) => order_state(&node).map(Some),
    }
}
