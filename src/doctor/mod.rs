//! `--action doctor`: why there are no spans, before anyone deploys.
//!
//! ```text
//! files -> walk -> survey -> Deployment, Module, ... \
//!                     Project -> Inventory           -> checks -> Symptom -> ignore -> Diagnosis -> render
//! ```
//!
//! Nothing is run and nothing is written; what a file says is parsed, never searched as text.

pub mod cargo;
pub mod catalogue;
pub mod check;
pub mod cure;
pub mod diagnosis;
pub mod fix;
pub mod ignore;
pub mod kind;
pub mod known;
pub mod launch;
pub mod process;
pub mod python;
pub mod read;
pub mod send;
pub mod survey;
pub mod symptom;
pub mod tree;

use std::{borrow::Cow, cmp::Reverse, path::Path};

use self::{
    check::Check,
    diagnosis::Diagnosis,
    ignore::{Ignore, Ignored},
    survey::Survey,
    symptom::Symptom,
    tree::Skips,
};
use crate::{
    check::Problem,
    ecosystem::{
        Ecosystem, Overview, Project, discover::Place, overview::relative,
        python::place::Place as PythonPlace,
    },
    file,
    registry::Registry,
};

/// The largest manifest that is read, in bytes.
pub(crate) const LARGEST_MANIFEST: u64 = 4 << 20;

/// What a doctor is called to.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What the user points at.
    pub place: &'a Place,
    /// The folder the user is in.
    pub folder: &'a Path,
    /// What is installed or locked; `None` if that cannot be read.
    pub reading: Option<Reading<'a>>,
    /// What is known of the instrumentations.
    pub registry: &'a Registry,
    /// What is not to be told.
    pub ignore: &'a [Ignore],
}

/// A project that could be read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The project.
    pub project: &'a Project,
    /// What there is to know about it.
    pub overview: &'a Overview,
    /// What is wrong with what is installed or locked.
    pub problems: &'a [Problem],
}

impl Case<'_> {
    /// The folder whose files are read; `None` if there is only an environment.
    #[must_use]
    pub fn root(&self) -> Option<Cow<'_, Path>> {
        match (self.place, self.reading.map(|reading| reading.project)) {
            (_, Some(Project::Cargo(inventory))) => Some(Cow::Borrowed(&inventory.root)),
            (Place::Python(PythonPlace::Project(folder)), _) => Some(self.folder.join(folder).into()),
            (Place::Python(PythonPlace::Lockfile(file)), _) | (Place::Cargo(file), None) => {
                let path = self.folder.join(file);
                Some(if path.is_dir() { path.into() } else { path.parent()?.to_owned().into() })
            }
            _ => None,
        }
    }

    /// A path as somebody would name it who stands where the user is.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        relative(path, self.folder)
    }
}

/// Looks at a project.
#[must_use]
pub fn diagnose(case: &Case<'_>) -> Diagnosis {
    let is_elsewhere = |check: &Check| [OPERATOR, PROCESS].iter().any(|start| check.id.starts_with(start));
    conclude(case, examine(case), |check| !is_elsewhere(check))
}

/// Looks at a project, and leaves out nothing yet.
fn examine(case: &Case<'_>) -> Examined {
    let ecosystem = case.place.ecosystem();
    let root = case.root();
    let survey =
        root.as_deref().map(|root| Survey::of(root, ecosystem, |path| case.shown(path))).unwrap_or_default();
    let source = case.reading.map_or(".", |reading| &reading.overview.source);
    let found = match case.reading.map(|reading| reading.project) {
        Some(Project::Cargo(inventory)) => {
            let overview = case.reading.map(|reading| reading.overview);
            overview.and_then(|overview| cargo::symptoms(&survey, inventory, overview, case.registry))
        }
        Some(Project::Python(inventory)) => python::symptoms(&survey, Some(inventory), source, case.registry),
        None if ecosystem == Ecosystem::Python => python::symptoms(&survey, None, source, case.registry),
        None => None,
    };
    let is_set_up = found.is_some();
    let mut symptoms = found.unwrap_or_default();
    // A crate that could be of a release set is of none where there is nothing of OpenTelemetry.
    let is_told = is_set_up || ecosystem == Ecosystem::Python;
    if let Some(Reading { overview, problems, .. }) = case.reading.filter(|_| is_told) {
        symptoms.extend(known::symptoms(problems, overview, case.folder));
    }
    Examined { symptoms, is_set_up, files: survey.files, skips: survey.skips }
}

