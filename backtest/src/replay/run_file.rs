//! The run file: TOML in, [`RunSpec`] out, every mistake at its line and column, all at once.
//!
//! Limits have compiled ceilings: no run file can lift them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use quorate_collective::{AlloraSpec, BoaPlusSpec, MarketBlendSpec, SchemeSpec};
use quorate_domain::{Cash, Shares};
use quorate_engine::{EngineConfig, PriceConfig, ProbabilitySource, RiskLimits, TopicConfig};
use quorate_strategies::{
    ComplementArbitrage, Election, MarketMaker, PriceDirection, PriceThreshold, Quoter,
};
use quorate_venue::{FillRule, QueueRule, VenueConfig};

use super::spec::{Baselines, RunSpec, StrategyKind, StrategySpec};
use crate::input::{Diagnostics, Position, Section, Setting, TomlDocument};
use crate::report::model::DataOrigin;
use crate::tape::{LoadOptions, OffTick, Unresolved};

/// Version of the run file's keys.
pub const RUN_FILE_VERSION: u64 = 1;

const NANOS_PER_MS: u64 = 1_000_000;

/// Reads a run file. Relative paths in it start from its own folder.
///
/// # Errors
/// The file cannot be read, or everything that is wrong with it.
pub fn read_run_file(path: &Path) -> Result<RunSpec, Diagnostics> {
    let document = TomlDocument::read(path)?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    finish(document, folder)
}

/// Reads a run file's text; `name` is what diagnostics call it, `folder` where relative paths start.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse_run_file(name: &str, text: &str, folder: &Path) -> Result<RunSpec, Diagnostics> {
    finish(TomlDocument::parse(name, text), folder)
}

fn finish(document: TomlDocument, folder: &Path) -> Result<RunSpec, Diagnostics> {
    let text = document.text().to_owned();
    let spec = run_spec(&document.root(), folder, text);
    document.finish(spec)
}

fn run_spec(root: &Section<'_>, folder: &Path, text: String) -> Option<RunSpec> {
    let version = root.u64("run_version").ensure(
        |v| *v == RUN_FILE_VERSION,
        "is not a version this program reads: it reads 1",
    );
    let version = version.required();
    let name = root.string("name").required();
    let seed = root.u64("seed").or(1);
    let tape_section = root.section("tape");
    let tape = tape_section.string("folder").required();
    let load = load_options(&tape_section);
    let origin = tape_section
        .choice(
            "origin",
            &[
                ("recorded", DataOrigin::Recorded),
                ("synthetic", DataOrigin::Synthetic),
            ],
        )
        .or(DataOrigin::Recorded);
    let account = root.section("account");
    let bankroll = account
        .money("bankroll")
        .ensure(|m| 0 < *m, "must be above $0")
        .or(10_000_000_000);
    let strategies = strategies(root);
    let collective = root.section("collective");
    let topic = topic_config(&collective, &TopicConfig::default());
    let topic_section = root.section("topic");
    let topic_places = topic_places(root, &topic_section);
    let topics = topic_section
        .named_sections()
        .into_iter()
        .map(|(name, section)| (name, topic_config(&section, &topic)))
        .collect();
    let engine = EngineConfig {
        source: source(&collective),
        topic,
        limits: limits(&root.section("risk")),
        ..sizing(&root.section("sizing"), seed)
    };
    let venue = venue(&root.section("venue"));
    let report = root.section("report");
    let baselines = report
        .choice(
            "baselines",
            &[("all", Baselines::All), ("shared", Baselines::Shared)],
        )
        .or(Baselines::All);
    let forecasts_per_market = report.u64("forecasts_per_market").within(1, 100_000).or(50);
    let equity_every = report
        .duration("equity_every")
        .ensure(|nanos| NANOS_PER_MS <= *nanos, "must be at least 1ms");
    let equity_every = span(equity_every, Duration::from_secs(86_400));
    version?;
    Some(RunSpec {
        name: name?,
        seed,
        tape: folder.join(tape?),
        load,
        origin,
        bankroll: Cash::from_micros(bankroll),
        strategies: strategies?,
        engine,
        topics,
        topic_places,
        venue,
        baselines,
        forecasts_per_market: u32::try_from(forecasts_per_market).unwrap_or(50),
        equity_every,
        text,
    })
}

