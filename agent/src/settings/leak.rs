//! Finding what looks like a secret in a text, so that it is refused and never repeated.

use std::ops::Range;

/// A part of a text that looks like a secret, and what it looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leak {
    pub(super) span: Range<usize>,
    pub(super) what: &'static str,
}

/// Beginnings of tokens of well-known services.
const TOKEN_STARTS: [&str; 12] = [
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "sk-",
    "sk_live_",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "AIza",
    "npm_",
];

/// Names behind which a secret stands.
const SECRET_NAMES: [&str; 12] = [
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "mnemonic",
    "private_key",
    "privatekey",
    "secret_key",
    "api_key",
    "apikey",
    "access_key",
];

/// Whether a key's name says that its value is a secret.
pub(super) fn is_secret_name(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('-', "_");
    SECRET_NAMES
        .iter()
        .any(|name| key == *name || key.ends_with(&format!("_{name}")))
}

/// Tokens and keys that stand anywhere in a text, comments included.
pub(super) fn tokens(text: &str) -> Vec<Leak> {
    let mut leaks = Vec::new();
    for run in runs(text, |c| c.is_ascii_alphanumeric() || "_-.".contains(c)) {
        let word = &text[run.clone()];
        if word.starts_with("eyJ") && word.matches('.').count() >= 2 && word.len() > 40 {
            leaks.push(leak(run, "a signed token"));
            continue;
        }
        for part in runs(word, |c| c != '.') {
            if let Some(what) = kind_of_token(&word[part.clone()]) {
                leaks.push(leak(run.start + part.start..run.start + part.end, what));
            }
        }
    }
    if let Some(start) = text.find("-----BEGIN") {
        leaks.push(leak(start..text.len(), "a key file"));
    }
    leaks
}

/// Secrets that only make sense as a value: word lists, `token=...` in an address, `user:password@host`.
pub(super) fn in_value(text: &str) -> Option<Leak> {
    if let Some(found) = tokens(text).into_iter().next() {
        return Some(found);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_word =
        |word: &&str| (3..=8).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase());
    if matches!(words.len(), 12 | 15 | 18 | 21 | 24) && words.iter().all(is_word) {
        return Some(leak(0..text.len(), "the words of a wallet"));
    }
    user_of_address(text).or_else(|| assignment(text))
}

/// The text with every secret replaced by stars, one for each character.
pub(super) fn mask(text: &str) -> String {
    let mut leaks = tokens(text);
    leaks.extend(user_of_address(text));
    leaks.extend(assignment(text));
    let mut masked = String::new();
    for (at, c) in text.char_indices() {
        let is_hidden = leaks.iter().any(|leak| leak.span.contains(&at));
        masked.push(if is_hidden { '*' } else { c });
    }
    masked
}

fn leak(span: Range<usize>, what: &'static str) -> Leak {
    Leak { span, what }
}

fn kind_of_token(word: &str) -> Option<&'static str> {
    let digits = word.strip_prefix("0x").unwrap_or(word);
    let is_hex = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hex && matches!(digits.len(), 64 | 128) {
        return Some("a private key");
    }
    let is_known = TOKEN_STARTS.iter().any(|start| word.starts_with(start));
    if is_known && word.len() >= 20 {
        return Some("a token");
    }
    let has = |class: fn(&u8) -> bool| word.as_bytes().iter().any(class);
    let is_mixed =
        has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
    let separators = word.matches(['-', '_']).count();
    let is_dense = word.len() >= 32 && is_mixed && !is_hex && separators * 8 <= word.len();
    is_dense.then_some("a token")
}

/// `user:password@` of an address.
fn user_of_address(text: &str) -> Option<Leak> {
    let start = text.find("://")? + 3;
    let rest = &text[start..];
    let end = rest
        .find(['/', '?', '#', ' ', '"', '\''])
        .unwrap_or(rest.len());
    let at = rest[..end].rfind('@')?;
    Some(leak(start..start + at, "credentials in an address"))
}

/// `token=VALUE` and `--password=VALUE`.
fn assignment(text: &str) -> Option<Leak> {
    let bytes = text.as_bytes();
    for (equals, _) in text.match_indices('=') {
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        let name = bytes[..equals]
            .iter()
            .rev()
            .take_while(|b| is_name(b))
            .count();
        let name = &text[equals - name..equals];
        let value = &text[equals + 1..];
        let end = value
            .find(['&', ' ', '"', '\'', '#'])
            .unwrap_or(value.len());
        let value = &value[..end];
        if is_secret_name(name.trim_start_matches('-')) && !value.is_empty() && !is_reference(value)
        {
            return Some(leak(equals + 1..equals + 1 + end, "a secret"));
        }
    }
    None
}

/// The value of a line `KEY = VALUE` whose key calls for a secret, unless it says where the secret is: where it begins,
/// and its text without quotes.
pub(super) fn secret_of_line(line: &str) -> Option<(usize, &str)> {
    let equals = line.find('=')?;
    let name = line[..equals].trim();
    let name = name
        .rsplit('.')
        .next()
        .unwrap_or(name)
        .trim_matches(['"', '\'']);
    let calls = is_secret_name(name) || name.ends_with("_source");
    let value = line[equals + 1..].trim().trim_matches(['"', '\'']);
    let is_hidden = calls && !value.is_empty() && !is_reference(value);
    is_hidden.then_some((equals + 1, value))
}

/// Whether a text says where a secret is instead of being one.
pub(super) fn is_reference(text: &str) -> bool {
    text == "prompt"
        || text == "auto"
        || ["file:", "fd:", "systemd:", "sha256:"]
            .iter()
            .any(|start| text.starts_with(start))
}

/// Maximal runs of characters for which `belongs` holds, as byte ranges.
fn runs(text: &str, belongs: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (belongs(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    found.extend(start.map(|from| from..text.len()));
    found
}
