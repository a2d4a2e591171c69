//! Which members the user's choice of packages means.

use thiserror::Error;

use super::workspace::{LocalPackage, Workspace};
use crate::{nearest::nearest, settings::Selection};

/// A package spec that no member fits.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("no workspace member fits `{}`", spec.escape_debug())]
pub struct SelectionError {
    /// The spec as it was given.
    spec: String,
    /// The names of the members that could be meant.
    nearest: Option<String>,
    /// How many members there are.
    members: usize,
}

impl SelectionError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match &self.nearest {
            Some(name) => Some(format!("did you mean `{name}`?")),
            None => Some(format!(
                "`-p` takes the name of one of the {} workspace members, `NAME@VERSION`, or a pattern",
                self.members
            )),
        }
    }
}

/// Whether each of the workspace's packages is selected.
///
/// With `-p` those that fit a spec, with `--workspace` all members; else, as the path says, all
/// members at the root and the one whose folder was given elsewhere.
pub fn select(workspace: &Workspace, selection: &Selection) -> Result<Vec<bool>, SelectionError> {
    if selection.packages.is_empty() {
        let all = selection.workspace || workspace.is_at_root;
        let selected = workspace.packages.iter().enumerate();
        return Ok(selected.map(|(i, p)| p.is_member && (all || workspace.current == Some(i))).collect());
    }
    let mut selected: Vec<_> =
        workspace.packages.iter().map(|package| package.is_member && selection.workspace).collect();
    for spec in &selection.packages {
        let mut found = false;
        for (package, selected) in workspace.packages.iter().zip(&mut selected) {
            if package.is_member && fits(package, spec) {
                (found, *selected) = (true, true);
            }
        }
        if !found {
            let names = workspace.members().map(|member| member.name.as_str());
            let name = spec.split(['@', ':']).next().unwrap_or_default();
            return Err(SelectionError {
                spec: spec.clone(),
                nearest: nearest(name, names).map(str::to_owned),
                members: workspace.members().count(),
            });
        }
    }
    Ok(selected)
}

/// Whether a package fits a spec: `NAME`, `NAME@VERSION` (parts of the version may be missing), or a
/// glob over names, as for cargo.
fn fits(package: &LocalPackage, spec: &str) -> bool {
    let name = package.name.as_str();
    if spec.contains(['*', '?', '[', ']']) {
        return glob::Pattern::new(spec).is_ok_and(|pattern| pattern.matches(name));
    }
    match spec.split_once(['@', ':']) {
        None => spec == name,
        Some((spec, version)) => {
            let own = package.version.as_ref().map_or_else(|| "0.0.0".to_owned(), ToString::to_string);
            let rest = own.strip_prefix(version);
            spec == name && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '+']))
        }
    }
}
