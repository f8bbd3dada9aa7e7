//! `quorate keys rotate`: another password for a key file, or another API key at the venue.

use quorate_polymarket::keystore;
use serde_json::json;

use super::args::KeysRotateArgs;
use super::file::KeyFile;
use crate::commands::operate::answer;
use crate::commands::venue_client::{Identity, client, failed};
use crate::console::Console;
use crate::failure::Failure;
use crate::keyring::{close_to_others, open_with};
use crate::runtime::host::on_runtime;

pub(super) fn run(args: &KeysRotateArgs, console: &Console) -> Result<(), Failure> {
    let file = KeyFile::of(&args.key)?;
    if args.api_key {
        return api_key(&file, console);
    }
    let old = file.password()?;
    let new = file.new_password()?;
    close_to_others();
    let address = keystore::change_password(&file.path, &old, &new)?.to_checksum(None);
    answer(
        console,
        &json!({ "file": file.path, "address": address, "rotated": "password" }),
        || format!("{} opens with the new password only", file.path.display()),
    )?;
    console.note("copies of the old file still open with the old password: destroy them");
    Ok(())
}

/// Deletes the API key in use and has the venue make another one. What is signed with the old one is refused from then on.
fn api_key(file: &KeyFile, console: &Console) -> Result<(), Failure> {
    let secret = open_with(&file.path, &file.password()?)?;
    let client = client(&file.settings, Some(Identity::of(&file.settings, &secret)?))?;
    let (before, after) = on_runtime(async {
        client.sync_clock().await.map_err(failed)?;
        client.log_in().await.map_err(failed)?;
        let name = |client: &quorate_polymarket::rest::Client| {
            client.credentials().map(|found| found.api_key.clone())
        };
        let before = name(&client);
        client.delete_key().await.map_err(failed)?;
        client.log_in().await.map_err(failed)?;
        Ok::<_, Failure>((before, name(&client)))
    })?;
    keystore::forget_credentials(&file.path)?;
    answer(
        console,
        &json!({ "file": file.path, "rotated": "api_key", "before": before, "after": after }),
        || {
            format!(
                "API key {} is now {}",
                words(before.as_ref()),
                words(after.as_ref())
            )
        },
    )
}

fn words(name: Option<&String>) -> &str {
    name.map_or("none", String::as_str)
}
