//! Python sources: what they import, call and set, by the grammar of the language. Nothing of them is run.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use tree_sitter::{Node, Parser};

use crate::doctor::{
    launch::{Spot, Variable},
    read::Unparsed,
};

/// How deep the parts of a name may lie in each other (`a.b.c`).
const DEEPEST_NAME: usize = 16;

/// A module, as far as it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// What it imports, in order.
    pub imports: Vec<Import>,
    /// What it calls, in order.
    pub calls: Vec<Call>,
    /// What is set at its top, or below `if` there: name, value and line.
    pub settings: Vec<(String, Literal, usize)>,
    /// The functions that are defined at its top.
    pub functions: Vec<String>,
    /// Whether it does something when it is started itself: `if __name__ == "__main__"`.
    pub is_script: bool,
    /// The environment variables that it sets.
    pub environment: Vec<Variable>,
    /// The names and texts in it that may be those of variables (`OTEL_…`), in capitals.
    pub mentions: BTreeSet<String>,
    /// The names that it gives to what comes of calls: name to the call's path.
    pub made: BTreeMap<String, String>,
}

/// A name that an import binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The dotted path of what is imported: `flask.Flask` for `from flask import Flask`.
    pub path: String,
    /// The name that it is bound to; for `import a.b` that is `a`.
    pub name: String,
    /// Whether a name out of a module is bound, which stays what it was when the module changes.
    pub is_from: bool,
    /// The line, from 1.
    pub line: usize,
    /// The place in the order of execution.
    pub offset: usize,
    /// Whether it is done when the module is loaded.
    pub at_top: bool,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The dotted path of what is called, imports resolved: `flask.Flask`; `app.run` where `app` is no import.
    pub path: String,
    /// The positional arguments.
    pub arguments: Vec<Literal>,
    /// The keyword arguments.
    pub keywords: Vec<(String, Literal)>,
    /// Where the values of the arguments stand in the text, those without a keyword first; in bytes.
    pub spans: Vec<Range<usize>>,
    /// The line, from 1.
    pub line: usize,
    /// The place in the order of execution.
    pub offset: usize,
    /// Whether it is done when the module is loaded.
    pub at_top: bool,
}

impl Call {
    /// The value of a keyword argument.
    #[must_use]
    pub fn keyword(&self, name: &str) -> Option<&Literal> {
        self.keywords.iter().find(|(keyword, _)| keyword == name).map(|(_, value)| value)
    }

    /// Where the value of a keyword argument stands.
    #[must_use]
    pub fn keyword_span(&self, name: &str) -> Option<Range<usize>> {
        let index = self.keywords.iter().position(|(keyword, _)| keyword == name)?;
        self.spans.get(self.arguments.len() + index).cloned()
    }

    /// Where the last argument ends.
    #[must_use]
    pub fn end(&self) -> Option<usize> {
        self.spans.iter().map(|span| span.end).max()
    }

    /// The last part of its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }
}

/// A value in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A text without anything to be put in.
    Text(String),
    /// An integer.
    Integer(u64),
    /// `True` or `False`.
    Boolean(bool),
    /// `None`
    Nothing,
    /// A list or tuple of values.
    List(Vec<Literal>),
    /// Anything else.
    Other,
}

impl Literal {
    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Reads a module.
///
/// # Panics
///
/// Never with the grammar that the tests have passed with.
pub fn parse(text: &str) -> Result<Module, Unparsed> {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_python::LANGUAGE.into())
        .expect("the grammar goes with the library, as the tests say");
    let tree = parser.parse(text, None).ok_or(Unparsed)?;
    if tree.root_node().has_error() {
        return Err(Unparsed);
    }
    let mut reader = Reader { text, module: Module::default(), names: BTreeMap::new() };
    reader.walk(tree.root_node());
    Ok(reader.module)
}

struct Reader<'t> {
    text: &'t str,
    module: Module,
    /// What names mean: name to dotted path.
    names: BTreeMap<String, String>,
}

