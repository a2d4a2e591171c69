//! What a workload lacks so that the operator does what is wanted, and what is said of it.
//!
//! Source of the rules: `internal/instrumentation` of the operator's sources, `annotation.go` and `podmutator.go`.

use std::{collections::BTreeSet, fmt};

use thiserror::Error;

use super::workload::{Container, Reader, Workload};
use crate::{
    doctor::read::kubernetes::INJECT,
    operator::{
        application::{DJANGO_SETTINGS, PYTHONPATH},
        libc::Libc,
    },
    terminal::listed,
};

/// The annotation that asks for the variables alone.
pub const INJECT_SDK: &str = "instrumentation.opentelemetry.io/inject-sdk";

/// The annotation that says which C library the containers have.
pub const PLATFORM: &str = "instrumentation.opentelemetry.io/otel-python-platform";

/// The annotation that names the containers that are meant.
pub const NAMES: &str = "instrumentation.opentelemetry.io/container-names";

/// The same for Python alone, and for the variables alone.
const OWN_NAMES: [(&str, &str); 2] = [
    (INJECT, "instrumentation.opentelemetry.io/python-container-names"),
    (INJECT_SDK, "instrumentation.opentelemetry.io/sdk-container-names"),
];

/// What begins every annotation that asks for an injection.
const ANY_INJECT: &str = "instrumentation.opentelemetry.io/inject-";

/// The variables that a container needs: goes in its own folder, goes out names and values.
pub type Variables<'a> = dyn Fn(Option<&str>) -> Vec<(String, String)> + 'a;

/// What is wanted of workloads.
pub struct Wish<'a> {
    /// The annotation that asks for it: [`INJECT`] or [`INJECT_SDK`].
    pub annotation: &'static str,
    /// Its value: `true`, or an `Instrumentation` by name.
    pub value: String,
    /// The C library of the containers, if it is not the one that the operator takes for granted.
    pub libc: Option<Libc>,
    /// The containers that are meant, where there are several.
    pub containers: &'a [String],
    /// The variables that a container needs.
    pub variables: &'a Variables<'a>,
}

/// What is to be added to a workload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addition {
    /// Annotations of its pods.
    pub annotations: Vec<(String, String)>,
    /// Variables, by container.
    pub variables: Vec<ContainerAddition>,
    /// What is there already, and is left as it is.
    pub remarks: Vec<Remark>,
}

/// What is to be added to a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerAddition {
    /// Its name.
    pub name: String,
    /// Whether it only prepares.
    pub is_init: bool,
    /// Variables.
    pub variables: Vec<(String, String)>,
}

impl Addition {
    /// Whether there is nothing to add.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.annotations.is_empty() && self.variables.is_empty()
    }
}

/// Something that is there already, and is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// The annotation asks for it.
    Asks {
        /// Its value.
        value: String,
        /// Its line.
        line: usize,
    },
    /// The annotation refuses it.
    Refuses {
        /// Its line.
        line: usize,
    },
    /// The annotation is empty, which the operator takes as nothing.
    SaysNothing {
        /// Its line.
        line: usize,
    },
    /// The operator takes the first container, as nothing names another.
    First {
        /// Its name.
        name: String,
    },
    /// Another C library is named.
    Platform {
        /// The value.
        value: String,
        /// The line.
        line: usize,
        /// The one that the image has.
        found: Libc,
    },
    /// A variable has another value, or one from elsewhere.
    Variable {
        /// The container.
        container: String,
        /// The variable.
        name: String,
        /// The line.
        line: usize,
        /// What would be needed.
        wanted: String,
    },
    /// The annotation is at the workload, where the operator does not look.
    Stray {
        /// The line.
        line: usize,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asks { value, line } => {
                write!(f, "asks for it already, with `{}` (line {line})", value.escape_debug())
            }
            Self::Refuses { line } => write!(f, "says `false` (line {line}), and is left alone"),
            Self::SaysNothing { line } => {
                write!(f, "has the annotation without a value (line {line}), and is left alone")
            }
            Self::First { name } => {
                write!(f, "names no container: the operator takes the first, `{}`", name.escape_debug())
            }
            Self::Platform { value, line, found } => write!(
                f,
                "says `{}` (line {line}), and the image is of {found}: it is left as it is",
                value.escape_debug()
            ),
            Self::Variable { container, name, line, wanted } => write!(
                f,
                "sets `{name}` of container `{}` itself (line {line}), where `{}` is needed: it is left as it is",
                container.escape_debug(),
                wanted.escape_debug()
            ),
            Self::Stray { line } => {
                write!(f, "has the annotation at itself too (line {line}), where the operator does not look")
            }
        }
    }
}

