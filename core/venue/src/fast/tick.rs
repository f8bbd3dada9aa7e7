//! Prices as small integers, and the six grids of the venue.
//!
//! Records carry prices in the finest tick, 0.0001 dollar, so that a change of the grid never changes a record. A book
//! is indexed by steps of its own grid, which keeps it small enough for the processor's cache.

use quorate_domain::Price;

/// A price on the YES scale or in a token's own terms, in units of 0.0001 dollar: 1 to 9,999.
pub type Ticks = u16;

/// Units of [`Ticks`] in one dollar.
pub const TICKS_PER_DOLLAR: Ticks = 10_000;

/// Micro-dollars in one unit of [`Ticks`].
pub(crate) const MICROS_PER_TICK: u32 = 100;

/// The same point on the other outcome's scale. The argument must not exceed a dollar.
#[must_use]
pub const fn complement(price: Ticks) -> Ticks {
    TICKS_PER_DOLLAR.saturating_sub(price)
}

/// A price of the domain in finest ticks; `None` when it lies between two of them.
#[must_use]
pub fn ticks(price: Price) -> Option<Ticks> {
    if !price.micros().is_multiple_of(MICROS_PER_TICK) {
        return None;
    }
    Ticks::try_from(price.micros() / MICROS_PER_TICK).ok()
}

/// The price steps that the venue uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// 0.1 dollar.
    Tenth,
    /// 0.01 dollar.
    Cent,
    /// 0.005 dollar.
    HalfCent,
    /// 0.0025 dollar.
    QuarterCent,
    /// 0.001 dollar.
    Mill,
    /// 0.0001 dollar.
    TenthMill,
}

impl Tick {
    /// All of them, coarsest first.
    pub const ALL: [Self; 6] = [
        Self::Tenth,
        Self::Cent,
        Self::HalfCent,
        Self::QuarterCent,
        Self::Mill,
        Self::TenthMill,
    ];

    /// The step in finest ticks.
    #[must_use]
    pub const fn width(self) -> Ticks {
        match self {
            Self::Tenth => 1_000,
            Self::Cent => 100,
            Self::HalfCent => 50,
            Self::QuarterCent => 25,
            Self::Mill => 10,
            Self::TenthMill => 1,
        }
    }

    /// The tick with this width in finest ticks.
    #[must_use]
    pub fn from_width(width: u64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|tick| u64::from(tick.width()) == width)
    }
}

/// A grid with its division prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    tick: Tick,
    width: u32,
    /// `ceil(2^32 / width)`: for prices below 2^16 the product's upper half is the exact quotient.
    reciprocal: u64,
    steps: u32,
}

impl Grid {
    pub(crate) fn new(tick: Tick) -> Self {
        let width = u32::from(tick.width());
        Self {
            tick,
            width,
            reciprocal: (1_u64 << 32).div_ceil(u64::from(width)),
            steps: u32::from(TICKS_PER_DOLLAR) / width,
        }
    }

    pub(crate) const fn tick(&self) -> Tick {
        self.tick
    }

    /// Steps in one dollar; valid steps lie strictly between 0 and this.
    pub(crate) const fn steps(&self) -> u32 {
        self.steps
    }

    /// The step at or below a price.
    pub(crate) const fn floor(&self, price: Ticks) -> u32 {
        ((price as u64 * self.reciprocal) >> 32) as u32
    }

    /// The step at or above a price.
    pub(crate) const fn ceil(&self, price: Ticks) -> u32 {
        let floor = self.floor(price);
        if floor * self.width == price as u32 {
            floor
        } else {
            floor + 1
        }
    }

    /// The step of a price; `None` off the grid or outside the open interval from 0 to 1 dollar.
    #[inline]
    pub(crate) const fn step(&self, price: Ticks) -> Option<u32> {
        let step = self.floor(price);
        if step * self.width == price as u32 && step != 0 && step < self.steps {
            Some(step)
        } else {
            None
        }
    }

    /// The price of a step.
    pub(crate) const fn price(&self, step: u32) -> Ticks {
        (step * self.width) as Ticks
    }
}
