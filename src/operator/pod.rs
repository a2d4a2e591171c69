//! Pods as the operator sees them: annotations, containers, and their variables.
//!
//! Source of the rules: `internal/instrumentation` of the operator's sources, `podmutator.go`, `annotation.go` and
//! `sdk.go`.

use super::resource::ConfigMap;
use crate::doctor::{
    launch::Launch,
    read::{
        kubernetes::{INJECT, of_container, workloads},
        yaml::Node,
    },
};

/// The annotations that name the containers that are meant: those of both count.
pub(super) const NAMES: [&str; 2] = [
    "instrumentation.opentelemetry.io/container-names",
    "instrumentation.opentelemetry.io/python-container-names",
];

/// The pods of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// The workload, like `Deployment/shop`.
    pub workload: String,
    /// The line where the workload begins.
    pub line: usize,
    /// The annotations of its pods, each with its line.
    pub annotations: Vec<(String, String, usize)>,
    /// Its containers, those that only prepare left out.
    pub containers: Vec<Container>,
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// The line where it begins.
    pub line: usize,
    /// Its variables.
    pub variables: Vec<Entry>,
    /// The `ConfigMap`s that it takes all variables of: the name, what is put before each, and the line.
    pub sources: Vec<(String, String, usize)>,
    /// The variables that come from there, as far as these are known.
    pub supplied: Vec<Entry>,
    /// What it starts, as far as the manifest says.
    pub launches: Vec<Launch>,
}

/// A variable of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its value; `None` if that is not known.
    pub value: Option<String>,
    /// Whether the value comes from elsewhere (`valueFrom`).
    pub is_elsewhere: bool,
    /// The `ConfigMap` and the key that it comes from.
    pub key: Option<(String, String)>,
    /// The line.
    pub line: usize,
}

impl Entry {
    /// Reads an entry of `env`.
    pub(super) fn of(entry: &Node) -> Option<Self> {
        let text = |path: &[&str]| entry.at(path).and_then(Node::text).map(str::to_owned);
        let is_elsewhere = entry.get("valueFrom").is_some();
        let of_map = |key| text(&["valueFrom", "configMapKeyRef", key]);
        Some(Self {
            name: text(&["name"])?,
            value: (!is_elsewhere).then(|| text(&["value"]).unwrap_or_default()),
            is_elsewhere,
            key: of_map("name").zip(of_map("key")),
            line: entry.line,
        })
    }
}

impl Pod {
    /// The pods of the workloads in a document.
    #[must_use]
    pub fn of_document(document: &Node) -> Vec<Self> {
        let text = |node: &Node, path: &[&str]| node.at(path).and_then(Node::text).map(str::to_owned);
        let of = |(workload, template): (&Node, &Node)| {
            let name = text(workload, &["metadata", "name"]).unwrap_or_default();
            let kind = text(workload, &["kind"]).unwrap_or_default();
            let annotations = template.at(&["metadata", "annotations"]);
            let annotations = annotations.map(Node::all_entries).unwrap_or_default().into_iter();
            let containers = template.at(&["spec", "containers"]).map(Node::items).unwrap_or_default();
            Self {
                workload: format!("{kind}/{name}"),
                line: workload.line,
                annotations: annotations
                    .map(|(name, value)| {
                        (name.to_owned(), value.text().unwrap_or_default().to_owned(), value.line)
                    })
                    .collect(),
                containers: containers.iter().map(Container::of).collect(),
            }
        };
        workloads(document).into_iter().map(of).collect()
    }

    /// An annotation, with its line.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<(&str, usize)> {
        let found = self.annotations.iter().rev().find(|(own, ..)| own == name);
        found.map(|(_, value, line)| (value.as_str(), *line))
    }

    /// Whether the operator is asked to inject the instrumentation of Python; `None` if nothing is said.
    #[must_use]
    pub fn is_injected(&self) -> Option<bool> {
        let (value, _) = self.annotation(INJECT)?;
        (!value.is_empty()).then(|| !value.eq_ignore_ascii_case("false"))
    }

    /// The containers that the operator instruments: those that are named, or else the first.
    #[must_use]
    pub fn instrumented(&self) -> Vec<&Container> {
        let lists = NAMES.iter().filter_map(|name| self.annotation(name)).map(|(list, _)| list);
        let lists: Vec<&str> = lists.filter(|list| !list.is_empty()).collect();
        if lists.is_empty() {
            return self.containers.first().into_iter().collect();
        }
        let is_named = |container: &&Container| {
            lists.iter().any(|list| list.split(',').any(|name| name == container.name))
        };
        self.containers.iter().filter(is_named).collect()
    }

    /// Takes over what `ConfigMap`s say.
    pub(super) fn fill(&mut self, maps: &[ConfigMap]) {
        let map = |name: &str| maps.iter().find(|map| map.name == name);
        for container in &mut self.containers {
            for variable in &mut container.variables {
                if let Some((name, key)) = &variable.key {
                    let found = map(name).and_then(|map| map.data.iter().find(|(own, _)| own == key));
                    variable.value = found.map(|(_, value)| value.clone());
                }
            }
            for (name, prefix, line) in &container.sources {
                let data = map(name).map(|map| map.data.as_slice()).unwrap_or_default();
                container.supplied.extend(data.iter().map(|(key, value)| Entry {
                    name: format!("{prefix}{key}"),
                    value: Some(value.clone()),
                    is_elsewhere: true,
                    key: Some((name.clone(), key.clone())),
                    line: *line,
                }));
            }
        }
    }
}

