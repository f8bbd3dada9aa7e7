//! A start that is reconciled at once, anywhere in a run, changes no later decision: the exchange went through the same
//! past, so nothing was lost.

use crate::common::{RUN, spec, world};
use quorate_backtest::replay::{RunSpec, Session, Witness};
use quorate_backtest::tape::LoadedTape;
use quorate_domain::{
    AccountInput, Command, Decision, Entry, Input, OrderId, PlaceOrder, Timestamp, Verdict,
};
use quorate_engine::{Effects, Engine, EngineConfig};
use quorate_venue::Exchange;

/// Every decision and order, without the numbers of the entries that caused them.
#[derive(Debug, Default, PartialEq)]
struct Written {
    decisions: Vec<Decision>,
    placed: Vec<PlaceOrder>,
}

const NOWHERE: OrderId = OrderId { seq: 0, index: 0 };

impl Witness for Written {
    fn handled(&mut self, _: &Engine, _: &Entry, effects: &Effects) {
        for decision in &effects.decisions {
            let mut decision = decision.clone();
            decision.seq = 0;
            if let Verdict::Trade { order, .. } = &mut decision.verdict {
                *order = NOWHERE;
            }
            self.decisions.push(decision);
        }
        for command in &effects.commands {
            if let Command::Place(order) = command {
                self.placed.push(PlaceOrder {
                    id: NOWHERE,
                    ..order.clone()
                });
            }
        }
    }
}

/// Runs a tape, and starts again before every so many records.
fn run(spec: &RunSpec, loaded: &LoadedTape, limits: &EngineConfig, every: usize) -> (Written, u32) {
    let tape = &loaded.tape;
    let mut config = spec.engine_config(tape).unwrap();
    config.limits = limits.limits;
    let engine = Engine::new(config, spec.strategy(tape).unwrap()).unwrap();
    let mut session = Session::new(engine, Exchange::new(spec.venue));
    let mut written = Written::default();
    let mut starts = 0;
    let start = tape.span().unwrap().0;
    for listing in tape.listings() {
        session.observe(start, Input::Listed(listing), &mut written);
    }
    session.deposit(start, spec.bankroll, &mut written);
    for (number, record) in tape.records.iter().enumerate() {
        let at = session.last_at();
        // Two more entries take two nanoseconds: where the next ones follow at once, they would come later.
        let after = Timestamp::from_nanos(at.nanos() + 3);
        let is_free = after <= record.at && session.next_due().is_none_or(|due| after <= due);
        if number % every == 0 && is_free {
            session.observe(at, Input::Started, &mut written);
            let reconciled = Input::Account(AccountInput::Reconciled);
            session.observe(at, reconciled, &mut written);
            starts += 1;
        }
        session.observe(record.at, record.input.clone(), &mut written);
    }
    session.finish(&mut written);
    (written, starts)
}

#[test]
fn a_start_that_is_reconciled_at_once_changes_no_later_decision() {
    let (spec, tape) = (spec(RUN), world(3));
    for limits in [EngineConfig::default(), EngineConfig::live()] {
        let (plain, _) = run(&spec, &tape, &limits, usize::MAX);
        assert!(
            !plain.placed.is_empty(),
            "a run without orders proves nothing"
        );
        for every in [7, 101] {
            let (started, starts) = run(&spec, &tape, &limits, every);
            assert!(20 < starts, "{starts} starts");
            assert_eq!(started.placed.len(), plain.placed.len());
            let differs = started
                .decisions
                .iter()
                .zip(&plain.decisions)
                .position(|(one, other)| one != other);
            if let Some(place) = differs {
                panic!(
                    "decision {place}:\n{:?}\n{:?}",
                    started.decisions[place], plain.decisions[place]
                );
            }
            assert_eq!(started.decisions.len(), plain.decisions.len());
            assert!(started.placed == plain.placed);
        }
    }
}
