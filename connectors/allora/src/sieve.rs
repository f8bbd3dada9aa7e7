//! What is news: every epoch's bundle once, newest last. Pure; the time is the feed's own, from its start.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::bundle::{Flavour, NetworkBundle};

/// Most deliveries that are remembered, whatever the time.
const REMEMBERED_MAX: usize = 1024;

/// So many older heights in a row are no straggler: the chain was set up anew.
const OLDER_IN_A_ROW: u32 = 3;

/// What to do with a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Deliver it.
    New,
    /// The same epoch was delivered: drop it.
    Duplicate,
    /// A newer epoch was delivered: drop it.
    Older {
        /// That epoch.
        newest: u64,
    },
    /// Heights begin anew: deliver it, and say so.
    Restarted {
        /// The epoch delivered before.
        from: u64,
    },
}

type Key = (u64, u64, Flavour);

#[derive(Debug, Default)]
struct Seen {
    newest: Option<u64>,
    older_in_a_row: u32,
    last_new: Duration,
    said_stale: bool,
}

/// Decides what is news, and notices when there is none.
#[derive(Debug)]
pub struct Sieve {
    duplicates_within: Duration,
    recent: VecDeque<(Duration, Key)>,
    known: BTreeSet<Key>,
    topics: BTreeMap<u64, Seen>,
}

impl Sieve {
    /// Remembers deliveries for this long.
    #[must_use]
    pub const fn new(duplicates_within: Duration) -> Self {
        Self {
            duplicates_within,
            recent: VecDeque::new(),
            known: BTreeSet::new(),
            topics: BTreeMap::new(),
        }
    }

    /// What a bundle that came at `now` is.
    pub fn judge(&mut self, bundle: &NetworkBundle, now: Duration) -> Verdict {
        self.forget(now);
        let key = (bundle.topic, bundle.height, bundle.flavour);
        let seen = self.topics.entry(bundle.topic).or_default();
        let verdict = match seen.newest {
            _ if self.known.contains(&key) => Verdict::Duplicate,
            Some(newest) if bundle.height == newest => Verdict::Duplicate,
            Some(newest) if bundle.height < newest => {
                seen.older_in_a_row += 1;
                if seen.older_in_a_row < OLDER_IN_A_ROW {
                    return Verdict::Older { newest };
                }
                Verdict::Restarted { from: newest }
            }
            _ => Verdict::New,
        };
        if verdict != Verdict::Duplicate {
            seen.newest = Some(bundle.height);
            seen.older_in_a_row = 0;
            seen.last_new = now;
            seen.said_stale = false;
            if self.known.insert(key) {
                self.recent.push_back((now, key));
            }
        }
        verdict
    }

    /// The newest epoch delivered of a topic.
    #[must_use]
    pub fn newest(&self, topic: u64) -> Option<u64> {
        self.topics.get(&topic).and_then(|seen| seen.newest)
    }

    /// For how long nothing new has come of a topic, if that is longer than `valid_for`. Said once per silence.
    pub fn silence(&mut self, topic: u64, valid_for: Duration, now: Duration) -> Option<Duration> {
        let seen = self.topics.entry(topic).or_default();
        let silent_for = now.saturating_sub(seen.last_new);
        if silent_for <= valid_for || seen.said_stale {
            return None;
        }
        seen.said_stale = true;
        Some(silent_for)
    }

    fn forget(&mut self, now: Duration) {
        while let Some((at, key)) = self.recent.front().copied() {
            let fresh = now.saturating_sub(at) <= self.duplicates_within;
            if fresh && self.recent.len() <= REMEMBERED_MAX {
                break;
            }
            self.recent.pop_front();
            self.known.remove(&key);
        }
    }
}
