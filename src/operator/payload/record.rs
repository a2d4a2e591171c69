//! `RECORD`: the files that a distribution brings, with their hashes.
//!
//! Source of the form: the specification "Recording installed projects": rows of CSV, the hash as `sha256=` with
//! URL-safe base64 without padding; the file itself has neither hash nor size.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::tree::Content;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The file, as the row spells it.
    pub(super) path: String,
    /// Its SHA-256, if the row has one.
    pub(super) sha256: Option<String>,
}

/// Reads the rows; one that is none is passed over.
pub(super) fn rows(text: &str) -> impl Iterator<Item = Row> {
    text.lines().filter_map(|line| {
        let (path, rest) = match line.strip_prefix('"') {
            None => line.split_once(',').map(|(path, rest)| (path.to_owned(), rest))?,
            Some(quoted) => {
                // A quote within is written twice.
                let end = quoted.rfind("\",")?;
                (quoted[..end].replace("\"\"", "\""), &quoted[end + 2..])
            }
        };
        let hash = rest.split(',').next().and_then(|hash| hash.strip_prefix("sha256="));
        Some(Row { path, sha256: hash.map(str::to_owned) })
    })
}

/// A hash as a row spells it.
pub(super) fn hash(sha256: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(sha256)
}

/// Writes the rows of a distribution whose metadata lies in that folder.
pub(super) fn write<'a>(files: impl Iterator<Item = (&'a String, &'a Content)>, metadata: &str) -> String {
    let mut text = String::new();
    for (path, content) in files {
        let path = if path.contains([',', '"']) {
            format!("\"{}\"", path.replace('"', "\"\""))
        } else {
            path.clone()
        };
        let _ = writeln!(text, "{path},sha256={},{}", hash(&content.sha256), content.size);
    }
    let _ = writeln!(text, "{metadata}/RECORD,,");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read() {
        let text = "a/b.py,sha256=xyz,3\n\"c,\"\"d.py\",sha256=uvw,4\nx-1.dist-info/RECORD,,\n../../bin/x,md5=1,2\nodd\n";
        let shown: Vec<_> = rows(text).map(|row| (row.path, row.sha256)).collect();
        let row = |path: &str, hash: Option<&str>| (path.to_owned(), hash.map(str::to_owned));
        assert_eq!(
            shown,
            [
                row("a/b.py", Some("xyz")),
                row("c,\"d.py", Some("uvw")),
                row("x-1.dist-info/RECORD", None),
                row("../../bin/x", None)
            ]
        );
    }

    #[test]
    fn rows_are_written_as_they_are_read() {
        let content = Content { size: 3, sha256: [0; 32] };
        let paths = ["a.py".to_owned(), "c,\"d.py".to_owned()];
        let text = write(paths.iter().map(|path| (path, &content)), "x-1.dist-info");
        assert_eq!(
            text,
            "a.py,sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,3\n\
             \"c,\"\"d.py\",sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,3\nx-1.dist-info/RECORD,,\n"
        );
        assert_eq!(rows(&text).map(|row| row.path).take(2).collect::<Vec<_>>(), paths);
    }
}
