//! Bundles as they are written by the chain: the two REST shapes and the two event shapes. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::{Flavour, NetworkBundle, Row, SINGLE_LABEL, Table};
use crate::error::WireError;
use crate::json::Field;
use crate::settings::EmissionsVersion;

/// Names under which the address of a row may stand.
const ADDRESS_KEYS: [&str; 4] = [
    "worker",
    "withheld_inferer",
    "withheld_forecaster",
    "forecaster",
];

/// A bundle in either REST shape, recognised by its combined value: a number in v9, a list of labelled values in v10.
/// `height_if_absent` serves where the bundle does not name its epoch itself.
pub(crate) fn bundle(
    at: &Field<'_>,
    flavour: Flavour,
    height_if_absent: Option<u64>,
) -> Result<NetworkBundle, WireError> {
    if !at.is_present() {
        return Err(at.bad("a bundle"));
    }
    let combined = at.get("combined_value");
    let (shape, labels) = if combined.is_list() {
        (EmissionsVersion::V10, label_names(&combined)?)
    } else {
        (EmissionsVersion::V9, vec![SINGLE_LABEL.to_owned()])
    };
    let columns = Columns::new(&combined, labels)?;
    let table = |name| columns.table(&at.get(name));
    let bundle = NetworkBundle {
        topic: at.get("topic_id").whole()?,
        height: height(at, height_if_absent)?,
        flavour,
        shape,
        combined: columns.row(&combined)?,
        naive: match at.get("naive_value") {
            naive if naive.is_present() => columns.row(&naive)?,
            _ => columns.empty(),
        },
        inferers: table("inferer_values")?,
        forecasters: table("forecaster_values")?,
        one_out_inferers: table("one_out_inferer_values")?,
        one_out_forecasters: table("one_out_forecaster_values")?,
        one_in_forecasters: table("one_in_forecaster_values")?,
        unattributed: Vec::new(),
        labels: columns.labels,
    };
    with_inferers(bundle, &at.get("inferer_values"))
}

/// The v10 event, whose numbers stand in matrices of actors x labels beside lists of addresses.
pub(crate) fn event_v10(at: &Field<'_>) -> Result<NetworkBundle, WireError> {
    let names = at.get("label_names");
    let labels = match words(&names)? {
        labels if labels.is_empty() => vec![SINGLE_LABEL.to_owned()],
        labels => labels,
    };
    let columns = Columns::new(&names, labels)?;
    let inferers = words(&at.get("inferer_addresses"))?;
    let forecasters = words(&at.get("forecaster_addresses"))?;
    let mut unattributed = Vec::new();
    let mut spare = |name: &'static str, addresses: &[String]| {
        let table = columns.matrix(&at.get(name), addresses)?;
        Ok(table.unwrap_or_else(|| {
            unattributed.push(name);
            Table::new()
        }))
    };
    let one_out_inferers = spare("one_out_inferer_values", &inferers)?;
    let one_out_forecasters = spare("one_out_forecaster_values", &forecasters)?;
    let one_in_forecasters = spare("one_in_forecaster_values", &forecasters)?;
    let needed = |name: &str, addresses: &[String]| {
        let rows = at.get(name);
        columns
            .matrix(&rows, addresses)?
            .ok_or_else(|| rows.bad("one row for each address"))
    };
    let outlier_resistant = at.get("outlier_resistant").flag_if_any()?.unwrap_or(false);
    let bundle = NetworkBundle {
        topic: at.get("topic_id").whole()?,
        height: at.any_of(&["nonce", "block_height"]).whole()?,
        flavour: if outlier_resistant {
            Flavour::OutlierResistant
        } else {
            Flavour::Plain
        },
        shape: EmissionsVersion::V10,
        combined: columns.cells(&at.get("combined_value"))?,
        naive: match at.get("naive_value") {
            naive if naive.items()?.is_empty() => columns.empty(),
            naive => columns.cells(&naive)?,
        },
        inferers: needed("inferer_values", &inferers)?,
        forecasters: needed("forecaster_values", &forecasters)?,
        one_out_inferers,
        one_out_forecasters,
        one_in_forecasters,
        unattributed,
        labels: columns.labels.clone(),
    };
    with_inferers(bundle, &at.get("inferer_values"))
}

/// A bundle that nobody contributed to has a combined value of 0 that means nothing.
fn with_inferers(bundle: NetworkBundle, at: &Field<'_>) -> Result<NetworkBundle, WireError> {
    if bundle.inferers.is_empty() {
        return Err(at.bad("at least one inferer"));
    }
    Ok(bundle)
}

