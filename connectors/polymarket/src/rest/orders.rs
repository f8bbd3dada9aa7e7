//! Posting and cancelling. The bytes of an order are the caller's: they are sent as they are, once.

use reqwest::Method;
use serde::Serialize;

use super::answer::{PostOutcome, Reply, classify_batch, classify_post, fault_of_reply, words_of};
use super::budget::{Cost, Group};
use super::calls::{json_of, success, understood};
use super::client::Client;
use super::error::RestError;
use super::fault::Fault;
use super::http::Request;
use super::node::{Node, WireError, excerpt};

/// Orders in one `POST /orders`.
pub const BATCH_MAX: usize = 15;
/// Ids in one `DELETE /orders`.
pub const CANCEL_MAX: usize = 1000;

/// A signed order: what is posted, and posted again in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOrder {
    /// Its hash, which is the venue's name for it: `0x` and 64 hex digits.
    pub id: String,
    /// The JSON object that is posted.
    pub body: Vec<u8>,
}

/// Why an order was not cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotCancelled {
    /// It is not open: it executed, was cancelled before, or never arrived. Look at the trades; asking again is useless.
    Gone(String),
    /// Anything else, with the venue's words.
    Refused(String),
}

/// What came of a call that cancels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cancelled {
    /// Ids that left the book.
    pub canceled: Vec<String>,
    /// Ids that did not, and why.
    pub not_canceled: Vec<(String, NotCancelled)>,
}

/// What came of cancelling one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelOutcome {
    /// It left the book.
    Done,
    /// It is not open, with the venue's words.
    NotOpen(String),
    /// Not now, or no answer. With what is known.
    Unsure(String),
}

impl Cancelled {
    /// What the answer says about one order.
    #[must_use]
    pub fn outcome_of(&self, id: &str) -> CancelOutcome {
        if self
            .canceled
            .iter()
            .any(|gone| gone.eq_ignore_ascii_case(id))
        {
            return CancelOutcome::Done;
        }
        let kept = self
            .not_canceled
            .iter()
            .find(|(kept, _)| kept.eq_ignore_ascii_case(id));
        match kept {
            Some((_, NotCancelled::Gone(text))) => CancelOutcome::NotOpen(text.clone()),
            Some((_, NotCancelled::Refused(text))) => CancelOutcome::Unsure(text.clone()),
            None => CancelOutcome::Unsure("the answer does not speak of it".to_owned()),
        }
    }

    fn add(&mut self, other: Self) {
        self.canceled.extend(other.canceled);
        self.not_canceled.extend(other.not_canceled);
    }
}

/// Reads the answer of a call that cancels.
///
/// # Errors
/// It is not of that shape.
pub fn parse_cancelled(body: &[u8]) -> Result<Cancelled, WireError> {
    cancelled(&Node::parse(body)?)
}

fn cancelled(node: &Node<'_>) -> Result<Cancelled, WireError> {
    let object = node.object()?;
    let canceled = object.get("canceled").items()?;
    let reasons = object.get("not_canceled");
    let mut not_canceled = Vec::new();
    if reasons.present().is_some_and(|text| text != "[]") {
        for (id, reason) in reasons.object()?.members() {
            not_canceled.push((id.to_owned(), why_not(&reason.text()?)));
        }
    }
    Ok(Cancelled {
        canceled: canceled.iter().map(Node::word).collect::<Result<_, _>>()?,
        not_canceled,
    })
}

fn why_not(text: &str) -> NotCancelled {
    let lower = text.to_lowercase();
    let gone = [
        "can't be found",
        "already canceled",
        "already cancelled",
        "already matched",
        "not found",
    ];
    if gone.iter().any(|part| lower.contains(part)) {
        NotCancelled::Gone(excerpt(text))
    } else {
        NotCancelled::Refused(excerpt(text))
    }
}

#[derive(Serialize)]
struct OneOrder<'a> {
    #[serde(rename = "orderID")]
    order_id: &'a str,
}

