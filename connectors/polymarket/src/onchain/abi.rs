//! The functions and typed structs of the contracts, in Solidity's own words; the encoders are generated from them.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::too_many_arguments,
    reason = "generated from the signatures below, which say what they are"
)]

use alloy_sol_types::sol;

sol! {
    // ERC-20 and ERC-1155.
    function approve(address spender, uint256 amount);
    function allowance(address owner, address spender);
    function transfer(address to, uint256 amount);
    function setApprovalForAll(address operator, bool approved);
    function isApprovedForAll(address owner, address operator);

    interface Erc20 {
        function balanceOf(address account);
    }

    interface Erc1155 {
        function balanceOf(address account, uint256 id);
    }

    // ConditionalTokens, and the adapters that speak its language in pUSD.
    function splitPosition(address collateral, bytes32 parent, bytes32 condition, uint256[] partition, uint256 amount);
    function mergePositions(address collateral, bytes32 parent, bytes32 condition, uint256[] partition, uint256 amount);
    function redeemPositions(address collateral, bytes32 parent, bytes32 condition, uint256[] index_sets);
    function convertPositions(bytes32 market, uint256 index_set, uint256 amount);
    function payoutNumerators(bytes32 condition, uint256 outcome);
    function payoutDenominator(bytes32 condition);

    // Router of protocol V2.
    function split(bytes31 condition, uint256 amount);
    function merge(bytes31 condition, uint256 amount);
    function redeem(bytes31 condition, uint256 outcome, uint256 amount);

    // Ramp from USDC.e to pUSD.
    function wrap(address asset, address to, uint256 amount);

    // Wallets.
    function authorizeSessionSigner(address signer, uint256 valid_until);
    function revokeSessionSigner(address signer);
    function multiSend(bytes transactions);

    struct ProxyCall {
        uint8 code;
        address to;
        uint256 value;
        bytes data;
    }

    function proxy(ProxyCall[] calls);

    #[derive(Debug)]
    struct SafeTx {
        address to;
        uint256 value;
        bytes data;
        uint8 operation;
        uint256 safeTxGas;
        uint256 baseGas;
        uint256 gasPrice;
        address gasToken;
        address refundReceiver;
        uint256 nonce;
    }

    /// Signed by the owner of a deposit wallet: the calls that the wallet shall make.
    interface Deposit {
        struct Call {
            address target;
            uint256 value;
            bytes data;
        }

        struct Batch {
            address wallet;
            uint256 nonce;
            uint256 deadline;
            Call[] calls;
        }
    }
}
