//! From a market's book and its workers' words to a fair value, or to the reason why there is none.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use quorate_collective::simple::logit_pool;
use quorate_domain::{
    BookHealth, BookSide, Coverage, GroupId, HaltReason, LinkSense, MarketId, NoTradeReason,
    Numbers, Probability, Timestamp, TopicId, TopicLink,
};

use crate::beliefs::Beliefs;
use crate::config::{EngineConfig, ProbabilitySource};
use crate::controls::Controls;
use crate::markets::{MarketState, Markets};
use crate::prices::{Prices, Voice};
use crate::quorum::exceeds_ppm;
use crate::reference::reference_obstacle;
use crate::strategy::FairValue;

const YEAR_SECONDS: f64 = 365.25 * 86_400.0;

/// What is thought of one market at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// The market.
    pub market: MarketId,
    /// The numbers so far.
    pub numbers: Numbers,
    /// Its fair value, or why there is none to act on.
    pub fair: Result<FairValue, NoTradeReason>,
    /// Probability of YES for the state space: the fair value, else the collective, else the last midpoint, else what a
    /// one-sided book allows, else nothing: then zero in a group (its share goes to whatever is not listed), and even odds
    /// for a market on its own.
    pub p_yes: f64,
    /// Whether `p_yes` is somebody's number.
    pub is_known: bool,
}

/// The parts of the engine that a judgement reads.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Settings.
    pub config: &'a EngineConfig,
    /// Markets.
    pub markets: &'a Markets,
    /// Inferences.
    pub beliefs: &'a Beliefs,
    /// Topics on prices.
    pub prices: &'a Prices,
    /// What the controls remember.
    pub controls: &'a Controls,
    /// Now.
    pub now: Timestamp,
    /// Whether trading is halted.
    pub halted: Option<HaltReason>,
}

