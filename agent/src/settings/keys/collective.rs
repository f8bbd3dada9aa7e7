//! Topics, workers, and how inferences are combined.

use std::time::Duration;

use super::section;
use crate::settings::amount_value::Ratio;
use crate::settings::list_value::{Environment, MarketRef, Parameters};
use crate::settings::secret::TokenRef;
use crate::settings::text_value::{Condition, FilePath, HttpUrl, Name};
use crate::settings::words::{
    LossName, Role, SchemeName, StrategyName, TopicKind, Truth, WorkerKind,
};

section! {
    /// How inferences are combined where a topic says nothing else.
    Collective at "collective" {
        /// The scheme.
        scheme: SchemeName, default("logit_mean");
        /// Share dropped at each end (`trimmed`).
        trim: Option<Ratio>, max(0.49);
        /// Extremising factor, 1 is none (`logit_mean`, `family_logit_mean`).
        extremise: Option<f64>, min(0.1), max(10.0);
        /// Steepness of Allora's weights.
        p_norm: Option<f64>, min(0.1), max(100.0);
        /// Centre of Allora's weights.
        c_norm: Option<f64>, min(-100.0), max(100.0);
        /// Added to the scale of Allora's regrets.
        epsilon: Option<f64>, min(0.000000000001), max(1.0);
        /// Rate of Allora's regret averages.
        alpha: Option<Ratio>, min(0.000001), max(1.0);
        /// Discount of what was learned, per batch (`boa_plus`, `market_blend`).
        discount: Option<Ratio>, min(0.5), max(1.0);
        /// Allora's pool as one more expert (`boa_plus`, `market_blend`).
        with_allora: Option<bool>;
        /// Resolved events until which one vote per family counts (`market_blend`).
        cold_start_events: Option<u64>, max(1000000);
        /// Oldest inference that still counts, by its own time.
        inference_age_max: Duration, default("4d"), min("1s"), lower;
        /// Inferences count for learning as they stood this long before the end of trading.
        score_lead: Duration, default("0s");
        /// Resolutions of a topic within this time are one batch.
        batch_window: Duration, default("0s");
    }
}

section! {
    /// A topic: a question forecast again and again.
    Topic at "topics" list {
        /// Short unique name.
        name: Name, required;
        /// What its inferences are.
        kind: TopicKind, required;
        /// The outcomes of a topic of kind `labels`.
        labels: Option<Vec<String>>;
        /// Its scheme, if not that of the collective.
        scheme: Option<SchemeName>;
        /// Share dropped at each end (`trimmed`).
        trim: Option<Ratio>, max(0.49);
        /// Extremising factor, 1 is none (`logit_mean`, `family_logit_mean`).
        extremise: Option<f64>, min(0.1), max(10.0);
        /// Steepness of Allora's weights.
        p_norm: Option<f64>, min(0.1), max(100.0);
        /// Centre of Allora's weights.
        c_norm: Option<f64>, min(-100.0), max(100.0);
        /// Added to the scale of Allora's regrets.
        epsilon: Option<f64>, min(0.000000000001), max(1.0);
        /// Rate of Allora's regret averages.
        alpha: Option<Ratio>, min(0.000001), max(1.0);
        /// Discount of what was learned, per batch (`boa_plus`, `market_blend`).
        discount: Option<Ratio>, min(0.5), max(1.0);
        /// Allora's pool as one more expert (`boa_plus`, `market_blend`).
        with_allora: Option<bool>;
        /// Resolved events until which one vote per family counts (`market_blend`).
        cold_start_events: Option<u64>, max(1000000);
        /// Length of a round.
        epoch: Option<Duration>, min("1s");
        /// How far ahead its inferences look.
        horizon: Option<Duration>, min("1s");
        /// How long a round takes values.
        submission_window: Option<Duration>, min("100ms");
        /// What its inferences are measured against.
        truth: Option<Truth>;
        /// How long after the end of a round the truth is known.
        truth_lag: Option<Duration>;
        /// The loss of Allora's schemes.
        loss: Option<LossName>;
        /// Family of questions that learn together.
        family: Option<Name>;
        /// Weight of the collective against the market price in log odds.
        blend_weight: Option<Ratio>, max(1.0), lower;
        /// Oldest inference that still counts, by its own time.
        inference_age_max: Option<Duration>, min("1s"), lower;
        /// Longest silence of its books that are still believed, at most `risk.max_book_age`.
        book_age_max: Option<Duration>, min("100ms"), lower;
        /// Inferences count for learning as they stood this long before the end of trading.
        score_lead: Option<Duration>;
        /// Resolutions within this time are one batch.
        batch_window: Option<Duration>;
        /// Its strategy, if not the default.
        strategy: Option<StrategyName>;
        /// Whether it is traded; otherwise it is only watched.
        trade: bool, default(true), lower;
        /// Markets whose first outcome it speaks of; for `labels`, one market for each label.
        markets: Option<Vec<MarketRef>>;
        /// Which prices make that outcome true; for topics of prices and returns.
        condition: Option<Condition>;
    }
}

section! {
    /// A worker: a model, and how it is reached.
    Worker at "workers" list {
        /// Short unique name.
        name: Name, required;
        /// How it is reached.
        kind: WorkerKind, required;
        /// The topic or topics it speaks of.
        topics: Vec<Name>, required;
        /// Address to ask (`http`, and `allora` for another gateway).
        url: Option<HttpUrl>;
        /// File it appends to (`csv`).
        path: Option<FilePath>;
        /// Program to run (`command`).
        command: Option<String>;
        /// Arguments of the program (`command`).
        args: Option<Vec<String>>;
        /// Environment of the program (`command`); secrets as `"file:PATH"`.
        env: Option<Environment>;
        /// Values handed to it (`http`, `command`).
        parameters: Option<Parameters>;
        /// Where the value stands in its answer (`http`, `command`), as `"data.probability"`.
        json_path: Option<String>;
        /// Topic of the network (`allora`).
        topic_id: Option<u64>, max(1000000000);
        /// Every worker of the network as one of our own, instead of its combined value (`allora`).
        each: Option<bool>;
        /// Token it is asked with (`http`, `allora`) or that it must show (`push`).
        token: Option<TokenRef>;
        /// How long an answer may take (`http`, `command`, `allora`).
        timeout: Option<Duration>, min("100ms"), max("1h");
        /// Time between two questions (`http`, `csv`, `command`, `allora`).
        poll_every: Option<Duration>, min("100ms"), max("7d");
        /// Oldest value that still counts, by its own time.
        age_max: Option<Duration>, min("1s");
        /// Family of models that err together and share a vote.
        family: Option<Name>;
        /// What it does for the topic.
        role: Role, default("inferer");
    }
}
