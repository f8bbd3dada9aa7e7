//! The workers of the sample world: who they are.

use std::time::Duration;

use quorate_domain::Timestamp;

use super::question::Pace;

/// How a worker arrives at a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// The truth with its log odds stretched by `gain` and disturbed by an error of this standard deviation.
    Estimate {
        /// Above one: over-confident; below one: timid.
        gain: f64,
        /// Standard deviation in log odds.
        error: f64,
    },
    /// The market's midpoint, with an error in probability; silent when the book is one-sided.
    Echo {
        /// Standard deviation in probability.
        error: f64,
    },
    /// One minus the truth.
    Adversary,
    /// One half, with an error in probability.
    Coin {
        /// Standard deviation in probability.
        error: f64,
    },
}

/// When a worker speaks at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Attendance {
    /// On everything.
    Always,
    /// On this share of the questions.
    SomeQuestions(f64),
    /// On everything, but not in every second stretch of time.
    EverySecondStretch {
        /// Length of a stretch while a campaign runs.
        campaign: Duration,
        /// Length of a stretch among price windows.
        window: Duration,
    },
}

/// A worker of the sample world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleWorker {
    /// Short unique name.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// How it arrives at a value.
    pub method: Method,
    /// When it speaks.
    pub attendance: Attendance,
    /// How old its knowledge is: in a campaign, and in a price window.
    pub delay: (Duration, Duration),
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

const PROMPT: (Duration, Duration) = (minutes(60), Duration::from_secs(2));

/// The workers.
pub const WORKERS: [SampleWorker; 9] = [
    SampleWorker {
        name: "skilled",
        about: "knows the truth an hour late (2 s in price windows) with a moderate error",
        method: Method::Estimate {
            gain: 1.0,
            error: 0.22,
        },
        attendance: Attendance::Always,
        delay: PROMPT,
    },
    SampleWorker {
        name: "overconfident",
        about: "stretches its log odds by 1.7",
        method: Method::Estimate {
            gain: 1.7,
            error: 0.3,
        },
        attendance: Attendance::Always,
        delay: PROMPT,
    },
    SampleWorker {
        name: "timid",
        about: "shrinks its log odds to 0.65",
        method: Method::Estimate {
            gain: 0.65,
            error: 0.3,
        },
        attendance: Attendance::Always,
        delay: PROMPT,
    },
    SampleWorker {
        name: "delayed",
        about: "is right, but four days late (70 s in price windows)",
        method: Method::Estimate {
            gain: 1.0,
            error: 0.1,
        },
        attendance: Attendance::Always,
        delay: (minutes(4 * 24 * 60), Duration::from_secs(70)),
    },
    SampleWorker {
        name: "sparse",
        about: "answers about a third of the questions",
        method: Method::Estimate {
            gain: 1.0,
            error: 0.35,
        },
        attendance: Attendance::SomeQuestions(0.35),
        delay: PROMPT,
    },
    SampleWorker {
        name: "half-silent",
        about: "speaks for ten days (half an hour in price sessions), then is silent as long",
        method: Method::Estimate {
            gain: 1.0,
            error: 0.4,
        },
        attendance: Attendance::EverySecondStretch {
            campaign: minutes(10 * 24 * 60),
            window: minutes(30),
        },
        delay: PROMPT,
    },
    SampleWorker {
        name: "echo",
        about: "repeats the market's midpoint with a small error: it adds nothing",
        method: Method::Echo { error: 0.02 },
        attendance: Attendance::Always,
        delay: (minutes(10), Duration::from_secs(1)),
    },
    SampleWorker {
        name: "adversary",
        about: "publishes one minus the truth",
        method: Method::Adversary,
        attendance: Attendance::Always,
        delay: PROMPT,
    },
    SampleWorker {
        name: "coin",
        about: "one half with a small error",
        method: Method::Coin { error: 0.03 },
        attendance: Attendance::Always,
        delay: PROMPT,
    },
];

impl SampleWorker {
    /// How old its knowledge is.
    #[must_use]
    pub const fn delay_at(&self, pace: Pace) -> Duration {
        match pace {
            Pace::Campaign => self.delay.0,
            Pace::Window => self.delay.1,
        }
    }

    /// Whether it publishes at all at a moment.
    pub(super) fn speaks(&self, pace: Pace, at: Timestamp) -> bool {
        let Attendance::EverySecondStretch { campaign, window } = self.attendance else {
            return true;
        };
        let stretch = match pace {
            Pace::Campaign => campaign,
            Pace::Window => window,
        };
        (at.secs() / stretch.as_secs().max(1)).is_multiple_of(2)
    }
}
