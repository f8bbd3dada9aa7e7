//! From settings to what the decision core, the simulated exchange and the strategies are told.

use std::collections::BTreeMap;

use quorate_backtest::replay::{StrategyKind, StrategySpec};
use quorate_collective::allora_pool::AlloraPoolLoss;
use quorate_collective::{
    AlloraSpec, BoaPlusSpec, ColdStart, MarketBlendSpec, Quantity, SchemeSpec,
};
use quorate_domain::TopicId;
use quorate_engine::limits::{DataLimits, FillThrottle, LossStreak, ProcessLimits, RateLimits};
use quorate_engine::{EngineConfig, Gate, PriceConfig, ProbabilitySource, RiskLimits, TopicConfig};
use quorate_strategies::{Election, PriceDirection, Quoter};
use quorate_venue::{FillRule, QueueRule, VenueConfig};

use super::Settings;
use super::amount_value::Ratio;
use super::keys::{Collective, Topic};
use super::rules_topics::quantity;
use super::words::{Fills, LossName, Queue, SchemeName, StrategyName, TradeOn};

impl Settings {
    /// Settings of the decision core; topics of their own are in [`Settings::topic_configs`], by name.
    #[must_use]
    pub fn engine_config(&self) -> EngineConfig {
        let own = &self.event_loop;
        EngineConfig {
            source: match own.trade_on {
                TradeOn::Blend => ProbabilitySource::Blend,
                TradeOn::Collective => ProbabilitySource::Collective,
                TradeOn::Mean => ProbabilitySource::Mean,
                TradeOn::Market => ProbabilitySource::Market,
            },
            topic: self.usual_topic(),
            topics: BTreeMap::new(),
            risk_aversion: own.risk_aversion,
            opportunity_rate: own.opportunity_rate.to_f64(),
            coalesce: own.coalesce,
            close_blackout: own.close_blackout,
            gain_min: own.gain_min,
            scenarios: usize::try_from(own.scenarios).unwrap_or(usize::MAX),
            seed: self.data.seed,
            adverse_selection: own.adverse_selection.to_f64(),
            limits: self.risk_limits(),
        }
    }

    /// Settings of the decision core with topics by number; topics without a number are left out.
    #[must_use]
    pub fn engine_config_for(&self, numbers: &BTreeMap<String, TopicId>) -> EngineConfig {
        let numbered = self
            .topic_configs()
            .into_iter()
            .filter_map(|(name, config)| Some((*numbers.get(&name)?, config)));
        EngineConfig {
            topics: numbered.collect(),
            ..self.engine_config()
        }
    }

    /// How each topic's inferences become a probability to trade on, by the topic's name.
    #[must_use]
    pub fn topic_configs(&self) -> BTreeMap<String, TopicConfig> {
        let usual = self.usual_topic();
        self.topics
            .iter()
            .map(|topic| {
                (
                    topic.name.as_str().to_owned(),
                    self.topic_config(topic, &usual),
                )
            })
            .collect()
    }

    /// The limits that the decision core enforces. All others are enforced by the shell around it.
    #[must_use]
    pub fn risk_limits(&self) -> RiskLimits {
        let risk = &self.risk;
        RiskLimits {
            order_notional_ppm: risk.max_order_equity.ppm(),
            order_notional_max: risk.max_order_notional,
            order_shares_max: risk.max_order_shares,
            collar_micros: risk.max_price_distance.micros(),
            repeated_fills: Some(FillThrottle {
                fills_max: count(risk.max_repeated_fills),
                window: risk.repeated_fills_window,
                pause: risk.repeated_fills_pause,
            }),
            depth_share_ppm: risk.max_depth_share.ppm(),
            volume_share_ppm: Some(risk.max_volume_share.ppm()),
            market_loss_ppm: risk.max_loss_per_market.ppm(),
            group_loss_ppm: risk.max_loss_per_event.ppm(),
            set_loss_ppm: risk.max_loss_per_correlated_group.ppm(),
            topic_loss_ppm: Some(risk.max_loss_per_category.ppm()),
            gross_ppm: risk.max_gross.ppm(),
            cash_reserve_ppm: risk.min_cash_reserve.ppm(),
            open_orders_max: count(risk.max_open_orders),
            market_open_orders_max: Some(count(risk.max_open_orders_per_market)),
            daily_loss_ppm: risk.max_daily_loss.ppm(),
            drawdown_ppm: risk.max_drawdown.ppm(),
            loss_streak: Some(LossStreak {
                losers_max: count(risk.max_loss_streak),
                pause: risk.loss_streak_cooldown,
            }),
            rates: RateLimits {
                orders_per_second_max: Some(count(risk.max_orders_per_second)),
                orders_per_minute_max: Some(count(risk.max_orders_per_minute)),
                market_orders_per_minute_max: Some(count(risk.max_orders_per_market_minute)),
                cancels_per_fill_max: Some(count(risk.max_cancels_per_fill)),
            },
            data: self.data_limits(),
            process: self.process_limits(),
            // The guards that have no number are always closed.
            ..RiskLimits::live()
        }
    }

