//! What is put into a manifest, as YAML: texts are always quoted, so that they stay texts.

use std::fmt::Write;

/// A value that is put in, or printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A text that needs no quotes: a word of ours, or a name of Kubernetes.
    Word(String),
    /// A mapping.
    Map(Vec<(String, Value)>),
    /// A sequence.
    List(Vec<Value>),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A mapping of texts.
    pub fn texts<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self::map(entries.into_iter().map(|(key, text)| (key, Self::text(text))))
    }

    /// A mapping.
    pub fn map<'k>(entries: impl IntoIterator<Item = (&'k str, Self)>) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// Variables of a container, by name and value.
    #[must_use]
    pub fn variables(variables: &[(String, String)]) -> Vec<Self> {
        let entry = |(name, text): &(String, String)| {
            Self::map([("name", Self::Word(name.clone())), ("value", Self::text(text.as_str()))])
        };
        variables.iter().map(entry).collect()
    }

    /// In braces and brackets, in one line.
    #[must_use]
    pub fn flow(&self) -> String {
        match self {
            Self::Text(text) | Self::Word(text) => quoted(text),
            Self::Map(entries) => format!("{{{}}}", flow_entries(entries)),
            Self::List(items) => {
                format!("[{}]", items.iter().map(Self::flow).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// In lines, none of them ended; `column` is where keys and dashes stand, `step` how much further the dashes of
    /// the sequence of a key.
    #[must_use]
    pub fn block(&self, column: usize, step: usize) -> Vec<String> {
        let indent = " ".repeat(column);
        match self {
            Self::Text(_) | Self::Word(_) => vec![format!("{indent}{}", self.scalar())],
            Self::Map(entries) => {
                entries.iter().flat_map(|(key, value)| block_entry(key, value, column, step)).collect()
            }
            Self::List(items) => items.iter().flat_map(|item| block_item(item, column, step)).collect(),
        }
    }

    /// As a document of its own.
    #[must_use]
    pub fn document(&self) -> String {
        let mut text = String::new();
        for line in self.block(0, 2) {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    fn scalar(&self) -> String {
        match self {
            Self::Word(text) => text.clone(),
            other => other.flow(),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Text(_) | Self::Word(_) => false,
            Self::Map(entries) => entries.is_empty(),
            Self::List(items) => items.is_empty(),
        }
    }
}

/// Entries of a mapping in one line, without its braces.
#[must_use]
pub fn flow_entries(entries: &[(String, Value)]) -> String {
    let entries = entries.iter().map(|(key, value)| format!("{}: {}", quoted(key), value.flow()));
    entries.collect::<Vec<_>>().join(", ")
}

/// JSON's strings are YAML's, too.
pub(in crate::operator) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn block_entry(key: &str, value: &Value, column: usize, step: usize) -> Vec<String> {
    let indent = " ".repeat(column);
    match value {
        Value::Text(text) if text.contains('\n') => {
            // Only what is made here has several lines: a manifest within a manifest.
            let lines = text.lines().map(|line| format!("{indent}  {line}").trim_end().to_owned());
            std::iter::once(format!("{indent}{key}: |")).chain(lines).collect()
        }
        Value::Map(_) | Value::List(_) if !value.is_empty() => {
            let below = if matches!(value, Value::List(_)) { column + step } else { column + 2 };
            std::iter::once(format!("{indent}{key}:")).chain(value.block(below, step)).collect()
        }
        _ => vec![format!("{indent}{key}: {}", value.scalar())],
    }
}

fn block_item(item: &Value, column: usize, step: usize) -> Vec<String> {
    let mut lines = item.block(column + 2, step);
    if let Some(first) = lines.first_mut() {
        first.replace_range(column..=column, "-");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_in_lines_or_in_one() {
        let value = Value::Map(vec![
            ("a".to_owned(), Value::texts([("b", "true"), ("c", "d \"e\"")])),
            ("f".to_owned(), Value::List(vec![Value::texts([("g", "1"), ("h", "2")]), Value::text("i")])),
            ("j".to_owned(), Value::Word("k".to_owned())),
            ("l".to_owned(), Value::text("m:\n  n\n")),
            ("o".to_owned(), Value::Map(Vec::new())),
        ]);
        insta::assert_snapshot!(value.document(), @r#"
        a:
          b: "true"
          c: "d \"e\""
        f:
          - g: "1"
            h: "2"
          - "i"
        j: k
        l: |
          m:
            n
        o: {}
        "#);
        insta::assert_snapshot!(value.flow(), @r#"{"a": {"b": "true", "c": "d \"e\""}, "f": [{"g": "1", "h": "2"}, "i"], "j": "k", "l": "m:\n  n\n", "o": {}}"#);
        insta::assert_snapshot!(value.block(2, 0).join("\n"), @r#"
        a:
          b: "true"
          c: "d \"e\""
        f:
        - g: "1"
          h: "2"
        - "i"
        j: k
        l: |
          m:
            n
        o: {}
        "#);
    }
}
