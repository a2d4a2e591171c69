//! Annotations of GitHub Actions.
//!
//! Source of the form and its escapes: GitHub's documentation of workflow commands, and
//! `command.ts` of `actions/toolkit`.

use std::fmt::Write;

use crate::{check::Report, ecosystem::Overview, terminal::visible};

/// One warning per problem and manifest concerned; nothing if there are no problems.
#[must_use]
pub fn github(report: &Report, overview: &Overview) -> String {
    let mut text = String::new();
    for problem in &report.problems {
        let manifests = problem.members.iter().filter_map(|m| overview.manifest(m));
        let mut files: Vec<&str> = manifests.collect();
        if files.is_empty() {
            files.push(&overview.annotated);
        }
        for file in files {
            let _ = writeln!(
                text,
                "::warning file={},title={}::{}",
                property(file),
                property(&format!("{} instrumentation", problem.kind.word())),
                message(&problem.kind.to_string())
            );
        }
    }
    text
}

/// Text as the message of a command; what could steer a terminal is shown, as everywhere.
pub(super) fn message(text: &str) -> String {
    visible(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")).into_owned()
}

/// Text as the value of a property.
pub(super) fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn every_manifest_concerned_gets_its_annotation() {
        insta::assert_snapshot!(github(&sample::report(), &sample::overview()), @"
        ::warning file=Cargo.lock,title=doubled instrumentation::`opentelemetry` in different versions, 0.32.0 (through tarpc) and 0.33.1 (through api): they do not see each other's data
        ::warning file=services/worker/Cargo.toml,title=doubled instrumentation::`tracing-actix-web` and `opentelemetry-instrumentation-actix-web` both instrument `actix-web`: everything is told twice
        ::warning file=services/worker/Cargo.toml,title=outdated instrumentation::`tonic-tracing-opentelemetry` 0.32.1, for tonic 0.14.2, is of another release set than the project; 0.42.1 fits
        ::warning file=services/api/Cargo.toml,title=missing instrumentation::`axum-tracing-opentelemetry` 0.42.1 is missing, for axum 0.8.4
        ::warning file=services/worker/Cargo.toml,title=missing instrumentation::`axum-tracing-opentelemetry` 0.42.1 is missing, for axum 0.8.4
        ::warning file=services/api/Cargo.toml,title=missing instrumentation::`sqlx` lacks its `tracing`, for sqlx 0.8.6
        ");
    }

    #[test]
    fn nothing_can_end_a_command_or_begin_another() {
        assert_eq!(property("a:b,c%\r\n::error::x"), "a%3Ab%2Cc%25%0D%0A%3A%3Aerror%3A%3Ax");
        assert_eq!(message("50%: a,b\nc"), "50%25: a,b%0Ac");
        assert_eq!(property("a\u{1b}[31mb"), "a\\u{1b}[31mb");
    }
}
