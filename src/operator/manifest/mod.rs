//! Workloads of Kubernetes that are to be changed, in their files and beside them.
//!
//! ```text
//! text -> tree -> Workload -> plan -> Addition -> edit -> text, proven against the one before
//!                                         `-----> patch
//! ```
//!
//! What is there stays as it is, byte for byte: an edit adds text, and nothing is written anew.

pub mod edit;
pub mod patch;
pub mod plan;
pub mod proof;
pub mod tree;
pub mod value;
pub mod workload;

use thiserror::Error;

use self::{
    edit::{Sheet, Unfit},
    plan::{Addition, PlanError, RENDER, Wish, plan},
    proof::Allowed,
    tree::{Node, Unreadable, documents},
    value::Value,
    workload::{Reader, Workload},
};

/// A file whose workloads have what is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patched {
    /// Its text with all that is added.
    pub text: String,
    /// Its workloads.
    pub workloads: Vec<Planned>,
}

/// A workload, and what is added to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// `apiVersion`.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace, if it names one.
    pub namespace: Option<String>,
    /// The line where it begins.
    pub line: usize,
    /// The keys from it to the template of its pods.
    pub way: &'static [&'static str],
    /// The names of its containers.
    pub containers: Vec<String>,
    /// What is added.
    pub addition: Addition,
}

impl Planned {
    /// How people call it: `Deployment/shop`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}/{}", self.kind, self.name)
    }

    /// Whether it has a container of that name.
    #[must_use]
    pub fn has_container(&self, name: &str) -> bool {
        self.containers.iter().any(|own| own == name)
    }
}

/// Why a file is not changed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ManifestError {
    /// It is no YAML.
    #[error("line {line}: {reason}")]
    Grammar {
        /// The line.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// It is a template.
    #[error("line {0}: it is a template, not what is made of it")]
    Template(usize),
    /// It is too large or too deep.
    #[error("it is larger or deeper than any manifest")]
    TooMuch,
    /// None of its workloads has a container that is asked for.
    #[error("none of its workloads has a container `{}`", .0.escape_debug())]
    NoSuchContainer(String),
    /// There is nothing in it to change.
    #[error("it holds no workload")]
    NoWorkload,
    /// A workload is not as it should be.
    #[error("`{workload}`")]
    Plan {
        /// The workload.
        workload: String,
        /// What is wrong.
        source: PlanError,
    },
    /// A workload cannot be edited in its file.
    #[error("`{workload}` cannot be edited")]
    Edit {
        /// The workload.
        workload: String,
        /// Why.
        source: Unfit,
    },
    /// The edit does not do what it should, or more.
    #[error("an edit of it would not come out as it should")]
    Unproven,
}

impl ManifestError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Template(_) => Some(RENDER.to_owned()),
            Self::Plan { source, .. } => source.hint(),
            Self::Edit { .. } | Self::Unproven => {
                Some("`--manifest patch` prints what is to be added, and leaves the file alone".to_owned())
            }
            Self::NoWorkload => Some(
                "known are Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob and Pod".to_owned(),
            ),
            Self::Grammar { .. } | Self::TooMuch | Self::NoSuchContainer(_) => None,
        }
    }
}

/// A file whose workloads cannot be changed.
#[derive(Debug, Error)]
#[error("nothing can be added to `{path}`")]
pub struct Unpatched {
    /// The file, as the user names it.
    pub path: String,
    /// Why.
    pub source: ManifestError,
}

impl Unpatched {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.source.hint()
    }
}

impl From<Unreadable> for ManifestError {
    fn from(error: Unreadable) -> Self {
        match error {
            Unreadable::Grammar(line, reason) => Self::Grammar { line, reason },
            Unreadable::Template(line) => Self::Template(line),
            Unreadable::TooMuch => Self::TooMuch,
        }
    }
}

/// Finds out what the workloads of a file lack, without editing it.
pub fn planned(text: &str, wish: &Wish<'_>) -> Result<Vec<Planned>, Vec<ManifestError>> {
    planned_of(&documents(text).map_err(|error| vec![error.into()])?, wish)
}

