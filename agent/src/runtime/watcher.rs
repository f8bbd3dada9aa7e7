//! Everything that looks on while an instance runs: metrics, names, the watchdog's pulse, and how the account stands.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use quorate_domain::{AccountInput, Cash, Command, Input, Timestamp};
use quorate_engine::Engine;
use quorate_workers::Question;
use tokio::sync::watch;

use super::batch::Handled;
use super::machine::{Observer, SwitchState};
use super::names::Names;
use super::questions::{Labels, open_questions};
use super::status::{AccountStatus, trading_words};
use super::telemetry::Telemetry;
use super::watchdog::Pulse;
use crate::journal::Step;

/// How often the account is valued for those who look on.
const VALUE_EVERY: Duration = Duration::from_millis(200);

/// What an instance on simulated money is called.
const PAPER: &str = "paper";

/// The onlookers of one instance.
#[derive(Debug)]
pub struct Watcher {
    telemetry: Arc<Mutex<Telemetry>>,
    names: Arc<RwLock<Names>>,
    pulse: Arc<Pulse>,
    status: watch::Sender<serde_json::Value>,
    deposited: Cash,
    fills: u64,
    mode: &'static str,
    valued: Option<Instant>,
    labels: Labels,
    board: watch::Sender<Arc<Vec<Question>>>,
}

impl Watcher {
    /// Onlookers of an account into which `deposited` was paid before, and which has executed `fills` times.
    #[must_use]
    pub fn new(deposited: Cash, fills: u64, names: Names, labels: Labels) -> Self {
        Self {
            telemetry: Arc::new(Mutex::new(Telemetry::new(PAPER))),
            names: Arc::new(RwLock::new(names)),
            labels,
            board: watch::Sender::new(Arc::default()),
            pulse: Pulse::new(),
            status: watch::Sender::new(serde_json::Value::Null),
            deposited,
            fills,
            mode: PAPER,
            valued: None,
        }
    }

    /// The same onlookers of an account that is real.
    #[must_use]
    pub fn of_live_account(mut self) -> Self {
        self.mode = "live";
        self.telemetry = Arc::new(Mutex::new(Telemetry::new(self.mode)));
        self
    }

    /// The metrics.
    #[must_use]
    pub fn telemetry(&self) -> Arc<Mutex<Telemetry>> {
        Arc::clone(&self.telemetry)
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> Arc<RwLock<Names>> {
        Arc::clone(&self.names)
    }

    /// The watchdog's pulse.
    #[must_use]
    pub fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
    }

    /// How the instance stands, as it changes.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<serde_json::Value> {
        self.status.subscribe()
    }

    /// Where the open questions are published.
    #[must_use]
    pub fn board(&self) -> watch::Receiver<Arc<Vec<Question>>> {
        self.board.subscribe()
    }

    /// Publishes the open questions, where somebody waits for them.
    fn ask(&self, engine: &Engine, now: Timestamp) {
        if self.board.receiver_count() == 0 {
            return;
        }
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        let questions = open_questions(engine, engine.config(), &names, &self.labels, now);
        self.board.send_if_modified(|open| {
            let changed = **open != questions;
            if changed {
                *open = Arc::new(questions);
            }
            changed
        });
    }

    fn publish(&self, engine: &Engine, killed: bool) {
        let (trading, halted_by) = trading_words(engine);
        let account = AccountStatus::of(engine, self.deposited, self.fills);
        self.status.send_replace(serde_json::json!({
            "mode": self.mode,
            "pid": std::process::id(),
            "trading": if killed { "killed" } else { trading.as_str() },
            "halted_by": halted_by,
            "account": account,
        }));
    }
}

impl Observer for Watcher {
    fn turned(&mut self, engine: &Engine, now: Timestamp, took: Duration, switch: SwitchState) {
        self.pulse.beat();
        let is_due = self.valued.is_none_or(|at| VALUE_EVERY <= at.elapsed());
        let mut telemetry = lock(&self.telemetry);
        telemetry.turned(took.as_secs_f64());
        if !is_due {
            return;
        }
        let equity = engine.equity();
        telemetry.account_stands(engine, equity);
        telemetry.kill_switch(switch == SwitchState::Thrown);
        drop(telemetry);
        self.pulse.worth(equity.micros());
        self.publish(engine, switch == SwitchState::Thrown);
        self.ask(engine, now);
        self.valued = Some(Instant::now());
    }

    fn stepped(&mut self, _: &Engine, _: &Step, handled: &[Handled]) {
        lock(&self.telemetry).stepped(handled);
        for one in handled {
            match &one.entry.input {
                Input::Listed(_) => self
                    .names
                    .write()
                    .unwrap_or_else(PoisonError::into_inner)
                    .see(&one.entry.input),
                Input::Account(AccountInput::Deposited(cash)) => {
                    self.deposited += *cash;
                    self.pulse.capital(cash.micros());
                }
                Input::Account(AccountInput::Withdrawn(cash)) => {
                    self.deposited -= *cash;
                    self.pulse.capital(-cash.micros());
                }
                Input::Account(AccountInput::Filled(_)) => self.fills += 1,
                _ => {}
            }
            log(one);
            let sent = one
                .commands
                .iter()
                .filter(|c| matches!(c, Command::Place(_)))
                .count();
            if 0 < sent {
                self.pulse.sent(sent as u64);
            }
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One line for everything that an operator would want to find later.
fn log(one: &Handled) {
    let (seq, at) = (one.entry.seq, one.entry.at.nanos());
    match &one.entry.input {
        Input::Account(AccountInput::Filled(fill)) => tracing::info!(
            event = "fill", seq, at, order = %fill.order, market = fill.token.market.0,
            shares = %fill.shares, price = %fill.price, fee = %fill.fee, "executed"
        ),
        Input::Account(AccountInput::Refused(refusal)) => tracing::info!(
            event = "refused", seq, at, order = %refusal.order, reason = ?refusal.reason, "refused"
        ),
        Input::Operator(said) => {
            tracing::info!(event = "operator", seq, at, ?said, "a person said");
        }
        Input::Resolved(resolved) => tracing::info!(
            event = "resolved",
            seq,
            at,
            market = resolved.market.0,
            "a question was decided"
        ),
        _ => {}
    }
    for command in &one.commands {
        match command {
            Command::Place(order) => tracing::info!(
                event = "order", seq, at, order = %order.id, market = order.token.market.0,
                outcome = ?order.token.outcome, side = ?order.side, shares = %order.shares,
                limit = %order.limit, "sent"
            ),
            Command::Halted(reason) => {
                tracing::warn!(event = "halted", seq, at, ?reason, "trading stopped");
            }
            Command::Alarm(alarm) => {
                tracing::warn!(event = "alarm", seq, at, ?alarm, "look at this");
            }
            _ => {}
        }
    }
}
