//! Puts a resolution into a project: a room for each ecosystem, of the same shape, and what they share.
//!
//! ```text
//! Resolution, Inventory -> plan -> Plan -> prove -> Proof -> apply
//!                                   `---- describe ----'
//! ```

pub mod cargo;
pub(crate) mod diff;
mod files;
mod interrupt;
mod program;
pub mod python;
pub(crate) mod swap;
mod text;

use std::path::PathBuf;

pub use program::{Command, ProgramError};
pub(crate) use swap::Swap;
pub use swap::{NotPutBack, SwapError};

/// A file that is to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file, as the project names it.
    pub path: PathBuf,
    /// What it held when it was read.
    pub old: Vec<u8>,
    /// What it is to hold.
    pub new: Vec<u8>,
}
