//! Different strategies for different topics within one run.

use alloc::boxed::Box;
use alloc::vec::Vec;

use quorate_domain::TopicId;
use quorate_engine::{Intent, MarketView, Strategy, View};

/// Hands each market to the first strategy that names its topic; markets of other topics are left alone.
pub struct ByTopic {
    rules: Vec<Rule>,
}

struct Rule {
    /// `None` takes every topic.
    topics: Option<Vec<TopicId>>,
    strategy: Box<dyn Strategy>,
}

impl Rule {
    fn takes(&self, market: &MarketView<'_>) -> bool {
        match (&self.topics, market.market.link) {
            (None, _) => true,
            (Some(topics), Some(link)) => topics.contains(&link.topic),
            (Some(_), None) => false,
        }
    }
}

impl ByTopic {
    /// No strategy yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { rules: Vec::new() }
    }

    /// Adds a strategy for the named topics, or for every market that no earlier one takes.
    #[must_use]
    pub fn with(mut self, topics: Option<Vec<TopicId>>, strategy: Box<dyn Strategy>) -> Self {
        self.rules.push(Rule { topics, strategy });
        self
    }

    fn rule_of(&self, market: &MarketView<'_>) -> Option<usize> {
        self.rules.iter().position(|rule| rule.takes(market))
    }
}

impl Default for ByTopic {
    fn default() -> Self {
        Self::new()
    }
}

impl Strategy for ByTopic {
    fn name(&self) -> &'static str {
        "by_topic"
    }

    fn edge_min(&self, market: &MarketView<'_>) -> f64 {
        self.rule_of(market).map_or(f64::INFINITY, |rule| {
            self.rules[rule].strategy.edge_min(market)
        })
    }

    fn intents(&self, view: &View<'_>) -> Vec<Intent> {
        let mut intents = Vec::new();
        for (number, rule) in self.rules.iter().enumerate() {
            let mine: Vec<usize> = (0..view.markets.len())
                .filter(|m| self.rule_of(&view.markets[*m]) == Some(number))
                .collect();
            if mine.is_empty() {
                continue;
            }
            let part = View {
                at: view.at,
                markets: mine.iter().map(|m| view.markets[*m]).collect(),
            };
            let wishes = rule.strategy.intents(&part);
            intents.extend(wishes.into_iter().map(|i| Intent {
                market: mine[i.market],
                ..i
            }));
        }
        intents
    }
}
