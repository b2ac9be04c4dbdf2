//! What errors and the log say, by number: the sentences themselves are lines of `web/sentences.js`, and in the WebAssembly
//! nothing puts words together. Here they are looked up while the crate is compiled, and said for those who are not JavaScript.
//!
//! Must never live here: a decision, or a sentence.

use core::slice::Iter;

/// The one table, as JavaScript has it.
const TABLE: &str = include_str!("web/sentences.js");

/// The number of the line of the table that reads so. A sentence that the table lacks does not compile.
macro_rules! sentence {
    ($text:literal) => {
        const { $crate::sentences::number_of($text) }
    };
}

/// What is said with the line that reads so, and what stands in it: numbers, or behind `;` a text.
macro_rules! say {
    ($text:literal $(, $number:expr)* $(; $named:expr)?) => {
        $crate::sentences::Said {
            $(text: $named,)?
            ..$crate::sentences::Said::new([$crate::sentences::sentence!($text) $(, $number)*])
        }
    };
}

pub(crate) use {say, sentence};

/// A sentence.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    /// Its number, and the numbers that stand in it. Those of a sentence within it stand where it does.
    pub(crate) numbers: [u32; 4],
    /// The text that stands in it, if one does.
    pub(crate) text: &'a str,
}

impl<'a> Said<'a> {
    pub(crate) fn new<const N: usize>(begin: [u32; N]) -> Self {
        let mut numbers = [0; 4];
        numbers[..N].copy_from_slice(&begin);
        Self { numbers, text: "" }
    }
}

/// What stands in a sentence.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) numbers: [u32; 3],
    pub(crate) text: &'a str,
}

impl<'a> Named<'a> {
    pub(crate) const NOTHING: Self = Self::numbers(0, 0);

    pub(crate) const fn number(number: u32) -> Self {
        Self::numbers(number, 0)
    }

    pub(crate) const fn numbers(one: u32, two: u32) -> Self {
        let numbers = [one, two, 0];
        Self { numbers, text: "" }
    }

    pub(crate) const fn text(text: &'a str) -> Self {
        let numbers = [0; 3];
        Self { numbers, text }
    }

    /// The sentence that has this in it.
    pub(crate) const fn within(self, sentence: u32) -> Said<'a> {
        let ([one, two, three], text) = (self.numbers, self.text);
        let numbers = [sentence, one, two, three];
        Said { numbers, text }
    }
}

/// A sentence within another one; none that is has more than two numbers in it.
impl<'a> From<Said<'a>> for Named<'a> {
    fn from(said: Said<'a>) -> Self {
        let ([one, two, three, _], text) = (said.numbers, said.text);
        let numbers = [one, two, three];
        Self { numbers, text }
    }
}

impl core::fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&in_words(&self.numbers, self.text))
    }
}

/// Sentences in words, each with the numbers that stand in it behind it, as `say()` of the table has it; and `texts`, which are
/// separated by U+0000.
pub(crate) fn in_words(numbers: &[u32], texts: &str) -> String {
    let (mut line, mut numbers, mut texts) = (String::new(), numbers.iter(), texts.split('\0'));
    while !numbers.as_slice().is_empty() {
        fill(&mut line, &mut numbers, &mut texts);
    }
    line
}

fn fill<'a>(
    line: &mut String,
    numbers: &mut Iter<'_, u32>,
    texts: &mut impl Iterator<Item = &'a str>,
) {
    let number = numbers.next().copied().unwrap_or_default();
    let mut parts = LINES
        .get(number as usize)
        .copied()
        .unwrap_or_default()
        .split('%');
    line.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_lowercase());
        let (word, rest) = part.split_at(end.unwrap_or(part.len()));
        match word {
            "text" => line.push_str(texts.next().unwrap_or_default()),
            "quoted" => {
                let visible = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
                line.push('"');
                line.extend(texts.next().unwrap_or_default().chars().map(visible));
                line.push('"');
            }
            "sentence" => fill(line, numbers, texts),
            _ => {
                let number = numbers.next().copied().unwrap_or_default();
                line.push_str(&match word {
                    "hex" => format!("{number:02X}"),
                    _ => number.to_string(),
                });
            }
        }
        line.push_str(rest);
    }
}

/// The lines of the table.
static LINES: [&str; COUNT] = split();

const COUNT: usize = {
    let (mut count, mut at) = (1, begin_of_table());
    while TABLE.as_bytes()[at] != b'`' {
        count += (TABLE.as_bytes()[at] == b'\n') as usize;
        at += 1;
    }
    count
};

/// Behind the first quote: the table is a template literal.
const fn begin_of_table() -> usize {
    let mut at = 0;
    while TABLE.as_bytes()[at] != b'`' {
        at += 1;
    }
    at + 1
}

const fn split() -> [&'static str; COUNT] {
    let (mut lines, mut line) = ([""; COUNT], 0);
    let mut rest = TABLE.split_at(begin_of_table()).1;
    while line < COUNT {
        let mut end = 0;
        while !matches!(rest.as_bytes()[end], b'\n' | b'`') {
            end += 1;
        }
        lines[line] = rest.split_at(end).0;
        rest = rest.split_at(end + 1).1;
        line += 1;
    }
    lines
}

/// The number of the line that reads so.
pub(crate) const fn number_of(text: &str) -> u32 {
    const LINES: [&str; COUNT] = split();
    let mut line = 0;
    while line < COUNT {
        if is_same(LINES[line].as_bytes(), text.as_bytes()) {
            return line as u32;
        }
        line += 1;
    }
    panic!("web/sentences.js has no such sentence")
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{PacketType, PropertySet, ReasonCode};
    use crate::error::{DecodeError, ProtocolError};

    fn line(sentence: u32) -> &'static str {
        LINES[sentence as usize]
    }

    #[test]
    fn names_are_those_of_the_specification() {
        for kind in (1..=15).filter_map(PacketType::from_bits) {
            assert_eq!(line(kind.sentence()), kind.name());
        }
        for code in 0..=u8::MAX {
            let reason = ReasonCode(code);
            assert_eq!(line(reason.sentence()), reason.name());
        }
        for set in [PropertySet::Will, PropertySet::Connect, PropertySet::Auth] {
            assert_eq!(line(set.sentence()), set.name());
        }
    }

    #[test]
    fn what_stands_in_a_sentence_is_taken_in_order() {
        let said = say!(
            "reasonCode: %sentence of a client cannot say 0x%hex (%sentence)",
            PacketType::PubAck.sentence(),
            5,
            ReasonCode::BANNED.sentence()
        );
        assert_eq!(
            said.to_string(),
            "reasonCode: PUBACK of a client cannot say 0x05 (Banned)"
        );
        let within = ProtocolError::Malformed(DecodeError::Truncated("topic name"));
        assert_eq!(
            within.to_string(),
            "the server sent a malformed packet: packet ends inside its topic name"
        );
    }

    #[test]
    fn no_sentence_stands_in_the_table_twice() {
        let mut lines: Vec<_> = LINES.iter().filter(|line| !line.is_empty()).collect();
        lines.sort_unstable();
        let twice: Vec<_> = lines.windows(2).filter(|two| two[0] == two[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
}
