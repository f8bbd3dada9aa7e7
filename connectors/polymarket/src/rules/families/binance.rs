//! Hours, days from noon to noon, and strikes at noon, on Binance's candles.
//!
//! Seen: all three wordings on markets from September 2025 to September 2026, with both endings of the note.

use super::{Meaning, Part, Sentence, Table, may, must};

const ABOUT: Sentence = must(
    Part::About,
    &[
        "Please note that this market is about the price according to Binance {usdt}, not according to other exchanges or trading pairs.",
        "Please note that this market is about the price according to Binance {usdt}, not according to other sources or spot markets.",
    ],
);

const MINUTES: Sentence = must(
    Part::Source,
    &[
        r#"The resolution source for this market is Binance, specifically the {usdt} "Close" prices currently available at {url} with "1m" and "Candles" selected on the top bar."#,
    ],
);

const PRECISION: Sentence = may(
    Part::Context,
    &["Price precision is determined by the number of decimal places in the source."],
);

pub(super) const TABLES: [Table; 3] = [
    Table {
        name: "up or down on Binance's hour",
        meaning: Meaning::BinanceHour,
        sentences: &[
            must(
                Part::Wins,
                &[
                    r#"This market will resolve to "Up" if the close price is greater than or equal to the open price for the {usdt} 1 hour candle that begins on the time and date specified in the title."#,
                ],
            ),
            must(
                Part::Loses,
                &[r#"Otherwise, this market will resolve to "Down"."#],
            ),
            must(
                Part::Source,
                &[
                    "The resolution source for this market is information from Binance, specifically the {usdt} pair ({url}).",
                ],
            ),
            must(
                Part::Context,
                &[
                    r#"The close "C" and open "O" displayed at the top of the graph for the relevant "1H" candle will be used once the data for that candle is finalized."#,
                ],
            ),
            ABOUT,
        ],
    },
    Table {
        name: "up or down from noon to noon",
        meaning: Meaning::BinanceNoon,
        sentences: &[
            must(
                Part::Wins,
                &[
                    r#"This market will resolve to "Up" if the "Close" price for the Binance 1 minute candle for {usdt} {noon} 12:00 in the ET timezone (noon) is lower than the final "Close" price for the {noon} 12:00 ET candle."#,
                ],
            ),
            must(
                Part::Loses,
                &[
                    r#"This market will resolve to "Down" if the "Close" price for the Binance 1 minute candle for {usdt} {noon} 12:00 in the ET timezone (noon) is higher than the final "Close" price for the {noon} 12:00 ET candle."#,
                ],
            ),
            must(
                Part::Tie,
                &[
                    r#"If the final "Close" price for both of these candles is exactly equal on Binance, this market will resolve 50-50."#,
                ],
            ),
            MINUTES,
            ABOUT,
            PRECISION,
        ],
    },
    Table {
        name: "above a strike at noon",
        meaning: Meaning::Threshold,
        sentences: &[
            must(
                Part::Wins,
                &[
                    r#"This market will resolve to "Yes" if the Binance 1 minute candle for {usdt} 12:00 in the ET timezone (noon) on the date specified in the title has a final "Close" price higher than the price specified in the title."#,
                ],
            ),
            must(
                Part::Loses,
                &[r#"Otherwise, this market will resolve to "No"."#],
            ),
            MINUTES,
            ABOUT,
            PRECISION,
        ],
    },
];