impl Known<'_> {
    /// Judges every market of a scope, and makes the probabilities of exclusive outcomes add up.
    #[must_use]
    pub fn assess(&self, scope: &[MarketId]) -> Vec<Assessment> {
        let states = scope.iter().filter_map(|id| self.markets.get(*id));
        let mut assessments: Vec<Assessment> = states
            .filter(|state| state.payout.is_none())
            .map(|state| self.assess_one(state))
            .collect();
        self.normalise(&mut assessments);
        assessments
    }

    fn assess_one(&self, state: &MarketState) -> Assessment {
        let mut numbers = Numbers::default();
        let mid = state.book.midpoint();
        numbers.market_mid = mid.map(Probability::get);
        let fair = self.fair(state, mid, &mut numbers);
        numbers.fair = fair.ok().map(|f| f.fair.get());
        let known = numbers
            .fair
            .or(numbers.collective)
            .or(state.last_mid.map(Probability::get))
            .or_else(|| one_sided(state));
        let unknown = if state.market.group.is_some() {
            0.0
        } else {
            0.5
        };
        let fair = match self.obstacle(state) {
            Some(reason) => Err(reason),
            None => fair,
        };
        Assessment {
            market: state.market.id,
            numbers,
            fair,
            p_yes: known.unwrap_or(unknown),
            is_known: known.is_some(),
        }
    }

    fn fair(
        &self,
        state: &MarketState,
        mid: Option<Probability>,
        numbers: &mut Numbers,
    ) -> Result<FairValue, NoTradeReason> {
        if self.config.source == ProbabilitySource::Market {
            let market_mid = mid.ok_or(NoTradeReason::NoBook)?;
            return Ok(FairValue {
                fair: market_mid,
                collective: None,
                market_mid,
                workers: 0,
            });
        }
        let link = state.market.link.ok_or(NoTradeReason::Unlinked)?;
        let sense = |p: f64| match link.sense {
            LinkSense::Direct | LinkSense::Price(_) => p,
            LinkSense::Complement => 1.0 - p,
        };
        let (value, workers) = match link.sense {
            LinkSense::Price(_) => self.priced(link.topic, state.market.id, numbers)?,
            _ => self.said(link, mid.map(|m| sense(m.get())))?,
        };
        numbers.workers = workers;
        let said = sense(value).clamp(0.0, 1.0);
        numbers.collective = Some(said);
        let collective = Probability::new(said).map_err(|_| NoTradeReason::NoInference)?;
        let market_mid = mid.ok_or(NoTradeReason::NoBook)?;
        let gap = libm::fabs(said - market_mid.get());
        if exceeds_ppm(gap, self.config.limits.data.model_market_gap_max_micros) {
            return Err(NoTradeReason::SourcesDisagree { gap });
        }
        let blended = match self.config.source {
            ProbabilitySource::Blend => self.blend(link, said, market_mid.get()),
            _ => said,
        };
        let fair = Probability::new(blended).map_err(|_| NoTradeReason::NoInference)?;
        Ok(FairValue {
            fair,
            collective: Some(collective),
            market_mid,
            workers,
        })
    }

    /// The collective blended with the market price; a scheme that reads the market is its own blend.
    pub(crate) fn blend(&self, link: TopicLink, collective: f64, market: f64) -> f64 {
        let settings = self.config.of_topic(Some(link.topic));
        let is_priced = matches!(link.sense, LinkSense::Price(_));
        if settings.reads_market() && !is_priced {
            collective
        } else {
            logit_pool(collective, market, settings.blend_weight)
        }
    }

    /// What the chosen source says about a market on a price, and how many workers counted.
    fn priced(
        &self,
        topic: TopicId,
        market: MarketId,
        numbers: &mut Numbers,
    ) -> Result<(f64, u16), NoTradeReason> {
        let voice = match self.config.source {
            ProbabilitySource::Mean => Voice::Mean,
            ProbabilitySource::Worker(worker) => Voice::Worker(worker),
            _ => Voice::Collective,
        };
        let age_max = self.config.of_topic(Some(topic)).inference_age_max;
        let priced = self
            .prices
            .price(topic, market, voice, (self.now, age_max))?;
        numbers.disagreement_bp = priced.disagreement_bp;
        Ok((priced.probability, priced.workers))
    }

    /// What the chosen source says about the link's event, and how many workers counted.
    fn said(&self, link: TopicLink, market: Option<f64>) -> Result<(f64, u16), NoTradeReason> {
        let age_max = self.config.of_topic(Some(link.topic)).age_max();
        let joined = self
            .beliefs
            .join(link.topic, link.epoch, link.label, self.now, age_max);
        let silence = if joined.stale == 0 {
            NoTradeReason::NoInference
        } else {
            NoTradeReason::StaleInference
        };
        // A scheme that reads the market would answer without any worker; that is no opinion of the collective.
        if joined.present == 0 {
            return Err(silence);
        }
        let value = match self.config.source {
            ProbabilitySource::Blend | ProbabilitySource::Collective => {
                self.check_quorum(link.topic, &joined, market)?;
                self.beliefs.combine(link.topic, &joined, market)
            }
            ProbabilitySource::Mean => joined.mean(),
            ProbabilitySource::Worker(worker) => {
                let column = self.beliefs.column(link.topic, worker);
                column.and_then(|column| joined.values.get(column).copied().flatten())
            }
            ProbabilitySource::Market => market,
        };
        value.map(|value| (value, joined.present)).ok_or(silence)
    }

    /// What forbids acting on a market now, whatever it is worth.
    fn obstacle(&self, state: &MarketState) -> Option<NoTradeReason> {
        if let Some(reason) = self.halted.filter(|_| !self.sells_only()) {
            return Some(NoTradeReason::Halted(reason));
        }
        let limits = &self.config.limits;
        self.outside_trading_time(state)
            .or_else(|| self.controls.obstacle(state, self.now, limits))
            .or_else(|| self.book_obstacle(state))
            .or_else(|| {
                reference_obstacle(self.reference_age(state), limits.data.reference_age_max)
            })
    }

    pub(crate) fn outside_trading_time(&self, state: &MarketState) -> Option<NoTradeReason> {
        let closes = state.market.closes_at;
        let too_late =
            closes.is_some_and(|closes| closes <= self.now.plus(self.config.close_blackout));
        (!state.is_open(self.now) || too_late).then_some(NoTradeReason::OutsideTradingTime)
    }

    pub(crate) fn book_obstacle(&self, state: &MarketState) -> Option<NoTradeReason> {
        let book = &state.book;
        if book.health() == BookHealth::Broken {
            return Some(NoTradeReason::NoBook);
        }
        let age = self.now.since(book.updated_at());
        let topic = state.market.link.map(|link| link.topic);
        if self.config.of_topic(topic).book_age_max < age {
            return Some(NoTradeReason::StaleBook {
                age_ms: u64::try_from(age.as_millis()).unwrap_or(u64::MAX),
            });
        }
        if book.is_crossed() {
            return Some(NoTradeReason::CrossedBook);
        }
        match (book.best(BookSide::Bid), book.best(BookSide::Ask)) {
            (Some(_), Some(_)) => None,
            _ => Some(NoTradeReason::OneSidedBook),
        }
    }

    /// Outcomes of one group exclude each other. What the decided ones have not paid is what the others share: their
    /// probabilities add up to it when the group is exhaustive and every one of them is known, and to no more otherwise.
    fn normalise(&self, assessments: &mut [Assessment]) {
        let mut sums: BTreeMap<GroupId, (f64, bool)> = BTreeMap::new();
        let group_of = |a: &Assessment| self.markets.get(a.market).and_then(|s| s.market.group);
        for assessment in assessments.iter() {
            if let Some(group) = group_of(assessment) {
                let (sum, all_known) = sums.entry(group).or_insert((0.0, true));
                *sum += assessment.p_yes;
                *all_known &= assessment.is_known;
            }
        }
        for assessment in assessments {
            let Some(group) = group_of(assessment) else {
                continue;
            };
            let (sum, all_known) = sums.get(&group).copied().unwrap_or((0.0, false));
            let mass = self.markets.undecided_mass(group);
            let coverage = self.markets.group(group).map(|g| g.coverage);
            let complete = coverage == Some(Coverage::Exhaustive) && all_known;
            if 0.0 < sum && (complete || mass < sum) {
                assessment.p_yes *= mass / sum;
                // The market's own price stays what it is: a book that does not add up is no opinion to trade on.
                if self.config.source != ProbabilitySource::Market {
                    assessment.rescale_fair(mass / sum);
                }
            }
        }
    }

    /// What a dollar locked up until the market's end must bring: `e^(rho T)`, `T` in years.
    #[must_use]
    pub fn lockup(&self, state: &MarketState) -> f64 {
        let left = state
            .market
            .closes_at
            .map_or(Duration::ZERO, |closes| closes.since(self.now));
        libm::exp(self.config.opportunity_rate * left.as_secs_f64() / YEAR_SECONDS)
    }
}

/// What a book with one side still says: the outcome is worth no more than its ask, no less than its bid.
fn one_sided(state: &MarketState) -> Option<f64> {
    if state.book.health() == BookHealth::Broken {
        return None;
    }
    let price = |side| state.book.best(side).map(|level| level.price.to_f64());
    price(BookSide::Ask).or_else(|| price(BookSide::Bid))
}

impl Assessment {
    fn rescale_fair(&mut self, factor: f64) {
        if let Ok(value) = &mut self.fair
            && let Ok(fair) = Probability::new((value.fair.get() * factor).min(1.0))
        {
            value.fair = fair;
            self.numbers.fair = Some(fair.get());
        }
    }
}
