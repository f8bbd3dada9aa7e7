//! From a journal to a machine and a gateway that stand where it ends.

use std::path::Path;

use quorate_backtest::replay::Session;
use quorate_domain::Timestamp;

use super::courier::Courier;
use super::desk::Gateway;
use super::gate::SendGate;
use super::past::{AccountPast, Both, OrderPast};
use super::remote_venue::RemoteVenue;
use super::route::OrderRoute;
use super::timings::Timings;
use crate::journal::{Journal, Mode, Opened, Options, Record, SharedDisk, Unit};
use crate::runtime::machine::{Durability, Machine};
use crate::runtime::recovery::{Past, go_through};
use crate::runtime::setup::Setup;
use crate::runtime::start::{StartError, started};

/// Where the journal of an account is.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The disk.
    pub disk: &'a SharedDisk,
    /// The journal's folder.
    pub folder: &'a Path,
    /// The account, as the segment headers have it.
    pub name: &'a str,
}

/// Everything that an instance on a real venue goes on with.
#[derive(Debug)]
pub struct Opening<R> {
    /// The machine, as it stood.
    pub machine: Machine<RemoteVenue>,
    /// The gateway. Nothing leaves before [`Gateway::reconcile`] has succeeded.
    pub gateway: Gateway<R>,
    /// The courier, to be run as a task.
    pub courier: Courier<R>,
    /// What opening the journal found.
    pub opened: Opened,
    /// Batches of the past that were gone through again.
    pub batches: u64,
    /// What the past tells onlookers: names, terms of the venue's markets, executions, money paid in.
    pub known: AccountPast,
}

/// Opens the journal of an account and brings machine and gateway to where it ends. `at` is the time on the wall, `seed`
/// shakes pauses.
///
/// # Errors
/// See [`StartError`].
pub fn open<R: OrderRoute>(
    account: Account<'_>,
    setup: &Setup,
    route: R,
    (gate, timings): (SendGate, Timings),
    at: Timestamp,
    seed: u64,
) -> Result<Opening<R>, StartError> {
    let options = Options {
        unit: Unit::Step,
        ..Options::default()
    };
    let (disk, folder) = (account.disk, account.folder);
    let (mut journal, opened) = Journal::open_with(disk, folder, account.name, options)?;
    let mut past = OrderPast::default();
    let records = Journal::read(disk, folder)?.map(|read| read.map(|(_, record)| record));
    let mut known = AccountPast::default();
    let gone = go_through::<RemoteVenue>(records, &mut Both(&mut past, &mut known))?;
    let batches = gone.as_ref().map_or(0, |gone| gone.batches);
    let text = setup.to_text()?;
    if let Some(gone) = &gone
        && gone.setup.source != setup.source
    {
        return Err(StartError::OtherSource {
            expected: setup.source.clone(),
            found: gone.setup.source.clone(),
        });
    }
    let (session, fed) = stands(gone, setup, &text)?;
    // Only now: a start that was refused is none, and one in the journal binds every later one to its settings.
    let start = started((account.name, Mode::Live), &text, at);
    journal.append(&Record::Start(start))?;
    journal.commit()?;
    past.first_start.get_or_insert(at);
    let machine = Machine::new(session, journal, fed, Durability::BeforeCommands);
    let (mut gateway, courier) = Gateway::new(route, gate, timings, past, seed);
    account.name.clone_into(&mut gateway.account);
    gateway.take_up_past(machine.engine(), at);
    Ok(Opening {
        machine,
        gateway,
        courier,
        opened,
        batches,
        known,
    })
}

fn stands(
    gone: Option<Past<RemoteVenue>>,
    setup: &Setup,
    text: &str,
) -> Result<(Session<RemoteVenue>, u64), StartError> {
    let Some(mut past) = gone else {
        let engine = setup.engine().map_err(StartError::Scheme)?;
        return Ok((Session::new(engine, RemoteVenue::default()), 0));
    };
    if past.setup_text != text {
        past.session
            .reconfigure(setup.engine.clone(), setup.strategy())
            .map_err(StartError::Reconfigured)?;
    }
    Ok((past.session, past.fed))
}
