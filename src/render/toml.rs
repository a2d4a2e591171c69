//! What to paste into the manifests: one TOML document.

use std::fmt::Write;

use crate::{
    ecosystem::Overview,
    resolution::{Requirement, Resolution},
};

/// The entries of each member below a comment that names its manifest; nothing if there are none.
///
/// With one member the table is `[dependencies]`. With several it is `[MEMBER.dependencies]`,
/// because a document cannot hold two tables of one name. Where the ecosystem has no members, it is the list of
/// the project's dependencies.
#[must_use]
pub fn toml(resolution: &Resolution, overview: &Overview) -> String {
    if overview.members.is_empty() {
        return list(resolution, overview);
    }
    let mut members: Vec<&str> =
        resolution.requirements.iter().flat_map(|r| r.members.iter().map(String::as_str)).collect();
    members.sort_unstable();
    members.dedup();
    let several = members.len() > 1;
    let tables = members.iter().map(|member| {
        let of_member = |r: &&Requirement| r.members.iter().any(|m| m == member);
        let requirements: Vec<&Requirement> = resolution.requirements.iter().filter(of_member).collect();
        let manifest = overview.manifest(member).unwrap_or(member);
        let mut text = format!("# {}\n", manifest.replace(|c: char| c.is_control(), "?"));
        if several {
            let _ = writeln!(text, "[{member}.dependencies]");
        } else {
            text.push_str("[dependencies]\n");
        }
        for requirement in requirements {
            if requirement.version.is_none() {
                let _ = writeln!(text, "# into the entry that is there:");
            }
            let _ = writeln!(text, "{}", overview.ecosystem.entry(requirement));
        }
        text
    });
    tables.collect::<Vec<_>>().join("\n")
}

/// The elements of `project.dependencies` (PEP 621).
fn list(resolution: &Resolution, overview: &Overview) -> String {
    if resolution.requirements.is_empty() {
        return String::new();
    }
    let entries = resolution.requirements.iter().map(|r| overview.ecosystem.entry(r) + "\n");
    format!("[project]\ndependencies = [\n{}]\n", entries.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};
    use crate::ecosystem::Ecosystem;

    #[test]
    fn several_members_are_tables_of_one_document() {
        let text = toml(&sample::resolution(), &sample::overview());
        assert!(text.parse::<::toml::Table>().is_ok());
        insta::assert_snapshot!(text, @r#"
        # services/api/Cargo.toml
        [api.dependencies]
        axum-tracing-opentelemetry = { version = "0.42.1", features = ["tracing_level_info"] }
        tracing-opentelemetry = "=0.34.0"
        # into the entry that is there:
        sqlx = { features = ["tracing"] }

        # services/worker/Cargo.toml
        [worker.dependencies]
        axum-tracing-opentelemetry = { version = "0.42.1", features = ["tracing_level_info"] }
        "#);
    }

    #[test]
    fn one_member_is_ready_to_paste() {
        let mut resolution = sample::resolution();
        resolution.requirements[0].members.truncate(1);
        let text = toml(&resolution, &sample::overview());
        assert!(text.parse::<::toml::Table>().is_ok());
        insta::assert_snapshot!(text, @r#"
        # services/api/Cargo.toml
        [dependencies]
        axum-tracing-opentelemetry = { version = "0.42.1", features = ["tracing_level_info"] }
        tracing-opentelemetry = "=0.34.0"
        # into the entry that is there:
        sqlx = { features = ["tracing"] }
        "#);
    }

    #[test]
    fn without_members_it_is_a_list() {
        let mut overview = sample::overview();
        overview.members.clear();
        overview.ecosystem = Ecosystem::Python;
        let mut resolution = sample::resolution();
        resolution.requirements.truncate(2);
        let text = toml(&resolution, &overview);
        assert!(text.parse::<::toml::Table>().is_ok());
        insta::assert_snapshot!(text, @r#"
        [project]
        dependencies = [
            "axum-tracing-opentelemetry>=0.42.1",
            "tracing-opentelemetry==0.34.0",
        ]
        "#);
        assert_eq!(toml(&Resolution::default(), &overview), "");
    }

    #[test]
    fn nothing_to_add_is_an_empty_document() {
        assert_eq!(toml(&Resolution::default(), &sample::overview()), "");
    }
}
