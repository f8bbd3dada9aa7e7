//! Checks of the settings, the key and everything about it, without opening it.

use std::env;
use std::fs;
use std::io::{IsTerminal, stdin};

use alloy_primitives::Address;
use quorate_polymarket::keystore::{self, KeystoreError};
use quorate_polymarket::wallet::{WalletType, classify};

use super::{Finding, Mending, Patient};
use crate::keyring::{Tree, close_to_others, refuse_env_file, refuse_git_tree};
use crate::settings::{Chain, FilePath, Funder, Mode, SecretRef};

type Found = Result<Finding, Finding>;

pub(super) fn settings(patient: &Patient) -> Found {
    Ok(match &patient.told {
        Ok((settings, _)) => {
            let file = patient.folder.settings();
            if file.exists() {
                Finding::ok(format!(
                    "{} says mode = {:?}",
                    file.display(),
                    settings.mode().word()
                ))
            } else {
                Finding::warn(
                    format!(
                        "{} is not there: everything has its default",
                        file.display()
                    ),
                    "quorate init DIR",
                )
            }
        }
        Err(text) => Finding::fail(
            text.lines()
                .next()
                .unwrap_or("not valid")
                .trim_start_matches("error: "),
            "quorate config check shows every mistake at its place",
        ),
    })
}

pub(super) fn limits(patient: &Patient) -> Found {
    Ok(match patient.settings()?.risk_limits().within_ceiling() {
        Ok(()) => Finding::ok("within the ceilings that are compiled in"),
        Err(error) => Finding::fail(error.to_string(), "lower it in [risk]"),
    })
}

/// The key file, or the finding of a check that needs one.
fn key_file(patient: &Patient) -> Result<&FilePath, Finding> {
    let settings = patient.settings()?;
    settings.account.keystore.as_ref().ok_or_else(|| {
        if settings.mode() == Mode::Live {
            Finding::fail(
                "account.keystore is not set",
                "quorate keys new, then name the file in [account]",
            )
        } else {
            Finding::skip("paper trades without a key")
        }
    })
}

pub(super) fn keystore(patient: &Patient) -> Found {
    let path = key_file(patient)?.as_path();
    Ok(match keystore::address(path) {
        Ok(Some(address)) => Finding::ok(format!("{} holds {address}", path.display())),
        Ok(None) => Finding::ok(format!("{} keeps its address to itself", path.display())),
        Err(KeystoreError::Exposed { .. }) if patient.mending == Mending::On => {
            match keystore::tighten(path) {
                Ok(()) => Finding::Fixed(format!("{} now has mode 0600", path.display())),
                Err(error) => Finding::fail(error.to_string(), error.fix()),
            }
        }
        Err(error) => Finding::fail(error.to_string(), error.fix()),
    })
}

pub(super) fn keystore_place(patient: &Patient) -> Found {
    let path = key_file(patient)?.as_path();
    let placed = refuse_env_file(path).and_then(|()| refuse_git_tree(path, Tree::Refused));
    Ok(match placed {
        Ok(()) => Finding::ok("lies in no git tree"),
        Err(_) => Finding::warn(
            format!(
                "{} may be committed or read into an environment",
                path.display()
            ),
            "move it out of the tree and name its new place in [account]",
        ),
    })
}

pub(super) fn password_source(patient: &Patient) -> Found {
    key_file(patient)?;
    let source = &patient.settings()?.account.password_source;
    Ok(match source {
        SecretRef::Prompt if stdin().is_terminal() => Finding::ok("a person types it"),
        SecretRef::Prompt => Finding::warn(
            "a person has to type it, and here is no terminal",
            "set account.password_source to \"systemd:NAME\", \"fd:3\" or \"file:PATH\"",
        ),
        SecretRef::Descriptor(number) => Finding::ok(format!("file descriptor {number}")),
        SecretRef::File(path) => private_file(patient, path),
        SecretRef::Systemd(name) => match env::var_os("CREDENTIALS_DIRECTORY") {
            Some(folder) if std::path::Path::new(&folder).join(name).exists() => {
                Finding::ok(format!("the service's credential {name}"))
            }
            Some(_) => Finding::fail(
                format!("the service has no credential {name}"),
                format!("add LoadCredentialEncrypted={name}:... to the unit"),
            ),
            None => Finding::warn(
                format!("the credential {name} is there for the service alone, and this is not it"),
                format!("systemd-run --user --pipe -p LoadCredential={name}:FILE quorate doctor"),
            ),
        },
    })
}

fn private_file(patient: &Patient, path: &FilePath) -> Finding {
    let path = path.as_path();
    match keystore::is_exposed(path) {
        Ok(None) => Finding::ok(format!("{} can be read by its owner alone", path.display())),
        Ok(Some(_)) if patient.mending == Mending::On => match keystore::tighten(path) {
            Ok(()) => Finding::Fixed(format!("{} now has mode 0600", path.display())),
            Err(error) => Finding::fail(error.to_string(), error.fix()),
        },
        Ok(Some(mode)) => Finding::fail(
            format!("{} has mode {mode:04o}", path.display()),
            format!("chmod 600 {}", path.display()),
        ),
        Err(_) => Finding::fail(
            format!("{} is not there", path.display()),
            "write the password to it, with mode 0600, or choose another source",
        ),
    }
}

pub(super) fn relayer_key(patient: &Patient) -> Found {
    key_file(patient)?;
    Ok(match &patient.settings()?.account.relayer_key {
        None => Finding::warn(
            "account.relayer_key is not set: what is won is redeemed when the venue does it by itself",
            "set account.relayer_key to where the relayer's key comes from",
        ),
        Some(SecretRef::File(path)) => private_file(patient, path),
        Some(_) => Finding::ok("it is said where it comes from"),
    })
}

