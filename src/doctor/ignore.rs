//! What the user does not want to hear, and why: `--ignore`, and entries in the project's manifest.
//!
//! ```toml
//! [[tool.otel-bootstrap.ignore]]             # `pyproject.toml`
//! id = "python.prefork.metrics"
//! reason = "one worker in production"
//! path = "deploy/old"                        # optional: this file, or all below this folder
//! ```
//!
//! In `Cargo.toml` the list is `package.metadata.otel-bootstrap.ignore` or that of `workspace.metadata`.

use super::{
    catalogue::{IGNORE_INVALID, IGNORE_UNUSED, find},
    check::Check,
    symptom::{Place, Symptom},
};
use crate::document::{self, Table, Value};

/// Where in a manifest of Python the entries are.
pub const PYTHON: &[&[&str]] = &[&["tool", "otel-bootstrap"]];

/// Where in a manifest of cargo.
pub const CARGO: &[&[&str]] =
    &[&["package", "metadata", "otel-bootstrap"], &["workspace", "metadata", "otel-bootstrap"]];

/// The keys of an entry.
const KEYS: [&str; 3] = ["id", "reason", "path"];

/// Something that is not to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// The check.
    pub check: &'static Check,
    /// Why.
    pub reason: String,
    /// The file or the folder, from where the user is; all if `None`.
    pub path: Option<String>,
    /// Where it is asked for; `None` on the command line.
    pub place: Option<Place>,
}

/// Something that is not told, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// What was found.
    pub symptom: Symptom,
    /// Why it is ignored.
    pub reason: String,
}

impl Ignore {
    fn covers(&self, symptom: &Symptom) -> bool {
        let within = |path: &String| {
            let path = path.trim_end_matches('/');
            let rest = symptom.place.path.strip_prefix(path);
            path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.check == symptom.check && self.path.as_ref().is_none_or(within)
    }
}

/// What the user asks for on the command line.
#[must_use]
pub fn of_option(check: &'static Check) -> Ignore {
    Ignore { check, reason: "`--ignore`".to_owned(), path: None, place: None }
}

/// The entries of a manifest, and what is wrong with them. `manifest` is its path from where the user is. A
/// manifest that is no TOML has none: whoever reads the project says so.
#[must_use]
pub fn of_manifest(text: &str, manifest: &str, tables: &[&[&str]]) -> (Vec<Ignore>, Vec<Symptom>) {
    let (mut ignores, mut wrong) = (Vec::new(), Vec::new());
    let Ok(document) = document::parse(text) else { return (ignores, wrong) };
    let mut complain = |place: Place, reason: String| {
        let fix =
            "write `{ id = \"...\", reason = \"...\" }`, with a `path` where only that is meant".to_owned();
        wrong.push(Symptom { check: &IGNORE_INVALID, place, reason, fix, cure: None });
    };
    for path in tables {
        let Some(table) = document.table(path) else { continue };
        for (key, value) in table.iter() {
            let place = Place { path: manifest.to_owned(), line: line_of(text, key) };
            match (key, value.as_array()) {
                ("ignore", Some(entries)) => {
                    for entry in entries {
                        match entry_of(entry, text, manifest) {
                            Ok(ignore) => ignores.push(ignore),
                            Err((line, reason)) => {
                                complain(Place { path: manifest.to_owned(), line }, reason);
                            }
                        }
                    }
                }
                ("ignore", None) => complain(place, "`ignore` is no list".to_owned()),
                _ => complain(place, format!("`{}` is not known here", key.escape_debug())),
            }
        }
    }
    (ignores, wrong)
}

/// An entry; or what is wrong with it, and in which line.
fn entry_of(entry: &Value<'_>, text: &str, manifest: &str) -> Result<Ignore, (Option<usize>, String)> {
    let table: &Table<'_> = entry.as_table().ok_or((None, "an entry of `ignore` is no table".to_owned()))?;
    let key = |name: &str| table.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let id = key("id").ok_or((line_of(text, "ignore"), "an entry of `ignore` has no `id`".to_owned()))?;
    let line = line_of(text, id);
    let check = find(id).map_err(|error| {
        (
            line,
            format!(
                "{error}{}",
                error.nearest.map_or_else(String::new, |nearest| format!(" (`{nearest}` is one)"),)
            ),
        )
    })?;
    let unknown = table.iter().map(|(key, _)| key).find(|key| !KEYS.contains(key));
    if let Some(unknown) = unknown {
        return Err((line, format!("an entry of `ignore` knows no `{}`", unknown.escape_debug())));
    }
    let reason = key("reason").ok_or((line, format!("`{id}` is ignored without a `reason`")))?.to_owned();
    let folder = manifest.rsplit_once('/').map(|(folder, _)| folder);
    let path = key("path").map(|path| match folder {
        Some(folder) => format!("{folder}/{}", path.trim_start_matches("./")),
        None => path.trim_start_matches("./").to_owned(),
    });
    Ok(Ignore { check, reason, path, place: Some(Place { path: manifest.to_owned(), line }) })
}

/// The first line that holds a text, from 1.
fn line_of(text: &str, what: &str) -> Option<usize> {
    text.lines().position(|line| line.contains(what)).map(|line| line + 1)
}

/// Takes out what is ignored, and adds what is ignored in vain. `source` is what the command line is about.
#[must_use]
pub fn apply(symptoms: Vec<Symptom>, ignores: &[Ignore], source: &str) -> (Vec<Symptom>, Vec<Ignored>) {
    let mut used = vec![false; ignores.len()];
    let (mut kept, mut hidden) = (Vec::new(), Vec::new());
    for symptom in symptoms {
        let mut by = None;
        for (ignore, used) in ignores.iter().zip(&mut used) {
            if ignore.covers(&symptom) {
                *used = true;
                by = by.or(Some(ignore));
            }
        }
        match by {
            Some(ignore) => hidden.push(Ignored { symptom, reason: ignore.reason.clone() }),
            None => kept.push(symptom),
        }
    }
    let unused = ignores.iter().zip(used).filter(|(_, used)| !used).map(|(ignore, _)| ignore);
    kept.extend(unused.map(|ignore| Symptom {
        check: &IGNORE_UNUSED,
        place: ignore.place.clone().unwrap_or_else(|| Place::of(source)),
        reason: match &ignore.path {
            Some(path) => format!("`{}` is ignored in `{path}`, and not found there", ignore.check.id),
            None => format!("`{}` is ignored, and not found", ignore.check.id),
        },
        fix: match ignore.place {
            Some(_) => "take the entry out".to_owned(),
            None => format!("leave `--ignore {}` out", ignore.check.id),
        },
        cure: None,
    }));
    (kept, hidden)
}

#[cfg(test)]
mod tests {
    use super::{
        super::catalogue::{CARGO_TWO_OPENTELEMETRY, PYTHON_RELEASE_MIXED},
        *,
    };

