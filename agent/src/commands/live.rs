//! `quorate live`: real money. It needs the word of the settings and the word of a person, and a venue to trade at.

use super::operate::folder;
use super::settings_of::load_settings;
use crate::args::LiveArgs;
use crate::failure::{EXIT_CONFIG, EXIT_REFUSED, Failure};
use crate::settings::Mode;

pub(super) fn run(args: &LiveArgs) -> Result<(), Failure> {
    let folder = folder(&args.instance);
    let (settings, _) = load_settings(&args.settings, &folder)?;
    if settings.mode() != Mode::Live {
        return Err(Failure::state_hint(
            "not-live",
            EXIT_CONFIG,
            "the settings say mode = \"paper\"",
            "real money needs mode = \"live\" in quorate.toml and --confirm-live on the command line",
        ));
    }
    settings
        .risk_limits()
        .within_ceiling()
        .map_err(|error| Failure::state("ceiling", EXIT_CONFIG, error.to_string()))?;
    if args.confirm_live.is_none() {
        return Err(Failure::state_hint(
            "not-confirmed",
            EXIT_REFUSED,
            "nobody confirmed that real money is to be risked",
            "add --confirm-live with the last characters of the account",
        ));
    }
    Err(Failure::state_hint(
        "no-venue",
        EXIT_REFUSED,
        "this version has no connector to a real venue, so it cannot trade real money",
        "`quorate paper` runs the same instance on simulated money",
    ))
}
