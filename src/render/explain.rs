//! What is said to a person beside the answer: the summary, the reasons, why there is nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::verdict::{in_short, is_skip, reason};
use crate::{
    ecosystem::Overview,
    finding::Verdict,
    resolution::{Resolution, SetChoice, SetReason},
    terminal::{listed, plural},
};

/// One line that counts: `4 instrumentations for 31 packages (2 skipped, see `-v`)`.
///
/// `pointer` says whether to point at `-v`.
#[must_use]
pub fn summary(resolution: &Resolution, overview: &Overview, pointer: bool) -> String {
    let applied: BTreeSet<&str> = resolution
        .findings
        .iter()
        .filter_map(|f| match &f.verdict {
            Verdict::Applies { instrumentation, .. } => Some(instrumentation.as_str()),
            _ => None,
        })
        .collect();
    let is_further = |name: &str| {
        !applied.iter().any(|i| *i == name || i.strip_prefix(name).is_some_and(|rest| rest.starts_with('/')))
    };
    let further: BTreeSet<&str> =
        resolution.requirements.iter().map(|r| r.name.as_str()).filter(|name| is_further(name)).collect();
    let installed =
        resolution.findings.iter().filter(|f| matches!(f.verdict, Verdict::AlreadyInstalled { .. })).count();
    let skipped = resolution.findings.iter().filter(|f| is_skip(&f.verdict)).count();

    let mut text = plural(applied.len(), "instrumentation", "instrumentations");
    if !further.is_empty() {
        let (one, many) = overview.ecosystem.nouns();
        let further = plural(further.len(), &format!("further {one}"), &format!("further {many}"));
        text = format!("{text} and {further}");
    }
    text = format!("{text} for {}", overview.counted());
    let mut aside = Vec::new();
    if installed > 0 {
        aside.push(format!("{installed} already there"));
    }
    if skipped > 0 {
        aside.push(format!("{skipped} skipped{}", if pointer { ", see `-v`" } else { "" }));
    }
    if aside.is_empty() { text } else { format!("{text} ({})", aside.join(", ")) }
}

/// Why nothing is printed, for an answer without requirements.
#[must_use]
pub fn nothing_to_add(resolution: &Resolution, overview: &Overview) -> String {
    let packages = overview.counted();
    if overview.packages == 0 {
        return overview.emptiness();
    }
    if resolution.findings.is_empty() {
        return format!("nothing to add: the registry knows nothing of the project's {packages}");
    }
    let installed = resolution.findings.iter().filter(|f| !is_skip(&f.verdict)).count();
    let skips: Vec<_> = resolution.findings.iter().filter(|f| is_skip(&f.verdict)).collect();
    if skips.is_empty() {
        return "nothing to add: all that fits is there already".to_owned();
    }
    let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for finding in skips {
        groups.entry(in_short(&finding.verdict)).or_default().push(format!("`{}`", finding.library));
    }
    let groups: Vec<String> =
        groups.into_iter().map(|(why, names)| format!("{why}: {}", listed(names))).collect();
    let groups = groups.join("; ");
    let programs = overview.members.is_empty() || overview.members.iter().any(|m| m.is_program);
    match (installed, programs) {
        (0, false) => format!("nothing to add, and no member is a program ({groups})"),
        (0, true) => format!("nothing to add ({groups})"),
        (count, _) => format!("nothing to add: {count} already there ({groups})"),
    }
}

/// The reason for the release set, and what the other sets would gain and lose.
#[must_use]
pub fn set_reasons(resolution: &Resolution) -> Vec<String> {
    resolution.set.as_ref().map(set_lines).unwrap_or_default()
}

/// The reason for every library that gets nothing, one line each.
#[must_use]
pub fn skip_reasons(resolution: &Resolution) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in &resolution.findings {
        let subject = format!("`{}` {}", finding.library, finding.version);
        match &finding.verdict {
            Verdict::Applies { instead_of: Some(_), .. } | Verdict::AlreadyInstalled { .. } => {
                lines.push(format!("{subject}: {}", reason(&finding.verdict)));
            }
            Verdict::Applies { .. } => {}
            verdict => lines.push(format!("skipped {subject}: {}", reason(verdict))),
        }
    }
    lines
}

