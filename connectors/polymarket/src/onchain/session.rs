//! Session keys of a deposit wallet: accounts that may trade for it until a time, and never withdraw.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use super::{Call, abi};

/// Lets `signer` trade for `wallet` until `valid_until_s` (unix seconds; the venue takes 180 days at most). It has to arrive
/// in a batch that the owner signed.
#[must_use]
pub fn authorize(wallet: Address, signer: Address, valid_until_s: u64) -> Call {
    let call = abi::authorizeSessionSignerCall {
        signer,
        valid_until: U256::from(valid_until_s),
    };
    Call::new(wallet, call.abi_encode())
}

/// Takes [`authorize`] back at once.
#[must_use]
pub fn revoke(wallet: Address, signer: Address) -> Call {
    Call::new(wallet, abi::revokeSessionSignerCall { signer }.abi_encode())
}
