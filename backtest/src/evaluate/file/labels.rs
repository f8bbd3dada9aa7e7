//! Clusters that an evaluation file names, checked once the table says which there are.

use std::collections::BTreeSet;

use crate::evaluate::rows::Sample;
use crate::input::{Diagnostic, Diagnostics, ExitClass, Position, Section, closest};

/// A cluster named in `exclude` or in a `[[subset]]`, and where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NamedCluster {
    name: String,
    place: Position,
}

/// Every cluster that the file names.
pub(super) fn named_clusters(root: &Section<'_>) -> Vec<NamedCluster> {
    let excluded = root.item_places("exclude");
    let subsets = root.sections("subset");
    let chosen = subsets.iter().map(|subset| subset.item_places("clusters"));
    let named = std::iter::once(excluded).chain(chosen).flatten().flatten();
    named
        .map(|(name, place)| NamedCluster { name, place })
        .collect()
}

/// Refuses names that no row of the table has: a slip would silently leave a cluster in, or a subset empty.
pub(super) fn check(
    file: &str,
    named: &[NamedCluster],
    sample: &Sample,
) -> Result<(), Diagnostics> {
    let known: BTreeSet<&str> = sample.clusters.iter().map(String::as_str).collect();
    let mut errors = Diagnostics::new();
    for cluster in named {
        if known.contains(cluster.name.as_str()) {
            continue;
        }
        let message = format!("no row of the table has the cluster `{}`", cluster.name);
        let error = Diagnostic::new(ExitClass::Config, "unknown-cluster", message).at(
            file,
            cluster.place.line,
            cluster.place.column,
        );
        errors.push(match closest(&cluster.name, known.iter().copied()) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error,
        });
    }
    errors.into_result(())
}
