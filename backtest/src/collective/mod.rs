//! The collective on resolved history: how schemes and workers would have done, what each worker contributed, and who
//! leads.
//!
//! [`CollectiveFile`] reads forecasts from CSV tables into a [`History`]; [`replay`] walks forward through it with every
//! scheme and gives a [`CollectiveReport`], which [`render_text`], [`to_json`] and [`render_html`] show. The definitions
//! are in `docs/collective.md`.

mod assemble;
mod cells;
mod compare;
mod contestants;
mod credit;
mod file;
mod history;
mod ingest;
mod layout;
mod league;
mod plan;
mod report;
mod rules;
mod score;
mod shapley;
mod standings;
mod walk;

pub use crate::report::collective::render_text;
pub use crate::report::html::collective::render_html;
pub use compare::{Blocks, Difference, difference};
pub use contestants::{Contestant, SCHEME_NAMES, contestants};
pub use credit::{Credit, CreditDepth};
pub use file::CollectiveFile;
pub use history::{ForecastRow, History, ReadCounts, WorkerInfo};
pub use league::{Entrant, EntrantKind};
pub use plan::CollectiveSettings;
pub use report::{CollectiveOptions, CollectiveReport, Method, SCHEMA, evaluate, replay, to_json};
pub use score::EntrantScore;
pub use shapley::{SHAPLEY_WORKERS_MAX, shapley_values};
pub use standings::{WorkerStanding, leaderboard_entries};
pub use walk::{Step, Walk, timeline, walk};
