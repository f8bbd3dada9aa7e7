//! Calls that only read (`eth_call`): balances, permissions and payouts. Every answer is one 32-byte word.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use quorate_domain::Outcome;

use super::{Call, abi};
use crate::chain::{AssetId, ChainId, contracts};

/// Micro-units of an ERC-20 token that an account holds.
#[must_use]
pub fn erc20_balance(token: Address, account: Address) -> Call {
    Call::new(token, abi::Erc20::balanceOfCall { account }.abi_encode())
}

/// Micro-dollars of an ERC-20 token that `spender` may take from `owner`.
#[must_use]
pub fn allowance(token: Address, owner: Address, spender: Address) -> Call {
    Call::new(token, abi::allowanceCall { owner, spender }.abi_encode())
}

/// Micro-shares of an outcome that an account holds; `token` is ConditionalTokens or the PositionManager.
#[must_use]
pub fn shares(token: Address, account: Address, asset: AssetId) -> Call {
    let call = abi::Erc1155::balanceOfCall {
        account,
        id: asset.0,
    };
    Call::new(token, call.abi_encode())
}

/// Whether `operator` may move the ERC-1155 tokens of `owner` (1) or not (0).
#[must_use]
pub fn is_approved_for_all(token: Address, owner: Address, operator: Address) -> Call {
    Call::new(
        token,
        abi::isApprovedForAllCall { owner, operator }.abi_encode(),
    )
}

/// What an outcome of a condition pays, in parts of [`payout_denominator`]; meaningless while that is 0.
#[must_use]
pub fn payout_numerator(chain: ChainId, condition: B256, outcome: Outcome) -> Call {
    let outcome = match outcome {
        Outcome::Yes => U256::ZERO,
        Outcome::No => U256::from(1),
    };
    Call::new(
        chain.conditional_tokens(),
        abi::payoutNumeratorsCall { condition, outcome }.abi_encode(),
    )
}

/// What both outcomes of a condition pay together; 0 until it has resolved.
#[must_use]
pub fn payout_denominator(chain: ChainId, condition: B256) -> Call {
    Call::new(
        chain.conditional_tokens(),
        abi::payoutDenominatorCall { condition }.abi_encode(),
    )
}

/// The beacon that the factory gives to new deposit wallets: an address means the beacon form, zero or a revert the earlier
/// one.
#[must_use]
pub fn deposit_beacon() -> Call {
    // The getter's selector; its name is not published.
    Call::new(contracts::DEPOSIT_FACTORY, vec![0x49, 0x49, 0x3a, 0x4d])
}
