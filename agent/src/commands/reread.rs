//! The settings of a running instance, read again when a person asks for it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use quorate_domain::TopicId;

use super::instance_run::numbered;
use crate::runtime::host::Plan;
use crate::runtime::instance::Folder;
use crate::runtime::reload::{Proposal, Rereads};
use crate::runtime::setup::Setup;
use crate::settings::{Change, Provenance, Sources, reload};

/// Where the settings come from, and what is in force.
pub(super) struct Reread {
    sources: Sources,
    folder: Folder,
    topics: BTreeMap<String, TopicId>,
    setup: Setup,
    state: Mutex<State>,
}

struct State {
    in_force: Provenance,
    proposed: Option<Provenance>,
}

impl Reread {
    pub(super) fn new(sources: Sources, in_force: Provenance, plan: &Plan) -> Self {
        let topics = plan.feed.tape().topics.iter();
        Self {
            sources,
            folder: plan.folder.clone(),
            topics: topics.map(|topic| (topic.name.clone(), topic.id)).collect(),
            setup: plan.setup.clone(),
            state: Mutex::new(State {
                in_force,
                proposed: None,
            }),
        }
    }
}

impl Rereads for Reread {
    fn propose(&self) -> Result<Proposal, String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let reloaded =
            reload(&state.in_force, &self.sources).map_err(|errors| errors.to_string())?;
        let settings = &reloaded.settings;
        let strategies = numbered(&settings.strategies(), &self.topics, &self.folder)
            .map_err(|failure| failure.text())?;
        let setup = Setup {
            engine: settings.engine_config_for(&self.topics),
            strategies,
            ..self.setup.clone()
        };
        state.proposed = Some(reloaded.provenance);
        Ok(Proposal {
            setup,
            changes: reloaded.changes.iter().map(line).collect(),
        })
    }

    fn accepted(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(proposed) = state.proposed.take() {
            state.in_force = proposed;
        }
    }
}

fn line(change: &Change) -> String {
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".into());
    format!(
        "{}: {} -> {}",
        change.path,
        word(&change.from),
        word(&change.to)
    )
}
