//! Where a life can be cut, and what a disk may lose then.

use quorate_agent::journal::{Loss, SimDisk};
use quorate_agent::runtime::machine::Durability;

use super::day::Day;
use super::end::End;
use super::life::{Outside, live, live_out, shared};

/// What a disk may lose, with the unit of a tear and the seed of where.
pub(crate) fn losses(seed: u64) -> [(&'static str, Loss); 5] {
    [
        ("nothing lost", Loss::Nothing),
        ("everything unsynced lost", Loss::Everything),
        ("torn at a sector", Loss::Torn { unit: 512, seed }),
        ("torn at a page", Loss::Torn { unit: 4096, seed }),
        ("pages lost", Loss::Pages { unit: 4096, seed }),
    ]
}

/// A day without any fault: how it ends, and how many boundaries its disk passed.
pub(crate) fn uninterrupted(day: &Day, durability: Durability) -> (End, u64) {
    let disk = SimDisk::new();
    let (end, _) = live_out(day, &shared(&disk), durability, &mut Outside::default());
    (end, disk.boundaries())
}

/// Cuts the first life before boundary `cut`; gives the disk after the crash, not yet restarted.
pub(crate) fn cut_at(day: &Day, durability: Durability, cut: u64) -> (SimDisk, Outside) {
    let disk = SimDisk::new();
    let mut outside = Outside::default();
    disk.crash_at(cut);
    let ended = live(day, &shared(&disk), durability, &mut outside);
    assert!(
        ended.is_err() && disk.has_crashed(),
        "boundary {cut} was not reached"
    );
    (disk, outside)
}

/// After a restart: everything answered is there, everything sent is there, and the day ends as if nothing had been.
pub(crate) fn goes_on(
    day: &Day,
    durability: Durability,
    disk: &SimDisk,
    outside: &mut Outside,
    expected: &End,
    what: &str,
) {
    let sent = outside.sent.clone();
    let answered = outside.answered;
    let (end, told) = live_out(day, &shared(disk), durability, outside);
    for (_, input) in &day.pushes[..answered] {
        assert!(
            told.pushes.contains(input),
            "{what}: {input:?} was answered and is lost"
        );
    }
    if durability == Durability::BeforeCommands {
        for order in &sent {
            assert!(
                told.places.contains(order),
                "{what}: {order} was sent and is not in the journal"
            );
        }
    }
    same(&end, expected, what);
}

/// Compares part by part, so that a difference says where it is.
pub(crate) fn same(end: &End, expected: &End, what: &str) {
    assert_eq!(end.fed, expected.fed, "{what}: feed");
    assert_eq!(end.fills, expected.fills, "{what}: executions");
    assert_eq!(end.positions, expected.positions, "{what}: positions");
    assert_eq!(end.cash, expected.cash, "{what}: cash");
    assert_eq!(end.totals, expected.totals, "{what}: totals");
    assert_eq!(end.open, expected.open, "{what}: open orders");
    assert_eq!(end.learned, expected.learned, "{what}: what was learned");
    assert_eq!(end.halted, expected.halted, "{what}: halt");
    assert_eq!(
        end.at_venue, expected.at_venue,
        "{what}: orders at the venue"
    );
    assert_eq!(
        end.venue_cash, expected.venue_cash,
        "{what}: cash at the venue"
    );
    // What was offered again although it had been written down is in the journal twice, and later entries have later
    // numbers. Everything else is the same to the last bit.
    if end.pushes == expected.pushes {
        assert!(end.exact == expected.exact, "{what}: engine and exchange");
    }
}
