//! Split, merge, redeem and convert: collateral into outcome tokens and back, without a trade and without a fee. Amounts are
//! micro-units (of pUSD and of shares alike).

use alloy_primitives::{Address, B256, FixedBytes, U256};
use alloy_sol_types::SolCall;
use quorate_domain::Outcome;

use super::{Call, abi};
use crate::chain::{ConditionIdV2, MarketKind, contracts};

/// The two outcomes of a condition, as index sets.
fn both_outcomes() -> Vec<U256> {
    vec![U256::from(1), U256::from(2)]
}

/// The adapter that does it in pUSD.
const fn adapter(kind: MarketKind) -> Address {
    match kind {
        MarketKind::Standard => contracts::COLLATERAL_ADAPTER,
        MarketKind::NegRisk => contracts::COLLATERAL_ADAPTER_NEG_RISK,
    }
}

/// CLOB V2: `amount` of collateral into as many shares of both outcomes.
#[must_use]
pub fn split(kind: MarketKind, condition: B256, amount: U256) -> Call {
    let call = abi::splitPositionCall {
        collateral: contracts::COLLATERAL,
        parent: B256::ZERO,
        condition,
        partition: both_outcomes(),
        amount,
    };
    Call::new(adapter(kind), call.abi_encode())
}

/// CLOB V2: `amount` shares of both outcomes into as much collateral.
#[must_use]
pub fn merge(kind: MarketKind, condition: B256, amount: U256) -> Call {
    let call = abi::mergePositionsCall {
        collateral: contracts::COLLATERAL,
        parent: B256::ZERO,
        condition,
        partition: both_outcomes(),
        amount,
    };
    Call::new(adapter(kind), call.abi_encode())
}

/// CLOB V2: all shares of both outcomes of a resolved market into what they pay. Somebody else may have done it already, so
/// look at the balance first.
#[must_use]
pub fn redeem(kind: MarketKind, condition: B256) -> Call {
    let call = abi::redeemPositionsCall {
        collateral: contracts::COLLATERAL,
        parent: B256::ZERO,
        condition,
        index_sets: both_outcomes(),
    };
    Call::new(adapter(kind), call.abi_encode())
}

/// CLOB V2, neg-risk: `amount` No shares of each question in `questions` (bit n: question n of the group) into as many Yes
/// shares of all the others, and collateral for all but one of them. `market` is the group's neg-risk market id.
#[must_use]
pub fn convert(market: B256, questions: U256, amount: U256) -> Call {
    let call = abi::convertPositionsCall {
        market,
        index_set: questions,
        amount,
    };
    Call::new(contracts::COLLATERAL_ADAPTER_NEG_RISK, call.abi_encode())
}

/// Protocol V2: as [`split`].
#[must_use]
pub fn split_v2(condition: ConditionIdV2, amount: U256) -> Call {
    let condition = FixedBytes(condition.0);
    Call::new(
        contracts::ROUTER,
        abi::splitCall { condition, amount }.abi_encode(),
    )
}

/// Protocol V2: as [`merge`].
#[must_use]
pub fn merge_v2(condition: ConditionIdV2, amount: U256) -> Call {
    let condition = FixedBytes(condition.0);
    Call::new(
        contracts::ROUTER,
        abi::mergeCall { condition, amount }.abi_encode(),
    )
}

/// Protocol V2: `amount` shares of one outcome of a resolved market into what they pay.
#[must_use]
pub fn redeem_v2(condition: ConditionIdV2, outcome: Outcome, amount: U256) -> Call {
    let call = abi::redeemCall {
        condition: FixedBytes(condition.0),
        outcome: match outcome {
            Outcome::Yes => U256::ZERO,
            Outcome::No => U256::from(1),
        },
        amount,
    };
    Call::new(contracts::ROUTER, call.abi_encode())
}

/// `amount` micro-dollars of USDC.e into as much pUSD for `to`.
#[must_use]
pub fn wrap_usdc(to: Address, amount: U256) -> Call {
    let call = abi::wrapCall {
        asset: contracts::USDC_E,
        to,
        amount,
    };
    Call::new(contracts::COLLATERAL_ONRAMP, call.abi_encode())
}

/// `amount` micro-units of an ERC-20 token to somebody else.
#[must_use]
pub fn transfer(token: Address, to: Address, amount: U256) -> Call {
    Call::new(token, abi::transferCall { to, amount }.abi_encode())
}
