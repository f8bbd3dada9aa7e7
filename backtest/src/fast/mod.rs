//! Fast replay over whole record files: many variants of a strategy in few passes.
//!
//! The engine is [`quorate_venue::fast`]; here are what needs the standard library: batches of variants on several
//! threads, records read in place from a mapped file, and a generator of streams to measure with.

mod cache;
pub mod stream;

pub use cache::{CacheReplay, event_of, replay_cache, replay_cached};

use quorate_venue::fast::{
    BadEvent, BadVariantCount, Event, FanOut, Strategy, VARIANTS_MAX, VariantConfig,
    VariantOutcome, World,
};
use rayon::prelude::*;

/// How long after the last record things that are on their way may still arrive: a day, in nanoseconds.
const AFTERMATH: u64 = 86_400_000_000_000;

/// Why a replay ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// A record makes no sense.
    #[error("record {number}: {reason}")]
    Record {
        /// Its number, from 1.
        number: usize,
        /// What is wrong with it.
        reason: BadEvent,
    },
    /// A file does not consist of whole records.
    #[error(
        "{bytes} bytes are not a whole number of 32-byte records at an address divisible by 8: the file is cut short, or the header was not skipped"
    )]
    Torn {
        /// Length of what was given.
        bytes: usize,
    },
    /// A cache holds a record without meaning here.
    #[error(
        "record {number} of the cache has {what}: delete the cache, it is rebuilt from the archive"
    )]
    Cache {
        /// Its number, from 1.
        number: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// No variants.
    #[error(transparent)]
    Variants(#[from] BadVariantCount),
}

/// The records in bytes as [`Event::to_words`] lays them out, in the machine's byte order; nothing is copied.
///
/// # Errors
/// [`ReplayError::Torn`] when the bytes are not whole records.
pub fn records_in(bytes: &[u8]) -> Result<impl ExactSizeIterator<Item = Event>, ReplayError> {
    let torn = ReplayError::Torn { bytes: bytes.len() };
    let words = bytemuck::try_cast_slice::<u8, [u64; 4]>(bytes).map_err(|_| torn)?;
    Ok(words.iter().map(|words| Event::from_words(*words)))
}

/// Replays the records for all variants, up to 64 in one pass and passes on all threads; results come in the order of
/// the variants, whatever the number of threads.
///
/// # Errors
/// The first record that makes no sense, or that there are no variants.
pub fn replay<S: Strategy + Send>(
    world: &World,
    records: &[Event],
    variants: Vec<(VariantConfig, S)>,
) -> Result<Vec<VariantOutcome>, ReplayError> {
    let passes: Vec<_> = batches(variants)?
        .into_par_iter()
        .map(|batch| replay_batch(world.clone(), records, batch))
        .collect::<Result<_, _>>()?;
    Ok(passes.into_iter().flatten().collect())
}

/// Variants in passes of at most 64.
fn batches<T>(variants: Vec<T>) -> Result<Vec<Vec<T>>, ReplayError> {
    if variants.is_empty() {
        return Err(BadVariantCount(0).into());
    }
    let mut batches: Vec<Vec<T>> = Vec::new();
    for variant in variants {
        match batches.last_mut() {
            Some(batch) if batch.len() < VARIANTS_MAX => batch.push(variant),
            _ => batches.push(vec![variant]),
        }
    }
    Ok(batches)
}

/// One pass for at most 64 variants, on this thread.
///
/// # Errors
/// As [`replay`], or that there are too many variants.
pub fn replay_batch<S: Strategy>(
    world: World,
    records: &[Event],
    batch: Vec<(VariantConfig, S)>,
) -> Result<Vec<VariantOutcome>, ReplayError> {
    let mut fan_out = FanOut::new(world, batch, ())?;
    fan_out
        .push_all(records)
        .map_err(|(place, reason)| ReplayError::Record {
            number: place + 1,
            reason,
        })?;
    let last = records.last().map_or(0, |record| record.ts_event);
    Ok(let_finish(fan_out, last))
}

/// Lets everything on its way after the last record arrive.
fn let_finish<S: Strategy>(mut fan_out: FanOut<S>, last: u64) -> Vec<VariantOutcome> {
    fan_out.advance(last.saturating_add(AFTERMATH));
    fan_out.outcomes().collect()
}

#[cfg(test)]
mod real_data;

#[cfg(test)]
mod tests {
    use super::stream::StreamSpec;
    use super::{ReplayError, records_in, replay, replay_batch, replay_cached};
    use crate::archive::cache::{CacheKind, CacheRecord, LAST_OF_MESSAGE};
    use quorate_domain::BookSide;
    use quorate_venue::fast::{
        Book, DecisionClock, Event, Kind, Regime, TouchParams, TouchQuoter, VariantConfig, World,
    };

    fn small(markets: u32) -> StreamSpec {
        StreamSpec {
            seed: 5,
            markets,
            depth: 10,
            deltas: 20_000,
            trades: 1_500,
            seconds: 900,
            signal_seconds: 10,
        }
    }

    fn world(spec: &StreamSpec) -> World {
        World {
            markets: spec.terms(Regime::FREE),
            groups: Vec::new(),
            clock: DecisionClock::SECOND,
        }
    }

    #[test]
    fn a_stream_has_the_counts_it_promises_and_never_crosses() {
        for markets in [1, 7] {
            let spec = small(markets);
            let records = spec.generate();
            assert_eq!(records, spec.generate());
            let mut books: Vec<Book> = spec
                .terms(Regime::FREE)
                .iter()
                .map(|terms| Book::new(terms.tick))
                .collect();
            let mut counts = [0_u64; 8];
            for record in &records {
                let kind = record.check(books.len()).unwrap();
                counts[kind as usize] += 1;
                let book = &mut books[record.market as usize];
                book.apply(record, kind);
                if kind == Kind::Delta {
                    assert!(book.is_legible());
                    assert!(
                        book.best(BookSide::Bid).is_some() && book.best(BookSide::Ask).is_some()
                    );
                }
            }
            let of = |kind: Kind| counts[kind as usize];
            assert_eq!((of(Kind::Delta), of(Kind::Trade)), (20_000, 1_500));
            assert_eq!(of(Kind::Clear), u64::from(markets));
            assert_eq!(of(Kind::SnapshotLevel), u64::from(markets) * 20);
            assert!(records.is_sorted_by_key(|record| record.ts_event));
        }
    }

    #[test]
    fn more_variants_than_one_pass_carries_come_out_as_each_alone() {
        let spec = small(3);
        let records = spec.generate();
        let variant = |key: u32| {
            let params = TouchParams {
                quote: 5_000_000 + u64::from(key) * 1_000_000,
                ..TouchParams::default()
            };
            let config = VariantConfig {
                key,
                ..VariantConfig::default()
            };
            (config, TouchQuoter::new(params, 3))
        };
        let all = replay(&world(&spec), &records, (0..70).map(variant).collect()).unwrap();
        assert_eq!(all.len(), 70);
        for key in [0, 63, 64, 69] {
            let alone = replay_batch(world(&spec), &records, vec![variant(key)]).unwrap();
            assert_eq!(alone[0], all[key as usize]);
        }
        assert!(all.iter().all(|outcome| outcome.stats.orders > 100));
    }

    /// A record of a stream as a cache keeps it; `None` for what a cache does not hold.
    fn cached(event: &Event) -> Option<CacheRecord> {
        let (kind, side) = match event.kind()? {
            Kind::Clear => (CacheKind::Clear, event.side),
            Kind::SnapshotLevel => (CacheKind::SnapshotLevel, event.side),
            Kind::Delta => (CacheKind::Level, event.side),
            Kind::Trade => (CacheKind::Trade, 1 - event.side),
            _ => return None,
        };
        Some(CacheRecord {
            received_ns: event.ts_recv,
            size_micros: event.size,
            price_micros: u32::from(event.price) * 100,
            market: event.market,
            lag_us: i32::try_from((event.ts_recv - event.ts_event) / 1_000).unwrap(),
            kind: kind as u8,
            side,
            flags: if event.is_last() { LAST_OF_MESSAGE } else { 0 },
            outcome: 0,
        })
    }

    #[test]
    fn a_replay_over_a_cache_is_that_over_the_stream() {
        let spec = small(3);
        let mut records = spec.generate();
        for record in &mut records {
            record.ts_event -= record.ts_event % 1_000;
            record.ts_recv -= record.ts_recv % 1_000;
        }
        records.sort_by_key(|record| record.ts_recv);
        // At one instant, what the cache does not hold comes last.
        records.sort_by_key(|record| (record.ts_recv, cached(record).is_none()));
        let apart: Vec<Event> = records
            .iter()
            .filter(|record| cached(record).is_none())
            .copied()
            .collect();
        let mut cache: Vec<CacheRecord> = records.iter().filter_map(cached).collect();
        let variants = || {
            let config = VariantConfig::default();
            vec![(config, TouchQuoter::new(TouchParams::default(), 3))]
        };
        let direct = replay(&world(&spec), &records, variants()).unwrap();
        let through = replay_cached(&cache, &apart, &world(&spec), variants()).unwrap();
        assert_eq!((&through.outcomes, through.left_out), (&direct, 0));
        assert!(direct[0].stats.maker_fills > 20 && direct[0].stats.taker_fills > 20);
        // A record of the NO token's own scale is left out and counted, one between the ticks is refused by number.
        let own_scale = CacheRecord {
            outcome: 1,
            ..cache[0]
        };
        cache.push(own_scale);
        let again = replay_cached(&cache, &apart, &world(&spec), variants()).unwrap();
        assert_eq!((again.outcomes, again.left_out), (direct, 1));
        cache[5].price_micros += 1;
        let refused = replay_cached(&cache, &apart, &world(&spec), variants()).unwrap_err();
        assert!(
            matches!(refused, ReplayError::Cache { number: 6, .. }),
            "{refused}"
        );
    }

    #[test]
    fn records_are_read_in_place_and_torn_files_are_refused() {
        let records = small(1).generate();
        let words: Vec<[u64; 4]> = records.iter().map(Event::to_words).collect();
        let bytes: &[u8] = bytemuck::cast_slice(&words);
        assert!(records_in(bytes).unwrap().eq(records.iter().copied()));
        let torn = records_in(&bytes[..33]).err();
        assert_eq!(torn, Some(ReplayError::Torn { bytes: 33 }));
    }
}
