//! What is to be added to workloads, beside their files: patches as `kubectl` and kustomize take them.
//!
//! Source of the rules: the Kubernetes documentation, "Update API Objects in Place Using kubectl patch", and that of
//! kustomize, "patches" and "components".

use super::{Planned, value::Value};

/// A strategic merge patch; nothing if there is nothing to add.
#[must_use]
pub fn strategic(planned: &Planned) -> Option<Value> {
    if planned.addition.is_empty() {
        return None;
    }
    let template = template(planned);
    let spec = planned.way.iter().rev().fold(template, |value, key| Value::map([(*key, value)]));
    let mut metadata = vec![("name".to_owned(), Value::text(planned.name.as_str()))];
    metadata
        .extend(planned.namespace.iter().map(|name| ("namespace".to_owned(), Value::text(name.as_str()))));
    let mut entries = vec![
        ("apiVersion".to_owned(), Value::Word(planned.api_version.clone())),
        ("kind".to_owned(), Value::Word(planned.kind.clone())),
    ];
    let Value::Map(spec) = spec else { return None };
    match spec.as_slice() {
        // A pod is its own template.
        [(first, Value::Map(own)), rest @ ..] if first == "metadata" => {
            metadata.extend(own.iter().cloned());
            entries.push((first.clone(), Value::Map(metadata)));
            entries.extend(rest.iter().cloned());
        }
        _ => {
            entries.push(("metadata".to_owned(), Value::Map(metadata)));
            entries.extend(spec);
        }
    }
    Some(Value::Map(entries))
}

/// A component of kustomize with all patches in it; `resources` are files beside it.
#[must_use]
pub fn component(planned: &[Planned], resources: &[&str]) -> Value {
    let patches = planned.iter().filter_map(|workload| {
        let patch = strategic(workload)?;
        let mut target = vec![
            ("kind".to_owned(), Value::Word(workload.kind.clone())),
            ("name".to_owned(), Value::text(workload.name.as_str())),
        ];
        let group = workload.api_version.split_once('/').map(|(group, _)| group);
        target.extend(group.map(|group| ("group".to_owned(), Value::Word(group.to_owned()))));
        Some(Value::map([("target", Value::Map(target)), ("patch", Value::text(patch.document()))]))
    });
    let mut entries = vec![
        ("apiVersion".to_owned(), Value::Word("kustomize.config.k8s.io/v1alpha1".to_owned())),
        ("kind".to_owned(), Value::Word("Component".to_owned())),
    ];
    if !resources.is_empty() {
        let files = resources.iter().map(|file| Value::Word((*file).to_owned())).collect();
        entries.push(("resources".to_owned(), Value::List(files)));
    }
    entries.push(("patches".to_owned(), Value::List(patches.collect())));
    Value::Map(entries)
}

/// What the template of the pods gets.
fn template(planned: &Planned) -> Value {
    let mut entries = Vec::new();
    let addition = &planned.addition;
    if !addition.annotations.is_empty() {
        let annotations = addition.annotations.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        entries.push(("metadata", Value::map([("annotations", Value::texts(annotations))])));
    }
    let lists = [("containers", false), ("initContainers", true)].map(|(key, is_init)| {
        let containers = addition.variables.iter().filter(|container| container.is_init == is_init);
        let containers = containers.map(|container| {
            let variables = Value::variables(&container.variables);
            Value::map([("name", Value::text(container.name.as_str())), ("env", Value::List(variables))])
        });
        (key, containers.collect::<Vec<_>>())
    });
    let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
    let spec: Vec<(String, Value)> = lists.map(|(key, list)| (key.to_owned(), Value::List(list))).collect();
    if !spec.is_empty() {
        entries.push(("spec", Value::Map(spec)));
    }
    Value::map(entries)
}
