//! What can be watched of a running instance: numbers for Prometheus, with names that stay.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use quorate_backtest::report::tally::reason_of;
use quorate_domain::{
    AccountInput, Cash, Command, FillStatus, Input, LimitName, NoTradeReason, Side, TimeInForce,
    Verdict,
};
use quorate_engine::Engine;

use super::batch::Handled;

type Number = Gauge<f64, AtomicU64>;
type Sum = Counter<f64, AtomicU64>;

/// Labels of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OrderLabels {
    side: &'static str,
    tif: &'static str,
    outcome: &'static str,
}

/// Labels of a decision. The words are a closed list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    result: &'static str,
    reason: String,
}

/// One label of a closed list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StageLabel {
    stage: &'static str,
}

/// Name of a limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabel {
    limit: String,
}

/// Kind of a fee.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

/// Every metric of an instance.
#[derive(Debug)]
pub struct Telemetry {
    registry: Registry,
    kill_switch: Gauge,
    halted: Gauge,
    equity: Number,
    cash: Number,
    exposure: Number,
    drawdown: Number,
    open_orders: Gauge,
    positions: Gauge,
    entries: Counter,
    orders: Family<OrderLabels, Counter>,
    fills: Family<StageLabel, Counter>,
    void_fills: Counter,
    refused: Counter,
    limits: Family<LimitLabel, Counter>,
    decisions: Family<DecisionLabels, Counter>,
    fees: Family<KindLabel, Sum>,
    inferences: Counter,
    inferences_refused: Gauge,
    journal_bytes: Gauge,
    journal_lag: Number,
    loop_seconds: Histogram,
    peak: f64,
}

impl Telemetry {
    /// Metrics of an instance in `mode` ("paper" or "live").
    #[must_use]
    pub fn new(mode: &'static str) -> Self {
        let mut registry = Registry::with_prefix("quorate");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION")), ("mode", mode)]);
        registry.register("build", "Version and mode of this process", build);
        let up = Gauge::<i64>::default();
        up.set(1);
        registry.register("up", "1 while the process runs", up);
        let telemetry = Self {
            kill_switch: Gauge::default(),
            halted: Gauge::default(),
            equity: Number::default(),
            cash: Number::default(),
            exposure: Number::default(),
            drawdown: Number::default(),
            open_orders: Gauge::default(),
            positions: Gauge::default(),
            entries: Counter::default(),
            orders: Family::default(),
            fills: Family::default(),
            void_fills: Counter::default(),
            refused: Counter::default(),
            limits: Family::default(),
            decisions: Family::default(),
            fees: Family::default(),
            inferences: Counter::default(),
            inferences_refused: Gauge::default(),
            journal_bytes: Gauge::default(),
            journal_lag: Number::default(),
            loop_seconds: Histogram::new(exponential_buckets(1e-5, 4.0, 10)),
            peak: 0.0,
            registry,
        };
        telemetry.registered()
    }

    fn registered(mut self) -> Self {
        let r = &mut self.registry;
        r.register(
            "kill_switch_active",
            "1 while the kill switch is thrown",
            self.kill_switch.clone(),
        );
        r.register(
            "halted",
            "1 while trading is halted, for whatever reason",
            self.halted.clone(),
        );
        r.register(
            "equity_usd",
            "Worth of cash and holdings at the midpoints",
            self.equity.clone(),
        );
        r.register(
            "cash_usd",
            "Cash, less what matched purchases have cost",
            self.cash.clone(),
        );
        r.register(
            "exposure_usd",
            "Worst-case loss over all contests",
            self.exposure.clone(),
        );
        r.register(
            "drawdown_ratio",
            "Fall of the equity from its peak since the start",
            self.drawdown.clone(),
        );
        r.register(
            "open_orders",
            "Orders resting or on their way",
            self.open_orders.clone(),
        );
        r.register("positions", "Tokens held", self.positions.clone());
        r.register("entries", "Entries taken up", self.entries.clone());
        r.register("orders", "Orders sent", self.orders.clone());
        r.register(
            "fills",
            "Executions by how far they have come",
            self.fills.clone(),
        );
        r.register(
            "fill_void",
            "Executions that failed after they were matched",
            self.void_fills.clone(),
        );
        r.register(
            "orders_refused",
            "Orders the venue refused",
            self.refused.clone(),
        );
        r.register(
            "limit_bound",
            "Orders cut or refused by a limit",
            self.limits.clone(),
        );
        r.register(
            "decisions",
            "Judgements by result and reason",
            self.decisions.clone(),
        );
        r.register("fees_usd", "Fees paid", self.fees.clone());
        r.register("inferences", "Inferences taken up", self.inferences.clone());
        r.register(
            "inferences_refused",
            "Inferences refused by the decision core",
            self.inferences_refused.clone(),
        );
        r.register(
            "journal_bytes",
            "Bytes written to the journal by this process",
            self.journal_bytes.clone(),
        );
        r.register(
            "journal_lag_seconds",
            "Age of the oldest record not yet forced to the disk",
            self.journal_lag.clone(),
        );
        r.register(
            "loop_seconds",
            "Time of one turn of the event loop",
            self.loop_seconds.clone(),
        );
        self
    }

