//! The proof that an edit added what it should and nothing else: the text is read again and held against the one
//! before.

use super::tree::{Content, Node};

/// The keys that may be new, besides annotations: what of the way to them was missing.
const WAY: [&str; 3] = ["annotations", "env", "metadata"];

/// What may be new.
#[derive(Clone, Debug, Default)]
pub struct Allowed<'a> {
    /// Annotations.
    pub annotations: Vec<&'a str>,
    /// Variables of containers.
    pub variables: Vec<&'a str>,
}

impl Allowed<'_> {
    /// Whether the documents after an edit are those before, with nothing new but this.
    #[must_use]
    pub fn explains(&self, before: &[Node], after: &[Node]) -> bool {
        before.len() == after.len()
            && before.iter().zip(after).all(|(before, after)| self.is_same(before, after))
    }

    fn is_same(&self, before: &Node, after: &Node) -> bool {
        if before.anchor != after.anchor {
            return false;
        }
        match (&before.content, &after.content) {
            (Content::Mapping { entries: old, .. }, Content::Mapping { entries: new, .. }) => {
                let mut old = old.iter().peekable();
                for (key, value) in new {
                    let is_kept = old.peek().is_some_and(|(k, v)| {
                        k.content == key.content && k.anchor == key.anchor && self.is_same(v, value)
                    });
                    if is_kept {
                        old.next();
                    } else if !self.is_new_entry(key, value) {
                        return false;
                    }
                }
                old.next().is_none()
            }
            (Content::Sequence { items: old, .. }, Content::Sequence { items: new, .. }) => {
                let mut old = old.iter().peekable();
                for item in new {
                    if old.peek().is_some_and(|kept| self.is_same(kept, item)) {
                        old.next();
                    } else if !self.is_new_item(item) {
                        return false;
                    }
                }
                old.next().is_none()
            }
            (Content::Scalar { .. }, Content::Scalar { .. }) | (Content::Alias(_), Content::Alias(_)) => {
                before.content == after.content
            }
            // Where nothing was, something is now.
            (Content::Scalar { .. }, _) if before.is_null() => self.is_new_value(after),
            _ => false,
        }
    }

    /// A key that was not there before.
    fn is_new_entry(&self, key: &Node, value: &Node) -> bool {
        let Some(name) = key.text() else { return false };
        match &value.content {
            Content::Scalar { .. } => self.annotations.contains(&name),
            _ => WAY.contains(&name) && self.is_new_value(value),
        }
    }

    /// A collection that was not there before.
    fn is_new_value(&self, value: &Node) -> bool {
        match &value.content {
            Content::Mapping { entries, .. } => {
                entries.iter().all(|(key, value)| self.is_new_entry(key, value))
            }
            Content::Sequence { items, .. } => items.iter().all(|item| self.is_new_item(item)),
            Content::Scalar { .. } | Content::Alias(_) => false,
        }
    }

    /// A variable that was not there before.
    fn is_new_item(&self, item: &Node) -> bool {
        let name = item.get("name").and_then(Node::text);
        name.is_some_and(|name| self.variables.contains(&name))
            && item.entries().len() == 2
            && item.get("value").and_then(Node::text).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tree::documents, *};

    #[test]
    fn only_what_is_allowed_may_be_new() {
        let allowed = Allowed { annotations: vec!["x"], variables: vec!["A"] };
        let before = "m:\n  a: b\nc: &l [1, {name: B, value: c}]\nn:\n";
        for (after, explained) in [
            (before, true),
            (
                "m:\n  x: '1'\n  a: b\nc: &l [1, {name: B, value: c}, {name: A, value: d}]\nn: {annotations: {x: y}}\n",
                true,
            ),
            ("m:\n  a: b\n  y: z\nc: &l [1, {name: B, value: c}]\nn:\n", false),
            ("m:\n  a: 'b'\nc: &l [1, {name: B, value: c}]\nn:\n", false),
            ("m:\n  a: b\nc: [1, {name: B, value: c}]\nn:\n", false),
            ("m:\n  a: b\nc: &l [{name: B, value: c}, 1]\nn:\n", false),
            ("m:\n  a: b\nc: &l [1]\nn:\n", false),
            ("m:\n  a: b\nc: &l [1, {name: B, value: c}]\nn: z\n", false),
            ("m:\n  a: b\nc: &l [1, {name: B, value: c}]\n", false),
        ] {
            let [old, new] = [before, after].map(|text| documents(text).expect("YAML"));
            assert_eq!(allowed.explains(&old, &new), explained, "{after}");
        }
    }
}
