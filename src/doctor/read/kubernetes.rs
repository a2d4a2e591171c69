//! Manifests of Kubernetes: the containers of workloads.
//!
//! Source of the rules: the Kubernetes API reference, "Workload Resources" and "Container"; for the annotations the
//! documentation of the OpenTelemetry Operator, "Injecting Auto-instrumentation".

use super::{of_words, words::Word, yaml::Node};
use crate::doctor::launch::{Launch, Spot, Variable, add};

/// The annotation that asks the operator to inject the instrumentation of Python.
pub const INJECT: &str = "instrumentation.opentelemetry.io/inject-python";

/// The kinds of workloads, each with the way to its template of pods.
const WORKLOADS: [(&str, &[&str]); 8] = [
    ("CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("DaemonSet", &["spec", "template"]),
    ("Deployment", &["spec", "template"]),
    ("Job", &["spec", "template"]),
    ("Pod", &[]),
    ("ReplicaSet", &["spec", "template"]),
    ("Service", &["spec", "template"]),
    ("StatefulSet", &["spec", "template"]),
];

/// The workloads of a document, each with its template of pods.
#[must_use]
pub fn workloads(document: &Node) -> Vec<(&Node, &Node)> {
    let is_list = document.get("kind").and_then(Node::text) == Some("List");
    let items = document.get("items").filter(|_| is_list).map(Node::items);
    let documents = items.map_or_else(|| vec![document], |items| items.iter().collect());
    documents.into_iter().filter_map(|document| Some((document, template(document)?))).collect()
}

/// The template of a workload's pods.
fn template(workload: &Node) -> Option<&Node> {
    workload.at(way(workload.get("kind")?.text()?)?)
}

/// The keys from a workload of that kind to the template of its pods.
#[must_use]
pub fn way(kind: &str) -> Option<&'static [&'static str]> {
    WORKLOADS.iter().find(|(name, _)| *name == kind).map(|(_, way)| *way)
}

/// What the containers of workloads start. A container without a command is an environment alone.
#[must_use]
pub fn launches(document: &Node) -> Vec<Launch> {
    workloads(document).into_iter().flat_map(|(_, template)| of_template(template)).collect()
}

fn of_template(template: &Node) -> Vec<Launch> {
    let annotation = template.at(&["metadata", "annotations", INJECT]).and_then(Node::text);
    let is_injected = annotation.is_some_and(|value| value != "false");
    let mut found = Vec::new();
    for container in template.at(&["spec", "containers"]).map(Node::items).unwrap_or_default() {
        found.extend(of_container(container).into_iter().map(|launch| Launch { is_injected, ..launch }));
    }
    // Without the operator, containers of images that say nothing of Python may be of anything.
    found.retain(|launch| {
        launch.is_injected || launch.start().program.is_some() || launch.start().is_instrumented
    });
    found
}

/// What a container starts.
#[must_use]
pub fn of_container(container: &Node) -> Vec<Launch> {
    let lists = ["command", "args"].map(|key| container.get(key));
    let line = lists[0].or(lists[1]).map_or(container.line, |node| node.line);
    let words = lists.into_iter().flatten().flat_map(Node::items).filter_map(Node::text);
    let words: Vec<Word> =
        words.map(|text| Word { text: text.to_owned(), is_known: !text.contains("$("), raw: None }).collect();
    let environment = container.get("env").map(Node::items).unwrap_or_default();
    let mut known = Vec::new();
    add(&mut known, environment.iter().filter_map(variable));
    let mut found = Vec::new();
    if words.is_empty() {
        found.push(Launch { line, environment: known, ..Launch::default() });
    } else {
        of_words(line, words, &known, &mut found, 0);
    }
    found
}

/// A variable of a container; its value may come from elsewhere.
fn variable(entry: &Node) -> Option<Variable> {
    let name = entry.get("name")?;
    let value = entry.get("value");
    let spot = name.at.map(|at| Spot { name: at, value: value.and_then(|value| value.at) });
    let value = value.and_then(Node::text).filter(|value| !value.contains("$("));
    Some(Variable { name: name.text()?.to_owned(), value: value.map(str::to_owned), line: entry.line, spot })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{tests::told, yaml::documents},
        *,
    };

    #[test]
    fn containers_start_commands_and_may_be_injected() {
        let text = "kind: Deployment\nspec:\n  template:\n    metadata:\n      annotations:\n        \
                    instrumentation.opentelemetry.io/inject-python: \"true\"\n    spec:\n      containers:\n      - name: a\n\
                    \x20       env:\n        - name: A\n          value: \"1\"\n        - name: B\n          valueFrom: {x: y}\n\
                    ---\nkind: Pod\nspec:\n  containers:\n  - command: [sh, -c]\n    args: [\"exec gunicorn x\"]\n  - image: y\n\
                    ---\nkind: ConfigMap\n";
        let documents = documents(text).expect("YAML");
        let found: Vec<Launch> = documents.iter().flat_map(launches).collect();
        assert_eq!(told(&found), ["9 injected A=1 B=?", "19 exec gunicorn x"]);
    }
}
