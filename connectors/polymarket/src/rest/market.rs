//! Markets as the order book's server knows them: grid, fees, state, winner.

use reqwest::Method;
use rust_decimal::Decimal;

use super::budget::Group;
use super::calls::understood;
use super::client::Client;
use super::error::RestError;
use super::node::{Node, WireError};
use super::page::{Page, page};

/// Fees of a market: `shares * rate * (p (1 - p)) ^ exponent`, in collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeSchedule {
    /// Rate.
    pub rate: Decimal,
    /// Exponent.
    pub exponent: Decimal,
    /// Whether makers pay nothing.
    pub taker_only: bool,
}

/// A market in the compact form. Keep it for ten minutes at most, and not beyond a change of the tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClobMarket {
    /// Condition id.
    pub condition_id: String,
    /// Token and name of each outcome.
    pub tokens: Vec<(String, String)>,
    /// Price step.
    pub tick_size: Decimal,
    /// Fewest shares of a resting order.
    pub min_order_size: Decimal,
    /// Whether the market excludes others of its group.
    pub neg_risk: bool,
    /// Fees; nothing where there are none.
    pub fees: Option<FeeSchedule>,
    /// Whether orders are taken; nothing where the venue does not say.
    pub accepting_orders: Option<bool>,
    /// Delay of marketable orders, seconds.
    pub seconds_delay: Decimal,
    /// When the game starts, in the venue's writing.
    pub game_start: Option<String>,
}

/// An outcome of a market in the full form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketToken {
    /// Token.
    pub token_id: String,
    /// Name of the outcome.
    pub outcome: String,
    /// Price as listed.
    pub price: Option<Decimal>,
    /// Whether it won; nothing where the venue does not say.
    pub winner: Option<bool>,
}

/// A market in the full or simplified form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketState {
    /// Condition id.
    pub condition_id: String,
    /// Its outcomes.
    pub tokens: Vec<MarketToken>,
    /// Whether it is listed.
    pub active: Option<bool>,
    /// Whether it is over.
    pub closed: Option<bool>,
    /// Whether it is put away.
    pub archived: Option<bool>,
    /// Whether orders are taken.
    pub accepting_orders: Option<bool>,
}

impl MarketState {
    /// The token that won, once exactly one has and the market is closed. A split payout has no winner.
    #[must_use]
    pub fn winner(&self) -> Option<&MarketToken> {
        let mut winners = self
            .tokens
            .iter()
            .filter(|token| token.winner == Some(true));
        match (self.closed, winners.next(), winners.next()) {
            (Some(true), Some(one), None) => Some(one),
            _ => None,
        }
    }
}

/// Reads the answer of `/clob-markets/{condition}`.
///
/// # Errors
/// It is not of that shape.
pub fn parse_clob_market(body: &[u8]) -> Result<ClobMarket, WireError> {
    clob_market(&Node::parse(body)?)
}

fn clob_market(node: &Node<'_>) -> Result<ClobMarket, WireError> {
    let object = node.object()?;
    let tokens = object.get("t").items()?;
    if tokens.is_empty() {
        return Err(object.get("t").bad("the tokens of its outcomes"));
    }
    let fees = object.get("fd");
    Ok(ClobMarket {
        condition_id: object.get("c").word()?,
        tokens: tokens
            .iter()
            .map(|token| {
                let token = token.object()?;
                Ok((token.get("t").word()?, token.get("o").text()?))
            })
            .collect::<Result<_, WireError>>()?,
        tick_size: object.get("mts").decimal()?,
        min_order_size: object.get("mos").decimal()?,
        neg_risk: object.get("nr").flag_if_any()?.unwrap_or(false),
        fees: fees.present().map(|_| fee_schedule(&fees)).transpose()?,
        accepting_orders: object.get("ao").flag_if_any()?,
        seconds_delay: object.get("sd").decimal_if_any()?.unwrap_or_default(),
        game_start: object.get("gst").word_if_any()?,
    })
}

