//! One `.npz` file for every token, named `0xCONDITION-TOKEN.npz`, with an array `data` of 64-byte events.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use quorate_domain::{BookSide, Level};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::archive::decode::{Packed, PackedKind};
use crate::archive::import::Excluded;
use crate::archive::import::hftbacktest::{
    BOTH, BUY, DEPTH, DEPTH_CLEAR, DEPTH_SNAPSHOT, FIELDS, ROW_BYTES, SELL, TRADE,
};
use crate::archive::located;
use crate::archive::manifest::Manifest;
use crate::archive::names::Names;
use crate::archive::reader::{Columns, Moment, for_each_in_time_order};
use crate::input::Diagnostic;

/// Events held before they go to the token's scratch file.
const HELD_MAX: usize = 4096 * ROW_BYTES;

/// Writes every token of an archive into a folder. Gives the files in the order of the tokens.
///
/// # Errors
/// The archive is damaged, or a file cannot be written.
pub fn write_npz(archive: &Path, folder: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let fail = |error: io::Error| located::unwritable(folder, &error);
    std::fs::create_dir_all(folder).map_err(fail)?;
    let manifest = Manifest::read(archive)?;
    let (mut names, mut excluded) = (Names::default(), Excluded::default());
    let mut tokens: BTreeMap<u32, Scratch> = BTreeMap::new();
    for_each_in_time_order(
        archive,
        &manifest,
        Columns::Replay,
        (&mut names, &mut excluded),
        |_, moment| {
            let Moment::Row(row, bids, asks) = moment else {
                return Ok(());
            };
            let token = tokens
                .entry(row.asset)
                .or_insert_with(|| Scratch::new(folder, row.asset));
            token.take(row, (bids, asks)).map_err(fail)
        },
    )?;
    let mut files = Vec::new();
    for (asset, token) in tokens {
        let Some((id, market)) = names.assets().get(asset as usize) else {
            continue;
        };
        let market = names
            .markets()
            .get(*market as usize)
            .map(ToString::to_string)
            .unwrap_or_default();
        let path = folder.join(format!("{market}-{id}.npz"));
        token.finish(&path).map_err(fail)?;
        files.push(path);
    }
    Ok(files)
}

/// The events of one token on their way: in memory, and behind that in a scratch file.
struct Scratch {
    path: PathBuf,
    held: Vec<u8>,
    rows: u64,
}

impl Scratch {
    fn new(folder: &Path, number: u32) -> Self {
        let path = folder.join(format!(".token-{number}-{}.tmp", std::process::id()));
        Self {
            path,
            held: Vec::new(),
            rows: 0,
        }
    }

    fn take(&mut self, row: &Packed, (bids, asks): (&[Level], &[Level])) -> io::Result<()> {
        let flag = |side: BookSide| if side == BookSide::Bid { BUY } else { SELL };
        match row.kind {
            PackedKind::Change => self.put(
                row,
                DEPTH | flag(row.side),
                row.price_micros,
                row.size_micros,
            ),
            // Here a side is the taker's direction.
            PackedKind::Trade => self.put(
                row,
                TRADE | flag(row.side.opposite()),
                row.price_micros,
                row.size_micros,
            ),
            PackedKind::Book => {
                self.put(row, DEPTH_CLEAR, 0, 0);
                for (side, levels) in [(BookSide::Bid, bids), (BookSide::Ask, asks)] {
                    for level in levels {
                        let (price, size) = (level.price.micros(), level.shares.micros());
                        self.put(row, DEPTH_SNAPSHOT | flag(side), price, size);
                    }
                }
            }
            PackedKind::TickSize | PackedKind::Gap | PackedKind::Closed => {}
        }
        if self.held.len() >= HELD_MAX {
            self.spill()
        } else {
            Ok(())
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "the format's prices and sizes are binary floating point"
    )]
    fn put(&mut self, row: &Packed, ev: u64, price_micros: u32, size_micros: u64) {
        self.rows += 1;
        self.held.extend((ev | BOTH).to_le_bytes());
        self.held.extend(row.event_ns.to_le_bytes());
        self.held.extend(row.received_ns.to_le_bytes());
        self.held
            .extend((f64::from(price_micros) / 1e6).to_le_bytes());
        self.held.extend((size_micros as f64 / 1e6).to_le_bytes());
        self.held.extend([0; 24]);
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut file = File::options().create(true).append(true).open(&self.path)?;
        file.write_all(&self.held)?;
        self.held.clear();
        Ok(())
    }

    fn finish(mut self, path: &Path) -> io::Result<()> {
        self.spill()?;
        let temporary = path.with_extension("npz.tmp");
        let mut zip = ZipWriter::new(BufWriter::new(File::create(&temporary)?));
        let options = SimpleFileOptions::default().large_file(true);
        zip.start_file("data.npy", options)
            .map_err(io::Error::other)?;
        zip.write_all(&header(self.rows))?;
        io::copy(&mut File::open(&self.path)?, &mut zip)?;
        zip.finish().map_err(io::Error::other)?.flush()?;
        std::fs::rename(&temporary, path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover scratch file is harmless.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The array's header, version 1.0: padded so that the data begin at a multiple of 64 bytes.
fn header(rows: u64) -> Vec<u8> {
    let fields: Vec<String> = FIELDS
        .iter()
        .map(|(name, kind)| format!("('{name}', '{kind}')"))
        .collect();
    let fields = fields.join(", ");
    let mut text = format!("{{'descr': [{fields}], 'fortran_order': False, 'shape': ({rows},), }}");
    while !(10 + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend(text.as_bytes());
    out
}
