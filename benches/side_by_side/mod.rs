//! Programs measured side by side, in one run.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use wait4::Wait4;

/// What was measured of one program.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    times: Vec<Duration>,
    /// The most memory of any run, in bytes.
    pub(crate) memory: u64,
}

impl Measured {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, times: Vec::new(), memory: 0 }
    }

    /// Runs it once more.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<(), Box<dyn Error>> {
        let started = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let ended = child.wait4()?;
        self.times.push(started.elapsed());
        if !ended.status.success() {
            return Err(format!("{} failed: {:?}", self.name, ended.status).into());
        }
        self.memory = self.memory.max(ended.rusage.maxrss);
        Ok(())
    }

    /// The middle of the times, in milliseconds.
    pub(crate) fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1e3
    }
}

/// The program as it is shipped, built now if need be.
pub(crate) fn shipped_program() -> Result<PathBuf, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = Command::new(root.join(".ci/release")).stderr(Stdio::inherit()).output()?;
    if !built.status.success() {
        return Err("`.ci/release` failed".into());
    }
    Ok(root.join(String::from_utf8(built.stdout)?.trim_end()))
}

/// A program that does nothing, to know what starting any program costs here.
pub(crate) fn empty_program(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let source = folder.join("empty.rs");
    fs::write(&source, "fn main() {}\n")?;
    let program = folder.join("empty");
    let built =
        Command::new("rustc").args(["-O", "-C", "panic=abort", "-o"]).arg(&program).arg(&source).status()?;
    if built.success() { Ok(program) } else { Err("`rustc` failed on an empty program".into()) }
}

#[expect(clippy::cast_precision_loss, reason = "a few MiB fit a float exactly")]
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
