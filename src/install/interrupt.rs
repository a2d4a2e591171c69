//! Signals that ask the program to end, held back while files are half-way.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

/// While it lives, SIGINT and SIGTERM are noted instead of ending the program; afterwards they end it
/// as ever.
pub(super) struct Interrupts {
    noted: Arc<AtomicBool>,
    released: Arc<AtomicBool>,
}

impl Interrupts {
    /// Starts to note signals.
    pub(super) fn hold() -> io::Result<Self> {
        let held =
            Self { noted: Arc::new(AtomicBool::new(false)), released: Arc::new(AtomicBool::new(false)) };
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&held.released))?;
            flag::register(signal, Arc::clone(&held.noted))?;
        }
        Ok(held)
    }

    /// Whether one came.
    pub(super) fn noted(&self) -> bool {
        self.noted.load(Ordering::SeqCst)
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.released.store(true, Ordering::SeqCst);
    }
}
