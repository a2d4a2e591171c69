//! Annotations that do not do what they look like.
//!
//! Source of the rules: `internal/instrumentation` of the operator's sources, `podmutator.go` and `python.go`.

use super::{
    manifest::{
        plan::{NAMES, PLATFORM},
        tree::Node,
        workload::{Reader, Workload},
    },
    pod,
};
use crate::{
    doctor::{
        catalogue::{OPERATOR_ANNOTATION_PLACE, OPERATOR_ANNOTATION_VALUE, OPERATOR_CONTAINER_FIRST},
        check::Check,
        read::kubernetes::INJECT,
        survey::Sited,
        symptom::Symptom,
    },
    terminal::listed,
};

pub(super) fn symptoms(documents: &Sited<Vec<Node>>) -> Vec<Symptom> {
    let reader = Reader::new(&documents.what);
    let workloads = documents.what.iter().flat_map(|document| reader.workloads(document));
    workloads.flat_map(|workload| of_workload(&reader, &workload, documents)).collect()
}

fn of_workload<'n>(reader: &Reader<'n>, workload: &Workload<'n>, file: &Sited<Vec<Node>>) -> Vec<Symptom> {
    let mut found = Vec::new();
    let mut tell = |check: &'static Check, line, reason: String, fix: String| {
        found.push(Symptom { check, place: file.at(line), reason, fix, cure: None });
    };
    let title = workload.title();
    let own = reader.annotation(workload, INJECT);
    if let Some(stray) = reader.stray_annotation(workload, INJECT)
        && own.is_none()
    {
        let way = workload.way.join(".");
        tell(
            &OPERATOR_ANNOTATION_PLACE,
            stray.line,
            format!("`{INJECT}` is an annotation of `{title}`, and the operator looks at its pods"),
            format!("move it to `{way}.metadata.annotations`"),
        );
    }
    let Some(own) = own else { return found };
    for name in [INJECT, PLATFORM] {
        if let Some(annotation) = reader.annotation(workload, name).filter(|annotation| !annotation.is_text) {
            let value = annotation.value.escape_debug();
            tell(
                &OPERATOR_ANNOTATION_VALUE,
                annotation.line,
                format!(
                    "`{name}: {value}` without quotes is no text, and Kubernetes refuses it as an annotation"
                ),
                format!("write `\"{value}\"`"),
            );
        }
    }
    if own.value.is_empty() || own.value.eq_ignore_ascii_case("false") {
        return found;
    }
    if let Some(platform) = reader.annotation(workload, PLATFORM)
        && !matches!(platform.value, "" | "glibc" | "musl")
    {
        tell(
            &OPERATOR_ANNOTATION_VALUE,
            platform.line,
            format!(
                "`{}` is no C library that the operator knows: it injects nothing into `{title}`, and from 0.147.0 on its \
                 pods do not start",
                platform.value.escape_debug()
            ),
            "write `glibc` or `musl`".to_owned(),
        );
    }
    let all = reader.containers(workload);
    let named = pod::NAMES.into_iter().filter_map(|name| reader.annotation(workload, name));
    let named: Vec<_> = named.filter(|annotation| !annotation.value.is_empty()).collect();
    let mut seen = Vec::new();
    for annotation in &named {
        let mut wrong = |reason| {
            let fix = "name each container as it is, once, with commas and without blanks";
            tell(&OPERATOR_ANNOTATION_VALUE, annotation.line, reason, fix.to_owned());
        };
        if annotation.value.contains(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | ',')) {
            let value = annotation.value.escape_debug();
            wrong(format!(
                "`{value}` is not only names and commas: the operator injects nothing into `{title}`"
            ));
            continue;
        }
        for name in annotation.value.split(',') {
            if !all.iter().any(|container| container.name == name) {
                wrong(format!("`{title}` has no container `{name}`: the operator passes over it"));
            } else if seen.contains(&name) {
                wrong(format!("`{name}` is named twice: the operator injects nothing into `{title}`"));
            }
            seen.push(name);
        }
    }
    if named.is_empty() {
        let main: Vec<&str> = all.iter().filter(|c| !c.is_init).map(|container| container.name).collect();
        if let [first, _, ..] = main.as_slice() {
            tell(
                &OPERATOR_CONTAINER_FIRST,
                own.line,
                format!(
                    "`{title}` has the containers {}, and none is named: the operator takes the first, `{}`",
                    listed(main.iter().map(|name| format!("`{}`", name.escape_debug()))),
                    first.escape_debug()
                ),
                format!("name those that are meant in the annotation `{NAMES}`"),
            );
        }
    }
    found
}
