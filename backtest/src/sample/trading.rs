//! One market traded from its opening to its close: the maker looks and quotes, then takers come.

use std::time::Duration;

use quorate_domain::{BookSide, MarketInput, Timestamp};

use super::conduct::{self, Conduct, one_sided_above};
use super::maker::{Maker, Quotes, fresh_levels, requote};
use super::path::Path;
use super::question::{Pace, SampleMarket};
use super::random::Stream;
use super::recorded_book::RecordedBook;
use super::spec::Calendar;
use super::takers::{self, Taking};

/// A new grid is empty for this long.
const SNAPSHOT_FOLLOWS_TICK: Duration = Duration::from_millis(1);

/// Trades one market. Returns its feed in time order and the path of its midpoint (NaN while one-sided).
pub(super) fn trade(
    market: &SampleMarket,
    pace: Pace,
    calendar: Calendar,
    random: &mut Stream,
) -> (Vec<(Timestamp, MarketInput)>, Path) {
    let mut floor = Floor {
        market,
        pace,
        book: RecordedBook::new(market.id, market.tick),
        maker: Maker::new(random),
    };
    let mut at = market.opens_at;
    // A step that would outlast the market is not begun.
    loop {
        let conduct = conduct_at(pace, calendar, at);
        if at.plus(conduct.step) > market.closes_at {
            break;
        }
        floor.quote(at, conduct, random);
        floor.take(at, conduct, random);
        at = at.plus(conduct.step);
    }
    floor.book.close(market.closes_at);
    floor.book.into_record()
}

fn conduct_at(pace: Pace, calendar: Calendar, at: Timestamp) -> &'static Conduct {
    match pace {
        Pace::Window => &conduct::WINDOW,
        Pace::Campaign if at < calendar.night_at() => &conduct::CAMPAIGN,
        Pace::Campaign => &conduct::NIGHT,
    }
}

/// A market with its book and its maker.
struct Floor<'a> {
    market: &'a SampleMarket,
    pace: Pace,
    book: RecordedBook,
    maker: Maker,
}

impl Floor<'_> {
    /// The maker's turn, within the first tenth of a step; at the opening, at once.
    fn quote(&mut self, from: Timestamp, conduct: &Conduct, random: &mut Stream) {
        let opening = from == self.market.opens_at;
        let at = if opening {
            from
        } else {
            within(from, conduct, (0.0, 0.1), random)
        };
        let known = self.market.truth.value_at(at.minus(conduct.lag));
        self.maker.look(known, conduct, random);
        let finer = match self.pace {
            Pace::Campaign => self.maker.finer_tick(self.book.book().tick()),
            Pace::Window => None,
        };
        if let Some(tick) = finer {
            self.book.change_tick(at, tick);
        }
        let quotes = self.wanted(at, conduct);
        if opening || finer.is_some() {
            let bids = fresh_levels(&quotes.bids, conduct, random);
            let asks = fresh_levels(&quotes.asks, conduct, random);
            let shown_at = if finer.is_some() {
                at.plus(SNAPSHOT_FOLLOWS_TICK)
            } else {
                at
            };
            self.book.snapshot(shown_at, bids, asks);
        } else {
            let changes = requote(self.book.book(), &quotes, conduct, random);
            self.book.change(at, &changes);
        }
    }

    /// The maker's quotes; near the end of a window nobody offers what is about to win.
    fn wanted(&self, at: Timestamp, conduct: &Conduct) -> Quotes {
        let mut quotes = self.maker.quotes(self.book.book().tick(), conduct);
        let seconds_left = self.market.closes_at.since(at).as_secs_f64();
        let bar = match self.pace {
            Pace::Window => one_sided_above(seconds_left),
            Pace::Campaign => None,
        };
        let belief = self.maker.belief();
        if bar.is_some_and(|bar| belief.max(1.0 - belief) > bar) {
            match if belief >= 0.5 {
                BookSide::Ask
            } else {
                BookSide::Bid
            } {
                BookSide::Ask => quotes.asks.clear(),
                BookSide::Bid => quotes.bids.clear(),
            }
        }
        quotes
    }

    /// The takers' turn: the informed around the middle of a step, noise towards its end.
    fn take(&mut self, from: Timestamp, conduct: &Conduct, random: &mut Stream) {
        if random.happens(conduct.informed_chance) {
            let at = within(from, conduct, (0.3, 0.6), random);
            let truth = self.market.truth.value_at(at);
            let book = self.book.book();
            if let Some(taking) = takers::informed(book, truth, self.market.fee, conduct, random) {
                self.execute(at, &taking, conduct);
            }
        }
        if random.happens(conduct.noise_chance) {
            let at = within(from, conduct, (0.65, 0.95), random);
            if let Some(taking) = takers::noise(self.book.book(), conduct, random) {
                self.execute(at, &taking, conduct);
            }
        }
    }

    fn execute(&mut self, at: Timestamp, taking: &Taking, conduct: &Conduct) {
        let taken = self.book.take(at, taking.side, taking.limit, taking.shares);
        self.maker.learn(taking.side, taken, conduct);
    }
}

/// A moment, in whole milliseconds, within a part of the step.
fn within(from: Timestamp, conduct: &Conduct, part: (f64, f64), random: &mut Stream) -> Timestamp {
    let share = part.0 + (part.1 - part.0) * random.uniform();
    let millis = conduct.step.as_secs_f64() * share * 1_000.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a step has far fewer than 2^64 milliseconds"
    )]
    from.plus(Duration::from_millis(millis as u64))
}

#[cfg(test)]
mod tests {
    use super::trade;
    use crate::sample::path::Path;
    use crate::sample::question::SampleMarket;
    use crate::sample::random::Stream;
    use crate::sample::{WorldSpec, draw_truth};

    #[test]
    fn the_feed_does_not_know_the_future() {
        let spec = WorldSpec::brief(11);
        let truth = draw_truth(&spec);
        for question in &truth.questions {
            let market = &truth.markets[question.markets[0].0 as usize];
            let cut = market
                .opens_at
                .plus(market.closes_at.since(market.opens_at) / 2);
            let mut points = Path::default();
            for (at, value) in market.truth.points() {
                points.push(*at, if *at > cut { 1.0 - value } else { *value });
            }
            let other = SampleMarket {
                truth: points,
                ..market.clone()
            };
            let feed = |market: &SampleMarket| {
                let mut random = Stream::of_part(1, "future", 0);
                let (feed, _) = trade(market, question.pace, spec.calendar(), &mut random);
                feed.into_iter()
                    .filter(|(at, _)| *at <= cut)
                    .collect::<Vec<_>>()
            };
            assert_eq!(feed(market), feed(&other), "{}", market.name);
        }
    }
}
