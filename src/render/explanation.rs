//! What the registry knows about a name, as text for people.

use std::fmt::Write;

mod python;

use super::grid::Grid;
use crate::{
    registry::{
        describe::{By, CrateExplanation, Explanation, LibraryExplanation, Ranged, SupportRow, Way},
        rule::Signal,
    },
    terminal::{listed, plural, visible},
};

/// How many rows of a support matrix people are shown; programs get all.
const ROWS_SHOWN: usize = 16;

/// Everything about a name as text.
#[must_use]
pub fn explanation(explanation: &Explanation) -> String {
    let mut text = String::new();
    if let Some(library) = &explanation.library {
        library_text(&mut text, &explanation.name, library);
    }
    if let Some(krate) = &explanation.krate {
        if !text.is_empty() {
            text.push('\n');
        }
        crate_text(&mut text, &explanation.name, krate, explanation.library.is_none());
    }
    if let Some(python) = &explanation.python {
        if !text.is_empty() {
            text.push('\n');
        }
        python::text(&mut text, &explanation.name, python);
    }
    text
}

/// A library: what it is, then its ways, best first.
fn library_text(text: &mut String, name: &str, library: &LibraryExplanation) {
    line(text, 0, &format!("{name}: {}", library.what));
    if library.counts_anywhere {
        line(text, 0, "counts wherever the lockfile holds it");
    }
    if !library.covered_by.is_empty() {
        line(text, 0, &format!("left out where the project uses {}", quoted(&library.covered_by)));
    }
    labelled(text, 0, "note", library.note.as_ref());
    for (index, way) in library.ways.iter().enumerate() {
        text.push('\n');
        line(text, 0, &format!("{}. {}", index + 1, heading(way)));
        way_text(text, way);
    }
}

/// A crate: what it is and who needs it, then what it instruments.
fn crate_text(text: &mut String, name: &str, krate: &CrateExplanation, with_ways: bool) {
    let what = krate.what.as_ref().map(|what| format!(": {what}"));
    line(text, 0, &format!("crate {name}{}", what.unwrap_or_default()));
    items(text, 0, "features", &krate.features);
    items(text, 0, "needs", &krate.needs);
    items(text, 0, "needed by", &krate.needed_by);
    labelled(text, 0, "note", krate.note.as_ref());
    labelled(text, 0, "documentation", krate.docs.as_ref());
    for defect in &krate.defects {
        line(text, 0, &format!("releases {}: {}", defect.releases.as_deref().unwrap_or("*"), defect.text));
    }
    if krate.ways.is_empty() {
        support_text(text, &krate.support, true);
        code(text, 0, &krate.wiring);
    }
    for way in krate.ways.iter().filter(|way| with_ways || way.library != name) {
        text.push('\n');
        line(text, 0, &format!("for {}", way.library));
        way_text(text, way);
    }
}

/// By what, and how it is chosen.
fn heading(way: &Way) -> String {
    let name = match &way.by {
        By::Crate(name) | By::Distribution(name) => name.clone(),
        By::Feature(feature) => format!("feature `{feature}`"),
        By::Native(how) => format!("by itself: {how}"),
        By::Nothing(advice) => format!("nothing exists: {advice}"),
    };
    let what = way.what.as_ref().map(|what| format!(": {what}"));
    let request = if way.on_request { " (only on request: `--only`)" } else { "" };
    format!("{name}{}{request}", what.unwrap_or_default())
}

/// What there is to know about a way, below its heading.
fn way_text(text: &mut String, way: &Way) {
    let signals = way.signals.iter().map(|signal| match signal {
        Signal::Traces => "traces",
        Signal::Metrics => "metrics",
        Signal::Logs => "logs",
        Signal::Propagation => "trace context",
    });
    let signals = signals.collect::<Vec<_>>().join(", ");
    let through = match way.through_tracing {
        Some(true) => " through `tracing`",
        Some(false) => " through the OpenTelemetry API",
        None => "",
    };
    if !signals.is_empty() {
        line(text, 3, &format!("emits {signals}{through}"));
    }
    labelled(text, 3, "versions of the library", way.versions.as_ref());
    items(text, 3, "features", &way.features);
    labelled(text, 3, "one feature by release set", way.select.as_ref());
    let mirror = way
        .mirror
        .iter()
        .map(|(theirs, ours)| if theirs == ours { theirs.clone() } else { format!("{theirs} -> {ours}") });
    items(text, 3, "features as in the library", &mirror.collect::<Vec<_>>());
    if way.in_binaries {
        line(text, 3, "goes to the members with a binary");
    }
    items(text, 3, "needs", &way.needs);
    items(text, 3, "not together with", &way.conflicts);
    ranges(text, "mind", &way.switches);
    items(text, 3, "filter directives", &way.directives);
    labelled(text, 3, "note", way.note.as_ref());
    labelled(text, 3, "documentation", way.docs.as_ref());
    support_text(text, &way.support, matches!(way.by, By::Crate(_)));
    code(text, 3, &way.wiring);
}