/// Where each topic is named first: in the strategies, else under `[topic]`.
fn topic_places(root: &Section<'_>, topics: &Section<'_>) -> BTreeMap<String, Position> {
    let mut places = BTreeMap::new();
    for section in root.sections("strategy") {
        for (name, place) in section.item_places("topics").into_iter().flatten() {
            places.entry(name).or_insert(place);
        }
    }
    for (name, place) in topics.key_places() {
        places.entry(name).or_insert(place);
    }
    places
}

fn span(setting: Setting<'_, u64>, default: Duration) -> Duration {
    setting.optional().map_or(default, Duration::from_nanos)
}

fn load_options(tape: &Section<'_>) -> LoadOptions {
    let usual = LoadOptions::default();
    let half_spread = tape
        .price("mid_half_spread")
        .or(i64::from(usual.mid_half_spread_micros));
    let assumed = tape
        .shares("assumed_shares")
        .ensure(|s| 0 < *s, "must be above 0");
    LoadOptions {
        off_tick: tape
            .choice(
                "off_tick",
                &[("refuse", OffTick::Refuse), ("snap", OffTick::Snap)],
            )
            .or(usual.off_tick),
        unresolved: tape
            .choice(
                "unresolved",
                &[("refuse", Unresolved::Refuse), ("mark", Unresolved::Mark)],
            )
            .or(usual.unresolved),
        mid_half_spread_micros: u32::try_from(half_spread).unwrap_or(usual.mid_half_spread_micros),
        assumed_shares: assumed
            .optional()
            .map_or(usual.assumed_shares, Shares::from_micros),
    }
}

#[derive(Clone, Copy)]
enum StrategyName {
    Election,
    PriceDirection,
    PriceThreshold,
    Quoter,
    MarketMaker,
    ComplementArbitrage,
}

fn strategies(root: &Section<'_>) -> Option<Vec<StrategySpec>> {
    let sections = root.sections("strategy");
    if sections.is_empty() {
        root.report_with_hint(
            "strategy",
            "missing-strategy",
            "no strategy is given: nothing would ever be traded",
            "add [[strategy]] with kind = \"election\" or \"price_direction\" or \"price_threshold\" or \"quoter\" or \"market_maker\" or \"complement_arbitrage\"",
        );
        return None;
    }
    report_idle_strategies(&sections);
    sections.iter().map(strategy).collect()
}