/// Why a workload cannot be changed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PlanError {
    /// A name is none of Kubernetes.
    #[error("`{}` is no name of Kubernetes", .0.escape_debug())]
    Name(String),
    /// It has braces of a template.
    #[error("it is a template, with `{}`", .0.escape_debug())]
    Template(String),
    /// There is no container.
    #[error("it has no container{}", if *has_init { ", only such that prepare one" } else { "" })]
    NoContainer {
        /// Whether there are init containers.
        has_init: bool,
    },
    /// Several containers, and nothing says which.
    #[error("it has the containers {}, and nothing says which is meant", listed(.0.iter().map(|name| format!("`{name}`"))))]
    Choice(Vec<String>),
    /// An annotation names a container that is not there.
    #[error("line {line} names container `{}`, which it does not have", name.escape_debug())]
    NoSuchContainer {
        /// The name.
        name: String,
        /// The line.
        line: usize,
    },
    /// An annotation is no text.
    #[error("line {line}: `{}` without quotes is no text, and Kubernetes refuses it as an annotation", value.escape_debug())]
    NoText {
        /// What is written.
        value: String,
        /// The line.
        line: usize,
    },
}

impl PlanError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Template(_) => RENDER.to_owned(),
            Self::Choice(names) => format!("say which with `--container {}`", names.first()?),
            Self::NoText { value, .. } => format!("write `\"{}\"`", value.escape_debug()),
            Self::Name(_) | Self::NoContainer { .. } | Self::NoSuchContainer { .. } => return None,
        })
    }
}

/// What to do about a template.
pub const RENDER: &str = "give what `helm template` or `kustomize build` prints; in a chart, add what `--manifest patch` \
                          prints to the template by hand";

/// Finds out what a workload lacks.
pub fn plan<'n>(
    reader: &Reader<'n>,
    workload: &Workload<'n>,
    wish: &Wish<'_>,
) -> Result<Addition, PlanError> {
    checked(workload.name)?;
    let all = reader.containers(workload);
    for container in &all {
        checked(container.name)?;
    }
    let mut addition = Addition::default();
    if let Some(stray) = reader.stray_annotation(workload, wish.annotation) {
        addition.remarks.push(Remark::Stray { line: stray.line });
    }
    let asked = reader.annotation(workload, wish.annotation);
    match asked {
        Some(annotation) if !annotation.is_text && !annotation.value.is_empty() => {
            return Err(PlanError::NoText { value: annotation.value.to_owned(), line: annotation.line });
        }
        Some(annotation) if annotation.value.eq_ignore_ascii_case("false") => {
            addition.remarks.push(Remark::Refuses { line: annotation.line });
            return Ok(addition);
        }
        Some(annotation) if annotation.value.is_empty() => {
            addition.remarks.push(Remark::SaysNothing { line: annotation.line });
            return Ok(addition);
        }
        Some(annotation) => {
            addition.remarks.push(Remark::Asks { value: annotation.value.to_owned(), line: annotation.line });
        }
        None => addition.annotations.push((wish.annotation.to_owned(), wish.value.clone())),
    }
    platform(reader, workload, wish, &mut addition);
    for container in containers(reader, workload, wish, &all, asked.is_some(), &mut addition)? {
        variables(reader, container, wish, &mut addition);
    }
    Ok(addition)
}

/// Whether it is a name that Kubernetes takes.
///
/// Source of the rule: the Kubernetes documentation, "Object Names and IDs".
#[must_use]
pub fn is_name(text: &str) -> bool {
    let is_part =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    !text.is_empty() && text.len() <= 253 && text.bytes().all(is_part)
}

/// A name that Kubernetes takes, or what is wrong with it.
fn checked(name: &str) -> Result<(), PlanError> {
    if name.contains("{{") {
        return Err(PlanError::Template(name.to_owned()));
    }
    if !is_name(name) {
        return Err(PlanError::Name(name.to_owned()));
    }
    Ok(())
}