    fn data_limits(&self) -> DataLimits {
        let risk = &self.risk;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bounded by its key: 0 to 5"
        )]
        let dispersion = (risk.max_dispersion * 1_000.0).round() as u32;
        DataLimits {
            reference_age_max: Some(risk.max_reference_price_age),
            clock_skew_alarm: Some(risk.clock_skew_alarm),
            clock_skew_max: Some(risk.max_clock_skew),
            divergence: Gate::Enforced,
            dispersion_max_milli: Some(dispersion),
            weight_alarm_ppm: Some(risk.model_weight_alarm.ppm()),
            weight_max_ppm: Some(risk.max_model_weight.ppm()),
            model_market_gap_max_micros: Some(risk.max_source_disagreement.micros()),
        }
    }

    fn process_limits(&self) -> ProcessLimits {
        let risk = &self.risk;
        ProcessLimits {
            unsettled_alarm_after: Some(risk.provisional_alarm),
            unsettled_age_max: Some(risk.max_provisional_age),
            failed_share_max_ppm: Some(risk.max_failed_share.ppm()),
            ..ProcessLimits::LIVE
        }
    }

    /// How the simulated exchange behaves.
    #[must_use]
    pub fn venue_config(&self) -> VenueConfig {
        let venue = &self.venue;
        VenueConfig {
            submit_latency: venue.submit_latency,
            cancel_latency: venue.cancel_latency,
            settle_delay: venue.settle_delay,
            redeem_delay: venue.redeem_delay,
            fills: match venue.fills {
                Fills::RecordedDepth => FillRule::RecordedDepth,
                Fills::NextObservation => FillRule::NextObservation,
            },
            queue: match venue.queue {
                Queue::BehindQueue => QueueRule::BehindQueue,
                Queue::TradedThrough => QueueRule::TradedThrough,
            },
        }
    }

    /// The strategies in order; the first one that takes a topic has it. The default strategy also takes topics that
    /// the settings do not name, unless a topic is only watched: then only named topics are traded.
    #[must_use]
    pub fn strategies(&self) -> Vec<StrategySpec> {
        let default = self.strategy.default;
        let mut named: BTreeMap<StrategyName, Vec<String>> = BTreeMap::new();
        for topic in self.topics.iter().filter(|topic| topic.trade) {
            let name = topic.strategy.unwrap_or(default);
            let topics = named.entry(name).or_default();
            topics.push(topic.name.as_str().to_owned());
        }
        let takes_the_rest = self.topics.iter().all(|topic| topic.trade);
        if takes_the_rest {
            named.remove(&default);
        }
        let mut specs: Vec<StrategySpec> = named
            .into_iter()
            .map(|(name, topics)| self.strategy_spec(name, Some(topics)))
            .collect();
        if takes_the_rest {
            specs.push(self.strategy_spec(default, None));
        }
        specs
    }

    fn strategy_spec(&self, name: StrategyName, topics: Option<Vec<String>>) -> StrategySpec {
        let floor = self.risk.min_edge;
        let kind = match name {
            StrategyName::Election => StrategyKind::Election(Election {
                edge_min: self.election.edge_min.max(floor).to_f64(),
                spread_max: self.election.spread_max.to_f64(),
            }),
            StrategyName::PriceDirection => StrategyKind::PriceDirection(PriceDirection {
                edge_min: self.price_direction.edge_min.max(floor).to_f64(),
                blackout: self
                    .price_direction
                    .blackout
                    .max(self.risk.resolution_blackout),
            }),
            StrategyName::Quoter => StrategyKind::Quoter(Quoter {
                margin: self.quoter.margin.max(floor).to_f64(),
            }),
        };
        StrategySpec { topics, kind }
    }

    fn topic_config(&self, topic: &Topic, usual: &TopicConfig) -> TopicConfig {
        // A window on a price moves while an election's book sleeps.
        let is_window = quantity(topic.kind) == Quantity::Price
            || topic.strategy == Some(StrategyName::PriceDirection);
        let book_age_max = if is_window {
            self.risk.max_book_age_windows.min(usual.book_age_max)
        } else {
            usual.book_age_max
        };
        let own = topic
            .scheme
            .map(|name| scheme(name, &Parameters::of_topic(topic), quantity(topic.kind)));
        TopicConfig {
            scheme: own.unwrap_or_else(|| usual.scheme.clone()),
            blend_weight: topic.blend_weight.map_or(usual.blend_weight, Ratio::get),
            inference_age_max: topic.inference_age_max.unwrap_or(usual.inference_age_max),
            epoch_length: topic.epoch,
            book_age_max: topic.book_age_max.unwrap_or(book_age_max),
            score_lead: topic.score_lead.unwrap_or(usual.score_lead),
            batch_window: topic.batch_window.unwrap_or(usual.batch_window),
            price: usual.price.clone(),
        }
    }

    fn usual_topic(&self) -> TopicConfig {
        let own = &self.collective;
        TopicConfig {
            scheme: scheme(
                own.scheme,
                &Parameters::of_collective(own),
                Quantity::Probability,
            ),
            blend_weight: self.event_loop.blend_weight.get(),
            inference_age_max: own.inference_age_max,
            epoch_length: None,
            book_age_max: self.risk.max_book_age,
            score_lead: own.score_lead,
            batch_window: own.batch_window,
            price: PriceConfig {
                reference_age_max: self.risk.max_reference_price_age,
                ..PriceConfig::default()
            },
        }
    }
}

