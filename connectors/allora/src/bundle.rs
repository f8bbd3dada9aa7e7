//! What the network says in one epoch of a topic: its combined value and everything the value was made of.

use crate::settings::EmissionsVersion;

/// One number per label, in the order of [`NetworkBundle::labels`]; `None` where the network has none.
pub type Row = Vec<Option<f64>>;

/// One row for each address, in the network's order. No address stands twice.
pub type Table = Vec<(String, Row)>;

/// Label of topics with a single value.
pub const SINGLE_LABEL: &str = "y";

/// Whether the network's outlier filter was applied to the inferences before they were combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flavour {
    /// All inferences.
    Plain,
    /// Without outliers; only for topics with a single value.
    OutlierResistant,
}

/// The network's inferences for one epoch of one topic. Values are in the topic's own unit (dollars, log-return, chance)
/// and rounded from up to 34 digits to the nearest `f64`.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkBundle {
    /// The network's own topic id. It differs between deployments: resolve it by name.
    pub topic: u64,
    /// Block height that names the epoch (the nonce). The values' own time is the time of that block.
    pub height: u64,
    /// Which of the two bundles of the epoch.
    pub flavour: Flavour,
    /// The shape it came in.
    pub shape: EmissionsVersion,
    /// Names of the labels, at least one; [`SINGLE_LABEL`] for single values.
    pub labels: Vec<String>,
    /// The combined value.
    pub combined: Row,
    /// The value without forecasters. An exact 0 is what the network gives before its first loss.
    pub naive: Row,
    /// What each inferer said; at least one.
    pub inferers: Table,
    /// What follows from each forecaster's expected losses: a mixture of the inferers.
    pub forecasters: Table,
    /// The combined value without this inferer.
    pub one_out_inferers: Table,
    /// The combined value without this forecaster.
    pub one_out_forecasters: Table,
    /// The value of all inferers and this forecaster only.
    pub one_in_forecasters: Table,
    /// Tables left empty because their rows could not be attributed to addresses.
    pub unattributed: Vec<&'static str>,
}

impl NetworkBundle {
    /// Column of a label.
    #[must_use]
    pub fn column(&self, label: &str) -> Option<usize> {
        self.labels.iter().position(|name| name == label)
    }

    /// The combined value of a topic with a single value; `None` for several labels.
    #[must_use]
    pub fn single(&self) -> Option<f64> {
        match self.combined.as_slice() {
            [value] => *value,
            _ => None,
        }
    }
}
