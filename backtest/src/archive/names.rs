//! Markets and tokens by small numbers, so that rows stay small.

use std::collections::BTreeMap;

use super::row::{AssetId, ConditionId};

/// Numbers for condition ids and token ids, in the order of first sight.
#[derive(Clone, Debug, Default)]
pub struct Names {
    markets: Vec<ConditionId>,
    assets: Vec<(AssetId, u32)>,
    market_numbers: BTreeMap<ConditionId, u32>,
    asset_numbers: BTreeMap<AssetId, u32>,
    last: Option<(Vec<u8>, u32)>,
}

impl Names {
    /// The number of a market; `None` unless the bytes are a condition id.
    pub fn market(&mut self, bytes: &[u8]) -> Option<u32> {
        if let Some((last, number)) = &self.last
            && last == bytes
        {
            return Some(*number);
        }
        let id = ConditionId::parse(std::str::from_utf8(bytes).ok()?)?;
        let next = u32::try_from(self.markets.len()).ok()?;
        let markets = &mut self.markets;
        let number = *self.market_numbers.entry(id).or_insert_with_key(|id| {
            markets.push(id.clone());
            next
        });
        self.last = Some((bytes.to_vec(), number));
        Some(number)
    }

    /// The number of a token, which belongs to the market with a number; `None` unless the text is a token id.
    pub fn asset(&mut self, text: &str, market: u32) -> Option<u32> {
        let id = AssetId::parse(text)?;
        let next = u32::try_from(self.assets.len()).ok()?;
        let assets = &mut self.assets;
        Some(*self.asset_numbers.entry(id).or_insert_with_key(|id| {
            assets.push((id.clone(), market));
            next
        }))
    }

    /// Markets by number.
    #[must_use]
    pub fn markets(&self) -> &[ConditionId] {
        &self.markets
    }

    /// Tokens by number, each with the number of the market it was first seen with.
    #[must_use]
    pub fn assets(&self) -> &[(AssetId, u32)] {
        &self.assets
    }

    /// The number of a token that has been seen.
    #[must_use]
    pub fn asset_number(&self, id: &AssetId) -> Option<u32> {
        self.asset_numbers.get(id).copied()
    }

    /// The number of a market that has been seen.
    #[must_use]
    pub fn market_number(&self, id: &ConditionId) -> Option<u32> {
        self.market_numbers.get(id).copied()
    }
}
