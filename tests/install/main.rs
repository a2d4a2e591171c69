//! Installing into Cargo projects: what is written, what cargo makes of it, and what is left behind
//! when something fails.

mod cargo_add;
mod edits;
mod failures;
mod interruptions;
mod lines;
mod project;
mod proofs;
