//! Every limit. Shares are of equity, the worse of its provisional views; losses are worst cases over states.

use std::time::Duration;

use quorate_domain::Cash;

use super::section;
use crate::settings::amount_value::{Cents, Percent};

section! {
    /// Limits. Ceilings hold unless built with the feature `unlocked`. Guards without a number (duplicate orders, trades
    /// with ourselves, reconciliation before trading, inferences older than two rounds) are always closed.
    Risk at "risk" {
        /// Largest order, share of equity; the lower of the two limits of an order wins.
        max_order_equity: Percent, default("1%"), ceiling("10%"), lower;
        /// Largest order in money.
        max_order_notional: Cash, default("$250"), min("$1"), ceiling("$100000"), lower;
        /// Largest order in whole shares.
        max_order_shares: u64, default(10000), min(1), ceiling(1000000), lower;
        /// Greatest distance of an order's limit from the midpoint.
        max_price_distance: Cents, default("10c"), min("0.1c"), ceiling("30c"), lower;
        /// Least edge after fees of any strategy.
        min_edge: Cents, default("1c"), max("50c"), raise;
        /// Fills of one side of a market within the window that pause the market.
        max_repeated_fills: u64, default(3), min(1), ceiling(100), lower;
        /// Window of repeated fills.
        repeated_fills_window: Duration, default("60s"), min("1s"), max("1d"), raise;
        /// Pause after repeated fills.
        repeated_fills_pause: Duration, default("5m"), max("7d"), raise;
        /// Share of a displayed level that is taken.
        max_depth_share: Percent, default("25%"), ceiling("100%"), lower;
        /// Share of the volume of the last 24 hours that is taken.
        max_volume_share: Percent, default("5%"), ceiling("25%"), lower;

        /// Orders sent within a second.
        max_orders_per_second: u64, default(5), min(1), ceiling(50), lower;
        /// Orders sent within a minute.
        max_orders_per_minute: u64, default(60), min(1), ceiling(1000), lower;
        /// Orders sent to one market within a minute.
        max_orders_per_market_minute: u64, default(10), min(1), ceiling(200), lower;
        /// Cancels per fill within the window that widen quotes and raise an alarm.
        max_cancels_per_fill: u64, default(20), min(1), ceiling(1000), lower;
        /// Orders resting or on their way at once.
        max_open_orders: u64, default(100), min(1), ceiling(1000), lower;
        /// Orders of one market resting or on their way at once.
        max_open_orders_per_market: u64, default(4), min(1), ceiling(50), lower;

        /// Worst loss in one market.
        max_loss_per_market: Percent, default("2%"), ceiling("10%"), lower;
        /// Worst loss in one event, over its states.
        max_loss_per_event: Percent, default("5%"), ceiling("20%"), lower;
        /// Loss in one correlated group that only one scenario in a hundred exceeds.
        max_loss_per_correlated_group: Percent, default("10%"), ceiling("30%"), lower;
        /// Worst loss in one category.
        max_loss_per_category: Percent, default("25%"), ceiling("50%"), lower;
        /// Sum of all stakes.
        max_gross: Percent, default("60%"), ceiling("95%"), lower;
        /// Cash kept back.
        min_cash_reserve: Percent, default("20%"), floor("1%"), max("100%"), raise;

        /// Loss within a UTC day that stops new orders until the next.
        max_daily_loss: Percent, default("3%"), ceiling("10%"), lower;
        /// Fall from the peak that cancels everything until a person resumes.
        max_drawdown: Percent, default("10%"), ceiling("25%"), lower;
        /// Losing positions resolved in a row that start the cooldown.
        max_loss_streak: u64, default(8), min(1), ceiling(50), lower;
        /// Pause after a losing streak.
        loss_streak_cooldown: Duration, default("4h"), max("30d"), raise;
        /// Loss since the start that halts by a way of its own.
        max_watchdog_loss: Percent, default("5%"), ceiling("25%");

        /// Longest silence of a book that is still believed.
        max_book_age: Duration, default("30s"), min("100ms"), ceiling("1d"), lower;
        /// The same for windows on a price.
        max_book_age_windows: Duration, default("5s"), min("100ms"), ceiling("1m"), lower;
        /// Oldest reference price for windows on a price.
        max_reference_price_age: Duration, default("3s"), min("100ms"), ceiling("1m"), lower;
        /// Clock skew that raises an alarm.
        clock_skew_alarm: Duration, default("250ms"), min("1ms"), ceiling("2s"), lower;
        /// Clock skew that stops new orders.
        max_clock_skew: Duration, default("1s"), min("1ms"), ceiling("2s"), lower;
        /// No new orders this close to the end of a window.
        resolution_blackout: Duration, default("30s"), max("1d"), raise;
        /// Largest standard deviation of the models' log odds that is traded.
        max_dispersion: f64, default(1.0), min(0.0), ceiling(5.0), lower;
        /// Weight of a single model that raises an alarm.
        model_weight_alarm: Percent, default("60%"), lower;
        /// Weight of a single model from which on it counts as one model, not as a collective.
        max_model_weight: Percent, default("90%"), ceiling("99%"), lower;
        /// Largest difference of collective and market that is traded: beyond it neither is believed.
        max_source_disagreement: Cents, default("25c"), ceiling("50c"), lower;

        /// Age of a fill that is not yet final at which an alarm is raised.
        provisional_alarm: Duration, default("60s"), min("1s"), ceiling("1h"), lower;
        /// Age of such a fill that halts new takers.
        max_provisional_age: Duration, default("10m"), min("1s"), ceiling("1d"), lower;
        /// Share of failed trades that halts new takers.
        max_failed_share: Percent, default("5%"), ceiling("50%"), lower;
    }
}
