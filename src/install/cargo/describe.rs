//! What `--dry-run` shows: the manifests as a diff, the commands, and what becomes of the lockfile.

use std::fmt::{self, Write as _};

use super::{
    Plan, Proof,
    moves::{Changes, Force, Move, NameAndVersion},
};
use crate::install::diff::diff;

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
