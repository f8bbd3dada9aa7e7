//! The note that lies in a sample folder, for a person who finds it there.

use std::fmt::Write;

use quorate_domain::Payout;

use super::World;
use super::spec::WorldSize;
use super::workers::WORKERS;

/// Says what the data are, what they are good for, and who the workers are.
pub(super) fn text(world: &World) -> String {
    let mut text = String::new();
    let size = match world.spec.size {
        WorldSize::Full => "full",
        WorldSize::Brief => "brief",
    };
    let void = world
        .truth
        .markets
        .iter()
        .filter(|market| market.payout == Payout::HALF);
    let void: Vec<&str> = void.map(|market| market.name.as_str()).collect();
    let void = if void.is_empty() {
        "none".into()
    } else {
        void.join(" ")
    };
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "SYNTHETIC DATA\n\n\
         Everything in this folder was made by a program from a seed: the country, the elections, the coin, the order\n\
         books, the trades, the workers and the outcomes. None of it ever happened. It proves that the machinery works\n\
         (the plumbing), not that anything is profitable.\n\n\
         seed {seed}, size {size}. The same seed and size make the same bytes on every machine.\n\n\
         What is in it\n\
         - president-*: four exclusive candidates of one office; somebody not listed may win as well.\n\
         - governor-*: four races that share a national mood (correlated set, loading 0.8). A court may declare one\n\
         \x20 of them void in the middle of the campaign; it then pays 0.5 to both sides. Void in this world: {void}.\n\
         - coin-5m-*: five-minute windows on a simulated price with changing volatility. Up when the last price is at\n\
         \x20 or above the first; a tie is up. Towards the end nobody offers the side that is about to win.\n\
         - The price step of an election market becomes 0.001 when its price passes 0.04 or 0.96 (ticks.csv).\n\n\
         What is true of it\n\
         - Outcomes are drawn from the process whose probabilities are the true values; those are martingales.\n\
         - The market maker sees the truth late and with an error; informed traders correct it where that pays after\n\
         \x20 the fee; noise traders trade at random. The price is a decent forecast, but one that can be beaten.\n\
         - An inference uses only what was known at its time of publication, less the worker's delay.\n\n\
         Workers\n",
        seed = world.spec.seed,
    );
    for worker in WORKERS {
        let _ = writeln!(text, "- {}: {}.", worker.name, worker.about);
    }
    text
}
