//! What is known about libraries and the crates that instrument them.

mod raw;
pub mod releases;
pub mod rule;