/// The support matrix.
fn support_text(text: &mut String, rows: &[SupportRow], of_crate: bool) {
    if rows.is_empty() {
        return;
    }
    let has_feature = rows.iter().any(|row| row.feature.is_some());
    let has_library = rows.iter().any(|row| !row.library.is_empty());
    let mut heading = vec!["OPENTELEMETRY", if of_crate { "RELEASES" } else { "LIBRARY" }];
    heading.extend(has_library.then_some("LIBRARY"));
    heading.extend(has_feature.then_some("FEATURE"));
    heading.push("RUST");
    let mut grid = Grid::new(&heading);
    for row in rows.iter().take(ROWS_SHOWN) {
        let releases = if row.newest == row.oldest {
            row.newest.clone()
        } else {
            format!("{} to {}", row.oldest, row.newest)
        };
        let mut cells = vec![row.set.clone().unwrap_or_else(|| "any".to_owned()), releases];
        let library = if row.library.is_empty() { "any".to_owned() } else { row.library.join(" or ") };
        cells.extend(has_library.then_some(library));
        cells.extend(has_feature.then(|| row.feature.clone().unwrap_or_default()));
        cells.push(row.rust_version.clone().unwrap_or_default());
        grid.row(&cells);
    }
    for row in grid.render(None).lines() {
        let _ = writeln!(text, "   {row}");
    }
    if let more @ 1.. = rows.len().saturating_sub(ROWS_SHOWN) {
        line(text, 3, &format!("and {} for older release sets", plural(more, "row", "rows")));
    }
}

/// A line with an indent; what could steer a terminal is shown.
fn line(text: &mut String, indent: usize, content: &str) {
    let _ = writeln!(text, "{:indent$}{}", "", visible(content));
}

/// A line with a label, if there is something.
fn labelled(text: &mut String, indent: usize, label: &str, content: Option<&String>) {
    if let Some(content) = content {
        line(text, indent, &format!("{label}: {content}"));
    }
}

/// A line with a label and items, if there are any.
fn items(text: &mut String, indent: usize, label: &str, items: &[String]) {
    if !items.is_empty() {
        line(text, indent, &format!("{label}: {}", items.join(", ")));
    }
}

/// Texts with a label, each with the releases it holds for.
fn ranges(text: &mut String, label: &str, ranged: &[Ranged]) {
    for Ranged { releases, text: content } in ranged {
        line(text, 3, &format!("{label}{}: {content}", within(releases.as_ref())));
    }
}

/// Code below a label; code for the same releases stands together.
fn code(text: &mut String, indent: usize, wiring: &[Ranged]) {
    let mut last = None;
    for Ranged { releases, text: code } in wiring {
        if last != Some(releases) {
            line(text, indent, &format!("wiring{}:", within(releases.as_ref())));
            last = Some(releases);
        }
        for code in code.lines() {
            line(text, if code.is_empty() { 0 } else { indent + 4 }, code);
        }
    }
}

/// A range behind a label.
fn within(releases: Option<&String>) -> String {
    releases.map(|releases| format!(" ({releases})")).unwrap_or_default()
}

