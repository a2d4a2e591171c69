//! Python projects: environments and lockfiles.
//!
//! The rooms are those of [`super::cargo`]: what is read ends as an [`inventory::Inventory`], a release is
//! chosen, and each of its instrumentations is held against what is there.

mod advice;
mod choice;
pub mod compat;
pub mod environment;
mod family;
mod fit;
pub(crate) mod graph;
pub mod inventory;
pub mod line;
pub mod lock;
pub(crate) mod naming;
mod origin;
pub mod overview;
pub mod place;
pub mod problems;
mod project;
pub mod read;
pub mod resolve;
pub mod wheel;

pub(crate) use project::python_version;

#[cfg(test)]
pub(crate) mod sample;
