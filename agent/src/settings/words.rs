//! Closed lists of words, each an enum of its own.

use quorate_backtest::input::{RawValue, Refusal, closest};

use super::kind::{Kind, quoted_words};
use super::value::{Fault, SettingValue, text_of};

fn unknown_word(text: &str, words: &[&str]) -> Fault {
    let refusal = Refusal::new("unknown-choice", "is not one of the words known here");
    let hint = match closest(text, words.iter().copied()) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("write one of {}", quoted_words(words)),
    };
    refusal.hint(hint).into()
}

macro_rules! choice {
    ($(#[doc = $about:literal])+ $name:ident { $( $(#[doc = $doc:literal])+ $variant:ident = $word:literal ),+ $(,)? }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $( $(#[doc = $doc])+ $variant ),+ }

        impl $name {
            /// The word in the settings.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $( Self::$variant => $word ),+ }
            }
        }

        impl SettingValue for $name {
            const KIND: Kind = Kind::Choice(&[$($word),+]);

            fn parse(raw: &RawValue) -> Result<Self, Fault> {
                match text_of(raw)? {
                    $( $word => Ok(Self::$variant), )+
                    other => Err(unknown_word(other, &[$($word),+])),
                }
            }

            fn show(&self) -> String {
                format!("\"{}\"", self.word())
            }
        }
    };
}

choice! {
    /// Whose money is traded.
    Mode {
        /// Nobody's: the exchange is simulated.
        Paper = "paper",
        /// The account's.
        Live = "live",
    }
}

choice! {
    /// The chain that settles.
    Chain {
        /// Polygon, chain id 137.
        Polygon = "polygon",
        /// The test network Amoy, chain id 80002.
        Amoy = "amoy",
    }
}

choice! {
    /// How orders are signed and who holds the collateral.
    SignatureType {
        /// The key's own account (type 0).
        Eoa = "eoa",
        /// A proxy wallet of an e-mail account (type 1).
        Proxy = "proxy",
        /// A Safe of a browser wallet (type 2).
        Safe = "safe",
        /// A deposit wallet (type 3).
        DepositWallet = "deposit_wallet",
    }
}

impl SignatureType {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Eoa => 0,
            Self::Proxy => 1,
            Self::Safe => 2,
            Self::DepositWallet => 3,
        }
    }
}

choice! {
    /// Where market data comes from.
    DataSource {
        /// A synthetic world that the program generates from the seed.
        Sample = "sample",
        /// A recording.
        Tape = "tape",
        /// The venue.
        Live = "live",
    }
}

choice! {
    /// Which of the venue's streams gives the prices that its windows are settled by.
    PriceFeed {
        /// The present one; it asks for an account.
        Polybolt = "polybolt",
        /// The legacy one, open to everybody.
        Rtds = "rtds",
    }
}

choice! {
    /// When a simulated taker sees the book.
    Fills {
        /// On arrival it walks the recorded depth.
        RecordedDepth = "recorded_depth",
        /// It waits for the next quote of its market.
        NextObservation = "next_observation",
    }
}

choice! {
    /// When a simulated resting order fills.
    Queue {
        /// Behind everybody who was there before.
        BehindQueue = "behind_queue",
        /// Only when the market trades through its price.
        TradedThrough = "traded_through",
    }
}

choice! {
    /// Which probability is traded on.
    TradeOn {
        /// The collective blended with the market price.
        Blend = "blend",
        /// The collective alone.
        Collective = "collective",
        /// The plain mean of the workers, a baseline.
        Mean = "mean",
        /// The market's own midpoint, a baseline that never has an edge.
        Market = "market",
    }
}

choice! {
    /// A built-in strategy.
    StrategyName {
        /// Hold what is worth more than it costs.
        Election = "election",
        /// Short windows on a price.
        PriceDirection = "price_direction",
        /// Rest on both sides of the fair value.
        Quoter = "quoter",
    }
}

choice! {
    /// How inferences are combined.
    SchemeName {
        /// Plain mean.
        Mean = "mean",
        /// Median.
        Median = "median",
        /// Mean without a share of the values at each end.
        Trimmed = "trimmed",
        /// Mean of log odds.
        LogitMean = "logit_mean",
        /// One vote per model family, mean of log odds.
        FamilyLogitMean = "family_logit_mean",
        /// Allora's weights, v0.16.
        AlloraV016 = "allora_v0.16",
        /// Allora's weights, v0.6.
        AlloraV06 = "allora_v0.6",
        /// Log-opinion pool.
        Lop = "lop",
        /// Bernstein online aggregation of the workers.
        Boa0 = "boa0",
        /// The same over workers and derived experts.
        BoaPlus = "boa_plus",
        /// Market price as prior, workers as evidence.
        MarketBlend = "market_blend",
        /// ML-Poly over the workers, for prices.
        MlPoly = "ml_poly",
        /// Nine experts with ML-Poly on top, for prices.
        PriceExperts = "price_experts",
    }
}

choice! {
    /// What a topic's inferences are.
    TopicKind {
        /// The probability of one event.
        Probability = "probability",
        /// Probabilities of several outcomes that exclude each other.
        Labels = "labels",
        /// A price at the end of the horizon.
        Price = "price",
        /// A logarithmic return over the horizon.
        LogReturn = "log_return",
        /// A standard deviation of logarithmic returns over the horizon.
        Volatility = "volatility",
    }
}

choice! {
    /// What a topic's inferences are measured against.
    Truth {
        /// The resolution of its markets.
        Resolution = "resolution",
        /// A reference price.
        ReferencePrice = "reference_price",
        /// The reputers of the network.
        Reputers = "reputers",
    }
}

choice! {
    /// The loss that regrets are made of.
    LossName {
        /// Log loss in nats.
        LogLoss = "log_loss",
        /// log10 of the mean log loss.
        Log10LogLoss = "log10_log_loss",
        /// log10 of the mean squared error, for prices.
        Log10Sq = "log10_sq",
    }
}

choice! {
    /// How a worker is reached.
    WorkerKind {
        /// It is asked over HTTP.
        Http = "http",
        /// It appends to a file.
        Csv = "csv",
        /// It is a program that is run.
        Command = "command",
        /// It is the market's own price.
        Market = "market",
        /// It is a topic of the Allora network.
        Allora = "allora",
        /// It sends its values to the intake.
        Push = "push",
    }
}

choice! {
    /// What a worker does for a topic.
    Role {
        /// Gives inferences.
        Inferer = "inferer",
        /// Forecasts the losses of inferers.
        Forecaster = "forecaster",
        /// Reports what happened.
        Reputer = "reputer",
    }
}

choice! {
    /// When the journal reaches the disk.
    Fsync {
        /// Before a command leaves.
        BeforeCommands = "before_commands",
        /// After every batch.
        EveryBatch = "every_batch",
    }
}