#[derive(Serialize)]
struct OneMarket<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    market: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset_id: Option<&'a str>,
}

impl Client {
    /// Posts an order, once.
    pub async fn post_order(&self, order: &SignedOrder) -> PostOutcome {
        let mut request = self.clob(Method::POST, "/order");
        request.body.clone_from(&order.body);
        let cost = Cost::place(Group::PostOrder, 1);
        match self.private(&request, cost).await {
            Ok(reply) => {
                let outcome = classify_post(&reply, &order.id);
                self.note(&reply, std::slice::from_ref(&outcome));
                outcome
            }
            Err(error) => unsent(&error),
        }
    }

    /// Posts orders in one call, once; one outcome for each, in order. All or none of them pay their budget.
    ///
    /// # Errors
    /// More than [`BATCH_MAX`] orders, or more than the signer may place at once: nothing was sent.
    pub async fn post_orders(&self, orders: &[SignedOrder]) -> Result<Vec<PostOutcome>, RestError> {
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        let cost = u32::try_from(orders.len()).unwrap_or(u32::MAX);
        if orders.len() > BATCH_MAX {
            return Err(RestError::AboveBurst {
                bucket: "orders in one call",
                cost,
                burst: BATCH_MAX as u32,
            });
        }
        let mut request = self.clob(Method::POST, "/orders");
        request.body = list_of(orders);
        let ids: Vec<String> = orders.iter().map(|order| order.id.clone()).collect();
        let cost = Cost::place(Group::PostOrders, cost);
        match self.private(&request, cost).await {
            Ok(reply) => {
                let outcomes = classify_batch(&reply, &ids);
                self.note(&reply, &outcomes);
                Ok(outcomes)
            }
            Err(above @ RestError::AboveBurst { .. }) => Err(above),
            Err(error) => Ok(vec![unsent(&error); ids.len()]),
        }
    }

    /// What the outcomes say about the venue. A refusal of the call as a whole has been noted when it arrived.
    fn note(&self, reply: &Reply, outcomes: &[PostOutcome]) {
        let now_s = self.clock().wall_s();
        let by_leg = fault_of_reply(reply).is_none();
        for outcome in outcomes {
            if let Some(fault) = outcome.fault().filter(|_| by_leg) {
                self.barometer().fault(fault, now_s);
            }
            self.barometer().post(outcome, now_s);
        }
    }

    /// Cancels one order.
    pub async fn cancel_order(&self, id: &str) -> CancelOutcome {
        let mut request = self.clob(Method::DELETE, "/order");
        request.body = match json_of(&OneOrder { order_id: id }, "DELETE /order") {
            Ok(body) => body,
            Err(error) => return CancelOutcome::Unsure(error.to_string()),
        };
        let cost = Cost::cancel(Group::CancelOrder, 1);
        match self.private(&request, cost).await {
            Ok(reply) => classify_cancel(&reply, id),
            Err(error) => CancelOutcome::Unsure(error.to_string()),
        }
    }

