//! Cargo projects.

mod activation;
pub mod doubled;
mod graph;
pub mod inventory;
pub mod line;
pub mod matching;
pub mod membership;
pub mod offer;
mod outcome;
mod recipe;
pub mod resolve;
