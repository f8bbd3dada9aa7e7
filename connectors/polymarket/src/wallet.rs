//! The wallet that holds the money: its four types, the address that each type has for an account, and which type a
//! configured address is. Addresses follow from CREATE2 alone, so nothing has to be asked.

use alloy_primitives::{Address, B256, hex, keccak256};

use crate::chain::{contracts, eip712};

/// Type of wallet; its number travels in every order as `signatureType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WalletType {
    /// 0: the account of the key itself.
    Eoa,
    /// 1: a proxy wallet.
    PolyProxy,
    /// 2: a Safe with one owner.
    GnosisSafe,
    /// 3: a deposit wallet, which checks signatures itself (ERC-1271). The default of new accounts.
    Poly1271,
}

impl WalletType {
    /// The type with this `signatureType`; `None` above 3.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Eoa),
            1 => Some(Self::PolyProxy),
            2 => Some(Self::GnosisSafe),
            3 => Some(Self::Poly1271),
            _ => None,
        }
    }

    /// The `signatureType` of orders.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Eoa => 0,
            Self::PolyProxy => 1,
            Self::GnosisSafe => 2,
            Self::Poly1271 => 3,
        }
    }
}

/// How a deposit wallet is built; it decides its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepositForm {
    /// Behind a beacon: wallets made since 2026-06-29.
    Beacon,
    /// Upgradeable on its own (UUPS): earlier wallets.
    Uups,
}

/// What a configured address is to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunderKind {
    /// The account itself.
    Eoa,
    /// The account's deposit wallet.
    Deposit(DepositForm),
    /// The account's proxy wallet.
    Proxy,
    /// The account's Safe.
    Safe,
    /// None of these: the key is a session key of somebody's deposit wallet, or the configuration is wrong.
    Unrelated,
}

impl FunderKind {
    /// The type of wallet; `None` when the address does not belong to the account.
    #[must_use]
    pub const fn wallet_type(self) -> Option<WalletType> {
        match self {
            Self::Eoa => Some(WalletType::Eoa),
            Self::Deposit(_) => Some(WalletType::Poly1271),
            Self::Proxy => Some(WalletType::PolyProxy),
            Self::Safe => Some(WalletType::GnosisSafe),
            Self::Unrelated => None,
        }
    }
}

/// What `funder` is to the account `owner`, tried in the order EOA, deposit wallet, proxy, Safe.
#[must_use]
pub fn classify(owner: Address, funder: Address) -> FunderKind {
    if funder == owner {
        FunderKind::Eoa
    } else if funder == deposit_wallet(owner, DepositForm::Beacon) {
        FunderKind::Deposit(DepositForm::Beacon)
    } else if funder == deposit_wallet(owner, DepositForm::Uups) {
        FunderKind::Deposit(DepositForm::Uups)
    } else if funder == proxy_wallet(owner) {
        FunderKind::Proxy
    } else if funder == safe_wallet(owner) {
        FunderKind::Safe
    } else {
        FunderKind::Unrelated
    }
}

/// The proxy wallet (type 1) of an account.
#[must_use]
pub fn proxy_wallet(owner: Address) -> Address {
    let mut init_code = Vec::with_capacity(167);
    init_code.extend_from_slice(&hex!("3d3d606380380380913d393d73"));
    init_code.extend_from_slice(contracts::PROXY_FACTORY.as_slice());
    init_code.extend_from_slice(&hex!(
        "5af4602a57600080fd5b602d8060366000396000f3363d3d373d3d3d363d73"
    ));
    init_code.extend_from_slice(contracts::PROXY_IMPLEMENTATION.as_slice());
    init_code.extend_from_slice(&hex!("5af43d82803e903d91602b57fd5bf352e831dd"));
    // Constructor argument: empty bytes.
    init_code.extend_from_slice(&eip712::number(0x20));
    init_code.extend_from_slice(&eip712::number(0));
    contracts::PROXY_FACTORY.create2(keccak256(owner), keccak256(&init_code))
}

/// The Safe (type 2) of an account.
#[must_use]
pub fn safe_wallet(owner: Address) -> Address {
    contracts::SAFE_FACTORY.create2(
        keccak256(eip712::address(owner)),
        contracts::SAFE_INIT_CODE_HASH,
    )
}

/// The deposit wallet (type 3) of an account.
#[must_use]
pub fn deposit_wallet(owner: Address, form: DepositForm) -> Address {
    let arguments = [
        eip712::address(contracts::DEPOSIT_FACTORY),
        eip712::address(owner),
    ];
    let mut init_code = Vec::with_capacity(181);
    match form {
        DepositForm::Beacon => {
            init_code.extend_from_slice(&hex!("6100923d8160233d3973"));
            init_code.extend_from_slice(contracts::DEPOSIT_BEACON.as_slice());
            init_code.extend_from_slice(&hex!(
                "60195155f3363d3d373d3d363d602036600436635c60da"
                "1b60e01b36527fa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6c"
                "b3582b35133d50545afa5036515af43d6000803e604d573d6000fd5b3d6000f3"
            ));
        }
        DepositForm::Uups => {
            init_code.extend_from_slice(&hex!("61007d3d8160233d3973"));
            init_code.extend_from_slice(contracts::DEPOSIT_UUPS_IMPLEMENTATION.as_slice());
            init_code.extend_from_slice(&hex!(
                "6009"
                "5155f3363d3d373d3d363d7f360894a13ba1a3210667c828492db98dca3e2076"
                "cc3735a920a3ca505d382bbc545af43d6000803e6038573d6000fd5b3d6000f3"
            ));
        }
    }
    init_code.extend_from_slice(arguments.as_flattened());
    let salt: B256 = keccak256(arguments.as_flattened());
    contracts::DEPOSIT_FACTORY.create2(salt, keccak256(&init_code))
}
