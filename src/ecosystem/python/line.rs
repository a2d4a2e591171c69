//! A requirement as pip, uv and the other managers of Python take it.

use crate::resolution::{Requirement, VersionPin};

/// The requirement as a line of requirements (PEP 508): `NAME==VERSION`, `NAME>=VERSION`, or the name alone.
#[must_use]
pub fn line(requirement: &Requirement) -> String {
    let name = &requirement.name;
    match &requirement.version {
        Some(VersionPin { version, exact: true }) => format!("{name}=={version}"),
        Some(VersionPin { version, exact: false }) => format!("{name}>={version}"),
        None => name.to_string(),
    }
}

/// The requirement as an element of `project.dependencies` in a `pyproject.toml` (PEP 621).
///
/// Names and versions hold nothing that a TOML string would have to escape.
#[must_use]
pub fn entry(requirement: &Requirement) -> String {
    format!("    \"{}\",", line(requirement))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn lines_are_requirements() {
        let mut requirement = sample::resolution().requirements.remove(0);
        requirement.name = "opentelemetry-instrumentation-flask".parse().expect("a name");
        for (version, line_form) in [
            (Some(sample::pin("0.66b2", true)), "opentelemetry-instrumentation-flask==0.66b2"),
            (Some(sample::pin("2.0b0", false)), "opentelemetry-instrumentation-flask>=2.0b0"),
            (None, "opentelemetry-instrumentation-flask"),
        ] {
            requirement.version = version;
            assert_eq!(line(&requirement), line_form);
            assert_eq!(entry(&requirement), format!("    \"{line_form}\","));
        }
    }
}
