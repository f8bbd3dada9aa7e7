//! The data server: positions, trades, resolutions. Its answers are cached for up to minutes, so nothing about the state of
//! an order follows from them, and each is filtered again here.

use reqwest::Method;
use rust_decimal::Decimal;

use super::budget::Group;
use super::calls::{request, understood};
use super::client::Client;
use super::error::RestError;
use super::node::{Node, WireError};
use super::page::Page;

/// Whose, or of which market. Nothing means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataFilter {
    /// Wallet.
    pub user: Option<String>,
    /// Condition id.
    pub condition_id: Option<String>,
    /// State of positions: `OPEN`, `CLOSED` or `REDEEMABLE`.
    pub status: Option<String>,
}

/// A holding as the data server counts it. Whole units; collateral for money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Wallet.
    pub proxy_wallet: String,
    /// Token.
    pub token_id: String,
    /// Condition id of the market.
    pub condition_id: String,
    /// Shares.
    pub current_size: Decimal,
    /// Mean price paid.
    pub avg_price: Option<Decimal>,
    /// Price now.
    pub current_price: Option<Decimal>,
    /// Cost with fees.
    pub total_cost: Option<Decimal>,
    /// State in the venue's words.
    pub status: String,
    /// Whether it can be redeemed.
    pub redeemable: bool,
    /// Whether it can be merged with the opposite token.
    pub mergeable: bool,
    /// Whether the market excludes others of its group.
    pub negative_risk: bool,
    /// Which outcome it is, 0 or 1.
    pub outcome_index: Option<u64>,
    /// The other token of the market.
    pub opposite_token_id: Option<String>,
}

/// How a market ended, or is about to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Condition id.
    pub condition_id: Option<String>,
    /// State in the venue's words.
    pub status: String,
    /// What one share of each outcome pays; nothing before that is known.
    pub payouts: Option<(Decimal, Decimal)>,
    /// Whether it was disputed.
    pub was_disputed: Option<bool>,
    /// When it was resolved, in the venue's writing.
    pub resolved_at: Option<String>,
    /// When it is expected, in the venue's writing.
    pub expected_settlement_time: Option<String>,
}

/// A row of a list whose members differ by kind: trades and activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Kind in the venue's words, such as `TRADE` or `REDEEM`.
    pub kind: Option<String>,
    /// Condition id.
    pub condition_id: Option<String>,
    /// Token.
    pub token_id: Option<String>,
    /// Direction in the venue's words.
    pub side: Option<String>,
    /// Shares.
    pub size: Option<Decimal>,
    /// Price per share.
    pub price: Option<Decimal>,
    /// Transaction.
    pub transaction_hash: Option<String>,
    /// When, unix seconds.
    pub timestamp_s: Option<u64>,
}

