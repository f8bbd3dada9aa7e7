//! Text from outside, made harmless for HTML: the only way into the page.

use crate::report::columns::is_unsafe;

/// Escapes everything that HTML reads as markup, in text and in quoted attributes; control characters become spaces.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push('\n'),
            c if is_unsafe(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A number as print sets it: a true minus sign, and a dash where there is no number.
pub(super) fn number(text: &str) -> String {
    if text == "-" {
        return "\u{2013}".to_owned();
    }
    set_signed(text, |sign, rest| format!("{sign}{rest}"))
}

/// A sentence, its negative numbers with a true minus sign and no line break between a sign and what it belongs to. The
/// hyphens of dates and names stay what they are.
pub(super) fn prose(text: &str) -> String {
    set_signed(text, |sign, rest| {
        format!("<span class=\"w\">{sign}{rest}</span>")
    })
}

/// Escapes a text, and sets every word that is a signed number by `set` from its sign and the rest.
fn set_signed(text: &str, set: impl Fn(char, &str) -> String) -> String {
    let escaped = escape(text);
    let words = escaped.split(' ').map(|word| {
        let number = word.trim_start_matches(['[', '(']);
        let (before, _) = word.split_at(word.len() - number.len());
        signed(number).map_or_else(
            || word.to_owned(),
            |(sign, rest)| format!("{before}{}", set(sign, rest)),
        )
    });
    words.collect::<Vec<String>>().join(" ")
}

/// The sign as print sets it, and the rest, of a word that is a signed number.
fn signed(word: &str) -> Option<(char, &str)> {
    let (sign, rest) = match (word.strip_prefix('-'), word.strip_prefix('+')) {
        (Some(rest), _) => ('\u{2212}', rest),
        (None, Some(rest)) => ('+', rest),
        (None, None) => return None,
    };
    rest.starts_with(|c: char| c.is_ascii_digit() || c == '$')
        .then_some((sign, rest))
}
