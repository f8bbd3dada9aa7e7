//! The simulated exchange with a clock beside it: when the engine had decided, and how much of the time was the exchange's.

use std::time::{Duration, Instant};

use quorate_agent::journal::Step;
use quorate_agent::runtime::batch::Handled;
use quorate_agent::runtime::machine::Observer;
use quorate_backtest::replay::Venue;
use quorate_domain::{
    AccountInput, Cash, Command, Market, MarketInput, PlaceOrder, Resolution, Timestamp,
};
use quorate_engine::Engine;
use quorate_venue::Exchange;

/// What was seen since the start of a frame.
#[derive(Debug)]
pub(crate) struct Watch {
    simulated: Duration,
    /// When the first order reached the exchange, and how long the exchange had taken until then.
    pub(crate) first_order: Option<(Instant, Duration)>,
    /// When the exchange was last done.
    pub(crate) ended: Instant,
}

/// An exchange whose own time is counted.
#[derive(Debug)]
pub(crate) struct Watched {
    exchange: Exchange,
    pub(crate) watch: Watch,
}

impl Watched {
    pub(crate) fn new(exchange: Exchange) -> Self {
        Self {
            exchange,
            watch: Watch {
                simulated: Duration::ZERO,
                first_order: None,
                ended: Instant::now(),
            },
        }
    }

    /// Forgets what was seen.
    pub(crate) fn start(&mut self) {
        self.watch.simulated = Duration::ZERO;
        self.watch.first_order = None;
    }

    fn counted<T>(&mut self, work: impl FnOnce(&mut Exchange) -> T) -> T {
        let began = Instant::now();
        let done = work(&mut self.exchange);
        self.watch.ended = Instant::now();
        self.watch.simulated += self.watch.ended - began;
        done
    }
}

impl Venue for Watched {
    fn list(&mut self, market: &Market) {
        self.exchange.list(market.clone());
    }

    fn deposit(&mut self, at: Timestamp, cash: Cash) {
        self.exchange.deposit(at, cash);
    }

    fn observe(&mut self, at: Timestamp, news: &MarketInput) {
        self.counted(|exchange| exchange.observe(at, news));
    }

    fn resolve(&mut self, at: Timestamp, resolution: Resolution) {
        self.exchange.resolve(at, resolution);
    }

    fn submit(&mut self, at: Timestamp, command: &Command) {
        if matches!(command, Command::Place(_)) && self.watch.first_order.is_none() {
            self.watch.first_order = Some((Instant::now(), self.watch.simulated));
        }
        self.counted(|exchange| exchange.submit(at, command));
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.exchange.next_due()
    }

    fn answers(&mut self, until: Timestamp, out: &mut Vec<(Timestamp, AccountInput)>) {
        self.counted(|exchange| exchange.advance(until, out));
    }
}

/// The first order of a frame, and when it was in the journal.
#[derive(Debug, Default)]
pub(crate) struct FirstOrder {
    pub(crate) order: Option<(PlaceOrder, Instant)>,
}

impl Observer for FirstOrder {
    fn stepped(&mut self, _: &Engine, _: &Step, handled: &[Handled]) {
        let journaled = Instant::now();
        let placed =
            handled
                .iter()
                .flat_map(|one| &one.commands)
                .find_map(|command| match command {
                    Command::Place(order) => Some(order.clone()),
                    _ => None,
                });
        if self.order.is_none() {
            self.order = placed.map(|order| (order, journaled));
        }
    }
}
