//! `quorate doctor`: everything that can be wrong with an instance before it trades, each with the line that mends it.

mod account;
pub(crate) mod args;
mod disk;
mod finding;
mod instance;
mod online;
mod venue;

use quorate_backtest::input::closest;
use quorate_backtest::report::columns::{Align, Columns, plain};

use super::operate::{answer, folder};
use super::settings_of::load_settings;
use crate::console::{Console, Form};
use crate::failure::{EXIT_USAGE, Failure};
use crate::runtime::instance::Folder;
use crate::settings::{DataSource, Mode, Provenance, Settings};
use args::DoctorArgs;
use finding::{Finding, Row, Severity};

/// Exit code when a check fails.
const EXIT_PROBLEMS: u8 = 14;

/// Whether what is wrong may be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mending {
    /// It is only said.
    Off,
    /// What can be mended without risk is.
    On,
}

/// What is examined.
struct Patient {
    folder: Folder,
    told: Result<(Settings, Provenance), String>,
    mending: Mending,
}

impl Patient {
    /// The settings, or the finding of a check that needs them.
    fn settings(&self) -> Result<&Settings, Finding> {
        match &self.told {
            Ok((settings, _)) => Ok(settings),
            Err(_) => Err(Finding::skip("the settings are not valid")),
        }
    }
}

/// Name, weight and meaning of a check.
type Title = (&'static str, Severity, &'static str);
/// A check that needs no network. Either side of its result is what it found; the error side saves words.
type Check = fn(&Patient) -> Result<Finding, Finding>;

/// Checks that need no network, in their order.
const OFFLINE: [(Title, Check); 27] = [
    (
        ("settings", Severity::Error, "the settings are valid"),
        account::settings,
    ),
    (
        ("limits", Severity::Error, "no limit is above its ceiling"),
        account::limits,
    ),
    (
        (
            "keystore",
            Severity::Error,
            "the key file can be read, by its owner alone",
        ),
        account::keystore,
    ),
    (
        (
            "keystore-place",
            Severity::Error,
            "the key file lies in no git tree and is no .env",
        ),
        account::keystore_place,
    ),
    (
        (
            "password-source",
            Severity::Error,
            "the password can be had, by its owner alone",
        ),
        account::password_source,
    ),
    (
        (
            "relayer-key",
            Severity::Warning,
            "there is a key for transactions on the chain",
        ),
        account::relayer_key,
    ),
    (
        (
            "secret-files",
            Severity::Error,
            "files of secrets can be read by their owner alone",
        ),
        account::secret_files,
    ),
    (
        (
            "key-in-environment",
            Severity::Error,
            "no variable holds what may be a key",
        ),
        account::key_in_environment,
    ),
    (
        (
            "key-in-arguments",
            Severity::Error,
            "no argument of this process may be a key",
        ),
        account::key_in_arguments,
    ),
    (
        (
            "env-file",
            Severity::Error,
            "no .env file here holds what may be a key",
        ),
        account::env_file,
    ),
    (
        (
            "signature-type",
            Severity::Error,
            "it is said how orders are signed",
        ),
        account::signature_type,
    ),
    (
        (
            "funder",
            Severity::Error,
            "the wallet with the money belongs to the key",
        ),
        account::funder,
    ),
    (
        (
            "chain",
            Severity::Error,
            "the chain is the one with real money, or knowingly not",
        ),
        account::chain,
    ),
    (
        (
            "core-dump",
            Severity::Warning,
            "the memory of this process is kept from dumps",
        ),
        account::core_dump,
    ),
    (
        (
            "folder",
            Severity::Error,
            "the folder is there and nobody else can write to it",
        ),
        disk::folder,
    ),
    (
        (
            "disk-space",
            Severity::Error,
            "the journal has room to grow",
        ),
        disk::space,
    ),
    (
        (
            "disk-sync",
            Severity::Error,
            "what is synced reaches the disk",
        ),
        disk::sync,
    ),
    (
        (
            "lock",
            Severity::Error,
            "at most one process runs the instance",
        ),
        disk::lock,
    ),
    (
        (
            "journal",
            Severity::Error,
            "the chain of the journal is intact",
        ),
        disk::journal,
    ),
    (
        (
            "index",
            Severity::Warning,
            "the index can be made from the journal",
        ),
        disk::index,
    ),
    (
        (
            "contact",
            Severity::Warning,
            "nothing is left of a dead process",
        ),
        disk::contact,
    ),
    (
        (
            "kill-switch",
            Severity::Warning,
            "the kill switch is not thrown",
        ),
        instance::kill_switch,
    ),
    (
        (
            "topics",
            Severity::Error,
            "every topic that is traded has markets and workers",
        ),
        instance::topics,
    ),
    (
        (
            "topic-freshness",
            Severity::Warning,
            "every topic has been spoken of lately",
        ),
        instance::freshness,
    ),
    (
        (
            "ports",
            Severity::Error,
            "the addresses of the instance are free",
        ),
        instance::ports,
    ),
    (
        (
            "clock",
            Severity::Error,
            "this machine's clock shows a time of this program's life",
        ),
        instance::clock,
    ),
    (
        ("binary", Severity::Warning, "which program this is"),
        instance::binary,
    ),
];

