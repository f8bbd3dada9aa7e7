//! Contract calls without a node: what is called and with which bytes, and how several calls are signed for the relayer,
//! which pays the gas. Addresses are Polygon's.

mod abi;
pub mod approvals;
pub mod positions;
pub mod reads;
pub mod relayer;
pub mod session;

use alloy_primitives::{Address, Bytes, U256};

/// One call of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The contract.
    pub to: Address,
    /// Native currency sent along, in wei.
    pub value: U256,
    /// Selector and arguments.
    pub data: Bytes,
}

impl Call {
    /// A call that sends no native currency.
    pub(crate) fn new(to: Address, data: Vec<u8>) -> Self {
        Self {
            to,
            value: U256::ZERO,
            data: data.into(),
        }
    }
}
