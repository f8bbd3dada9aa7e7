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
    prose(text)
}

/// A sentence, its negative numbers with a true minus sign. The hyphens of dates and names stay what they are.
pub(super) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let opens = matches!(before, ' ' | '[' | '(');
        let counts = rest
            .peek()
            .is_some_and(|next| matches!(next, '0'..='9' | '$'));
        out.push(if c == '-' && opens && counts {
            '\u{2212}'
        } else {
            c
        });
        before = c;
    }
    escape(&out)
}
