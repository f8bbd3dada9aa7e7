//! Parts of the trade that a person stopped. A stop of everything is a halt and lives in [`crate::guard`].

use alloc::collections::BTreeSet;

use quorate_domain::{Market, Scope};
use serde::{Deserialize, Serialize};

/// What is stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stops {
    scopes: BTreeSet<Scope>,
}

impl Stops {
    pub(crate) fn stop(&mut self, scope: Scope) {
        self.scopes.insert(scope);
    }

    /// Ends one stop, or all of them.
    pub(crate) fn resume(&mut self, scope: Scope) {
        match scope {
            Scope::All => self.scopes.clear(),
            part => {
                self.scopes.remove(&part);
            }
        }
    }

    /// The narrowest stop that covers a market.
    #[must_use]
    pub fn covering(&self, market: &Market) -> Option<Scope> {
        if self.scopes.is_empty() {
            return None;
        }
        scopes_of(market).find(|scope| self.scopes.contains(scope))
    }

    /// What is stopped, in order.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.scopes.iter().copied()
    }
}

/// Everything that a market is part of, narrowest first.
pub(crate) fn scopes_of(market: &Market) -> impl Iterator<Item = Scope> {
    let parts = [
        Some(Scope::Market(market.id)),
        market.group.map(Scope::Group),
        market.link.map(|link| Scope::Topic(link.topic)),
        Some(Scope::All),
    ];
    parts.into_iter().flatten()
}
