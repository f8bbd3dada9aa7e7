//! The engine as it is stored and read back: a restart goes on from here exactly as if it had never stopped.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use core::fmt::{self, Write};

use quorate_domain::{MarketId, Timestamp};
use serde::{Deserialize, Serialize};

use super::health::Start;
use super::{Engine, Refusals};
use crate::beliefs::Beliefs;
use crate::config::EngineConfig;
use crate::controls::Controls;
use crate::guard::Guard;
use crate::ledger::{Ledger, LedgerSnapshot};
use crate::markets::{Markets, ScopeKey};
use crate::orders::Orders;
use crate::portfolio::Scenarios;
use crate::prices::Prices;
use crate::strategy::Strategy;

/// Version of the engine's state and arithmetic. A snapshot of another version is refused: replay the journal instead.
pub const SNAPSHOT_VERSION: u32 = 2;

/// Everything an engine knows, but for its settings and its strategy, of which it keeps hash and name. Scenario draws are
/// a function of the settings and are drawn anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EngineSnapshot {
    version: u32,
    config_hash: u64,
    strategy: String,
    markets: Markets,
    beliefs: Beliefs,
    prices: Prices,
    ledger: LedgerSnapshot,
    orders: Orders,
    guard: Guard,
    controls: Controls,
    delayed: BTreeSet<ScopeKey>,
    #[serde(with = "quorate_domain::pairs")]
    due: BTreeMap<Timestamp, BTreeSet<ScopeKey>>,
    waiting: BTreeSet<ScopeKey>,
    #[serde(with = "quorate_domain::pairs")]
    reviews: BTreeMap<ScopeKey, Timestamp>,
    redeeming: BTreeSet<MarketId>,
    merging: BTreeSet<MarketId>,
    refusals: Refusals,
    start: Option<Start>,
    now: Timestamp,
    seq: u64,
    next_order: u32,
}

impl EngineSnapshot {
    /// Number of the last entry that is in it: a replay goes on with the next one.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Time of that entry.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.now
    }
}

/// Why a snapshot is refused: rebuild the engine from the journal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// It was written by this other version.
    #[error(
        "engine snapshot of version {0}, this program has {SNAPSHOT_VERSION}: replay the journal"
    )]
    Version(u32),
    /// It was written under other settings.
    #[error(
        "engine snapshot under other settings (hash {found:016x}, now {expected:016x}): replay the journal"
    )]
    Config {
        /// Hash of the settings in force.
        expected: u64,
        /// Hash of those it was written under.
        found: u64,
    },
    /// It was written with another strategy.
    #[error("engine snapshot of strategy {found:?}, now {expected:?}: replay the journal")]
    Strategy {
        /// The strategy in force.
        expected: String,
        /// The one it was written with.
        found: String,
    },
}

impl EngineConfig {
    /// A number that differs between settings that differ: FNV-1a, 64 bits, over their text form.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        // Writing into a hash cannot fail.
        let written = write!(hash, "{self:?}");
        debug_assert!(written.is_ok(), "a hash takes every text");
        hash.0
    }
}

struct Fnv(u64);

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}

impl Engine {
    /// Everything the engine knows; [`Engine::restore`] undoes it. To be taken between two entries.
    #[must_use]
    pub fn snapshot(&self) -> EngineSnapshot {
        // Taken apart by name: a part that is added and forgotten here does not compile.
        let Self {
            config,
            strategy,
            markets,
            beliefs,
            prices,
            ledger,
            orders,
            guard,
            controls,
            delayed,
            scenarios: _,
            due,
            waiting,
            reviews,
            redeeming,
            merging,
            refusals,
            start,
            now,
            seq,
            next_order,
        } = self;
        EngineSnapshot {
            version: SNAPSHOT_VERSION,
            config_hash: config.fingerprint(),
            strategy: strategy.name().to_string(),
            markets: markets.clone(),
            beliefs: beliefs.clone(),
            prices: prices.clone(),
            ledger: ledger.snapshot(),
            orders: orders.clone(),
            guard: *guard,
            controls: controls.clone(),
            delayed: delayed.clone(),
            due: due.clone(),
            waiting: waiting.clone(),
            reviews: reviews.clone(),
            redeeming: redeeming.clone(),
            merging: merging.clone(),
            refusals: *refusals,
            start: start.clone(),
            now: *now,
            seq: *seq,
            next_order: *next_order,
        }
    }

    /// An engine that goes on where a snapshot was taken.
    ///
    /// # Errors
    /// The snapshot is of another version, other settings or another strategy.
    pub fn restore(
        config: EngineConfig,
        strategy: Box<dyn Strategy>,
        snapshot: EngineSnapshot,
    ) -> Result<Self, SnapshotError> {
        if snapshot.version != SNAPSHOT_VERSION {
            return Err(SnapshotError::Version(snapshot.version));
        }
        let expected = config.fingerprint();
        if snapshot.config_hash != expected {
            return Err(SnapshotError::Config {
                expected,
                found: snapshot.config_hash,
            });
        }
        if snapshot.strategy != strategy.name() {
            return Err(SnapshotError::Strategy {
                expected: strategy.name().to_string(),
                found: snapshot.strategy,
            });
        }
        Ok(Self {
            scenarios: Scenarios::new(config.scenarios, config.seed),
            config,
            strategy,
            markets: snapshot.markets,
            beliefs: snapshot.beliefs,
            prices: snapshot.prices,
            ledger: Ledger::from(snapshot.ledger),
            orders: snapshot.orders,
            guard: snapshot.guard,
            controls: snapshot.controls,
            delayed: snapshot.delayed,
            due: snapshot.due,
            waiting: snapshot.waiting,
            reviews: snapshot.reviews,
            redeeming: snapshot.redeeming,
            merging: snapshot.merging,
            refusals: snapshot.refusals,
            start: snapshot.start,
            now: snapshot.now,
            seq: snapshot.seq,
            next_order: snapshot.next_order,
        })
    }
}
