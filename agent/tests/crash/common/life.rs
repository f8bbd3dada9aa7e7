//! One life of a process: open, go on where the journal ends, and live until the end of the day or of the disk.

use std::path::Path;
use std::sync::Arc;

use quorate_agent::journal::{SharedDisk, SimDisk, Step};
use quorate_agent::runtime::batch::{Handled, leaves};
use quorate_agent::runtime::feed::Feed;
use quorate_agent::runtime::instance::Folder;
use quorate_agent::runtime::machine::{Durability, Machine, Observer};
use quorate_agent::runtime::start::{Keeping, StartError, bootstrap, open_keeping};
use quorate_domain::{OrderId, Timestamp};
use quorate_engine::Engine;
use quorate_venue::Exchange;

use super::day::Day;
use super::end::{End, Told, verified};

pub(crate) fn folder() -> Folder {
    Folder::new(Path::new("/instance"))
}

pub(crate) fn shared(disk: &SimDisk) -> SharedDisk {
    Arc::new(disk.clone())
}

/// The world outside: what it was told, and what it has been promised.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outside {
    /// Orders that have left the process.
    pub(crate) sent: Vec<OrderId>,
    /// How many of the day's pushes were answered.
    pub(crate) answered: usize,
    /// Batches gone through again at the last start.
    pub(crate) retraced: u64,
}

impl Observer for Outside {
    fn stepped(&mut self, _: &Engine, _: &Step, handled: &[Handled]) {
        for command in handled.iter().flat_map(|one| &one.commands) {
            if let quorate_domain::Command::Place(order) = command {
                assert!(leaves(command));
                self.sent.push(order.id);
            }
        }
    }
}

/// Lives until the end of the day, or until the disk fails.
pub(crate) fn live(
    day: &Day,
    disk: &SharedDisk,
    durability: Durability,
    outside: &mut Outside,
) -> Result<Machine<Exchange>, StartError> {
    let mut feed = day.feed.clone();
    let now = Timestamp::default();
    let keeping = Keeping {
        cadence: day.cadence,
        ..Keeping::usual(durability)
    };
    let opening = open_keeping(disk, &folder(), &day.setup, keeping, now)?;
    outside.retraced = opening.batches;
    let mut machine = opening.machine;
    bootstrap(
        &mut machine,
        &mut feed,
        day.setup.bankroll,
        opening.deposited,
        outside,
    )?;
    loop {
        while let Some((_, input)) = day
            .pushes
            .get(outside.answered)
            .filter(|(place, _)| *place <= machine.fed())
        {
            machine.observe(machine.standing_at(), input.clone(), outside)?;
            machine.commit()?;
            outside.answered += 1;
        }
        let Some((at, input)) = feed.take() else {
            break;
        };
        machine.feed(at, input, feed.position(), outside)?;
    }
    while let Some(due) = machine.venue_due() {
        machine.advance(due, outside)?;
    }
    machine.commit()?;
    Ok(machine)
}

/// Lives to the end on a disk that does not fail, and tells what came of it.
pub(crate) fn live_out(
    day: &Day,
    disk: &SharedDisk,
    durability: Durability,
    outside: &mut Outside,
) -> (End, Told) {
    let machine = live(day, disk, durability, outside).unwrap_or_else(|error| panic!("{error}"));
    let told = verified(disk);
    (End::of(&machine, &told), told)
}
