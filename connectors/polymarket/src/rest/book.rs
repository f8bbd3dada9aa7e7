//! Order books as they are fetched, as a check on what the stream says.

use std::cmp::Reverse;

use reqwest::Method;
use rust_decimal::Decimal;
use serde::Serialize;

use super::budget::{Cost, Group};
use super::client::{Client, json_of, success, understood};
use super::error::RestError;
use super::node::{Node, WireError};

/// Tokens in one `POST /books`.
pub const BOOKS_MAX: usize = 500;

/// Shares on offer at a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Price per share.
    pub price: Decimal,
    /// Shares.
    pub size: Decimal,
}

/// The book of one token. Levels are sorted from the best, whatever the venue's order was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// Condition id of the market.
    pub condition_id: String,
    /// Token.
    pub asset_id: String,
    /// When it was so, unix milliseconds.
    pub timestamp_ms: u64,
    /// The venue's mark of this state; compare it, and compute nothing from it.
    pub hash: String,
    /// Buyers, the highest first.
    pub bids: Vec<Level>,
    /// Sellers, the lowest first.
    pub asks: Vec<Level>,
    /// Fewest shares of a resting order.
    pub min_order_size: Option<Decimal>,
    /// Price step.
    pub tick_size: Option<Decimal>,
    /// Whether the market excludes others of its group.
    pub neg_risk: Option<bool>,
    /// Price of the last trade; nothing before the first.
    pub last_trade_price: Option<Decimal>,
}

/// Reads the answer of `/book`.
///
/// # Errors
/// It is not of that shape.
pub fn parse_book(body: &[u8]) -> Result<Book, WireError> {
    book(&Node::parse(body)?)
}

pub(crate) fn book(node: &Node<'_>) -> Result<Book, WireError> {
    let object = node.object()?;
    let mut bids = levels(&object.get("bids"))?;
    let mut asks = levels(&object.get("asks"))?;
    bids.sort_by_key(|level| Reverse(level.price));
    asks.sort_by_key(|level| level.price);
    Ok(Book {
        condition_id: object.get("market").word()?,
        asset_id: object.get("asset_id").word()?,
        timestamp_ms: object.get("timestamp").whole()?,
        hash: object.get("hash").word_if_any()?.unwrap_or_default(),
        bids,
        asks,
        min_order_size: object.get("min_order_size").decimal_if_any()?,
        tick_size: object.get("tick_size").decimal_if_any()?,
        neg_risk: object.get("neg_risk").flag_if_any()?,
        last_trade_price: object.get("last_trade_price").decimal_if_any()?,
    })
}

fn levels(node: &Node<'_>) -> Result<Vec<Level>, WireError> {
    node.items()?
        .iter()
        .map(|item| {
            let object = item.object()?;
            let (price, size) = (object.get("price"), object.get("size"));
            let level = Level {
                price: price.decimal()?,
                size: size.decimal()?,
            };
            if level.price <= Decimal::ZERO || level.price >= Decimal::ONE {
                return Err(price.bad("a price between 0 and 1"));
            }
            if level.size < Decimal::ZERO {
                return Err(size.bad("a size that is not negative"));
            }
            Ok(level)
        })
        .collect()
}

#[derive(Serialize)]
struct OneToken<'a> {
    token_id: &'a str,
}

impl Client {
    /// The book of a token.
    ///
    /// # Errors
    /// No answer, or one that cannot be understood, or one about another token.
    pub async fn book(&self, asset_id: &str) -> Result<Book, RestError> {
        let mut request = self.clob(Method::GET, "/book");
        request.query.push(("token_id", asset_id.to_owned()));
        let body = self.get(&request, Group::Book).await?;
        understood(&request, &body, |node| {
            let found = book(node)?;
            if found.asset_id == asset_id {
                Ok(found)
            } else {
                Err(node.object()?.get("asset_id").bad("the token asked for"))
            }
        })
    }

    /// The books of tokens, in as many calls as it takes. Tokens without a book are left out.
    ///
    /// # Errors
    /// No complete answer.
    pub async fn books(&self, asset_ids: &[String]) -> Result<Vec<Book>, RestError> {
        let mut all = Vec::with_capacity(asset_ids.len());
        for part in asset_ids.chunks(BOOKS_MAX) {
            let mut request = self.clob(Method::POST, "/books");
            let wanted: Vec<_> = part.iter().map(|id| OneToken { token_id: id }).collect();
            request.body = json_of(&wanted, &request.place())?;
            let reply = self
                .send(&request, Cost::read(Group::Books), || Ok(Vec::new()))
                .await?;
            let body = success(&request, reply)?;
            let books = understood(&request, &body, |node| {
                node.items()?
                    .iter()
                    .map(book)
                    .collect::<Result<Vec<_>, _>>()
            })?;
            all.extend(books);
        }
        Ok(all)
    }
}
