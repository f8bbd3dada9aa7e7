//! What changed between two listings of one event. Whoever holds shares of a market must hear of most of these.

use std::collections::BTreeMap;

use quorate_domain::Coverage;

use super::event::{Entry, EventListing, Phase, Standing};
use super::market::Listed;
use super::ready::NotReady;

/// One change. Markets go by their number in the catalogue, which they keep for life.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A market that was not there: the states of its group are to be built anew.
    Added {
        /// The market.
        gamma_id: String,
        /// Its outcome.
        label: String,
    },
    /// A market that is not there any more.
    Vanished {
        /// The market.
        gamma_id: String,
    },
    /// An outcome with another name: a reserved one that was given a meaning, or a nominee who was replaced.
    Renamed {
        /// The market.
        gamma_id: String,
        /// Before.
        old: String,
        /// Now.
        new: String,
    },
    /// Another moment of its life, for example closed or resolved while shares of it are held.
    Phase {
        /// The market.
        gamma_id: String,
        /// Before.
        old: Phase,
        /// Now.
        new: Phase,
    },
    /// It can be traded now.
    Ready {
        /// The market.
        gamma_id: String,
    },
    /// It cannot be traded any more: open orders are to be taken back.
    NoMoreReady {
        /// The market.
        gamma_id: String,
        /// Why.
        reason: NotReady,
    },
    /// Another price step, smallest order, fee or delay: quotes are to be made anew.
    Terms {
        /// The market.
        gamma_id: String,
    },
    /// Another question, rule or end: positions are to be looked at, orders taken back.
    Rule {
        /// The market.
        gamma_id: String,
    },
    /// Other tokens or contracts. This must not happen: stop trading the market.
    Identity {
        /// The market.
        gamma_id: String,
    },
    /// The outcomes listed are, or are no more, all there are.
    Coverage {
        /// Before; `None` when there was no group.
        old: Option<Coverage>,
        /// Now; `None` when there is no group.
        new: Option<Coverage>,
    },
}

/// The changes from one listing to a later one of the same event: coverage first, then market by market in the order of
/// the later listing, and what vanished last.
#[must_use]
pub fn changes(old: &EventListing, new: &EventListing) -> Vec<Change> {
    let mut found = Vec::new();
    let coverage = |listing: &EventListing| listing.group.as_ref().map(|group| group.coverage);
    if coverage(old) != coverage(new) {
        found.push(Change::Coverage {
            old: coverage(old),
            new: coverage(new),
        });
    }
    let mut before: BTreeMap<&str, &Entry> = old
        .entries
        .iter()
        .map(|entry| (entry.gamma_id.as_str(), entry))
        .collect();
    for entry in &new.entries {
        match before.remove(entry.gamma_id.as_str()) {
            None => found.push(Change::Added {
                gamma_id: entry.gamma_id.clone(),
                label: entry.label.clone(),
            }),
            Some(earlier) => compare(earlier, entry, &mut found),
        }
    }
    found.extend(before.into_keys().map(|gamma_id| Change::Vanished {
        gamma_id: gamma_id.to_owned(),
    }));
    found
}

fn compare(old: &Entry, new: &Entry, found: &mut Vec<Change>) {
    let gamma_id = || new.gamma_id.clone();
    if old.label != new.label {
        found.push(Change::Renamed {
            gamma_id: gamma_id(),
            old: old.label.clone(),
            new: new.label.clone(),
        });
    }
    if old.phase != new.phase {
        found.push(Change::Phase {
            gamma_id: gamma_id(),
            old: old.phase,
            new: new.phase,
        });
    }
    if !old.condition_id.is_empty() && old.condition_id != new.condition_id {
        found.push(Change::Identity {
            gamma_id: gamma_id(),
        });
    }
    match (&old.standing, &new.standing) {
        (Standing::NotReady(_), Standing::NotReady(_)) => {}
        (Standing::NotReady(_), Standing::Listed(_)) => found.push(Change::Ready {
            gamma_id: gamma_id(),
        }),
        (Standing::Listed(_), Standing::NotReady(reason)) => found.push(Change::NoMoreReady {
            gamma_id: gamma_id(),
            reason: reason.clone(),
        }),
        (Standing::Listed(old), Standing::Listed(new)) => compare_listed(old, new, gamma_id, found),
    }
}

fn compare_listed(
    old: &Listed,
    new: &Listed,
    gamma_id: impl Fn() -> String,
    found: &mut Vec<Change>,
) {
    let terms = |listed: &Listed| {
        let market = &listed.market;
        (market.tick, market.shares_min, market.fee)
    };
    let rule = |listed: &Listed| {
        let market = &listed.market;
        (
            listed.kind.clone(),
            market.question.clone(),
            market.opens_at,
            market.closes_at,
        )
    };
    if old.venue != new.venue && old.venue.condition_id == new.venue.condition_id {
        found.push(Change::Identity {
            gamma_id: gamma_id(),
        });
    }
    if rule(old) != rule(new) {
        found.push(Change::Rule {
            gamma_id: gamma_id(),
        });
    }
    if terms(old) != terms(new) || old.delay_secs != new.delay_secs {
        found.push(Change::Terms {
            gamma_id: gamma_id(),
        });
    }
}
