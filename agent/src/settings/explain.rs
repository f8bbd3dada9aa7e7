//! One key explained: what it means, what it may hold, and what it is here.

use quorate_backtest::input::{Diagnostic, Diagnostics, ExitClass, closest};

use super::key::{Key, SectionTable};
use super::keys::SECTIONS;
use super::provenance::Provenance;

/// Text about a key by its dotted name; `provenance` adds what the key is in an instance. Keys of lists are asked for
/// as `topics.scheme` or `topics.NAME.scheme`.
///
/// # Errors
/// There is no such key.
pub fn explain(path: &str, provenance: Option<&Provenance>) -> Result<String, Diagnostics> {
    let (table, key) = find(path).ok_or_else(|| unknown(path))?;
    let mut text = format!("{}\n\n  {}\n\n", table.path_of(key.name), key.doc());
    text.push_str(&format!("  holds      {}\n", key.kind.expected()));
    let rows = [
        ("default", key.default),
        ("least", key.min),
        ("greatest", key.max),
        ("floor", key.floor),
        ("ceiling", key.ceiling),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            text.push_str(&format!("  {name:<10} {value}\n"));
        }
    }
    if key.default.is_none() {
        let word = if key.is_required {
            "must be given"
        } else {
            "none"
        };
        text.push_str(&format!("  default    {word}\n"));
    }
    text.push_str(&format!("  changes    {}\n", key.reload.words()));
    text.push_str(&format!("  set it by  {}\n", ways(table, key)));
    for entry in provenance.into_iter().flat_map(Provenance::entries) {
        if names(table, key, &entry.path) {
            text.push_str(&format!(
                "  here       {} = {}  ({})\n",
                entry.path, entry.shown, entry.origin
            ));
        }
    }
    Ok(text)
}

/// Whether a dotted name is that key, or that key of an item.
fn names(table: &SectionTable, key: &Key, path: &str) -> bool {
    match (table.is_list, path.rsplit_once('.')) {
        (true, Some((item, name))) => name == key.name && item.starts_with(table.path),
        _ => path == table.path_of(key.name),
    }
}

fn ways(table: &SectionTable, key: &Key) -> String {
    let path = table.path_of(key.name);
    let env = path.replace('.', "__").to_ascii_uppercase();
    match table.is_list {
        true => format!("[[{}]] in a file, --set {path}=VALUE", table.path),
        false => format!("a file, {}{env}, --set {path}=VALUE", super::ENV_PREFIX),
    }
}

/// The key of a dotted name; an item's own name in the middle is skipped.
fn find(path: &str) -> Option<(&'static SectionTable, &'static Key)> {
    let (section, name) = path.rsplit_once('.').unwrap_or(("", path));
    let by = |section: &str| SECTIONS.iter().position(|table| table.path == section);
    let list = section.split_once('.').and_then(|(list, _)| by(list));
    let index = by(section).or(list.filter(|index| SECTIONS[*index].is_list))?;
    let table = SECTIONS.get(index)?;
    Some((table, table.key(name)?))
}

fn unknown(path: &str) -> Diagnostic {
    let known: Vec<String> = SECTIONS
        .iter()
        .flat_map(|table| table.keys.iter().map(|key| table.path_of(key.name)))
        .collect();
    let name = path.rsplit_once('.').map_or(path, |(_, name)| name);
    let near = closest(path, known.iter().map(String::as_str)).or_else(|| {
        let ends_so =
            |path: &&String| path.rsplit_once('.').map_or(path.as_str(), |(_, n)| n) == name;
        known.iter().find(ends_so).map(String::as_str)
    });
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`quorate config schema` lists all keys".to_owned(),
    };
    Diagnostic::new(
        ExitClass::NotFound,
        "unknown-key",
        format!("unknown key `{path}`"),
    )
    .with_hint(hint)
}
