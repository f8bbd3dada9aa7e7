//! The seed corpora of the fuzz targets, and variants of them, through the same entry points.

use std::path::PathBuf;

use quorate_polymarket::ws::{Output, number, user_frame};

use crate::support::{book, normalizer};

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect()
}

/// The seed itself and 500 variants: bytes changed, cut, doubled.
fn variants(seed: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let mut random = fastrand::Rng::with_seed(0x51_07);
    let seed = seed.to_vec();
    std::iter::once(seed.clone()).chain((0..500).map(move |_| {
        let mut bytes = seed.clone();
        for _ in 0..random.usize(1..6) {
            if bytes.is_empty() {
                break;
            }
            let at = random.usize(..bytes.len());
            match random.u8(..4) {
                0 => bytes[at] = random.u8(..),
                1 => bytes[at] = b"0123456789.-eE\"[]{},:"[random.usize(..21)],
                2 => bytes.truncate(at),
                _ => {
                    let tail = bytes[at..].to_vec();
                    bytes.extend(tail);
                }
            }
        }
        bytes
    }))
}

#[test]
fn every_seed_of_the_market_channel_is_read_and_no_variant_panics() {
    for (path, seed) in seeds("market_frame") {
        let mut normalizer = normalizer();
        let mut out = Output::default();
        normalizer
            .read(book(1_795_305_600_000).as_bytes(), &mut out)
            .unwrap();
        let read = normalizer.read(&seed, &mut out);
        assert!(read.is_ok(), "{}: {read:?}", path.display());
        for bytes in variants(&seed) {
            let _refused = normalizer.read(&bytes, &mut out).is_err();
            out.clear();
        }
    }
}

#[test]
fn every_seed_of_the_user_channel_is_read_and_no_variant_panics() {
    for (path, seed) in seeds("user_frame") {
        let read = user_frame::read(&seed);
        assert!(read.is_ok(), "{}: {read:?}", path.display());
        for bytes in variants(&seed) {
            let _refused = user_frame::read(&bytes).is_err();
        }
    }
}

#[test]
fn a_readable_number_is_printed_back_as_it_was_meant() {
    for (_, seed) in seeds("number") {
        for bytes in variants(&seed) {
            let Ok(micros) = number::micros(&bytes) else {
                continue;
            };
            let again = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
            assert_eq!(number::micros(again.as_bytes()), Ok(micros));
            if let Ok(text) = std::str::from_utf8(&bytes)
                && let Ok(shares) = quorate_domain::Shares::parse(text)
            {
                assert_eq!(shares.micros(), micros, "{text}");
            }
        }
    }
}
