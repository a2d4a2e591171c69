//! The workloads of a manifest, as their files have them: what the operator looks at, following aliases.

use std::collections::BTreeMap;

use saphyr_parser::ScalarStyle;

use super::tree::{Content, Node};
use crate::doctor::read::kubernetes::way;

/// Kinds whose templates others own, or that are none of Kubernetes itself.
const FOREIGN: [&str; 1] = ["Service"];

/// A workload.
#[derive(Clone, Debug)]
pub struct Workload<'n> {
    /// `apiVersion`, as it is written.
    pub api_version: &'n str,
    /// Its kind.
    pub kind: &'n str,
    /// Its name, or its `generateName`.
    pub name: &'n str,
    /// Its namespace, if it names one.
    pub namespace: Option<&'n str>,
    /// The line where it begins.
    pub line: usize,
    /// The keys from the workload to the template of its pods.
    pub way: &'static [&'static str],
    /// The values on that way, the workload first and the template last.
    pub chain: Vec<&'n Node>,
}

/// Reads values through aliases, and through `<<`.
#[derive(Debug)]
pub struct Reader<'n> {
    anchors: BTreeMap<usize, &'n Node>,
}

/// A container as its file has it.
#[derive(Clone, Copy, Debug)]
pub struct Container<'n> {
    /// Its name.
    pub name: &'n str,
    /// Where it is written.
    pub node: &'n Node,
    /// Whether it only prepares.
    pub is_init: bool,
}

impl<'n> Reader<'n> {
    /// Knows the anchors of these documents.
    #[must_use]
    pub fn new(documents: &'n [Node]) -> Self {
        fn collect<'n>(node: &'n Node, anchors: &mut BTreeMap<usize, &'n Node>) {
            if node.anchor != 0 {
                anchors.insert(node.anchor, node);
            }
            node.below().for_each(|node| collect(node, anchors));
        }
        let mut anchors = BTreeMap::new();
        for document in documents {
            collect(document, &mut anchors);
        }
        Self { anchors }
    }

    /// The value itself, if it is an alias.
    #[must_use]
    pub fn resolve(&self, node: &'n Node) -> &'n Node {
        match node.content {
            Content::Alias(anchor) => self.anchors.get(&anchor).copied().unwrap_or(node),
            _ => node,
        }
    }

    /// The value of a key, its own or one that it takes over with `<<`.
    #[must_use]
    pub fn get(&self, mapping: &'n Node, key: &str) -> Option<&'n Node> {
        let mapping = self.resolve(mapping);
        if let Some(own) = mapping.get(key) {
            return Some(self.resolve(own));
        }
        let source = self.resolve(mapping.get("<<")?);
        let sources = if source.items().is_empty() { std::slice::from_ref(source) } else { source.items() };
        let mut sources = sources.iter().map(|source| self.resolve(source));
        sources.find_map(|source| source.get(key)).map(|value| self.resolve(value))
    }

    /// The value at the end of a path of keys.
    #[must_use]
    pub fn at(&self, mapping: &'n Node, path: &[&str]) -> Option<&'n Node> {
        path.iter().try_fold(mapping, |mapping, key| self.get(mapping, key))
    }

    /// The text at the end of a path of keys.
    #[must_use]
    pub fn text(&self, mapping: &'n Node, path: &[&str]) -> Option<&'n str> {
        self.at(mapping, path).filter(|node| !node.is_null()).and_then(Node::text)
    }

    /// The workloads of a document, those in a `List` too.
    #[must_use]
    pub fn workloads(&self, document: &'n Node) -> Vec<Workload<'n>> {
        if self.text(document, &["kind"]) == Some("List") {
            let items = self.get(document, "items").map(Node::items).unwrap_or_default();
            return items.iter().filter_map(|item| self.workload(item)).collect();
        }
        self.workload(document).into_iter().collect()
    }

    fn workload(&self, node: &'n Node) -> Option<Workload<'n>> {
        let kind = self.text(node, &["kind"])?;
        let way = way(kind).filter(|_| !FOREIGN.contains(&kind))?;
        let mut chain = vec![node];
        for key in way {
            // As it is written: an alias on the way is not edited.
            let next = self.resolve(chain.last()?).get(key)?;
            chain.push(next);
        }
        let name = |key| self.text(node, &["metadata", key]);
        Some(Workload {
            api_version: self.text(node, &["apiVersion"]).unwrap_or_default(),
            kind,
            name: name("name").or_else(|| name("generateName")).unwrap_or_default(),
            namespace: name("namespace"),
            line: node.line,
            way,
            chain,
        })
    }

    /// An annotation of the pods: its text, its line, and whether Kubernetes takes it for a text.
    #[must_use]
    pub fn annotation(&self, workload: &Workload<'n>, name: &str) -> Option<Annotation<'n>> {
        annotation_of(self.get(self.at(workload.template(), &["metadata", "annotations"])?, name)?)
    }

    /// The same of the workload itself, where the operator does not look.
    #[must_use]
    pub fn stray_annotation(&self, workload: &Workload<'n>, name: &str) -> Option<Annotation<'n>> {
        let own = workload.chain.first().filter(|_| workload.chain.len() > 1)?;
        annotation_of(self.get(self.at(own, &["metadata", "annotations"])?, name)?)
    }

    /// The containers of the pods, those that only prepare last.
    #[must_use]
    pub fn containers(&self, workload: &Workload<'n>) -> Vec<Container<'n>> {
        let list = |key: &'static str, is_init| {
            let list = self.at(workload.template(), &["spec", key]);
            let items = list.map(Node::items).unwrap_or_default();
            items.iter().map(move |node| Container {
                name: self.text(node, &["name"]).unwrap_or_default(),
                node,
                is_init,
            })
        };
        list("containers", false).chain(list("initContainers", true)).collect()
    }

    /// A variable of a container: where it is, and its value unless that comes from elsewhere. The last of two with
    /// the same name counts.
    #[must_use]
    pub fn variable(&self, container: &Container<'n>, name: &str) -> Option<(&'n Node, Option<&'n str>)> {
        let list = self.get(container.node, "env")?;
        let entry = list.items().iter().rev().find(|entry| self.text(entry, &["name"]) == Some(name))?;
        let value = match self.get(entry, "valueFrom") {
            Some(_) => None,
            None => Some(self.text(entry, &["value"]).unwrap_or_default()),
        };
        Some((entry, value))
    }
}

/// An annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Annotation<'n> {
    /// Its value.
    pub value: &'n str,
    /// Its line.
    pub line: usize,
    /// Whether it is a text, as Kubernetes requires: not `true`, not a number.
    pub is_text: bool,
}

fn annotation_of(node: &Node) -> Option<Annotation<'_>> {
    let Content::Scalar { text, style } = &node.content else { return None };
    let is_text = *style != ScalarStyle::Plain || !is_other_than_text(text);
    Some(Annotation { value: text, line: node.line, is_text })
}

/// Whether a scalar without quotes is something else than a text.
///
/// Source of the rule: YAML 1.1 as `sigs.k8s.io/yaml` reads it.
fn is_other_than_text(text: &str) -> bool {
    const WORDS: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "~"];
    text.is_empty() || WORDS.contains(&text.to_ascii_lowercase().as_str()) || text.parse::<f64>().is_ok()
}

impl<'n> Workload<'n> {
    /// The template of its pods.
    #[must_use]
    pub fn template(&self) -> &'n Node {
        self.chain[self.chain.len() - 1]
    }

    /// How people call it: `Deployment/shop`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}/{}", self.kind, self.name.escape_debug())
    }
}
