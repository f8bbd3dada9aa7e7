//! An archive in the formats of others.

mod hftbacktest;

use std::path::Path;

pub use hftbacktest::write_npz;

use super::import::{Excluded, intake::write_failure};
use super::manifest::Manifest;
use super::names::Names;
use super::reader::{Columns, HourReader, hours};
use super::schema::HourKey;
use super::writer::{HourWriter, refuse_taken};
use super::{located, tables};
use crate::input::Diagnostic;

/// Copies an archive as Parquet, every row decoded and written anew: hours that hold several parts become one file only
/// if there is one part. Gives the number of rows.
///
/// # Errors
/// A file is damaged, or the target cannot be written.
pub fn write_parquet(archive: &Path, target: &Path) -> Result<u64, Diagnostic> {
    let manifest = Manifest::read(archive)?;
    std::fs::create_dir_all(target).map_err(|error| located::unwritable(target, &error))?;
    let mut copy = Manifest::read(target)?;
    let source = super::manifest::hex(&manifest.content_hash());
    let fail = |error| write_failure(target, &error);
    let mut rows = 0;
    for (hour, files) in hours(archive, &manifest) {
        refuse_taken(&copy, hour, &source).map_err(fail)?;
        for (part, path) in (1..).zip(&files) {
            rows += copy_file(path, (target, hour, part), (&mut copy, &source))?;
        }
    }
    copy.write(target)
        .map_err(|error| located::unwritable(target, &error))?;
    for name in [
        tables::MARKETS_FILE,
        tables::RESOLUTIONS_FILE,
        tables::PREDICTIONS_FILE,
    ] {
        let from = archive.join(name);
        if from.is_file() {
            std::fs::copy(&from, target.join(name))
                .map_err(|error| located::unwritable(target, &error))?;
        }
    }
    Ok(rows)
}

fn copy_file(
    path: &Path,
    (target, hour, part): (&Path, HourKey, u32),
    (copy, source): (&mut Manifest, &str),
) -> Result<u64, Diagnostic> {
    let fail = |error| write_failure(target, &error);
    let (mut names, mut excluded) = (Names::default(), Excluded::default());
    let mut reader = HourReader::open(path, Columns::All)?;
    let mut writer = HourWriter::begin(target, hour, part).map_err(fail)?;
    while let Some(batch) = reader.next_batch(&mut names, &mut excluded)? {
        for index in 0..batch.rows.len() {
            if let Some(row) = batch.full_row(index, &names) {
                writer.push(&row).map_err(fail)?;
            }
        }
    }
    let (place, entry) = writer.finish(target, source).map_err(fail)?;
    let rows = entry.rows;
    copy.files.insert(place, entry);
    Ok(rows)
}
