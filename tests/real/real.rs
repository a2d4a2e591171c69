//! Holds the program against real projects.
//!
//! `.ci/real` calls this. The answer for a project is searched for a second time, by brute force, in the raw
//! index and in what `cargo metadata` says, by code that shares nothing with the program's own. Then the program
//! installs into a copy, and what it promises is checked with cargo.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a harness: what it prints is its result")]

mod answer;
mod belonging;
mod candidate;
mod folder;
mod index;
mod locking;
mod plain;
mod project;
mod rules;
mod search;
mod settlement;
mod table;
mod trial;

use std::{path::Path, process::ExitCode};

use self::{
    answer::Answer,
    folder::Place,
    project::{Features, Project},
    search::Oracle,
    table::Table,
    trial::Setting,
};

/// A result whose error is a sentence.
type Result<T> = std::result::Result<T, String>;

/// The registry folder of this repository.
const REGISTRY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/registry");

/// How it is called.
const USAGE: &str = "usage: real search PROJECT…
       real compare TOOL PROJECT…
       real try TOOL WORK SECONDS TABLE PROJECT…

A PROJECT is a folder with a lockfile; BASE/./INNER copies BASE and works in INNER. With 0 SECONDS `cargo check`
is left out. TABLE is the file whose table gets the rows, or `-` for none.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let all_well = match arguments.as_slice() {
        ["search", projects @ ..] => search(projects),
        ["compare", tool, projects @ ..] => compare(Path::new(tool), projects),
        ["try", tool, work, limit, table, projects @ ..] => match limit.parse() {
            Ok(limit) => try_out(&Setting { tool: tool.into(), work: work.into(), limit }, table, projects),
            Err(_) => Err(USAGE.to_owned()),
        },
        _ => Err(USAGE.to_owned()),
    };
    match all_well {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Prints what the search finds.
fn search(projects: &[&str]) -> Result<bool> {
    let oracle = Oracle::consult(Path::new(REGISTRY))?;
    for folder in projects {
        println!("{folder}");
        match Project::ask(&Place::parse(folder).root(), &Features::default()) {
            Ok(project) => print!("{}", oracle.answer(&project)),
            Err(message) => println!("  {message}"),
        }
    }
    Ok(true)
}

/// Compares what the search finds with what the tool says.
fn compare(tool: &Path, projects: &[&str]) -> Result<bool> {
    let oracle = Oracle::consult(Path::new(REGISTRY))?;
    let mut all_well = true;
    for folder in projects {
        let root = Place::parse(folder).root();
        let differences = match Project::ask(&root, &Features::default()) {
            Ok(project) => match Answer::of_tool(tool, &root, &Features::default()) {
                Ok(answer) => oracle.answer(&project).differences(&answer),
                Err(message) => vec![message],
            },
            Err(message) => {
                println!("{folder}: left out: {message}");
                continue;
            }
        };
        println!("{folder}: {} differences", differences.len());
        for difference in &differences {
            println!("  {difference}");
        }
        all_well &= differences.is_empty();
    }
    Ok(all_well)
}

/// Tries the tool on copies of the projects.
fn try_out(setting: &Setting, table: &str, projects: &[&str]) -> Result<bool> {
    let oracle = Oracle::consult(Path::new(REGISTRY))?;
    let mut all_well = true;
    for folder in projects {
        let report = setting.try_out(&oracle, &Place::parse(folder));
        println!("{}", table::row(&report));
        for finding in table::findings(&report) {
            println!("    {finding}");
        }
        // After each one, as all of them take hours.
        if table != "-" {
            let problem = |error: std::io::Error| format!("{table}: {error}");
            let mut written = Table::read(&std::fs::read_to_string(table).map_err(problem)?);
            written.put(&report);
            std::fs::write(table, written.write()).map_err(problem)?;
        }
        all_well &= report.differences.is_empty() && report.broken.is_empty();
    }
    Ok(all_well)
}
