//! What an instance has come to, as far as it matters to anybody, and how two of them compare.

use quorate_agent::journal::{Journal, Record, SharedDisk};
use quorate_agent::runtime::batch::Batch;
use quorate_agent::runtime::machine::Machine;
use quorate_agent::runtime::recovery::{Elsewhere, Retraced, Spectator, go_through};
use quorate_backtest::replay::Session;
use quorate_domain::{
    AccountInput, Cash, Command, Input, Liquidity, Position, Price, Shares, Side, Token,
};
use quorate_engine::Engine;
use quorate_venue::Exchange;

use super::life::folder;

/// An execution without the names of numbers that depend on how often the process started.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlainFill {
    pub(crate) token: Token,
    pub(crate) side: Side,
    pub(crate) price: Price,
    pub(crate) shares: Shares,
    pub(crate) fee: Cash,
    pub(crate) liquidity: Liquidity,
}

/// What an instance has come to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct End {
    pub(crate) fed: u64,
    pub(crate) cash: Cash,
    pub(crate) totals: String,
    pub(crate) positions: Vec<(Token, Position)>,
    pub(crate) open: Vec<(Token, Side, Price, Shares)>,
    pub(crate) at_venue: Vec<(Token, Side, Price, Shares)>,
    pub(crate) venue_cash: Cash,
    pub(crate) halted: String,
    pub(crate) learned: serde_json::Value,
    pub(crate) fills: Vec<PlainFill>,
    pub(crate) cancels: usize,
    /// Words of people and workers, repeated ones included.
    pub(crate) pushes: usize,
    /// The engine and the exchange, bit by bit.
    pub(crate) exact: String,
}

/// What the journal tells when it is gone through by itself, with what a test wants of it.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) fills: Vec<PlainFill>,
    pub(crate) settled: usize,
    pub(crate) redeemed: usize,
    pub(crate) cancels: usize,
    pub(crate) places: Vec<quorate_domain::OrderId>,
    pub(crate) pushes: Vec<Input>,
    pub(crate) starts: usize,
    pub(crate) batches: usize,
    pub(crate) halts: Vec<quorate_domain::HaltReason>,
}

impl Spectator for Told {
    fn record(&mut self, record: &Record) {
        self.starts += usize::from(matches!(record, Record::Start(_)));
    }

    fn batch<V: Retraced>(&mut self, _: &Session<V>, batch: &Batch) {
        self.batches += 1;
        for one in &batch.handled {
            match &one.entry.input {
                Input::Account(AccountInput::Filled(fill)) => self.fills.push(PlainFill {
                    token: fill.token,
                    side: fill.side,
                    price: fill.price,
                    shares: fill.shares,
                    fee: fill.fee,
                    liquidity: fill.liquidity,
                }),
                Input::Account(AccountInput::Settled { .. }) => self.settled += 1,
                Input::Account(AccountInput::Redeemed { .. }) => self.redeemed += 1,
                Input::Account(AccountInput::Cancelled { .. }) => self.cancels += 1,
                Input::Operator(_) | Input::Inference(_) => {
                    self.pushes.push(one.entry.input.clone());
                }
                _ => {}
            }
            for command in &one.commands {
                match command {
                    Command::Place(order) => self.places.push(order.id),
                    Command::Halted(reason) => self.halts.push(*reason),
                    _ => {}
                }
            }
        }
    }
}

/// Goes through a journal as `replay --verify` does: every command must come out as it stands there.
pub(crate) fn verified(disk: &SharedDisk) -> Told {
    let mut told = Told::default();
    let records = Journal::read(disk, &folder().journal()).unwrap();
    let records = records.map(|read| read.map(|(_, record)| record));
    let past = go_through::<Elsewhere>(records, &mut told);
    past.unwrap_or_else(|error| panic!("{error}"));
    told
}

impl End {
    /// How a machine stands, with the executions that its journal tells of.
    pub(crate) fn of(machine: &Machine<Exchange>, told: &Told) -> Self {
        let engine = machine.engine();
        let exchange = machine.session().venue();
        let mut positions: Vec<_> = engine.ledger().positions().collect();
        positions.retain(|(_, position)| *position != Position::default());
        let open = engine.orders().iter().map(|order| {
            let placed = &order.placed;
            (placed.token, placed.side, placed.limit, order.remaining)
        });
        let resting = exchange
            .open_orders()
            .map(|order| (order.token, order.side, order.limit, order.remaining));
        Self {
            fed: machine.fed(),
            cash: engine.ledger().cash(),
            totals: totals(engine),
            positions,
            open: sorted(open),
            at_venue: sorted(resting),
            venue_cash: exchange.cash(),
            halted: format!("{:?}", engine.halted()),
            learned: learned(engine),
            fills: told.fills.clone(),
            cancels: told.cancels,
            pushes: told.pushes.len(),
            exact: exact(machine),
        }
    }
}

/// Orders without their names, in an order that does not depend on them.
fn sorted(
    orders: impl Iterator<Item = (Token, Side, Price, Shares)>,
) -> Vec<(Token, Side, Price, Shares)> {
    let mut orders: Vec<_> = orders.collect();
    orders.sort_by_key(|order| format!("{order:?}"));
    orders
}

fn totals(engine: &Engine) -> String {
    let stored = serde_json::to_value(engine.ledger().snapshot()).unwrap();
    stored["contra"].to_string()
}

fn exact(machine: &Machine<Exchange>) -> String {
    let engine = serde_json::to_string(&machine.engine().snapshot()).unwrap();
    engine + &serde_json::to_string(machine.session().venue()).unwrap()
}

/// The pools with all they have learned, as they are stored.
fn learned(engine: &Engine) -> serde_json::Value {
    let stored = serde_json::to_value(engine.snapshot()).unwrap();
    stored["beliefs"]["topics"].clone()
}
