//! What `--dry-run` shows: the manifests as a diff, the commands, and what becomes of the lockfile.

use std::{
    fmt::{self, Write as _},
    path::Path,
};

use similar::TextDiff;

use super::{
    Edit, Plan, Proof,
    moves::{Changes, Force, Move, NameAndVersion},
};
use crate::terminal::visible;

/// The plan and what it leads to, as text. `verbose` also lists the packages that come and go.
#[must_use]
pub fn describe(plan: &Plan, proof: &Proof, verbose: bool) -> String {
    let mut text = String::new();
    for edit in &plan.edits {
        text.push_str(&diff(edit, &plan.root));
    }
    for command in &proof.commands {
        let _ = writeln!(text, "{command}");
    }
    text.push_str(&changes(&proof.changes, verbose));
    text
}

/// How the lockfile changes, a line for each move; with `verbose` also for each package that comes or
/// goes.
#[must_use]
pub fn changes(changes: &Changes, verbose: bool) -> String {
    let mut text = String::new();
    for moved in &changes.moves {
        let _ = writeln!(text, "moves {moved}");
    }
    let lists = [("adds", &changes.added), ("removes", &changes.removed)];
    for (verb, packages) in lists {
        if verbose {
            for (name, version) in packages {
                let _ = writeln!(text, "{verb} {name} {version}");
            }
        } else if let Some(line) = count(verb, packages) {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}

/// How many packages come or go.
fn count(verb: &str, packages: &[NameAndVersion]) -> Option<String> {
    match packages.len() {
        0 => None,
        1 => Some(format!("{verb} 1 package")),
        n => Some(format!("{verb} {n} packages")),
    }
}

/// A manifest's changes as `diff -u` and `git` show them.
fn diff(edit: &Edit, root: &Path) -> String {
    let path = edit.path.strip_prefix(root).unwrap_or(&edit.path).display().to_string();
    let path = visible(&path).replace('\n', "\\n").replace('\t', "\\t");
    let [old, new] = [&edit.old, &edit.new].map(|bytes| String::from_utf8_lossy(bytes));
    let diff = TextDiff::from_lines(&*old, &*new);
    let mut unified = diff.unified_diff();
    unified.header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {}", self.name, self.from, self.to)?;
        match &self.forced_by {
            Some(Force { by, requirement, of: None }) => write!(f, " (`{by}` requires `{requirement}`)"),
            Some(Force { by, requirement, of: Some(of) }) => {
                write!(f, " (`{by}` requires `{of} {requirement}`, which it does not go with)")
            }
            None => f.write_str(" (what forces it could not be found out)"),
        }
    }
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
