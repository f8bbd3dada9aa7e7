//! What a run decided, entry by entry, small enough to keep and exact enough to compare.

use std::hash::{DefaultHasher, Hash, Hasher};

use quorate_domain::{Command, Decision, Entry, Timestamp};
use quorate_engine::{Effects, Engine};
use serde::Serialize;

use crate::replay::Witness;

/// One entry that caused something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) at: Timestamp,
    hash: u64,
}

/// Every step up to a moment; the text of one of them, if it was asked for.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) until: Timestamp,
    pub(super) steps: Vec<Step>,
    wanted: Option<usize>,
    pub(super) text: Option<String>,
}

#[derive(Serialize)]
struct Caused<'a> {
    commands: &'a [Command],
    decisions: &'a [Decision],
}

impl Trace {
    pub(super) const fn new(until: Timestamp, wanted: Option<usize>) -> Self {
        Self {
            until,
            steps: Vec::new(),
            wanted,
            text: None,
        }
    }

    /// The first step that is not the same in both, up to a moment.
    pub(super) fn first_difference(&self, other: &Self, until: Timestamp) -> Option<usize> {
        let known = |trace: &Self| trace.steps.partition_point(|step| step.at <= until);
        let (mine, others) = (&self.steps[..known(self)], &other.steps[..known(other)]);
        let same = mine.iter().zip(others).take_while(|(a, b)| a == b).count();
        (same < mine.len().max(others.len())).then_some(same)
    }
}

impl Witness for Trace {
    fn handled(&mut self, _: &Engine, entry: &Entry, effects: &Effects) {
        let nothing = effects.commands.is_empty() && effects.decisions.is_empty();
        if nothing || self.until < entry.at {
            return;
        }
        let caused = Caused {
            commands: &effects.commands,
            decisions: &effects.decisions,
        };
        // None of these types has a key that is not text.
        let text = serde_json::to_string(&caused).unwrap_or_default();
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        if self.wanted == Some(self.steps.len()) {
            self.text = Some(brief(effects));
        }
        self.steps.push(Step {
            at: entry.at,
            hash: hasher.finish(),
        });
    }
}

/// What an entry caused, orders first: enough for a person to find it.
fn brief(effects: &Effects) -> String {
    let placed = effects.commands.iter().find_map(|command| match command {
        Command::Place(order) => Some(format!("{order:?}")),
        _ => None,
    });
    let command = || {
        effects
            .commands
            .first()
            .map(|command| format!("{command:?}"))
    };
    let decision = || {
        effects
            .decisions
            .first()
            .map(|it| format!("{:?}, {:?}", it.verdict, it.numbers))
    };
    placed
        .or_else(decision)
        .or_else(command)
        .unwrap_or_default()
}