fn count(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The parameters of a scheme as given.
#[derive(Default)]
struct Parameters {
    trim: Option<f64>,
    extremise: Option<f64>,
    allora: [Option<f64>; 4],
    loss: Option<LossName>,
    discount: Option<f64>,
    with_allora: Option<bool>,
    cold_start_events: Option<u64>,
}

impl Parameters {
    fn of_collective(own: &Collective) -> Self {
        Self {
            trim: own.trim.map(Ratio::get),
            extremise: own.extremise,
            allora: [
                own.p_norm,
                own.c_norm,
                own.epsilon,
                own.alpha.map(Ratio::get),
            ],
            loss: None,
            discount: own.discount.map(Ratio::get),
            with_allora: own.with_allora,
            cold_start_events: own.cold_start_events,
        }
    }

    fn of_topic(own: &Topic) -> Self {
        Self {
            trim: own.trim.map(Ratio::get),
            extremise: own.extremise,
            allora: [
                own.p_norm,
                own.c_norm,
                own.epsilon,
                own.alpha.map(Ratio::get),
            ],
            loss: own.loss,
            discount: own.discount.map(Ratio::get),
            with_allora: own.with_allora,
            cold_start_events: own.cold_start_events,
        }
    }

    fn allora(&self, quantity: Quantity) -> AlloraSpec {
        let usual = AlloraSpec::default();
        let [p_norm, c_norm, epsilon, alpha] = self.allora;
        let loss = match (self.loss, quantity) {
            (Some(LossName::LogLoss), _) => AlloraPoolLoss::LogLoss,
            (Some(LossName::Log10LogLoss), _) => AlloraPoolLoss::Log10LogLoss,
            (Some(LossName::Log10Sq), _) | (None, Quantity::Price) => AlloraPoolLoss::Log10Sq,
            (None, Quantity::Probability) => usual.loss,
        };
        AlloraSpec {
            p_norm: p_norm.unwrap_or(usual.p_norm),
            c_norm: c_norm.unwrap_or(usual.c_norm),
            epsilon: epsilon.unwrap_or(usual.epsilon),
            alpha: alpha.unwrap_or(usual.alpha),
            loss,
        }
    }

    fn boa_plus(&self) -> BoaPlusSpec {
        let usual = BoaPlusSpec::default();
        BoaPlusSpec {
            discount: self.discount.unwrap_or(usual.discount),
            with_allora: self.with_allora.unwrap_or(usual.with_allora),
        }
    }

    /// A cold start is wanted if anything is said about it.
    fn cold_start(&self) -> Option<ColdStart> {
        let usual = ColdStart::default();
        let is_wanted = self.cold_start_events.is_some() || self.extremise.is_some();
        is_wanted.then(|| ColdStart {
            events: self.cold_start_events.map_or(usual.events, |events| {
                u32::try_from(events).unwrap_or(u32::MAX)
            }),
            extremise: self.extremise.unwrap_or(usual.extremise),
        })
    }
}

/// A scheme with its usual parameters.
pub(super) fn usual_scheme(name: SchemeName, quantity: Quantity) -> SchemeSpec {
    scheme(name, &Parameters::default(), quantity)
}

fn scheme(name: SchemeName, given: &Parameters, quantity: Quantity) -> SchemeSpec {
    match name {
        SchemeName::Mean => SchemeSpec::Mean,
        SchemeName::Median => SchemeSpec::Median,
        SchemeName::Trimmed => SchemeSpec::Trimmed {
            trim: given.trim.unwrap_or(0.2),
        },
        SchemeName::LogitMean => SchemeSpec::LogitMean {
            extremise: given.extremise.unwrap_or(1.0),
        },
        SchemeName::FamilyLogitMean => SchemeSpec::FamilyLogitMean {
            extremise: given.extremise.unwrap_or(1.25),
        },
        SchemeName::AlloraV016 => SchemeSpec::AlloraV016(given.allora(quantity)),
        SchemeName::AlloraV06 => SchemeSpec::AlloraV06(given.allora(quantity)),
        SchemeName::Lop => SchemeSpec::Lop,
        SchemeName::Boa0 => SchemeSpec::Boa0,
        SchemeName::BoaPlus => SchemeSpec::BoaPlus(given.boa_plus()),
        SchemeName::MarketBlend => SchemeSpec::MarketBlend(MarketBlendSpec {
            inner: given.boa_plus(),
            cold_start: given.cold_start(),
            ..MarketBlendSpec::default()
        }),
        SchemeName::MlPoly => SchemeSpec::MlPoly,
        SchemeName::PriceExperts => SchemeSpec::PriceExperts,
    }
}
