//! Puts a resolution into a Python environment, and with `--save` into the project that it belongs to.
//!
//! ```text
//! Resolution, Inventory -> plan -> Plan -> prove -> Proof -> apply
//!                                   `---- describe ----'
//! ```
//!
//! [`prove`] lets the installer resolve without installing: the requirements, with everything that is
//! installed held at its version. What comes out is a list of pins that moves nothing; [`apply`] installs
//! exactly these, reads the environment again, and puts things back where a promise does not hold.

mod apply;
mod conflict;
mod describe;
mod hand;
mod hold;
mod keeper;
mod lines;
mod list;
mod lock;
mod manifest;
mod next_steps;
mod pack;
mod plan;
mod preview;
mod programs;
mod proof;
mod snapshot;
mod target;
mod wanted;
mod wheels;

pub use apply::{ApplyError, apply};
pub use conflict::Conflict;
pub use describe::{describe, typed};
pub use hand::{Hand, HandError};
pub use hold::held;
pub use keeper::{Keeper, KeeperError};
pub use lines::{LineError, LineProblem, parse as parse_lines, resolution};
pub use list::ListProblem;
pub use next_steps::next_steps;
pub use pack::{Foreign, PackError, Packer};
pub use plan::{Options, Place, Plan, PlanError, Record, Recording, plan};
pub use programs::Programs;
pub use proof::{Proof, ProofError, Reader, Step, prove};
pub use target::{Target, TargetError};
pub use wanted::{Bound, InvalidVersion, Pin, Wanted};
pub use wheels::{Locked, Wheel};
