//! The world's own random numbers: the same stream for a seed on every platform, and one stream per part of the world,
//! so that a change in one part never shifts the draws of another.

use libm::{log, sqrt};

/// Increment of SplitMix64: the golden ratio in 64 bits.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Next output of SplitMix64 (Steele, Lea & Flood 2014), which spreads a seed over a generator's state.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(GOLDEN);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A xoshiro256++ generator (Blackman & Vigna 2019).
#[derive(Clone, Debug)]
pub(super) struct Stream {
    state: [u64; 4],
    /// Second value of the last normal pair.
    spare_normal: Option<f64>,
}

impl Stream {
    /// The stream of one part of the world, told apart by `part` and, where there are several, by `index`.
    pub(super) fn of_part(seed: u64, part: &str, index: u64) -> Self {
        let mut mix = seed;
        let mut key = split_mix(&mut mix);
        for byte in part.bytes() {
            key ^= u64::from(byte);
            key = split_mix(&mut key);
        }
        key ^= index;
        Self {
            state: [(); 4].map(|()| split_mix(&mut key)),
            spare_normal: None,
        }
    }

    /// 64 random bits.
    pub(super) fn bits(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform on `[0, 1)`, 53 bits.
    pub(super) fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// True with probability `chance`.
    pub(super) fn happens(&mut self, chance: f64) -> bool {
        self.uniform() < chance
    }

    /// Uniform whole number below `bound` (at least 1), by the high half of a product; its bias is below
    /// `bound / 2^64`.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.bits()) * u128::from(bound.max(1));
        u64::try_from(product >> 64).unwrap_or(0)
    }

    /// Standard normal, by the polar method (Marsaglia & Bray 1964): only `log` and `sqrt`, both from `libm`.
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        loop {
            let u = 2.0 * self.uniform() - 1.0;
            let v = 2.0 * self.uniform() - 1.0;
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                let scale = sqrt(-2.0 * log(s) / s);
                self.spare_normal = Some(v * scale);
                return u * scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Stream;

    #[test]
    fn streams_differ_by_seed_part_and_index() {
        let first = |seed, part, index| Stream::of_part(seed, part, index).bits();
        let base = first(1, "books", 0);
        assert_eq!(base, first(1, "books", 0));
        assert_ne!(base, first(2, "books", 0));
        assert_ne!(base, first(1, "truth", 0));
        assert_ne!(base, first(1, "books", 1));
    }

    #[test]
    fn xoshiro_follows_its_published_recurrence() {
        // First outputs for the state 1, 2, 3, 4, worked out by hand from the recurrence:
        // rotl(1 + 4, 23) + 1, then rotl(7 + 4, 23) ... with the state 7, 0, 262146, 6 << 45 in between.
        let mut stream = Stream {
            state: [1, 2, 3, 4],
            spare_normal: None,
        };
        assert_eq!(stream.bits(), (5 << 23) + 1);
        assert_eq!(stream.state, [7, 0, 262_146, 6 << 45]);
        assert_eq!(stream.bits(), (7_u64 + (6 << 45)).rotate_left(23) + 7);
    }

    #[test]
    fn normals_have_the_moments_of_a_standard_normal() {
        let mut stream = Stream::of_part(7, "moments", 0);
        let (mut sum, mut squares, mut fourths) = (0.0, 0.0, 0.0);
        let count = 40_000;
        for _ in 0..count {
            let x = stream.normal();
            sum += x;
            squares += x * x;
            fourths += x * x * x * x;
        }
        let n = f64::from(count);
        // Four standard errors: 1, sqrt 2 and sqrt 96 over sqrt n.
        assert!((sum / n).abs() < 4.0 / n.sqrt());
        assert!((squares / n - 1.0).abs() < 4.0 * (2.0 / n).sqrt());
        assert!((fourths / n - 3.0).abs() < 4.0 * (96.0 / n).sqrt());
    }

    #[test]
    fn below_reaches_every_value_and_no_other() {
        let mut stream = Stream::of_part(7, "below", 0);
        let mut seen = [false; 6];
        for _ in 0..400 {
            seen[usize::try_from(stream.below(6)).unwrap()] = true;
        }
        assert_eq!(seen, [true; 6]);
    }
}
