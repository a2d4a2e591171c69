//! Cargo projects.

pub mod doubled;
pub mod features;
pub(crate) mod graph;
pub mod inventory;
pub mod line;
mod link;
pub mod lockfile;
pub mod manifest;
pub mod matching;
pub mod membership;
pub mod offer;
mod outcome;
pub mod overview;
pub mod read;
mod recipe;
pub mod resolve;
pub mod rust_version;
mod scan;
pub mod selection;
pub mod support;
pub mod switched_off;
mod targets;
pub mod toolchain;
pub mod workspace;
