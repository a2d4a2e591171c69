//! `--fix`: what becomes of files when the findings are cured, and whether it did them good.
//!
//! ```text
//! Diagnosis -> Plan::new -> Plan -> (written by the command) -> Diagnosis -> compare
//! ```

use std::{collections::BTreeMap, fmt, path::Path};

use thiserror::Error;

use super::{
    cure::{Change, Cure},
    diagnosis::Diagnosis,
    symptom::Symptom,
    tree::LARGEST,
};
use crate::{
    file::{self, FileError},
    install::{Edit, SwapError},
    resolution::Requirement,
    terminal::plural,
};

/// Why nothing was fixed.
#[derive(Debug, Error)]
pub enum FixError {
    /// A file cannot be read again.
    #[error("failed to read `{path}` again; nothing was changed")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: FileError,
    },
    /// Somebody else changed the file.
    #[error("`{0}` changed in the meantime; nothing was changed")]
    Changed(String),
    /// The files could not be replaced.
    #[error(transparent)]
    Swap(#[from] SwapError),
    /// The changed project is not better.
    #[error("the changes did not do what they should; all files are as they were{}", told(.0))]
    Worse(Vec<Surprise>),
    /// The files could not be put back.
    #[error(transparent)]
    Kept(#[from] crate::install::NotPutBack),
}

impl FixError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Changed(_) => Some("run the command again".to_owned()),
            Self::Swap(error) => error.hint(),
            Self::Worse(_) => Some("`--ignore ID` leaves the fixes of a check out".to_owned()),
            Self::Read { .. } | Self::Kept(_) => None,
        }
    }
}

/// Something about the changed project that should not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Surprise {
    /// A check still finds in a file what it was cured of.
    Left(&'static str, String),
    /// A check finds something in a file that it did not find before.
    New(&'static str, String),
    /// Files that could be read cannot be read any more.
    Unread(usize),
}

impl fmt::Display for Surprise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Left(id, path) => write!(f, "`{id}` would still be found in `{}`", path.escape_debug()),
            Self::New(id, path) => write!(f, "`{id}` would be found in `{}`", path.escape_debug()),
            Self::Unread(count) => {
                write!(f, "{} could not be read any more", plural(*count, "file", "files"))
            }
        }
    }
}

/// Surprises, each on a line of its own below the sentence that introduces them.
fn told(surprises: &[Surprise]) -> String {
    surprises.iter().fold(String::new(), |text, surprise| format!("{text}\n    {surprise}"))
}

/// What is to be done.
#[derive(Debug, Default)]
pub struct Plan<'a> {
    /// The findings that it is to cure.
    pub cured: Vec<&'a Symptom>,
    /// The files that change, but for manifests of cargo.
    pub edits: Vec<Edit>,
    /// What is to be switched on in manifests of cargo.
    pub requirements: Vec<Requirement>,
}

impl<'a> Plan<'a> {
    /// Works out what the files are to hold. A cure that clashes with one before it is left out. Paths are told from
    /// the folder.
    pub fn new(symptoms: impl IntoIterator<Item = &'a Symptom>, folder: &Path) -> Result<Self, FixError> {
        let mut plan = Self::default();
        let mut chosen = BTreeMap::<&str, Vec<&Change>>::new();
        for symptom in symptoms {
            let Some(Cure { changes, requirement }) = &symptom.cure else { continue };
            let has_room = |change: &Change| {
                let others = chosen.get(change.path.as_str()).into_iter().flatten();
                requirement.is_some() || !others.into_iter().any(|other| change.clashes(other))
            };
            if !changes.iter().all(has_room) {
                continue;
            }
            plan.cured.push(symptom);
            match requirement {
                Some(requirement) => plan.require(requirement),
                None => changes.iter().for_each(|c| chosen.entry(&c.path).or_default().push(c)),
            }
        }
        for (path, changes) in chosen {
            plan.edits.push(edit(path, changes, folder)?);
        }
        Ok(plan)
    }

    /// Adds a requirement; the features of one crate in one member are one.
    fn require(&mut self, new: &Requirement) {
        let same = |own: &&mut Requirement| (&own.name, &own.members) == (&new.name, &new.members);
        match self.requirements.iter_mut().find(same) {
            Some(own) => {
                own.features.extend(new.features.iter().cloned());
                own.features.sort_unstable();
                own.features.dedup();
            }
            None => self.requirements.push(new.clone()),
        }
    }
}