/// Names in backticks.
fn quoted(names: &[String]) -> String {
    listed(names.iter().map(|name| format!("`{name}`")))
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;
    use crate::registry::{describe, sample::sample};

    fn explained(name: &str) -> String {
        let found = describe::explain(&sample(), name).expect("a known name");
        strip_str(&explanation(&found)).to_string()
    }

    #[test]
    fn a_distribution_is_explained_release_by_release() {
        insta::assert_snapshot!(explained("Lake"), @r"
        python Lake: database

        opentelemetry-instrumentation-lake: spans of the lake
           switched off by `lake`
           together with: opentelemetry-instrumentation-shore
           documentation: https://docs.invalid/lake
           0.3b0: needs one of lake>=1,<3, lake-lite>=1; Python >=3.10
           0.2b0: needs one of lake>=1,<3, lake-lite>=1; not in the index; Python >=3.9

        opentelemetry-instrumentation-shore: spans of the shore
           a support library: the loader knows no entry point of it
           0.3b0: needs shore>=1 and lake>=1; only on request (`--only`); Python >=3.11

        by itself: `trace=True`
           versions of the library: >=3
           documentation: https://docs.invalid/lake

        nothing exists: spans of your own
        ");
        insta::assert_snapshot!(explained("opentelemetry-instrumentation-shore"), @r"
        python opentelemetry-instrumentation-shore

        opentelemetry-instrumentation-shore: spans of the shore
           a support library: the loader knows no entry point of it
           0.3b0: needs shore>=1 and lake>=1; only on request (`--only`); Python >=3.11
        ");
        insta::assert_snapshot!(explained("opentelemetry-instrumentation-logging"), @r"
        python opentelemetry-instrumentation-logging

        opentelemetry-instrumentation-logging
           switched off by `logging`
           0.3b0: always listed; Python >=3.10
           0.2b0: always listed; Python >=3.9
        ");
    }

    #[test]
    fn a_library_is_explained_with_all_its_ways() {
        insta::assert_snapshot!(explained("web"), @r"
        web: web framework
        note: one layer is enough

        1. web-otel: spans for web
           emits traces, trace context through `tracing`
           features: info, old|older (<1.1)
           one feature by release set: otel_*
           features as in the library: json, ws -> websocket
           needs: otel-bridge
           not together with: web-metrics
           documentation: https://docs.rs/web-otel
           OPENTELEMETRY  RELEASES        LIBRARY  FEATURE  RUST
           0.2            1.1.0 to 1.2.0  ^5       otel_2   1.75.0
           0.1            1.1.0 to 1.2.0  ^5       otel_1   1.75.0
           0.1            1.0.0           ^4       otel_1
           wiring (<1.1):
               old()
           wiring (>=1.1):
               use web_otel::Layer;
               .layer(Layer)

        2. web-metrics (only on request: `--only`)
           emits metrics
           goes to the members with a binary
           not together with: web-otel
           documentation: https://docs.rs/web-metrics
           OPENTELEMETRY  RELEASES  LIBRARY  RUST
           any            1.0.0     ^5
        ");
        insta::assert_snapshot!(explained("store"), @r"
        store: database
        counts wherever the lockfile holds it
        left out where the project uses `web`

        1. feature `otel`
           emits traces through the OpenTelemetry API
           versions of the library: >=2
           mind (<3): set `STORE_OTEL=1`
           filter directives: store=debug
           documentation: https://docs.rs/store
           OPENTELEMETRY  LIBRARY         RUST
           0.2            3.0.0
           0.1            2.0.0 to 2.1.0

        2. by itself: logs each query
           emits logs through `tracing`
           versions of the library: <2
           documentation: https://docs.rs/store
        ");
        insta::assert_snapshot!(explained("queue"), @r"
        queue: message queue

        1. nothing exists: spans of your own
        ");
    }

    #[test]
    fn a_crate_is_explained_with_what_it_is_for() {
        insta::assert_snapshot!(explained("web-otel"), @r"
        crate web-otel: spans for web
        note: the official one
        documentation: https://docs.rs/web-otel

        for web
           emits traces, trace context through `tracing`
           features: info, old|older (<1.1)
           one feature by release set: otel_*
           features as in the library: json, ws -> websocket
           needs: otel-bridge
           not together with: web-metrics
           documentation: https://docs.rs/web-otel
           OPENTELEMETRY  RELEASES        LIBRARY  FEATURE  RUST
           0.2            1.1.0 to 1.2.0  ^5       otel_2   1.75.0
           0.1            1.1.0 to 1.2.0  ^5       otel_1   1.75.0
           0.1            1.0.0           ^4       otel_1
           wiring (<1.1):
               old()
           wiring (>=1.1):
               use web_otel::Layer;
               .layer(Layer)
        ");
        insta::assert_snapshot!(explained("otel-bridge"), @r"
        crate otel-bridge: bridge to OpenTelemetry
        needed by: --exporter otlp, web-otel
        documentation: https://docs.rs/otel-bridge
        releases <0.2: needs Rust 1.80.0: declares 1.60
           OPENTELEMETRY  RELEASES  RUST
           0.2            0.2.0     1.70.0
           0.1            0.1.0     1.80.0
        wiring:
            otel_bridge::layer()
        ");
    }
}
