//! An instance as its journal tells it, whether its process runs or not.

use std::collections::BTreeMap;

use quorate_backtest::replay::Session;
use quorate_domain::{
    AccountInput, Cash, Command, Decision, Fill, FillId, FillStatus, HaltReason, Input, MarketId,
    OperatorInput, OrderId, PlaceOrder, Timestamp, Verdict,
};
use serde::Serialize;

use super::batch::Batch;
use super::names::Names;
use super::recovery::{Retraced, Spectator};
use crate::journal::{Mode, Note, Record};

/// An execution with how far it has come.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeenFill {
    /// When it was told.
    pub at: Timestamp,
    /// The entry that told it.
    pub seq: u64,
    /// The execution.
    pub fill: Fill,
    /// How far it has come.
    pub status: FillStatus,
}

/// An order with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenOrder {
    /// When it was decided.
    pub at: Timestamp,
    /// As decided.
    pub placed: PlaceOrder,
    /// What the venue said last.
    pub last: OrderNews,
    /// When it said so.
    pub last_at: Timestamp,
}

/// What was last heard of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderNews {
    /// Nothing yet.
    Sent,
    /// It rests.
    Resting,
    /// It was refused, with the reason.
    Refused(String),
    /// Executions were told.
    Executed,
    /// It left the book, with the reason.
    Ended(String),
    /// It is not known whether it arrived.
    Unknown,
}

/// A stop or a resumption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenHalt {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub what: HaltNews,
}

/// What happened to trading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HaltNews {
    /// It stopped.
    Halted(HaltReason),
    /// A person said something.
    Operator(OperatorInput),
}

/// A start of the process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenStart {
    /// When, by the clock on the wall.
    pub at: Timestamp,
    /// Version of the program.
    pub version: String,
    /// Whether its orders were real.
    pub mode: Mode,
}

/// Everything that is asked for about an instance.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Names.
    pub names: Names,
    /// Executions in order.
    pub fills: Vec<SeenFill>,
    /// Orders by name.
    pub orders: BTreeMap<OrderId, SeenOrder>,
    /// Decisions in order.
    pub decisions: Vec<Decision>,
    /// Stops and resumptions.
    pub halts: Vec<SeenHalt>,
    /// Starts of the process.
    pub starts: Vec<SeenStart>,
    /// Remarks of the runtime.
    pub notes: Vec<Note>,
    /// Collateral paid in, less what was taken out.
    pub deposited: Cash,
    /// Realised by market: cash in less cash out, fees included.
    pub flows: BTreeMap<MarketId, Cash>,
    /// Fees paid.
    pub fees: Cash,
    /// Time of the last entry.
    pub at: Option<Timestamp>,
    /// Entries.
    pub entries: u64,
    by_fill: BTreeMap<FillId, usize>,
}

impl Spectator for View {
    fn record(&mut self, record: &Record) {
        match record {
            Record::Start(start) => self.starts.push(SeenStart {
                at: start.at,
                version: start.version.clone(),
                mode: start.mode,
            }),
            Record::Note(note) => self.notes.push(note.clone()),
            _ => {}
        }
    }

    fn batch<V: Retraced>(&mut self, _: &Session<V>, batch: &Batch) {
        for handled in &batch.handled {
            let at = handled.entry.at;
            self.entries += 1;
            self.at = Some(at);
            self.names.see(&handled.entry.input);
            match &handled.entry.input {
                Input::Account(news) => self.account(handled.entry.seq, at, news),
                Input::Operator(said) => self.halts.push(SeenHalt {
                    at,
                    what: HaltNews::Operator(*said),
                }),
                _ => {}
            }
            for command in &handled.commands {
                self.command(at, command);
            }
            self.decisions.extend(handled.decisions.iter().cloned());
        }
    }
}

impl View {
    fn command(&mut self, at: Timestamp, command: &Command) {
        match command {
            Command::Place(placed) => {
                let order = SeenOrder {
                    at,
                    placed: placed.clone(),
                    last: OrderNews::Sent,
                    last_at: at,
                };
                self.orders.insert(placed.id, order);
            }
            Command::Halted(reason) => self.halts.push(SeenHalt {
                at,
                what: HaltNews::Halted(*reason),
            }),
            _ => {}
        }
    }

    fn account(&mut self, seq: u64, at: Timestamp, news: &AccountInput) {
        match news {
            AccountInput::Deposited(cash) => self.deposited += *cash,
            AccountInput::Withdrawn(cash) => self.deposited -= *cash,
            AccountInput::Accepted(order) => self.heard(*order, at, OrderNews::Resting),
            AccountInput::Unknown(order) => self.heard(*order, at, OrderNews::Unknown),
            AccountInput::Refused(refusal) => {
                let why = format!("{:?} {}", refusal.reason, refusal.message);
                self.heard(refusal.order, at, OrderNews::Refused(why.trim().to_owned()));
            }
            AccountInput::Cancelled { order, reason } => {
                self.heard(*order, at, OrderNews::Ended(format!("{reason:?}")));
            }
            AccountInput::Filled(fill) | AccountInput::External(fill) => self.filled(seq, at, fill),
            AccountInput::Settled { fill, status } => {
                let place = self.by_fill.get(fill).copied();
                if let Some(seen) = place.and_then(|place| self.fills.get_mut(place)) {
                    seen.status = *status;
                }
            }
            AccountInput::Redeemed { market, cash, .. } => self.flow(*market, *cash),
            AccountInput::Merged { market, shares } => {
                let cash = shares.at_micros(1_000_000, quorate_domain::Rounding::Down);
                self.flow(*market, cash);
            }
            AccountInput::Fee(fee) => self.fees += *fee,
            _ => {}
        }
    }

    fn heard(&mut self, order: OrderId, at: Timestamp, news: OrderNews) {
        if let Some(seen) = self.orders.get_mut(&order) {
            (seen.last, seen.last_at) = (news, at);
        }
    }

    fn filled(&mut self, seq: u64, at: Timestamp, fill: &Fill) {
        self.heard(fill.order, at, OrderNews::Executed);
        let cash = match fill.side {
            quorate_domain::Side::Buy => -fill.shares.at(fill.price, quorate_domain::Rounding::Up),
            quorate_domain::Side::Sell => {
                fill.shares.at(fill.price, quorate_domain::Rounding::Down)
            }
        };
        self.flow(fill.token.market, cash - fill.fee);
        self.fees += fill.fee;
        self.by_fill.insert(fill.id, self.fills.len());
        self.fills.push(SeenFill {
            at,
            seq,
            fill: fill.clone(),
            status: FillStatus::Matched,
        });
    }

    fn flow(&mut self, market: MarketId, cash: Cash) {
        *self.flows.entry(market).or_default() += cash;
    }

    /// Executions of an order.
    pub fn fills_of(&self, order: OrderId) -> impl Iterator<Item = &SeenFill> + '_ {
        self.fills
            .iter()
            .filter(move |seen| seen.fill.order == order)
    }

    /// The decision behind an order.
    #[must_use]
    pub fn decision_of(&self, order: OrderId) -> Option<&Decision> {
        self.decisions.iter().find(|decision| {
            matches!(decision.verdict, Verdict::Trade { order: other, .. } if other == order)
        })
    }
}
