//! An edit as `diff -u` and `git` show it.

use std::path::Path;

use similar::TextDiff;

use super::Edit;
use crate::terminal::visible;

/// A file's changes, its path told from the root.
pub(super) fn diff(edit: &Edit, root: &Path) -> String {
    let path = edit.path.strip_prefix(root).unwrap_or(&edit.path).display().to_string();
    let path = visible(&path).replace('\n', "\\n").replace('\t', "\\t");
    let [old, new] = [&edit.old, &edit.new].map(|bytes| String::from_utf8_lossy(bytes));
    let diff = TextDiff::from_lines(&*old, &*new);
    let mut unified = diff.unified_diff();
    unified.header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_end_its_line_nor_steer_the_terminal() {
        let edit = Edit {
            path: "/work/a\n\u{1b}[31mb/Cargo.toml".into(),
            old: b"a = 1\n".to_vec(),
            new: b"a = 2\n".to_vec(),
        };
        let diff = diff(&edit, Path::new("/work"));
        assert!(diff.starts_with("--- a/a\\n\\u{1b}[31mb/Cargo.toml\n+++ b/a\\n"), "{diff}");
    }
}
