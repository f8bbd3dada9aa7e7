//! A strategy that panics is isolated: from then on it wants nothing, and the process stops trading. The decision core,
//! the journal and everything that looks on stay alive.

use std::sync::atomic::{AtomicBool, Ordering};

use quorate_engine::{Intent, MarketView, Strategy, View};

use crate::panic;

/// Whether a strategy of this process has panicked. There is one instance to a process.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Whether a strategy has panicked since the last time somebody asked.
#[must_use]
pub fn has_panicked() -> bool {
    PANICKED.swap(false, Ordering::AcqRel)
}

/// A strategy whose panics are caught.
pub struct Guarded {
    inner: Box<dyn Strategy>,
    broken: AtomicBool,
}

impl Guarded {
    /// Guards a strategy.
    #[must_use]
    pub fn new(inner: Box<dyn Strategy>) -> Self {
        Self {
            inner,
            broken: AtomicBool::new(false),
        }
    }

    fn call<T>(&self, otherwise: T, call: impl FnOnce(&dyn Strategy) -> T) -> T {
        if self.broken.load(Ordering::Relaxed) {
            return otherwise;
        }
        if let Ok(said) = panic::caught(|| call(self.inner.as_ref())) {
            return said;
        }
        self.broken.store(true, Ordering::Relaxed);
        PANICKED.store(true, Ordering::Release);
        tracing::error!(
            event = "strategy_panicked",
            strategy = self.inner.name(),
            "a strategy panicked"
        );
        otherwise
    }
}

impl Strategy for Guarded {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn edge_min(&self, market: &MarketView<'_>) -> f64 {
        self.call(f64::INFINITY, |strategy| strategy.edge_min(market))
    }

    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        self.call(Vec::new(), |strategy| strategy.intents(view))
    }
}

#[cfg(test)]
mod tests {
    use quorate_domain::Timestamp;
    use quorate_engine::{Intent, MarketView, Strategy, View};

    use super::{Guarded, has_panicked};

    struct Clumsy;

    impl Strategy for Clumsy {
        fn name(&self) -> &'static str {
            "clumsy"
        }
        fn edge_min(&self, _: &MarketView<'_>) -> f64 {
            0.0
        }
        fn intents(&self, view: &View<'_>) -> Vec<Intent> {
            let first = &view.markets[0];
            panic!("no market is good enough, not even {}", first.market.name);
        }
    }

    #[test]
    fn a_strategy_that_panics_wants_nothing_from_then_on_and_is_reported_once() {
        let guarded = Guarded::new(Box::new(Clumsy));
        let nothing = View {
            at: Timestamp::default(),
            markets: Vec::new(),
        };
        assert!(guarded.intents(&nothing).is_empty());
        assert!(has_panicked());
        assert!(guarded.intents(&nothing).is_empty());
        assert!(!has_panicked());
    }
}
