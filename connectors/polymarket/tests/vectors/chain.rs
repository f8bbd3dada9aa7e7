//! Asset ids, exchanges, wallets and book hashes.

use alloy_primitives::{Address, U256, hex, keccak256};
use quorate_domain::Outcome;
use quorate_polymarket::book_hash::BookText;
use quorate_polymarket::chain::{
    AssetError, AssetId, AssetProtocol, ChainError, ChainId, ConditionIdV2, Exchange, MarketKind,
    Module, contracts, eip712,
};
use quorate_polymarket::order::{ORDER_TYPE, ORDER_TYPE_HASH, TYPED_DATA_SIGN_TYPE_HASH};
use quorate_polymarket::wallet::{
    DepositForm, FunderKind, WalletType, classify, deposit_wallet, proxy_wallet, safe_wallet,
};
use serde::Deserialize as _;

use super::common::{address, cases, key, text, vectors, word};

const CHAINS: [ChainId; 2] = [ChainId::Polygon, ChainId::Amoy];
const EXCHANGES: [Exchange; 3] = [Exchange::Ctf, Exchange::NegRisk, Exchange::V3];

#[test]
fn vector_asset_ids() {
    let file = vectors("asset_id_version.json");
    for case in cases(&file, "cases", 3) {
        let id: AssetId = text(case, "asset_id").parse().unwrap();
        assert_eq!(id.0, U256::from_be_bytes(word(case, "hex").0), "{case}");
        assert_eq!(id.to_string(), text(case, "asset_id"));
        let exchange = Exchange::for_asset(id, MarketKind::Standard).unwrap();
        match id.protocol().unwrap() {
            AssetProtocol::ClobV2 => {
                assert_eq!(case["is_protocol_v2"], false, "{case}");
                assert_eq!(exchange, Exchange::Ctf);
            }
            AssetProtocol::ProtocolV2(position) => {
                assert_eq!(case["is_protocol_v2"], true, "{case}");
                assert_eq!(exchange, Exchange::V3);
                assert_eq!(position.condition.to_string(), text(case, "condition_id"));
                let outcome = match position.outcome {
                    Outcome::Yes => 0,
                    Outcome::No => 1,
                };
                assert_eq!(case["outcome_index"], outcome);
                assert_eq!(text(case, "module"), "01");
                assert_eq!(position.module, Module::Binary);
                // The condition reads the same from its own text and from the position's.
                for name in ["condition_id", "hex"] {
                    let condition = ConditionIdV2::parse(text(case, name)).unwrap();
                    assert_eq!(condition, position.condition);
                }
            }
        }
    }
}

#[test]
fn a_position_is_told_by_its_reserved_bits_alone() {
    let mut bytes = [0xff; 32];
    bytes[0] = 3;
    bytes[31] = 1;
    // Bits 40 to 103 are bytes 19 to 26 from the left.
    bytes[19..27].fill(0);
    let position = AssetId(U256::from_be_bytes(bytes));
    assert!(matches!(
        position.protocol(),
        Ok(AssetProtocol::ProtocolV2(_))
    ));
    for bit in 40..104 {
        let token = AssetId(position.0 | (U256::from(1) << bit));
        assert_eq!(token.protocol(), Ok(AssetProtocol::ClobV2), "bit {bit}");
    }
}

#[test]
fn asset_ids_that_say_nothing_known_are_refused() {
    let mut bytes = [0; 32];
    let id = |bytes: [u8; 32]| AssetId(U256::from_be_bytes(bytes));
    assert_eq!(
        id(bytes).protocol(),
        Err(AssetError::UnknownModule {
            id: id(bytes),
            module: 0
        })
    );
    bytes[0] = 2;
    bytes[31] = 2;
    assert_eq!(
        Exchange::for_asset(id(bytes), MarketKind::NegRisk),
        Err(AssetError::UnknownOutcome {
            id: id(bytes),
            outcome: 2
        })
    );
    let too_large = format!("{}0", U256::MAX);
    for text in [
        "", "0x1f", "-1", "1_000", " 1", "1.0", "\u{661}", &too_large,
    ] {
        assert!(
            matches!(text.parse::<AssetId>(), Err(AssetError::NotANumber { .. })),
            "{text:?}"
        );
    }
    let long = format!("0x{}02", "01".repeat(31));
    for text in ["0x01", "no", &long] {
        assert!(
            matches!(
                ConditionIdV2::parse(text),
                Err(AssetError::NotACondition { .. })
            ),
            "{text:?}"
        );
    }
}