fn platform(reader: &Reader<'_>, workload: &Workload<'_>, wish: &Wish<'_>, addition: &mut Addition) {
    let Some(libc) = wish.libc.filter(|_| wish.annotation == INJECT) else { return };
    match reader.annotation(workload, PLATFORM) {
        None if libc == Libc::Musl => {
            addition.annotations.push((PLATFORM.to_owned(), libc.word().to_owned()));
        }
        Some(annotation) if annotation.value != libc.word() => addition.remarks.push(Remark::Platform {
            value: annotation.value.to_owned(),
            line: annotation.line,
            found: libc,
        }),
        _ => {}
    }
}

/// The containers that are meant.
fn containers<'n, 'c>(
    reader: &Reader<'n>,
    workload: &Workload<'n>,
    wish: &Wish<'_>,
    all: &'c [Container<'n>],
    is_asked: bool,
    addition: &mut Addition,
) -> Result<Vec<&'c Container<'n>>, PlanError> {
    let main: Vec<&Container<'_>> = all.iter().filter(|container| !container.is_init).collect();
    let [first, others @ ..] = main.as_slice() else {
        return Err(PlanError::NoContainer { has_init: !all.is_empty() });
    };
    let own = OWN_NAMES
        .iter()
        .find(|(annotation, _)| *annotation == wish.annotation)
        .map_or(NAMES, |(_, own)| *own);
    let named = [NAMES, own].into_iter().filter_map(|name| reader.annotation(workload, name));
    let named: Vec<_> = named.filter(|annotation| !annotation.value.is_empty()).collect();
    if !named.is_empty() {
        let pairs = named.iter().flat_map(|list| list.value.split(',').map(|name| (name, list.line)));
        let mut seen = BTreeSet::new();
        let found = pairs.filter(|(name, _)| seen.insert(*name)).map(|(name, line)| {
            let found = all.iter().find(|container| container.name == name);
            found.ok_or_else(|| PlanError::NoSuchContainer { name: name.to_owned(), line })
        });
        return found.collect();
    }
    let chosen: Vec<&Container<'_>> =
        all.iter().filter(|container| wish.containers.iter().any(|name| name == container.name)).collect();
    if others.is_empty() && chosen.iter().all(|container| container.name == first.name) {
        return Ok(vec![first]);
    }
    if chosen.is_empty() {
        if is_asked {
            addition.remarks.push(Remark::First { name: first.name.to_owned() });
            return Ok(vec![first]);
        }
        return Err(PlanError::Choice(main.iter().map(|container| container.name.to_owned()).collect()));
    }
    // Where other languages are injected, too, each must name its own containers.
    let annotations = reader.at(workload.template(), &["metadata", "annotations"]);
    let is_other = |name: &str| name.starts_with(ANY_INJECT) && name != wish.annotation;
    let has_others =
        annotations.is_some_and(|all| all.entries().iter().any(|(key, _)| key.text().is_some_and(is_other)));
    let list: Vec<&str> = chosen.iter().map(|container| container.name).collect();
    addition.annotations.push((if has_others { own } else { NAMES }.to_owned(), list.join(",")));
    Ok(chosen)
}

fn variables(reader: &Reader<'_>, container: &Container<'_>, wish: &Wish<'_>, addition: &mut Addition) {
    let folder = reader.text(container.node, &["workingDir"]);
    let mut missing = Vec::new();
    for (name, wanted) in (wish.variables)(folder) {
        match reader.variable(container, &name) {
            None => missing.push((name, wanted)),
            Some((_, Some(value))) if is_met(&name, value, &wanted) => {}
            Some((node, _)) => addition.remarks.push(Remark::Variable {
                container: container.name.to_owned(),
                name,
                line: node.line,
                wanted,
            }),
        }
    }
    if !missing.is_empty() {
        addition.variables.push(ContainerAddition {
            name: container.name.to_owned(),
            is_init: container.is_init,
            variables: missing,
        });
    }
}

/// Whether a value is what is needed; of a path it is enough that it has the folder.
fn is_met(name: &str, value: &str, wanted: &str) -> bool {
    let is_path = name == PYTHONPATH;
    value == wanted
        || (is_path && value.split(':').any(|folder| folder.trim_end_matches('/') == wanted))
        || (name == DJANGO_SETTINGS && !value.is_empty())
}
