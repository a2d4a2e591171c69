//! An edit as `diff -u` and `git` show it.

use std::path::Path;

use diffy::{DiffOptions, PatchFormatter};

use super::Edit;
use crate::terminal::visible;

/// A file's changes, safe to show; its path told from the root and quoted as `git` does where it has to be.
pub(crate) fn diff(edit: &Edit, root: &Path) -> String {
    let path = edit.path.strip_prefix(root).unwrap_or(&edit.path).display().to_string();
    let [old, new] = [&edit.old, &edit.new].map(|bytes| String::from_utf8_lossy(bytes));
    let mut options = DiffOptions::new();
    options.set_original_filename(format!("a/{path}")).set_modified_filename(format!("b/{path}"));
    let changes = options.create_patch(&old, &new);
    let shown = PatchFormatter::new().suppress_blank_empty(false).fmt_patch(&changes).to_string();
    let pieces: Vec<_> = shown.split("\r\n").map(visible).collect();
    pieces.join("\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_path_nor_text_steers_the_terminal() {
        let edit = Edit {
            path: "/work/a\n\u{1b}[31mb/Cargo.toml".into(),
            old: b"a = 1\r\n# \x1b[2J\r\n".to_vec(),
            new: b"a = 2\r\n# \x1b[2J\r\n".to_vec(),
        };
        let diff = diff(&edit, Path::new("/work"));
        assert!(diff.starts_with("--- \"a/a\\n\\033[31mb/Cargo.toml\"\n+++ \"b/a\\n"), "{diff}");
        assert!(diff.ends_with("@@ -1,2 +1,2 @@\n-a = 1\r\n+a = 2\r\n # \\u{1b}[2J\r\n"), "{diff}");
    }
}
