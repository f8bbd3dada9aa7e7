//! Settings of an instance: one table of keys, read from files, environment and flags.
//!
//! An instance is a folder with a file `quorate.toml`. [`keys`] is the table; everything a person sees derives from it.
//! [`Settings::load`] reads all sources and reports every mistake at its place, all at once.
//!
//! ```
//! use std::path::Path;
//! use quorate_agent::settings::{Settings, Sources};
//!
//! let text = "config_version = 1\n[risk]\nmax_drawdown = \"8%\"\n";
//! let sources = Sources::new(".").text("quorate.toml", text, Path::new(".")).set(["data.seed=7".to_owned()]);
//! let (settings, provenance) = Settings::load(&sources).unwrap();
//! assert_eq!(settings.risk.max_drawdown.ppm(), 80_000);
//! assert_eq!(provenance.entry("risk.max_drawdown").unwrap().origin.to_string(), "quorate.toml:3:1");
//! ```

mod amount_value;
mod collect;
mod docs;
mod explain;
mod from_text;
pub mod key;
pub mod keys;
pub mod kind;
mod leak;
mod leaks_in_files;
mod list_value;
mod provenance;
mod reader;
mod report;
mod rules;
mod rules_schemes;
mod rules_topics;
mod rules_workers;
mod schema;
mod secret;
mod secret_files;
mod show;
mod source;
mod template;
mod text_value;
mod tighten;
mod to_engine;
mod value;
mod walk;
mod words;

use std::path::Path;

use quorate_backtest::input::{Diagnostic, Diagnostics, ExitClass};

use collect::{Collected, Group};
use keys::{
    Account, Collective, Data, ElectionKeys, EventLoop, Http, Journal, PriceDirectionKeys,
    QuoterKeys, Risk, Strategy, Top, Topic, Venue, Worker,
};
use reader::Reader;
use report::Report;

pub use amount_value::{Bytes, Cents, Percent, Ratio, Speed};
pub use docs::key_tables;
pub use explain::explain;
pub use list_value::{EnvValue, Environment, MarketRef, Parameter, Parameters};
pub use provenance::{Entry, Provenance};
pub use reader::IS_UNLOCKED;
pub use report::Origin;
pub(crate) use rules_topics::quantity;
pub use schema::schema;
pub use secret::{Secret, SecretRef, TokenRef};
pub use show::{Detail, show_json, show_text};
pub use source::{ENV_PREFIX, FILE_NAME, Sources};
pub use template::{template, write_template};
pub use text_value::{Condition, FilePath, Funder, HttpUrl, Loopback, Name};
pub use tighten::{Change, Reloaded, reload, tighten};
pub use value::SettingValue;
pub use words::{
    Chain, DataSource, Fills, Fsync, LossName, Mode, PriceFeed, Queue, Role, SchemeName,
    SignatureType, StrategyName, TopicKind, TradeOn, Truth, WorkerKind,
};

/// Everything an instance is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Version and mode.
    pub top: Top,
    /// The account.
    pub account: Account,
    /// Market data.
    pub data: Data,
    /// The simulated exchange.
    pub venue: Venue,
    /// The loop.
    pub event_loop: EventLoop,
    /// The default strategy.
    pub strategy: Strategy,
    /// Keys of the strategy `election`.
    pub election: ElectionKeys,
    /// Keys of the strategy `price_direction`.
    pub price_direction: PriceDirectionKeys,
    /// Keys of the strategy `quoter`.
    pub quoter: QuoterKeys,
    /// Limits.
    pub risk: Risk,
    /// How inferences are combined.
    pub collective: Collective,
    /// Topics in the order of the files.
    pub topics: Vec<Topic>,
    /// Workers in the order of the files.
    pub workers: Vec<Worker>,
    /// Addresses.
    pub http: Http,
    /// The journal.
    pub journal: Journal,
}

impl Settings {
    /// Reads all sources. Defaults come first, then files in their order, environment, and flags; later ones win.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of files and lines.
    pub fn load(sources: &Sources) -> Result<(Self, Provenance), Diagnostics> {
        let mut report = Report::new(sources);
        let collected = Collected::of(sources, &mut report);
        let mut entries = Vec::new();
        let settings = read(sources, &collected, &mut report, &mut entries);
        rules::check(&collected, &mut report);
        let errors = report.finish();
        match settings {
            Some(settings) if errors.is_empty() => {
                let warnings = secret_files::warnings(&settings);
                Ok((settings, Provenance { entries, warnings }))
            }
            None if errors.is_empty() => {
                let message = "settings were given up without a reason";
                Err(Diagnostic::new(ExitClass::Internal, "unexplained-refusal", message).into())
            }
            _ => Err(errors),
        }
    }

    /// Checks one settings file by itself; files of settings are those that name `config_version`.
    ///
    /// # Errors
    /// It cannot be read, or everything that is wrong with it.
    pub fn check_file(path: &Path) -> Result<(), Diagnostics> {
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let sources = Sources::new(folder).file(path)?;
        Self::load(&sources).map(|_| ())
    }

    /// Whose money is traded.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.top.mode
    }
}

fn read<'s>(
    sources: &'s Sources,
    collected: &Collected,
    report: &mut Report<'s>,
    entries: &mut Vec<Entry>,
) -> Option<Settings> {
    macro_rules! one {
        ($section:ty) => {
            collected
                .sections
                .get(<$section>::TABLE.path)
                .and_then(|group| {
                    <$section>::read(&mut Reader {
                        group,
                        sources,
                        report: &mut *report,
                        entries: &mut *entries,
                    })
                })
        };
    }
    macro_rules! many {
        ($section:ty) => {
            items(collected, <$section>::TABLE.path)
                .iter()
                .map(|group| {
                    <$section>::read(&mut Reader {
                        group,
                        sources,
                        report: &mut *report,
                        entries: &mut *entries,
                    })
                })
                .collect::<Vec<_>>()
        };
    }
    let top = one!(Top);
    let account = one!(Account);
    let data = one!(Data);
    let venue = one!(Venue);
    let event_loop = one!(EventLoop);
    let strategy = one!(Strategy);
    let election = one!(ElectionKeys);
    let price_direction = one!(PriceDirectionKeys);
    let quoter = one!(QuoterKeys);
    let risk = one!(Risk);
    let collective = one!(Collective);
    let topics = many!(Topic);
    let workers = many!(Worker);
    let http = one!(Http);
    let journal = one!(Journal);
    Some(Settings {
        top: top?,
        account: account?,
        data: data?,
        venue: venue?,
        event_loop: event_loop?,
        strategy: strategy?,
        election: election?,
        price_direction: price_direction?,
        quoter: quoter?,
        risk: risk?,
        collective: collective?,
        topics: topics.into_iter().collect::<Option<_>>()?,
        workers: workers.into_iter().collect::<Option<_>>()?,
        http: http?,
        journal: journal?,
    })
}

/// The items of a list section.
fn items<'c>(collected: &'c Collected, list: &str) -> &'c [Group] {
    collected
        .items
        .get(list)
        .map(Vec::as_slice)
        .unwrap_or_default()
}
