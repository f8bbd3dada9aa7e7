//! What the rows of a tape may refer to: its markets, their tick sizes over time, and when they were resolved.

use std::collections::BTreeMap;

use quorate_domain::{Input, LabelId, MarketId, TickSize, Timestamp, TopicLink};

use super::Tape;
use crate::input::{Column, Row, closest, format_rfc3339};

/// Identity of the inferences that several markets may share: topic, epoch and label.
pub(super) type LinkKey = (u64, u64, LabelId);

/// The part of a link that inferences name.
pub(super) fn link_key(link: &TopicLink) -> LinkKey {
    (link.topic.0, link.epoch.0, link.label)
}

/// Markets by name, with what is known about each of them.
#[derive(Default)]
pub(super) struct Known {
    by_name: BTreeMap<String, MarketId>,
    /// Line in `markets.csv`, by market.
    pub(super) lines: Vec<usize>,
    /// Changes of the tick size by time, the first tick among them.
    ticks: Vec<Vec<(Timestamp, TickSize)>>,
    resolved: Vec<Option<Timestamp>>,
}

impl Known {
    /// Registers the next market. False if the name is taken.
    pub(super) fn add(&mut self, name: &str, tick: TickSize, line: usize) -> bool {
        let id = MarketId(u32::try_from(self.lines.len()).unwrap_or(u32::MAX));
        if self.by_name.contains_key(name) {
            return false;
        }
        self.by_name.insert(name.to_owned(), id);
        self.lines.push(line);
        self.ticks.push(vec![(Timestamp::default(), tick)]);
        self.resolved.push(None);
        true
    }

    /// The line that defined a market.
    pub(super) fn line_of(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).map(|id| self.lines[id.0 as usize])
    }

    /// The market that a cell names; an unknown name is reported with the nearest known one.
    pub(super) fn market(&self, row: Row<'_>, column: Column) -> Option<MarketId> {
        let name = row.text(column).required()?;
        if let Some(id) = self.by_name.get(name) {
            return Some(*id);
        }
        let message = format!("market {name} is not in markets.csv");
        let diagnostic = row.diagnostic(column, "unknown-market", message);
        row.report(
            match closest(name, self.by_name.keys().map(String::as_str)) {
                Some(near) => diagnostic.with_hint(format!("did you mean `{near}`?")),
                None => diagnostic.with_hint("add the market to markets.csv"),
            },
        );
        None
    }

    /// The tick size in force at a time; a change counts from its own moment on.
    pub(super) fn tick_at(&self, market: MarketId, at: Timestamp) -> TickSize {
        let ticks = &self.ticks[market.0 as usize];
        let later = ticks.partition_point(|(from, _)| *from <= at);
        ticks[later.saturating_sub(1)].1
    }

    /// Notes a change of the tick size; changes must come in time order.
    pub(super) fn change_tick(&mut self, market: MarketId, at: Timestamp, tick: TickSize) {
        self.ticks[market.0 as usize].push((at, tick));
    }

    pub(super) fn resolved_at(&self, market: MarketId) -> Option<Timestamp> {
        self.resolved[market.0 as usize]
    }

    pub(super) fn resolve(&mut self, market: MarketId, at: Timestamp) {
        self.resolved[market.0 as usize] = Some(at);
    }

    /// Reports a row that lies behind the resolution of its market. True if it does not.
    pub(super) fn is_before_resolution(
        &self,
        row: Row<'_>,
        column: Column,
        market: MarketId,
        at: Timestamp,
    ) -> bool {
        let Some(resolved) = self.resolved_at(market).filter(|resolved| *resolved < at) else {
            return true;
        };
        let resolved = format_rfc3339(resolved.nanos());
        let message = format!("the market was resolved before this, at {resolved}");
        row.report(row.diagnostic(column, "after-resolution", message));
        false
    }

    /// Among the markets that share a link the name of the one that was resolved last, or never.
    pub(super) fn names_by_link(tape: &Tape) -> BTreeMap<LinkKey, &str> {
        let resolved = tape
            .records
            .iter()
            .filter_map(|record| match &record.input {
                Input::Resolved(word) => Some((word.market, record.at.nanos())),
                _ => None,
            });
        let ends: BTreeMap<MarketId, u64> = resolved.collect();
        let mut names: BTreeMap<LinkKey, (u64, &str)> = BTreeMap::new();
        for listed in &tape.markets {
            let Some(link) = &listed.market.link else {
                continue;
            };
            let key = link_key(link);
            let end = ends.get(&listed.market.id).copied().unwrap_or(u64::MAX);
            let latest = names.get(&key).is_none_or(|(earlier, _)| end > *earlier);
            if latest {
                names.insert(key, (end, &listed.market.name));
            }
        }
        names
            .into_iter()
            .map(|(key, (_, name))| (key, name))
            .collect()
    }
}
