//! Contract addresses, as the venue's official clients are configured. On Polygon unless the name says otherwise.

use alloy_primitives::{Address, B256, address, b256};

/// CTF Exchange V2: standard markets of CLOB V2. The same on Amoy.
pub const EXCHANGE_CTF: Address = address!("E111180000d2663C0091e4f400237545B87B996B");
/// Neg-risk Exchange V2: markets of mutually exclusive groups. The same on Amoy.
pub const EXCHANGE_NEG_RISK: Address = address!("e2222d279d744050d28e00520010520000310F59");
/// Exchange V3: position ids of protocol V2.
pub const EXCHANGE_V3: Address = address!("e3333700cA9d93003F00f0F71f8515005F6c00Aa");
/// Exchange V3 on Amoy.
pub const EXCHANGE_V3_AMOY: Address = address!("9fE6e61422AdB6F610d8597F9684b16912D50C3D");
/// Exchanges of the first protocol. Dead: a signature for them can only do harm.
pub const EXCHANGES_RETIRED: [Address; 2] = [
    address!("4bFb41d5B3570DeFd03C39a9A4D8dE6Bd8B8982E"),
    address!("C5d563A36AE78145C45a50134d48A1215220f80a"),
];

/// ConditionalTokens: ERC-1155 outcome tokens of CLOB V2, and their payouts.
pub const CONDITIONAL_TOKENS: Address = address!("4D97DCd97eC945f40cF65F87097ACe5EA0476045");
/// ConditionalTokens on Amoy.
pub const CONDITIONAL_TOKENS_AMOY: Address = address!("69308FB512518e39F9b16112fA8d994F4e2Bf8bB");
/// pUSD, the collateral: ERC-20 with 6 decimals. The same on Amoy.
pub const COLLATERAL: Address = address!("C011a7E12a19f7B1f670d46F03B03f3342E82DFB");
/// Wraps USDC.e into pUSD.
pub const COLLATERAL_ONRAMP: Address = address!("93070a847efEf7F70739046A929D47a521F5B8ee");
/// Turns pUSD back into USDC.e.
pub const COLLATERAL_OFFRAMP: Address = address!("2957922Eb93258b93368531d39fAcCA3B4dC5854");
/// Ramp for permissioned accounts.
pub const PERMISSIONED_RAMP: Address = address!("ebC2459Ec962869ca4c0bd1E06368272732BCb08");
/// USDC.e, what pUSD wraps.
pub const USDC_E: Address = address!("2791Bca1f2de4661ED88A30C99A7a9449Aa84174");
/// Split, merge and redeem of standard markets in pUSD.
pub const COLLATERAL_ADAPTER: Address = address!("AdA100Db00Ca00073811820692005400218FcE1f");
/// Split, merge, redeem and convert of neg-risk markets in pUSD.
pub const COLLATERAL_ADAPTER_NEG_RISK: Address =
    address!("adA2005600Dec949baf300f4C6120000bDB6eAab");
/// The first neg-risk adapter: position ids are computed with it, calls to it are refused by the relayer.
pub const NEG_RISK_ADAPTER_RETIRED: Address = address!("d91E80cF2E7be2e162c6513ceD06f1dD0dA35296");
/// Redeems winnings on behalf of accounts that approved it.
pub const AUTO_REDEEMER: Address = address!("a1200000d0002264C9a1698e001292D00E1b00af");

/// Protocol V2: entry point for split, merge and redeem.
pub const ROUTER: Address = address!("12121212006e4CD160D18e3f00711DA5c3372600");
/// Protocol V2: ERC-1155 positions.
pub const POSITION_MANAGER: Address = address!("006F54F7f9A22e0000CC2AB60031000000ae9fEF");
/// Protocol V2: binary markets.
pub const MODULE_BINARY: Address = address!("1000008dD9001B968442c1000017eaE6E0dA00Ba");
/// Protocol V2: neg-risk markets.
pub const MODULE_NEG_RISK: Address = address!("200000900045e3B6259600682756002200028933");
/// Protocol V2: combinations of markets.
pub const MODULE_COMBINATORIAL: Address = address!("30000034706C7d8e12009DAB006Be20000c031A8");

/// Creates deposit wallets (type 3).
pub const DEPOSIT_FACTORY: Address = address!("00000000000Fb5C9ADea0298D729A0CB3823Cc07");
/// Beacon of deposit wallets made since 2026-06-29.
pub const DEPOSIT_BEACON: Address = address!("7A18EDfe055488A3128f01F563e5B479D92ffc3a");
/// Implementation behind earlier deposit wallets.
pub const DEPOSIT_UUPS_IMPLEMENTATION: Address =
    address!("58CA52ebe0DadfdF531Cde7062e76746de4Db1eB");
/// Creates proxy wallets (type 1), and executes their relayed calls.
pub const PROXY_FACTORY: Address = address!("aB45c5A4B0c941a2F231C04C3f49182e1A254052");
/// Implementation behind proxy wallets.
pub const PROXY_IMPLEMENTATION: Address = address!("44e999d5c2F66Ef0861317f9A4805AC2e90aEB4f");
/// Creates Safes (type 2).
pub const SAFE_FACTORY: Address = address!("aacFeEa03eb1561C4e67d661e40682Bd20E3541b");
/// keccak256 of the init code of a Safe.
pub const SAFE_INIT_CODE_HASH: B256 =
    b256!("2bce2127ff07fb632d16c8347c4ebf501f4841168bed00d9e6ef715ddb6fcecf");
/// Executes several calls of a Safe as one.
pub const SAFE_MULTISEND: Address = address!("A238CBeb142c10Ef7Ad8442C6D1f9E89e07e7761");
/// Hub through which proxy wallets are relayed.
pub const RELAY_HUB: Address = address!("D216153c06E857cD7f72665E0aF1d7D82172F494");

/// Adapter between the venue and UMA's oracle.
pub const UMA_ADAPTER: Address = address!("6A9D222616C90FcA5754cd1333cFD9b7fb6a4F74");
/// UMA's optimistic oracle.
pub const OPTIMISTIC_ORACLE: Address = address!("CB1822859cEF82Cd2Eb4E6276C7916e692995130");
