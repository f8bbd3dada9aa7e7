//! A scripted day is cut at every boundary of its journal, whatever the disk loses then, and ends as if it had not been.

use std::sync::OnceLock;

use crate::common::cuts::{cut_at, goes_on, losses, uninterrupted};
use crate::common::day::{Day, scripted};
use crate::common::end::{End, verified};
use crate::common::life::{Outside, live, shared};
use quorate_agent::journal::SimDisk;
use quorate_agent::runtime::machine::Durability;

const SYNCED: Durability = Durability::BeforeCommands;

fn script() -> &'static (Day, End, u64) {
    static SCRIPT: OnceLock<(Day, End, u64)> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        let day = scripted();
        let (end, boundaries) = uninterrupted(&day, SYNCED);
        (day, end, boundaries)
    })
}

/// A script in which nothing happens proves nothing.
#[test]
fn the_script_has_everything_that_can_be_lost() {
    let (day, end, boundaries) = script();
    let disk = SimDisk::new();
    live(day, &shared(&disk), SYNCED, &mut Outside::default()).unwrap();
    let told = verified(&shared(&disk));
    println!(
        "{} pieces of news, {} orders, {} executions, {} settlements, {} withdrawals, {} redemptions, {} halts, {boundaries} boundaries",
        end.fed,
        told.places.len(),
        told.fills.len(),
        told.settled,
        told.cancels,
        told.redeemed,
        told.halts.len()
    );
    assert!(10 <= told.fills.len() && 5 <= told.cancels, "{told:?}");
    assert!(0 < told.redeemed && 10 <= told.settled && 2 <= told.halts.len());
    assert!(150 <= *boundaries);
}

fn every_boundary(which: usize) -> String {
    let (day, end, boundaries) = script();
    let mut name = "";
    for cut in 1..=*boundaries {
        let (disk, mut outside) = cut_at(day, SYNCED, cut);
        let loss = losses(cut)[which];
        name = loss.0;
        disk.restart(loss.1);
        goes_on(
            day,
            SYNCED,
            &disk,
            &mut outside,
            end,
            &format!("cut {cut}, {name}"),
        );
    }
    format!("{boundaries} cuts, {name}: every end is the uninterrupted one")
}

#[test]
fn a_cut_at_every_boundary_with_nothing_lost_changes_nothing() {
    println!("{}", every_boundary(0));
}

#[test]
fn a_cut_at_every_boundary_with_everything_unsynced_lost_changes_nothing() {
    println!("{}", every_boundary(1));
}

#[test]
fn a_cut_at_every_boundary_torn_at_a_sector_changes_nothing() {
    println!("{}", every_boundary(2));
}

#[test]
fn a_cut_at_every_boundary_torn_at_a_page_changes_nothing() {
    println!("{}", every_boundary(3));
}

#[test]
fn a_cut_at_every_boundary_with_pages_lost_changes_nothing() {
    println!("{}", every_boundary(4));
}
