//! `--payload`: the folders that the operator copies into pods, for exactly this project.
//!
//! ```text
//! Inventory, Registry, Request -> order -> Order -> solve -> Solution -> build -> Payload
//! ```
//!
//! The stock image holds one folder for one Python, whose compiled modules other Pythons pass over for the slower ones
//! written in Python, where a package has those. Here the wheels of all Pythons that are asked for are laid into one
//! folder by the module `tree`. No container engine is needed, and nothing is built: [`crate::install::python::Packer`].

mod build;
mod image;
mod manifest;
mod order;
mod place;
mod propagator;
mod record;
mod solve;
mod tag;
mod target;
mod tree;
mod verify;

pub use build::{Payload, PayloadError, Step, build, plan};
pub use manifest::NotKept;
pub(crate) use order::order;
pub use order::{Order, OrderError, Ordered, Request};
pub use place::PlaceError;
pub use propagator::Propagator;
pub use solve::SolveError;
pub use tag::{InvalidTag, Tag};
pub use target::{Arch, Ground, Target};
pub use tree::{Content, Tree, TreeError};
pub use verify::VerifyError;