pub(super) fn run(args: &DoctorArgs, console: &Console) -> Result<(), Failure> {
    known(&args.only)?;
    let folder = folder(&args.instance);
    let patient = Patient {
        told: load_settings(&args.settings, &folder).map_err(|failure| failure.text()),
        folder,
        mending: if args.fix { Mending::On } else { Mending::Off },
    };
    let is_wanted = |id: &str| args.only.is_empty() || args.only.iter().any(|only| only == id);
    let mut rows: Vec<Row> = Vec::new();
    // A password from a file descriptor must be read before the process is closed to others.
    let online = (!args.offline && goes_online(args, &patient))
        .then(|| online::Visit::new(args, &patient, is_wanted));
    for (title, check) in OFFLINE {
        if is_wanted(title.0) {
            let (Ok(finding) | Err(finding)) = check(&patient);
            rows.push(Row::of(title, finding));
        }
    }
    if let Some(visit) = online {
        rows.extend(visit.rows()?);
    }
    show(&rows, console)?;
    let failed: Vec<&str> = rows
        .iter()
        .filter(|row| row.result == "fail")
        .map(|row| row.id)
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::state_hint(
        "problems",
        EXIT_PROBLEMS,
        format!(
            "{} of {} checks failed: {}",
            failed.len(),
            rows.len(),
            failed.join(", ")
        ),
        "each has a line that mends it; --fix does what is safe",
    ))
}

/// The network is asked when the instance needs it anyway, or when a person says so.
fn goes_online(args: &DoctorArgs, patient: &Patient) -> bool {
    let is_live = patient.told.as_ref().is_ok_and(|(settings, _)| {
        settings.mode() == Mode::Live || settings.data.source == DataSource::Live
    });
    let asks = args
        .only
        .iter()
        .any(|only| online::TITLES.iter().any(|(id, ..)| id == only));
    args.online || is_live || asks
}

/// Names of checks that are asked for exist.
fn known(only: &[String]) -> Result<(), Failure> {
    let ids = || {
        let offline = OFFLINE.iter().map(|((id, ..), _)| *id);
        offline.chain(online::TITLES.iter().map(|(id, ..)| *id))
    };
    for wanted in only {
        if !ids().any(|id| id == wanted) {
            let message = match closest(wanted, ids()) {
                Some(near) => format!("there is no check `{wanted}`: did you mean `{near}`?"),
                None => format!(
                    "there is no check `{wanted}`; checks are {}",
                    ids().collect::<Vec<_>>().join(", ")
                ),
            };
            return Err(Failure::state("no-check", EXIT_USAGE, message));
        }
    }
    Ok(())
}

fn show(rows: &[Row], console: &Console) -> Result<(), Failure> {
    let count = |result: &str| rows.iter().filter(|row| row.result == result).count();
    let json = serde_json::json!({
        "checks": rows, "ok": count("ok") + count("fixed"), "warnings": count("warn"), "failures": count("fail"),
        "skipped": count("skip"),
    });
    if console.form() == Form::Json {
        return answer(console, &json, String::new);
    }
    answer(console, &json, || {
        let mut table = Columns::new(&[
            ("", Align::Left),
            ("check", Align::Left),
            ("found", Align::Left),
        ]);
        for row in rows {
            table.row(vec![
                row.result.into(),
                row.id.into(),
                plain(&row.found, 300),
            ]);
            if let Some(fix) = &row.fix {
                table.row(vec![
                    String::new(),
                    String::new(),
                    format!("fix: {}", plain(fix, 300)),
                ]);
            }
        }
        let mut lines = table.lines();
        lines.push(format!(
            "\n{} ok, {} warnings, {} failures, {} skipped",
            count("ok") + count("fixed"),
            count("warn"),
            count("fail"),
            count("skip")
        ));
        lines.join("\n")
    })
}
