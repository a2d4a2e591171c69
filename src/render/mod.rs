//! The answer as text: pure functions from values to what goes to stdout, one form per file.

mod doctor;
mod explain;
mod explanation;
mod github;
mod grid;
mod journey;
mod json;
mod registry;
mod requirements;
mod table;
mod toml;
mod verdict;

pub use doctor::{check_page, checks, diagnosis, diagnosis_github, diagnosis_json, portrait, sarif};
pub use explain::{nothing_to_add, set_reasons, skip_reasons, summary};
pub use explanation::explanation;
pub use github::github;
pub use journey::{journey, journey_json};
pub use json::{check_json, json};
pub use registry::{explanation_json, lint_json, lint_lines, registry_json, registry_table};
pub use requirements::{SeveralVersions, requirements};
pub use table::{check_table, table};
pub use toml::toml;

#[cfg(test)]
pub(crate) mod sample;
