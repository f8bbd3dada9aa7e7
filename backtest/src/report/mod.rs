//! Reports of a run: the model ([`RunReport`]), helpers that fill it, and its renderings as text, JSON and HTML.
//!
//! [`terminal::to_text`], [`json::to_json`] and [`html::to_html`] read the model and nothing else, so a report written
//! as JSON can be rendered again later.

pub mod account;
pub mod collective;
pub mod columns;
pub mod definitions;
pub mod forecasts;
pub mod format;
pub mod html;
pub mod json;
pub mod model;
pub mod reading;
pub mod tally;
pub mod terminal;

pub use model::RunReport;
