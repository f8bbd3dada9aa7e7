//! `quorate keys new` and `quorate keys import`.

use std::io::{self, IsTerminal};

use quorate_polymarket::keystore::{self, Password, SecretKey};
use serde_json::json;
use zeroize::Zeroizing;

use super::args::KeysWriteArgs;
use super::file::KeyFile;
use crate::commands::operate::answer;
use crate::commands::{folder_words, shell_word};
use crate::console::Console;
use crate::failure::Failure;
use crate::keyring::{
    EXIT_KEY, StdinLines, Tree, close_to_others, refuse_env_file, refuse_git_tree,
};

pub(super) fn new(args: &KeysWriteArgs, console: &Console) -> Result<(), Failure> {
    let file = place(args)?;
    let password = file.new_password()?;
    close_to_others();
    written(args, &file, &SecretKey::generate(), &password, console)
}

pub(super) fn import(args: &KeysWriteArgs, console: &Console) -> Result<(), Failure> {
    let file = place(args)?;
    // A key that comes through stdin leaves the terminal to the password.
    let password = file.new_password()?;
    let text = if file.is_from_stdin() || !io::stdin().is_terminal() {
        StdinLines.next("key")?
    } else {
        typed()?
    };
    close_to_others();
    let secret = SecretKey::from_hex(&text).map_err(|error| {
        Failure::state_hint(
            "not-a-key",
            EXIT_KEY,
            error.to_string(),
            "words of a recovery phrase are not read: export the key from the wallet that has them",
        )
    })?;
    written(args, &file, &secret, &password, console)
}

fn typed() -> Result<Zeroizing<String>, Failure> {
    let typed = rpassword::prompt_password("Secret key (not shown): ");
    typed
        .map(Zeroizing::new)
        .map_err(|error| Failure::state("no-key", EXIT_KEY, format!("nothing was typed: {error}")))
}

fn place(args: &KeysWriteArgs) -> Result<KeyFile, Failure> {
    let file = KeyFile::of(&args.key)?;
    refuse_env_file(&file.path)?;
    let tree = if args.force {
        Tree::Allowed
    } else {
        Tree::Refused
    };
    refuse_git_tree(&file.path, tree)?;
    // Said before anybody types anything; writing makes sure of it once more.
    if file.path.exists() {
        return Err(keystore::KeystoreError::Exists {
            path: file.path.clone(),
        }
        .into());
    }
    Ok(file)
}

fn written(
    args: &KeysWriteArgs,
    file: &KeyFile,
    secret: &SecretKey,
    password: &Password,
    console: &Console,
) -> Result<(), Failure> {
    let address = keystore::create(&file.path, secret, password)?;
    // What cannot be opened again must be known now, not when there is money on it.
    keystore::open(&file.path, password)?;
    let address = address.to_checksum(None);
    let json = json!({ "file": file.path, "address": address });
    answer(console, &json, || {
        format!("{address}\n{}", file.path.display())
    })?;
    console.note(
        "keep a copy of the file and its password apart from each other: nobody can restore them",
    );
    let instance = folder_words(&args.key.instance);
    console.next(&format!(
        "quorate keys show{instance} --file {}",
        shell_word(&file.path)
    ));
    Ok(())
}
