//! `quorate explain`: one decision from what the workers said to what was executed.

use std::fmt::Write as _;

use quorate_backtest::replay::Session;
use quorate_backtest::report::columns::plain;
use quorate_backtest::report::format::{date_time, fixed, money, price, shares, signed};
use quorate_backtest::report::tally::{limit_words, reason_of};
use quorate_domain::{Decision, MarketId, OrderId, Verdict};
use quorate_engine::ForecastRow;
use serde::Serialize;

use super::trades::{news_words, what};
use super::{answer, folder, past};
use crate::args::ExplainArgs;
use crate::console::Console;
use crate::failure::{EXIT_NOT_FOUND, EXIT_USAGE, Failure};
use crate::journal::Record;
use crate::runtime::batch::Batch;
use crate::runtime::recovery::{Retraced, Spectator};
use crate::runtime::view::{OrderNews, SeenFill, View};

/// What is to be explained.
#[derive(Clone, Copy, Debug)]
enum Which {
    Order(OrderId),
    Decision(u64, MarketId),
}

/// Looks on until the decision has passed, and notes what was known then.
struct Search {
    which: Which,
    view: View,
    found: Option<(Decision, Option<ForecastRow>)>,
}

impl Spectator for Search {
    fn record(&mut self, record: &Record) {
        self.view.record(record);
    }

    fn batch<V: Retraced>(&mut self, session: &Session<V>, batch: &Batch) {
        self.view.batch(session, batch);
        if self.found.is_some() {
            return;
        }
        let decisions = batch.handled.iter().flat_map(|one| &one.decisions);
        for decision in decisions {
            let is_it = match self.which {
                Which::Order(order) => {
                    matches!(decision.verdict, Verdict::Trade { order: other, .. } if other == order)
                }
                Which::Decision(seq, market) => (decision.seq, decision.market) == (seq, market),
            };
            if is_it {
                let known = session.engine().forecast(decision.market, decision.at);
                self.found = Some((decision.clone(), known));
                return;
            }
        }
    }
}

#[derive(Debug, Serialize)]
struct Explanation<'a> {
    market: String,
    question: String,
    decision: &'a Decision,
    reason: String,
    workers: Vec<WorkerSaid>,
    mean: Option<f64>,
    collective: Option<f64>,
    blend: Option<f64>,
    order: Option<&'a OrderNews>,
    fills: Vec<&'a SeenFill>,
}

#[derive(Debug, Serialize)]
struct WorkerSaid {
    worker: String,
    value: f64,
    weight: Option<f64>,
}

pub(super) fn run(args: &ExplainArgs, console: &Console) -> Result<(), Failure> {
    let which = which(&args.id)?;
    let mut search = Search {
        which,
        view: View::default(),
        found: None,
    };
    past(&folder(&args.instance), &mut search)?;
    let view = &search.view;
    let Some((decision, known)) = &search.found else {
        let message = format!("there is no decision {}", plain(&args.id, 60));
        let hint = "`quorate decisions` lists them, `quorate orders --all` the orders";
        return Err(Failure::state_hint(
            "no-decision",
            EXIT_NOT_FOUND,
            message,
            hint,
        ));
    };
    let explanation = explanation(view, decision, known.as_ref());
    answer(console, &explanation, || text(&explanation))
}

/// `1234.0` is an order, `1234/5` a decision: entry and number of the market.
fn which(id: &str) -> Result<Which, Failure> {
    let order = || {
        let (seq, index) = id.split_once('.')?;
        Some(Which::Order(OrderId {
            seq: seq.parse().ok()?,
            index: index.parse().ok()?,
        }))
    };
    let decision = || {
        let (seq, market) = id.split_once('/')?;
        Some(Which::Decision(
            seq.parse().ok()?,
            MarketId(market.parse().ok()?),
        ))
    };
    order().or_else(decision).ok_or_else(|| {
        let message = format!("{:?} names neither an order nor a decision", plain(id, 60));
        let hint = "an order is named like 1234.0, a decision like 1234/5";
        Failure::state_hint("usage", EXIT_USAGE, message, hint)
    })
}

