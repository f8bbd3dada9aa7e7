//! What the venue's sockets say, into the loop: books into the feed, our orders and executions to the gateway.

use std::sync::{Arc, PoisonError};

use quorate_domain::{CancelReason, Input, Liquidity, MarketEvent, RefusalReason, Timestamp};
use quorate_polymarket::rest::{Identity, MakerLeg, Trade, TradeStatus as Listed, own_executions};
use quorate_polymarket::ws::user_frame::{
    MakerOrder, OrderNews, OrderStatus, TradeNews, TradeStatus, TraderSide, UserNews,
};
use quorate_polymarket::ws::{MarketReport, News as MarketNews, UserReport};
use quorate_workers::Clock;
use rust_decimal::Decimal;
use tokio::sync::mpsc;

use super::directory::Directory;
use super::health::Streamed;
use super::route::{cancel_reason, execution};
use crate::runtime::feed::FeedLine;
use crate::runtime::gateway::{Ending, Found, News, NewsLine, OrderHash};

/// Carries the market channel's reports into the feed. What it says of markets beside their books goes to `hints`.
pub async fn market_news(
    mut reports: mpsc::Receiver<MarketReport>,
    feed: FeedLine,
    directory: Directory,
    clock: Arc<dyn Clock>,
    (streamed, hints): (Streamed, mpsc::Sender<Hint>),
) {
    while let Some(report) = reports.recv().await {
        match report {
            MarketReport::Heard(heard) => {
                for input in heard.inputs {
                    if let MarketEvent::TickSize(tick) = input.event {
                        directory.set_tick(input.market, tick);
                    }
                    if let Some(market) = directory.market(input.market) {
                        let mut books = streamed.lock().unwrap_or_else(PoisonError::into_inner);
                        books.take(&input, market.tick, heard.received_at);
                    }
                    if !feed.tell(clock.now(), Input::Market(input)).await {
                        return;
                    }
                }
                for anomaly in heard.anomalies {
                    tracing::debug!(event = "anomaly", ?anomaly, "a frame that should not be");
                }
                for news in heard.news {
                    // A hint that finds no room is no loss: everything it says is asked for again in time.
                    let _ = hints.try_send(hint(news));
                }
            }
            MarketReport::Connected { shard } => {
                tracing::info!(event = "market_channel", shard, "connected");
            }
            MarketReport::Lost { shard, loss } => {
                tracing::warn!(event = "market_channel", shard, %loss, "lost; its books are broken until it is back");
            }
            MarketReport::Refused(error) => {
                tracing::error!(event = "market_channel", %error, "a market cannot be subscribed");
            }
        }
    }
}

/// A reason to ask the venue now rather than later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// The venue lists something new, with its short name.
    Listed(String),
    /// The venue says that a condition is decided.
    Decided(String),
}

fn hint(news: MarketNews) -> Hint {
    match news {
        MarketNews::NewMarket { slug, .. } => Hint::Listed(slug),
        MarketNews::Resolved { condition, .. } => Hint::Decided(condition),
    }
}

/// Carries the user channel's reports to the gateway. Every interruption is a gap: the gateway then compares everything.
pub async fn account_news(
    mut reports: mpsc::Receiver<UserReport>,
    line: NewsLine,
    directory: Directory,
    us: Identity,
) {
    while let Some(report) = reports.recv().await {
        let news: Vec<News> = match report {
            UserReport::Reconnected { times } => {
                tracing::info!(event = "user_channel", times, "connected");
                vec![News::Gap]
            }
            UserReport::Lost(loss) => {
                tracing::warn!(event = "user_channel", %loss, "lost");
                vec![News::Gap]
            }
            UserReport::Heard { received_at, news } => news
                .iter()
                .flat_map(|news| told(news, &directory, &us, received_at))
                .collect(),
        };
        for news in news {
            if !line.tell(news).await {
                return;
            }
        }
    }
}

