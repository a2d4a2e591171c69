//! What stands beside workloads in manifests and reaches their containers: `ConfigMap`s, and the `Instrumentation`.
//!
//! Source of the rules: the Kubernetes API reference, "`ConfigMap`" and "`EnvFromSource`"; the definition of the operator's
//! resource.

use super::pod::Entry;
use crate::doctor::read::yaml::Node;

/// A `ConfigMap`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigMap {
    /// Its name.
    pub name: String,
    /// Its keys and their values.
    pub data: Vec<(String, String)>,
}

/// An `Instrumentation`, as far as it is about Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrumentation {
    /// Its name.
    pub name: String,
    /// The image that is injected, if it names one.
    pub image: Option<String>,
    /// The address of the collector, with its line.
    pub endpoint: Option<(String, usize)>,
    /// The variables that containers get unless they have them.
    pub variables: Vec<Entry>,
}

impl ConfigMap {
    /// Reads a document; `None` if it is something else.
    #[must_use]
    pub fn of(document: &Node) -> Option<Self> {
        let data = document.get("data").map(Node::entries).unwrap_or_default().iter();
        Some(Self {
            name: name_of(document, "ConfigMap")?,
            data: data.filter_map(|(key, value)| Some((key.clone(), value.text()?.to_owned()))).collect(),
        })
    }
}

impl Instrumentation {
    /// Reads a document; `None` if it is something else.
    #[must_use]
    pub fn of(document: &Node) -> Option<Self> {
        let at =
            |path: &[&str]| document.at(path).and_then(|node| Some((node.text()?.to_owned(), node.line)));
        let lists = [["spec", "python", "env"].as_slice(), &["spec", "env"]];
        let entries = lists.into_iter().filter_map(|path| document.at(path)).flat_map(Node::items);
        Some(Self {
            name: name_of(document, "Instrumentation")?,
            image: at(&["spec", "python", "image"]).map(|(image, _)| image),
            endpoint: at(&["spec", "exporter", "endpoint"]),
            variables: entries.filter_map(Entry::of).collect(),
        })
    }
}

fn name_of(document: &Node, kind: &str) -> Option<String> {
    document.get("kind").and_then(Node::text).filter(|own| *own == kind)?;
    Some(document.at(&["metadata", "name"]).and_then(Node::text).unwrap_or_default().to_owned())
}
