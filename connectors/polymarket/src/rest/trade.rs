//! Trades as the venue tells of them, and what of them is ours.
//!
//! As a maker our quantity and price stand in the leg with our order's id. The leg may be of the complementary token at
//! one minus the price, and the figures of the trade itself are the taker's: they are never used for a maker.

use quorate_domain::{Liquidity, Side};
use rust_decimal::Decimal;

use super::node::{Node, WireError};
use super::order_state::side;
use super::page::{Page, page};

/// How far a trade has come. Only [`Confirmed`](Self::Confirmed) and [`Failed`](Self::Failed) are final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TradeStatus {
    /// Matched off chain, broadcast or about to be.
    Matched,
    /// A transaction holds it.
    Mined,
    /// Final.
    Confirmed,
    /// The transaction failed and is sent again.
    Retrying,
    /// Final: it never happened.
    Failed,
    /// Something else, in the venue's words.
    Unknown(String),
}

impl TradeStatus {
    /// The status of a text, with or without the prefix `TRADE_STATUS_`, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let upper = text.trim().to_uppercase();
        match upper.strip_prefix("TRADE_STATUS_").unwrap_or(&upper) {
            "MATCHED" | "MATCHED_NOT_BROADCASTED" => Self::Matched,
            "MINED" => Self::Mined,
            "CONFIRMED" => Self::Confirmed,
            "RETRYING" => Self::Retrying,
            "FAILED" => Self::Failed,
            _ => Self::Unknown(text.to_owned()),
        }
    }

    /// Whether nothing can change any more.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Confirmed | Self::Failed)
    }
}

/// A maker's part in a trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakerLeg {
    /// Order that rested.
    pub order_id: String,
    /// API key that placed it.
    pub owner: String,
    /// Wallet it traded for.
    pub maker_address: String,
    /// Its token.
    pub asset_id: String,
    /// Its direction; nothing where the venue does not say.
    pub side: Option<Side>,
    /// Shares.
    pub matched_amount: Decimal,
    /// Price per share of its token.
    pub price: Decimal,
    /// Legacy fee rate, basis points; no reliable source of fees.
    pub fee_rate_bps: Option<Decimal>,
}

/// A trade: one taker order against one or more makers. Prices and sizes in whole units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    /// The venue's name for it.
    pub id: String,
    /// Order that took.
    pub taker_order_id: String,
    /// Condition id of the market.
    pub condition_id: String,
    /// The taker's token.
    pub asset_id: String,
    /// The taker's direction.
    pub side: Side,
    /// Shares the taker got or gave in all.
    pub size: Decimal,
    /// The taker's price.
    pub price: Decimal,
    /// Legacy fee rate of the taker, basis points; no reliable source of fees.
    pub fee_rate_bps: Option<Decimal>,
    /// How far it has come.
    pub status: TradeStatus,
    /// When it was matched, unix seconds.
    pub match_time_s: u64,
    /// When it last changed, unix seconds.
    pub last_update_s: Option<u64>,
    /// API key of whoever is asking, or of the taker.
    pub owner: String,
    /// Wallet of the same.
    pub maker_address: String,
    /// Settling transaction; it can still be replaced before the trade is confirmed.
    pub transaction_hash: Option<String>,
    /// Whether whoever is asking was the taker; nothing where the venue does not say.
    pub trader_side: Option<Liquidity>,
    /// Its makers.
    pub maker_legs: Vec<MakerLeg>,
}

/// An execution of one of our orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnExecution {
    /// Unique for each pair of trade and order, and the same in every copy of the trade.
    pub id: String,
    /// The trade.
    pub trade_id: String,
    /// Our order.
    pub order_id: String,
    /// Our token.
    pub asset_id: String,
    /// Our direction.
    pub side: Side,
    /// Price per share of our token.
    pub price: Decimal,
    /// Shares.
    pub size: Decimal,
    /// Whether we rested or took.
    pub liquidity: Liquidity,
    /// How far it has come.
    pub status: TradeStatus,
    /// When it was matched, unix seconds.
    pub match_time_s: u64,
    /// Legacy fee rate as it was told, basis points. Fees follow from the market's schedule: takers only.
    pub fee_rate_bps: Option<Decimal>,
}

/// Who we are: API key, and wallets in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Our API key.
    pub api_key: String,
    /// Our wallets.
    pub addresses: Vec<String>,
    /// Ids of orders that are ours, where they are known.
    pub order_ids: Vec<String>,
}

impl Identity {
    fn owns_order(&self, id: &str) -> bool {
        self.order_ids
            .iter()
            .any(|own| own.eq_ignore_ascii_case(id))
    }

    fn is(&self, owner: &str, address: &str) -> bool {
        let same_key = !owner.is_empty() && owner.eq_ignore_ascii_case(&self.api_key);
        let same_wallet = !address.is_empty()
            && self
                .addresses
                .iter()
                .any(|own| own.eq_ignore_ascii_case(address));
        same_key || same_wallet
    }
}

