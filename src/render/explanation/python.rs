//! What is known about a name among Python's distributions, as text for people.

use super::{items, labelled, line, quoted};
use crate::registry::describe::{By, PythonExplanation, PythonInstrumentation, PythonReleases};

/// Everything about a name.
pub(super) fn text(text: &mut String, name: &str, python: &PythonExplanation) {
    let what = python.what.as_ref().map(|what| format!(": {what}"));
    line(text, 0, &format!("python {name}{}", what.unwrap_or_default()));
    labelled(text, 0, "note", python.note.as_ref());
    for one in &python.instrumentations {
        text.push('\n');
        instrumentation(text, one);
    }
    for way in &python.otherwise {
        text.push('\n');
        let by = match &way.by {
            By::Native(how) => format!("by itself: {how}"),
            By::Nothing(advice) => format!("nothing exists: {advice}"),
            By::Crate(name) | By::Distribution(name) | By::Feature(name) => {
                format!("{name}: not OpenTelemetry's own, left to you")
            }
        };
        line(text, 0, &by);
        labelled(text, 3, "versions of the library", way.versions.as_ref());
        labelled(text, 3, "note", way.note.as_ref());
        labelled(text, 3, "documentation", way.docs.as_ref());
    }
}

/// An instrumentation: what it is, and what it needs in which releases.
fn instrumentation(text: &mut String, one: &PythonInstrumentation) {
    let what = one.what.as_ref().map(|what| format!(": {what}"));
    line(text, 0, &format!("{}{}", one.name, what.unwrap_or_default()));
    if one.entry_points.is_empty() {
        line(text, 3, "a support library: the loader knows no entry point of it");
    } else {
        line(text, 3, &format!("switched off by {}", quoted(&one.entry_points)));
    }
    items(text, 3, "together with", &one.with);
    labelled(text, 3, "note", one.note.as_ref());
    labelled(text, 3, "documentation", one.docs.as_ref());
    for releases in &one.releases {
        line(text, 3, &span(releases));
    }
}

/// What some releases say, on a line.
fn span(releases: &PythonReleases) -> String {
    let PythonReleases { newest, oldest, .. } = releases;
    let mut text = if newest == oldest { newest.clone() } else { format!("{oldest} to {newest}") };
    let needs = [("needs", &releases.all, " and "), ("needs one of", &releases.any, ", ")];
    let needs = needs.into_iter().filter(|(_, needs, _)| !needs.is_empty());
    let needs = needs.map(|(label, needs, glue)| format!("{label} {}", needs.join(glue)));
    let python = &releases.requires_python;
    let mut says = needs.collect::<Vec<_>>();
    says.extend(releases.always.then(|| "always listed".to_owned()));
    says.extend(releases.on_request.then(|| "only on request (`--only`)".to_owned()));
    says.extend((!releases.installable).then(|| "not in the index".to_owned()));
    says.extend((!python.is_empty()).then(|| format!("Python {python}")));
    text.push_str(": ");
    text.push_str(&says.join("; "));
    text
}