impl Reader<'_> {
    /// Looks at every node in the order of the text, without recursion.
    fn walk(&mut self, root: Node<'_>) {
        let mut cursor = root.walk();
        let mut inside = 0_usize;
        loop {
            let node = cursor.node();
            if is_definition(node) {
                if inside == 0 && node.kind() == "function_definition" {
                    self.module
                        .functions
                        .extend(node.child_by_field_name("name").map(|name| self.slice(name)));
                }
                inside += 1;
            }
            self.look(node, inside == 0);
            if cursor.goto_first_child() {
                continue;
            }
            loop {
                if is_definition(cursor.node()) {
                    inside -= 1;
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }

    fn look(&mut self, node: Node<'_>, at_top: bool) {
        match node.kind() {
            "import_statement" => self.import(node, at_top),
            "import_from_statement" => self.import_from(node, at_top),
            "assignment" => self.assignment(node, at_top),
            "call" => self.call(node, at_top),
            "identifier" | "string_content" => self.mention(node),
            "comparison_operator" => self.module.is_script |= at_top && self.is_main(node),
            _ => {}
        }
    }

    /// Whether a comparison is `__name__ == "__main__"`, either way round.
    fn is_main(&self, node: Node<'_>) -> bool {
        let text = &self.text[node.byte_range()];
        text.contains("__name__") && text.contains("__main__")
    }

    /// Settings classes spell variables in small letters.
    fn mention(&mut self, node: Node<'_>) {
        let text = &self.text[node.byte_range()];
        if text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("otel_")) {
            self.module.mentions.insert(text.to_ascii_uppercase());
        }
    }

    /// `import a.b`, `import a.b as c`
    fn import(&mut self, node: Node<'_>, at_top: bool) {
        for child in children(node) {
            let (path, alias) = self.aliased(child);
            let name = alias.clone().unwrap_or_else(|| path.split('.').next().unwrap_or_default().to_owned());
            let meaning = if alias.is_some() { path.clone() } else { name.clone() };
            self.names.insert(name.clone(), meaning);
            self.bind(node, path, name, false, at_top);
        }
    }

    /// `from a import b`, `from a import b as c`
    fn import_from(&mut self, node: Node<'_>, at_top: bool) {
        let Some(module) = node.child_by_field_name("module_name") else { return };
        let module_path = self.slice(module);
        for child in children(node).into_iter().filter(|child| child.id() != module.id()) {
            if !matches!(child.kind(), "dotted_name" | "aliased_import") {
                continue;
            }
            let (own, alias) = self.aliased(child);
            let separator = if module_path.ends_with('.') { "" } else { "." };
            let path = format!("{module_path}{separator}{own}");
            let name = alias.unwrap_or(own);
            self.names.insert(name.clone(), path.clone());
            self.bind(node, path, name, true, at_top);
        }
    }

    fn bind(&mut self, node: Node<'_>, path: String, name: String, is_from: bool, at_top: bool) {
        let import = Import { path, name, is_from, line: line(node), offset: node.start_byte(), at_top };
        self.module.imports.push(import);
    }

    /// What is imported, and the name after `as`.
    fn aliased(&self, node: Node<'_>) -> (String, Option<String>) {
        match (node.child_by_field_name("name"), node.child_by_field_name("alias")) {
            (Some(name), Some(alias)) => (self.slice(name), Some(self.slice(alias))),
            _ => (self.slice(node), None),
        }
    }

    fn assignment(&mut self, node: Node<'_>, at_top: bool) {
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        else {
            return;
        };
        match left.kind() {
            "identifier" | "attribute" => {
                let Some(name) = self.path(left) else { return };
                if right.kind() == "call"
                    && let Some(path) =
                        right.child_by_field_name("function").and_then(|function| self.path(function))
                {
                    self.module.made.insert(name.clone(), path);
                }
                if at_top {
                    self.module.settings.push((name, self.literal(right), line(node)));
                }
            }
            // `os.environ["NAME"] = "value"`
            "subscript" => {
                let value = left.child_by_field_name("value").and_then(|value| self.path(value));
                let key = left.child_by_field_name("subscript").map(|key| self.literal(key));
                if let (Some("os.environ"), Some(Literal::Text(name))) = (value.as_deref(), key) {
                    let spot = left.child_by_field_name("subscript").and_then(|key| spot(key, Some(right)));
                    self.set(name, &self.literal(right), line(node), spot);
                }
            }
            _ => {}
        }
    }

    fn set(&mut self, name: String, value: &Literal, line: usize, spot: Option<Spot>) {
        self.module.environment.push(Variable { name, value: value.text().map(str::to_owned), line, spot });
    }

    fn call(&mut self, node: Node<'_>, at_top: bool) {
        let Some(path) = node.child_by_field_name("function").and_then(|function| self.path(function)) else {
            return;
        };
        let (mut arguments, mut keywords) = (Vec::new(), Vec::new());
        let (mut spans, mut keyword_spans) = (Vec::new(), Vec::new());
        let list = node.child_by_field_name("arguments").filter(|list| list.kind() == "argument_list");
        for argument in list.map(children).unwrap_or_default() {
            if argument.kind() == "keyword_argument" {
                let parts = ["name", "value"].map(|field| argument.child_by_field_name(field));
                if let [Some(name), Some(value)] = parts {
                    keyword_spans.push(value.byte_range());
                    keywords.push((self.slice(name), self.literal(value)));
                }
            } else {
                spans.push(argument.byte_range());
                arguments.push(self.literal(argument));
            }
        }
        if matches!(path.as_str(), "os.environ.setdefault" | "os.putenv")
            && let [Literal::Text(name), value, ..] = arguments.as_slice()
        {
            let (name, value) = (name.clone(), value.clone());
            let nodes = list.map(children).unwrap_or_default();
            let spot = nodes.first().and_then(|name| spot(*name, nodes.get(1).copied()));
            self.set(name, &value, line(node), spot);
        }
        spans.append(&mut keyword_spans);
        let (line, offset) = (line(node), node.start_byte());
        let call = Call { path, arguments, keywords, spans, line, offset, at_top };
        self.module.calls.push(call);
    }

    /// The dotted path of a name, imports resolved. A call in it stands as `()`: `FlaskInstrumentor().instrument` is
    /// `….FlaskInstrumentor().instrument`.
    fn path(&self, node: Node<'_>) -> Option<String> {
        let (mut parts, mut node) = (Vec::new(), node);
        for _ in 0..DEEPEST_NAME {
            match node.kind() {
                "identifier" => {
                    let name = self.slice(node);
                    parts.push(self.names.get(&name).cloned().unwrap_or(name));
                    parts.reverse();
                    return Some(parts.join(".").replace(".()", "()"));
                }
                "attribute" => {
                    parts.push(self.slice(node.child_by_field_name("attribute")?));
                    node = node.child_by_field_name("object")?;
                }
                "call" => {
                    parts.push("()".to_owned());
                    node = node.child_by_field_name("function")?;
                }
                _ => return None,
            }
        }
        None
    }

    fn literal(&self, node: Node<'_>) -> Literal {
        match node.kind() {
            "true" => Literal::Boolean(true),
            "false" => Literal::Boolean(false),
            "none" => Literal::Nothing,
            "integer" => self.slice(node).parse().map_or(Literal::Other, Literal::Integer),
            "string" => self.string(node).map_or(Literal::Other, Literal::Text),
            "list" | "tuple" => {
                // One level is all that settings have.
                let items = children(node).into_iter();
                Literal::List(
                    items
                        .map(|item| match item.kind() {
                            "string" => self.string(item).map_or(Literal::Other, Literal::Text),
                            _ => Literal::Other,
                        })
                        .collect(),
                )
            }
            _ => Literal::Other,
        }
    }

    /// A text without escapes and without anything to be put in.
    fn string(&self, node: Node<'_>) -> Option<String> {
        let mut text = String::new();
        for piece in children(node) {
            match piece.kind() {
                "string_start" | "string_end" => {}
                "string_content" if piece.named_child_count() == 0 => text.push_str(&self.slice(piece)),
                _ => return None,
            }
        }
        Some(text)
    }

    fn slice(&self, node: Node<'_>) -> String {
        self.text[node.byte_range()].to_owned()
    }
}

/// Where name and value of a variable stand.
fn spot(name: Node<'_>, value: Option<Node<'_>>) -> Option<Spot> {
    Some(Spot { name: content(name)?, value: value.and_then(content) })
}

/// Where the text in a string begins, if nothing else is in it.
fn content(string: Node<'_>) -> Option<usize> {
    let pieces = children(string);
    let [start, piece, _] = pieces.as_slice() else { return None };
    let is_text = start.kind() == "string_start" && piece.kind() == "string_content";
    (is_text && piece.named_child_count() == 0).then(|| piece.start_byte())
}

/// Whether what is inside is not done when the module is loaded.
fn is_definition(node: Node<'_>) -> bool {
    matches!(node.kind(), "function_definition" | "lambda") && node.is_named()
}

/// The children of a node that mean something.
fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| !child.is_extra()).collect()
}

