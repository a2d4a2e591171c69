//! Prints what the program reads from a lockfile, one distribution a line, for `.ci/python-lockfiles` to compare:
//! `python_inventory LOCKFILE PYTHON PLATFORM [extra=NAME|group=NAME|package=NAME]...`.
#![allow(clippy::print_stdout, reason = "it is no part of the program")]

use std::{env, error::Error, path::Path};

use otel_bootstrap::{
    ecosystem::python::{
        inventory::{DistributionVersion, LockFormat},
        lock::{self, Parts, Target},
    },
    package::PackageName,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [path, python, platform, wanted @ ..] = &*arguments else {
        return Err("LOCKFILE PYTHON PLATFORM [PART]...".into());
    };
    let mut parts = Parts::default();
    for part in wanted {
        let (kind, name) = part.split_once('=').ok_or("a part is `extra=NAME`, or the like")?;
        let names = match kind {
            "extra" => &mut parts.extras,
            "group" => &mut parts.groups,
            _ => &mut parts.packages,
        };
        names.push(PackageName::of_distribution(name)?);
    }
    let path = Path::new(path);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let format = LockFormat::of_name(name).ok_or("no lockfile by its name")?;
    let target = Target::new(Some(python.parse()?), platform.parse()?);
    let inventory = lock::read(path, format, &target, &parts).map_err(|error| {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    })?;
    for distribution in &inventory.distributions {
        match &distribution.version {
            DistributionVersion::Valid(version) => println!("{}=={version}", distribution.name),
            _ => println!("{}", distribution.name),
        }
    }
    for skipped in &inventory.skipped {
        println!("# {}", skipped.reason);
    }
    Ok(())
}
