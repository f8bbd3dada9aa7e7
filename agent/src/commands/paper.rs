//! `quorate paper`: the whole machine on simulated money; with no arguments, on a world it makes itself.

use std::fs;
use std::path::{Path, PathBuf};

use quorate_backtest::report::model::RunMode;

use super::sample::{run_text, tape_folder, write_world};
use super::{seed_words, shell_word};
use crate::args::PaperArgs;
use crate::browser::{Opened, open_for_person};
use crate::console::Console;
use crate::failure::Failure;
use crate::out_folder::check_writable;
use crate::results::{Page, ReportFiles, deliver};
use crate::trading_run::TradingRun;

pub(super) fn run(args: &PaperArgs, console: &Console) -> Result<(), Failure> {
    let files = match &args.run_file {
        Some(run_file) => on_tape(run_file, args, console)?,
        None => on_sample_world(args, console)?,
    };
    let Some(page) = &files.html else {
        return Ok(());
    };
    let opened = if args.open_nothing {
        Opened::No
    } else {
        open_for_person(page)
    };
    if opened == Opened::No {
        console.note(&format!("open {} in a browser", page.display()));
    }
    Ok(())
}

fn on_tape(run_file: &Path, args: &PaperArgs, console: &Console) -> Result<ReportFiles, Failure> {
    let asked = TradingRun {
        run_file,
        seed: args.seed,
        threads: None,
        out: args.out.clone(),
        mode: RunMode::Paper,
        reproduce: format!(
            "quorate paper {}{}",
            shell_word(run_file),
            seed_words(args.seed)
        ),
    };
    let result = asked.result(console)?;
    let files = deliver(&result.report, &result.folder, Page::Written, console)?;
    console.next(&format!("quorate report {}", shell_word(&files.json)));
    Ok(files)
}

fn on_sample_world(args: &PaperArgs, console: &Console) -> Result<ReportFiles, Failure> {
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("out/paper"));
    protect_what_is_not_ours(&folder)?;
    check_writable(&folder)?;
    let run_file = write_world(&folder, args.seed, console)?;
    let asked = TradingRun {
        run_file: &run_file,
        // The run file has it already.
        seed: None,
        threads: None,
        out: Some(folder),
        mode: RunMode::Paper,
        reproduce: format!("quorate paper{}", seed_words(args.seed)),
    };
    let result = asked.result(console)?;
    let files = deliver(&result.report, &result.folder, Page::Written, console)?;
    console.next(&format!(
        "change {0}, then quorate backtest {0}",
        shell_word(&run_file)
    ));
    Ok(files)
}

/// An earlier sample world may be replaced; a tape of other origin or a run file that somebody edited may not.
fn protect_what_is_not_ours(folder: &Path) -> Result<(), Failure> {
    let tape = tape_folder(folder);
    let has_entries = fs::read_dir(&tape).is_ok_and(|mut entries| entries.next().is_some());
    let is_sample = fs::read_to_string(tape.join("README.txt"))
        .is_ok_and(|text| text.starts_with("SYNTHETIC DATA"));
    if has_entries && !is_sample {
        let hint = "give another folder with --out";
        return Err(Failure::refuses_folder(
            &tape,
            "there is a tape that is no sample world",
            hint,
        ));
    }
    let run_file = folder.join("run.toml");
    match fs::read_to_string(&run_file) {
        Ok(text) if !is_template(&text) => {
            let hint = format!(
                "run it with `quorate backtest {}`, or give another folder with --out",
                shell_word(&run_file)
            );
            Err(Failure::refuses_folder(
                &run_file,
                "the run file was edited and would be replaced",
                hint,
            ))
        }
        _ => Ok(()),
    }
}

/// Whether a run file is the one this program writes, for whatever seed.
fn is_template(text: &str) -> bool {
    let seed = text.lines().find_map(|line| line.strip_prefix("seed = "));
    seed.and_then(|seed| seed.parse().ok())
        .is_some_and(|seed| run_text(seed) == text)
}
