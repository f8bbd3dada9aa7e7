//! Permissions that a wallet gives once, so that the exchanges and adapters can move its collateral and tokens.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use super::{Call, abi};
use crate::chain::contracts;

/// Lets `spender` take up to `amount` micro-dollars of an ERC-20 token; [`U256::MAX`] for any amount.
#[must_use]
pub fn approve(token: Address, spender: Address, amount: U256) -> Call {
    Call::new(token, abi::approveCall { spender, amount }.abi_encode())
}

/// Lets `operator` move every ERC-1155 token of the wallet.
#[must_use]
pub fn approve_all(token: Address, operator: Address) -> Call {
    let call = abi::setApprovalForAllCall {
        operator,
        approved: true,
    };
    Call::new(token, call.abi_encode())
}

/// Takes [`approve_all`] back.
#[must_use]
pub fn revoke_all(token: Address, operator: Address) -> Call {
    let call = abi::setApprovalForAllCall {
        operator,
        approved: false,
    };
    Call::new(token, call.abi_encode())
}

/// Every permission that trading, splitting, merging and redeeming need, on both generations of the protocol, as the
/// venue's official client sets them up. Giving one again changes nothing.
#[must_use]
pub fn for_trading() -> Vec<Call> {
    let spenders = [
        contracts::EXCHANGE_CTF,
        contracts::EXCHANGE_NEG_RISK,
        contracts::COLLATERAL_ADAPTER,
        contracts::COLLATERAL_ADAPTER_NEG_RISK,
        contracts::ROUTER,
        contracts::EXCHANGE_V3,
    ];
    let token_operators = [
        contracts::EXCHANGE_CTF,
        contracts::EXCHANGE_NEG_RISK,
        contracts::COLLATERAL_ADAPTER,
        contracts::COLLATERAL_ADAPTER_NEG_RISK,
        contracts::AUTO_REDEEMER,
        contracts::MODULE_BINARY,
        contracts::MODULE_NEG_RISK,
    ];
    let position_operators = [
        contracts::ROUTER,
        contracts::EXCHANGE_V3,
        contracts::AUTO_REDEEMER,
    ];
    let collateral = spenders.map(|spender| approve(contracts::COLLATERAL, spender, U256::MAX));
    let tokens = token_operators.map(|to| approve_all(contracts::CONDITIONAL_TOKENS, to));
    let positions = position_operators.map(|to| approve_all(contracts::POSITION_MANAGER, to));
    collateral
        .into_iter()
        .chain(tokens)
        .chain(positions)
        .collect()
}
