//! A run file with some of its keys set to other values.

use toml::{Table, Value};

/// One key of a run file and the value a variant gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Dotted key; a number names an element of an array: `strategy.0.edge_min`.
    pub key: String,
    /// The value.
    pub value: Value,
}

/// Why a key cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A part of the key is no table and no array.
    #[error("`{key}`: `{part}` holds a value, not keys")]
    NotATable {
        /// The whole key.
        key: String,
        /// The part.
        part: String,
    },
    /// An element of an array that the run file does not have.
    #[error("`{key}`: there is no element {part}; the run file has {length}, counted from 0")]
    NoElement {
        /// The whole key.
        key: String,
        /// The part.
        part: String,
        /// Elements there are.
        length: usize,
    },
    /// The changed file cannot be written as TOML.
    #[error("the changed run file cannot be written: {0}")]
    Unwritable(String),
}

/// The text of a run file with all changes made; comments are lost.
///
/// # Errors
/// See [`KeyError`].
pub fn changed(base: &Table, changes: &[Change]) -> Result<String, KeyError> {
    let mut root = Value::Table(base.clone());
    for change in changes {
        set(&mut root, change)?;
    }
    toml::to_string(&root).map_err(|error| KeyError::Unwritable(error.to_string()))
}

fn set(root: &mut Value, change: &Change) -> Result<(), KeyError> {
    let mut place = root;
    for part in change.key.split('.') {
        place = step(place, part, &change.key)?;
    }
    *place = change.value.clone();
    Ok(())
}

fn step<'v>(place: &'v mut Value, part: &str, key: &str) -> Result<&'v mut Value, KeyError> {
    match place {
        Value::Table(table) => Ok(table
            .entry(part)
            .or_insert_with(|| Value::Table(Table::new()))),
        Value::Array(items) => {
            let length = items.len();
            let index = part.parse::<usize>().ok();
            index
                .and_then(|index| items.get_mut(index))
                .ok_or_else(|| KeyError::NoElement {
                    key: key.into(),
                    part: part.into(),
                    length,
                })
        }
        _ => Err(KeyError::NotATable {
            key: key.into(),
            part: part.into(),
        }),
    }
}