fn fee_schedule(node: &Node<'_>) -> Result<FeeSchedule, WireError> {
    let object = node.object()?;
    Ok(FeeSchedule {
        rate: object.get("r").decimal()?,
        exponent: object.get("e").decimal()?,
        taker_only: object.get("to").flag()?,
    })
}

fn market_state(node: &Node<'_>) -> Result<MarketState, WireError> {
    let object = node.object()?;
    let tokens = object.get("tokens").items()?;
    Ok(MarketState {
        condition_id: object.get("condition_id").word()?,
        tokens: tokens.iter().map(market_token).collect::<Result<_, _>>()?,
        active: object.get("active").flag_if_any()?,
        closed: object.get("closed").flag_if_any()?,
        archived: object.get("archived").flag_if_any()?,
        accepting_orders: object.get("accepting_orders").flag_if_any()?,
    })
}

fn market_token(node: &Node<'_>) -> Result<MarketToken, WireError> {
    let object = node.object()?;
    Ok(MarketToken {
        token_id: object.get("token_id").word()?,
        outcome: object.get("outcome").word_if_any()?.unwrap_or_default(),
        price: object.get("price").decimal_if_any()?,
        winner: object.get("winner").flag_if_any()?,
    })
}

/// The answer must be about the market asked for: its tick, fees and winner are taken for that market's.
fn of_market(node: &Node<'_>, member: &str, condition_id: &str) -> Result<(), WireError> {
    let named = node.object()?.get(member);
    if named.word()?.eq_ignore_ascii_case(condition_id) {
        Ok(())
    } else {
        Err(named.bad("the market asked for"))
    }
}

/// Reads a page of `/simplified-markets`.
///
/// # Errors
/// It is not of that shape.
pub fn parse_markets(body: &[u8]) -> Result<Page<MarketState>, WireError> {
    page(&Node::parse(body)?, market_state)
}

impl Client {
    /// A market in the compact form.
    ///
    /// # Errors
    /// No answer, one that cannot be understood, or one about another market.
    pub async fn clob_market(&self, condition_id: &str) -> Result<ClobMarket, RestError> {
        let request = self.clob(Method::GET, format!("/clob-markets/{condition_id}"));
        let body = self.get(&request, Group::Clob).await?;
        understood(&request, &body, |node| {
            let found = clob_market(node)?;
            of_market(node, "c", condition_id)?;
            Ok(found)
        })
    }

    /// A market in the full form, with the winner once there is one.
    ///
    /// # Errors
    /// No answer, one that cannot be understood, or one about another market.
    pub async fn market(&self, condition_id: &str) -> Result<MarketState, RestError> {
        let request = self.clob(Method::GET, format!("/markets/{condition_id}"));
        let body = self.get(&request, Group::Clob).await?;
        understood(&request, &body, |node| {
            let found = market_state(node)?;
            of_market(node, "condition_id", condition_id)?;
            Ok(found)
        })
    }

    /// Price step of a token's market.
    ///
    /// # Errors
    /// No answer, or one that cannot be understood.
    pub async fn tick_size(&self, asset_id: &str) -> Result<Decimal, RestError> {
        let mut request = self.clob(Method::GET, "/tick-size");
        request.query.push(("token_id", asset_id.to_owned()));
        let body = self.get(&request, Group::TickSize).await?;
        understood(&request, &body, |node| {
            node.object()?.get("minimum_tick_size").decimal()
        })
    }

    /// Whether a token's market excludes others of its group.
    ///
    /// # Errors
    /// No answer, or one that cannot be understood.
    pub async fn is_neg_risk(&self, asset_id: &str) -> Result<bool, RestError> {
        let mut request = self.clob(Method::GET, "/neg-risk");
        request.query.push(("token_id", asset_id.to_owned()));
        let body = self.get(&request, Group::Clob).await?;
        understood(&request, &body, |node| {
            node.object()?.get("neg_risk").flag()
        })
    }
}
