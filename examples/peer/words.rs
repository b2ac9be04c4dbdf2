//! The grammar of lines, the same for what is read and what is printed (docs/peer.md): words with spaces between
//! them, each bare or a JSON string; `name=value` is one word, whose value may be such a string.

use std::fmt::Write;

/// One word of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Word {
    /// What it says.
    pub(crate) text: String,
    /// It was a JSON string as a whole, so that it means nothing but itself.
    pub(crate) quoted: bool,
}

/// Takes a line apart; on error what is wrong with it.
pub(crate) fn split(line: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = line.trim_matches([' ', '\t', '\r', '\n']);
    while !rest.is_empty() {
        let mut text = String::new();
        let quoted = rest.starts_with('"');
        while let Some(next) = rest.chars().next() {
            match next {
                ' ' | '\t' => break,
                '"' if text.is_empty() || text.ends_with('=') => {
                    let (string, behind) = json_string(rest)?;
                    text += &string;
                    rest = behind;
                    if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
                        return Err(format!("after a closing quote comes a space, not: {rest}"));
                    }
                }
                next => {
                    text.push(next);
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
        words.push(Word { text, quoted });
        rest = rest.trim_start_matches([' ', '\t']);
    }
    Ok(words)
}

/// Reads the JSON string that `text` begins with, and returns what is behind it.
fn json_string(text: &str) -> Result<(String, &str), String> {
    let mut string = String::new();
    let mut rest = text[1..].chars();
    loop {
        match rest.next().ok_or("a quote is never closed")? {
            '"' => return Ok((string, rest.as_str())),
            '\\' => match rest.next() {
                Some(plain @ ('"' | '\\' | '/')) => string.push(plain),
                Some('b') => string.push('\u{8}'),
                Some('f') => string.push('\u{c}'),
                Some('n') => string.push('\n'),
                Some('r') => string.push('\r'),
                Some('t') => string.push('\t'),
                Some('u') => {
                    let mut units = vec![unit(&mut rest)?];
                    if (0xD800..0xDC00).contains(&units[0]) && rest.as_str().starts_with("\\u") {
                        rest.nth(1);
                        units.push(unit(&mut rest)?);
                    }
                    let decoded = String::from_utf16(&units);
                    string += &decoded.map_err(|_| "half a surrogate pair is no character")?;
                }
                _ => return Err("a backslash stands before one of \"\\/bfnrtu".into()),
            },
            plain => string.push(plain),
        }
    }
}

/// The four hexadecimal digits of a `\u`.
fn unit(rest: &mut std::str::Chars<'_>) -> Result<u16, String> {
    let digits = rest.as_str().get(..4).unwrap_or_default();
    let is_hex = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let unit = u16::from_str_radix(digits, 16).ok().filter(|_| is_hex);
    rest.nth(3);
    unit.ok_or_else(|| "\\u stands before four hexadecimal digits".into())
}

/// A text as a word: bare where it can be, else a JSON string.
pub(crate) fn word(text: &str) -> String {
    let needs_quotes = |c: char| c <= ' ' || c == '"' || ('\u{7f}'..='\u{a0}').contains(&c);
    if !text.is_empty() && !text.contains(needs_quotes) && !text.starts_with("hex:") {
        return text.into();
    }
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            '\u{8}' => out += "\\b",
            '\u{c}' => out += "\\f",
            c if c < ' ' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

/// Bytes as a word: text where they are UTF-8, else `hex:` and their digits.
pub(crate) fn bytes_word(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => word(text),
        Err(_) => bytes.iter().fold(String::from("hex:"), |out, byte| {
            out + &format!("{byte:02x}")
        }),
    }
}

/// What a word says as bytes: its text as UTF-8, or the digits behind a bare `hex:`.
pub(crate) fn bytes(word: &Word) -> Result<Vec<u8>, String> {
    match word.text.strip_prefix("hex:") {
        Some(digits) if !word.quoted => from_hex(digits),
        _ => Ok(word.text.clone().into_bytes()),
    }
}

/// As [`bytes`], of the value of an option, which does not tell whether it was quoted.
pub(crate) fn value_bytes(value: &str) -> Result<Vec<u8>, String> {
    match value.strip_prefix("hex:") {
        Some(digits) => from_hex(digits),
        None => Ok(value.into()),
    }
}

fn from_hex(digits: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("\"{digits}\" are no hexadecimal digits, two for each byte");
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) || !digits.len().is_multiple_of(2) {
        return Err(wrong());
    }
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| wrong()))
        .collect()
}
