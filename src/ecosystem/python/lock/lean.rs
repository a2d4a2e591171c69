//! Takes the lists of files out of a lockfile before it is parsed.
//!
//! The addresses and digests of wheels are nine tenths of a `uv.lock` and none of our business. Every tool writes
//! them one on a line, in the same words; such lines are left out, and what remains is parsed as TOML.

use std::borrow::Cow;

use memchr::memmem;

use crate::document::{self, SyntaxError, Table};

/// How the lines begin that are left out: uv, poetry, pdm, and uv in `pylock.toml`.
const FILES: [&str; 3] = ["    { url = \"", "    {file = \"", "    {url = \""];

/// How a source archive on a line of its own begins and ends.
const ARCHIVE: (&str, &str) = ("sdist = { ", " }");

/// A text without the lines that name files. It must be given back to [`parse`].
pub(super) fn without_files(text: &str) -> Cow<'_, str> {
    // In a text of several lines, a line that looks like a file may be anything.
    let has_long_text = |quotes: &str| memmem::find(text.as_bytes(), quotes.as_bytes()).is_some();
    if has_long_text("\"\"\"") || has_long_text("'''") {
        return Cow::Borrowed(text);
    }
    let mut lean = String::with_capacity(text.len() / 4);
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]) {
        let line = &text[start..end];
        let bare = line.strip_suffix('\r').unwrap_or(line);
        let ends = bare.strip_suffix(',').unwrap_or(bare).ends_with('}');
        let is_file = ends && FILES.iter().any(|begin| bare.starts_with(begin));
        let is_archive = bare.starts_with(ARCHIVE.0) && bare.ends_with(ARCHIVE.1);
        if !is_file && !is_archive {
            lean.push_str(line);
            lean.push('\n');
        }
        start = end + 1;
    }
    Cow::Owned(lean)
}

/// Parses what is left of a text. Where that is no TOML, the text itself is parsed: for the place of the error, or
/// because a comma stands where no tool puts it.
pub(super) fn parse<'t>(lean: &'t str, text: &'t str) -> Result<Table<'t>, SyntaxError> {
    document::parse(lean).or_else(|_| document::parse(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_left_out_and_nothing_else() {
        let text = "[[package]]\nname = \"a\"\nsdist = { url = \"x\", hash = \"y\" }\nwheels = [\n    { url = \"x\" },\n    \
                    { url = \"y\" }\n]\r\nfiles = [\n    {file = \"x\"},\r\n]\ndependencies = [\n    { name = \"b\" },\n]";
        let lean = without_files(text);
        assert_eq!(
            lean,
            "[[package]]\nname = \"a\"\nwheels = [\n]\r\nfiles = [\n]\ndependencies = [\n    { name = \"b\" },\n]\n"
        );
        assert!(parse(&lean, text).is_ok());
        let odd = "files = [\n    {file = \"x\"}\n,]\n";
        assert!(parse(&without_files(odd), odd).is_ok());
        let long = "a = '''\n    { url = \"x\" },\n'''\n";
        assert_eq!(without_files(long), long);
    }

    #[test]
    fn an_error_is_told_at_its_place_in_the_file() {
        let text = "files = [\n    {file = \"x\"},\n]\nname = \n";
        let error = parse(&without_files(text), text).expect_err("no value");
        assert!(error.to_string().starts_with("line 4, "), "{error}");
    }
}
