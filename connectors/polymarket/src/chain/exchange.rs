//! Which exchange contract an order is signed for. A wrong one makes an order that can never settle, so the choice follows
//! from the asset and the kind of its market alone.

use alloy_primitives::{Address, B256, b256};

use super::asset::{AssetError, AssetId, AssetProtocol};
use super::{ChainError, ChainId, contracts};

/// How a market of CLOB V2 settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarketKind {
    /// On its own.
    Standard,
    /// As one of mutually exclusive outcomes (`neg_risk`).
    NegRisk,
}

/// An exchange that orders are signed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exchange {
    /// CTF Exchange V2.
    Ctf,
    /// Neg-risk Exchange V2.
    NegRisk,
    /// Exchange V3, of protocol V2.
    V3,
}

impl Exchange {
    /// Name of the EIP-712 domain of all exchanges.
    pub const DOMAIN_NAME: &'static str = "Polymarket CTF Exchange";

    /// The exchange that trades this asset: positions of protocol V2 on Exchange V3, tokens by the kind of their market.
    ///
    /// # Errors
    /// As [`AssetId::protocol`].
    pub fn for_asset(asset: AssetId, kind: MarketKind) -> Result<Self, AssetError> {
        Ok(match (asset.protocol()?, kind) {
            (AssetProtocol::ProtocolV2(_), _) => Self::V3,
            (AssetProtocol::ClobV2, MarketKind::Standard) => Self::Ctf,
            (AssetProtocol::ClobV2, MarketKind::NegRisk) => Self::NegRisk,
        })
    }

    /// The exchange at an address that the venue or a configuration names.
    ///
    /// # Errors
    /// [`ChainError::RetiredExchange`] for the dead exchanges of the first protocol, [`ChainError::UnknownExchange`] for
    /// everything else that is not an exchange of that chain.
    pub fn at(chain: ChainId, address: Address) -> Result<Self, ChainError> {
        if contracts::EXCHANGES_RETIRED.contains(&address) {
            return Err(ChainError::RetiredExchange { address });
        }
        [Self::Ctf, Self::NegRisk, Self::V3]
            .into_iter()
            .find(|exchange| exchange.address(chain) == address)
            .ok_or(ChainError::UnknownExchange { address })
    }

    /// Address of the contract, the `verifyingContract` of its domain.
    #[must_use]
    pub const fn address(self, chain: ChainId) -> Address {
        match (self, chain) {
            (Self::Ctf, _) => contracts::EXCHANGE_CTF,
            (Self::NegRisk, _) => contracts::EXCHANGE_NEG_RISK,
            (Self::V3, ChainId::Polygon) => contracts::EXCHANGE_V3,
            (Self::V3, ChainId::Amoy) => contracts::EXCHANGE_V3_AMOY,
        }
    }

    /// Version of the EIP-712 domain.
    #[must_use]
    pub const fn domain_version(self) -> &'static str {
        match self {
            Self::Ctf | Self::NegRisk => "2",
            Self::V3 => "3",
        }
    }

    /// Separator of the EIP-712 domain, computed beforehand from name, version, chain and address.
    #[must_use]
    pub const fn domain_separator(self, chain: ChainId) -> B256 {
        match (chain, self) {
            (ChainId::Polygon, Self::Ctf) => {
                b256!("3264e159346253e26a64e00b69032db0e7d32f94628de3e6eecb50304d7af3d2")
            }
            (ChainId::Polygon, Self::NegRisk) => {
                b256!("9b858f53327b0bd13af8ec14cfb35234fb9eb7b0504d1a4e61f433840d30e81a")
            }
            (ChainId::Polygon, Self::V3) => {
                b256!("466c63910185bbd55e8679264200c4e0abdcbb0c6264eb3d41d13326022e095b")
            }
            (ChainId::Amoy, Self::Ctf) => {
                b256!("a440cbd865bc0c6243d7a8df9a8bf48a8827b0a4abbb61c30e96d305423af148")
            }
            (ChainId::Amoy, Self::NegRisk) => {
                b256!("1468e39841f0a0e05d3762b235cb7acecabf8cd7b6d3a672965a5d415bf9378e")
            }
            (ChainId::Amoy, Self::V3) => {
                b256!("df8b5fd204134b8d562677d7fc9346884e8f02ef2fd43358239393723e8833e6")
            }
        }
    }
}
