//! TOML strings, numbers, booleans and dates.

use super::time_text::parse_rfc3339;
use super::toml_text::{Read, Reader};
use super::toml_tree::Value;

impl Reader<'_> {
    /// Any of the four kinds of string.
    pub(super) fn string(&mut self) -> Read<String> {
        if self.eat("\"\"\"") {
            return self.multi_line('"');
        }
        if self.eat("'''") {
            return self.multi_line('\'');
        }
        self.line_string()
    }

    /// A `"basic"` or `'literal'` string on one line.
    pub(super) fn line_string(&mut self) -> Read<String> {
        let start = self.at;
        let quote = self.peek().unwrap_or('"');
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                Some(c) if c == quote => {
                    self.at += 1;
                    return Ok(text);
                }
                None | Some('\n' | '\r') => {
                    return self.fail(start..self.at, "the string has no closing quote");
                }
                Some('\\') if quote == '"' => text.push(self.escape()?),
                Some(c) => text.push(self.plain_char(c)?),
            }
        }
    }

    fn multi_line(&mut self, quote: char) -> Read<String> {
        let start = self.at - 3;
        let close = quote.to_string().repeat(3);
        let _ = self.eat("\n") || self.eat("\r\n");
        let mut text = String::new();
        loop {
            if self.rest().starts_with(&close) {
                // Up to two quotes may stand right before the closing three.
                let quotes = self
                    .rest()
                    .chars()
                    .take(5)
                    .take_while(|c| *c == quote)
                    .count();
                text.extend(std::iter::repeat_n(quote, quotes - 3));
                self.at += quotes;
                return Ok(text);
            }
            match self.peek() {
                None => return self.fail(start..start + 3, "the string has no closing quotes"),
                Some('\n') => {
                    self.at += 1;
                    text.push('\n');
                }
                Some('\r') if self.eat("\r\n") => text.push('\n'),
                Some('\\') if quote == '"' && self.line_continues() => {}
                Some('\\') if quote == '"' => text.push(self.escape()?),
                Some(c) => text.push(self.plain_char(c)?),
            }
        }
    }

    /// A backslash at the end of a line swallows the break and the indentation after it.
    fn line_continues(&mut self) -> bool {
        let behind = &self.rest()[1..];
        let line = behind.trim_start_matches([' ', '\t']);
        if !(line.starts_with('\n') || line.starts_with("\r\n")) {
            return false;
        }
        let tail = line.trim_start_matches([' ', '\t', '\r', '\n']);
        self.at += self.rest().len() - tail.len();
        true
    }

    fn plain_char(&mut self, c: char) -> Read<char> {
        if c.is_control() && c != '\t' {
            let span = self.at..self.at + c.len_utf8();
            return self.fail(span, "control character in a string");
        }
        self.at += c.len_utf8();
        Ok(c)
    }

    fn escape(&mut self) -> Read<char> {
        let start = self.at;
        let letter = self.rest()[1..].chars().next();
        let (plain, digits) = match letter {
            Some('b') => ('\u{8}', 0),
            Some('t') => ('\t', 0),
            Some('n') => ('\n', 0),
            Some('f') => ('\u{c}', 0),
            Some('r') => ('\r', 0),
            Some('"') => ('"', 0),
            Some('\\') => ('\\', 0),
            Some('e') => ('\u{1b}', 0),
            Some('x') => ('\0', 2),
            Some('u') => ('\0', 4),
            Some('U') => ('\0', 8),
            _ => return self.fail(start..start + 1, "unknown escape in a string"),
        };
        self.at += 2;
        if digits == 0 {
            return Ok(plain);
        }
        let hex = self
            .rest()
            .get(..digits)
            .filter(|t| t.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match code.and_then(char::from_u32) {
            Some(c) => {
                self.at += digits;
                Ok(c)
            }
            None => self.fail(start..self.at, "not a Unicode character"),
        }
    }

    /// A value without quotes: boolean, number, date or time.
    pub(super) fn word(&mut self) -> Read<Value> {
        let start = self.at;
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}' | '#' | '=');
        let mut length = self.rest().find(ends).unwrap_or(self.rest().len());
        // A date and a time may be parted by one blank.
        let behind = self.rest().get(length..).unwrap_or_default();
        if is_date(&self.rest()[..length]) && behind.get(1..).is_some_and(is_hour) {
            let tail = &behind[1..];
            length += 1 + tail.find(ends).unwrap_or(tail.len());
        }
        let word = &self.rest()[..length];
        match scalar(word) {
            Some(value) => {
                self.at += length;
                Ok(value)
            }
            None => self.not_a_value(start, word),
        }
    }

    fn not_a_value(&self, start: usize, word: &str) -> Read<Value> {
        let failed = self.fail(start..start + word.len().max(1), "not a TOML value");
        let quotable = word.chars().any(char::is_alphanumeric) || word.starts_with('$');
        match failed {
            Err(diagnostic) if quotable => {
                let hint = format!("put text in quotes: \"{word}\"");
                Err(Box::new(diagnostic.with_hint(hint)))
            }
            other => other,
        }
    }
}

