//! The answer as text: pure functions from values to what goes to stdout, one form per file.

mod explain;
mod github;
mod grid;
mod json;
mod requirements;
mod table;
mod toml;
mod verdict;

pub use explain::{nothing_to_add, set_reasons, skip_reasons, summary};
pub use github::github;
pub use json::{check_json, json};
pub use requirements::{SeveralVersions, requirements};
pub use table::{check_table, table};
pub use toml::toml;

#[cfg(test)]
pub(crate) mod sample;
