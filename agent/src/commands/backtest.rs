//! `quorate backtest`: a tape through the decision core in virtual time.

use quorate_backtest::report::model::RunMode;

use super::{seed_words, shell_word};
use crate::args::BacktestArgs;
use crate::console::Console;
use crate::failure::Failure;
use crate::results::{Page, deliver};
use crate::trading_run::TradingRun;

pub(super) fn run(args: &BacktestArgs, console: &Console) -> Result<(), Failure> {
    let asked = TradingRun {
        run_file: &args.run_file,
        seed: args.seed,
        threads: args.threads,
        out: args.out.clone(),
        mode: RunMode::Backtest,
        reproduce: format!(
            "quorate backtest {}{}",
            shell_word(&args.run_file),
            seed_words(args.seed)
        ),
    };
    let result = asked.result(console)?;
    let page = if args.no_html {
        Page::LeftOut
    } else {
        Page::Written
    };
    let files = deliver(&result.report, &result.folder, page, console)?;
    console.next(&match files.html {
        Some(html) => format!("open {} in a browser", html.display()),
        None => format!(
            "quorate report {} --html page.html",
            shell_word(&files.json)
        ),
    });
    Ok(())
}
