//! What functions install for the whole program, one after the other and whatever comes: by the tokens of their bodies.
//!
//! What is in a branch, a loop, a closure or below `#[cfg]` may not run beside the rest, and is passed over; so is what
//! may fail by intention (`try_init`).

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// Something that a program has one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Global {
    /// The subscriber of `tracing`.
    Subscriber,
    /// The recorder of `metrics`.
    Recorder,
    /// The provider of traces.
    TracerProvider,
    /// The provider of metrics.
    MeterProvider,
}

impl Global {
    /// What it is, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Subscriber => "subscriber of `tracing`",
            Self::Recorder => "recorder of `metrics`",
            Self::TracerProvider => "provider of traces",
            Self::MeterProvider => "provider of metrics",
        }
    }
}

/// A function, as far as it installs something or calls others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// What it does always, in order.
    pub steps: Vec<Step>,
}

/// What a function does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It installs something, on that line.
    Installs(Global, usize),
    /// It calls a function of that name.
    Calls(String),
}

/// Words after which a statement may not be done, or only in part.
const BRANCHES: [&str; 9] = ["else", "for", "if", "loop", "match", "move", "return", "while", "async"];

/// The functions of a source that do something that matters; those of tests are left out.
#[must_use]
pub fn functions(stream: TokenStream) -> Vec<Function> {
    let mut found = Vec::new();
    let mut open = vec![stream];
    while let Some(stream) = open.pop() {
        let mut name = None;
        let mut is_test = false;
        let mut before = String::new();
        for token in stream {
            match token {
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    if before == "fn" {
                        name = Some(word.clone());
                    }
                    before = word;
                    continue;
                }
                TokenTree::Group(group) => {
                    let body = group.stream();
                    match group.delimiter() {
                        Delimiter::Bracket => is_test |= mentions_test(&body),
                        Delimiter::Brace if std::mem::take(&mut is_test) => name = None,
                        Delimiter::Brace => {
                            if let Some(name) = name.take() {
                                let steps = steps(&body);
                                found.extend((!steps.is_empty()).then_some(Function { name, steps }));
                            }
                            open.push(body);
                        }
                        Delimiter::Parenthesis | Delimiter::None => {}
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => (name, is_test) = (None, false),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            before.clear();
        }
    }
    found
}

/// Whether an attribute is about tests.
fn mentions_test(attribute: &TokenStream) -> bool {
    let mut open = vec![attribute.clone()];
    while let Some(stream) = open.pop() {
        for token in stream {
            match token {
                TokenTree::Ident(word) if word == "test" => return true,
                TokenTree::Group(group) => open.push(group.stream()),
                _ => {}
            }
        }
    }
    false
}

/// What the statements of a body do.
fn steps(body: &TokenStream) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut statement = Vec::new();
    let mut tokens = body.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_block = matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        let is_end = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ';');
        let goes_on = match tokens.peek() {
            Some(TokenTree::Punct(punct)) => matches!(punct.as_char(), '.' | '?' | ';'),
            Some(TokenTree::Ident(word)) => word == "else",
            _ => false,
        };
        statement.push(token);
        if is_end || (is_block && !goes_on) {
            steps.extend(of_statement(&statement));
            statement.clear();
        }
    }
    steps.extend(of_statement(&statement));
    steps
}

/// What a statement does, if it does it always.
fn of_statement(tokens: &[TokenTree]) -> Vec<Step> {
    let word = |at: usize| match tokens.get(at) {
        Some(TokenTree::Ident(word)) => word.to_string(),
        _ => String::new(),
    };
    let is_punct = |at: Option<usize>, c: char| match at.and_then(|at| tokens.get(at)) {
        Some(TokenTree::Punct(punct)) => punct.as_char() == c,
        _ => false,
    };
    let is_call =
        |at: usize| matches!(tokens.get(at + 1), Some(TokenTree::Group(group)) if is_arguments(group));
    let words: Vec<String> = (0..tokens.len()).map(word).collect();
    let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    // An attribute may leave the statement out.
    if has(&BRANCHES) || is_punct(Some(0), '#') {
        return Vec::new();
    }
    let mut steps = Vec::new();
    for (at, name) in words.iter().enumerate().filter(|(at, name)| !name.is_empty() && is_call(*at)) {
        let is_method = is_punct(at.checked_sub(1), '.');
        let is_path = is_punct(at.checked_sub(1), ':');
        let of = if is_path { at.checked_sub(3).map(word).unwrap_or_default() } else { String::new() };
        let is_subscriber = || has(&["tracing_subscriber", "FmtSubscriber", "Registry", "registry", "fmt"]);
        let global = match name.as_str() {
            "set_global_default" | "init_subscribers" => Some(Global::Subscriber),
            "init" if of == "console_subscriber" => Some(Global::Subscriber),
            "init" if (is_method || of == "fmt") && is_subscriber() => Some(Global::Subscriber),
            "set_global_recorder" | "install_recorder" => Some(Global::Recorder),
            "install" if is_method && has(&["PrometheusBuilder"]) => Some(Global::Recorder),
            "set_tracer_provider" => Some(Global::TracerProvider),
            "set_meter_provider" => Some(Global::MeterProvider),
            _ => None,
        };
        match global {
            Some(global) => steps.push(Step::Installs(global, tokens[at].span().start().line)),
            None if !is_method => steps.push(Step::Calls(name.clone())),
            None => {}
        }
    }
    steps
}

fn is_arguments(group: &Group) -> bool {
    group.delimiter() == Delimiter::Parenthesis
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Functions as `NAME: STEP, STEP`.
    fn told(text: &str) -> Vec<String> {
        let step = |step: &Step| match step {
            Step::Installs(global, line) => format!("{global:?}{}", if *line == 1 { "" } else { " below" }),
            Step::Calls(name) => name.clone(),
        };
        let all = functions(text.parse().expect("Rust"));
        all.iter()
            .map(|f| format!("{}: {}", f.name, f.steps.iter().map(step).collect::<Vec<_>>().join(", ")))
            .collect()
    }

    #[test]
    fn what_is_always_installed_is_seen() {
        for (body, expected) in [
            ("console_subscriber::init(); tracing_subscriber::fmt::init();", "f: Subscriber, Subscriber"),
            ("tracing_subscriber::registry().with(a(b)).init()", "f: registry, Subscriber"),
            ("let _ = tracing_subscriber::fmt().try_init();", "f: fmt"),
            ("if x { console_subscriber::init(); } telemetry::set_up().await?;", "f: set_up"),
            ("#[cfg(feature = \"x\")] console_subscriber::init();", ""),
            ("match x { _ => {} } metrics::set_global_recorder(r).unwrap();", "f: Recorder"),
            ("PrometheusBuilder::new().install().expect(\"x\");", "f: new, Recorder"),
            (
                "global::set_tracer_provider(p.clone()); global::set_meter_provider(m);",
                "f: TracerProvider, MeterProvider",
            ),
            ("let t = spawn(async move { console_subscriber::init() });", "f: spawn"),
            ("pool.init(); logger.init();", ""),
            ("let s =\n fmt()\n .init();", "f: fmt, Subscriber below"),
        ] {
            assert_eq!(told(&format!("fn f() {{ {body} }}")).join("; "), expected, "{body}");
        }
        assert_eq!(told("#[cfg(test)] mod tests { fn f() { console_subscriber::init(); } }"), [""; 0]);
        assert_eq!(
            told("mod a { impl B { pub async fn c(&self) -> D { console_subscriber::init(); } } }"),
            ["c: Subscriber"]
        );
    }
}
