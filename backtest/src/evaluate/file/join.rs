//! The `[join]` section: the files of an as-of join.

use std::path::Path;

use crate::evaluate::join::{BaseSource, JoinSource, JoinSpec, Take};
use crate::input::Section;

use super::{milliseconds, moment};

pub(super) fn join_spec(section: &Section<'_>, folder: &Path) -> Option<JoinSpec> {
    let base = base(&section.section("base"), folder);
    let sources: Vec<Option<JoinSource>> = section
        .sections("source")
        .iter()
        .map(|source| join_source(source, folder))
        .collect();
    Some(JoinSpec {
        base: base?,
        sources: sources.into_iter().collect::<Option<_>>()?,
    })
}

fn base(section: &Section<'_>, folder: &Path) -> Option<BaseSource> {
    let file = section.string("file").required();
    let time = section.string("time").required();
    let cluster = section.string("cluster").required();
    let until_ms = moment(section, "until").map(|moment| moment.time_ms);
    Some(BaseSource {
        path: folder.join(file?),
        time: time?,
        cluster: cluster?,
        until_ms,
    })
}

fn join_source(section: &Section<'_>, folder: &Path) -> Option<JoinSource> {
    let file = section.string("file").required();
    let cluster = section.string("cluster").required();
    let time = section.string("time").optional();
    let until_ms = moment(section, "until").map(|moment| moment.time_ms);
    let max_age_ms = milliseconds(section, "max_age");
    let age_column = section.string("age_column").optional();
    report_ages_without_time(section, time.is_some());
    Some(JoinSource {
        take: take(section)?,
        path: folder.join(file?),
        cluster: cluster?,
        time,
        until_ms,
        max_age_ms,
        age_column,
    })
}

fn report_ages_without_time(section: &Section<'_>, has_time: bool) {
    for key in ["max_age", "age_column", "until"] {
        if !has_time && section.has(key) {
            section.report(
                key,
                "contradiction",
                format!("{key} needs the time column of the file"),
            );
        }
    }
}

fn take(section: &Section<'_>) -> Option<Take> {
    if !section.has("key") {
        let columns = section.string_list("columns").required()?;
        return Some(Take::Wide { columns });
    }
    let key = section.string("key").required();
    let value = section.string("value").required();
    let keys = section.string_list("keys").required();
    Some(Take::Long {
        key: key?,
        value: value?,
        keys: keys?,
    })
}
