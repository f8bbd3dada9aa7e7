//! The ledger as it is stored and read back.

use alloc::vec::Vec;

use quorate_domain::{Cash, FillId, FillStatus, Position, Token};
use serde::{Deserialize, Serialize};

use super::{Account, Flow, Ledger, Matched};

/// A ledger as it is stored: lists of pairs, since not every format can name a map's keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerSnapshot {
    cash: Cash,
    contra: Vec<(Account, Cash)>,
    positions: Vec<(Token, Position)>,
    flows: Vec<(Token, Flow)>,
    matched: Vec<Matched>,
    settled: Vec<(FillId, FillStatus)>,
    early: Vec<(FillId, FillStatus)>,
}

impl From<LedgerSnapshot> for Ledger {
    fn from(stored: LedgerSnapshot) -> Self {
        Self {
            cash: stored.cash,
            contra: stored.contra.into_iter().collect(),
            positions: stored.positions.into_iter().collect(),
            flows: stored.flows.into_iter().collect(),
            matched: stored
                .matched
                .into_iter()
                .map(|matched| (matched.fill.id, matched))
                .collect(),
            settled: stored.settled.into_iter().collect(),
            early: stored.early.into_iter().collect(),
        }
    }
}

impl Ledger {
    /// The ledger as it is stored; `Ledger::from` undoes it.
    #[must_use]
    pub fn snapshot(&self) -> LedgerSnapshot {
        LedgerSnapshot {
            cash: self.cash,
            contra: self.contra.iter().map(|(k, v)| (*k, *v)).collect(),
            positions: self.positions.iter().map(|(k, v)| (*k, *v)).collect(),
            flows: self.flows.iter().map(|(k, v)| (*k, *v)).collect(),
            matched: self.matched.values().cloned().collect(),
            settled: self.settled.iter().collect(),
            early: self.early.iter().collect(),
        }
    }
}
