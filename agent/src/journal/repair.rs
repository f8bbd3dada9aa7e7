//! Repairs a damaged journal without touching it: a new chain is built beside it from all that can be saved, a gap
//! record stands where something cannot, and only then the two folders change names. The damaged one is kept.

use std::path::{Path, PathBuf};

use crate::journal::disk::{Disk, Opening, SharedDisk};
use crate::journal::error::{Damage, JournalError};
use crate::journal::hash::ChainHash;
use crate::journal::header::SegmentHeader;
use crate::journal::kind::Kind;
use crate::journal::layout::{Layout, segment_name};
use crate::journal::open::{finish_repair, sync_dir, take_lock};
use crate::journal::record::{Gap, Record, Start};
use crate::journal::salvage::{SalvagedSegment, salvage};
use crate::journal::segment::SegmentWriter;
use crate::journal::verify::{Scan, scan};

/// Bytes copied at once.
const CHUNK: u64 = 1 << 20;

/// What a repair did.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Repaired {
    /// The first damaged place; `None` if there was nothing to repair, and then nothing was done.
    pub damage: Option<Damage>,
    /// Records that were sound up to there.
    pub sound: u64,
    /// Records saved from there on, those with a corrected bit included.
    pub saved: u64,
    /// Records in which one wrong bit was put right.
    pub corrected: u64,
    /// Where records are missing now.
    pub gaps: Vec<Gap>,
    /// Where the damaged segments are kept.
    pub kept_in: Option<PathBuf>,
}

/// Repairs the journal in a folder. Records get new numbers after the first gap; those before the damage keep number and
/// hash. It can be interrupted at any point: the journal is then either as it was or repaired.
///
/// # Errors
/// Another process has it open, it has another format, no header or start record says whose it is, or the disk fails.
/// Nothing has changed then.
pub fn repair(disk: &SharedDisk, dir: &Path) -> Result<Repaired, JournalError> {
    let layout = Layout::new(dir);
    let _lock = take_lock(disk.as_ref(), &layout)?;
    finish_repair(disk.as_ref(), &layout)?;
    let found = scan(disk, dir)?;
    let sound = found.verification.records();
    let Some(damage) = found.verification.damage.clone() else {
        return Ok(Repaired::nothing(sound));
    };
    discard(disk.as_ref(), &layout.repair_unfinished())?;
    discard(disk.as_ref(), &layout.repair_finished())?;
    let mut builder = Builder::start(disk.as_ref(), &layout, &found, &damage)?;
    builder.repaired.sound = sound;
    builder.save_all()?;
    let mut repaired = builder.repaired;
    repaired.saved -= sound_in_damaged(&found, &damage);
    repaired.kept_in = Some(exchange(disk.as_ref(), &layout)?);
    repaired.damage = Some(damage);
    Ok(repaired)
}

impl Repaired {
    fn nothing(sound: u64) -> Self {
        Self {
            damage: None,
            sound,
            saved: 0,
            corrected: 0,
            gaps: Vec::new(),
            kept_in: None,
        }
    }
}

/// Records before the damage in the same segment: they are written anew as well, but were never in doubt.
fn sound_in_damaged(found: &Scan, damage: &Damage) -> u64 {
    let last = found.verification.segments.last();
    last.filter(|count| count.segment == damage.segment)
        .map_or(0, |count| count.records)
}

/// Removes what an interrupted repair left.
fn discard(disk: &dyn Disk, folder: &Path) -> Result<(), JournalError> {
    let Ok(names) = disk.list(folder) else {
        return Ok(());
    };
    let files = names.iter().map(|name| folder.join(name));
    for path in files.chain([folder.to_path_buf()]) {
        disk.remove(&path)
            .map_err(|error| JournalError::io("remove", &path, error))?;
    }
    Ok(())
}

/// Puts the repaired segments in the place of the damaged ones.
fn exchange(disk: &dyn Disk, layout: &Layout) -> Result<PathBuf, JournalError> {
    let mut time = 1;
    while disk.list(&layout.damaged(time)).is_ok() {
        time += 1;
    }
    let aside = layout.damaged(time);
    let steps = [
        (layout.repair_unfinished(), layout.repair_finished()),
        (layout.segments(), aside.clone()),
        (layout.repair_finished(), layout.segments()),
    ];
    for (from, to) in steps {
        disk.rename(&from, &to)
            .map_err(|error| JournalError::io("rename", &from, error))?;
        sync_dir(disk, layout.root())?;
    }
    Ok(aside)
}

struct Builder<'a> {
    disk: &'a dyn Disk,
    from: PathBuf,
    to: PathBuf,
    account: String,
    /// Segments that are to be saved, in order.
    numbers: Vec<u64>,
    writer: Option<SegmentWriter>,
    /// Number, in the damaged journal, of the last record passed.
    passed: u64,
    repaired: Repaired,
}