fn scalar(word: &str) -> Option<Value> {
    match word {
        "true" => return Some(Value::Boolean(true)),
        "false" => return Some(Value::Boolean(false)),
        _ => {}
    }
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    if let "inf" | "nan" = unsigned {
        return Some(Value::Float(word.to_owned()));
    }
    prefixed_integer(word)
        .or_else(|| decimal_integer(word, unsigned))
        .or_else(|| is_float(unsigned).then(|| Value::Float(word.replace('_', ""))))
        .or_else(|| is_datetime(word).then(|| Value::Datetime(word.to_owned())))
}

/// Digits with single underscores between them.
fn are_digits(text: &str, radix: u32) -> bool {
    text.split('_')
        .all(|part| !part.is_empty() && part.chars().all(|c| c.is_digit(radix)))
}

fn prefixed_integer(word: &str) -> Option<Value> {
    let (digits, radix) = match word.get(..2)? {
        "0x" => (&word[2..], 16),
        "0o" => (&word[2..], 8),
        "0b" => (&word[2..], 2),
        _ => return None,
    };
    if !are_digits(digits, radix) {
        return None;
    }
    i64::from_str_radix(&digits.replace('_', ""), radix)
        .ok()
        .map(Value::Integer)
}

fn decimal_integer(word: &str, unsigned: &str) -> Option<Value> {
    if !is_whole(unsigned) {
        return None;
    }
    word.replace('_', "").parse().ok().map(Value::Integer)
}

/// Decimal digits without a leading zero.
fn is_whole(text: &str) -> bool {
    are_digits(text, 10) && (text == "0" || !text.starts_with('0'))
}

fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_good = exponent.is_none_or(|exponent| {
        are_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent), 10)
    });
    let mantissa_good = match mantissa.split_once('.') {
        Some((whole, fraction)) => is_whole(whole) && are_digits(fraction, 10),
        None => exponent.is_some() && is_whole(mantissa),
    };
    exponent_good && mantissa_good
}

fn is_date(text: &str) -> bool {
    let shape = text.len() == 10 && text.is_ascii();
    shape && parse_rfc3339(&format!("{text}T00:00:00Z")).is_ok()
}

fn is_hour(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.get(2..3) == Some(":")
}

/// Dates, local times, local and offset date-times. Dates before 1970 have no use here and are refused.
fn is_datetime(text: &str) -> bool {
    let zoned =
        |text: &str| parse_rfc3339(text).is_ok() || parse_rfc3339(&with_seconds(text)).is_ok();
    is_date(text)
        || zoned(text)
        || zoned(&format!("{text}Z"))
        || zoned(&format!("1970-01-01T{text}Z"))
}

/// A time may leave out its seconds.
fn with_seconds(text: &str) -> String {
    let minutes_end = text
        .find(':')
        .map_or(text.len(), |colon| (colon + 3).min(text.len()));
    match (text.get(..minutes_end), text.get(minutes_end..)) {
        (Some(head), Some(tail)) if !tail.starts_with(':') => format!("{head}:00{tail}"),
        _ => text.to_owned(),
    }
}