fn height(at: &Field<'_>, if_absent: Option<u64>) -> Result<u64, WireError> {
    let nested = at
        .get("reputer_request_nonce")
        .get("reputer_nonce")
        .get("block_height");
    let own = at.any_of(&["nonce", "block_height"]);
    let own = match own.get("block_height") {
        inner if inner.is_present() => inner,
        _ => own,
    };
    match (nested.is_present(), own.is_present(), if_absent) {
        (true, _, _) => nested.whole(),
        (_, true, _) => own.whole(),
        (_, _, Some(height)) => Ok(height),
        _ => own.whole(),
    }
}

fn label_names(list: &Field<'_>) -> Result<Vec<String>, WireError> {
    list.items()?
        .iter()
        .map(|item| {
            let name = item.get("label_name");
            // A single value may come with its label left out, as an empty text.
            Ok(match name.text_if_any() {
                None | Some("") => SINGLE_LABEL.to_owned(),
                Some(text) => text.to_owned(),
            })
        })
        .collect()
}

fn words(list: &Field<'_>) -> Result<Vec<String>, WireError> {
    list.items()?
        .iter()
        .map(|item| item.word().map(str::to_owned))
        .collect()
}

/// The labels of a bundle and where each stands.
struct Columns {
    labels: Vec<String>,
    index: BTreeMap<String, usize>,
}

impl Columns {
    fn new(at: &Field<'_>, labels: Vec<String>) -> Result<Self, WireError> {
        let index: BTreeMap<String, usize> = labels
            .iter()
            .cloned()
            .enumerate()
            .map(|(i, l)| (l, i))
            .collect();
        if labels.is_empty() || index.len() != labels.len() {
            return Err(at.bad("labels, each of them once"));
        }
        Ok(Self { labels, index })
    }

    fn empty(&self) -> Row {
        vec![None; self.labels.len()]
    }

    /// A value alone, or labelled values in any order.
    fn row(&self, at: &Field<'_>) -> Result<Row, WireError> {
        if !at.is_list() {
            return match self.labels.len() {
                1 => Ok(vec![at.cell()?]),
                _ => Err(at.bad("a list of labelled values")),
            };
        }
        let mut row = self.empty();
        for item in at.items()? {
            let name = item.get("label_name");
            let label = match name.text_if_any() {
                None | Some("") => SINGLE_LABEL,
                Some(text) => text,
            };
            let place = self
                .index
                .get(label)
                .and_then(|column| row.get_mut(*column))
                .ok_or_else(|| name.bad("a label of the combined value"))?;
            *place = item.get("value").cell()?;
        }
        Ok(row)
    }

    fn table(&self, at: &Field<'_>) -> Result<Table, WireError> {
        let mut seen = BTreeSet::new();
        let mut table = Table::new();
        for item in at.items()? {
            let address = item.any_of(&ADDRESS_KEYS);
            let who = address.word()?.to_owned();
            if !seen.insert(who.clone()) {
                return Err(address.bad("each address once"));
            }
            let row = self.row(&item.any_of(&["value", "values", "combined_inference"]))?;
            table.push((who, row));
        }
        Ok(table)
    }

    /// One number per label, without names.
    fn cells(&self, at: &Field<'_>) -> Result<Row, WireError> {
        if !at.is_list() && self.labels.len() == 1 {
            return Ok(vec![at.cell()?]);
        }
        let row: Row = at
            .items()?
            .iter()
            .map(Field::cell)
            .collect::<Result<_, _>>()?;
        if row.len() == self.labels.len() {
            Ok(row)
        } else {
            Err(at.bad("one number for each label"))
        }
    }

    /// Rows in the order of `addresses`; `None` if there are rows, but not one for each address.
    fn matrix(&self, at: &Field<'_>, addresses: &[String]) -> Result<Option<Table>, WireError> {
        let rows = at.items()?;
        if rows.is_empty() {
            return Ok(addresses.is_empty().then(Table::new));
        }
        if rows.len() != addresses.len() {
            return Ok(None);
        }
        if addresses.iter().collect::<BTreeSet<_>>().len() != addresses.len() {
            return Err(at.bad("each address once"));
        }
        addresses
            .iter()
            .zip(&rows)
            .map(|(who, row)| Ok((who.clone(), self.cells(row)?)))
            .collect::<Result<_, _>>()
            .map(Some)
    }
}