impl<'a> Builder<'a> {
    /// Copies the sound segments and opens the first one to be written anew.
    fn start(
        disk: &'a dyn Disk,
        layout: &Layout,
        found: &Scan,
        damage: &Damage,
    ) -> Result<Self, JournalError> {
        let (from, to) = (layout.segments(), layout.repair_unfinished());
        let all = Layout::numbers(disk, &from)?;
        let account = account(disk, &from, &all, damage)?;
        disk.create_folder(&to)
            .map_err(|error| JournalError::io("create", &to, error))?;
        sync_dir(disk, layout.root())?;
        let (sound, numbers): (Vec<u64>, Vec<u64>) =
            all.into_iter().partition(|number| *number < damage.segment);
        for number in sound {
            copy(disk, &from, &to, &segment_name(number))?;
        }
        let header = first_header(disk, &from, found, damage, account.clone())?;
        let passed = header.first - 1;
        Ok(Self {
            writer: Some(SegmentWriter::create(disk, &to, &header)?),
            repaired: Repaired::nothing(0),
            disk,
            from,
            to,
            account,
            numbers,
            passed,
        })
    }

    fn save_all(&mut self) -> Result<(), JournalError> {
        let numbers = std::mem::take(&mut self.numbers);
        for (index, number) in numbers.iter().enumerate() {
            if 0 < index {
                self.next_segment()?;
            }
            let salvaged = salvage(&read_all(self.disk, &self.from, *number)?);
            let last = index + 1 == numbers.len();
            self.save(salvaged, last)?;
        }
        let writer = self.writer.take();
        writer.map_or(Ok(()), |writer| writer.seal(&self.account).map(drop))
    }

    fn next_segment(&mut self) -> Result<(), JournalError> {
        if let Some(writer) = self.writer.take() {
            let header = writer.seal(&self.account)?;
            self.writer = Some(SegmentWriter::create(self.disk, &self.to, &header)?);
        }
        Ok(())
    }

    fn save(&mut self, salvaged: SalvagedSegment, last: bool) -> Result<(), JournalError> {
        for record in salvaged.records {
            // A number that was passed already can only be rubbish that looks like a record.
            if record.number <= self.passed {
                continue;
            }
            match record.number - self.passed - 1 {
                0 => {}
                lost => self.gap(Some(lost))?,
            }
            self.push(record.kind, &record.payload)?;
            self.passed = record.number;
            self.repaired.saved += 1;
            self.repaired.corrected += u64::from(record.corrected);
        }
        if last && salvaged.ends_in_doubt {
            self.gap(None)?;
        }
        Ok(())
    }

    fn gap(&mut self, lost: Option<u64>) -> Result<(), JournalError> {
        let after = self.passed;
        let gap = Gap { after, lost };
        let mut payload = Vec::new();
        Record::Gap(gap).write_payload(&mut payload)?;
        self.push(Kind::Gap, &payload)?;
        self.repaired.gaps.push(gap);
        Ok(())
    }

    fn push(&mut self, kind: Kind, payload: &[u8]) -> Result<(), JournalError> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        writer.push(kind, |buffer| {
            buffer.extend_from_slice(payload);
            Ok(())
        })?;
        if CHUNK <= writer.buffered() as u64 {
            writer.flush()?;
        }
        Ok(())
    }
}

/// The header of the first segment to be written anew: it continues the sound ones before it.
fn first_header(
    disk: &dyn Disk,
    from: &Path,
    found: &Scan,
    damage: &Damage,
    account: String,
) -> Result<SegmentHeader, JournalError> {
    if 0 < damage.offset {
        let bytes = read_all(disk, from, damage.segment)?;
        if let Ok(read) = SegmentHeader::read(&bytes) {
            return Ok(read.header);
        }
    }
    Ok(SegmentHeader {
        segment: damage.segment,
        first: found.walk.next,
        before: if damage.segment == 1 {
            ChainHash::ZERO
        } else {
            found.walk.hash
        },
        account,
    })
}

/// Whose journal it is: from the first header that can be read, or else the first start record.
fn account(
    disk: &dyn Disk,
    from: &Path,
    numbers: &[u64],
    damage: &Damage,
) -> Result<String, JournalError> {
    for number in numbers {
        let bytes = read_all(disk, from, *number)?;
        if let Ok(read) = SegmentHeader::read(&bytes) {
            return Ok(read.header.account);
        }
        let records = salvage(&bytes).records;
        let start = records.iter().find(|record| record.kind == Kind::Start);
        if let Some(Ok(start)) = start.map(|s| serde_json::from_slice::<Start>(&s.payload)) {
            return Ok(start.account);
        }
    }
    Err(damage.clone().into())
}

fn read_all(disk: &dyn Disk, from: &Path, number: u64) -> Result<Vec<u8>, JournalError> {
    let file = from.join(segment_name(number));
    disk.read(&file, 0, u64::MAX)
        .map_err(|error| JournalError::io("read", &file, error))
}

fn copy(disk: &dyn Disk, from: &Path, to: &Path, name: &str) -> Result<(), JournalError> {
    let (from, to) = (from.join(name), to.join(name));
    let failed = |error| JournalError::io("write", &to, error);
    let mut file = disk.open_append(&to, Opening::New).map_err(failed)?;
    let mut offset = 0;
    loop {
        let bytes = disk
            .read(&from, offset, CHUNK)
            .map_err(|error| JournalError::io("read", &from, error))?;
        if bytes.is_empty() {
            return file.sync().map_err(|error| JournalError::sync(&to, error));
        }
        file.append(&bytes).map_err(failed)?;
        offset += bytes.len() as u64;
    }
}