impl Container {
    fn of(node: &Node) -> Self {
        let text = |node: &Node, key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
        let variables = node.get("env").map(Node::items).unwrap_or_default();
        let sources = node.get("envFrom").map(Node::items).unwrap_or_default().iter();
        let source = |entry: &Node| {
            let name = entry.at(&["configMapRef", "name"])?.text()?.to_owned();
            Some((name, text(entry, "prefix").unwrap_or_default(), entry.line))
        };
        Self {
            name: text(node, "name").unwrap_or_default(),
            line: node.line,
            variables: variables.iter().filter_map(Entry::of).collect(),
            sources: sources.filter_map(source).collect(),
            supplied: Vec::new(),
            launches: of_container(node),
        }
    }

    /// A variable; the last of two with the same name counts.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Entry> {
        self.variables.iter().rev().find(|variable| variable.name == name)
    }

    /// A variable that comes from a `ConfigMap` as a whole; the last of two with the same name counts.
    #[must_use]
    pub fn supplied(&self, name: &str) -> Option<&Entry> {
        self.supplied.iter().rev().find(|variable| variable.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::read::yaml::documents;

    fn pods(text: &str) -> Vec<Pod> {
        documents(text).expect("YAML").iter().flat_map(Pod::of_document).collect()
    }

    #[test]
    fn containers_are_named_or_the_first_is_meant() {
        let text = |annotation: &str| {
            format!(
                "kind: CronJob\nmetadata: {{name: x}}\nspec:\n  jobTemplate:\n    spec:\n      template:\n        metadata:\n\
                 \x20         annotations: {{{annotation}}}\n        spec:\n          containers: [{{name: a}}, {{name: b}}]\n"
            )
        };
        let names = "instrumentation.opentelemetry.io/container-names";
        let own = "instrumentation.opentelemetry.io/python-container-names";
        for (annotation, meant) in [
            (String::new(), &["a"][..]),
            (format!("{names}: 'b,a'"), &["a", "b"]),
            (format!("{names}: b, {own}: a"), &["a", "b"]),
            (format!("{names}: c"), &[]),
        ] {
            let pods = pods(&text(&annotation));
            let found: Vec<&str> = pods[0].instrumented().iter().map(|c| c.name.as_str()).collect();
            assert_eq!(found, meant, "{annotation}");
            assert_eq!(pods[0].workload, "CronJob/x");
        }
    }

    #[test]
    fn variables_have_values_or_come_from_elsewhere() {
        let pods = pods(
            "kind: Pod\nmetadata: {annotations: {instrumentation.opentelemetry.io/inject-python: 'False'}}\nspec:\n  containers:\n\
             \x20 - name: a\n    env:\n    - {name: A, value: x}\n    - {name: B, valueFrom: {}}\n    - name: C\n",
        );
        let [container] = pods[0].containers.as_slice() else { panic!("one container") };
        let values: Vec<Option<&str>> = container.variables.iter().map(|v| v.value.as_deref()).collect();
        assert_eq!(values, [Some("x"), None, Some("")]);
        assert_eq!(container.variable("B").map(|v| v.line), Some(8));
        assert_eq!(pods[0].is_injected(), Some(false));
    }

    #[test]
    fn maps_give_what_is_taken_from_them() {
        let mut pods = pods(
            "kind: Pod\nspec:\n  containers:\n  - name: a\n    envFrom:\n    - {prefix: P_, configMapRef: {name: m}}\n    \
             - secretRef: {name: s}\n    env:\n    - {name: A, valueFrom: {configMapKeyRef: {name: m, key: k}}}\n    \
             - {name: B, valueFrom: {configMapKeyRef: {name: other, key: k}}}\n",
        );
        let map = documents("kind: ConfigMap\nmetadata: {name: m}\ndata: {k: v}\n").expect("YAML");
        pods[0].fill(&map.iter().filter_map(ConfigMap::of).collect::<Vec<_>>());
        let [container] = pods[0].containers.as_slice() else { panic!("one container") };
        let value = |entry: Option<&Entry>| entry.map(|entry| (entry.value.clone(), entry.line));
        assert_eq!(value(container.supplied("P_k")), Some((Some("v".to_owned()), 6)));
        assert_eq!(value(container.supplied("k")), None);
        assert_eq!(value(container.variable("A")), Some((Some("v".to_owned()), 9)));
        assert_eq!(value(container.variable("B")), Some((None, 10)));
    }
}