pub(super) fn secret_files(patient: &Patient) -> Found {
    let Ok((_, provenance)) = &patient.told else {
        return Err(Finding::skip("the settings are not valid"));
    };
    let open: Vec<_> = provenance
        .warnings()
        .iter()
        .filter(|found| found.code == "secret-file-mode")
        .collect();
    let names: Vec<String> = open.iter().filter_map(|found| found.file.clone()).collect();
    if names.is_empty() {
        return Ok(Finding::ok("none can be read by others"));
    }
    if patient.mending == Mending::On
        && names
            .iter()
            .all(|name| keystore::tighten(name.as_ref()).is_ok())
    {
        return Ok(Finding::Fixed(format!("mode 0600: {}", names.join(", "))));
    }
    Ok(Finding::fail(
        format!("others can read {}", names.join(", ")),
        format!("chmod 600 {}", names.join(" ")),
    ))
}

/// Whether a text holds a run of 64 hexadecimal digits: the form of a secret key.
fn may_hold_a_key(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_hexdigit() && c != 'x')
        .any(|run| run.strip_prefix("0x").unwrap_or(run).len() == 64)
}

pub(super) fn key_in_environment(_: &Patient) -> Found {
    let suspects: Vec<String> = env::vars_os()
        .filter_map(|(name, value)| {
            let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
            let upper = name.to_uppercase();
            let is_named = ["PRIVATE_KEY", "PRIVATEKEY", "MNEMONIC", "SEED_PHRASE"]
                .iter()
                .any(|word| upper.contains(word));
            let is_key = is_named && !value.is_empty() || may_hold_a_key(&value);
            is_key.then(|| name.into_owned())
        })
        .collect();
    Ok(if suspects.is_empty() {
        Finding::ok("none does")
    } else {
        Finding::fail(
            format!("may hold a key: {}", suspects.join(", ")),
            "unset them; if one is the account's key, regard it as known to others",
        )
    })
}

pub(super) fn key_in_arguments(_: &Patient) -> Found {
    let holds = env::args_os().any(|word| may_hold_a_key(&word.to_string_lossy()));
    Ok(if holds {
        Finding::fail(
            "an argument may be a key",
            "take it off the command line and out of the shell's history; regard it as known to others",
        )
    } else {
        Finding::ok("none is")
    })
}

pub(super) fn env_file(patient: &Patient) -> Found {
    let places = [patient.folder.root().join(".env"), ".env".into()];
    for place in places {
        if fs::read_to_string(&place).is_ok_and(|text| may_hold_a_key(&text)) {
            return Ok(Finding::fail(
                format!("{} may hold a key", place.display()),
                "quorate keys import takes it over; then delete the file and move the money to another account",
            ));
        }
    }
    Ok(Finding::ok("none here"))
}

pub(super) fn signature_type(patient: &Patient) -> Found {
    key_file(patient)?;
    Ok(match patient.settings()?.account.signature_type {
        Some(kind) => Finding::ok(format!("{} (type {})", kind.word(), kind.number())),
        None => Finding::fail(
            "account.signature_type is not set, and it is never guessed",
            "quorate keys show lists the wallets; name the one with the money",
        ),
    })
}

pub(super) fn funder(patient: &Patient) -> Found {
    let path = key_file(patient)?.as_path();
    let settings = patient.settings()?;
    let Funder::Address(bytes) = settings.account.funder else {
        return Ok(Finding::ok("derived from the key"));
    };
    let given = Address::from(bytes);
    let Ok(Some(owner)) = keystore::address(path) else {
        return Err(Finding::skip("the key file does not say its address"));
    };
    let wanted = settings
        .account
        .signature_type
        .and_then(|kind| WalletType::from_number(kind.number()));
    Ok(match (classify(owner, given).wallet_type(), wanted) {
        (None, _) => Finding::fail(
            format!("{given} is no wallet of {owner}"),
            "write funder = \"auto\", or name the key file that the wallet belongs to",
        ),
        (Some(is), Some(wanted)) if is != wanted => Finding::fail(
            format!(
                "{given} is a wallet of type {}, and the settings sign for type {}",
                is.number(),
                wanted.number()
            ),
            "change account.signature_type, or write funder = \"auto\"",
        ),
        (Some(is), _) => Finding::ok(format!(
            "{given} is the wallet of type {} of {owner}",
            is.number()
        )),
    })
}

pub(super) fn chain(patient: &Patient) -> Found {
    let settings = patient.settings()?;
    Ok(
        match (settings.account.chain, settings.account.local_venue) {
            (_, Some(address)) => Finding::warn(
                format!(
                    "account.local_venue = {}: a rehearsal without money",
                    address.addr()
                ),
                "take the line out to trade for real",
            ),
            (Chain::Polygon, None) => Finding::ok("Polygon, chain 137"),
            (Chain::Amoy, None) => Finding::warn(
                "the test network Amoy, chain 80002",
                "write chain = \"polygon\" to trade for real",
            ),
        },
    )
}

pub(super) fn core_dump(_: &Patient) -> Found {
    close_to_others();
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, dumpable_behavior};
        if dumpable_behavior().is_ok_and(|now| now == DumpableBehavior::NotDumpable) {
            return Ok(Finding::ok(
                "no core dump, and no debugger of the same user, while a key is open",
            ));
        }
    }
    Ok(Finding::warn(
        "this system does not let the program keep its memory out of dumps",
        "ulimit -c 0",
    ))
}
