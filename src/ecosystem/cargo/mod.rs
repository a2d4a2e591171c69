//! Cargo projects.

pub mod inventory;
pub mod line;
