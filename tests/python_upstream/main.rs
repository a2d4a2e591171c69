//! Python held against the real programs: `opentelemetry-bootstrap`, the loader that starts instrumentation, and
//! the installers.
//!
//! What needs many of their releases does not run with the rest: `.ci/python-compat`, `.ci/python-loader` and
//! `.ci/python-apps` run it.

mod apps;
mod chance;
mod compat;
mod fake;
mod loader;
mod oracle;
mod postgres;
mod project;
mod running;
