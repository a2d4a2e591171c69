//! Installing into Python environments: what comes in, what stays, and what is left behind when something
//! fails. With the real uv and pip on distributions made here, so that no index is asked.

#![cfg(unix)]

mod environment;
mod failures;
mod holding;
mod interruptions;
mod keepers;
mod payload;
mod program;
mod saving;
