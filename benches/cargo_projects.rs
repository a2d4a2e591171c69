//! The contract's numbers for Cargo projects, measured beside the peer in one run:
//! `cargo bench --bench cargo_projects`.
//!
//! The input is `fixtures/bench/workspace`: 30 members, about 1,000 locked packages, all of them published
//! crates. The first run downloads them, because `cargo metadata --offline` needs them.

use std::{error::Error, fs, path::Path, process::Command};

use side_by_side::{Measured, empty_program, mebibytes, shipped_program};

mod side_by_side;

/// Runs that are measured, of each program, in turns.
const ROUNDS: usize = 40;

/// Of how many rounds the peer, slow as it is, takes part in one.
const PEER_EVERY: usize = 4;

/// The most that is allowed over an empty program, in milliseconds.
const MOST_OVER_EMPTY: f64 = 5.0;
/// How many times faster than the peer it must be.
const LEAST_RATIO: f64 = 60.0;
/// The most memory, in MiB.
const MOST_MEMORY: f64 = 15.0;
/// The largest binary, in MiB.
const LARGEST_BINARY: f64 = 10.0;

#[expect(clippy::print_stdout, reason = "a benchmark reports on stdout")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let workspace = folder.path().join("workspace");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bench/workspace"), &workspace)?;
    let empty = empty_program(folder.path())?;
    let tool = &shipped_program()?;
    let fetched =
        Command::new("cargo").args(["fetch", "--locked", "--quiet"]).current_dir(&workspace).status()?;
    if !fetched.success() {
        return Err("`cargo fetch` failed: the peer needs every crate of the workspace".into());
    }
    let mut nothing = Measured::new("an empty program");
    let mut ours = Measured::new("otel-bootstrap --format json");
    let mut peer = Measured::new("cargo metadata --offline");
    for round in 0..ROUNDS {
        nothing.run(&mut Command::new(&empty))?;
        ours.run(Command::new(tool).args(["-a", "requirements", "--format", "json"]).arg(&workspace))?;
        if round % PEER_EVERY == 0 {
            let metadata = ["metadata", "--offline", "--format-version", "1"];
            peer.run(Command::new("cargo").args(metadata).current_dir(&workspace))?;
        }
    }
    let packages = fs::read_to_string(workspace.join("Cargo.lock"))?.matches("[[package]]").count();
    let peer_rounds = ROUNDS / PEER_EVERY;
    println!("{packages} locked packages, 30 members; median of {ROUNDS} runs ({peer_rounds} of the peer)\n");
    println!("| program | median ms | peak MiB |\n|---|---|---|");
    for measured in [&nothing, &ours, &peer] {
        println!("| {} | {:.2} | {:.1} |", measured.name, measured.median(), mebibytes(measured.memory));
    }
    let over = ours.median() - nothing.median();
    let ratio = peer.median() / ours.median();
    let memory = mebibytes(ours.memory);
    let binary = mebibytes(fs::metadata(tool)?.len());
    println!("\n| what | reached | promised |\n|---|---|---|");
    println!("| over an empty program | {over:.2} ms | at most {MOST_OVER_EMPTY} ms |");
    println!("| faster than the peer | {ratio:.0} times | at least {LEAST_RATIO} times |");
    println!("| peak memory | {memory:.1} MiB | at most {MOST_MEMORY} MiB |");
    println!("| binary, stripped | {binary:.1} MiB | at most {LARGEST_BINARY} MiB |");
    let holds =
        over <= MOST_OVER_EMPTY && ratio >= LEAST_RATIO && memory <= MOST_MEMORY && binary <= LARGEST_BINARY;
    if holds { Ok(()) } else { Err("a promised number is not reached".into()) }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
