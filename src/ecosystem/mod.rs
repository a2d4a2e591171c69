//! The ecosystems, and every place where the program must tell them apart.

use serde::Serialize;

pub mod cargo;

/// A package ecosystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ecosystem {
    /// Rust projects with a `Cargo.lock`.
    Cargo,
}
