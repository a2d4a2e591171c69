//! What became of a library, in a word for columns and programs and in a sentence for people.

use crate::{finding::Verdict, terminal::listed};

/// How many release sets are named before the rest is only counted.
const SETS_NAMED: usize = 3;

/// The verdict as one stable word (the `status` of the JSON form).
pub(super) fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Applies { .. } => "applies",
        Verdict::AlreadyInstalled { .. } => "already-installed",
        Verdict::OtherSet { .. } => "other-set",
        Verdict::OutOfRange { .. } => "out-of-range",
        Verdict::Needs { .. } => "needs",
        Verdict::Excluded { .. } => "excluded",
        Verdict::NoRelease { .. } => "no-release",
        Verdict::Native { .. } => "native",
        Verdict::Indirect { .. } => "indirect",
        Verdict::OnlyThroughOpenTelemetry => "only-through-opentelemetry",
        Verdict::Covered { .. } => "covered",
        Verdict::Nothing { .. } => "nothing",
    }
}

/// The verdict of a skip in a few words, for lists.
pub(super) fn in_short(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Applies { .. } => "to be added",
        Verdict::AlreadyInstalled { .. } => "already installed",
        Verdict::OtherSet { .. } => "instrumented in another release set",
        Verdict::OutOfRange { .. } => "out of range",
        Verdict::Needs { .. } => "needs something else",
        Verdict::Excluded { .. } => "excluded",
        Verdict::NoRelease { .. } => "no release in this set",
        Verdict::Native { .. } => "native",
        Verdict::Indirect { .. } => "not used directly",
        Verdict::OnlyThroughOpenTelemetry => "only here because of OpenTelemetry",
        Verdict::Covered { .. } => "covered by another",
        Verdict::Nothing { .. } => "nothing exists",
    }
}

/// Whether the library gets nothing although the registry knows it.
pub(super) fn is_skip(verdict: &Verdict) -> bool {
    !matches!(verdict, Verdict::Applies { .. } | Verdict::AlreadyInstalled { .. })
}

/// The instrumentation that the verdict is about, with its release where it has one.
pub(super) fn instrumentation(verdict: &Verdict) -> Option<(&str, Option<&str>)> {
    match verdict {
        Verdict::Applies { instrumentation, version, .. } => Some((instrumentation, version.as_deref())),
        Verdict::AlreadyInstalled { instrumentation, version }
        | Verdict::OtherSet { instrumentation, version, .. } => Some((instrumentation, Some(version))),
        Verdict::NoRelease { instrumentation, .. } => Some((instrumentation, None)),
        _ => None,
    }
}

/// The sets, the ones beyond the first few as a number.
fn some_of(sets: &[String]) -> String {
    match sets.len().checked_sub(SETS_NAMED) {
        None | Some(0) => listed(sets),
        Some(rest) => format!("{} and {rest} older", sets[..SETS_NAMED].join(", ")),
    }
}

/// The verdict as a sentence.
pub(super) fn reason(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Applies { instead_of: None, .. } => "to be added".to_owned(),
        Verdict::Applies { instead_of: Some(first), .. } => format!("to be added, instead of `{first}`"),
        Verdict::AlreadyInstalled { .. } => "already installed".to_owned(),
        Verdict::OtherSet { instrumentation, version, fitting } => {
            let there = format!("`{instrumentation}` {version} is of another release set");
            match fitting {
                Some(fitting) => format!("{there}; {fitting} would fit"),
                None => format!("{there}, and none of its releases would fit"),
            }
        }
        Verdict::OutOfRange { supported } => format!("out of range: instrumentation supports `{supported}`"),
        Verdict::Needs { missing } => format!("needs {}", listed(missing.iter().map(|m| format!("`{m}`")))),
        Verdict::Excluded { by } => format!("excluded by `{by}`"),
        Verdict::NoRelease { instrumentation, sets, needs_rust } => {
            let start = format!("no release of `{instrumentation}` in this set");
            match (needs_rust, sets.is_empty()) {
                (Some(rust), _) => format!("{start} for the project's Rust: it needs Rust {rust}"),
                (None, true) => start,
                (None, false) => format!("{start}, only in {}", some_of(sets)),
            }
        }
        Verdict::Native { how } => format!("native: {how}"),
        Verdict::Indirect { through } if through.is_empty() => "not used directly".to_owned(),
        Verdict::Indirect { through } => {
            format!("not used directly, only through {}", listed(through.iter().map(|t| format!("`{t}`"))))
        }
        Verdict::OnlyThroughOpenTelemetry => "only here because of OpenTelemetry itself".to_owned(),
        Verdict::Covered { by } => format!("covered by `{by}`"),
        Verdict::Nothing { advice } => format!("nothing exists: {advice}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_its_sentence() {
        let text = ToString::to_string;
        let table = [
            (
                Verdict::Applies { instrumentation: text("a"), version: None, instead_of: Some(text("b")) },
                "to be added, instead of `b`",
            ),
            (
                Verdict::OtherSet {
                    instrumentation: text("a"),
                    version: text("1.0.0"),
                    fitting: Some(text("2.0.0")),
                },
                "`a` 1.0.0 is of another release set; 2.0.0 would fit",
            ),
            (
                Verdict::OtherSet { instrumentation: text("a"), version: text("1.0.0"), fitting: None },
                "`a` 1.0.0 is of another release set, and none of its releases would fit",
            ),
            (
                Verdict::OutOfRange { supported: text(">=2.6") },
                "out of range: instrumentation supports `>=2.6`",
            ),
            (Verdict::Needs { missing: vec![text("a"), text("b")] }, "needs `a` and `b`"),
            (Verdict::Excluded { by: text("--exclude") }, "excluded by `--exclude`"),
            (
                Verdict::NoRelease { instrumentation: text("a"), sets: vec![text("0.32")], needs_rust: None },
                "no release of `a` in this set, only in 0.32",
            ),
            (
                Verdict::NoRelease {
                    instrumentation: text("a"),
                    sets: vec![],
                    needs_rust: Some(text("1.91")),
                },
                "no release of `a` in this set for the project's Rust: it needs Rust 1.91",
            ),
            (
                Verdict::NoRelease {
                    instrumentation: text("a"),
                    sets: ["0.30", "0.29", "0.28", "0.27", "0.26"].map(str::to_owned).to_vec(),
                    needs_rust: None,
                },
                "no release of `a` in this set, only in 0.30, 0.29, 0.28 and 2 older",
            ),
            (Verdict::Native { how: text("feature `x`") }, "native: feature `x`"),
            (Verdict::Indirect { through: vec![] }, "not used directly"),
            (Verdict::Indirect { through: vec![text("a")] }, "not used directly, only through `a`"),
            (Verdict::OnlyThroughOpenTelemetry, "only here because of OpenTelemetry itself"),
            (Verdict::Covered { by: text("axum") }, "covered by `axum`"),
            (Verdict::Nothing { advice: text("wrap the calls") }, "nothing exists: wrap the calls"),
        ];
        for (verdict, sentence) in table {
            assert_eq!(reason(&verdict), sentence, "{}", word(&verdict));
        }
    }
}
