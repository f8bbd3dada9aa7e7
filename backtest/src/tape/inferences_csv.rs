//! `inferences.csv`: what the workers said, and when it could first be known. A row speaks of a market's question or of
//! a topic's price.

use quorate_domain::{
    EpochId, Inference, Input, LabelId, LinkSense, MarketId, Timestamp, TopicId, Worker, WorkerId,
};

use super::known::{Known, LinkKey, link_key};
use super::rows::RowOrder;
use super::topics_csv::priced;
use super::{Tape, TapeRecord};
use crate::input::{Column, CsvTable, Diagnostics, Row};

pub(super) fn read(
    mut table: CsvTable,
    tape: &mut Tape,
    known: &Known,
    records: &mut Vec<TapeRecord>,
) -> Result<(), Diagnostics> {
    let [at, worker, market, value] =
        ["published_at", "worker", "market", "value"].map(|name| table.required_column(name));
    let asof = table.optional_column("asof");
    let topic = table.optional_column("topic");
    let mut order = RowOrder::new();
    while let Some(row) = table.next_row() {
        let time = order.time(row, at);
        let name = row.text(worker).required();
        let about = if row.raw(topic).is_some() {
            about_price(row, (topic, market, value), tape, time)
        } else {
            about_market(row, (market, value), tape, known).map(|(key, value, id)| {
                let is_early =
                    time.is_none_or(|time| known.is_before_resolution(row, at, id, time));
                (key, value.filter(|_| is_early))
            })
        };
        let (Some(time), Some(name), Some((key, value))) = (time, name, about) else {
            continue;
        };
        check_asof(row, asof, time);
        let worker_id = worker_named(&mut tape.workers, name);
        let Some(value) = value else { continue };
        if order.is_new(row, worker, (worker_id, key)) {
            let inference = Inference {
                topic: TopicId(key.0),
                epoch: EpochId(key.1),
                label: key.2,
                worker: worker_id,
                value,
                published_at: time,
            };
            records.push(TapeRecord {
                at: time,
                input: Input::Inference(inference),
            });
        }
    }
    table.finish()
}

/// What a row says about a market's question, with the market.
fn about_market(
    row: Row<'_>,
    (market, value): (Column, Column),
    tape: &Tape,
    known: &Known,
) -> Option<(LinkKey, Option<f64>, MarketId)> {
    let id = known.market(row, market)?;
    let link = tape.markets[id.0 as usize].market.link?;
    if matches!(link.sense, LinkSense::Price(_)) {
        let message = "the market asks about a price: its topic is what workers speak about";
        let diagnostic = row.diagnostic(market, "contradiction", message);
        row.report(
            diagnostic.with_hint("leave market empty and name the topic in the column topic"),
        );
        return None;
    }
    Some((link_key(&link), row.probability(value).required(), id))
}

/// What a row says about a topic's price, in the round that opened last.
fn about_price(
    row: Row<'_>,
    (topic, market, value): (Column, Column, Column),
    tape: &Tape,
    time: Option<Timestamp>,
) -> Option<(LinkKey, Option<f64>)> {
    if row.raw(market).is_some() {
        let message = "a row speaks of a market or of a topic's price, not of both";
        row.report(row.diagnostic(market, "contradiction", message));
    }
    let found = priced(tape, row, topic)?;
    let Some(epoch) = found.objective.schedule.epoch_at(time?) else {
        let message = "published before the first round of the topic";
        row.report(row.diagnostic(topic, "contradiction", message));
        return None;
    };
    let said = row.number(value).required();
    Some(((found.id.0, epoch.0, LabelId(0)), said))
}

/// Nobody publishes a forecast before the data it is made from.
fn check_asof(row: Row<'_>, column: Column, published: Timestamp) {
    let asof = row.time(column).optional().map(Timestamp::from_nanos);
    if asof.is_some_and(|asof| asof > published) {
        let message = "asof is later than published_at";
        row.report(row.diagnostic(column, "contradiction", message));
    }
}

fn worker_named(workers: &mut Vec<Worker>, name: &str) -> WorkerId {
    if let Some(worker) = workers.iter().find(|worker| worker.name == name) {
        return worker.id;
    }
    let id = WorkerId(u32::try_from(workers.len()).unwrap_or(u32::MAX));
    workers.push(Worker {
        id,
        name: name.to_owned(),
    });
    id
}
