//! `quorate live`: real money. It needs the word of the settings and the word of a person, the account's key, and a venue
//! that trades with this place. `quorate paper` on live data takes the same way without a key.

use std::sync::Arc;

use alloy_primitives::Address;

use super::instance_run::plan;
use super::operate::folder;
use super::paper::{greet, stopped};
use super::reread::Reread;
use super::settings_of::{load_settings, sources};
use super::venue_client::Identity;
use crate::args::{LiveArgs, PaperArgs};
use crate::console::Console;
use crate::failure::{EXIT_CONFIG, EXIT_MISMATCH, EXIT_REFUSED, Failure};
use crate::journal::{RealDisk, SharedDisk};
use crate::keyring;
use crate::logging;
use crate::runtime::host::{HostError, on_runtime};
use crate::runtime::instance::Folder;
use crate::runtime::live::connect::{Connected, Person, connect};
use crate::runtime::live::run::{SOURCE, simulate, trade};
use crate::runtime::live::servers::Servers;
use crate::runtime::order_path::PathStart;
use crate::runtime::pace::Speed;
use crate::settings::{DataSource, Mode, SecretRef, Settings};

/// Fewest characters of the account that a person has to type.
const SUFFIX_MIN: usize = 4;

pub(super) fn run(args: &LiveArgs, console: &Console) -> Result<(), Failure> {
    let folder = folder(&args.instance);
    let (settings, provenance) = load_settings(&args.settings, &folder)?;
    for warning in provenance.warnings() {
        console.note(&warning.to_string());
    }
    if settings.mode() != Mode::Live {
        return Err(Failure::state_hint(
            "not-live",
            EXIT_CONFIG,
            "the settings say mode = \"paper\"",
            "real money needs mode = \"live\" in quorate.toml and --confirm-live on the command line",
        ));
    }
    settings
        .risk_limits()
        .within_ceiling()
        .map_err(|error| Failure::state("ceiling", EXIT_CONFIG, error.to_string()))?;
    let Some(suffix) = &args.confirm_live else {
        return Err(Failure::state_hint(
            "not-confirmed",
            EXIT_REFUSED,
            "nobody confirmed that real money is to be risked",
            "add --confirm-live with the last characters of the account",
        ));
    };
    let person = person(&settings)?;
    confirmed(suffix, person.funder)?;
    let disk: SharedDisk = Arc::new(RealDisk);
    log_to(&folder)?;
    let sources = sources(&args.settings, &folder)?;
    let ran = on_runtime(async {
        let connected = connected(&settings, Some(person), (&folder, &disk), console).await?;
        let world = (connected.catalogue.tape.clone(), SOURCE.to_owned());
        let asked = (Some(Speed::Times(1.0)), args.max_runtime);
        let mut plan = plan(asked, &settings, &folder, world)?;
        plan.rereads = Some(Arc::new(Reread::new(sources, provenance, &plan)));
        let ran = trade(plan, connected, &disk, |ready| {
            greet(ready, &folder, console);
        })
        .await;
        ran.map_err(Failure::from)
    })?;
    if let PathStart::Refused(report) = &ran.began {
        return Err(Failure::state_hint(
            "mismatch",
            EXIT_MISMATCH,
            format!(
                "the account differs from its journal, and nothing explains it: {:?}",
                report.verdict
            ),
            "give the instance an account that nobody else uses, or a folder without a journal",
        ));
    }
    stopped(&ran, &folder, console)
}

/// An instance on the venue's data and simulated money.
pub(super) fn paper(
    args: &PaperArgs,
    settings: &Settings,
    folder: &Folder,
    console: &Console,
) -> Result<(), Failure> {
    let disk: SharedDisk = Arc::new(RealDisk);
    log_to(folder)?;
    let ran = on_runtime(async {
        let connected = connected(settings, None, (folder, &disk), console).await?;
        let world = (connected.catalogue.tape.clone(), SOURCE.to_owned());
        let asked = (Some(Speed::Times(1.0)), args.max_runtime);
        let plan = plan(asked, settings, folder, world)?;
        let ran = simulate(plan, connected, &disk, |ready| {
            greet(ready, folder, console);
        })
        .await;
        ran.map_err(Failure::from)
    })?;
    stopped(&ran, folder, console)
}

async fn connected(
    settings: &Settings,
    person: Option<Person>,
    place: (&Folder, &SharedDisk),
    console: &Console,
) -> Result<Connected, Failure> {
    debug_assert!(settings.data.source == DataSource::Live || person.is_some());
    let servers = Servers::of(settings).map_err(HostError::from)?;
    let connected = connect(servers, person, settings, place).await?;
    for refused in &connected.catalogue.refused {
        console.note(refused);
    }
    Ok(connected)
}

fn log_to(folder: &Folder) -> Result<(), Failure> {
    let log = folder.log();
    logging::also_to(&log).map_err(|error| Failure::cannot_write(&log, &error))
}

/// Who trades: the key of the settings, and the wallet that goes with it.
fn person(settings: &Settings) -> Result<Person, Failure> {
    let account = &settings.account;
    let keystore = account
        .keystore
        .as_ref()
        .ok_or_else(|| Failure::internal("live without account.keystore passed the check"))?;
    // A secret may come from a file descriptor, which is read before the process is closed to others.
    let relayer_key = account.relayer_key.as_ref().map(SecretRef::read);
    let relayer_key = relayer_key.transpose()?;
    let (secret, _) = keyring::open(keystore.as_path(), &account.password_source)?;
    let Identity {
        wallet,
        funder,
        chain,
        ..
    } = Identity::of(settings, &secret)?;
    Ok(Person {
        key: Box::new(move || secret.key()),
        wallet,
        chain,
        funder,
        relayer_key: relayer_key.map(|key| key.expose().clone()),
    })
}

/// A person typed the end of the very account that is about to trade.
fn confirmed(suffix: &str, funder: Address) -> Result<(), Failure> {
    let account = funder.to_string().to_lowercase();
    let typed = suffix.to_lowercase();
    if SUFFIX_MIN <= typed.len() && account.ends_with(&typed) {
        return Ok(());
    }
    Err(Failure::state_hint(
        "not-this-account",
        EXIT_REFUSED,
        format!("{suffix:?} is not the end of the account {account}"),
        format!("type at least its last {SUFFIX_MIN} characters if you mean to risk its money"),
    ))
}
