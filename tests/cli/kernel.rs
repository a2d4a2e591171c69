//! What the kernel tells of a process, made from the files of a fixture: `doctor --pid` looks there as it does in `/proc`.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use otel_bootstrap::{
    doctor::{diagnose_alone, process::examine},
    registry::Registry,
    render,
};
use serde_json::Value;
use tempfile::TempDir;

/// The number of the process.
const PID: u32 = 42;

/// What the process is called in findings.
pub(crate) const NAME: &str = "process 42";

/// `/proc` with one process, and the root of that process.
pub(crate) struct Kernel(TempDir);

impl Kernel {
    /// A process that was started a while ago, of files as `fixtures/doctor/README.md` has them.
    pub(crate) fn new<'f>(files: impl IntoIterator<Item = (&'f String, &'f String)>) -> Self {
        let kernel = Self(TempDir::new().expect("a temporary folder"));
        fs::create_dir_all(kernel.proc().join("self")).expect("folders");
        kernel.write("proc/uptime", "5000.00 1.00\n");
        kernel
            .write(&format!("proc/{PID}/stat"), "42 (x) S 7 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1000 0 0\n");
        kernel.write(&format!("proc/{PID}/status"), "Name:\tx\nTgid:\t42\nNSpid:\t42\t1\n");
        let root = kernel.0.path().join("root");
        fs::create_dir_all(root.join("app")).expect("folders");
        kernel.link("root", &root).link("cwd", Path::new("/app"));
        for (path, text) in files {
            match path.as_str() {
                "uptime" => kernel.write("proc/uptime", text),
                "exe" => kernel.link("exe", Path::new(text.trim_end())),
                // Each word and each variable ends with a zero.
                "cmdline" | "environ" => {
                    kernel.write(&format!("proc/{PID}/{path}"), &text.replace('\n', "\0"))
                }
                "maps" => kernel.write(&format!("proc/{PID}/maps"), text),
                _ if path.starts_with("root/") => kernel.write(path, text),
                _ => panic!("`{path}` is nothing that a process has"),
            };
        }
        kernel
    }

    fn proc(&self) -> PathBuf {
        self.0.path().join("proc")
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
        self
    }

    fn link(&self, name: &str, target: &Path) -> &Self {
        symlink(target, self.proc().join(PID.to_string()).join(name)).expect("a link");
        self
    }

    /// What is found, as the JSON document tells it.
    pub(crate) fn found(&self) -> Vec<Value> {
        let examination = examine(&self.proc(), PID, &Registry::builtin()).expect("a process");
        let diagnosis = diagnose_alone(examination.examined, &[], NAME);
        let text = render::diagnosis_json(&diagnosis, None, Some(&examination.portrait));
        let document: Value = serde_json::from_str(&text).expect("a document");
        document["findings"].as_array().expect("findings").clone()
    }
}
