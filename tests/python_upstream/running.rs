//! Processes that do not outlive a test.

use std::process::Child;

/// A process that is ended with the test, whatever happens.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
