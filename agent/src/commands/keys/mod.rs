//! `quorate keys`: key files, made, opened, shown and taken out. No key and no password is ever an argument.

pub(crate) mod args;
mod file;
mod rotate;
mod show;
mod write;

use alloy_primitives::{Address, B256, Signature};
use serde_json::json;

use super::operate::answer;
use crate::console::Console;
use crate::failure::{EXIT_REFUSED, Failure};
use crate::keyring::{EXIT_KEY, ask, open_with};
use args::{KeysArgs, KeysCommand, KeysExportArgs};
use file::KeyFile;

/// Fewest characters of an address that a person has to type.
const SUFFIX_MIN: usize = 4;
/// What is signed to see that signing works: 32 bytes that mean nothing to any contract.
const MEANINGLESS: B256 = B256::repeat_byte(0x51);

pub(super) fn run(command: KeysCommand, console: &Console) -> Result<(), Failure> {
    match command {
        KeysCommand::New(args) => write::new(&args, console),
        KeysCommand::Import(args) => write::import(&args, console),
        KeysCommand::Show(args) => show::run(&args, console),
        KeysCommand::Test(args) => test(&args, console),
        KeysCommand::Rotate(args) => rotate::run(&args, console),
        KeysCommand::Export(args) => export(&args, console),
    }
}

fn test(args: &KeysArgs, console: &Console) -> Result<(), Failure> {
    let file = KeyFile::of(args)?;
    let secret = open_with(&file.path, &file.password()?)?;
    let key = secret.key();
    let signature = Signature::from_raw_array(&key.sign_digest(&MEANINGLESS));
    let signer =
        signature.and_then(|signature| signature.recover_address_from_prehash(&MEANINGLESS));
    if signer.ok() != Some(key.address()) {
        let message = "the key opened, and its signature is not that of its address";
        return Err(Failure::state("bad-signature", EXIT_KEY, message));
    }
    let address = key.address().to_checksum(None);
    let json = json!({ "file": file.path, "address": address, "signs": true });
    answer(console, &json, || {
        format!("{} opens, and signs for {address}", file.path.display())
    })
}

fn export(args: &KeysExportArgs, console: &Console) -> Result<(), Failure> {
    let file = KeyFile::of(&args.key)?;
    let secret = open_with(&file.path, &file.password()?)?;
    let address = secret.key().address();
    let typed = match &args.confirm {
        Some(typed) => typed.clone(),
        None => ask(
            &format!("This prints the key of {address}. Type the end of that address: "),
            "give --confirm with the last characters of the address",
        )?,
    };
    confirmed(&typed, address)?;
    console.note("whoever sees the next line owns what the account owns");
    let text = zeroize::Zeroizing::new(format!("{}\n", *secret.to_hex()));
    console.result(&text)
}

/// Insists on the end of an address.
///
/// # Errors
/// It is another one, or too short to tell.
pub(super) fn confirmed(typed: &str, address: Address) -> Result<(), Failure> {
    let account = address.to_string().to_lowercase();
    let typed = typed.trim().to_lowercase();
    if SUFFIX_MIN <= typed.len() && account.ends_with(&typed) {
        return Ok(());
    }
    Err(Failure::state_hint(
        "not-this-account",
        EXIT_REFUSED,
        format!("what was typed is not the end of {address}"),
        format!("type at least its last {SUFFIX_MIN} characters if you mean it"),
    ))
}
