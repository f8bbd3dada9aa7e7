//! From an archive to its cache.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use quorate_domain::{BookSide, Level};
use sha2::{Digest, Sha256};

use super::header::{HEADER_BYTES, Header, build_version};
use super::mirror::{Mirror, measure_mirror};
use super::record::{CacheKind, CacheRecord, LAST_OF_MESSAGE};
use crate::archive::decode::{Packed, PackedKind};
use crate::archive::import::Excluded;
use crate::archive::located;
use crate::archive::manifest::Manifest;
use crate::archive::names::Names;
use crate::archive::reader::{Columns, Moment, for_each_in_time_order};
use crate::archive::tables;
use crate::input::{Diagnostic, Diagnostics};

/// What came of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// Records.
    pub records: u64,
    /// The mirror over all markets.
    pub mirror: Mirror,
    /// Markets whose NO books were dropped because the mirror is proven.
    pub markets_on_one_book: u64,
}

/// Which token a number is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Yes,
    /// Its books are dropped, its trades turned round.
    Mirrored,
    /// Kept on its own scale.
    Own,
}

/// Builds the cache of an archive at a path; an older one is replaced as a whole.
///
/// # Errors
/// A file of the archive is damaged, or the cache cannot be written.
pub fn build(archive: &Path, target: &Path) -> Result<Built, Diagnostics> {
    let manifest = Manifest::read(archive)?;
    let mirrors = measure_mirror(archive, &manifest)?;
    let roles = roles(archive, &mirrors)?;
    let temporary = target.with_extension(format!("{}.tmp", std::process::id()));
    let built = write(archive, &manifest, &mirrors, &roles, &temporary);
    let renamed = built.and_then(|built| match fs::rename(&temporary, target) {
        Ok(()) => Ok(built),
        Err(error) => Err(located::unwritable(target, &error)),
    });
    if renamed.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    Ok(renamed?)
}

/// Roles by token id: a token that no table names is kept as it is.
fn roles(
    archive: &Path,
    mirrors: &BTreeMap<String, Mirror>,
) -> Result<BTreeMap<String, Role>, Diagnostics> {
    let mut roles = BTreeMap::new();
    for row in tables::read_markets(archive)? {
        let proven = mirrors
            .get(row.condition.as_str())
            .is_some_and(Mirror::is_proven);
        roles.insert(row.yes.as_str().to_owned(), Role::Yes);
        roles.insert(
            row.no.as_str().to_owned(),
            if proven { Role::Mirrored } else { Role::Own },
        );
    }
    Ok(roles)
}

struct Sink {
    out: BufWriter<File>,
    hash: Sha256,
    header: Header,
    /// The last record, whose end of message is not known yet.
    held: Option<(CacheRecord, (u64, u64, u16, u64))>,
}

impl Sink {
    fn put(&mut self, record: CacheRecord, key: (u64, u64, u16, u64)) -> io::Result<()> {
        let same = self.held.is_some_and(|(held, own)| {
            own == key && held.market == record.market && held.outcome == record.outcome
        });
        self.release(same)?;
        self.held = Some((record, key));
        Ok(())
    }

    fn release(&mut self, goes_on: bool) -> io::Result<()> {
        let Some((mut record, _)) = self.held.take() else {
            return Ok(());
        };
        if !goes_on {
            record.flags |= LAST_OF_MESSAGE;
        }
        if self.header.count == 0 {
            self.header.first_ns = record.received_ns;
        }
        self.header.last_ns = record.received_ns;
        self.header.count += 1;
        let bytes = bytemuck::bytes_of(&record);
        self.hash.update(bytes);
        self.out.write_all(bytes)
    }
}

