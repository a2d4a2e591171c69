//! Signals that ask the program to end, held back while files are half-way.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

/// The one watch of the process: what is registered for a signal stays registered.
static WATCH: Mutex<Option<Watch>> = Mutex::new(None);

/// How signals are watched.
struct Watch {
    /// Whether one came while they were held back.
    noted: Arc<AtomicBool>,
    /// Whether they end the program, as they do by default.
    released: Arc<AtomicBool>,
    /// How many hold them back.
    holders: usize,
}

impl Watch {
    fn start() -> io::Result<Self> {
        let watch = Self { noted: Arc::default(), released: Arc::new(AtomicBool::new(true)), holders: 0 };
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&watch.released))?;
            flag::register(signal, Arc::clone(&watch.noted))?;
        }
        Ok(watch)
    }
}

/// While it lives, SIGINT and SIGTERM are noted instead of ending the program; afterwards they end it
/// as ever.
pub(super) struct Interrupts {
    noted: Arc<AtomicBool>,
}

impl Interrupts {
    /// Starts to note signals.
    pub(super) fn hold() -> io::Result<Self> {
        let mut place = watch();
        let watch = match &mut *place {
            Some(watch) => watch,
            empty => empty.insert(Watch::start()?),
        };
        if watch.holders == 0 {
            watch.noted.store(false, Ordering::SeqCst);
            watch.released.store(false, Ordering::SeqCst);
        }
        watch.holders += 1;
        Ok(Self { noted: Arc::clone(&watch.noted) })
    }

    /// Whether one came.
    pub(super) fn noted(&self) -> bool {
        self.noted.load(Ordering::SeqCst)
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        if let Some(watch) = &mut *watch() {
            watch.holders -= 1;
            watch.released.store(watch.holders == 0, Ordering::SeqCst);
        }
    }
}

/// The watch; nothing in here can leave it half-way.
fn watch() -> MutexGuard<'static, Option<Watch>> {
    WATCH.lock().unwrap_or_else(PoisonError::into_inner)
}
