//! `quorate keys show`: the address of a key file, and every wallet that the venue derives from it.

use alloy_primitives::Address;
use quorate_backtest::report::columns::{Align, Columns};
use quorate_polymarket::keystore;
use quorate_polymarket::wallet::{
    DepositForm, WalletType, deposit_wallet, proxy_wallet, safe_wallet,
};
use serde::Serialize;

use super::args::KeysArgs;
use super::file::KeyFile;
use crate::commands::operate::answer;
use crate::console::Console;
use crate::failure::Failure;
use crate::keyring::open_with;
use crate::settings::{Funder, Settings, SignatureType};

/// A wallet of an account.
#[derive(Debug, Serialize)]
struct Wallet {
    signature_type: u8,
    word: &'static str,
    address: String,
    /// Whether the settings' signature type means it.
    chosen: bool,
    /// Whether it is the settings' `account.funder`.
    funder: bool,
}

pub(super) fn run(args: &KeysArgs, console: &Console) -> Result<(), Failure> {
    let file = KeyFile::of(args)?;
    let owner = match keystore::address(&file.path)? {
        Some(address) => address,
        // Files of other wallets may keep it to themselves.
        None => open_with(&file.path, &file.password()?)?.key().address(),
    };
    let wallets = wallets(owner, &file.settings);
    let address = owner.to_checksum(None);
    let json = serde_json::json!({ "file": file.path, "address": address, "wallets": wallets });
    answer(console, &json, || text(&address, &wallets))?;
    if let Funder::Address(given) = file.settings.account.funder
        && !wallets.iter().any(|wallet| wallet.funder)
    {
        console.note(&format!(
            "warning: account.funder {} is none of these: it belongs to another key, or this one is a session key",
            Address::from(given)
        ));
    }
    Ok(())
}

fn wallets(owner: Address, settings: &Settings) -> Vec<Wallet> {
    let funder = match settings.account.funder {
        Funder::Auto => None,
        Funder::Address(bytes) => Some(Address::from(bytes)),
    };
    let chosen = settings.account.signature_type.map(SignatureType::number);
    let all = [
        (WalletType::Eoa, "eoa", owner),
        (WalletType::PolyProxy, "proxy", proxy_wallet(owner)),
        (WalletType::GnosisSafe, "safe", safe_wallet(owner)),
        (
            WalletType::Poly1271,
            "deposit_wallet",
            deposit_wallet(owner, DepositForm::Beacon),
        ),
        (
            WalletType::Poly1271,
            "deposit_wallet (before 2026-06-29)",
            deposit_wallet(owner, DepositForm::Uups),
        ),
    ];
    let row = |(kind, word, address): (WalletType, &'static str, Address)| Wallet {
        signature_type: kind.number(),
        word,
        address: address.to_checksum(None),
        chosen: chosen == Some(kind.number()),
        funder: funder == Some(address),
    };
    all.map(row).into()
}

fn text(address: &str, wallets: &[Wallet]) -> String {
    let mut table = Columns::new(&[
        ("type", Align::Right),
        ("signature_type", Align::Left),
        ("address", Align::Left),
        ("", Align::Left),
    ]);
    for wallet in wallets {
        let notes = [
            (wallet.funder, "account.funder"),
            (wallet.chosen, "account.signature_type"),
        ];
        let notes: Vec<&str> = notes
            .iter()
            .filter_map(|(holds, note)| holds.then_some(*note))
            .collect();
        table.row(vec![
            wallet.signature_type.to_string(),
            wallet.word.to_owned(),
            wallet.address.clone(),
            notes.join(", "),
        ]);
    }
    format!("{address}\n\n{}", table.lines().join("\n"))
}
