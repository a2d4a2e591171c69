//! Cargo projects.

pub mod inventory;
