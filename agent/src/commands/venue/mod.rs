//! `quorate venue`: a venue on this machine that speaks Polymarket's protocol, with a recorded world, money that is worth
//! nothing, and an account that is ready to trade. `quorate live` cannot tell it from the real one.

mod account;
pub(crate) mod args;
mod stage;

use std::fs::File;
use std::io::Write;
use std::time::Duration;

use quorate_backtest::sample::{WorldSpec, generate};
use quorate_backtest::tape::{LoadOptions, Tape, load};
use quorate_domain::{Cash, Timestamp};
use quorate_local_venue::{Clock, LocalVenue, Running, Timings, VenueOptions};
use serde_json::json;

use super::operate::answer;
use super::shell_word;
use crate::console::Console;
use crate::failure::{EXIT_NETWORK, Failure};
use crate::runtime::host::on_runtime;
use account::Rehearsal;
use args::{VenueArgs, WorldWord};
use stage::{Scene, Stage, Timeline};

/// Polygon, as for real.
const CHAIN_ID: u64 = 137;
const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;

pub(super) fn run(args: &VenueArgs, console: &Console) -> Result<(), Failure> {
    let rehearsal = Rehearsal::in_folder(&args.out)?;
    let tape = world(args, console)?;
    on_runtime(serve(args, &rehearsal, tape, console))
}

fn world(args: &VenueArgs, console: &Console) -> Result<Tape, Failure> {
    if let Some(folder) = &args.tape {
        return Ok(load(folder, &LoadOptions::default())?.tape);
    }
    console.note(&format!(
        "making the sample world of seed {} (synthetic data)",
        args.seed
    ));
    let spec = match args.world {
        WorldWord::Full => WorldSpec::full(args.seed),
        WorldWord::Brief => WorldSpec::brief(args.seed),
    };
    Ok(generate(&spec).tape())
}

async fn serve(
    args: &VenueArgs,
    rehearsal: &Rehearsal,
    tape: Tape,
    console: &Console,
) -> Result<(), Failure> {
    let running = LocalVenue::start(VenueOptions {
        listen: args.listen,
        seed: args.seed,
        chain_id: CHAIN_ID,
        faults: args.faults.faults(args.seed, args.fault_rate),
        accounts: rehearsal.accounts(Cash::whole(args.cash.into())),
        clock: Clock::Real,
        timings: Timings::default(),
    })
    .await
    .map_err(|error| Failure::state("venue", EXIT_NETWORK, error.to_string()))?;
    let recorded = tape.span().map_or_else(Timestamp::default, |span| span.0);
    let timeline = Timeline {
        recorded,
        real: running.now(),
        speed: args.speed,
    };
    let stage = Stage::of(tape, timeline);
    for listing in &stage.listings {
        running.list(listing.clone());
    }
    let mut forecasts = Forecasts::new(rehearsal)?;
    // Whoever looks at once finds books, not empty markets.
    let mut scenes = stage.scenes.iter().peekable();
    while scenes.peek().is_some_and(|(at, _)| *at <= running.now()) {
        if let Some(scene) = scenes.next() {
            play(scene, &running, &mut forecasts)?;
        }
    }
    greet(&running, rehearsal, &stage, console)?;
    let end = async {
        match args.max_runtime {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        signal = signalled() => Err(Failure::Signalled(signal)),
        () = end => Ok(()),
        played = async {
            for scene in scenes {
                tokio::time::sleep(scene.0.since(running.now())).await;
                play(scene, &running, &mut forecasts)?;
            }
            console.note("the world has come to its end; the venue stays");
            std::future::pending().await
        } => played,
    }
}

fn play(
    (at, scene): &(Timestamp, Scene),
    running: &Running,
    forecasts: &mut Forecasts,
) -> Result<(), Failure> {
    match scene {
        Scene::Venue(input) => running.observe(*at, input),
        Scene::Forecast {
            worker,
            topic,
            question,
            value,
        } => forecasts.append(*at, (topic, *question), worker, *value)?,
    }
    Ok(())
}

fn greet(
    running: &Running,
    rehearsal: &Rehearsal,
    stage: &Stage,
    console: &Console,
) -> Result<(), Failure> {
    let address = running.url.trim_start_matches("http://");
    let at = address
        .parse()
        .map_err(|_| Failure::internal(format!("{address} is no address")))?;
    let is_written = rehearsal.write_settings(at, stage)?;
    let wallet = rehearsal.wallet().to_checksum(None);
    let suffix = wallet[wallet.len() - 4..].to_lowercase();
    let folder = rehearsal.root();
    let lines = rehearsal.lines(at);
    let markets: Vec<&str> = stage
        .listings
        .iter()
        .map(|listing| listing.slug.as_str())
        .collect();
    let json = json!({
        "url": running.url, "owner": rehearsal.owner.to_checksum(None), "wallet": wallet, "suffix": suffix,
        "folder": folder, "settings_written": is_written, "settings": lines, "markets": markets,
    });
    answer(console, &json, || {
        format!(
            "{}\naccount {wallet} has play money; the lines below point any instance at it\n\n{lines}",
            running.url
        )
    })?;
    if stage.left_out > 0 {
        console.note(&format!(
            "{} markets are too short at this speed and are not listed; a lower --speed lists them",
            stage.left_out
        ));
    }
    if !is_written {
        console.note("the folder's quorate.toml is yours and was left as it is");
    }
    console.note("in another terminal:");
    console.next(&format!(
        "quorate live -C {} --confirm-live {suffix}",
        shell_word(folder)
    ));
    Ok(())
}

/// The world's workers, as a file that `csv` workers read.
struct Forecasts(File, std::path::PathBuf);

impl Forecasts {
    fn new(rehearsal: &Rehearsal) -> Result<Self, Failure> {
        let path = rehearsal.forecasts();
        let made = File::create(&path).and_then(|mut file| {
            file.write_all(b"timestamp,topic,event,worker,value\n")?;
            Ok(file)
        });
        made.map(|file| Self(file, path.clone()))
            .map_err(|error| Failure::cannot_write(&path, &error))
    }

    fn append(
        &mut self,
        at: Timestamp,
        (topic, question): (&str, usize),
        worker: &str,
        value: f64,
    ) -> Result<(), Failure> {
        let at = quorate_backtest::input::format_rfc3339(at.nanos());
        let written = writeln!(self.0, "{at},{topic},{question},{worker},{value}");
        written.map_err(|error| Failure::cannot_write(&self.1, &error))
    }
}

/// The first signal that asks for an end.
async fn signalled() -> i32 {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut term) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = term.recv() => return SIGTERM,
                interrupted = tokio::signal::ctrl_c() => if interrupted.is_ok() { return SIGINT },
            }
        }
    }
    // Without a handler the system ends the process by itself.
    std::future::pending().await
}
