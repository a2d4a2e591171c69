//! An install that is interrupted puts back what it began.

use std::{
    env, fs,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use crate::environment::World;

/// Says to the process that is interrupted that it is one.
const SIGNAL: &str = "INTERRUPTED_INSTALL";

/// The process that is interrupted; on its own it does nothing.
#[test]
fn the_process_that_is_interrupted() {
    let Some(sync) = env::var_os(SIGNAL) else { return };
    let world = World::new().expect("tools");
    // Installs, tells that it has, and takes its time with the rest.
    let script = format!(
        "case \"$*\" in *--dry-run*|*uninstall*) exec \"$REAL\" \"$@\";; esac; \"$REAL\" \"$@\"; touch '{}'; sleep 1",
        sync.display()
    );
    let world = world.has(&["helper==2.0"]).fake("uv", &script);
    let options = otel_bootstrap::install::python::Options {
        installer: Some(otel_bootstrap::settings::Installer::Uv),
        ..world.options()
    };
    let error = world.install("otel-flask==1.0b0\n", &options).expect_err("an interruption").to_string();
    let installed = world.installed();
    fs::write(&sync, format!("{error}\n{installed:?}\n")).expect("a file");
}

#[test]
fn an_interrupt_leaves_the_environment_as_it_was() {
    if World::new().is_none() {
        return;
    }
    for signal in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().expect("a folder");
        let sync = folder.path().join("sync");
        let mut child = Command::new(env::current_exe().expect("this program"))
            .args(["--exact", "interruptions::the_process_that_is_interrupted"])
            .env(SIGNAL, &sync)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a process");
        while !sync.exists() {
            assert!(child.try_wait().expect("a state").is_none(), "it ended too early");
            thread::sleep(Duration::from_millis(5));
        }
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(sent.expect("`kill` starts").success());
        assert!(!child.wait().expect("an end").success() || fs::metadata(&sync).is_ok());
        let told = fs::read_to_string(&sync).expect("a file");
        assert!(told.contains("was interrupted; everything is as it was"), "{told}");
        assert!(told.contains("[\"helper==2.0\"]"), "{told}");
    }
}
