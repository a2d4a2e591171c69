//! The header of a `METADATA` or `PKG-INFO` file: fields up to the first blank line.
//!
//! Source of the rules: the core metadata specification, and `email.feedparser`, which `importlib.metadata`
//! reads it with: the first line that is no field ends the header, a line that starts with a blank goes on
//! with the one before, names are told apart without regard to case.

use std::{borrow::Cow, sync::LazyLock};

use memchr::memmem::Finder;

/// The fields of a header, in their order.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

/// A field of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name, as spelled.
    pub name: &'a str,
    /// What follows the colon, and all lines that go on with it.
    lines: &'a [u8],
}

impl<'a> Field<'a> {
    /// Its value without the blanks around it; its further lines are joined with a blank. Bytes that are not UTF-8 are
    /// replaced.
    #[must_use]
    pub fn value(&self) -> Cow<'a, str> {
        let (first, mut rest) = split_line(self.lines);
        let mut value = text(first);
        while !rest.is_empty() {
            let (more, after) = split_line(rest);
            rest = after;
            let value = value.to_mut();
            value.push(' ');
            value.push_str(&text(more));
        }
        value
    }

    /// Whether it is the field of that name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// The fields of a text.
#[must_use]
pub fn fields(text: &[u8]) -> Fields<'_> {
    Fields { rest: text }
}

/// The first value of a field.
#[must_use]
pub fn first<'a>(text: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    fields(text).find(|field| field.is(name)).map(|field| field.value())
}

/// Finds the end of a line and of the blank one behind it.
static BLANK_LINE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\n\n"));

/// Where the header ends: behind the first blank line; `None` if the text holds none.
#[must_use]
pub fn end(text: &[u8]) -> Option<usize> {
    if memchr::memchr(b'\r', text).is_none() {
        return BLANK_LINE.find(text).map(|at| at + 2);
    }
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'\n', b'\r', &text[from..]) {
        let (_, rest) = split_line(&text[from + at..]);
        let (line, after) = split_line(rest);
        if line.is_empty() && after.len() < rest.len() {
            return Some(text.len() - after.len());
        }
        from = text.len() - rest.len();
    }
    None
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        loop {
            let from = self.rest;
            let (line, rest) = split_line(from);
            if line.is_empty() {
                self.rest = &[];
                return None;
            }
            self.rest = rest;
            // Goes on with nothing, or is the first line of a mailbox.
            if matches!(line[0], b' ' | b'\t' | b':') || line.starts_with(b"From ") {
                continue;
            }
            let colon = memchr::memchr(b':', line);
            let name = colon.map(|at| &line[..at]).filter(|name| name.iter().all(u8::is_ascii_graphic));
            let Some(name) = name else {
                self.rest = &[];
                return None;
            };
            while let Some(b' ' | b'\t') = self.rest.first() {
                self.rest = split_line(self.rest).1;
            }
            let lines = &from[name.len() + 1..from.len() - self.rest.len()];
            return Some(Field { name: std::str::from_utf8(name).unwrap_or_default(), lines });
        }
    }
}

/// Bytes as text, without the blanks around it.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes.trim_ascii())
}

/// The first line without its end, and what follows it. Lines end as Python's text files end them.
pub(super) fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let Some(at) = memchr::memchr2(b'\n', b'\r', text) else { return (text, &[]) };
    let end = if text[at..].starts_with(b"\r\n") { at + 2 } else { at + 1 };
    (&text[..at], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(String, String)> {
        fields(text.as_bytes()).map(|field| (field.name.to_owned(), field.value().into_owned())).collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn fields_end_where_the_header_ends() {
        let expected = vec![pair("Name", "flask"), pair("version", "1.0")];
        for text in [
            "Name: flask\nversion:1.0 \n\nVersion: 2.0\n",
            "Name: flask\r\nversion:\t1.0\r\n\r\nVersion: 2.0\r\n",
            "Name: flask\rversion: 1.0",
            "From somebody\nName: flask\nversion: 1.0\nthis is no field\nVersion: 2.0",
            "Name: flask\n: nameless\nversion: 1.0\nno field: either\nVersion: 2.0",
            " goes on with nothing\nName: flask\nversion: 1.0\n\n",
        ] {
            assert_eq!(all(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_field_goes_on_in_lines_that_start_with_a_blank() {
        assert_eq!(
            all("License: one\n  two\n\tthree\n   \nName: x"),
            [pair("License", "one two three "), pair("Name", "x")]
        );
    }

    #[test]
    fn what_is_not_utf_8_spoils_nothing_else() {
        assert_eq!(first(b"Author: \xff\nVersion: 1.0\n\n", "Version").as_deref(), Some("1.0"));
        assert_eq!(first(b"Version: 1.\xff\n\n", "Version").as_deref(), Some("1.\u{fffd}"));
    }

    #[test]
    fn the_end_is_behind_the_first_blank_line() {
        for (text, expected) in [
            ("a: b\n\nrest", Some(6)),
            ("a: b\r\n\r\nrest", Some(8)),
            ("a: b\nc: d", None),
            ("a: b\n", None),
            ("", None),
        ] {
            assert_eq!(end(text.as_bytes()), expected, "{text:?}");
        }
    }
}
