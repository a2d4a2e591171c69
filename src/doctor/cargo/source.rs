//! Rust sources: the names in them, by the tokens of the language.
//!
//! Tokens are enough for what is asked, see inside macros, where a parser of the whole language does not look, and
//! cost a tenth of it.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};

use super::installs::{Function, functions};
use crate::doctor::read::Unparsed;

/// The longest part of a filter, in bytes.
const LONGEST_FILTER: usize = 200;

/// What puts the provider of traces into a global.
pub(super) const PROVIDER: &str = "set_tracer_provider";

/// Without one of these names a source installs nothing, and starts nothing that does.
const INSTALLS: [&str; 8] = [
    "console_subscriber",
    "init_subscribers",
    "main",
    "set_global_default",
    "set_global_recorder",
    "set_meter_provider",
    PROVIDER,
    "tracing_subscriber",
];

/// A source, as far as it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The names in it.
    pub names: BTreeSet<String>,
    /// Whether it gives an address with TLS to `with_endpoint`.
    pub has_https_endpoint: bool,
    /// Whether a text or a name in it lets spans of the level `TRACE` through.
    pub lets_trace_through: bool,
    /// The parts of filters in its texts: levels, and targets with levels.
    pub filters: BTreeSet<String>,
    /// The line on which it names what puts the provider of traces into a global.
    pub provider_line: Option<usize>,
    /// Its functions that install something for the whole program, or call others.
    pub functions: Vec<Function>,
}

impl Source {
    /// Whether a text can be a part of a filter: a level, or a target with one.
    #[must_use]
    pub fn is_filter(part: &str) -> bool {
        let level = part.trim().rsplit('=').next().unwrap_or_default();
        let levels = ["trace", "debug", "info", "warn", "error", "off"];
        part.len() < LONGEST_FILTER && levels.iter().any(|known| level.eq_ignore_ascii_case(known))
    }
}

/// Reads a source.
pub fn parse(text: &str) -> Result<Source, Unparsed> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // A line for the shell may come first; `#![` does not.
    let text = if text.starts_with("#!") && !text.starts_with("#![") {
        text.split_once('\n').map_or("", |(_, rest)| rest)
    } else {
        text
    };
    let stream: TokenStream = text.parse().map_err(|_| Unparsed)?;
    let mut source = Source::default();
    let mut open = vec![stream.clone().into_iter()];
    let mut before: [String; 2] = Default::default();
    while let Some(stream) = open.last_mut() {
        match stream.next() {
            None => {
                open.pop();
            }
            Some(TokenTree::Group(group)) => open.push(group.stream().into_iter()),
            Some(TokenTree::Ident(name)) => {
                if name == PROVIDER {
                    // The last one is no import.
                    source.provider_line = Some(name.span().start().line);
                }
                let name = name.to_string();
                source.lets_trace_through |= name == "TRACE";
                before = [std::mem::take(&mut before[1]), name.clone()];
                source.names.insert(name);
            }
            Some(TokenTree::Literal(literal)) => {
                let literal = literal.to_string();
                if let Some(text) = text_of(&literal) {
                    source.has_https_endpoint |= before[1] == "with_endpoint" && text.starts_with("https://");
                    source.lets_trace_through |= text.contains("otel::tracing")
                        || text == "trace"
                        || text.split(',').any(|part| part.starts_with("otel=") || part.trim() == "trace");
                    let parts = text.split(',').filter(|part| Source::is_filter(part));
                    source.filters.extend(parts.map(|part| part.trim().to_owned()));
                }
            }
            Some(TokenTree::Punct(_)) => {}
        }
    }
    if INSTALLS.iter().any(|name| source.names.contains(*name)) {
        source.functions = functions(stream);
    }
    // The text that the places are of is kept until it is not needed any more.
    drop(open);
    proc_macro2::extra::invalidate_current_thread_spans();
    Ok(source)
}

/// The text of a literal that is one, without its quotes; escapes stay as they are.
fn text_of(literal: &str) -> Option<&str> {
    let start = literal.find('"')?;
    let end = literal.rfind('"')?;
    (start < end && !literal.starts_with('b')).then(|| &literal[start + 1..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_seen_inside_of_macros_and_not_in_comments() {
        let source = parse(
            "#!/usr/bin/env x\n#![allow(x)]\nuse axum_otel::Layer; // reqwest_tracing\n/* sqlx_tracing */\n\
             fn main() { tokio::select! { _ = run(tower_otel::x()) => {} } let s = \"tonic\"; let c = 'a'; let r = r#\"x\"#; }\n",
        )
        .expect("Rust");
        for name in ["axum_otel", "tower_otel", "main"] {
            assert!(source.names.contains(name), "{name}");
        }
        for name in ["reqwest_tracing", "sqlx_tracing", "tonic"] {
            assert!(!source.names.contains(name), "{name}");
        }
    }

    #[test]
    fn addresses_and_levels_are_seen() {
        let told =
            |text: &str| parse(text).map(|source| (source.has_https_endpoint, source.lets_trace_through));
        assert_eq!(told("x.with_endpoint(\"https://a\")"), Ok((true, false)));
        assert_eq!(told("x.with_endpoint(\"http://a\"); y(\"https://b\")"), Ok((false, false)));
        assert_eq!(told("EnvFilter::new(\"info,otel::tracing=trace\")"), Ok((false, true)));
        assert_eq!(told("with_max_level(Level::TRACE)"), Ok((false, true)));
        assert_eq!(told("fn f( {"), Err(Unparsed));
        let nested = format!("{}{}", "(".repeat(50_000), ")".repeat(50_000));
        assert_eq!(told(&nested), Ok((false, false)));
    }
}
