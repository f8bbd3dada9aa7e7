//! Which variants need not be asked again, because they said so and nothing that they named has changed.
//!
//! Most records of a market move neither its touch nor its signal, and most strategies have nothing to add then. A
//! strategy that says so with [`Actions::rest_while`](super::Actions::rest_while) is spared; one that never does is
//! asked at every opportunity.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use super::market::{Mask, members};
use super::strategy::View;
use super::tick::Ticks;

/// What all variants see of a market, as far as one can rest on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Outlook {
    touch: Option<(Ticks, Ticks)>,
    per_billion: Option<u32>,
    open: bool,
}

/// Micro-dollars of own collateral between which a variant rests.
#[derive(Clone, Copy, Debug)]
struct Span {
    least: i64,
    most: i64,
}

/// The resting strategies of one market.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quiet {
    outlook: Outlook,
    resting: Mask,
    /// Those of them that rest only while their collateral keeps within a span.
    bounded: Mask,
    /// By variant; empty until one is bounded.
    spans: Vec<Span>,
}

impl Quiet {
    /// Takes in what is known of the market now; whatever changed wakes everybody.
    pub(crate) fn look(&mut self, view: &View<'_>) {
        let outlook = Outlook {
            touch: view.touch().map(|(bid, ask)| (bid.price, ask.price)),
            per_billion: view.signal.map(|signal| signal.per_billion),
            open: view.open,
        };
        if self.outlook != outlook {
            self.outlook = outlook;
            self.resting = 0;
        }
    }

    /// Those who go on resting, given what each has.
    #[inline]
    pub(crate) fn resting(&self, collateral: impl Fn(u32) -> i64) -> Mask {
        let mut resting = self.resting;
        for variant in members(self.resting & self.bounded) {
            let span = self.spans[variant as usize];
            let own = collateral(variant);
            if own < span.least || own > span.most {
                resting &= !(1 << variant);
            }
        }
        resting
    }

    pub(crate) fn wake(&mut self, who: Mask) {
        self.resting &= !who;
    }

    pub(crate) fn rest(&mut self, variant: u32, collateral: &RangeInclusive<i64>) {
        let bit = 1 << variant;
        self.resting |= bit;
        let span = Span {
            least: *collateral.start(),
            most: *collateral.end(),
        };
        if (span.least, span.most) == (i64::MIN, i64::MAX) {
            self.bounded &= !bit;
            return;
        }
        self.bounded |= bit;
        let len = variant as usize + 1;
        if self.spans.len() < len {
            self.spans.resize(len, span);
        }
        self.spans[variant as usize] = span;
    }
}
