//! How an instance stands, in numbers and words for people and programs.

use quorate_backtest::report::tally::halt_words;
use quorate_domain::{Cash, Timestamp};
use quorate_engine::Engine;
use serde::Serialize;

/// How an instance stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// "paper" or "live".
    pub mode: String,
    /// "running", "stopped" or "never started".
    pub process: String,
    /// Process that holds the instance, if one does.
    pub pid: Option<u32>,
    /// "trading", "halted" or "killed".
    pub trading: String,
    /// Why trading is halted.
    pub halted_by: Option<String>,
    /// Reason given with a kill.
    pub kill_reason: Option<String>,
    /// Time of the world at the last entry.
    pub at: Option<Timestamp>,
    /// Entries taken up.
    pub entries: u64,
    /// Version that last wrote the journal.
    pub version: String,
    /// Starts of the process so far.
    pub starts: u64,
    /// The account.
    pub account: AccountStatus,
}

/// How the account stands. Money in micro-dollars, as everywhere in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AccountStatus {
    /// Worth of cash and holdings at the midpoints.
    pub equity: Cash,
    /// Cash, less what matched purchases have cost.
    pub cash: Cash,
    /// Worst-case loss over all contests.
    pub exposure: Cash,
    /// Collateral paid in, less what was taken out.
    pub deposited: Cash,
    /// Worth less what was paid in.
    pub pnl: Cash,
    /// Tokens held.
    pub positions: usize,
    /// Orders resting or on their way.
    pub open_orders: usize,
    /// Executions so far.
    pub fills: u64,
}

impl AccountStatus {
    /// As the decision core has it.
    #[must_use]
    pub fn of(engine: &Engine, deposited: Cash, fills: u64) -> Self {
        let equity = engine.equity();
        Self {
            equity,
            cash: engine.ledger().cash(),
            exposure: engine.exposure(),
            deposited,
            pnl: equity - deposited,
            positions: engine
                .ledger()
                .positions()
                .filter(|(_, p)| !p.expected().is_zero())
                .count(),
            open_orders: engine.orders().len(),
            fills,
        }
    }
}

/// "trading", or what stopped it.
#[must_use]
pub fn trading_words(engine: &Engine) -> (String, Option<String>) {
    match engine.halted() {
        None => ("trading".into(), None),
        Some(reason @ quorate_domain::HaltReason::Killed(_)) => {
            ("killed".into(), Some(halt_words(reason).into()))
        }
        Some(reason) => ("halted".into(), Some(halt_words(reason).into())),
    }
}
