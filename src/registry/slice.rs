//! Finding the entries of the embedded registry file without parsing it.
//!
//! The file is in canonical form: an entry begins with a line that is `[library.NAME]`, `[crate.NAME]` or
//! the like and nothing else, and reaches to the next such line. Sub-tables
//! begin with `[[` and belong to the entry above them. A test holds this against parsing it whole.

use std::fmt;

use memchr::memmem;

/// A kind of entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `[library.NAME]`
    Library,
    /// `[crate.NAME]`
    Crate,
    /// `[exporter.NAME]`
    Exporter,
    /// `[python.exporter.NAME]`
    PythonExporter,
    /// `[python.instrumentation.NAME]`
    PythonInstrumentation,
    /// `[python.library.NAME]`
    PythonLibrary,
}

impl Kind {
    /// All kinds.
    const ALL: [Self; 6] = [
        Self::Library,
        Self::Crate,
        Self::Exporter,
        Self::PythonExporter,
        Self::PythonInstrumentation,
        Self::PythonLibrary,
    ];

    /// The table that entries of this kind stand in.
    pub(super) fn table(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Crate => "crate",
            Self::Exporter => "exporter",
            Self::PythonExporter => "python.exporter",
            Self::PythonInstrumentation => "python.instrumentation",
            Self::PythonLibrary => "python.library",
        }
    }

    /// The kind and the name that a path such as `library.axum` means.
    pub(super) fn split(path: &str) -> Option<(Self, &str)> {
        let name = |kind: Self| path.strip_prefix(kind.table())?.strip_prefix('.');
        Self::ALL.into_iter().find_map(|kind| Some((kind, name(kind)?)))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.table())
    }
}

/// An entry as it stands in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice<'a> {
    /// What kind.
    pub(super) kind: Kind,
    /// Its name.
    pub(super) name: &'a str,
    /// Its text, from its header on.
    pub(super) text: &'a str,
}

/// The entries of a file in canonical form, in its order.
pub(super) fn slices(text: &str) -> Vec<Slice<'_>> {
    let mut headers = Vec::new();
    let first = text.starts_with('[').then_some(0);
    let rest = memmem::find_iter(text.as_bytes(), b"\n[").map(|newline| newline + 1);
    for start in first.into_iter().chain(rest) {
        let line = text[start..].lines().next().unwrap_or_default();
        if let Some((kind, name)) = header(line) {
            headers.push((start, kind, name));
        }
    }
    let ends = headers.iter().skip(1).map(|(start, ..)| *start).chain([text.len()]).collect::<Vec<_>>();
    let slice =
        |((start, kind, name), end): ((usize, Kind, _), usize)| Slice { kind, name, text: &text[start..end] };
    headers.into_iter().zip(ends).map(slice).collect()
}

/// The entry that a line begins, if it does.
fn header(line: &str) -> Option<(Kind, &str)> {
    let (kind, name) = Kind::split(line.strip_prefix('[')?.strip_suffix(']')?)?;
    let is_bare = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (is_bare && !name.is_empty()).then_some((kind, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_reaches_to_the_next_one() {
        let text = "schema = 1\n\n# Why.\n[library.a-b]\nwhat = \"x\"\n[[library.a-b.by]]\nnone = '''\n[dependencies]\n'''\n# Other.\n[crate.c_d]\nwhat = \"[crate.e]\"\n";
        assert_eq!(
            slices(text),
            [
                Slice {
                    kind: Kind::Library,
                    name: "a-b",
                    text: "[library.a-b]\nwhat = \"x\"\n[[library.a-b.by]]\nnone = '''\n[dependencies]\n'''\n# Other.\n",
                },
                Slice { kind: Kind::Crate, name: "c_d", text: "[crate.c_d]\nwhat = \"[crate.e]\"\n" },
            ]
        );
        assert_eq!(slices("[exporter.otlp]").len(), 1);
        assert_eq!(slices(""), []);
    }

    #[test]
    fn only_a_line_that_is_a_header_and_nothing_else_begins_an_entry() {
        for line in [
            "[dependencies]",
            "[[library.a]]",
            "[library.]",
            "[library.a.by]",
            "[library.a] # x",
            "library.a",
        ] {
            assert_eq!(header(line), None, "{line}");
        }
        assert_eq!(header("[library.a]"), Some((Kind::Library, "a")));
        assert_eq!(header("[python.library.a]"), Some((Kind::PythonLibrary, "a")));
        assert_eq!(header("[python.a]"), None);
    }
}
