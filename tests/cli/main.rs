//! The program from outside: exit status, stdout and stderr of whole runs.
//!
//! To accept changed texts: `INSTA_UPDATE=always cargo test --test cli`, then `cargo insta accept`.
//! The projects of these tests hold an old `opentelemetry`, so that answers stay the same when
//! newer releases come out.

mod answers;
mod bad_input;
mod check;
#[cfg(unix)]
mod checks;
mod doctor;
mod fix;
mod formats;
mod harness;
mod install;
#[cfg(unix)]
mod kernel;
mod operator;
mod payload;
#[cfg(target_os = "linux")]
mod process;
mod python;
mod registry;
mod send;
mod streams;
mod usage;
