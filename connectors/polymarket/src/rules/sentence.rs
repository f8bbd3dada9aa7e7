//! A description as sentences: one spelling of quotes, dashes and spaces, split where sentences end.

use super::DESCRIPTION_BYTES_MAX;
use super::refusal::Refusal;

/// The sentences of a description, in order, without empty ones.
pub(super) fn split(description: &str) -> Result<Vec<String>, Refusal> {
    let bytes = description.trim().len();
    if bytes == 0 || bytes > DESCRIPTION_BYTES_MAX {
        return Err(Refusal::Length {
            bytes,
            max: DESCRIPTION_BYTES_MAX,
        });
    }
    let mut sentences = Vec::new();
    for line in description.lines() {
        split_line(&normal(line), &mut sentences);
    }
    Ok(sentences)
}

/// One spelling: straight quotes, a hyphen for every dash, single spaces, the full stop after a closing quote.
pub(super) fn normal(line: &str) -> String {
    let mut spelled = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' => spelled.push('\''),
            '\u{201c}' | '\u{201d}' | '\u{00ab}' | '\u{00bb}' => spelled.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => spelled.push('-'),
            _ if c.is_whitespace() => spelled.push(' '),
            _ => spelled.push(c),
        }
    }
    let single = spelled.split_whitespace().collect::<Vec<_>>().join(" ");
    // French quotes stand apart from their word: `« C »` has become `" C "`.
    let quoted = single
        .replace("\" C \"", "\"C\"")
        .replace("\" O \"", "\"O\"");
    quoted.replace(".\"", "\".").replace("\"..", "\".")
}

fn split_line(line: &str, sentences: &mut Vec<String>) {
    let mut begin = 0;
    for (at, _) in line.match_indices(' ') {
        if ends_sentence(&line[begin..at]) && begins_sentence(&line[at + 1..]) {
            sentences.push(line[begin..at].to_owned());
            begin = at + 1;
        }
    }
    let rest = &line[begin..];
    if !rest.is_empty() {
        sentences.push(rest.to_owned());
    }
}

/// Words whose full stop ends no sentence.
const ABBREVIATIONS: [&str; 9] = ["st", "jr", "sr", "dr", "mr", "mrs", "ms", "gen", "rep"];

fn ends_sentence(text: &str) -> bool {
    if text.ends_with(['?', '!']) {
        return true;
    }
    let Some(body) = text.strip_suffix('.') else {
        return false;
    };
    let word = body.rsplit(' ').next().unwrap_or(body);
    let last = word.rsplit('.').next().unwrap_or(word);
    let is_initial = last.chars().count() == 1 && last.chars().all(char::is_uppercase);
    !is_initial && !ABBREVIATIONS.contains(&last.to_lowercase().as_str())
}

fn begins_sentence(text: &str) -> bool {
    text.chars()
        .next()
        .is_some_and(|c| !c.is_lowercase() && c != ' ')
}
