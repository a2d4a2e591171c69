//! Python projects: environments and lockfiles.
//!
//! The rooms are those of [`super::cargo`]: what is read ends as an [`inventory::Inventory`].

pub mod environment;
pub mod inventory;
pub mod lock;
