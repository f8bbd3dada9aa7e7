//! What the account has at the venue: open orders, trades, balances, notices.

use alloy_primitives::U256;
use reqwest::Method;

use super::answer::{Reply, fault_of_reply};
use super::budget::{Cost, Group};
use super::calls::{success, understood};
use super::client::Client;
use super::error::RestError;
use super::fault::Fault;
use super::http::Request;
use super::node::{Node, WireError};
use super::order_state::{OrderState, order_state};
use super::page::{FIRST_CURSOR, Page, page};
use super::trade::{Trade, trade};

/// Which open orders are asked for. Nothing means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Condition id.
    pub condition_id: Option<String>,
    /// Token.
    pub asset_id: Option<String>,
    /// Hash of the order.
    pub order_id: Option<String>,
}

/// Which trades are asked for. Nothing means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TradeFilter {
    /// The trade.
    pub trade_id: Option<String>,
    /// Wallet.
    pub maker_address: Option<String>,
    /// Condition id.
    pub condition_id: Option<String>,
    /// Token.
    pub asset_id: Option<String>,
    /// Matched before, unix seconds.
    pub before_s: Option<u64>,
    /// Matched after, unix seconds.
    pub after_s: Option<u64>,
}

/// What a balance is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asset {
    /// Collateral.
    Collateral,
    /// An outcome token of the first protocol.
    Conditional(String),
    /// A position of the second protocol.
    ConditionalV2(String),
}

/// A balance and what contracts may take of it, as the venue has it in its cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceAllowance {
    /// Balance, in millionths.
    pub balance_micros: u128,
    /// Contract and how much it may take, in millionths.
    pub allowances: Vec<(String, U256)>,
}

/// A notice of the venue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: String,
    /// Its kind, 1 to 11: cancellation, fill, failed fill, resolution and others.
    pub kind: u64,
    /// What it is about, as JSON.
    pub payload: String,
}

impl Client {
    /// An order that is still open; nothing for one that is not, whatever became of it: look at the trades then.
    ///
    /// # Errors
    /// Not logged in, no answer, or one that cannot be understood.
    pub async fn open_order(&self, id: &str) -> Result<Option<OrderState>, RestError> {
        let request = self.clob(Method::GET, format!("/data/order/{id}"));
        let reply = self.private(&request, Cost::read(Group::Orders)).await?;
        if fault_of_reply(&reply) == Some(Fault::NotFound) {
            return Ok(None);
        }
        if matches!(&reply, Reply::Answer { body, .. } if body.trim_ascii().is_empty())
            && fault_of_reply(&reply).is_none()
        {
            return Ok(None);
        }
        let body = success(&request, reply)?;
        understood(&request, &body, |node| match node.present() {
            None | Some("\"\"") => Ok(None),
            Some(_) => order_state(node).map(Some),
        })
    }

    /// Every open order of the API key.
    ///
    /// # Errors
    /// No complete answer.
    pub async fn open_orders(&self, filter: &OrderFilter) -> Result<Vec<OrderState>, RestError> {
        let given = [
            ("market", filter.condition_id.clone()),
            ("asset_id", filter.asset_id.clone()),
            ("id", filter.order_id.clone()),
        ];
        self.list("/data/orders", Group::Orders, &given, order_state)
            .await
    }

    /// Every trade of the API key that passes the filter, in its present state.
    ///
    /// # Errors
    /// No complete answer.
    pub async fn trades(&self, filter: &TradeFilter) -> Result<Vec<Trade>, RestError> {
        let given = [
            ("id", filter.trade_id.clone()),
            ("maker_address", filter.maker_address.clone()),
            ("market", filter.condition_id.clone()),
            ("asset_id", filter.asset_id.clone()),
            ("before", filter.before_s.map(|at| at.to_string())),
            ("after", filter.after_s.map(|at| at.to_string())),
        ];
        self.list("/data/trades", Group::Trades, &given, trade)
            .await
    }

