//! Final words on executions, remembered for a while: a repeat is recognised, and a word that came before its execution
//! is not lost.

use alloc::collections::{BTreeMap, VecDeque};

use quorate_domain::{FillId, FillStatus};

/// Final words kept of each kind. A repeat follows within minutes, so this outlasts it by far; older words are forgotten,
/// so that a long run does not grow.
pub const FINALS_KEPT: usize = 10_000;

/// The newest [`FINALS_KEPT`] words, by the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Finals {
    words: BTreeMap<FillId, FillStatus>,
    oldest_first: VecDeque<FillId>,
}

impl Finals {
    pub(super) fn contains(&self, id: FillId) -> bool {
        self.words.contains_key(&id)
    }

    /// The first word on an execution stands; the oldest of all makes room.
    pub(super) fn remember(&mut self, id: FillId, status: FillStatus) {
        if self.words.contains_key(&id) {
            return;
        }
        if FINALS_KEPT <= self.oldest_first.len()
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.words.remove(&oldest);
        }
        self.words.insert(id, status);
        self.oldest_first.push_back(id);
    }

    pub(super) fn take(&mut self, id: FillId) -> Option<FillStatus> {
        let status = self.words.remove(&id)?;
        self.oldest_first.retain(|other| *other != id);
        Some(status)
    }

    /// Oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (FillId, FillStatus)> + '_ {
        self.oldest_first
            .iter()
            .filter_map(|id| Some((*id, *self.words.get(id)?)))
    }
}

impl FromIterator<(FillId, FillStatus)> for Finals {
    fn from_iter<I: IntoIterator<Item = (FillId, FillStatus)>>(words: I) -> Self {
        let mut finals = Self::default();
        for (id, status) in words {
            finals.remember(id, status);
        }
        finals
    }
}
