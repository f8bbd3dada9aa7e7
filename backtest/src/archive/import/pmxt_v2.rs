//! Hourly files of the second layout, whose sixteen columns are the archive's own: checked row by row and written anew
//! in one pass, without a sort, because they are in the archive's order already.

use std::path::Path;

use super::intake::{Done, note_excluded, write_failure};
use super::sources::{self, SourceFile};
use super::{Excluded, Imported, located, nothing_readable};
use crate::archive::manifest::{Manifest, hash_file};
use crate::archive::names::Names;
use crate::archive::pace::Pace;
use crate::archive::reader::{Columns, HourReader};
use crate::archive::schema::HourKey;
use crate::archive::writer::{HourWriter, refuse_taken};
use crate::input::{Diagnostic, Diagnostics};

/// Imports a file or a folder of files, one hour each.
pub(super) fn import(source: &Path, archive: &Path, pace: &Pace) -> Result<Done, Diagnostics> {
    let files = sources::files(source, &[".parquet"])?;
    pace.expect(files.iter().map(|file| file.bytes).sum());
    std::fs::create_dir_all(archive).map_err(|error| located::unwritable(archive, &error))?;
    let mut summary = Imported::default();
    for file in &files {
        let done = one(file, archive, &mut summary, pace);
        pace.add_bytes(file.bytes);
        match done {
            Err(error) if error.code == "damaged-file" => summary.damaged.push(error),
            other => other?,
        }
    }
    if summary.damaged.len() == files.len() {
        return Err(nothing_readable(source, summary.damaged));
    }
    Ok(Done {
        summary,
        markets: Vec::new(),
        resolutions: Vec::new(),
    })
}

fn one(
    file: &SourceFile,
    archive: &Path,
    summary: &mut Imported,
    pace: &Pace,
) -> Result<(), Diagnostic> {
    let path = file.path.as_path();
    let (source, _) = hash_file(path).map_err(|error| located::unreadable(path, &error))?;
    let mut manifest = Manifest::read(archive)?;
    let is_own = |entry: &crate::archive::manifest::HourEntry| entry.source == source;
    let own = manifest
        .files
        .values()
        .find(|entry| is_own(entry))
        .map(|entry| entry.hour.clone());
    if own.is_some_and(|hour| manifest.finished(archive, &hour, &source).is_some()) {
        summary.hours_skipped += 1;
        return Ok(());
    }
    let mut excluded = Excluded::default();
    let Some((writer, rows)) = copy(path, archive, (&manifest, &source), &mut excluded, pace)?
    else {
        let message = "the file holds no row that can be kept";
        return Err(located::in_file(path, "damaged-file", message));
    };
    let fail = |error| write_failure(archive, &error);
    let (place, entry) = writer.finish(archive, &source).map_err(fail)?;
    manifest.files.insert(place, entry);
    manifest
        .write(archive)
        .map_err(|error| located::unwritable(archive, &error))?;
    note_excluded(archive, &source, &excluded)?;
    summary.hours_written += 1;
    summary.rows += rows;
    summary.excluded.append(excluded);
    Ok(())
}

/// Copies the rows of a file; those of another hour than its first are left out.
fn copy(
    path: &Path,
    archive: &Path,
    (manifest, source): (&Manifest, &str),
    excluded: &mut Excluded,
    pace: &Pace,
) -> Result<Option<(HourWriter, u64)>, Diagnostic> {
    let fail = |error| write_failure(archive, &error);
    let mut reader = HourReader::open(path, Columns::All)?;
    let mut names = Names::default();
    let mut open: Option<(HourKey, HourWriter, u64)> = None;
    while let Some(batch) = reader.next_batch(&mut names, excluded)? {
        for index in 0..batch.rows.len() {
            let Some(row) = batch.full_row(index, &names) else {
                continue;
            };
            let hour = HourKey::of(row.received_at);
            if open.is_none() {
                refuse_taken(manifest, hour, source).map_err(fail)?;
                open = Some((hour, HourWriter::begin(archive, hour, 1).map_err(fail)?, 0));
            }
            if let Some((own, writer, rows)) = &mut open {
                if *own == hour {
                    writer.push(&row).map_err(fail)?;
                    *rows += 1;
                } else {
                    excluded.count("outside-the-hour", || {
                        format!("{}: {}", path.display(), row.market)
                    });
                }
            }
        }
        pace.add_rows(batch.rows.len() as u64);
    }
    Ok(open.map(|(_, writer, rows)| (writer, rows)))
}
