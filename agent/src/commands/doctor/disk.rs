//! Checks of the folder: room, syncs, locks, journal and index.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use quorate_backtest::report::format::count;

use super::{Finding, Mending, Patient};
use crate::commands::operate::running;
use crate::journal::{Index, JournalError, RealDisk, SharedDisk, verify};
use crate::runtime::contact::Contact;

type Found = Result<Finding, Finding>;

/// Least room, bytes: below, nothing is started; below ten times that, it is said.
const ROOM_MIN: u64 = 256 << 20;
/// A sync that takes longer holds every decision up, milliseconds.
const SYNC_MS_MAX: u128 = 50;

fn disk() -> SharedDisk {
    Arc::new(RealDisk)
}

fn root(patient: &Patient) -> Result<&Path, Finding> {
    let root = patient.folder.root();
    if root.is_dir() {
        return Ok(root);
    }
    Err(Finding::skip(format!(
        "{} is not there yet",
        root.display()
    )))
}

pub(super) fn folder(patient: &Patient) -> Found {
    let root = patient.folder.root();
    let Ok(data) = fs::metadata(root) else {
        return Ok(Finding::warn(
            format!("{} is not there yet", root.display()),
            "quorate init DIR",
        ));
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = data.permissions().mode() & 0o7777;
        if mode & 0o022 != 0 {
            if patient.mending == Mending::On
                && fs::set_permissions(root, fs::Permissions::from_mode(mode & 0o7755)).is_ok()
            {
                return Ok(Finding::Fixed(format!(
                    "only its owner can write to {}",
                    root.display()
                )));
            }
            return Ok(Finding::fail(
                format!("others can write to {} (mode {mode:04o})", root.display()),
                format!("chmod go-w {}", root.display()),
            ));
        }
    }
    if data.permissions().readonly() {
        return Ok(Finding::fail(
            format!("{} cannot be written to", root.display()),
            format!("chmod u+w {}", root.display()),
        ));
    }
    Ok(Finding::ok(root.display().to_string()))
}

pub(super) fn space(patient: &Patient) -> Found {
    let root = root(patient)?;
    let stat = rustix::fs::statvfs(root)
        .map_err(|error| Finding::skip(format!("the system does not say: {error}")))?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let words = format!("{} MiB free", count(free >> 20));
    Ok(if free < ROOM_MIN {
        Finding::fail(
            words,
            "free some space, or move the instance to another disk",
        )
    } else if free < 10 * ROOM_MIN {
        Finding::warn(words, "a journal can grow by this in days; plan for more")
    } else {
        Finding::ok(words)
    })
}

pub(super) fn sync(patient: &Patient) -> Found {
    let path = root(patient)?.join(".doctor");
    let began = Instant::now();
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(&[0; 4096])?;
        file.sync_all()
    });
    let took = began.elapsed().as_millis();
    // The file is empty of meaning; a leftover is written over next time.
    let _ = fs::remove_file(&path);
    Ok(match written {
        Err(error) => Finding::fail(
            format!("a file cannot be written and synced: {error}"),
            "check the disk and who owns the folder",
        ),
        Ok(()) if took > SYNC_MS_MAX => Finding::warn(
            format!("a sync took {took} ms"),
            "put the instance on a local disk: every order waits for one",
        ),
        Ok(()) => Finding::ok(format!("a sync took {took} ms")),
    })
}

pub(super) fn lock(patient: &Patient) -> Found {
    if !patient.folder.journal().is_dir() {
        return Err(Finding::skip("nothing has run here yet"));
    }
    Ok(match running(&patient.folder) {
        Some(pid) => Finding::ok(format!("process {pid} runs it")),
        None => Finding::ok("free"),
    })
}

pub(super) fn journal(patient: &Patient) -> Found {
    Ok(match verify(&disk(), &patient.folder.journal()) {
        Err(JournalError::Absent { .. }) => Finding::skip("nothing has run here yet"),
        Err(error) => Finding::fail(error.to_string(), error.hint()),
        Ok(found) => match found.damage {
            Some(damage) => Finding::fail(
                JournalError::from(damage).to_string(),
                "quorate journal repair, after a look at the disk and a backup",
            ),
            None => Finding::ok(format!("{} records, chain intact", count(found.records()))),
        },
    })
}

pub(super) fn index(patient: &Patient) -> Found {
    let folder = &patient.folder;
    if !folder.has_journal() {
        return Err(Finding::skip("nothing has run here yet"));
    }
    if let Some(pid) = running(folder) {
        return Err(Finding::skip(format!("process {pid} has it open")));
    }
    if patient.mending == Mending::On {
        let removed = match fs::remove_dir_all(folder.index()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        removed.map_err(|error| Finding::warn(error.to_string(), "check who owns the folder"))?;
    }
    let opened = Index::open(&folder.index(), &disk(), &folder.journal());
    Ok(match opened {
        Err(error) => Finding::warn(
            error.to_string(),
            "quorate journal verify says whether the journal is sound",
        ),
        Ok(_) if patient.mending == Mending::On => {
            Finding::Fixed("made anew from the journal".into())
        }
        Ok((_, opened)) => match opened.rebuilt {
            Some(why) => Finding::Fixed(format!("made anew from the journal: {why}")),
            None => Finding::ok("up to date with the journal"),
        },
    })
}

pub(super) fn contact(patient: &Patient) -> Found {
    let path = patient.folder.contact();
    if !path.exists() {
        return Ok(Finding::ok("nothing is"));
    }
    if let Some(pid) = running(&patient.folder) {
        return Ok(Finding::ok(format!("process {pid} is alive")));
    }
    let pid = Contact::read(&path).map_or_else(
        || "a process".to_owned(),
        |contact| format!("process {}", contact.pid),
    );
    if patient.mending == Mending::On && fs::remove_file(&path).is_ok() {
        return Ok(Finding::Fixed(format!("removed what {pid} left")));
    }
    Ok(Finding::warn(
        format!("{} was left by {pid}, which is gone", path.display()),
        format!("rm {}", path.display()),
    ))
}