/// The line of a node, from 1.
fn line(node: Node<'_>) -> usize {
    node.start_position().row + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_resolved_in_calls() {
        let module = parse(
            "import os, a.b as c\nfrom flask import Flask as F, request\nfrom .x import y\napp = F(__name__)\n\
             def main():\n    app.run(debug=True, port=80)\nc.d('x', [1])\nG().instrument()\n@app.get('/')\ndef i(): y()\n",
        )
        .expect("Python");
        let imports: Vec<_> =
            module.imports.iter().map(|i| format!("{} {} {}", i.path, i.name, i.is_from)).collect();
        assert_eq!(
            imports,
            ["os os false", "a.b c false", "flask.Flask F true", "flask.request request true", ".x.y y true"]
        );
        let calls: Vec<_> =
            module.calls.iter().map(|c| format!("{} {} {}", c.path, c.line, c.at_top)).collect();
        assert_eq!(
            calls,
            [
                "flask.Flask 4 true",
                "app.run 6 false",
                "a.b.d 7 true",
                "G().instrument 8 true",
                "G 8 true",
                "app.get 9 true",
                ".x.y 10 false"
            ]
        );
        assert_eq!(module.calls[1].keyword("debug"), Some(&Literal::Boolean(true)));
        assert_eq!(module.calls[1].keyword_span("port"), Some(134..136));
        assert_eq!(module.calls[1].end(), Some(136));
        assert_eq!(module.calls[2].arguments[0].text(), Some("x"));
        assert_eq!(module.made.get("app").map(String::as_str), Some("flask.Flask"));
        assert_eq!(module.functions, ["main", "i"]);
    }

    #[test]
    fn settings_and_variables_are_read() {
        let module = parse(
            "import os\nfrom os import environ\nworkers = 4\nworker_class = 'gevent'\nbind = f'{x}'\n\
             os.environ['A'] = 'x'\nenviron.setdefault(\"B\", \"y\")\nos.environ['C'] = str(1)\n",
        )
        .expect("Python");
        assert_eq!(
            module.settings,
            [
                ("workers".to_owned(), Literal::Integer(4), 3),
                ("worker_class".to_owned(), Literal::Text("gevent".to_owned()), 4),
                ("bind".to_owned(), Literal::Other, 5),
            ]
        );
        let variables: Vec<_> =
            module.environment.iter().map(|v| (v.name.as_str(), v.value.as_deref())).collect();
        assert_eq!(variables, [("A", Some("x")), ("B", Some("y")), ("C", None)]);
        let spots: Vec<_> = module.environment.iter().map(|v| v.spot.map(|s| (s.name, s.value))).collect();
        assert_eq!(spots, [Some((95, Some(102))), Some((125, Some(130))), Some((146, None))]);
    }

    #[test]
    fn what_is_no_python_is_refused() {
        assert_eq!(parse("def f(:\n  {{ x }}"), Err(Unparsed));
        assert!(parse("print 'two'\nexec 'x'\n").is_ok());
        let nested = format!("x = {}{}", "(".repeat(20_000), ")".repeat(20_000));
        assert!(parse(&nested).is_ok() || parse(&nested).is_err());
    }
}
