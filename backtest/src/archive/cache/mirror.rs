//! Whether both tokens of a market describe one book: a YES bid at `p` is a NO ask at `1 - p` of the same size.
//!
//! This is measured on the data, never assumed: after every message each changed level is compared with its mirror on
//! the other token's book.

use std::collections::BTreeMap;
use std::path::Path;

use quorate_domain::BookSide;

use crate::archive::decode::{Packed, PackedKind};
use crate::archive::import::Excluded;
use crate::archive::integrity::TokenBook;
use crate::archive::manifest::Manifest;
use crate::archive::names::Names;
use crate::archive::reader::{Columns, Moment, for_each_in_time_order};
use crate::input::Diagnostic;

/// Share of compared levels that must be equal before a NO book may be dropped.
const PROVEN_SHARE: f64 = 0.999;
/// Compared levels below which nothing is proven.
const COMPARED_MIN: u64 = 100;

/// What was measured of one market, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mirror {
    /// Levels compared after messages.
    pub compared: u64,
    /// Those with equal sizes on both books.
    pub equal: u64,
}

impl Mirror {
    /// Whether enough was compared and nearly all of it was equal.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share against a threshold")]
    pub fn is_proven(&self) -> bool {
        self.compared >= COMPARED_MIN && self.equal as f64 >= PROVEN_SHARE * self.compared as f64
    }

    /// Adds another measurement.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            compared: self.compared + other.compared,
            equal: self.equal + other.equal,
        }
    }
}

/// The message under way of one market: which levels it changed.
#[derive(Default)]
struct Pending {
    key: (u64, u64, u16, u64),
    changed: Vec<(u32, BookSide, u32)>,
}

/// Measures the mirror of every market with two tokens, by condition id.
///
/// # Errors
/// A file of the archive is damaged.
pub fn measure_mirror(
    archive: &Path,
    manifest: &Manifest,
) -> Result<BTreeMap<String, Mirror>, Diagnostic> {
    let (mut names, mut excluded) = (Names::default(), Excluded::default());
    let mut books: BTreeMap<u32, TokenBook> = BTreeMap::new();
    let mut pairs: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut pending: BTreeMap<u32, Pending> = BTreeMap::new();
    let mut found: BTreeMap<u32, Mirror> = BTreeMap::new();
    for_each_in_time_order(
        archive,
        manifest,
        Columns::Replay,
        (&mut names, &mut excluded),
        |_, moment| {
            let Moment::Row(row, bids, asks) = moment else {
                books.clear();
                return Ok(());
            };
            let open = pending.entry(row.market).or_default();
            let key = (row.received_ns, row.event_ns, row.connection, row.seq);
            if open.key != key {
                let changed = std::mem::take(&mut open.changed);
                open.key = key;
                let tokens = pairs.get(&row.market).map_or(&[][..], Vec::as_slice);
                let mirror = found.entry(row.market).or_default();
                *mirror = mirror.and(compare(&books, tokens, &changed));
            }
            let tokens = pairs.entry(row.market).or_default();
            if !tokens.contains(&row.asset) {
                tokens.push(row.asset);
            }
            apply(
                books.entry(row.asset).or_default(),
                row,
                (bids, asks),
                &mut open.changed,
            );
            Ok(())
        },
    )?;
    for (market, open) in &pending {
        let tokens = pairs.get(market).map_or(&[][..], Vec::as_slice);
        let mirror = found.entry(*market).or_default();
        *mirror = mirror.and(compare(&books, tokens, &open.changed));
    }
    let named = found.into_iter().filter_map(|(market, mirror)| {
        Some((names.markets().get(market as usize)?.to_string(), mirror))
    });
    Ok(named.collect())
}

fn apply(
    book: &mut TokenBook,
    row: &Packed,
    (bids, asks): (&[quorate_domain::Level], &[quorate_domain::Level]),
    changed: &mut Vec<(u32, BookSide, u32)>,
) {
    if row.after_gap {
        book.break_continuity();
    }
    match row.kind {
        PackedKind::Book => book.replace(bids, asks),
        PackedKind::Change => {
            book.set(row.side, row.price_micros, row.size_micros);
            changed.push((row.asset, row.side, row.price_micros));
        }
        PackedKind::TickSize | PackedKind::Gap => book.break_continuity(),
        PackedKind::Trade | PackedKind::Closed => {}
    }
}

fn compare(
    books: &BTreeMap<u32, TokenBook>,
    tokens: &[u32],
    changed: &[(u32, BookSide, u32)],
) -> Mirror {
    let mut mirror = Mirror::default();
    let [a, b] = tokens else { return mirror };
    for (asset, side, price) in changed {
        let other = if asset == a { b } else { a };
        let (Some(own), Some(other)) = (books.get(asset), books.get(other)) else {
            continue;
        };
        if own.is_sound() && other.is_sound() {
            mirror.compared += 1;
            let same = own.size(*side, *price) == other.size(side.opposite(), 1_000_000 - price);
            mirror.equal += u64::from(same);
        }
    }
    mirror
}
