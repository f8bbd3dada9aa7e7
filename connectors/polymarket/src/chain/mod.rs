//! The chains that Polymarket settles on, its contracts there, and how typed data are hashed for them.

pub mod asset;
pub mod contracts;
pub mod eip712;
pub mod exchange;

pub use asset::{AssetError, AssetId, AssetProtocol, ConditionIdV2, Module, PositionId};
pub use exchange::{Exchange, MarketKind};

use alloy_primitives::Address;

/// A chain that the venue settles on. Signing for any other one is refused, since a [`ChainId`] for it cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChainId {
    /// Polygon, 137: real money.
    Polygon,
    /// Amoy, 80002: the test network.
    Amoy,
}

impl ChainId {
    /// The chain with this number.
    ///
    /// # Errors
    /// [`ChainError::UnknownChain`] for all but 137 and 80002.
    pub const fn from_id(id: u64) -> Result<Self, ChainError> {
        match id {
            137 => Ok(Self::Polygon),
            80_002 => Ok(Self::Amoy),
            _ => Err(ChainError::UnknownChain { id }),
        }
    }

    /// The chain's number.
    #[must_use]
    pub const fn id(self) -> u64 {
        match self {
            Self::Polygon => 137,
            Self::Amoy => 80_002,
        }
    }

    /// The ERC-1155 contract that holds outcome tokens of CLOB V2.
    #[must_use]
    pub const fn conditional_tokens(self) -> Address {
        match self {
            Self::Polygon => contracts::CONDITIONAL_TOKENS,
            Self::Amoy => contracts::CONDITIONAL_TOKENS_AMOY,
        }
    }

    /// The ERC-20 collateral (pUSD, 6 decimals); the same address on both chains.
    #[must_use]
    pub const fn collateral(self) -> Address {
        contracts::COLLATERAL
    }
}

/// Why nothing is signed for a chain or a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// Not a chain of the venue.
    #[error("chain {id} is not one the venue settles on: use 137 (Polygon) or 80002 (Amoy)")]
    UnknownChain {
        /// What was given.
        id: u64,
    },
    /// An exchange of the first protocol, which settles nothing any more.
    #[error("{address} is an exchange of the retired first protocol: nothing is signed for it")]
    RetiredExchange {
        /// The contract.
        address: Address,
    },
    /// Not an exchange at all.
    #[error("{address} is not an exchange of the venue: nothing is signed for it")]
    UnknownExchange {
        /// The contract.
        address: Address,
    },
}