    fn symptom(check: &'static Check, path: &str) -> Symptom {
        Symptom { check, place: Place::of(path), reason: "r".to_owned(), fix: "f".to_owned(), cure: None }
    }

    #[test]
    fn entries_are_read_from_both_manifests() {
        let python = "[tool.otel-bootstrap]\nignore = [\n  { id = \"python.release.mixed\", reason = \"x\", path = \"a\" },\n]\n";
        let (ignores, wrong) = of_manifest(python, "api/pyproject.toml", PYTHON);
        assert_eq!(wrong, []);
        assert_eq!(ignores[0].check, &PYTHON_RELEASE_MIXED);
        assert_eq!(ignores[0].path.as_deref(), Some("api/a"));
        assert_eq!(ignores[0].place, Some(Place::at("api/pyproject.toml", 3)));
        let cargo =
            "[[workspace.metadata.otel-bootstrap.ignore]]\nid = 'cargo.two-opentelemetry'\nreason = 'y'\n";
        let (ignores, wrong) = of_manifest(cargo, "Cargo.toml", CARGO);
        assert_eq!((ignores.len(), wrong.len()), (1, 0));
    }

    #[test]
    fn what_is_wrong_with_an_entry_is_told() {
        for (entries, reason) in [
            ("ignore = 'x'", "`ignore` is no list"),
            ("ignored = []", "`ignored` is not known here"),
            ("ignore = ['x']", "an entry of `ignore` is no table"),
            ("ignore = [{ reason = 'x' }]", "an entry of `ignore` has no `id`"),
            (
                "ignore = [{ id = 'python.release.mixed' }]",
                "`python.release.mixed` is ignored without a `reason`",
            ),
            (
                "ignore = [{ id = 'python.release.mixed', reason = ' ' }]",
                "`python.release.mixed` is ignored without",
            ),
            (
                "ignore = [{ id = 'python.release.mixt', reason = 'x' }]",
                "there is no check `python.release.mixt` (`py",
            ),
            (
                "ignore = [{ id = 'python.release.mixed', reason = 'x', file = 'y' }]",
                "an entry of `ignore` knows no `file`",
            ),
        ] {
            let text = format!("[tool.otel-bootstrap]\n{entries}\n");
            let (ignores, wrong) = of_manifest(&text, "pyproject.toml", PYTHON);
            assert_eq!(ignores, []);
            assert!(wrong.len() == 1 && wrong[0].reason.starts_with(reason), "{entries}: {wrong:?}");
        }
        assert_eq!(of_manifest("[tool", "pyproject.toml", PYTHON), (Vec::new(), Vec::new()));
    }

    #[test]
    fn what_is_ignored_is_kept_apart_and_what_is_ignored_in_vain_is_told() {
        let there = || {
            vec![
                symptom(&CARGO_TWO_OPENTELEMETRY, "Cargo.lock"),
                symptom(&PYTHON_RELEASE_MIXED, "api/uv.lock"),
                symptom(&PYTHON_RELEASE_MIXED, "api2/uv.lock"),
            ]
        };
        let mut ignore = of_option(&PYTHON_RELEASE_MIXED);
        ignore.path = Some("api".to_owned());
        let (kept, ignored) = apply(there(), &[ignore.clone()], ".");
        assert_eq!(
            kept.iter().map(|s| s.place.path.as_str()).collect::<Vec<_>>(),
            ["Cargo.lock", "api2/uv.lock"]
        );
        assert_eq!(ignored.len(), 1);
        assert_eq!(ignored[0].reason, "`--ignore`");
        let (kept, _) = apply(Vec::new(), &[ignore, of_option(&CARGO_TWO_OPENTELEMETRY)], "Cargo.lock");
        let told: Vec<String> = kept.iter().map(|s| format!("{} {}; {}", s.place, s.reason, s.fix)).collect();
        assert_eq!(
            told,
            [
                "Cargo.lock `python.release.mixed` is ignored in `api`, and not found there; leave `--ignore \
                 python.release.mixed` out",
                "Cargo.lock `cargo.two-opentelemetry` is ignored, and not found; leave `--ignore \
                 cargo.two-opentelemetry` out",
            ]
        );
    }
}
