//! `quorate status` and `quorate logs`.

use std::fmt::Write as _;
use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;

use quorate_backtest::report::columns::plain;
use quorate_backtest::report::format::{count, date_time, money, money_signed};

use super::{answer, folder, view};
use crate::args::{InstanceArgs, LogsArgs, StatusArgs};
use crate::console::Console;
use crate::failure::{EXIT_NOT_FOUND, Failure};
use crate::journal::{Disk, DiskLock, Mode, RealDisk};
use crate::runtime::contact::Contact;
use crate::runtime::instance::Folder;
use crate::runtime::kill_switch::KillSwitch;
use crate::runtime::status::{AccountStatus, Status, trading_words};

pub(super) fn run(args: &StatusArgs, console: &Console) -> Result<(), Failure> {
    loop {
        let status = status(&args.instance)?;
        answer(console, &status, || text(&status))?;
        let Some(every) = args.watch else {
            return Ok(());
        };
        std::thread::sleep(Duration::from_secs(every.max(1)));
    }
}

fn status(args: &InstanceArgs) -> Result<Status, Failure> {
    let folder = folder(args);
    let (past, view) = view(&folder)?;
    let engine = past.session.engine();
    let (trading, halted_by) = trading_words(engine);
    let pid = running(&folder);
    let kill = KillSwitch::of(folder.root()).order();
    Ok(Status {
        mode: match view.starts.last().map(|start| start.mode) {
            Some(Mode::Live) => "live".into(),
            Some(Mode::Paper) | None => "paper".into(),
        },
        process: if pid.is_some() { "running" } else { "stopped" }.into(),
        pid,
        trading: if kill.is_some() {
            "killed".into()
        } else {
            trading
        },
        halted_by,
        kill_reason: kill.map(|order| order.reason),
        at: view.at,
        entries: view.entries,
        version: view
            .starts
            .last()
            .map(|start| start.version.clone())
            .unwrap_or_default(),
        starts: view.starts.len() as u64,
        account: AccountStatus::of(engine, view.deposited, view.fills.len() as u64),
    })
}

/// The process that holds the instance, as its lock says; a contact file left behind by a dead one counts for nothing.
pub(in crate::commands) fn running(folder: &Folder) -> Option<u32> {
    match RealDisk.lock(&folder.journal().join("lock")) {
        Ok(DiskLock::Taken(pid)) => {
            pid.or_else(|| Contact::read(&folder.contact()).map(|contact| contact.pid))
        }
        _ => None,
    }
}

fn text(status: &Status) -> String {
    let account = &status.account;
    let mut out = String::new();
    let process = match status.pid {
        Some(pid) => format!("{} (process {pid})", status.process),
        None => status.process.clone(),
    };
    let trading = match (&status.halted_by, &status.kill_reason) {
        (_, Some(reason)) if !reason.is_empty() => {
            format!("{}: {}", status.trading, plain(reason, 200))
        }
        (Some(by), _) => format!("{}, by {by}", status.trading),
        _ => status.trading.clone(),
    };
    let rows = [
        ("mode", status.mode.clone()),
        ("process", process),
        ("trading", trading),
        (
            "time of the world",
            status.at.map_or_else(|| "-".into(), date_time),
        ),
        ("equity", money(account.equity)),
        ("profit and loss", money_signed(account.pnl)),
        ("cash", money(account.cash)),
        ("worst-case loss", money(account.exposure)),
        ("positions", count(account.positions as u64)),
        ("open orders", count(account.open_orders as u64)),
        ("fills", count(account.fills)),
        ("entries", count(status.entries)),
        (
            "starts",
            format!(
                "{} (last by version {})",
                count(status.starts),
                status.version
            ),
        ),
    ];
    for (what, value) in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{what:<18} {value}");
    }
    out
}

/// Prints the log of an instance, and what is added to it if asked to follow.
pub(super) fn logs(args: &LogsArgs, console: &Console) -> Result<(), Failure> {
    let folder = folder(&args.instance);
    let path = folder.log();
    let mut file = std::fs::File::open(&path).map_err(|error| {
        let message = format!("{}: {error}", path.display());
        Failure::state_hint(
            "no-log",
            EXIT_NOT_FOUND,
            message,
            "a running instance writes it",
        )
    })?;
    let mut text = String::new();
    file.read_to_string(&mut text)
        .map_err(|error| Failure::cannot_write(&path, &error))?;
    let lines: Vec<&str> = text.lines().collect();
    let tail = super::last(&lines, args.lines);
    if !tail.is_empty() {
        console.result(&format!("{}\n", tail.join("\n")))?;
    }
    if !args.follow {
        return Ok(());
    }
    let mut at = text.len() as u64;
    loop {
        std::thread::sleep(Duration::from_millis(250));
        let mut more = String::new();
        let read = file
            .seek(SeekFrom::Start(at))
            .and_then(|_| file.read_to_string(&mut more));
        read.map_err(|error| Failure::cannot_write(&path, &error))?;
        at += more.len() as u64;
        console.result(&more)?;
    }
}
