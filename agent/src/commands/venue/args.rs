//! The command line of the local venue: every word, flag and help text. Nothing here does anything.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use quorate_local_venue::{Faults, PRODUCED};

#[derive(Debug, Args)]
pub(crate) struct VenueArgs {
    /// Folder of a tape to play [default: the sample world]
    #[arg(long, value_name = "DIR")]
    pub(crate) tape: Option<PathBuf>,
    /// How much of the sample world
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "full",
        conflicts_with = "tape"
    )]
    pub(crate) world: WorldWord,
    /// Seed of the sample world, of ids and of faults
    #[arg(long, value_name = "N", default_value_t = 18)]
    pub(crate) seed: u64,
    /// What goes wrong: all, none, or numbers of faults by comma
    #[arg(long, value_name = "LIST", default_value = "none", value_parser = fault_list)]
    pub(crate) faults: FaultList,
    /// How often each of them strikes, in parts per million of its occasions
    #[arg(long, value_name = "PPM", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) fault_rate: u32,
    /// Seconds of the recorded world in one second; the venue's own clock is always the real one
    #[arg(long, value_name = "X", default_value_t = 3_600.0, value_parser = times)]
    pub(crate) speed: f64,
    /// Where to listen; on this machine only
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4100")]
    pub(crate) listen: SocketAddr,
    /// Folder for the ready-made account and its instance
    #[arg(long, value_name = "DIR", default_value = "out/venue")]
    pub(crate) out: PathBuf,
    /// Collateral of the account, whole dollars
    #[arg(long, value_name = "DOLLARS", default_value_t = 10_000)]
    pub(crate) cash: u32,
    /// End after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) max_runtime: Option<u64>,
}

/// How much of the sample world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WorldWord {
    /// Sixty days
    Full,
    /// Ten days
    Brief,
}

/// Which faults are on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FaultList {
    /// Every one that the venue knows.
    All,
    /// These.
    These(Vec<u8>),
}

impl FaultList {
    /// The faults at a rate.
    pub(super) fn faults(&self, seed: u64, rate_ppm: u32) -> Faults {
        match self {
            Self::All => Faults::all(seed, rate_ppm),
            Self::These(ids) => {
                let mut none = Faults::none();
                none.seed = seed;
                ids.iter()
                    .fold(none, |faults, id| faults.with(*id, rate_ppm))
            }
        }
    }
}

fn fault_list(text: &str) -> Result<FaultList, String> {
    match text {
        "all" => return Ok(FaultList::All),
        "none" => return Ok(FaultList::These(Vec::new())),
        _ => {}
    }
    let one = |word: &str| {
        let id = word.trim().parse().ok().filter(|id| PRODUCED.contains(id));
        id.ok_or_else(|| {
            let known: Vec<String> = PRODUCED.iter().map(u8::to_string).collect();
            format!(
                "{word:?} is no fault of this venue; it knows all, none and {}",
                known.join(", ")
            )
        })
    };
    text.split(',')
        .map(one)
        .collect::<Result<_, _>>()
        .map(FaultList::These)
}

fn times(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(times) if times.is_finite() && (0.001..=1e6).contains(&times) => Ok(times),
        _ => Err("expected a number from 0.001 to 1000000".to_owned()),
    }
}
