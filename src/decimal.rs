//! Whole numbers as people write them: the one way in which numbers become text in what is shipped. (The standard
//! library's own also pads, signs and aligns, and takes several kilobytes for it.) Must never live here: any other notation.

/// Appends the digits of `number`.
pub(crate) fn push(number: u64, text: &mut String) {
    if number > 9 {
        push(number / 10, text);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// The number that `text` is, as [`push`] would write it: no sign, no zeros in front. `None`: it is none, or one that has
/// more than 19 digits.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let digits = text.as_bytes();
    let is_canonical = matches!(digits, [b'0'] | [b'1'..=b'9', ..]);
    // Of 19 digits none makes an overflow.
    if !is_canonical || digits.len() > 19 {
        return None;
    }
    digits.iter().try_fold(0, |number, digit| {
        let value = digit.wrapping_sub(b'0');
        (value < 10).then(|| number * 10 + u64::from(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for number in [0, 7, 10, 65_535, 1_000_000, 9_999_999_999_999_999_999] {
            let mut text = String::new();
            push(number, &mut text);
            assert_eq!(text, number.to_string());
            assert_eq!(parse(&text), Some(number));
        }
    }

    #[test]
    fn a_number_has_one_form() {
        for text in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1a",
            "10000000000000000000",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