fn set_lines(set: &SetChoice) -> Vec<String> {
    let chosen = &set.chosen;
    let why = match &set.reason {
        SetReason::Locked { version, through } if through.is_empty() => {
            format!("`opentelemetry` {version} is locked")
        }
        SetReason::Locked { version, through } => {
            format!("`opentelemetry` {version} is locked, through {}", listed(through))
        }
        SetReason::Installed { name, version } => format!("`{name}` {version} is there"),
        SetReason::Newest { language, held } => {
            let admitted: Vec<&String> = language.iter().chain(held).collect();
            let rest = if admitted.is_empty() {
                String::new()
            } else {
                format!(" that admits {}", listed(admitted))
            };
            format!("the newest{rest}")
        }
        SetReason::Asked => "asked for".to_owned(),
        SetReason::Coverage { served, of } => {
            format!("serves {served} of {}, none newer more", plural(*of, "library", "libraries"))
        }
    };
    let mut lines = vec![format!("release set {chosen}: {why}")];
    // Neighbours that would mean the same share a line.
    for alike in set.others.chunk_by(|a, b| (&a.gains, &a.losses) == (&b.gains, &b.losses)) {
        let other = &alike[0];
        let sets = match alike {
            [one] => format!("set {}", one.set),
            several => format!("sets {}", listed(several.iter().map(|s| &s.set))),
        };
        let told = |what: &str, libraries: &[String]| {
            (!libraries.is_empty()).then(|| format!("{what} {}", libraries.join(", ")))
        };
        let parts: Vec<String> =
            [told("gain", &other.gains), told("lose", &other.losses)].into_iter().flatten().collect();
        lines.push(if parts.is_empty() {
            format!("  {sets} would serve the same")
        } else {
            format!("  {sets} would {}", parts.join(" and "))
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};
    use crate::resolution::SetAlternative;

    #[test]
    fn the_summary_counts() {
        let (mut resolution, overview) = (sample::resolution(), sample::overview());
        assert_eq!(
            summary(&resolution, &overview, true),
            "2 instrumentations and 1 further crate for 31 packages (1 already there, 2 skipped, see `-v`)"
        );
        resolution.findings.truncate(1);
        resolution.requirements.truncate(1);
        assert_eq!(summary(&resolution, &overview, true), "1 instrumentation for 31 packages");
    }

    #[test]
    fn reasons_tell_of_the_set_and_of_each_skip() {
        let resolution = sample::resolution();
        let lines = [set_reasons(&resolution), skip_reasons(&resolution)].concat();
        insta::assert_snapshot!(lines.join("\n"), @"
        release set 0.33: serves 2 of 3 libraries, none newer more
          set 0.32 would gain `reqwest` by `reqwest-tracing` 0.7.1
        skipped `redis` 0.2.4: out of range: instrumentation supports `>=0.6`
        skipped `reqwest` 0.12.9: no release of `reqwest-tracing` in this set, only in 0.32 and 0.31
        `tracing` 0.1.44: already installed
        ");
    }

    #[test]
    fn a_locked_set_names_what_holds_it() {
        let mut set = sample::resolution().set.expect("a set");
        set.reason = SetReason::Locked { version: "0.32.0".to_owned(), through: vec!["tarpc".to_owned()] };
        set.others[0].gains.clear();
        let older = SetAlternative { set: "0.31".to_owned(), ..set.others[0].clone() };
        set.others.push(older);
        insta::assert_snapshot!(set_lines(&set).join("\n"), @"
        release set 0.33: `opentelemetry` 0.32.0 is locked, through tarpc
          sets 0.32 and 0.31 would serve the same
        ");
    }

    #[test]
    fn an_empty_answer_is_explained() {
        let (mut resolution, mut overview) = (sample::resolution(), sample::overview());
        resolution.requirements.clear();
        resolution.findings.drain(..1);
        insta::assert_snapshot!(nothing_to_add(&resolution, &overview), @"nothing to add: 2 already there (no release in this set: `reqwest`; out of range: `redis`)");
        resolution.findings.retain(|f| !is_skip(&f.verdict));
        assert_eq!(nothing_to_add(&resolution, &overview), "nothing to add: all that fits is there already");
        resolution.findings.clear();
        assert_eq!(
            nothing_to_add(&resolution, &overview),
            "nothing to add: the registry knows nothing of the project's 31 packages"
        );
        overview.packages = 0;
        assert_eq!(
            nothing_to_add(&resolution, &overview),
            "nothing to add: the project depends on no other package"
        );
    }
}