fn explanation<'a>(
    view: &'a View,
    decision: &'a Decision,
    known: Option<&ForecastRow>,
) -> Explanation<'a> {
    let order = match decision.verdict {
        Verdict::Trade { order, .. } => view.orders.get(&order),
        Verdict::NoTrade(_) => None,
    };
    let listed = view.names.listed(decision.market);
    let workers = known.map_or(&[][..], |row| row.workers.as_slice());
    let weight = |worker| {
        let weights = known.map_or(&[][..], |row| row.weights.as_slice());
        weights
            .iter()
            .find(|(other, _)| *other == worker)
            .map(|(_, weight)| *weight)
    };
    Explanation {
        market: view.names.market(decision.market),
        question: listed
            .map(|market| market.question.clone())
            .unwrap_or_default(),
        decision,
        reason: reason_of(&decision.verdict),
        workers: workers
            .iter()
            .map(|(worker, value)| WorkerSaid {
                worker: view.names.worker(*worker),
                value: *value,
                weight: weight(*worker),
            })
            .collect(),
        mean: known.and_then(|row| row.mean),
        collective: known.and_then(|row| row.collective),
        blend: known.and_then(|row| row.blend),
        order: order.map(|seen| &seen.last),
        fills: order
            .map(|seen| view.fills_of(seen.placed.id).collect())
            .unwrap_or_default(),
    }
}

fn text(explained: &Explanation<'_>) -> String {
    let decision = explained.decision;
    let numbers = &decision.numbers;
    let mut out = String::new();
    let number = |value: Option<f64>| value.map_or_else(|| "-".into(), |v| fixed(v, 4));
    let dollars = |value: Option<f64>| value.map_or_else(|| "-".into(), |v| signed(v, 4));
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{} ({}/{})",
        plain(&explained.market, 80),
        decision.seq,
        decision.market
    );
    if !explained.question.is_empty() {
        let _ = writeln!(out, "{}", plain(&explained.question, 96));
    }
    let _ = writeln!(
        out,
        "{} UTC\n\nwhat the workers said",
        date_time(decision.at)
    );
    for one in &explained.workers {
        let weight = one
            .weight
            .map_or_else(|| "-".into(), |w| format!("{:.1} %", w * 100.0));
        let _ = writeln!(
            out,
            "  {:<28} {}   weight {weight}",
            plain(&one.worker, 28),
            fixed(one.value, 4)
        );
    }
    if explained.workers.is_empty() {
        let _ = writeln!(out, "  nothing that counts");
    }
    let rows = [
        ("plain mean", number(explained.mean)),
        (
            "collective",
            number(numbers.collective.or(explained.collective)),
        ),
        ("market midpoint", number(numbers.market_mid)),
        ("fair value traded on", number(numbers.fair)),
        ("best price after costs", number(numbers.cost)),
        ("edge per share", dollars(numbers.edge)),
        ("reservation price", number(numbers.reservation)),
        ("gain, certainty equivalent", dollars(numbers.gain)),
        (
            "shares the optimum asked for",
            numbers
                .shares_wanted
                .map_or_else(|| "-".into(), |s| fixed(s, 2)),
        ),
    ];
    let _ = writeln!(out);
    for (what, value) in rows {
        let _ = writeln!(out, "{what:<30} {value}");
    }
    let _ = writeln!(out, "\nresult: {}", explained.reason);
    if let Verdict::Trade {
        order,
        outcome,
        side,
        limit,
        shares: wanted,
        bound_by,
    } = decision.verdict
    {
        let bound = bound_by.map_or_else(String::new, |limit| {
            format!(", cut by {}", limit_words(limit))
        });
        let _ = writeln!(
            out,
            "order {order}: {} {} shares at {} or better{bound}",
            what(side, outcome),
            shares(wanted),
            price(limit)
        );
        if let Some(news) = explained.order {
            let _ = writeln!(out, "last heard: {}", news_words(news));
        }
        for seen in &explained.fills {
            let _ = writeln!(
                out,
                "  executed {} at {}, fee {}, {}",
                shares(seen.fill.shares),
                price(seen.fill.price),
                money(seen.fill.fee),
                format!("{:?}", seen.status).to_lowercase()
            );
        }
    }
    out
}
