//! A set of small numbers in which the next member either way is found in a handful of instructions, whatever lies
//! between: one bit per number, and one bit per non-empty word of those.

use alloc::vec;
use alloc::vec::Vec;

#[derive(Clone, Debug)]
pub(crate) struct Bits {
    words: Vec<u64>,
    summary: Vec<u64>,
}

impl Bits {
    /// An empty set of numbers below `len`.
    pub(crate) fn new(len: u32) -> Self {
        let words = (len as usize).div_ceil(64).max(1);
        Self {
            words: vec![0; words],
            summary: vec![0; words.div_ceil(64)],
        }
    }

    #[inline]
    pub(crate) fn insert(&mut self, index: u32) {
        let at = (index >> 6) as usize;
        if let Some(word) = self.words.get_mut(at) {
            *word |= 1 << (index & 63);
            self.summary[at >> 6] |= 1 << (at & 63);
        }
    }

    #[inline]
    pub(crate) fn remove(&mut self, index: u32) {
        let at = (index >> 6) as usize;
        if let Some(word) = self.words.get_mut(at) {
            *word &= !(1 << (index & 63));
            if *word == 0 {
                self.summary[at >> 6] &= !(1 << (at & 63));
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        self.words.fill(0);
        self.summary.fill(0);
    }

    /// The smallest member at or above `from`.
    #[inline]
    pub(crate) fn next(&self, from: u32) -> Option<u32> {
        let at = (from >> 6) as usize;
        let here = self.words.get(at)? >> (from & 63);
        if here != 0 {
            return Some(from + here.trailing_zeros());
        }
        let word = next_word(&self.summary, at + 1)?;
        Some(((word as u32) << 6) + self.words[word].trailing_zeros())
    }

    /// The largest member at or below `from`.
    #[inline]
    pub(crate) fn previous(&self, from: u32) -> Option<u32> {
        let at = (from >> 6) as usize;
        let here = self.words.get(at)? << (63 - (from & 63));
        if here != 0 {
            return Some(from - here.leading_zeros());
        }
        let word = previous_word(&self.summary, at.checked_sub(1)?)?;
        Some(((word as u32) << 6) + 63 - self.words[word].leading_zeros())
    }
}

/// The first set bit at or above `from`.
fn next_word(summary: &[u64], from: usize) -> Option<usize> {
    let at = from >> 6;
    let here = summary.get(at)? >> (from & 63);
    if here != 0 {
        return Some(from + here.trailing_zeros() as usize);
    }
    let further = (at + 1..summary.len()).find(|i| summary[*i] != 0)?;
    Some((further << 6) + summary[further].trailing_zeros() as usize)
}

/// The last set bit at or below `from`.
fn previous_word(summary: &[u64], from: usize) -> Option<usize> {
    let at = from >> 6;
    let here = summary.get(at)? << (63 - (from & 63));
    if here != 0 {
        return Some(from - here.leading_zeros() as usize);
    }
    let further = (0..at).rev().find(|i| summary[*i] != 0)?;
    Some((further << 6) + 63 - summary[further].leading_zeros() as usize)
}
