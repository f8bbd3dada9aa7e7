//! The metrics of a report, defined in a sentence each. The HTML prints them; `docs/metrics.md` has them at length.

/// Term and definition, in the order in which a report uses them.
pub const DEFINITIONS: &[(&str, &str)] = &[
    (
        "Equity",
        "Cash plus positions: resolved shares at their payout, open ones at the best bid.",
    ),
    (
        "P&L",
        "Final equity less the bankroll, after fees. Rebate estimates are not counted.",
    ),
    ("Return", "P&L divided by the bankroll; not annualised."),
    (
        "Maximum drawdown",
        "The largest (peak - equity) / peak, where the peak is the highest equity so far.",
    ),
    (
        "Exposure",
        "Worst-case loss of all positions at once. The mean is weighted by time, each value holding until the next.",
    ),
    (
        "Turnover",
        "Sum over executions of price times shares, purchases and sales alike.",
    ),
    ("Trades", "Executions. One order may have several, or none."),
    (
        "Win share",
        "Share of traded and resolved markets with a P&L above zero.",
    ),
    (
        "Daily Sharpe",
        "Mean over sample standard deviation of daily returns, times sqrt(365), risk-free rate zero. Daily returns \
         use the last equity of each UTC day. Not computed below 30 days.",
    ),
    (
        "Brier score",
        "Mean of (probability - outcome) squared. 0 is perfect; always saying one half gets 0.25.",
    ),
    (
        "Log loss",
        "Mean of minus the natural logarithm of the probability given to what happened, clipped at 0.001.",
    ),
    (
        "Skill",
        "1 - Brier / Brier of the market on the same rows. Above zero is better than the market.",
    ),
    (
        "Interval",
        "95% percentile interval from 2,000 resamples of whole resolution dates with a fixed seed. No interval with \
         fewer than ten dates: over few it is too narrow.",
    ),
    (
        "Common rows",
        "Rows on which every forecaster has a forecast; only there do forecasters compare with one another. With the market \
         each compares on all of its own rows.",
    ),
    (
        "Calibration",
        "Ten bins of equal width, bin = min(9, floor(10 p)): mean forecast against how often it happened.",
    ),
    (
        "Calibration error",
        "Mean over bins, weighted by rows, of |mean forecast - frequency|.",
    ),
    (
        "Fair",
        "Probability of the outcome traded as believed when the order was decided.",
    ),
    (
        "Edge",
        "Advantage per share after fee, spread and lock-up when the order was decided, dollars.",
    ),
];