    /// Takes up one step.
    pub fn stepped(&mut self, handled: &[Handled]) {
        self.entries.inc_by(handled.len() as u64);
        for one in handled {
            match &one.entry.input {
                Input::Inference(_) => {
                    self.inferences.inc();
                }
                Input::Account(news) => self.account(news),
                _ => {}
            }
            for command in &one.commands {
                if let Command::Place(order) = command {
                    let labels = OrderLabels {
                        side: side_word(order.side),
                        tif: life_word(order.time_in_force),
                        outcome: match order.token.outcome {
                            quorate_domain::Outcome::Yes => "yes",
                            quorate_domain::Outcome::No => "no",
                        },
                    };
                    self.orders.get_or_create(&labels).inc();
                }
            }
            for decision in &one.decisions {
                self.decided(&decision.verdict);
            }
        }
    }

    fn account(&self, news: &AccountInput) {
        let stage = |stage| self.fills.get_or_create(&StageLabel { stage }).inc();
        match news {
            AccountInput::Filled(fill) => {
                stage("matched");
                let kind = KindLabel { kind: "taker" };
                let _ = self
                    .fees
                    .get_or_create(&kind)
                    .inc_by(dollars(fill.fee).max(0.0));
            }
            AccountInput::Settled { status, .. } => {
                match status {
                    FillStatus::Confirmed => stage("confirmed"),
                    FillStatus::Failed => {
                        self.void_fills.inc();
                        stage("failed")
                    }
                    FillStatus::Mined => stage("mined"),
                    FillStatus::Retrying => stage("retrying"),
                    FillStatus::Matched => stage("matched"),
                };
            }
            AccountInput::Refused(_) => {
                self.refused.inc();
            }
            _ => {}
        }
    }

    fn decided(&self, verdict: &Verdict) {
        let (result, bound) = match verdict {
            Verdict::Trade { bound_by, .. } => ("trade", *bound_by),
            Verdict::NoTrade(NoTradeReason::Limit(limit)) => ("no_trade", Some(*limit)),
            Verdict::NoTrade(_) => ("no_trade", None),
        };
        if let Some(limit) = bound {
            let label = LimitLabel {
                limit: limit_label(limit),
            };
            self.limits.get_or_create(&label).inc();
        }
        let reason = reason_of(verdict);
        self.decisions
            .get_or_create(&DecisionLabels { result, reason })
            .inc();
    }

    /// Takes up how the account stands.
    pub fn account_stands(&mut self, engine: &Engine, equity: Cash) {
        let equity = dollars(equity);
        self.peak = self.peak.max(equity);
        self.equity.set(equity);
        self.cash.set(dollars(engine.ledger().cash()));
        self.exposure.set(dollars(engine.exposure()));
        self.drawdown.set(if 0.0 < self.peak {
            1.0 - equity / self.peak
        } else {
            0.0
        });
        self.open_orders.set(count(engine.orders().len()));
        self.positions
            .set(count(engine.ledger().positions().count()));
        self.halted.set(i64::from(engine.halted().is_some()));
        self.inferences_refused
            .set(i64::try_from(engine.refusals().inferences).unwrap_or(i64::MAX));
    }

    /// Whether the kill switch is thrown.
    pub fn kill_switch(&self, thrown: bool) {
        self.kill_switch.set(i64::from(thrown));
    }

    /// One turn of the loop took so long, seconds.
    pub fn turned(&self, seconds: f64) {
        self.loop_seconds.observe(seconds);
    }

    /// The text that a Prometheus server reads.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = text::encode(&mut out, &self.registry);
        out
    }
}

fn dollars(cash: Cash) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a metric, good to fifteen digits"
    )]
    let micros = cash.micros() as f64;
    micros * 1e-6
}

fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

const fn life_word(life: TimeInForce) -> &'static str {
    match life {
        TimeInForce::Gtc => "gtc",
        TimeInForce::Gtd(_) => "gtd",
        TimeInForce::Fok => "fok",
        TimeInForce::Fak => "fak",
    }
}

/// `OrderNotional` as `order_notional`.
fn limit_label(limit: LimitName) -> String {
    let mut label = String::new();
    for c in format!("{limit:?}").chars() {
        if c.is_ascii_uppercase() && !label.is_empty() {
            label.push('_');
        }
        label.push(c.to_ascii_lowercase());
    }
    label
}
