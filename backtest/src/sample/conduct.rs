//! How the simulated market behaves at each pace of the world: the maker's habits and the takers' appetite.

use std::time::Duration;

/// Habits of the maker and appetite of the takers.
pub(super) struct Conduct {
    /// Time between two looks of the maker at the market.
    pub(super) step: Duration,
    /// How old the maker's knowledge of the truth is.
    pub(super) lag: Duration,
    /// Standard deviation of the maker's error, in log odds.
    pub(super) error: f64,
    /// Share of that error kept from one look to the next.
    pub(super) error_kept: f64,
    /// Distance of the maker's best prices from its belief, in micro-dollars, at even odds.
    pub(super) half_spread_micros: f64,
    /// Number of levels on each side, and the median shares on one.
    pub(super) levels: u32,
    pub(super) shares_per_level: f64,
    /// Chance per look that an informed trader is there, and the most it trades, in shares.
    pub(super) informed_chance: f64,
    pub(super) informed_shares: u64,
    /// Chance per look that a noise trader comes, and the most it trades, in shares.
    pub(super) noise_chance: f64,
    pub(super) noise_shares: u64,
    /// Move of the maker's belief, in log odds, for a trade of one level's median shares.
    pub(super) impact: f64,
}

/// The weeks before an election: slow money, slow news.
pub(super) const CAMPAIGN: Conduct = Conduct {
    step: Duration::from_secs(3 * 3_600),
    lag: Duration::from_secs(18 * 3_600),
    error: 0.22,
    error_kept: 0.97,
    half_spread_micros: 4_000.0,
    levels: 4,
    shares_per_level: 400.0,
    informed_chance: 0.3,
    informed_shares: 600,
    noise_chance: 0.35,
    noise_shares: 150,
    impact: 0.05,
};

/// Counting: the same market in a hurry.
pub(super) const NIGHT: Conduct = Conduct {
    step: Duration::from_secs(600),
    lag: Duration::from_secs(900),
    informed_chance: 0.5,
    ..CAMPAIGN
};

/// Five minutes: the maker is seconds behind the price, and leaves before the end.
pub(super) const WINDOW: Conduct = Conduct {
    step: Duration::from_millis(7_500),
    lag: Duration::from_secs(3),
    error: 0.1,
    error_kept: 0.8,
    half_spread_micros: 1_000.0,
    levels: 3,
    shares_per_level: 150.0,
    informed_chance: 0.3,
    informed_shares: 120,
    noise_chance: 0.25,
    noise_shares: 60,
    impact: 0.05,
};

/// The certainty of the leading side above which nobody offers its shares any more, by seconds to the end. In between,
/// the line is straight; before, both sides are offered whatever the odds.
const ONE_SIDED: [(f64, f64); 4] = [(130.0, 0.995), (65.0, 0.975), (36.0, 0.93), (16.0, 0.5)];

/// The certainty of the leading side above which its shares are no longer offered, or `None` when they still are.
pub(super) fn one_sided_above(seconds_left: f64) -> Option<f64> {
    if seconds_left > ONE_SIDED[0].0 {
        return None;
    }
    for pair in ONE_SIDED.windows(2) {
        let ((earlier, high), (later, low)) = (pair[0], pair[1]);
        if seconds_left > later {
            return Some(low + (high - low) * (seconds_left - later) / (earlier - later));
        }
    }
    Some(0.0)
}

#[cfg(test)]
mod tests {
    use super::one_sided_above;

    #[test]
    fn the_bar_falls_towards_the_end_of_a_window() {
        assert_eq!(one_sided_above(200.0), None);
        let bars: Vec<f64> = (0..=130)
            .rev()
            .filter_map(|s| one_sided_above(f64::from(s)))
            .collect();
        assert!(bars.is_sorted_by(|earlier, later| earlier >= later));
        // The last seconds have one-sided books whatever the odds.
        assert_eq!(bars.last(), Some(&0.0));
    }
}
