//! The members of an order, and its EIP-712 hash, which is also the venue's order id.

use alloy_primitives::{Address, B256, b256, keccak256};
use quorate_domain::Side;

use crate::chain::{AssetError, AssetId, ChainId, Exchange, MarketKind, eip712};
use crate::wallet::WalletType;

use super::amounts::Amounts;

/// The EIP-712 type of an order, of both versions of the domain.
pub const ORDER_TYPE: &str = "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)";

/// keccak256 of [`ORDER_TYPE`].
pub const ORDER_TYPE_HASH: B256 =
    b256!("bb86318a2138f5fa8ae32fbe8e659f8fcf13cc6ae4014a707893055433818589");

/// Largest salt: it travels as a JSON number, which keeps 53 bits.
pub const SALT_MAX: u64 = (1 << 53) - 1;

/// A salt from whatever names the intent: the first 53 bits of its keccak256. The same intent has the same salt, so an order
/// can be built again after a crash; different intents differ.
#[must_use]
pub fn salt_from(seed: &[u8]) -> u64 {
    let hash = keccak256(seed);
    let mut head = [0; 8];
    head.copy_from_slice(&hash[..8]);
    u64::from_be_bytes(head) >> 11
}

/// Everything that an order says. All but `expiration_s` is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFields {
    /// Makes the order unique, together with the timestamp; at most [`SALT_MAX`].
    pub salt: u64,
    /// The wallet that gives and receives.
    pub maker: Address,
    /// Who answers for the signature: the account of the key, or the wallet itself for type 3.
    pub signer: Address,
    /// What is traded.
    pub asset: AssetId,
    /// What is given and got, micro-units.
    pub amounts: Amounts,
    /// Direction.
    pub side: Side,
    /// Type of the wallet.
    pub wallet_type: WalletType,
    /// Unix milliseconds.
    pub timestamp_ms: u64,
    /// Unix seconds at which a GTD order expires (see [`super::gtd_expiration_s`]); 0 for all others. Not signed.
    pub expiration_s: u64,
    /// Free; zero unless somebody reads it.
    pub metadata: B256,
    /// Builder code; zero for none.
    pub builder: B256,
}

/// Why an order is not prepared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The salt would lose digits on the way.
    #[error("salt {salt} does not fit a JSON number: expected at most 2^53 - 1")]
    SaltTooLarge {
        /// The salt.
        salt: u64,
    },
    /// One of the amounts is zero: the order would give something for nothing, or nothing at all.
    #[error("an order must give and get something: maker amount {maker}, taker amount {taker}")]
    EmptyAmount {
        /// Micro-units given.
        maker: u128,
        /// Micro-units got.
        taker: u128,
    },
    /// Maker and signer do not go with the type of the wallet.
    #[error(
        "maker {maker} and signer {signer} do not fit signature type {number}: types 0 and 3 have the same address for both, types 1 and 2 have two"
    )]
    WalletMismatch {
        /// The maker.
        maker: Address,
        /// The signer.
        signer: Address,
        /// The type's number.
        number: u8,
    },
    /// The asset id does not say what it is.
    #[error(transparent)]
    Asset(#[from] AssetError),
}

impl OrderFields {
    /// Checks the order, chooses its exchange from the asset and the kind of its market, and computes its hashes.
    ///
    /// # Errors
    /// [`OrderError`]: nothing is prepared that the venue would refuse or that says something else than it seems to.
    pub fn prepare(self, chain: ChainId, kind: MarketKind) -> Result<PreparedOrder, OrderError> {
        if self.salt > SALT_MAX {
            return Err(OrderError::SaltTooLarge { salt: self.salt });
        }
        let Amounts { maker, taker } = self.amounts;
        if maker == 0 || taker == 0 {
            return Err(OrderError::EmptyAmount { maker, taker });
        }
        let one_address = matches!(self.wallet_type, WalletType::Eoa | WalletType::Poly1271);
        if one_address != (self.maker == self.signer) {
            return Err(OrderError::WalletMismatch {
                maker: self.maker,
                signer: self.signer,
                number: self.wallet_type.number(),
            });
        }
        let exchange = Exchange::for_asset(self.asset, kind)?;
        let struct_hash = self.struct_hash();
        Ok(PreparedOrder {
            id: eip712::digest(&exchange.domain_separator(chain), &struct_hash),
            fields: self,
            chain,
            exchange,
            struct_hash,
        })
    }

    /// EIP-712 hash of the struct alone, without the domain.
    #[must_use]
    pub fn struct_hash(&self) -> B256 {
        let side = match self.side {
            Side::Buy => 0,
            Side::Sell => 1,
        };
        eip712::hash_words(&[
            ORDER_TYPE_HASH.0,
            eip712::number(u128::from(self.salt)),
            eip712::address(self.maker),
            eip712::address(self.signer),
            self.asset.0.to_be_bytes(),
            eip712::number(self.amounts.maker),
            eip712::number(self.amounts.taker),
            eip712::number(side),
            eip712::number(u128::from(self.wallet_type.number())),
            eip712::number(u128::from(self.timestamp_ms)),
            self.metadata.0,
            self.builder.0,
        ])
    }
}

/// A checked order with its id. Record the id, then sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedOrder {
    fields: OrderFields,
    chain: ChainId,
    exchange: Exchange,
    struct_hash: B256,
    id: B256,
}

impl PreparedOrder {
    /// The venue's order id: the EIP-712 hash under the exchange's domain, for every type of wallet.
    #[must_use]
    pub const fn id(&self) -> B256 {
        self.id
    }

    /// What the order says.
    #[must_use]
    pub const fn fields(&self) -> &OrderFields {
        &self.fields
    }

    /// Chain it is for.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        self.chain
    }

    /// Exchange it is for.
    #[must_use]
    pub const fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// EIP-712 hash of the struct alone.
    #[must_use]
    pub const fn struct_hash(&self) -> B256 {
        self.struct_hash
    }
}