fn write(
    archive: &Path,
    manifest: &Manifest,
    mirrors: &BTreeMap<String, Mirror>,
    roles: &BTreeMap<String, Role>,
    path: &Path,
) -> Result<Built, Diagnostic> {
    let fail = |error: io::Error| located::unwritable(path, &error);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).map_err(fail)?);
    out.write_all(&[0; HEADER_BYTES]).map_err(fail)?;
    let mirror = mirrors
        .values()
        .fold(Mirror::default(), |sum, one| sum.and(*one));
    let header = Header {
        build: build_version(),
        source: manifest.content_hash(),
        mirror_compared: mirror.compared,
        mirror_equal: mirror.equal,
        ..Header::default()
    };
    let mut sink = Sink {
        out,
        hash: Sha256::new(),
        header,
        held: None,
    };
    let (mut names, mut excluded) = (Names::default(), Excluded::default());
    let mut by_number: Vec<Role> = Vec::new();
    let mut last_ns = 0;
    for_each_in_time_order(
        archive,
        manifest,
        Columns::Replay,
        (&mut names, &mut excluded),
        |names, moment| {
            for (id, _) in names.assets().iter().skip(by_number.len()) {
                by_number.push(roles.get(id.as_str()).copied().unwrap_or(Role::Own));
            }
            match moment {
                Moment::Row(row, bids, asks) => {
                    last_ns = row.received_ns;
                    let role = by_number
                        .get(row.asset as usize)
                        .copied()
                        .unwrap_or(Role::Own);
                    put_row(&mut sink, row, (bids, asks), role).map_err(fail)
                }
                Moment::Missing(_) => {
                    for market in 0..u32::try_from(names.markets().len()).unwrap_or(u32::MAX) {
                        let gap = CacheRecord {
                            market,
                            received_ns: last_ns,
                            kind: CacheKind::Gap as u8,
                            ..blank()
                        };
                        sink.put(gap, (last_ns, 0, 0, u64::from(market)))
                            .map_err(fail)?;
                    }
                    Ok(())
                }
            }
        },
    )?;
    sink.release(false).map_err(fail)?;
    let listed: Vec<&str> = names
        .markets()
        .iter()
        .map(crate::archive::ConditionId::as_str)
        .collect();
    let listed = serde_json::to_vec(&listed).map_err(|error| fail(error.into()))?;
    let Sink {
        mut out,
        hash,
        mut header,
        ..
    } = sink;
    header.names_bytes = listed.len() as u64;
    header.records_sha256 = hash.finalize().into();
    let count = header.count;
    let mut finish = || -> io::Result<()> {
        out.write_all(&listed)?;
        out.flush()?;
        let file = out.get_mut();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header.bytes())?;
        file.sync_all()
    };
    finish().map_err(fail)?;
    let proven = mirrors.values().filter(|mirror| mirror.is_proven()).count() as u64;
    Ok(Built {
        records: count,
        mirror,
        markets_on_one_book: if roles.is_empty() { 0 } else { proven },
    })
}

fn blank() -> CacheRecord {
    bytemuck::Zeroable::zeroed()
}

fn put_row(
    sink: &mut Sink,
    row: &Packed,
    (bids, asks): (&[Level], &[Level]),
    role: Role,
) -> io::Result<()> {
    let key = (row.received_ns, row.event_ns, row.connection, row.seq);
    let lag = i128::from(row.received_ns) - i128::from(row.event_ns);
    let mut base = CacheRecord {
        received_ns: row.received_ns,
        market: row.market,
        lag_us: i32::try_from(lag / 1000).unwrap_or(if lag < 0 { i32::MIN } else { i32::MAX }),
        outcome: u8::from(role == Role::Own),
        ..blank()
    };
    let is_trade = row.kind == PackedKind::Trade;
    if role == Role::Mirrored && !is_trade {
        return Ok(());
    }
    if row.after_gap && row.kind != PackedKind::Gap {
        sink.put(
            CacheRecord {
                kind: CacheKind::Gap as u8,
                ..base
            },
            key,
        )?;
    }
    let turned = role == Role::Mirrored;
    base.price_micros = if turned {
        1_000_000 - row.price_micros
    } else {
        row.price_micros
    };
    base.size_micros = row.size_micros;
    base.side = u8::from((row.side == BookSide::Ask) != turned);
    base.kind = match row.kind {
        PackedKind::Book => CacheKind::Clear,
        PackedKind::Change => CacheKind::Level,
        PackedKind::Trade => CacheKind::Trade,
        PackedKind::TickSize => CacheKind::TickSize,
        PackedKind::Gap => CacheKind::Gap,
        PackedKind::Closed => CacheKind::Closed,
    } as u8;
    sink.put(base, key)?;
    for (side, levels) in [(0, bids), (1, asks)] {
        for level in levels {
            let record = CacheRecord {
                kind: CacheKind::SnapshotLevel as u8,
                side,
                price_micros: level.price.micros(),
                size_micros: level.shares.micros(),
                ..base
            };
            sink.put(record, key)?;
        }
    }
    Ok(())
}