/// What a file is to hold.
fn edit(path: &str, mut changes: Vec<&Change>, folder: &Path) -> Result<Edit, FixError> {
    let place = folder.join(path);
    let text = file::read_text(&place, LARGEST)
        .map_err(|source| FixError::Read { path: path.to_owned(), source })?;
    changes.sort_by_key(|change| change.start);
    changes.dedup();
    let mut new = text.clone();
    for change in changes.into_iter().rev() {
        if new.get(change.range()) != Some(change.old.as_str()) {
            return Err(FixError::Changed(path.to_owned()));
        }
        new.replace_range(change.range(), &change.new);
    }
    Ok(Edit { path: place, old: text.into_bytes(), new: new.into_bytes() })
}

/// What should not be after the change: what was cured is gone, nothing else has come, and everything can be read.
#[must_use]
pub fn compare(before: &Diagnosis, cured: &[&Symptom], after: &Diagnosis) -> Vec<Surprise> {
    fn counts<'s>(symptoms: impl Iterator<Item = &'s Symptom>) -> BTreeMap<(&'static str, &'s str), usize> {
        let mut counts = BTreeMap::new();
        for symptom in symptoms {
            *counts.entry((symptom.check.id, symptom.place.path.as_str())).or_default() += 1;
        }
        counts
    }
    let [had, cured, has] =
        [counts(before.symptoms.iter()), counts(cured.iter().copied()), counts(after.symptoms.iter())];
    let count = |counts: &BTreeMap<_, usize>, key| counts.get(&key).copied().unwrap_or_default();
    let mut surprises = Vec::new();
    for (key, now) in has {
        let (id, path) = key;
        if now > count(&had, key).saturating_sub(count(&cured, key)) {
            let is_left = count(&cured, key) > 0;
            let kind = if is_left { Surprise::Left } else { Surprise::New };
            surprises.push(kind(id, path.to_owned()));
        }
    }
    let unread = after.skips.count().saturating_sub(before.skips.count());
    surprises.extend((unread > 0).then_some(Surprise::Unread(unread)));
    surprises
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::doctor::{
        catalogue::{PYTHON_OTLP_PORT, PYTHON_VARIABLE_UNKNOWN},
        check::Check,
        symptom::Place,
        tree::Skip,
    };

    fn symptom(check: &'static Check, path: &str, cure: Option<Cure>) -> Symptom {
        Symptom { check, place: Place::at(path, 1), reason: "r".to_owned(), fix: "f".to_owned(), cure }
    }

    fn diagnosis(symptoms: Vec<Symptom>) -> Diagnosis {
        Diagnosis { symptoms, is_set_up: true, ..Diagnosis::default() }
    }

    #[test]
    fn changes_of_one_file_are_made_together() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join(".env"), "A=1\r\nB=2\r\n").expect("a file");
        let change = |start, old: &str, new: &str| Cure::of(Change::new(".env", start, old, new));
        let of = |cure| symptom(&PYTHON_OTLP_PORT, ".env", Some(cure));
        let found = diagnosis(vec![
            of(change(7, "2", "22")),
            of(change(0, "A", "AA")),
            of(change(0, "A", "AA")),
            of(change(0, "A=", "clash")),
            symptom(&PYTHON_OTLP_PORT, ".env", None),
        ]);
        let plan = Plan::new(&found.symptoms, folder.path()).expect("a plan");
        assert_eq!(plan.cured.len(), 3);
        let [edit] = plan.edits.as_slice() else { panic!("{:?}", plan.edits) };
        assert_eq!(String::from_utf8_lossy(&edit.new), "AA=1\r\nB=22\r\n");
        assert_eq!(String::from_utf8_lossy(&edit.old), "A=1\r\nB=2\r\n");

        fs::write(folder.path().join(".env"), "C=1\r\n").expect("a file");
        let error = Plan::new(&found.symptoms, folder.path()).expect_err("another text");
        assert!(matches!(&error, FixError::Changed(path) if path == ".env"), "{error}");
    }

    #[test]
    fn what_is_left_and_what_has_come_is_seen() {
        let port = |path: &str| symptom(&PYTHON_OTLP_PORT, path, None);
        let before = diagnosis(vec![port("a"), port("a"), port("b")]);
        let cured = [&before.symptoms[0]];
        assert_eq!(compare(&before, &cured, &diagnosis(vec![port("a"), port("b")])), []);
        assert_eq!(compare(&before, &cured, &diagnosis(Vec::new())), []);
        let unknown = symptom(&PYTHON_VARIABLE_UNKNOWN, "c", None);
        let mut after = diagnosis(vec![port("a"), port("a"), port("b"), unknown]);
        after.skips.add(Skip::Unparsed, "a");
        let error = FixError::Worse(compare(&before, &cured, &after));
        insta::assert_snapshot!(error.to_string(), @"
        the changes did not do what they should; all files are as they were
            `python.otlp.port` would still be found in `a`
            `python.variable.unknown` would be found in `c`
            1 file could not be read any more
        ");
    }
}
