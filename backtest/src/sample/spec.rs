//! What a sample world is made from: a seed and a size, and the calendar that follows from the size.

use std::time::Duration;

use quorate_domain::Timestamp;

/// 2025-09-05T00:00:00Z, the first day of the full world.
const STARTS_AT: Timestamp = Timestamp::from_secs(1_757_030_400);
const DAY: Duration = Duration::from_secs(86_400);
const HOUR: Duration = Duration::from_secs(3_600);

/// Length of a price window.
pub(super) const WINDOW: Duration = Duration::from_secs(300);

/// How much of a world to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorldSize {
    /// Sixty days and two sessions of 36 price windows: what the program shows.
    Full,
    /// Ten days and two sessions of 6 price windows: for quick tests.
    Brief,
}

/// What a sample world is made from. Equal specifications make byte-identical worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorldSpec {
    /// Where all randomness comes from.
    pub seed: u64,
    /// How much to make.
    pub size: WorldSize,
}

impl WorldSpec {
    /// The full world of a seed.
    #[must_use]
    pub const fn full(seed: u64) -> Self {
        Self {
            seed,
            size: WorldSize::Full,
        }
    }

    /// The brief world of a seed.
    #[must_use]
    pub const fn brief(seed: u64) -> Self {
        Self {
            seed,
            size: WorldSize::Brief,
        }
    }

    pub(super) fn calendar(self) -> Calendar {
        let (days, windows_per_session) = match self.size {
            WorldSize::Full => (60, 36),
            WorldSize::Brief => (10, 6),
        };
        Calendar {
            days,
            windows_per_session,
        }
    }
}

impl Default for WorldSpec {
    /// A full world. The seed was picked because its world shows everything worth showing (an office open until the
    /// last night, a void race, a change of the tick size), not for anybody's profit in it.
    fn default() -> Self {
        Self::full(18)
    }
}

/// When things happen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calendar {
    days: u32,
    /// Price windows in one session.
    pub(super) windows_per_session: u32,
}

impl Calendar {
    /// First moment of the world; the election markets open then.
    pub(super) fn starts_at(self) -> Timestamp {
        STARTS_AT
    }

    /// Polls close and counting begins: 18:00 on the last day.
    pub(super) fn night_at(self) -> Timestamp {
        STARTS_AT.plus(DAY * (self.days - 1)).plus(HOUR * 18)
    }

    /// The count is complete and the election markets close, eight hours later.
    pub(super) fn closes_at(self) -> Timestamp {
        self.night_at().plus(HOUR * 8)
    }

    /// The election markets pay.
    pub(super) fn resolves_at(self) -> Timestamp {
        self.closes_at().plus(HOUR * 2)
    }

    /// The court decides whether the contested race is void: noon, two thirds through the campaign.
    pub(super) fn hearing_at(self) -> Timestamp {
        STARTS_AT.plus(DAY * (self.days * 2 / 3)).plus(HOUR * 12)
    }

    /// First window of each of the two price sessions: 14:00 in the middle of the campaign and on the day before the
    /// election.
    pub(super) fn sessions(self) -> [Timestamp; 2] {
        [self.days / 2, self.days - 2].map(|day| STARTS_AT.plus(DAY * day).plus(HOUR * 14))
    }

    /// The moments at which the state of the campaign is known anew: hourly, every five minutes in the night.
    pub(super) fn campaign_grid(self) -> Vec<Timestamp> {
        moments(self.starts_at(), self.night_at(), HOUR)
            .chain(moments(
                self.night_at(),
                self.closes_at(),
                Duration::from_secs(300),
            ))
            .chain([self.closes_at()])
            .collect()
    }

    /// Share of the campaign that has passed, 0 to 1, and share of the night.
    pub(super) fn progress(self, at: Timestamp) -> (f64, f64) {
        (
            share_passed(at, self.starts_at(), self.night_at()),
            share_passed(at, self.night_at(), self.closes_at()),
        )
    }
}

/// `from`, `from + every` and so on, before `until`.
pub(super) fn moments(
    from: Timestamp,
    until: Timestamp,
    every: Duration,
) -> impl Iterator<Item = Timestamp> {
    std::iter::successors(Some(from), move |at| Some(at.plus(every)))
        .take_while(move |at| *at < until)
}

fn share_passed(at: Timestamp, from: Timestamp, until: Timestamp) -> f64 {
    (at.since(from).as_secs_f64() / until.since(from).as_secs_f64()).min(1.0)
}
