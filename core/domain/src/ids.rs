//! Identities. They are numbers: names live in listings, once.

use core::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$meta:meta])* $name:ident($inner:ty)) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// A tradable yes/no question.
    MarketId(u32)
}
id! {
    /// A group of markets of which at most one resolves YES (the venue calls it an event).
    GroupId(u32)
}
id! {
    /// A set of contests that move together, sized jointly.
    SetId(u32)
}
id! {
    /// A question forecast again and again by a collective.
    TopicId(u64)
}
id! {
    /// One round of a topic: one resolvable question.
    EpochId(u64)
}
id! {
    /// A label of a multi-label epoch; 0 for a single-valued one.
    LabelId(u16)
}
id! {
    /// A participant who gives inferences.
    WorkerId(u32)
}
id! {
    /// One execution, as numbered by the venue.
    FillId(u64)
}

/// An order, named by the entry that caused it and its place among that entry's commands: the same on every replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderId {
    /// Sequence number of the causing entry.
    pub seq: u64,
    /// Place among the orders of that entry.
    pub index: u32,
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.seq, self.index)
    }
}
