//! Which asset id is which outcome of which market.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use quorate_domain::{MarketId, Outcome, TickSize};

use super::normalize::fingerprint;

/// One market as the sockets need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Identity within the run.
    pub market: MarketId,
    /// The venue's condition id, `0x` and 64 hex digits.
    pub condition: String,
    /// Asset id of the YES token, decimal text.
    pub yes: String,
    /// Asset id of the NO token, decimal text.
    pub no: String,
    /// Price step at the time of listing.
    pub tick: TickSize,
}

/// Why a market cannot be listed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// An asset id belongs to two outcomes.
    #[error(
        "asset {asset} of market {market} is listed already: every outcome needs its own asset id"
    )]
    AssetTaken {
        /// The asset id.
        asset: String,
        /// The market that was to be listed.
        market: MarketId,
    },
    /// The market is listed with other assets.
    #[error("market {0} is listed already with other assets: remove it first")]
    MarketTaken(MarketId),
    /// An asset id is not a decimal number of at most 78 digits.
    #[error("market {market}: asset id {asset:?} is not a decimal number of at most 78 digits")]
    NotAnAsset {
        /// The asset id.
        asset: String,
        /// The market that was to be listed.
        market: MarketId,
    },
}

/// All markets of one connection, found by asset id.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    pairs: BTreeMap<MarketId, Pair>,
    // Looked up, never iterated: its order does not matter.
    assets: HashMap<Vec<u8>, (MarketId, Outcome), BuildHasherDefault<AssetHasher>>,
}

impl Directory {
    /// Lists a market. Listing the same pair again changes nothing.
    ///
    /// # Errors
    /// The market or one of its assets is taken, or an asset id is malformed; nothing is listed then.
    pub fn add(&mut self, pair: Pair) -> Result<(), DirectoryError> {
        let market = pair.market;
        if let Some(known) = self.pairs.get(&market) {
            let is_same = known.yes == pair.yes && known.no == pair.no;
            return is_same
                .then_some(())
                .ok_or(DirectoryError::MarketTaken(market));
        }
        for asset in [&pair.yes, &pair.no] {
            let digits = asset.bytes().all(|byte| byte.is_ascii_digit());
            if asset.is_empty() || asset.len() > 78 || !digits {
                let asset = asset.clone();
                return Err(DirectoryError::NotAnAsset { asset, market });
            }
            if self.assets.contains_key(asset.as_bytes()) || pair.yes == pair.no {
                let asset = asset.clone();
                return Err(DirectoryError::AssetTaken { asset, market });
            }
        }
        for (asset, outcome) in [(&pair.yes, Outcome::Yes), (&pair.no, Outcome::No)] {
            let asset = asset.as_bytes().to_vec();
            self.assets.insert(asset, (market, outcome));
        }
        self.pairs.insert(market, pair);
        Ok(())
    }

    /// Forgets a market; gives it back where it was listed.
    pub fn remove(&mut self, market: MarketId) -> Option<Pair> {
        let pair = self.pairs.remove(&market)?;
        self.assets.remove(pair.yes.as_bytes());
        self.assets.remove(pair.no.as_bytes());
        Some(pair)
    }

    /// The outcome that an asset id stands for.
    #[must_use]
    pub fn find(&self, asset: &str) -> Option<(MarketId, Outcome)> {
        self.find_bytes(asset.as_bytes())
    }

    /// As [`Self::find`], of bytes.
    pub(crate) fn find_bytes(&self, asset: &[u8]) -> Option<(MarketId, Outcome)> {
        self.assets.get(asset).copied()
    }

    /// A listed market.
    #[must_use]
    pub fn pair(&self, market: MarketId) -> Option<&Pair> {
        self.pairs.get(&market)
    }

    /// All markets, by their number.
    pub fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.values()
    }

    /// Both asset ids of the given markets, YES first; unknown markets are left out.
    #[must_use]
    pub fn assets_of(&self, markets: &[MarketId]) -> Vec<&str> {
        let known = markets.iter().filter_map(|market| self.pair(*market));
        known
            .flat_map(|pair| [pair.yes.as_str(), pair.no.as_str()])
            .collect()
    }

    /// How many markets are listed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether no market is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

/// Hashes asset ids by their last digits. Asset ids are hashes themselves, and only those of markets that were chosen are
/// listed, so that nobody gains by making them collide; the whole id is compared all the same.
#[derive(Clone, Copy, Debug, Default)]
struct AssetHasher(u64);

impl Hasher for AssetHasher {
    fn write(&mut self, bytes: &[u8]) {
        let last = bytes.last_chunk::<16>().map_or(bytes, |last| last);
        self.0 = fingerprint::with(self.0, fingerprint::of(last));
    }

    fn write_usize(&mut self, _length: usize) {
        // Asset ids are of nearly the same length: it tells nothing.
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