/// What one piece of news means. What cannot be read is a gap: the lists that are then asked for have it too.
fn told(
    news: &UserNews,
    directory: &Directory,
    us: &Identity,
    received_at: Timestamp,
) -> Vec<News> {
    match news {
        UserNews::Order(order) => vec![News::Order {
            hash: OrderHash(order.id.clone()),
            found: found(order),
        }],
        UserNews::Trade(news) => {
            let trade = trade(news, received_at);
            let own = own_executions(&trade, us);
            let heard = own.iter().map(|own| execution(own, directory));
            heard
                .map(|heard| match heard {
                    Ok(execution) => News::Execution(execution),
                    Err(error) => {
                        tracing::warn!(event = "user_channel", %error, "an execution that cannot be taken up");
                        News::Gap
                    }
                })
                .collect()
        }
        UserNews::Unreadable { kind, id, field } => {
            tracing::warn!(
                event = "user_channel",
                kind,
                id,
                field,
                "a message that cannot be read"
            );
            vec![News::Gap]
        }
        UserNews::Other(_) => Vec::new(),
    }
}

fn found(order: &OrderNews) -> Found {
    let filled = order.matched;
    let ending = match &order.status {
        OrderStatus::Live | OrderStatus::Delayed => return Found::Live { filled },
        // An update of an order that goes on resting says the same of what executed.
        OrderStatus::Matched if filled < order.original => return Found::Live { filled },
        OrderStatus::Matched => Ending::Filled,
        OrderStatus::Unmatched => Ending::Cancelled(CancelReason::Unfilled),
        OrderStatus::Canceled(reason) => Ending::Cancelled(cancel_reason(reason)),
        OrderStatus::Invalid => Ending::Refused(RefusalReason::Other),
        OrderStatus::Unknown(text) => {
            return Found::Unknown(format!("the status {text:?} is not known"));
        }
    };
    Found::Ended { filled, ending }
}

/// A trade as the lists have it, so that either way gives the same executions under the same names.
fn trade(news: &TradeNews, received_at: Timestamp) -> Trade {
    let matched_at = news.matched_at.unwrap_or(received_at);
    Trade {
        id: news.id.clone(),
        taker_order_id: news.taker_order.clone(),
        condition_id: news.market.clone(),
        asset_id: news.asset.clone(),
        side: news.side,
        size: units(news.shares.micros()),
        price: units(u64::from(news.price.micros())),
        fee_rate_bps: None,
        status: match &news.status {
            TradeStatus::MatchedNotBroadcast | TradeStatus::Matched => Listed::Matched,
            TradeStatus::Mined => Listed::Mined,
            TradeStatus::Retrying => Listed::Retrying,
            TradeStatus::Confirmed => Listed::Confirmed,
            TradeStatus::Failed => Listed::Failed,
            TradeStatus::Unknown(text) => Listed::Unknown(text.clone()),
        },
        match_time_s: matched_at.nanos() / 1_000_000_000,
        last_update_s: None,
        owner: news.owner.clone(),
        maker_address: String::new(),
        transaction_hash: news.transaction.clone(),
        trader_side: match news.trader_side {
            TraderSide::Taker => Some(Liquidity::Taker),
            TraderSide::Maker => Some(Liquidity::Maker),
            TraderSide::Unknown(_) => None,
        },
        maker_legs: news.makers.iter().map(leg).collect(),
    }
}

fn leg(maker: &MakerOrder) -> MakerLeg {
    MakerLeg {
        order_id: maker.order.clone(),
        owner: maker.owner.clone(),
        maker_address: String::new(),
        asset_id: maker.asset.clone(),
        side: maker.side,
        matched_amount: units(maker.shares.micros()),
        price: units(u64::from(maker.price.micros())),
        fee_rate_bps: None,
    }
}

/// Millionths as a number of whole units, exactly.
fn units(micros: u64) -> Decimal {
    Decimal::from_i128_with_scale(i128::from(micros), 6)
}
