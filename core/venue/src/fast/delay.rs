//! Delays and chances that depend on what they belong to and on nothing else: a seeded hash of (seed, variant, order,
//! purpose). Asking in another order, or among other variants, gives the same answers.

/// How long something takes, nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// Always this long.
    Constant(u64),
    /// Anything from `min` to `max`, both included, equally likely.
    Uniform {
        /// Shortest.
        min: u64,
        /// Longest.
        max: u64,
    },
    /// At least `floor`, plus an exponential tail with this mean.
    Exponential {
        /// Shortest.
        floor: u64,
        /// Mean of what comes on top.
        mean: u64,
    },
}

impl Delay {
    /// The delay that belongs to 64 drawn bits.
    #[must_use]
    pub fn of(self, bits: u64) -> u64 {
        match self {
            Self::Constant(nanos) => nanos,
            Self::Uniform { min, max } => {
                let span = u128::from(max.saturating_sub(min)) + 1;
                let above = (u128::from(bits) * span) >> 64;
                min.saturating_add(u64::try_from(above).unwrap_or(u64::MAX))
            }
            Self::Exponential { floor, mean } => {
                let open = ((bits >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a delay is not negative; the cast saturates"
                )]
                let tail = (-libm::log(open) * mean as f64) as u64;
                floor.saturating_add(tail)
            }
        }
    }
}

/// What a draw is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Purpose {
    Submit = 1,
    Cancel = 2,
    Failure = 3,
}

/// Where draws come from: one per variant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    base: u64,
}

impl Draws {
    pub(crate) const fn new(seed: u64, variant: u32) -> Self {
        Self {
            base: mix(mix(seed) ^ variant as u64),
        }
    }

    /// 64 bits for one purpose of one order.
    pub(crate) const fn bits(self, purpose: Purpose, order: u64) -> u64 {
        mix(self.base ^ mix(order << 8 | purpose as u64))
    }

    pub(crate) fn delay(self, delay: Delay, purpose: Purpose, order: u32) -> u64 {
        match delay {
            Delay::Constant(nanos) => nanos,
            _ => delay.of(self.bits(purpose, u64::from(order))),
        }
    }
}

/// The output function of SplitMix64 (Steele, Lea & Flood 2014) after one step.
const fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
