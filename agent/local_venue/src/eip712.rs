//! What is signed: the hashes of EIP-712 for API keys and orders, built word by word from the type strings.

use alloy_primitives::{Address, B256, Signature, U256, address, keccak256};

/// Exchange of standard markets.
pub const EXCHANGE: Address = address!("0xE111180000d2663C0091e4f400237545B87B996B");
/// Exchange of neg-risk markets.
pub const NEG_RISK_EXCHANGE: Address = address!("0xe2222d279d744050d28e00520010520000310F59");
/// Exchange of position ids on Polygon.
pub const EXCHANGE_V3: Address = address!("0xe3333700cA9d93003F00f0F71f8515005F6c00Aa");
/// Exchange of position ids on the Amoy test network.
pub const EXCHANGE_V3_AMOY: Address = address!("0x9fE6e61422AdB6F610d8597F9684b16912D50C3D");

/// The order's type string, 186 bytes.
pub const ORDER_TYPE: &str = "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)";
const NESTED_TYPE: &str = "TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)";
const DOMAIN_TYPE: &str =
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
const AUTH_DOMAIN_TYPE: &str = "EIP712Domain(string name,string version,uint256 chainId)";
const AUTH_TYPE: &str = "ClobAuth(address address,string timestamp,uint256 nonce,string message)";
const AUTH_MESSAGE: &str = "This message attests that I control the given wallet";

/// An order as it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedFields {
    /// Makes equal orders different.
    pub salt: U256,
    /// The wallet that gives.
    pub maker: Address,
    /// The address that vouches.
    pub signer: Address,
    /// What is traded.
    pub token_id: U256,
    /// Micro-units given.
    pub maker_amount: U256,
    /// Micro-units wanted.
    pub taker_amount: U256,
    /// 0 buys, 1 sells.
    pub side: u8,
    /// Kind of wallet, 0 to 3.
    pub signature_type: u8,
    /// Milliseconds since the epoch.
    pub timestamp: U256,
    /// Free.
    pub metadata: B256,
    /// Builder code.
    pub builder: B256,
}

fn text(value: &str) -> B256 {
    keccak256(value.as_bytes())
}

fn word(value: u64) -> B256 {
    B256::from(U256::from(value))
}

fn hash_words(words: &[B256]) -> B256 {
    keccak256(words.concat())
}

fn typed(separator: B256, hash: B256) -> B256 {
    let mut bytes = vec![0x19, 0x01];
    bytes.extend_from_slice(separator.as_slice());
    bytes.extend_from_slice(hash.as_slice());
    keccak256(bytes)
}

/// Whether a token id is a position id of the newer protocol: bits 40 to 103 are zero.
#[must_use]
pub fn is_position_id(token: U256) -> bool {
    ((token >> 40_usize) & U256::from(u64::MAX)).is_zero()
}

/// The exchange that settles a token.
#[must_use]
pub fn exchange_of(token: U256, neg_risk: bool, chain_id: u64) -> Address {
    match (is_position_id(token), neg_risk) {
        (true, _) if chain_id == 137 => EXCHANGE_V3,
        (true, _) => EXCHANGE_V3_AMOY,
        (false, true) => NEG_RISK_EXCHANGE,
        (false, false) => EXCHANGE,
    }
}

/// Domain separator of an exchange.
#[must_use]
pub fn exchange_domain(token: U256, neg_risk: bool, chain_id: u64) -> B256 {
    let version = if is_position_id(token) { "3" } else { "2" };
    hash_words(&[
        text(DOMAIN_TYPE),
        text("Polymarket CTF Exchange"),
        text(version),
        word(chain_id),
        exchange_of(token, neg_risk, chain_id).into_word(),
    ])
}

/// Struct hash of an order.
#[must_use]
pub fn order_struct_hash(order: &SignedFields) -> B256 {
    hash_words(&[
        text(ORDER_TYPE),
        B256::from(order.salt),
        order.maker.into_word(),
        order.signer.into_word(),
        B256::from(order.token_id),
        B256::from(order.maker_amount),
        B256::from(order.taker_amount),
        word(u64::from(order.side)),
        word(u64::from(order.signature_type)),
        B256::from(order.timestamp),
        order.metadata,
        order.builder,
    ])
}

/// The order's id, and what types 0 to 2 sign.
#[must_use]
pub fn order_hash(domain: B256, struct_hash: B256) -> B256 {
    typed(domain, struct_hash)
}

/// What the owner of a deposit wallet signs: the order nested in the wallet's own domain (ERC-7739).
#[must_use]
pub fn nested_digest(domain: B256, struct_hash: B256, wallet: Address, chain_id: u64) -> B256 {
    let hash = hash_words(&[
        text(&format!("{NESTED_TYPE}{ORDER_TYPE}")),
        struct_hash,
        text("DepositWallet"),
        text("1"),
        word(chain_id),
        wallet.into_word(),
        B256::ZERO,
    ]);
    typed(domain, hash)
}

/// What is signed to create or derive an API key.
#[must_use]
pub fn auth_digest(address: Address, timestamp: &str, nonce: u64, chain_id: u64) -> B256 {
    let domain = hash_words(&[
        text(AUTH_DOMAIN_TYPE),
        text("ClobAuthDomain"),
        text("1"),
        word(chain_id),
    ]);
    let hash = hash_words(&[
        text(AUTH_TYPE),
        address.into_word(),
        text(timestamp),
        word(nonce),
        text(AUTH_MESSAGE),
    ]);
    typed(domain, hash)
}

/// Who made a 65-byte signature of a digest; `None` unless it is well formed with a low s.
#[must_use]
pub fn recover(digest: B256, signature: &[u8]) -> Option<Address> {
    if signature.len() != 65 {
        return None;
    }
    let parsed = Signature::from_raw(signature).ok()?;
    if parsed.normalize_s().is_some() {
        return None;
    }
    parsed.recover_address_from_prehash(&digest).ok()
}
