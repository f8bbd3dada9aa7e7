//! The kinds of records and their numbers on disk.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $word:literal;)*) => {
        /// Kind of a record. The numbers are part of the format and are never used again for something else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[$doc])* $name = $code,)* }

        impl Kind {
            /// The kind with this number, if there is one.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// Its name in exports.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

kinds! {
    /// The program started.
    Start = 1, "start";
    /// Something happened.
    Entry = 2, "entry";
    /// What the engine made of it.
    Effects = 3, "effects";
    /// What a worker submitted, as it came.
    Submission = 4, "submission";
    /// An order that is about to be posted.
    Intent = 5, "intent";
    /// What came of posting it.
    Posted = 6, "posted";
    /// How far a feed has been read.
    FeedCursor = 7, "feed_cursor";
    /// A remark of the runtime.
    Note = 8, "note";
    /// A snapshot was stored.
    SnapshotTaken = 9, "snapshot_taken";
    /// Records are missing here.
    Gap = 10, "gap";
    /// What the account was worth.
    Valuation = 11, "valuation";
    /// The end of a batch of entries.
    Step = 12, "step";
    /// The footer of a segment.
    Seal = 255, "seal";
}

impl Kind {
    /// The number on disk.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
