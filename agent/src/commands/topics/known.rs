//! What is known of an instance: its settings, its journal, or both.

use quorate_engine::{Engine, EngineConfig};

use super::super::collective_args::PlaceArgs;
use super::super::operate::{folder, past};
use super::super::settings_of::load_settings;
use super::survey::Survey;
use crate::failure::{EXIT_NOT_FOUND, Failure};
use crate::runtime::instance::Folder;
use crate::runtime::recovery::{Elsewhere, Past};
use crate::settings::{Provenance, Settings};

/// An instance's settings, if it has any.
pub(in crate::commands) struct Told {
    pub(in crate::commands) settings: Settings,
    pub(in crate::commands) provenance: Provenance,
}

/// An instance's journal, if it has one.
pub(in crate::commands) struct Lived {
    pub(in crate::commands) survey: Survey,
    past: Past<Elsewhere>,
}

impl Lived {
    pub(in crate::commands) const fn engine(&self) -> &Engine {
        self.past.session.engine()
    }

    pub(in crate::commands) const fn config(&self) -> &EngineConfig {
        &self.past.setup.engine
    }
}

/// Settings and journal of an instance.
pub(in crate::commands) struct Known {
    pub(in crate::commands) folder: Folder,
    pub(in crate::commands) told: Option<Told>,
    pub(in crate::commands) lived: Option<Lived>,
}

impl Known {
    /// Reads both, as far as they are there.
    ///
    /// # Errors
    /// What is there cannot be read, or nothing is.
    pub(in crate::commands) fn of(place: &PlaceArgs) -> Result<Self, Failure> {
        let folder = folder(&place.instance);
        let is_told = folder.settings().exists() || !place.settings.config.is_empty();
        let told = match is_told {
            true => {
                let (settings, provenance) = load_settings(&place.settings, &folder)?;
                Some(Told {
                    settings,
                    provenance,
                })
            }
            false => None,
        };
        let lived = match folder.has_journal() {
            true => {
                let mut survey = Survey::default();
                let past = past(&folder, &mut survey)?;
                Some(Lived { survey, past })
            }
            false => None,
        };
        if told.is_none() && lived.is_none() {
            return Err(nothing_here(&folder));
        }
        Ok(Self {
            folder,
            told,
            lived,
        })
    }
}

/// Neither settings nor a journal.
pub(in crate::commands) fn nothing_here(folder: &Folder) -> Failure {
    Failure::state_hint(
        "no-instance",
        EXIT_NOT_FOUND,
        format!("there is no instance in {}", folder.root().display()),
        "name an instance's folder with -C DIR, or make one with `quorate init DIR`",
    )
}

/// A journal, and no settings.
pub(in crate::commands) fn no_settings(folder: &Folder) -> Failure {
    Failure::state_hint(
        "no-settings",
        EXIT_NOT_FOUND,
        format!("there is no {}", folder.settings().display()),
        "make it with `quorate init DIR`, or name a file with -c FILE",
    )
}
