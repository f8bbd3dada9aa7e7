//! Taking an order in: who sent it, whether it keeps the rules, whether it is paid for, what becomes of it.

use alloy_primitives::{Address, B256};
use quorate_domain::{Outcome, Side};
use serde_json::{Value, json};

use crate::book::Step;
use crate::eip712;
use crate::keys::ApiKey;
use crate::number::decimal;
use crate::payload::{self, Posted};
use crate::rules::{self, Terms};
use crate::signature;
use crate::trades::millis;
use crate::venue::{Kind, Order, OrderStatus, Venue};

const FOK_KILLED: &str = "order couldn't be fully filled. FOK orders are fully filled or killed.";
const FAK_KILLED: &str = "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.";
const CROSSES: &str = "invalid post-only order: order crosses book";
const POST_ONLY: &str = "post-only mode: only post-only orders and cancels are allowed";

/// A no, as HTTP says it.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Refused {
    pub(crate) fn new(status: u16, error: impl Into<String>) -> Self {
        let error: String = error.into();
        Self {
            status,
            body: json!({ "error": error }),
        }
    }

    fn bad(error: impl Into<String>) -> Self {
        Self::new(400, error)
    }

    pub(crate) fn text(&self) -> &str {
        self.body["error"].as_str().unwrap_or_default()
    }
}

impl Venue {
    /// Takes one posted order in and answers as `POST /order` does.
    pub(crate) fn post(&mut self, key: &ApiKey, body: &Value) -> Result<Value, Refused> {
        let posted = payload::read(body)
            .map_err(|field| Refused::bad(format!("Invalid order payload: {field}")))?;
        self.check_windows(&posted)?;
        let (order, id) = self.examine(key, &posted)?;
        let steps = self.plan(&order);
        self.check_against_book(&posted, &order, &steps)?;
        self.check_paid_for(&order, &steps)?;
        self.accept(order, !steps.is_empty());
        Ok(self.answer(id))
    }

    pub(crate) fn check_windows(&self, posted: &Posted) -> Result<(), Refused> {
        let now = self.now_ms();
        if now < self.windows.post_only_until && !posted.rests_only {
            let left = (self.windows.post_only_until - now).div_ceil(1000);
            return Err(Refused {
                status: 503,
                body: json!({"error": POST_ONLY, "code": "post_only_mode", "retry_after_seconds": left}),
            });
        }
        if self.closed_only && posted.fields.side == 0 {
            return Err(Refused::bad("address in closed only mode"));
        }
        Ok(())
    }

    /// Everything about an order that does not depend on the book.
    fn examine(&self, key: &ApiKey, posted: &Posted) -> Result<(Order, B256), Refused> {
        if posted.owner != key.id {
            return Err(Refused::bad(
                "the order owner has to be the owner of the API KEY",
            ));
        }
        let account = self.check_wallet(key, posted)?;
        let fields = &posted.fields;
        let (market, outcome) = *self.by_token.get(&fields.token_id).ok_or_else(|| {
            Refused::bad(format!("the orderbook {} does not exist", fields.token_id))
        })?;
        let listed = &self.markets[market];
        let neg_risk = listed.listing.is_neg_risk();
        let domain = eip712::exchange_domain(fields.token_id, neg_risk, self.chain_id);
        signature::verify(fields, key.owner, domain, self.chain_id, &posted.signature)
            .map_err(|bad| Refused::bad(bad.to_string()))?;
        let id = eip712::order_hash(domain, eip712::order_struct_hash(fields));
        let name = format!("{id:#x}");
        if self.orders.contains_key(&id) {
            return Err(Refused::bad(format!(
                "order {name} is invalid. Duplicated."
            )));
        }
        let now = self.now_ms();
        if !listed.accepts(now) {
            return Err(Refused::bad(
                "the market is not yet ready to process new orders",
            ));
        }
        check_times(posted, now)?;
        let side = if fields.side == 0 {
            Side::Buy
        } else {
            Side::Sell
        };
        let amount = |value: alloy_primitives::U256| {
            u64::try_from(value).map_err(|_| Refused::bad("Invalid order payload: amount"))
        };
        let amounts = (amount(fields.maker_amount)?, amount(fields.taker_amount)?);
        let terms =
            rules::terms(listed, &name, side, posted.kind, amounts).map_err(Refused::bad)?;
        let place = (market, outcome, side);
        Ok((new_order(id, key, account, place, posted, terms, now), id))
    }

    fn check_wallet(&self, key: &ApiKey, posted: &Posted) -> Result<usize, Refused> {
        let fields = &posted.fields;
        let known = |a: &crate::venue::Account| {
            a.setup.wallet == fields.maker && a.setup.signature_type == fields.signature_type
        };
        let account = self.accounts.iter().position(known).ok_or_else(|| {
            Refused::bad("maker address not allowed, please use the deposit wallet flow")
        })?;
        let setup = &self.accounts[account].setup;
        let signer: Address = if setup.signature_type == 3 {
            setup.wallet
        } else {
            setup.owner
        };
        if setup.owner != key.owner || fields.signer != signer {
            return Err(Refused::bad(
                "the order signer address has to be the address of the API KEY",
            ));
        }
        Ok(account)
    }

    fn check_against_book(
        &self,
        posted: &Posted,
        order: &Order,
        steps: &[Step],
    ) -> Result<(), Refused> {
        if posted.rests_only && !steps.is_empty() {
            return Err(Refused::bad(CROSSES));
        }
        let money = order
            .budget
            .unwrap_or_else(|| crate::number::cost(order.size, order.price));
        let least = i128::from(
            self.markets[order.market]
                .listing
                .market
                .marketable_buy_min
                .micros(),
        );
        if order.side == Side::Buy && !steps.is_empty() && money < least {
            return Err(Refused::bad(format!(
                "invalid amount for a marketable BUY order (${}), min size: ${}",
                decimal(money),
                decimal(least)
            )));
        }
        match order.kind {
            Kind::Fok if !Self::fills_all(order, steps) => Err(Refused::bad(FOK_KILLED)),
            Kind::Fak if steps.is_empty() => Err(Refused::bad(FAK_KILLED)),
            _ => Ok(()),
        }
    }

