//! The contract's numbers for Python projects, measured beside the peer in one run:
//! `cargo bench --bench python_projects`.
//!
//! The inputs are an environment of the 300 distributions in `fixtures/bench/environment.txt`, which
//! `fixtures/bench/environment` makes, and a `uv.lock` of the same. The first run downloads them (half a GiB) and
//! keeps them in `target/bench`; uv is needed for the lockfile.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use side_by_side::{Measured, empty_program, mebibytes, shipped_program};

mod side_by_side;

/// Runs that are measured, of each program, in turns.
const ROUNDS: usize = 60;
/// Of how many rounds the peer, slow as it is, takes part in one.
const PEER_EVERY: usize = 4;

/// The most that is allowed over an empty program, in milliseconds.
const MOST_OVER_EMPTY: f64 = 4.0;
/// How many times faster than the peer it must be.
const LEAST_RATIO: f64 = 30.0;
/// The most memory, in MiB.
const MOST_MEMORY: f64 = 15.0;

#[expect(clippy::print_stdout, reason = "a benchmark reports on stdout")]
fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tool = &shipped_program()?;
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    fs::create_dir_all(&kept)?;
    let environment = environment(root, &kept)?;
    let lockfile = lockfile(root, &kept)?;
    let scratch = tempfile::tempdir()?;
    let empty = empty_program(scratch.path())?;
    let mut nothing = Measured::new("an empty program");
    let mut ours = Measured::new("otel-bootstrap, environment");
    let mut locked = Measured::new("otel-bootstrap, uv.lock");
    let mut peer = Measured::new("opentelemetry-bootstrap");
    for round in 0..ROUNDS {
        nothing.run(&mut Command::new(&empty))?;
        ours.run(Command::new(tool).args(["-a", "requirements", "--python"]).arg(&environment))?;
        locked.run(Command::new(tool).args(["-a", "requirements"]).arg(&lockfile))?;
        if round % PEER_EVERY == 0 {
            let bootstrap = environment.join("bin/opentelemetry-bootstrap");
            peer.run(Command::new(bootstrap).args(["-a", "requirements"]))?;
        }
    }
    let packages = fs::read_to_string(&lockfile)?.matches("[[package]]").count();
    let peer_rounds = ROUNDS / PEER_EVERY;
    println!(
        "300 installed distributions, {packages} locked packages; median of {ROUNDS} runs ({peer_rounds} of the peer)\n"
    );
    println!("| program | median ms | peak MiB |\n|---|---|---|");
    for measured in [&nothing, &ours, &locked, &peer] {
        println!("| {} | {:.2} | {:.1} |", measured.name, measured.median(), mebibytes(measured.memory));
    }
    println!("\n| what | reached | promised |\n|---|---|---|");
    let mut holds = true;
    for measured in [&ours, &locked] {
        let over = measured.median() - nothing.median();
        let memory = mebibytes(measured.memory);
        let of = measured.name;
        println!("| {of}: over an empty program | {over:.2} ms | at most {MOST_OVER_EMPTY} ms |");
        println!("| {of}: peak memory | {memory:.1} MiB | at most {MOST_MEMORY} MiB |");
        holds &= over <= MOST_OVER_EMPTY && memory <= MOST_MEMORY;
    }
    let ratio = peer.median() / ours.median();
    println!("| {}: faster than the peer | {ratio:.0} times | at least {LEAST_RATIO} times |", ours.name);
    holds &= ratio >= LEAST_RATIO;
    if holds { Ok(()) } else { Err("a promised number is not reached".into()) }
}

/// The environment of 300 distributions, made if it is not there yet.
fn environment(root: &Path, kept: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let folder = kept.join("environment");
    if !folder.join("bin/opentelemetry-bootstrap").exists() {
        let made = Command::new(root.join("fixtures/bench/environment")).arg(&folder).status()?;
        if !made.success() {
            return Err("the environment cannot be made".into());
        }
    }
    Ok(folder)
}

/// A project that locks the same distributions, and what they need with all extras among them.
fn lockfile(root: &Path, kept: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let folder = kept.join("locked");
    let lockfile = folder.join("uv.lock");
    if !lockfile.exists() {
        let listed = fs::read_to_string(root.join("fixtures/bench/environment.txt"))?;
        let pins = listed.lines().filter(|line| line.contains("=="));
        let pins: Vec<String> = pins.map(|line| format!("    \"{}\",\n", line.trim())).collect();
        let pins = pins.concat();
        fs::create_dir_all(&folder)?;
        // They are the newest of each, which not all of them agree to: hence the overrides.
        let project = format!(
            "[project]\nname = \"shop\"\nversion = \"1.0.0\"\nrequires-python = \">=3.11.5,<3.12\"\n\
             dependencies = [\n{pins}]\n\n[tool.uv]\noverride-dependencies = [\n{pins}]\n"
        );
        fs::write(folder.join("pyproject.toml"), project)?;
        if !Command::new("uv").args(["lock", "--quiet"]).current_dir(&folder).status()?.success() {
            return Err("`uv lock` failed".into());
        }
    }
    Ok(lockfile)
}
