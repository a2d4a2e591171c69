//! The table for people.

use super::{
    grid::Grid,
    verdict::{instrumentation, reason},
};
use crate::{
    check::{Problem, Report},
    ecosystem::Overview,
    finding::Finding,
    resolution::{Requirement, Resolution},
};

/// How many members are named before the rest is only counted.
const MEMBERS_NAMED: usize = 3;

/// What became of each library, then what is to be added; nothing if there is neither.
#[must_use]
pub fn table(resolution: &Resolution, overview: &Overview, width: Option<usize>) -> String {
    let several = overview.members.len() > 1;
    let mut parts = Vec::new();
    if !resolution.findings.is_empty() {
        parts.push(libraries(&resolution.findings, several, width));
    }
    if !resolution.requirements.is_empty() {
        parts.push(additions(&resolution.requirements, several, width));
    }
    parts.join("\n")
}

/// The problems that a check found; nothing if there are none.
#[must_use]
pub fn check_table(report: &Report, overview: &Overview, width: Option<usize>) -> String {
    if report.problems.is_empty() {
        return String::new();
    }
    let several = overview.members.len() > 1;
    let mut grid = Grid::new(if several {
        &["PROBLEM", "MEMBERS", "WHAT AND WHY"]
    } else {
        &["PROBLEM", "WHAT AND WHY"]
    });
    for Problem { kind, members, .. } in &report.problems {
        let mut cells = vec![kind.word().to_owned()];
        cells.extend(several.then(|| named(members)));
        cells.push(kind.to_string());
        grid.row(&cells);
    }
    grid.render(width)
}

fn libraries(findings: &[Finding], several: bool, width: Option<usize>) -> String {
    let mut grid = Grid::new(if several {
        &["LIBRARY", "VERSION", "MEMBERS", "INSTRUMENTATION", "VERDICT"]
    } else {
        &["LIBRARY", "VERSION", "INSTRUMENTATION", "VERDICT"]
    });
    for finding in findings {
        let mut cells = vec![finding.library.to_string(), finding.version.clone()];
        cells.extend(several.then(|| named(&finding.members)));
        cells.push(match instrumentation(&finding.verdict) {
            Some((name, Some(version))) => format!("{name} {version}"),
            Some((name, None)) => name.to_owned(),
            None => "-".to_owned(),
        });
        cells.push(reason(&finding.verdict));
        grid.row(&cells);
    }
    grid.render(width)
}

fn additions(requirements: &[Requirement], several: bool, width: Option<usize>) -> String {
    let mut grid = Grid::new(if several {
        &["TO ADD", "VERSION", "FEATURES", "MEMBERS", "BECAUSE OF"]
    } else {
        &["TO ADD", "VERSION", "FEATURES", "BECAUSE OF"]
    });
    for requirement in requirements {
        let version = match &requirement.version {
            Some(pin) if pin.exact => format!("={}", pin.version),
            Some(pin) => pin.version.clone(),
            None => "as it is".to_owned(),
        };
        let mut cells = vec![requirement.name.to_string(), version, requirement.features.join(",")];
        cells.extend(several.then(|| named(&requirement.members)));
        cells.push(requirement.because.join(", "));
        grid.row(&cells);
    }
    grid.render(width)
}

/// The members by name, the ones beyond the first few as a number.
fn named(members: &[String]) -> String {
    match members.len().checked_sub(MEMBERS_NAMED) {
        None | Some(0) => members.join(", "),
        Some(rest) => format!("{}, +{rest}", members[..MEMBERS_NAMED].join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::{super::sample, *};

    #[test]
    fn libraries_come_first_then_what_is_added() {
        let text = table(&sample::resolution(), &sample::overview(), None);
        insta::assert_snapshot!(strip_str(&text).to_string(), @"
        LIBRARY  VERSION  MEMBERS      INSTRUMENTATION                    VERDICT
        axum     0.8.4    api, worker  axum-tracing-opentelemetry 0.42.1  to be added
        redis    0.2.4    api          -                                  out of range: instrumentation supports `>=0.6`
        reqwest  0.12.9   api          reqwest-tracing                    no release of `reqwest-tracing` in this set, only in 0.32 and 0.31
        sqlx     0.8.6    api          sqlx/tracing                       to be added
        tracing  0.1.44   api          tracing-opentelemetry 0.34.0       already installed

        TO ADD                      VERSION   FEATURES            MEMBERS      BECAUSE OF
        axum-tracing-opentelemetry  0.42.1    tracing_level_info  api, worker  axum 0.8.4
        tracing-opentelemetry       =0.34.0                       api          axum-tracing-opentelemetry
        sqlx                        as it is  tracing             api          sqlx 0.8.6
        ");
    }

    #[test]
    fn a_single_package_needs_no_column_for_members() {
        let mut overview = sample::overview();
        overview.members.truncate(1);
        let text = table(&sample::resolution(), &overview, Some(90));
        insta::assert_snapshot!(strip_str(&text).to_string(), @"
        LIBRARY  VERSION  INSTRUMENTATION                    VERDICT
        axum     0.8.4    axum-tracing-opentelemetry 0.42.1  to be added
        redis    0.2.4    -                                  out of range: instrumentation
                                                             supports `>=0.6`
        reqwest  0.12.9   reqwest-tracing                    no release of `reqwest-tracing` in
                                                             this set, only in 0.32 and 0.31
        sqlx     0.8.6    sqlx/tracing                       to be added
        tracing  0.1.44   tracing-opentelemetry 0.34.0       already installed

        TO ADD                      VERSION   FEATURES            BECAUSE OF
        axum-tracing-opentelemetry  0.42.1    tracing_level_info  axum 0.8.4
        tracing-opentelemetry       =0.34.0                       axum-tracing-opentelemetry
        sqlx                        as it is  tracing             sqlx 0.8.6
        ");
    }

    #[test]
    fn nothing_found_is_no_table() {
        assert_eq!(table(&Resolution::default(), &sample::overview(), None), "");
        assert_eq!(check_table(&Report::default(), &sample::overview(), None), "");
    }

    #[test]
    fn many_members_are_counted() {
        let members: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        assert_eq!(named(&members), "a, b, c, +2");
        assert_eq!(named(&members[..3]), "a, b, c");
    }

    #[test]
    fn problems_are_one_row_each() {
        let report = sample::report();
        let text = check_table(&report, &sample::overview(), None);
        insta::assert_snapshot!(strip_str(&text).to_string(), @"
        PROBLEM   MEMBERS      WHAT AND WHY
        doubled                `opentelemetry` in different versions, 0.32.0 (through tarpc) and 0.33.1 (through api): they do not see each other's data
        doubled   worker       `tracing-actix-web` and `opentelemetry-instrumentation-actix-web` both instrument `actix-web`: everything is told twice
        outdated  worker       `tonic-tracing-opentelemetry` 0.32.1, for tonic 0.14.2, is of another release set than the project; 0.42.1 fits
        missing   api, worker  `axum-tracing-opentelemetry` 0.42.1 is missing, for axum 0.8.4
        missing   api          `sqlx` lacks its `tracing`, for sqlx 0.8.6
        ");
    }
}