    /// Cancels orders, in as many calls as the limits need. A call that fails does not keep the others from being made.
    ///
    /// # Errors
    /// That of the first call without a usable answer; the others had their effect all the same.
    pub async fn cancel_orders(&self, ids: &[String]) -> Result<Cancelled, RestError> {
        let burst = usize::try_from(self.budget().cancel_burst()).unwrap_or(CANCEL_MAX);
        let mut all = Cancelled::default();
        let mut failed = None;
        for part in ids.chunks(CANCEL_MAX.min(burst).max(1)) {
            let mut request = self.clob(Method::DELETE, "/orders");
            request.body = json_of(&part, "DELETE /orders")?;
            let cost = u32::try_from(part.len()).unwrap_or(u32::MAX);
            let cost = Cost::cancel(Group::CancelOrders, cost);
            match self.cancel_call(&request, cost).await {
                Ok(cancelled) => all.add(cancelled),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(all), Err)
    }

    /// Cancels every order of the API key. `open_orders` is how many there are about: the venue counts each of them. A
    /// call that costs more than the burst is sent all the same, since it is the last resort.
    ///
    /// # Errors
    /// No usable answer: it is not known whether all of them are cancelled.
    pub async fn cancel_all(&self, open_orders: u32) -> Result<Cancelled, RestError> {
        let request = self.clob(Method::DELETE, "/cancel-all");
        let cost = open_orders
            .saturating_add(1)
            .min(self.budget().cancel_burst());
        self.cancel_call(&request, Cost::cancel(Group::CancelAll, cost))
            .await
    }

    /// Cancels the orders of a market, of a token, or of a token in a market. `open_orders` as in
    /// [`cancel_all`](Self::cancel_all).
    ///
    /// # Errors
    /// Neither is given, or no usable answer.
    pub async fn cancel_market_orders(
        &self,
        condition_id: Option<&str>,
        asset_id: Option<&str>,
        open_orders: u32,
    ) -> Result<Cancelled, RestError> {
        let mut request = self.clob(Method::DELETE, "/cancel-market-orders");
        if condition_id.is_none() && asset_id.is_none() {
            return Err(RestError::NotSent {
                place: request.place(),
                detail: "needs a market or a token; without both it would cancel everything".into(),
            });
        }
        let what = OneMarket {
            market: condition_id,
            asset_id,
        };
        request.body = json_of(&what, &request.place())?;
        let cost = open_orders
            .saturating_add(1)
            .min(self.budget().cancel_burst());
        self.cancel_call(&request, Cost::cancel(Group::CancelMarket, cost))
            .await
    }

    async fn cancel_call(&self, request: &Request<'_>, cost: Cost) -> Result<Cancelled, RestError> {
        let reply = self.private(request, cost).await?;
        let body = success(request, reply)?;
        understood(request, &body, cancelled)
    }
}

/// The venue may also refuse the whole call because the order is not open. It must speak of an order: a path that is not
/// found says nothing about what rests in the book.
fn is_gone(text: &str, fault: &Fault) -> bool {
    let lower = text.to_lowercase();
    matches!(fault, Fault::Other | Fault::NotFound)
        && lower.contains("order")
        && !lower.contains("/order")
        && matches!(why_not(text), NotCancelled::Gone(_))
}

fn list_of(orders: &[SignedOrder]) -> Vec<u8> {
    let mut body = vec![b'['];
    for (i, order) in orders.iter().enumerate() {
        if i > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&order.body);
    }
    body.push(b']');
    body
}

/// A call that failed before an answer to it could be judged.
fn unsent(error: &RestError) -> PostOutcome {
    let text = error.to_string();
    match error {
        RestError::AuthFailed { .. } => PostOutcome::Refused {
            fault: Fault::AuthFailed,
            text,
        },
        // Budgets, settings and a missing log-in stop a call before its first byte.
        RestError::AboveBurst { .. }
        | RestError::NotLoggedIn { .. }
        | RestError::Setting { .. }
        | RestError::NotSent { .. } => PostOutcome::Refused {
            fault: Fault::NotSent,
            text,
        },
        _ => PostOutcome::Unknown { text },
    }
}

/// What a reply to a cancel of one order means; for callers that hold the reply itself.
#[must_use]
pub fn classify_cancel(reply: &Reply, id: &str) -> CancelOutcome {
    match (reply, fault_of_reply(reply)) {
        (Reply::Answer { body, .. }, None) => match parse_cancelled(body) {
            Ok(cancelled) => cancelled.outcome_of(id),
            Err(error) => CancelOutcome::Unsure(error.to_string()),
        },
        (_, Some(fault)) if is_gone(&words_of(reply), &fault) => {
            CancelOutcome::NotOpen(words_of(reply))
        }
        _ => CancelOutcome::Unsure(words_of(reply)),
    }
}