    async fn list<T>(
        &self,
        path: &str,
        group: Group,
        given: &[(&'static str, Option<String>)],
        read: impl Fn(&Node<'_>) -> Result<T, WireError> + Copy,
    ) -> Result<Vec<T>, RestError> {
        self.all_pages(path, FIRST_CURSOR, |cursor| async move {
            let mut request = self.clob(Method::GET, path);
            request.query = query_of(given);
            request.query.push(("next_cursor", cursor));
            self.page_of(&request, group, read).await
        })
        .await
    }

    async fn page_of<T>(
        &self,
        request: &Request<'_>,
        group: Group,
        read: impl Fn(&Node<'_>) -> Result<T, WireError>,
    ) -> Result<Page<T>, RestError> {
        let body = self.private_get(request, group).await?;
        understood(request, &body, |node| page(node, read))
    }

    /// A balance as the venue has it in its cache, which can lag: a zero here is no proof of holding nothing.
    ///
    /// # Errors
    /// No answer, or one that cannot be understood.
    pub async fn balance(&self, asset: &Asset) -> Result<BalanceAllowance, RestError> {
        let request = self.balance_request("/balance-allowance", asset)?;
        let body = self.private_get(&request, Group::Balance).await?;
        understood(&request, &body, balance)
    }

    /// Has the venue read a balance again from the chain.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub async fn refresh_balance(&self, asset: &Asset) -> Result<(), RestError> {
        let request = self.balance_request("/balance-allowance/update", asset)?;
        self.private_get(&request, Group::BalanceUpdate)
            .await
            .map(|_| ())
    }

    fn balance_request(&self, path: &str, asset: &Asset) -> Result<Request<'_>, RestError> {
        let kind = self.account(path)?.signature_type;
        let mut request = self.clob(Method::GET, path);
        let (name, token) = match asset {
            Asset::Collateral => ("COLLATERAL", None),
            Asset::Conditional(token) => ("CONDITIONAL", Some(token)),
            Asset::ConditionalV2(token) => ("CONDITIONAL-V2", Some(token)),
        };
        request.query.push(("asset_type", name.to_owned()));
        if let Some(token) = token {
            request.query.push(("token_id", token.clone()));
        }
        request.query.push(("signature_type", kind.to_string()));
        Ok(request)
    }

    /// The venue's notices to the account.
    ///
    /// # Errors
    /// No answer, or one that cannot be understood.
    pub async fn notifications(&self) -> Result<Vec<Notification>, RestError> {
        let mut request = self.clob(Method::GET, "/notifications");
        let kind = self.account("GET /notifications")?.signature_type;
        request.query.push(("signature_type", kind.to_string()));
        let body = self.private_get(&request, Group::Notifications).await?;
        understood(&request, &body, |node| {
            node.items()?.iter().map(notification).collect()
        })
    }

    /// Drops notices.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub async fn drop_notifications(&self, ids: &[String]) -> Result<(), RestError> {
        let mut request = self.clob(Method::DELETE, "/notifications");
        request.query.push(("ids", ids.join(",")));
        let reply = self
            .private(&request, Cost::read(Group::Notifications))
            .await?;
        success(&request, reply).map(|_| ())
    }
}

fn query_of(given: &[(&'static str, Option<String>)]) -> Vec<(&'static str, String)> {
    given
        .iter()
        .filter_map(|(name, value)| value.clone().map(|value| (*name, value)))
        .collect()
}

/// Reads the answer of `/balance-allowance`.
///
/// # Errors
/// It is not of that shape: a balance that cannot be read is never zero.
pub fn parse_balance(body: &[u8]) -> Result<BalanceAllowance, WireError> {
    balance(&Node::parse(body)?)
}

fn balance(node: &Node<'_>) -> Result<BalanceAllowance, WireError> {
    let object = node.object()?;
    let held = object.get("balance");
    let balance_micros = held
        .text()?
        .parse()
        .map_err(|_| held.bad("a whole number of millionths, as text"))?;
    let mut allowances = Vec::new();
    let allowed = object.get("allowances");
    if allowed.present().is_some() {
        for (spender, amount) in allowed.object()?.members() {
            let value = U256::from_str_radix(&amount.text()?, 10)
                .map_err(|_| amount.bad("a whole number of millionths, as text"))?;
            allowances.push((spender.to_owned(), value));
        }
    }
    Ok(BalanceAllowance {
        balance_micros,
        allowances,
    })
}

fn notification(node: &Node<'_>) -> Result<Notification, WireError> {
    let object = node.object()?;
    let id = object.get("id");
    Ok(Notification {
        id: match id.whole() {
            Ok(number) => number.to_string(),
            Err(_) => id.word()?,
        },
        kind: object.get("type").whole()?,
        payload: object
            .get("payload")
            .present()
            .unwrap_or_default()
            .to_owned(),
    })
}
