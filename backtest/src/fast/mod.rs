//! Fast replay over whole record files: many variants of a strategy in few passes.
//!
//! The engine is [`quorate_venue::fast`]; here are what needs the standard library: batches of variants on several
//! threads, records read in place from a mapped file, and a generator of streams to measure with.

pub mod stream;

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
    if variants.is_empty() {
        return Err(BadVariantCount(0).into());
    }
    let mut batches: Vec<Vec<(VariantConfig, S)>> = Vec::new();
    for variant in variants {
        match batches.last_mut() {
            Some(batch) if batch.len() < VARIANTS_MAX => batch.push(variant),
            _ => batches.push(vec![variant]),
        }
    }
    let passes: Vec<_> = batches
        .into_par_iter()
        .map(|batch| replay_batch(world.clone(), records, batch))
        .collect::<Result<_, _>>()?;
    Ok(passes.into_iter().flatten().collect())
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
    for (index, record) in records.iter().enumerate() {
        fan_out.push(record).map_err(|reason| ReplayError::Record {
            number: index + 1,
            reason,
        })?;
    }
    let last = records.last().map_or(0, |record| record.ts_event);
    fan_out.advance(last.saturating_add(AFTERMATH));
    Ok(fan_out.outcomes().collect())
}

#[cfg(test)]
mod tests {
    use super::stream::StreamSpec;
    use super::{ReplayError, records_in, replay, replay_batch};
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