fn page<T>(
    node: &Node<'_>,
    read: impl Fn(&Node<'_>) -> Result<T, WireError>,
) -> Result<Page<T>, WireError> {
    let object = node.object()?;
    let items = object.get("data").items()?;
    let next = match object.get("pagination") {
        absent if absent.present().is_none() => None,
        pagination => {
            let pagination = pagination.object()?;
            let more = pagination.get("has_more").flag_if_any()?.unwrap_or(false);
            let cursor = pagination.get("next_cursor");
            match more {
                true => Some(cursor.word()?),
                false => None,
            }
        }
    };
    Ok(Page {
        items: items.iter().map(read).collect::<Result<_, _>>()?,
        next,
    })
}

/// Reads a page of `/v2/positions`.
///
/// # Errors
/// It is not of that shape.
pub fn parse_positions(body: &[u8]) -> Result<Page<Position>, WireError> {
    page(&Node::parse(body)?, position)
}

fn position(node: &Node<'_>) -> Result<Position, WireError> {
    let object = node.object()?;
    let flag = |name| Ok::<_, WireError>(object.get(name).flag_if_any()?.unwrap_or(false));
    Ok(Position {
        proxy_wallet: object.get("proxy_wallet").word()?,
        token_id: object.get("token_id").word()?,
        condition_id: object.get("condition_id").word()?,
        current_size: object.get("current_size").decimal()?,
        avg_price: object.get("avg_price").decimal_if_any()?,
        current_price: object.get("current_price").decimal_if_any()?,
        total_cost: object.get("total_cost_usdc").decimal_if_any()?,
        status: object.get("status").word_if_any()?.unwrap_or_default(),
        redeemable: flag("redeemable")?,
        mergeable: flag("mergeable")?,
        negative_risk: flag("negative_risk")?,
        outcome_index: object.get("outcome_index").whole_if_any()?,
        opposite_token_id: object.get("opposite_token_id").word_if_any()?,
    })
}

fn resolution(node: &Node<'_>) -> Result<Resolution, WireError> {
    let object = node.object()?;
    let payouts = object.get("payouts");
    let pair = match payouts.items_if_any()?.as_slice() {
        [] => None,
        [yes, no] => Some((yes.decimal()?, no.decimal()?)),
        _ => return Err(payouts.bad("a pair of payouts")),
    };
    Ok(Resolution {
        condition_id: object
            .any_of(&["condition_id", "condition"])
            .word_if_any()?,
        status: object.get("status").word()?,
        payouts: pair,
        was_disputed: object.get("was_disputed").flag_if_any()?,
        resolved_at: written(&object.get("resolved_at"))?,
        expected_settlement_time: written(&object.get("expected_settlement_time"))?,
    })
}

/// A time that is written as text or as a number.
fn written(node: &Node<'_>) -> Result<Option<String>, WireError> {
    match node.whole_if_any() {
        Ok(number) => Ok(number.map(|number| number.to_string())),
        Err(_) => node.word_if_any(),
    }
}

fn activity(node: &Node<'_>) -> Result<Activity, WireError> {
    let object = node.object()?;
    Ok(Activity {
        kind: object.get("type").word_if_any()?,
        condition_id: object.get("condition_id").word_if_any()?,
        token_id: object.any_of(&["token_id", "asset"]).word_if_any()?,
        side: object.get("side").word_if_any()?,
        size: object.get("size").decimal_if_any()?,
        price: object.get("price").decimal_if_any()?,
        transaction_hash: object.get("transaction_hash").word_if_any()?,
        timestamp_s: object.get("timestamp").whole_if_any()?,
    })
}

impl Client {
    /// Every position that passes the filter.
    ///
    /// # Errors
    /// No complete answer.
    pub async fn positions(&self, filter: &DataFilter) -> Result<Vec<Position>, RestError> {
        let all = self
            .data_list("/v2/positions", Group::DataPositions, filter, position)
            .await?;
        Ok(all
            .into_iter()
            .filter(|position| {
                same(filter.user.as_deref(), Some(&position.proxy_wallet))
                    && same(filter.condition_id.as_deref(), Some(&position.condition_id))
            })
            .collect())
    }

    /// Everything a wallet did that passes the filter.
    ///
    /// # Errors
    /// No complete answer.
    pub async fn activity(&self, filter: &DataFilter) -> Result<Vec<Activity>, RestError> {
        self.activity_of("/v2/activity", Group::Data, filter).await
    }

    async fn activity_of(
        &self,
        path: &str,
        group: Group,
        filter: &DataFilter,
    ) -> Result<Vec<Activity>, RestError> {
        let mut all = self.data_list(path, group, filter, activity).await?;
        all.retain(|row| same(filter.condition_id.as_deref(), row.condition_id.as_ref()));
        Ok(all)
    }

    /// How a market ended. Nothing here is final before the chain says so.
    ///
    /// # Errors
    /// No complete answer.
    pub async fn resolutions(&self, condition_id: &str) -> Result<Vec<Resolution>, RestError> {
        let filter = DataFilter {
            condition_id: Some(condition_id.to_owned()),
            ..DataFilter::default()
        };
        let mut all = self
            .data_list("/v2/resolutions", Group::Data, &filter, resolution)
            .await?;
        // A row that names no market is the answer only where it is all there is.
        let is_alone = all.len() == 1;
        all.retain(|row| match &row.condition_id {
            None => is_alone,
            named => same(Some(condition_id), named.as_ref()),
        });
        Ok(all)
    }

    /// What contracts a wallet has approved, as the data server's own JSON rows.
    ///
    /// # Errors
    /// No complete answer.
    pub async fn approvals(&self, user: &str) -> Result<Vec<String>, RestError> {
        let filter = DataFilter {
            user: Some(user.to_owned()),
            ..DataFilter::default()
        };
        self.data_list("/v2/approvals", Group::Data, &filter, |node| {
            node.present()
                .map(str::to_owned)
                .ok_or_else(|| node.bad("an approval"))
        })
        .await
    }

    async fn data_list<T>(
        &self,
        path: &str,
        group: Group,
        filter: &DataFilter,
        read: impl Fn(&Node<'_>) -> Result<T, WireError> + Copy,
    ) -> Result<Vec<T>, RestError> {
        self.all_pages(path, "", |cursor| async move {
            let mut request = request(&self.hosts.data, Method::GET, path);
            let given = [
                ("user", filter.user.clone()),
                ("condition", filter.condition_id.clone()),
                ("status", filter.status.clone()),
                ("cursor", Some(cursor).filter(|cursor| !cursor.is_empty())),
            ];
            for (name, value) in given {
                request.query.extend(value.map(|value| (name, value)));
            }
            let body = self.get(&request, group).await?;
            understood(&request, &body, |node| page(node, read))
        })
        .await
    }
}

/// Filters of the server were seen to be ignored: a row without the member does not pass either.
fn same(wanted: Option<&str>, found: Option<&String>) -> bool {
    wanted.is_none_or(|wanted| found.is_some_and(|found| found.eq_ignore_ascii_case(wanted)))
}
