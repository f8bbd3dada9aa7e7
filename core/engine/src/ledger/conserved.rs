//! The check that nothing was created or lost: cash against its contra accounts, positions against their flows.

use alloc::collections::BTreeSet;

use quorate_domain::{Cash, Shares, Token};

use super::Ledger;

/// The books do not balance. This is a defect of the program, never of its inputs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Imbalance {
    /// Cash disagrees with the sum of its contra accounts.
    #[error("cash {cash} disagrees with its contra accounts {contra}")]
    Cash {
        /// Cash on hand.
        cash: Cash,
        /// What the contra accounts say.
        contra: Cash,
    },
    /// A position disagrees with the flows of its token.
    #[error("position {position} in {token:?} disagrees with its flows {flows}")]
    Token {
        /// The token.
        token: Token,
        /// Shares held.
        position: Shares,
        /// What the flows say.
        flows: Shares,
    },
}

impl Ledger {
    /// Checks that nothing was created or lost.
    ///
    /// # Errors
    /// The first account that does not balance.
    pub fn check_conserved(&self) -> Result<(), Imbalance> {
        let contra: Cash = self.contra.values().copied().sum();
        if (self.cash + contra) != Cash::ZERO {
            return Err(Imbalance::Cash {
                cash: self.cash,
                contra: -contra,
            });
        }
        let tokens: BTreeSet<Token> = self
            .flows
            .keys()
            .chain(self.positions.keys())
            .copied()
            .collect();
        for token in tokens {
            let flow = self.flows.get(&token).copied().unwrap_or_default();
            let position = self.position(token).expected();
            if position + flow.disposed != flow.acquired {
                return Err(Imbalance::Token {
                    token,
                    position,
                    flows: flow.acquired.saturating_sub(flow.disposed),
                });
            }
        }
        Ok(())
    }
}