#[test]
fn precomputed_hashes_are_those_of_their_texts() {
    for chain in CHAINS {
        for exchange in EXCHANGES {
            let separator = eip712::domain_separator(
                Exchange::DOMAIN_NAME,
                exchange.domain_version(),
                chain.id(),
                exchange.address(chain),
            );
            assert_eq!(
                exchange.domain_separator(chain),
                separator,
                "{chain:?} {exchange:?}"
            );
        }
    }
    assert_eq!(ORDER_TYPE_HASH, keccak256(ORDER_TYPE));
    let nested = "TypedDataSign(Order contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)";
    assert_eq!(
        TYPED_DATA_SIGN_TYPE_HASH,
        keccak256(format!("{nested}{ORDER_TYPE}"))
    );
}

#[test]
fn nothing_is_signed_for_unknown_chains_and_retired_exchanges() {
    for chain in CHAINS {
        assert_eq!(ChainId::from_id(chain.id()), Ok(chain));
        for exchange in EXCHANGES {
            assert_eq!(Exchange::at(chain, exchange.address(chain)), Ok(exchange));
        }
        for retired in contracts::EXCHANGES_RETIRED {
            assert_eq!(
                Exchange::at(chain, retired),
                Err(ChainError::RetiredExchange { address: retired })
            );
        }
        let other = contracts::COLLATERAL;
        assert_eq!(
            Exchange::at(chain, other),
            Err(ChainError::UnknownExchange { address: other })
        );
    }
    for id in [0, 1, 136, 80_001] {
        assert_eq!(ChainId::from_id(id), Err(ChainError::UnknownChain { id }));
    }
    // The V3 exchange of one chain is nothing on the other.
    assert!(Exchange::at(ChainId::Amoy, contracts::EXCHANGE_V3).is_err());
}

#[test]
fn vector_wallets() {
    let file = vectors("wallets.json");
    let owner = key(&file).address();
    let wallets = &file["wallets"];
    let expected = [
        ("signer", owner, FunderKind::Eoa, Some(WalletType::Eoa)),
        (
            "proxy_type1",
            proxy_wallet(owner),
            FunderKind::Proxy,
            Some(WalletType::PolyProxy),
        ),
        (
            "safe_type2",
            safe_wallet(owner),
            FunderKind::Safe,
            Some(WalletType::GnosisSafe),
        ),
        (
            "deposit_beacon_type3",
            deposit_wallet(owner, DepositForm::Beacon),
            FunderKind::Deposit(DepositForm::Beacon),
            Some(WalletType::Poly1271),
        ),
        (
            "deposit_uups_type3_legacy",
            deposit_wallet(owner, DepositForm::Uups),
            FunderKind::Deposit(DepositForm::Uups),
            Some(WalletType::Poly1271),
        ),
    ];
    assert_eq!(wallets.as_object().unwrap().len(), expected.len());
    for (name, derived, kind, wallet_type) in expected {
        assert_eq!(derived, address(wallets, name), "{name}");
        assert_eq!(classify(owner, derived), kind, "{name}");
        assert_eq!(kind.wallet_type(), wallet_type, "{name}");
    }
    let stranger = Address::repeat_byte(7);
    assert_eq!(classify(owner, stranger), FunderKind::Unrelated);
    assert_eq!(
        classify(stranger, safe_wallet(owner)),
        FunderKind::Unrelated
    );
    assert_eq!(FunderKind::Unrelated.wallet_type(), None);

    let parameters = &file["parameters"];
    for (group, name, ours) in [
        ("proxy", "factory", contracts::PROXY_FACTORY),
        ("proxy", "implementation", contracts::PROXY_IMPLEMENTATION),
        ("safe", "factory", contracts::SAFE_FACTORY),
        ("deposit", "factory", contracts::DEPOSIT_FACTORY),
        ("deposit", "beacon", contracts::DEPOSIT_BEACON),
        (
            "deposit",
            "uups_implementation",
            contracts::DEPOSIT_UUPS_IMPLEMENTATION,
        ),
    ] {
        assert_eq!(ours, address(&parameters[group], name), "{group}.{name}");
    }
}

#[test]
fn types_of_wallets_have_numbers() {
    for number in 0..=3 {
        assert_eq!(WalletType::from_number(number).unwrap().number(), number);
    }
    assert_eq!(WalletType::from_number(4), None);
}

#[test]
fn vector_book_hashes() {
    let file = vectors("orderbook_hash.json");
    for case in cases(&file, "cases", 2) {
        let mut book = BookText::deserialize(&case["book"]).unwrap();
        assert_eq!(book.hashed_json().unwrap(), text(case, "serialized"));
        assert_eq!(book.sha1_hex().unwrap(), text(case, "sha1"));
        // A book as served brings its hash along; that changes nothing. Any other letter does.
        book.hash = hex::encode([1; 20]);
        assert_eq!(book.sha1_hex().unwrap(), text(case, "sha1"));
        book.timestamp.push('0');
        assert_ne!(book.sha1_hex().unwrap(), text(case, "sha1"));
    }
}
