//! Our signing and decoding beside those of Polymarket's own Rust client, in one run, in turns, on one thread.
//!
//! Run with `cargo run --release` in this folder. `QUORATE_DATA` names a folder with `polymarket_ws_raw_capture`, recorded
//! frames; without it only made-up frames are measured. On a busy machine the times are long; what holds are the ratios.

mod decoding;
mod frames;
mod race;
mod signing;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", race::HEADER);
    let mut races = signing::races()?;
    races.extend(decoding::races()?);
    let slow: Vec<_> = races.iter().filter(|race| !race.is_won()).collect();
    println!(
        "\n{} of {} at least {} times as fast",
        races.len() - slow.len(),
        races.len(),
        race::RATIO_WANTED
    );
    for race in slow {
        println!("not reached: {} ({:.2})", race.name, race.ratio);
    }
    Ok(())
}
