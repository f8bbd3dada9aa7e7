//! What an asset id says about itself: a token of CLOB V2, or a position of protocol V2 that names its module, condition
//! and outcome.

use std::fmt;
use std::str::FromStr;

use alloy_primitives::{U256, hex};
use quorate_domain::Outcome;

/// Bits 40 to 103 of the id. Positions of protocol V2 leave them all zero; tokens of CLOB V2 are hashes and do not.
const RESERVED_BITS: U256 = U256::from_limbs([u64::MAX << 40, (1 << 40) - 1, 0, 0]);

/// Identity of what is traded: one outcome of one market, a uint256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId(pub U256);

/// Why an asset id is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssetError {
    /// Not a decimal uint256.
    #[error("{text:?} is not an asset id: expected the decimal digits of a number below 2^256")]
    NotANumber {
        /// What was given.
        text: String,
    },
    /// A position of protocol V2 whose first byte names no known module.
    #[error(
        "asset id {id}: module {module} of protocol V2 is not known (1 binary, 2 neg-risk, 3 combination)"
    )]
    UnknownModule {
        /// The id.
        id: AssetId,
        /// Its first byte.
        module: u8,
    },
    /// A position of protocol V2 whose last byte names no outcome.
    #[error("asset id {id}: outcome {outcome} is neither 0 (Yes) nor 1 (No)")]
    UnknownOutcome {
        /// The id.
        id: AssetId,
        /// Its last byte.
        outcome: u8,
    },
    /// Not a condition id of protocol V2.
    #[error(
        "{text:?} is not a condition id of protocol V2: expected 31 bytes in hexadecimal, or 32 that end in 00 or 01"
    )]
    NotACondition {
        /// What was given.
        text: String,
    },
}

/// Which generation of the protocol an asset belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetProtocol {
    /// A token of the ConditionalTokens contract.
    ClobV2,
    /// A position of the PositionManager.
    ProtocolV2(PositionId),
}

/// What a position id of protocol V2 is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionId {
    /// The kind of market.
    pub module: Module,
    /// The market.
    pub condition: ConditionIdV2,
    /// The outcome that makes it pay.
    pub outcome: Outcome,
}

/// Kind of market in protocol V2: the first byte of a position id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// 1: a market on its own.
    Binary,
    /// 2: a market of a group of exclusive outcomes.
    NegRisk,
    /// 3: a combination of markets.
    Combinatorial,
}

/// Identity of a market in protocol V2: the first 31 bytes of its position ids.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionIdV2(pub [u8; 31]);

impl ConditionIdV2 {
    /// Reads 31 bytes of hexadecimal, with or without `0x`; a position id in hexadecimal (32 bytes that end in 00 or 01)
    /// does as well.
    ///
    /// # Errors
    /// [`AssetError::NotACondition`] for anything else.
    pub fn parse(text: &str) -> Result<Self, AssetError> {
        let refuse = || AssetError::NotACondition { text: text.into() };
        let mut bytes = hex::decode(text).map_err(|_| refuse())?;
        if bytes.len() == 32 && bytes[31] <= 1 {
            bytes.pop();
        }
        bytes.try_into().map(Self).map_err(|_| refuse())
    }
}

impl fmt::Display for ConditionIdV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_prefixed(self.0))
    }
}

impl fmt::Debug for ConditionIdV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl AssetId {
    /// Which generation of the protocol the asset belongs to, by the id alone.
    ///
    /// # Errors
    /// A position of protocol V2 with an unknown module or outcome: it is not known what a signature for it would mean.
    pub fn protocol(self) -> Result<AssetProtocol, AssetError> {
        if self.0 & RESERVED_BITS != U256::ZERO {
            return Ok(AssetProtocol::ClobV2);
        }
        let bytes: [u8; 32] = self.0.to_be_bytes();
        let [condition @ .., outcome] = bytes;
        let module = match condition[0] {
            1 => Module::Binary,
            2 => Module::NegRisk,
            3 => Module::Combinatorial,
            module => return Err(AssetError::UnknownModule { id: self, module }),
        };
        let outcome = match outcome {
            0 => Outcome::Yes,
            1 => Outcome::No,
            outcome => return Err(AssetError::UnknownOutcome { id: self, outcome }),
        };
        Ok(AssetProtocol::ProtocolV2(PositionId {
            module,
            condition: ConditionIdV2(condition),
            outcome,
        }))
    }
}

impl FromStr for AssetId {
    type Err = AssetError;

    /// Reads decimal digits, as the venue writes asset ids.
    fn from_str(text: &str) -> Result<Self, AssetError> {
        let refuse = || AssetError::NotANumber { text: text.into() };
        // The parser of the number type would also take 0x, 0b and underscores.
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(refuse());
        }
        U256::from_str_radix(text, 10)
            .map(Self)
            .map_err(|_| refuse())
    }
}

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
