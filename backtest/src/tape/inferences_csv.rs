//! `inferences.csv`: what the workers said, and when it could first be known.

use quorate_domain::{Inference, Input, Timestamp, Worker, WorkerId};

use super::known::{Known, link_key};
use super::rows::RowOrder;
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
    let mut order = RowOrder::new();
    while let Some(row) = table.next_row() {
        let time = order.time(row, at);
        let name = row.text(worker).required();
        let id = known.market(row, market);
        let value = row.probability(value).required();
        let (Some(time), Some(name), Some(id)) = (time, name, id) else {
            continue;
        };
        check_asof(row, asof, time);
        let worker_id = worker_named(&mut tape.workers, name);
        let link = tape.markets[id.0 as usize].market.link;
        let (Some(value), Some(link)) = (value, link) else {
            continue;
        };
        if order.is_new(row, worker, (worker_id, link_key(&link)))
            && known.is_before_resolution(row, at, id, time)
        {
            let inference = Inference {
                topic: link.topic,
                epoch: link.epoch,
                label: link.label,
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