fn planned_of(documents: &[Node], wish: &Wish<'_>) -> Result<Vec<Planned>, Vec<ManifestError>> {
    let reader = Reader::new(documents);
    let workloads = documents.iter().flat_map(|document| reader.workloads(document));
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for workload in workloads {
        match plan(&reader, &workload, wish) {
            Ok(addition) => found.push(of_workload(&reader, &workload, addition)),
            Err(source) => errors.push(ManifestError::Plan { workload: workload.title(), source }),
        }
    }
    match (found.is_empty(), errors.is_empty()) {
        (true, true) => Err(vec![ManifestError::NoWorkload]),
        (_, false) => Err(errors),
        (false, true) => Ok(found),
    }
}

/// Adds to the workloads of a file what they lack.
pub fn patched(text: &str, wish: &Wish<'_>) -> Result<Patched, Vec<ManifestError>> {
    let before = documents(text).map_err(|error| vec![error.into()])?;
    let workloads = planned_of(&before, wish)?;
    let reader = Reader::new(&before);
    let mut sheet = Sheet::new(text, &before);
    let mut errors = Vec::new();
    for (workload, planned) in before.iter().flat_map(|document| reader.workloads(document)).zip(&workloads) {
        if let Err(source) = edit(&mut sheet, &reader, &workload, &planned.addition) {
            errors.push(ManifestError::Edit { workload: workload.title(), source });
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    if !sheet.is_changed() {
        return Ok(Patched { text: text.to_owned(), workloads });
    }
    let edited = sheet.finish();
    if is_proven(&before, &edited, &workloads, wish) {
        Ok(Patched { text: edited, workloads })
    } else {
        Err(vec![ManifestError::Unproven])
    }
}

fn of_workload<'n>(reader: &Reader<'n>, workload: &Workload<'n>, addition: Addition) -> Planned {
    Planned {
        api_version: workload.api_version.to_owned(),
        kind: workload.kind.to_owned(),
        name: workload.name.to_owned(),
        namespace: workload.namespace.map(str::to_owned),
        line: workload.line,
        way: workload.way,
        containers: reader.containers(workload).iter().map(|container| container.name.to_owned()).collect(),
        addition,
    }
}

/// Puts what a workload lacks into its file.
fn edit(
    sheet: &mut Sheet<'_>,
    reader: &Reader<'_>,
    workload: &Workload<'_>,
    addition: &Addition,
) -> Result<(), Unfit> {
    if addition.is_empty() {
        return Ok(());
    }
    for node in &workload.chain {
        sheet.own(node)?;
    }
    let template = workload.template();
    if !addition.annotations.is_empty() {
        let entries =
            addition.annotations.iter().map(|(name, text)| (name.clone(), Value::text(text.as_str())));
        sheet.put(template, &["metadata", "annotations"], entries.collect())?;
    }
    for added in &addition.variables {
        let spec = sheet.own(template.get("spec").ok_or(Unfit::Form(template.line))?)?;
        let key = if added.is_init { "initContainers" } else { "containers" };
        let (key, list) = spec
            .entries()
            .iter()
            .rev()
            .find(|(name, _)| name.text() == Some(key))
            .ok_or(Unfit::Form(spec.line))?;
        let list = sheet.own(list)?;
        let is_meant = |item: &&Node| reader.text(item, &["name"]) == Some(added.name.as_str());
        let container = sheet.own(list.items().iter().find(is_meant).ok_or(Unfit::Form(list.line))?)?;
        sheet.append(container, "env", Value::variables(&added.variables), sheet.step(key, list))?;
    }
    Ok(())
}

/// Whether an edit added what it should, nothing else, and would add nothing when done again.
fn is_proven(before: &[Node], after: &str, workloads: &[Planned], wish: &Wish<'_>) -> bool {
    let additions = || workloads.iter().map(|workload| &workload.addition);
    let allowed = Allowed {
        annotations: additions().flat_map(|a| &a.annotations).map(|(name, _)| name.as_str()).collect(),
        variables: additions()
            .flat_map(|a| &a.variables)
            .flat_map(|container| &container.variables)
            .map(|(name, _)| name.as_str())
            .collect(),
    };
    let Ok(after) = documents(after) else { return false };
    let is_done = planned_of(&after, wish)
        .is_ok_and(|again| again.len() == workloads.len() && again.iter().all(|w| w.addition.is_empty()));
    allowed.explains(before, &after) && is_done
}

#[cfg(test)]
mod tests;
