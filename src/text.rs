//! Looking for an ASCII character in a text: what is needed of it. (The standard library's own takes any pattern, forwards and
//! backwards, and several kilobytes for it.) Must never live here: what a text means.

/// Whether `character` is in the text. What is ASCII is never a part of a longer UTF-8 sequence.
pub(crate) fn has(text: &str, character: u8) -> bool {
    text.bytes().any(|byte| byte == character)
}

/// What is before the first `separator`, and what is behind it; `None`: there is none.
pub(crate) fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    let (before, rest) = text.split_at_checked(at)?;
    Some((before, rest.get(1..)?))
}

/// The parts of the text between separators.
pub(crate) fn split(text: &str, separator: u8) -> Split<'_> {
    let rest = Some(text);
    Split { rest, separator }
}

/// The parts of the text that each have `end` behind them.
#[cfg(any(test, target_arch = "wasm32"))]
pub(crate) fn ended(text: &str, end: u8) -> Split<'_> {
    let rest = text.len().checked_sub(1).and_then(|len| text.get(..len));
    let separator = end;
    Split { rest, separator }
}

pub(crate) struct Split<'a> {
    rest: Option<&'a str>,
    separator: u8,
}

impl<'a> Split<'a> {
    /// Whether no part is left.
    pub(crate) fn is_over(&self) -> bool {
        self.rest.is_none()
    }
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest.take()?;
        let Some((part, rest)) = split_once(text, self.separator) else {
            return Some(text);
        };
        self.rest = Some(rest);
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_of_the_standard_library() {
        for text in ["", "/", "a", "a/", "/a", "ä/ö//ü", "//"] {
            let parts: Vec<_> = split(text, b'/').collect();
            assert_eq!(parts, text.split('/').collect::<Vec<_>>(), "{text}");
            assert_eq!(split_once(text, b'/'), text.split_once('/'), "{text}");
            assert_eq!(has(text, b'/'), text.contains('/'), "{text}");
        }
        for text in ["", "/", "a/", "/a/", "ä/ö//ü/", "//"] {
            let parts: Vec<_> = ended(text, b'/').collect();
            assert_eq!(
                parts,
                text.split_terminator('/').collect::<Vec<_>>(),
                "{text}"
            );
        }
    }
}