/// Reports strategies that can never act, because earlier ones take all their topics.
fn report_idle_strategies(sections: &[Section<'_>]) {
    let mut taken = BTreeSet::new();
    let mut takes_the_rest = None;
    for section in sections {
        let topics = section.item_places("topics").map(|items| {
            let names = items.into_iter().map(|(name, _)| name);
            names.collect::<Vec<_>>()
        });
        let free = |topics: &Vec<String>| {
            topics.is_empty() || topics.iter().any(|topic| !taken.contains(topic))
        };
        if let Some(line) = takes_the_rest {
            let message = format!(
                "this strategy can never act: the one in line {line} has no `topics` and takes every topic"
            );
            let hint = "put the strategy without `topics` last, and only one of it";
            section.report_with_hint("kind", "idle-strategy", message, hint);
        } else if !topics.as_ref().is_none_or(free) {
            let message = "this strategy can never act: earlier ones take all its topics";
            let hint = "a topic belongs to the first strategy that names it";
            section.report_with_hint("topics", "idle-strategy", message, hint);
        }
        if !section.has("topics") {
            takes_the_rest = takes_the_rest.or(Some(section.line()));
        }
        taken.extend(topics.into_iter().flatten());
    }
}

fn strategy(section: &Section<'_>) -> Option<StrategySpec> {
    let topics = section.string_list("topics").optional();
    let names = [
        ("election", StrategyName::Election),
        ("price_direction", StrategyName::PriceDirection),
        ("price_threshold", StrategyName::PriceThreshold),
        ("quoter", StrategyName::Quoter),
        ("market_maker", StrategyName::MarketMaker),
        ("complement_arbitrage", StrategyName::ComplementArbitrage),
    ];
    let kind = match section.choice("kind", &names).required()? {
        StrategyName::Election => {
            let usual = Election::default();
            StrategyKind::Election(Election {
                edge_min: dollars(section.price("edge_min"), usual.edge_min),
                spread_max: dollars(section.price("spread_max"), usual.spread_max),
            })
        }
        StrategyName::PriceDirection => {
            let usual = PriceDirection::default();
            StrategyKind::PriceDirection(PriceDirection {
                edge_min: dollars(section.price("edge_min"), usual.edge_min),
                blackout: span(section.duration("blackout"), usual.blackout),
            })
        }
        StrategyName::PriceThreshold => {
            let usual = PriceThreshold::default();
            StrategyKind::PriceThreshold(PriceThreshold {
                edge_min: dollars(section.price("edge_min"), usual.edge_min),
                blackout: span(section.duration("blackout"), usual.blackout),
                tail: section.ratio("tail").within(0.0, 0.49).or(usual.tail),
            })
        }
        StrategyName::Quoter => {
            let usual = Quoter::default();
            StrategyKind::Quoter(Quoter {
                margin: dollars(section.price("margin"), usual.margin),
            })
        }
        StrategyName::MarketMaker => {
            let usual = MarketMaker::default();
            StrategyKind::MarketMaker(MarketMaker {
                margin: dollars(section.price("margin"), usual.margin),
                skew: dollars(section.price("skew"), usual.skew),
                blackout: span(section.duration("blackout"), usual.blackout),
            })
        }
        StrategyName::ComplementArbitrage => {
            let usual = ComplementArbitrage::default();
            StrategyKind::ComplementArbitrage(ComplementArbitrage {
                edge_min: section
                    .ratio("edge_min")
                    .within(0.0, 0.5)
                    .or(usual.edge_min),
            })
        }
    };
    Some(StrategySpec { topics, kind })
}

fn dollars(setting: Setting<'_, i64>, default: f64) -> f64 {
    setting
        .optional()
        .map_or(default, |micros| micros as f64 / 1e6)
}

fn source(collective: &Section<'_>) -> ProbabilitySource {
    let words = [
        ("blend", ProbabilitySource::Blend),
        ("collective", ProbabilitySource::Collective),
    ];
    collective
        .choice("trade_on", &words)
        .or(ProbabilitySource::Blend)
}

fn topic_config(section: &Section<'_>, usual: &TopicConfig) -> TopicConfig {
    TopicConfig {
        scheme: scheme(section, &usual.scheme),
        blend_weight: section
            .ratio("blend_weight")
            .within(0.0, 1.0)
            .or(usual.blend_weight),
        inference_age_max: span(
            section.duration("inference_age_max"),
            usual.inference_age_max,
        ),
        book_age_max: span(section.duration("book_age_max"), usual.book_age_max),
        score_lead: span(section.duration("score_lead"), usual.score_lead),
        batch_window: span(section.duration("batch_window"), usual.batch_window),
        price: price_config(section, &usual.price),
        ..usual.clone()
    }
}

/// Keys that only topics on prices read.
fn price_config(section: &Section<'_>, usual: &PriceConfig) -> PriceConfig {
    PriceConfig {
        reference_age_max: span(
            section.duration("reference_age_max"),
            usual.reference_age_max,
        ),
        start_sigma_bp: section
            .number("start_sigma_bp")
            .within(1e-6, 1e6)
            .optional()
            .or(usual.start_sigma_bp),
        ..usual.clone()
    }
}

/// Reads a scheme's own keys.
type ReadScheme = fn(&Section<'_>) -> SchemeSpec;

fn scheme(section: &Section<'_>, usual: &SchemeSpec) -> SchemeSpec {
    let schemes: [(&str, ReadScheme); 10] = [
        ("mean", |_| SchemeSpec::Mean),
        ("median", |_| SchemeSpec::Median),
        ("trimmed", |s| SchemeSpec::Trimmed {
            trim: s.ratio("trim").within(0.0, 0.49).or(0.2),
        }),
        ("logit_mean", |s| SchemeSpec::LogitMean {
            extremise: s.number("extremise").within(0.1, 10.0).or(1.0),
        }),
        ("allora_v0.16", |s| SchemeSpec::AlloraV016(allora(s))),
        ("allora_v0.6", |s| SchemeSpec::AlloraV06(allora(s))),
        ("lop", |_| SchemeSpec::Lop),
        ("boa0", |_| SchemeSpec::Boa0),
        ("boa_plus", |s| SchemeSpec::BoaPlus(boa_plus(s))),
        ("market_blend", |s| {
            SchemeSpec::MarketBlend(MarketBlendSpec {
                inner: boa_plus(s),
                ..MarketBlendSpec::default()
            })
        }),
    ];
    section
        .choice("scheme", &schemes)
        .optional()
        .map_or_else(|| usual.clone(), |build| build(section))
}

fn allora(section: &Section<'_>) -> AlloraSpec {
    let usual = AlloraSpec::default();
    AlloraSpec {
        p_norm: section.number("p_norm").within(0.1, 100.0).or(usual.p_norm),
        c_norm: section
            .number("c_norm")
            .within(-100.0, 100.0)
            .or(usual.c_norm),
        epsilon: section
            .number("epsilon")
            .within(1e-12, 1.0)
            .or(usual.epsilon),
        alpha: section.ratio("alpha").within(1e-6, 1.0).or(usual.alpha),
        loss: usual.loss,
    }
}

fn boa_plus(section: &Section<'_>) -> BoaPlusSpec {
    let usual = BoaPlusSpec::default();
    BoaPlusSpec {
        discount: section
            .ratio("discount")
            .within(0.5, 1.0)
            .or(usual.discount),
        with_allora: section.bool("with_allora").or(usual.with_allora),
    }
}

fn sizing(section: &Section<'_>, seed: u64) -> EngineConfig {
    let usual = EngineConfig::default();
    let scenarios = section
        .u64("scenarios")
        .within(100, 100_000)
        .or(usual.scenarios as u64);
    EngineConfig {
        risk_aversion: section
            .number("risk_aversion")
            .within(1.0, 100.0)
            .or(usual.risk_aversion),
        opportunity_rate: section
            .ratio("opportunity_rate")
            .within(0.0, 1.0)
            .or(usual.opportunity_rate),
        coalesce: span(section.duration("coalesce"), usual.coalesce),
        close_blackout: span(section.duration("close_blackout"), usual.close_blackout),
        gain_min: section
            .money("gain_min")
            .optional()
            .map_or(usual.gain_min, Cash::from_micros),
        scenarios: usize::try_from(scenarios).unwrap_or(usual.scenarios),
        seed,
        adverse_selection: dollars(section.price("adverse_selection"), usual.adverse_selection),
        ..usual
    }
}

fn limits(section: &Section<'_>) -> RiskLimits {
    let usual = RiskLimits::default();
    let part = |key, default| ppm(section.ratio(key).within(0.0, 1.0), default);
    RiskLimits {
        order_notional_ppm: part("order_notional", usual.order_notional_ppm),
        order_notional_max: section
            .money("order_notional_max")
            .optional()
            .map_or(usual.order_notional_max, Cash::from_micros),
        order_shares_max: section
            .u64("order_shares_max")
            .within(1, 10_000_000)
            .or(usual.order_shares_max),
        collar_micros: section
            .price("price_collar")
            .optional()
            .and_then(|micros| u32::try_from(micros).ok())
            .unwrap_or(usual.collar_micros),
        market_loss_ppm: part("market_loss", usual.market_loss_ppm),
        group_loss_ppm: part("group_loss", usual.group_loss_ppm),
        set_loss_ppm: part("set_loss", usual.set_loss_ppm),
        gross_ppm: part("gross", usual.gross_ppm),
        cash_reserve_ppm: part("cash_reserve", usual.cash_reserve_ppm),
        depth_share_ppm: part("depth_share", usual.depth_share_ppm),
        open_orders_max: u32::try_from(
            section
                .u64("open_orders_max")
                .within(1, 10_000)
                .or(u64::from(usual.open_orders_max)),
        )
        .unwrap_or(usual.open_orders_max),
        daily_loss_ppm: part("daily_loss", usual.daily_loss_ppm),
        drawdown_ppm: part("drawdown", usual.drawdown_ppm),
        ..usual
    }
}

fn ppm(setting: Setting<'_, f64>, default: u32) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "within 0 and 1 million"
    )]
    setting
        .optional()
        .map_or(default, |ratio| libm::floor(ratio * 1e6 + 1e-3) as u32)
}

fn venue(section: &Section<'_>) -> VenueConfig {
    let usual = VenueConfig::default();
    VenueConfig {
        submit_latency: span(section.duration("submit_latency"), usual.submit_latency),
        cancel_latency: span(section.duration("cancel_latency"), usual.cancel_latency),
        settle_delay: span(section.duration("settle_delay"), usual.settle_delay),
        redeem_delay: span(section.duration("redeem_delay"), usual.redeem_delay),
        fills: section
            .choice(
                "fills",
                &[
                    ("recorded_depth", FillRule::RecordedDepth),
                    ("next_observation", FillRule::NextObservation),
                ],
            )
            .or(usual.fills),
        queue: section
            .choice(
                "queue",
                &[
                    ("behind_queue", QueueRule::BehindQueue),
                    ("traded_through", QueueRule::TradedThrough),
                ],
            )
            .or(usual.queue),
    }
}
