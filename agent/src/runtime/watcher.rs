//! Everything that looks on while an instance runs: metrics, names, the watchdog's pulse, and how the account stands.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use quorate_domain::{AccountInput, Cash, Command, Input};
use quorate_engine::Engine;
use tokio::sync::watch;

use super::batch::Handled;
use super::machine::Observer;
use super::names::Names;
use super::status::{AccountStatus, trading_words};
use super::telemetry::Telemetry;
use super::watchdog::Pulse;
use crate::journal::Step;

/// How often the account is valued for those who look on.
const VALUE_EVERY: Duration = Duration::from_millis(200);

/// The onlookers of one instance.
#[derive(Debug)]
pub struct Watcher {
    telemetry: Arc<Mutex<Telemetry>>,
    names: Arc<RwLock<Names>>,
    pulse: Arc<Pulse>,
    status: watch::Sender<serde_json::Value>,
    deposited: Cash,
    fills: u64,
    valued: Option<Instant>,
}

impl Watcher {
    /// Onlookers of an account into which `deposited` was paid before, and which has executed `fills` times.
    #[must_use]
    pub fn new(deposited: Cash, fills: u64) -> Self {
        Self {
            telemetry: Arc::new(Mutex::new(Telemetry::new("paper"))),
            names: Arc::default(),
            pulse: Pulse::new(),
            status: watch::Sender::new(serde_json::Value::Null),
            deposited,
            fills,
            valued: None,
        }
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

    /// The loop turned.
    pub fn turned(&mut self, engine: &Engine, took: Duration, killed: bool) {
        self.pulse.beat();
        let is_due = self.valued.is_none_or(|at| VALUE_EVERY <= at.elapsed());
        let mut telemetry = self.telemetry.lock().unwrap_or_else(PoisonError::into_inner);
        telemetry.turned(took.as_secs_f64());
        if is_due {
            let equity = engine.equity();
            telemetry.account_stands(engine, equity);
            telemetry.kill_switch(killed);
            drop(telemetry);
            self.pulse.worth(equity.micros());
            self.publish(engine, killed);
            self.valued = Some(Instant::now());
        }
    }

    fn publish(&self, engine: &Engine, killed: bool) {
        let (trading, halted_by) = trading_words(engine);
        let account = AccountStatus::of(engine, self.deposited, self.fills);
        self.status.send_replace(serde_json::json!({
            "mode": "paper",
            "pid": std::process::id(),
            "trading": if killed { "killed" } else { trading.as_str() },
            "halted_by": halted_by,
            "account": account,
        }));
    }
}

impl Observer for Watcher {
    fn stepped(&mut self, _: &Engine, _: &Step, handled: &[Handled]) {
        self.telemetry
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .stepped(handled);
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
            let sent = one.commands.iter().filter(|c| matches!(c, Command::Place(_))).count();
            if 0 < sent {
                self.pulse.sent(sent as u64);
            }
        }
    }
}
