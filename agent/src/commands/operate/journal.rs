//! `quorate journal verify|repair|export`, `quorate replay --verify` and `quorate record`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use quorate_backtest::report::format::count;
use quorate_domain::OrderId;
use serde_json::json;

use super::{answer, folder};
use crate::args::{ExportFormat, FindArgs, JournalCommand, RecordArgs, ReplayArgs};
use crate::console::Console;
use crate::failure::{EXIT_JOURNAL, EXIT_NOT_FOUND, Failure};
use crate::journal::{
    Index, IndexError, JournalError, Reader, RealDisk, SharedDisk, repair, to_json_lines,
    to_parquet, verify,
};
use crate::runtime::recording::Recording;
use crate::runtime::recovery::{Elsewhere, go_through};

fn disk() -> SharedDisk {
    Arc::new(RealDisk)
}

fn failed(error: &JournalError) -> Failure {
    Failure::state_hint("journal", error.exit(), error.to_string(), error.hint())
}

pub(super) fn run(command: JournalCommand, console: &Console) -> Result<(), Failure> {
    match command {
        JournalCommand::Verify(args) => {
            let dir = folder(&args).journal();
            let found = verify(&disk(), &dir).map_err(|error| failed(&error))?;
            if let Some(damage) = &found.damage {
                return Err(failed(&JournalError::from(damage.clone())));
            }
            answer(console, &found, || {
                let mut out = String::new();
                for segment in &found.segments {
                    let _ = writeln!(
                        out,
                        "segment {:06}: {} records",
                        segment.segment,
                        count(segment.records)
                    );
                }
                let tail = match &found.tail {
                    None => String::new(),
                    Some(tail) => format!(
                        ", and a torn tail of {} bytes that the next start cuts off",
                        tail.bytes
                    ),
                };
                let _ = write!(out, "sound: {} records{tail}", count(found.records()));
                out
            })
        }
        JournalCommand::Repair(args) => {
            let dir = folder(&args).journal();
            let done = repair(&disk(), &dir).map_err(|error| failed(&error))?;
            answer(console, &done, || match &done.kept_in {
                None => "nothing to repair".to_owned(),
                Some(kept) => format!(
                    "repaired: {} records were sound, {} saved from behind the damage, {} places where records are missing\nthe damaged files are kept in {}",
                    count(done.sound),
                    count(done.saved),
                    done.gaps.len(),
                    kept.display()
                ),
            })
        }
        JournalCommand::Export(args) => {
            let dir = folder(&args.instance).journal();
            export(&dir, &args.out, args.format, console)
        }
        JournalCommand::Find(args) => find(&args, console),
    }
}

/// Looks an order up in the index, which is brought up to date, or made anew if it is damaged.
fn find(args: &FindArgs, console: &Console) -> Result<(), Failure> {
    let folder = folder(&args.instance);
    let failed = |error: IndexError| Failure::state("index", EXIT_JOURNAL, error.to_string());
    let (index, opened) =
        Index::open(&folder.index(), &disk(), &folder.journal()).map_err(failed)?;
    if let Some(why) = &opened.rebuilt {
        console.note(&format!("the index was made anew from the journal: {why}"));
    }
    let by_name = args.order.split_once('.').and_then(|(seq, index)| {
        Some(OrderId {
            seq: seq.parse().ok()?,
            index: index.parse().ok()?,
        })
    });
    let found = match by_name {
        Some(id) => index.order(id).map_err(failed)?.map(|row| (id, row)),
        None => index.order_by_hash(&args.order).map_err(failed)?,
    };
    let Some((id, row)) = found else {
        let message = format!("the journal has no order {:?}", args.order);
        let hint = "`quorate orders --all` lists them";
        return Err(Failure::state_hint(
            "no-order",
            EXIT_NOT_FOUND,
            message,
            hint,
        ));
    };
    answer(
        console,
        &json!({ "order": id.to_string(), "row": row }),
        || {
            let state = match (row.refused, row.cancelled, row.accepted) {
                (true, _, _) => "refused",
                (_, true, _) => "ended",
                (_, _, true) => "resting",
                _ if !row.filled.is_zero() => "executed",
                _ => "sent",
            };
            let hash = row.hash.as_deref().unwrap_or("none");
            let filled = quorate_backtest::report::format::shares(row.filled);
            format!(
                "order {id}: {state}, {filled} shares executed, hash {hash}, last told by record {}",
                row.last.record
            )
        },
    )
}

fn export(dir: &Path, out: &Path, format: ExportFormat, console: &Console) -> Result<(), Failure> {
    let scratch = out.with_extension("part");
    let cannot = |error: &std::io::Error| Failure::cannot_write(out, error);
    let file = File::create(&scratch).map_err(|error| cannot(&error))?;
    let written = match format {
        ExportFormat::Jsonl => to_json_lines(&disk(), dir, &mut BufWriter::new(file)),
        ExportFormat::Parquet => to_parquet(&disk(), dir, file),
    };
    let rows =
        written.map_err(|error| Failure::state("export", EXIT_JOURNAL, error.to_string()))?;
    std::fs::rename(&scratch, out).map_err(|error| cannot(&error))?;
    answer(console, &json!({ "file": out, "records": rows }), || {
        format!("{} records in {}", count(rows), out.display())
    })
}

/// Feeds every entry of a journal to the decision core again and compares what it does, byte for byte.
pub(super) fn replay(args: &ReplayArgs, console: &Console) -> Result<(), Failure> {
    let given = args.path.clone();
    let dir = match given {
        Some(path) if path.join("journal").is_dir() => path.join("journal"),
        Some(path) => path,
        None => folder(&args.instance).journal(),
    };
    let reader = Reader::from_start(&disk(), &dir).map_err(|error| failed(&error))?;
    let records = reader.map(|read| read.map(|(_, record)| record));
    let mut commands = Commands::default();
    let past = go_through::<Elsewhere>(records, &mut commands)?;
    let Some(past) = past else {
        let message = format!("nothing has started in {} yet", dir.display());
        return Err(Failure::state("no-instance", EXIT_NOT_FOUND, message));
    };
    let (entries, sent) = (past.entries, commands.0);
    answer(
        console,
        &json!({ "entries": entries, "commands": sent, "differing": 0 }),
        || {
            format!(
                "{} entries replayed: {} commands, all the same",
                count(entries),
                count(sent)
            )
        },
    )
}

#[derive(Default)]
struct Commands(u64);

impl crate::runtime::recovery::Spectator for Commands {
    fn batch<V: crate::runtime::recovery::Retraced>(
        &mut self,
        _: &quorate_backtest::replay::Session<V>,
        batch: &crate::runtime::batch::Batch,
    ) {
        self.0 += batch
            .handled
            .iter()
            .map(|one| one.commands.len() as u64)
            .sum::<u64>();
    }
}

/// Writes what an instance saw as a tape that `quorate backtest` reads.
pub(super) fn record(args: &RecordArgs, console: &Console) -> Result<(), Failure> {
    let folder = folder(&args.instance);
    let mut recording = Recording::default();
    super::past(&folder, &mut recording)?;
    let tape = recording.into_tape();
    let records = tape.records.len() as u64;
    crate::commands::record::write(&tape, &args.out, args.format)?;
    answer(
        console,
        &json!({ "folder": args.out, "records": records }),
        || format!("{} records in {}", count(records), args.out.display()),
    )
}
