//! What is written down of a run: executions, money per market, equity over time, decisions by reason, and a hash of
//! every command and answer.

use std::collections::BTreeMap;

use quorate_domain::{
    AccountInput, Cash, Command, Decision, Entry, Fill, Input, MarketId, Numbers, OrderId, Payout,
    Rounding, Shares, Side, Timestamp, Verdict,
};
use quorate_engine::{Effects, Engine};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::session::Witness;
use crate::report::model::{EquityPoint, Halt};
use crate::report::tally::DecisionTally;

/// Money and shares of one market.
#[derive(Clone, Copy, Debug, Default)]
pub struct MarketTotals {
    /// Executions.
    pub fills: u64,
    /// Shares bought.
    pub bought: Shares,
    /// Shares sold.
    pub sold: Shares,
    /// Paid for purchases, fees excluded.
    pub paid: Cash,
    /// Cash in less cash out, fees included.
    pub flow: Cash,
    /// Fees.
    pub fees: Cash,
    /// Rebates the schedule would pay.
    pub rebate: Cash,
    /// The final word.
    pub payout: Option<Payout>,
    /// When it came.
    pub resolved_at: Option<Timestamp>,
}

/// One execution with the numbers its order was decided on.
#[derive(Clone, Debug)]
pub struct RecordedFill {
    /// When.
    pub at: Timestamp,
    /// The execution.
    pub fill: Fill,
    /// The numbers.
    pub numbers: Option<Numbers>,
}

/// Everything written down of one session.
#[derive(Debug)]
pub struct Recorder {
    hasher: Sha256,
    /// Executions in order.
    pub fills: Vec<RecordedFill>,
    /// By market.
    pub markets: BTreeMap<MarketId, MarketTotals>,
    /// Decisions by reason.
    pub decisions: DecisionTally,
    /// Equity at every change that matters and at least once per sampling interval; drawdowns are filled in later.
    pub equity: Vec<EquityPoint>,
    /// Orders sent.
    pub placed: u64,
    /// Orders refused by the venue.
    pub refused: u64,
    /// Every stop of trading, in order of time.
    pub halts: Vec<Halt>,
    /// Names of the markets, by number.
    names: Vec<String>,
    decided: BTreeMap<OrderId, Numbers>,
    sample_every: std::time::Duration,
    next_sample: Timestamp,
    funded: bool,
}

impl Recorder {
    /// Samples equity at least every `sample_every`; `names` are those of the markets, by number.
    #[must_use]
    pub fn new(sample_every: std::time::Duration, names: Vec<String>) -> Self {
        Self {
            hasher: Sha256::new(),
            fills: Vec::new(),
            markets: BTreeMap::new(),
            decisions: DecisionTally::default(),
            names,
            equity: Vec::new(),
            placed: 0,
            refused: 0,
            halts: Vec::new(),
            decided: BTreeMap::new(),
            sample_every,
            next_sample: Timestamp::default(),
            funded: false,
        }
    }

    /// Hash of every command and every answer of the venue, with their times and places.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&self.hasher.clone().finalize())
    }

    /// Notes the account as it is now.
    pub fn sample(&mut self, engine: &Engine, at: Timestamp) {
        let equity = engine.equity();
        let point = EquityPoint {
            at,
            equity,
            cash: engine.ledger().cash(),
            exposure: engine.exposure(),
            drawdown: Cash::ZERO,
        };
        // A later state of the same instant replaces the earlier one.
        match self.equity.last_mut() {
            Some(last) if last.at == at => *last = point,
            _ => self.equity.push(point),
        }
        self.next_sample = at.plus(self.sample_every);
    }

    fn absorb(&mut self, at: Timestamp, seq: u64, what: &impl Serialize) {
        self.hasher.update(at.nanos().to_be_bytes());
        self.hasher.update(seq.to_be_bytes());
        // Writing into a hash cannot fail, and none of these types has a key that is not text.
        let text = serde_json::to_vec(what).unwrap_or_default();
        self.hasher
            .update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.hasher.update(&text);
    }

    fn account(&mut self, engine: &Engine, at: Timestamp, news: &AccountInput) {
        match news {
            AccountInput::Filled(fill) => self.filled(engine, at, fill),
            AccountInput::Refused(_) => self.refused += 1,
            AccountInput::Redeemed { market, cash, .. } => {
                self.markets.entry(*market).or_default().flow += *cash;
            }
            AccountInput::Merged { market, shares } => {
                self.markets.entry(*market).or_default().flow +=
                    shares.at_micros(1_000_000, Rounding::Down);
            }
            _ => {}
        }
    }

    fn filled(&mut self, engine: &Engine, at: Timestamp, fill: &Fill) {
        let totals = self.markets.entry(fill.token.market).or_default();
        totals.fills += 1;
        totals.fees += fill.fee;
        totals.flow -= fill.fee;
        match fill.side {
            Side::Buy => {
                let paid = fill.shares.at(fill.price, Rounding::Up);
                totals.bought += fill.shares;
                totals.paid += paid;
                totals.flow -= paid;
            }
            Side::Sell => {
                totals.sold += fill.shares;
                totals.flow += fill.shares.at(fill.price, Rounding::Down);
            }
        }
        if fill.liquidity == quorate_domain::Liquidity::Maker
            && let Some(state) = engine.markets().get(fill.token.market)
        {
            let fee = state.market.fee;
            totals.rebate += fee
                .taker(fill.shares, fill.price)
                .share_ppm(fee.rebate_share_ppm);
        }
        let numbers = self.decided.get(&fill.order).copied();
        self.fills.push(RecordedFill {
            at,
            fill: fill.clone(),
            numbers,
        });
    }

    fn decided(&mut self, decision: &Decision) {
        if let Verdict::Trade { order, .. } = decision.verdict {
            self.decided.insert(order, decision.numbers);
        }
        let name = self
            .names
            .get(decision.market.0 as usize)
            .map_or("", String::as_str);
        self.decisions.add(decision, name);
    }
}

impl Witness for Recorder {
    fn handled(&mut self, engine: &Engine, entry: &Entry, effects: &Effects) {
        match &entry.input {
            Input::Account(news) => {
                self.absorb(entry.at, entry.seq, news);
                self.account(engine, entry.at, news);
            }
            Input::Resolved(resolution) => {
                let totals = self.markets.entry(resolution.market).or_default();
                totals.payout = totals.payout.or(Some(resolution.payout));
                totals.resolved_at = totals.resolved_at.or(Some(entry.at));
            }
            _ => {}
        }
        for command in &effects.commands {
            self.absorb(entry.at, entry.seq, command);
            match command {
                Command::Place(_) => self.placed += 1,
                Command::Halted(reason) => self.halts.push(Halt {
                    at: entry.at,
                    reason: *reason,
                }),
                _ => {}
            }
        }
        for decision in &effects.decisions {
            self.decided(decision);
        }
        // The curve starts with the bankroll, not with the empty account before it.
        self.funded |= matches!(entry.input, Input::Account(AccountInput::Deposited(_)));
        let matters = matches!(entry.input, Input::Account(_) | Input::Resolved(_));
        if self.funded && (matters || self.next_sample <= entry.at) {
            self.sample(engine, entry.at);
        }
    }
}

/// Lower-case hexadecimal text.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