    /// Open orders, matched orders and this one must not exceed the balance.
    fn check_paid_for(&mut self, order: &Order, steps: &[Step]) -> Result<(), Refused> {
        let account = order.account;
        let (balance, active, matched, needed) = match order.side {
            Side::Buy => (
                self.ledger.cash(account),
                self.cash_active(account),
                self.cash_matched(account),
                self.money_needed(order, steps),
            ),
            Side::Sell => (
                self.ledger.tokens(account, order.market, order.outcome),
                self.tokens_active(account, order.market, order.outcome),
                self.tokens_matched(account, order.market, order.outcome),
                i128::from(order.size),
            ),
        };
        let now = self.now_ms();
        if self.faults.strikes(12) {
            self.accounts[account].stuck_until = now + 30_000;
        }
        let stuck = now < self.accounts[account].stuck_until;
        let matched = if stuck { balance.max(matched) } else { matched };
        if active + matched + needed <= balance {
            return Ok(());
        }
        Err(Refused::bad(format!(
            "not enough balance / allowance: the balance is not enough -> balance: {balance}, sum of active orders: \
             {active}, sum of matched orders: {matched}, order amount: {needed}"
        )))
    }

    /// Micro-dollars of a buy with the fee of what it takes at once.
    fn money_needed(&self, order: &Order, steps: &[Step]) -> i128 {
        let schedule = self.markets[order.market].listing.market.fee;
        let fee = |step: &Step| {
            let price = crate::venue::on_yes_scale(order.outcome, step.price);
            let price = quorate_domain::Price::from_micros(i64::from(price)).ok()?;
            let shares = quorate_domain::Shares::from_micros(step.qty);
            Some(i128::from(schedule.taker(shares, price).micros()))
        };
        let fees: i128 = steps.iter().filter_map(fee).sum();
        let money = order
            .budget
            .unwrap_or_else(|| crate::number::cost_up(order.size, order.price));
        money + fees
    }

    fn accept(&mut self, mut order: Order, marketable: bool) {
        let id = order.id;
        let delay = self.markets[order.market].listing.taker_delay;
        let delay = if marketable && self.faults.strikes(20) {
            millis(delay).max(3000)
        } else {
            millis(delay)
        };
        let waits = marketable && delay > 0;
        if waits {
            order.status = OrderStatus::Delayed(self.now_ms() + delay);
        }
        self.orders.insert(id, order);
        self.open.insert(id);
        if !waits {
            self.execute(id);
        }
    }

    /// The answer to a posted order as it stands.
    pub(crate) fn answer(&self, id: B256) -> Value {
        let Some(order) = self.orders.get(&id) else {
            return Value::Null;
        };
        let status = match order.status {
            OrderStatus::Delayed(_) => "delayed",
            _ if order.matched > 0 => "matched",
            _ => "live",
        };
        let money: i128 = order
            .trades
            .iter()
            .filter_map(|trade| self.trades.get(trade))
            .flat_map(|trade| trade.legs().map(move |leg| (trade, leg)))
            .filter(|(_, leg)| leg.order == id)
            .map(|(trade, leg)| crate::trades::leg_cash(leg, trade.yes_price))
            .sum();
        let shares = i128::from(order.matched);
        let (making, taking) = match (order.matched, order.side) {
            (0, _) => (String::new(), String::new()),
            (_, Side::Buy) => (decimal(money), decimal(shares)),
            (_, Side::Sell) => (decimal(shares), decimal(money)),
        };
        json!({
            "success": true, "errorMsg": "", "orderID": format!("{id:#x}"), "status": status,
            "makingAmount": making, "takingAmount": taking,
            "tradeIDs": order.trades, "transactionsHashes": [],
        })
    }
}

/// Salt, timestamp and expiration.
fn check_times(posted: &Posted, now_ms: u64) -> Result<(), Refused> {
    let fields = &posted.fields;
    let salt = u64::try_from(fields.salt).unwrap_or(u64::MAX);
    if salt >= 1 << 53 {
        return Err(Refused::bad("Invalid order payload: salt"));
    }
    let stamp = u64::try_from(fields.timestamp).unwrap_or(u64::MAX);
    if !(1_000_000_000_000..100_000_000_000_000).contains(&stamp) {
        return Err(Refused::bad("invalid timestamp: milliseconds are expected"));
    }
    let soon = now_ms / 1000 + 180;
    let expiration_holds = match posted.kind {
        Kind::Gtd => posted.expiration >= soon,
        _ => posted.expiration == 0,
    };
    if !expiration_holds {
        return Err(Refused::bad("invalid expiration"));
    }
    if posted.rests_only && !posted.kind.rests() {
        return Err(Refused::bad(
            "invalid post-only order: only GTC and GTD orders can be post-only",
        ));
    }
    Ok(())
}

fn new_order(
    id: B256,
    key: &ApiKey,
    account: usize,
    (market, outcome, side): (usize, Outcome, Side),
    posted: &Posted,
    terms: Terms,
    now: u64,
) -> Order {
    Order {
        id,
        key: key.id.clone(),
        account,
        market,
        outcome,
        side,
        price: terms.price,
        size: terms.size,
        matched: 0,
        budget: terms.budget,
        kind: posted.kind,
        expiration: posted.expiration,
        status: OrderStatus::Live,
        created_ms: now,
        trades: Vec::new(),
    }
}