/// Looks at a project beside a process that was looked at already.
#[must_use]
pub fn diagnose_beside(case: &Case<'_>, process: Examined) -> Diagnosis {
    let mut all = examine(case);
    all.symptoms.extend(process.symptoms);
    all.is_set_up |= process.is_set_up;
    all.files += process.files;
    all.skips.extend(process.skips);
    conclude(case, all, |check| !check.id.starts_with(OPERATOR))
}

/// What was found out without a project. `source` is what was looked at.
#[must_use]
pub fn diagnose_alone(examined: Examined, unwanted: &[Ignore], source: &str) -> Diagnosis {
    let Examined { symptoms, is_set_up, files, skips } = examined;
    let (symptoms, ignored) = without_ignored(symptoms, unwanted, source);
    Diagnosis { symptoms, ignored, is_set_up, files, skips }
}

/// What the ids of checks begin with that are about what the operator injects.
pub const OPERATOR: &str = "operator.";

/// What the ids of checks begin with that are about running processes alone.
pub const PROCESS: &str = "process.";

/// What looking at a project came to.
#[derive(Debug)]
pub struct Examined {
    /// What was found.
    pub symptoms: Vec<Symptom>,
    /// Whether there is anything to look at.
    pub is_set_up: bool,
    /// How many files were read.
    pub files: usize,
    /// Which were not, and why.
    pub skips: Skips,
}

/// Leaves out what the user does not want to hear, of checks that were `looked_for`, and puts the rest in order.
#[must_use]
pub fn conclude(case: &Case<'_>, examined: Examined, looked_for: impl Fn(&Check) -> bool) -> Diagnosis {
    let Examined { symptoms: mut found, is_set_up, files, skips } = examined;
    let source = case.reading.map_or(".", |reading| &reading.overview.source);
    let (mut ignores, wrong) = case.root().map(|root| entries(case, &root)).unwrap_or_default();
    ignores.retain(|ignore| looked_for(ignore.check));
    found.extend(wrong);
    ignores.extend(case.ignore.iter().cloned());
    let (mut symptoms, hidden) = without_ignored(found, &ignores, source);
    cure::confirm(symptoms.iter_mut().map(|symptom| &mut symptom.cure), case.folder);
    Diagnosis { symptoms, ignored: hidden, is_set_up, files, skips }
}

/// The symptoms in order without those that are ignored, and those.
fn without_ignored(
    mut found: Vec<Symptom>,
    ignores: &[Ignore],
    source: &str,
) -> (Vec<Symptom>, Vec<Ignored>) {
    order(&mut found);
    let (mut symptoms, hidden) = ignore::apply(found, ignores, source);
    order(&mut symptoms);
    (symptoms, hidden)
}

/// The gravest first, then by place; each once.
fn order(symptoms: &mut Vec<Symptom>) {
    fn key(symptom: &Symptom) -> impl Ord + '_ {
        (Reverse(symptom.check.severity), &symptom.place, symptom.check.id, &symptom.reason)
    }
    symptoms.sort_by(|one, other| key(one).cmp(&key(other)));
    symptoms.dedup();
}

/// What the manifest at the root asks to ignore, and what is wrong with that.
fn entries(case: &Case<'_>, root: &Path) -> (Vec<Ignore>, Vec<Symptom>) {
    let (name, tables) = match case.place.ecosystem() {
        Ecosystem::Cargo => ("Cargo.toml", ignore::CARGO),
        Ecosystem::Python => ("pyproject.toml", ignore::PYTHON),
    };
    let path = root.join(name);
    let text = file::read_text(&path, LARGEST_MANIFEST).ok();
    text.map(|text| ignore::of_manifest(&text, &case.shown(&path), tables)).unwrap_or_default()
}
