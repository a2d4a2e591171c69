//! `otel-bootstrap` reads what a project uses, matches it against a registry of instrumentations,
//! and prints or installs what fits.
//!
//! The way of the data, each arrow a named value:
//!
//! ```text
//! Cli -> Settings -> discover -> Project -> read -> Inventory -> match -> Findings -> resolve -> Resolution
//!                                                                   -> render  -> stdout
//!                                                                   -> plan -> Plan -> apply -> read again
//! ```
//!
//! Everything up to [`resolution::Resolution`] is pure but for reading the project's files; effects are a
//! plan, which `--dry-run` prints and `install` carries out. What differs between ecosystems lies
//! below [`ecosystem`], in rooms of the same shape.

pub mod check;
pub mod cli;
pub mod document;
pub mod ecosystem;
pub mod file;
pub mod finding;
pub mod install;
pub mod nearest;
pub mod package;
pub mod registry;
pub mod render;
pub mod resolution;
pub mod settings;
pub mod terminal;