/// What of a trade is ours: the taker's part, and each maker's leg with an order, API key or wallet of ours.
#[must_use]
pub fn own_executions(trade: &Trade, us: &Identity) -> Vec<OwnExecution> {
    let mut own = Vec::new();
    let rested =
        |leg: &MakerLeg| us.owns_order(&leg.order_id) || us.is(&leg.owner, &leg.maker_address);
    // The owner of the trade itself is whoever asks: it says nothing about the taker when we were a maker.
    let may_have_taken = match trade.trader_side {
        Some(side) => side == Liquidity::Taker,
        None => !trade.maker_legs.iter().any(rested),
    };
    let took = us.owns_order(&trade.taker_order_id)
        || (may_have_taken && us.is(&trade.owner, &trade.maker_address));
    if took {
        own.push(execution(
            trade,
            &trade.taker_order_id,
            &OwnPart {
                asset_id: &trade.asset_id,
                side: trade.side,
                price: trade.price,
                size: trade.size,
                liquidity: Liquidity::Taker,
                fee_rate_bps: trade.fee_rate_bps,
            },
        ));
    }
    for leg in &trade.maker_legs {
        if rested(leg) {
            own.push(execution(
                trade,
                &leg.order_id,
                &OwnPart {
                    asset_id: &leg.asset_id,
                    side: leg_side(trade, leg),
                    price: leg.price,
                    size: leg.matched_amount,
                    liquidity: Liquidity::Maker,
                    fee_rate_bps: leg.fee_rate_bps,
                },
            ));
        }
    }
    merged(own)
}

struct OwnPart<'a> {
    asset_id: &'a str,
    side: Side,
    price: Decimal,
    size: Decimal,
    liquidity: Liquidity,
    fee_rate_bps: Option<Decimal>,
}

fn execution(trade: &Trade, order_id: &str, part: &OwnPart<'_>) -> OwnExecution {
    OwnExecution {
        id: format!("{}:{}", trade.id, order_id.to_lowercase()),
        trade_id: trade.id.clone(),
        order_id: order_id.to_owned(),
        asset_id: part.asset_id.to_owned(),
        side: part.side,
        price: part.price,
        size: part.size,
        liquidity: part.liquidity,
        status: trade.status.clone(),
        match_time_s: trade.match_time_s,
        fee_rate_bps: part.fee_rate_bps,
    }
}

/// A leg of the taker's own token is on the other side; a complementary leg was minted or merged with it and is on the
/// same.
fn leg_side(trade: &Trade, leg: &MakerLeg) -> Side {
    leg.side.unwrap_or(if leg.asset_id == trade.asset_id {
        trade.side.opposite()
    } else {
        trade.side
    })
}

/// Several legs of one order at one price are one execution, so that ids stay unique. At different prices a mean would be
/// invented, so they get a number, by price: the same in every copy of the trade, whatever the order of its legs.
fn merged(mut parts: Vec<OwnExecution>) -> Vec<OwnExecution> {
    parts.sort_by(|a, b| (&a.id, a.price).cmp(&(&b.id, b.price)));
    let mut all: Vec<OwnExecution> = Vec::new();
    for part in parts {
        let same = all.iter_mut().find(|known| {
            known.order_id.eq_ignore_ascii_case(&part.order_id) && known.price == part.price
        });
        match same.map(|known| (known.size.checked_add(part.size), known)) {
            Some((Some(size), known)) => known.size = size,
            _ => {
                let nth = all
                    .iter()
                    .filter(|known| known.order_id.eq_ignore_ascii_case(&part.order_id))
                    .count();
                let id = match nth {
                    0 => part.id,
                    nth => format!("{}:{nth}", part.id),
                };
                all.push(OwnExecution { id, ..part });
            }
        }
    }
    all
}

pub(crate) fn trade(node: &Node<'_>) -> Result<Trade, WireError> {
    let object = node.object()?;
    let legs = object.get("maker_orders").items_if_any()?;
    let trader_side = object.get("trader_side");
    Ok(Trade {
        id: object.get("id").word()?,
        taker_order_id: object
            .get("taker_order_id")
            .word_if_any()?
            .unwrap_or_default(),
        condition_id: object.get("market").word()?,
        asset_id: object.get("asset_id").word()?,
        side: side(&object.get("side"))?,
        size: object.get("size").decimal()?,
        price: object.get("price").decimal()?,
        fee_rate_bps: object.get("fee_rate_bps").decimal_if_any()?,
        status: TradeStatus::parse(&object.get("status").word()?),
        match_time_s: object.any_of(&["match_time", "matchtime"]).whole()?,
        last_update_s: object.get("last_update").whole_if_any()?,
        owner: object.get("owner").word_if_any()?.unwrap_or_default(),
        maker_address: object
            .get("maker_address")
            .word_if_any()?
            .unwrap_or_default(),
        transaction_hash: object.get("transaction_hash").word_if_any()?,
        trader_side: match trader_side.word_if_any()?.as_deref() {
            None => None,
            Some("TAKER") => Some(Liquidity::Taker),
            Some("MAKER") => Some(Liquidity::Maker),
            Some(_) => return Err(trader_side.bad("TAKER or MAKER")),
        },
        maker_legs: legs.iter().map(maker_leg).collect::<Result<_, _>>()?,
    })
}

fn maker_leg(node: &Node<'_>) -> Result<MakerLeg, WireError> {
    let object = node.object()?;
    let direction = object.get("side");
    Ok(MakerLeg {
        order_id: object.get("order_id").word()?,
        owner: object.get("owner").word_if_any()?.unwrap_or_default(),
        maker_address: object
            .get("maker_address")
            .word_if_any()?
            .unwrap_or_default(),
        asset_id: object.get("asset_id").word()?,
        side: match direction.word_if_any()? {
            None => None,
            Some(_) => Some(side(&direction)?),
        },
        matched_amount: object.get("matched_amount").decimal()?,
        price: object.get("price").decimal()?,
        fee_rate_bps: object.get("fee_rate_bps").decimal_if_any()?,
    })
}

/// Reads a page of `/data/trades`.
///
/// # Errors
/// It is not of that shape: one trade that cannot be read spoils the page, since a list with a gap is no list.
pub fn parse_trades(body: &[u8]) -> Result<Page<Trade>, WireError> {
    page(&Node::parse(body)?, trade)
}
