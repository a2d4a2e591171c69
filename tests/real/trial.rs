//! Installs into a copy of a project and holds the outcome against what is promised.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use semver::Version;

use crate::{
    Result,
    answer::{Answer, shown},
    folder::{self, Place},
    locking::{self, Locked, Moved},
    plain,
    project::{self, Features, Project},
    search::Oracle,
};

/// How trials are made.
pub(crate) struct Setting {
    /// The program under trial.
    pub(crate) tool: PathBuf,
    /// A folder for copies.
    pub(crate) work: PathBuf,
    /// For how many seconds `cargo check` may run; it is left out at 0.
    pub(crate) limit: u64,
}

/// What `cargo check` came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Not tried.
    Untried,
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It took longer than it may.
    OutOfTime,
}

/// What a way of adding crates led to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// How many versions of `opentelemetry` are locked.
    pub(crate) apis: usize,
    /// How many versions of `tracing-opentelemetry` are locked.
    pub(crate) bridges: usize,
    /// How many locked packages moved.
    pub(crate) moved: usize,
    /// Whether it builds.
    pub(crate) check: Check,
}

/// What a trial came to.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The project.
    pub(crate) name: String,
    /// How many packages are locked.
    pub(crate) packages: usize,
    /// How many members there are.
    pub(crate) members: usize,
    /// The month in which the newest of its locked packages came out, as far as the index tells.
    pub(crate) locked: Option<String>,
    /// The release set.
    pub(crate) set: Option<String>,
    /// The libraries that are served.
    pub(crate) served: Vec<String>,
    /// How many lines the tool printed.
    pub(crate) lines: usize,
    /// Where the search and the tool differ.
    pub(crate) differences: Vec<String>,
    /// The features without which the tool says that what it lists stays off, and refuses to install.
    pub(crate) features: Features,
    /// The versions of `opentelemetry` and of `tracing-opentelemetry` that were locked before.
    pub(crate) copies: (usize, usize),
    /// What the tool led to; none if nothing was to be done or it did not get there.
    pub(crate) tool: Option<Outcome>,
    /// How long the install took.
    pub(crate) seconds: u64,
    /// Whether it built before.
    pub(crate) built: Option<Check>,
    /// What plain `cargo add` led to.
    pub(crate) plain: Option<std::result::Result<Outcome, String>>,
    /// Promises that did not hold.
    pub(crate) broken: Vec<String>,
    /// Why there is nothing to report.
    pub(crate) skipped: Option<String>,
}

impl Setting {
    /// Tries a project.
    pub(crate) fn try_out(&self, oracle: &Oracle, place: &Place) -> Report {
        let mut report = Report { name: place.name(), ..Report::default() };
        if let Err(message) = self.steps(oracle, place, &mut report) {
            report.broken.push(message);
        }
        // Where the copy lies is no part of the result.
        let place = format!("{}/", self.work.join("with-the-tool").display());
        let all = report.broken.iter_mut().chain(&mut report.skipped);
        all.for_each(|text| *text = text.replace(&place, ""));
        report
    }

    /// The steps of a trial, each noted in the report.
    fn steps(&self, oracle: &Oracle, place: &Place, report: &mut Report) -> Result<()> {
        let copy = self.work.join("with-the-tool");
        let root = place.copy(&copy)?;
        let mut project = match Project::ask(&root, &report.features) {
            Ok(project) => project,
            Err(message) => {
                report.skipped = Some(message.lines().take(2).collect::<Vec<_>>().join(" "));
                return Ok(());
            }
        };
        let before = project.locked.clone();
        report.packages = before.values().map(std::collections::BTreeSet::len).sum();
        report.members = project.members.len();
        report.copies = copies(&before);
        report.locked = oracle.index.newest(&before);
        let mut answer = Answer::of_tool(&self.tool, &root, &report.features)?;
        report.differences = oracle.answer(&project).differences(&answer);
        let untouched = folder::manifests(&copy)?;
        if !answer.switches.is_empty() {
            report.broken.extend(self.refusal(&root, &answer)?);
            if folder::manifests(&copy)? != untouched {
                report.broken.push("an install that was refused left changes behind".to_owned());
            }
            report.features = Features(answer.switches);
            project = Project::ask(&root, &report.features)?;
            answer = Answer::of_tool(&self.tool, &root, &report.features)?;
            report.differences.extend(oracle.answer(&project).differences(&answer));
        }
        let features = &report.features.clone();
        report.set.clone_from(&answer.set);
        report.served = answer.served.iter().map(|(name, version, _)| format!("{name} {version}")).collect();
        report.served.dedup();
        report.lines = answer
            .members
            .values()
            .flat_map(|crates| crates.keys())
            .collect::<std::collections::BTreeSet<_>>()
            .len();

        let members: Vec<&str> = answer.members.keys().map(String::as_str).collect();
        let (_, planned) = self.install(&root, features, &["--dry-run"])?;
        if folder::manifests(&copy)? != untouched {
            report.broken.push("a dry run changed files".to_owned());
        }
        if !members.is_empty() {
            report.built = Some(self.check(&root, features, &members));
        }
        let start = Instant::now();
        let (done, said) = self.install(&root, features, &[])?;
        report.seconds = start.elapsed().as_secs();
        if !done {
            let last: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
            report.broken.push(format!("install failed: {}", last[last.len().saturating_sub(4)..].join(" ")));
            if folder::manifests(&copy)? != untouched {
                report.broken.push("a failed install left changes behind".to_owned());
            }
            return Ok(());
        }
        let installed = folder::manifests(&copy)?;
        if members.is_empty() {
            if installed != untouched {
                report.broken.push("there was nothing to do, and files changed".to_owned());
            }
            return Ok(());
        }
        let after = locked(&root)?;
        report.tool =
            Some(self.verify(oracle, &root, &answer, (&before, &after), (&planned, &said), report)?);
        let (again, _) = self.install(&root, features, &[])?;
        if !again || folder::manifests(&copy)? != installed {
            report.broken.push("a second install is not the same as one".to_owned());
        }
        if let Some(tool) = &mut report.tool {
            tool.check = if report.built == Some(Check::Passed) {
                self.check(&root, features, &members)
            } else {
                Check::Untried
            };
            if report.built == Some(Check::Passed) && tool.check == Check::Failed {
                report.broken.push("it built before and does not now".to_owned());
            }
        }
        report.plain = Some(plain::add(self, oracle, place, &answer, &before, (features, report.built)));
        Ok(())
    }

    /// Holds an installation against the promises.
    fn verify(
        &self,
        oracle: &Oracle,
        root: &Path,
        answer: &Answer,
        (before, after): (&Locked, &Locked),
        (planned, said): (&str, &str),
        report: &mut Report,
    ) -> Result<Outcome> {
        let fetched = cargo(root, &["metadata", "--locked", "--format-version", "1"], 600);
        if !fetched.0 {
            return Err(format!("cargo metadata --locked refuses the result: {}", plain::reason(&fetched.1)));
        }
        let project = Project::ask(root, &report.features)?;
        let ((apis, bridges), (apis_before, bridges_before)) = (copies(after), copies(before));
        if apis > apis_before.max(1) || bridges > bridges_before.max(1) {
            report
                .broken
                .push(format!("{apis} opentelemetry and {bridges} tracing-opentelemetry are locked"));
        }
        let moved = locking::moved(before, after);
        for (said, when) in [(planned, "dry run"), (said, "install")] {
            let objection = |moved| locking::objection(moved, said, &project, &oracle.index);
            let objections = moved.iter().filter_map(objection);
            report.broken.extend(objections.map(|objection| format!("{when}: {objection}")));
        }
        report.broken.extend(missing(answer, &project, &moved));
        let left = Answer::of_tool(&self.tool, root, &report.features)?;
        if !left.members.is_empty() {
            report.broken.push(format!("still to be added afterwards: {:?}", left.members));
        }
        let moved = moved.iter().filter(|moved| moved.to.is_some()).count();
        Ok(Outcome { apis, bridges, moved, check: Check::Untried })
    }

    /// What is wrong about the refusal that an answer announces: without the features that it names, nothing is
    /// installed, and they are named once more.
    fn refusal(&self, root: &Path, answer: &Answer) -> Result<Option<String>> {
        let (done, said) = self.install(root, &Features::default(), &[])?;
        let untold =
            answer.switches.iter().find(|feature| !said.contains(&format!("`--features {feature}`")));
        Ok(match untold {
            _ if done => Some("what is said to be off was installed nevertheless".to_owned()),
            Some(feature) => Some(format!("the refusal does not name `{feature}`: {}", said.trim())),
            None => None,
        })
    }

    /// Runs the tool's `install`; whether it succeeded and what it said.
    fn install(&self, root: &Path, features: &Features, options: &[&str]) -> Result<(bool, String)> {
        let mut install = Command::new(&self.tool);
        install.args(["--action", "install", "--ecosystem", "cargo", "--workspace", "--no-progress"]);
        install.args(features.options()).args(options).arg(root);
        let output = install.stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
        let said = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
    }

    /// Runs `cargo check` on some members.
    pub(crate) fn check(&self, root: &Path, features: &Features, members: &[&str]) -> Check {
        if self.limit == 0 {
            return Check::Untried;
        }
        let packages = members.iter().flat_map(|member| ["--package", member]);
        let arguments: Vec<&str> =
            ["check", "--locked", "--quiet"].into_iter().chain(packages).chain(features.options()).collect();
        let start = Instant::now();
        let (passed, said) = cargo(root, &arguments, self.limit);
        if !passed {
            let error = said.lines().find(|line| line.starts_with("error")).unwrap_or("no error");
            eprintln!("  check in {}: {error} ({} s)", root.display(), start.elapsed().as_secs());
        }
        match passed {
            true => Check::Passed,
            false if start.elapsed().as_secs() >= self.limit => Check::OutOfTime,
            false => Check::Failed,
        }
    }
}

/// What of an answer is not there afterwards: each crate must be there with its features, and at the very version
/// that was listed. Only where that one was locked before and had to move, which must be named as every move must,
/// another that the requirement allows will do.
fn missing(answer: &Answer, project: &Project, moved: &[Moved]) -> Vec<String> {
    let mut found = Vec::new();
    for (member, crates) in &answer.members {
        let at = project.members.iter().copied().find(|at| project.packages[*at].name == *member);
        for (name, wanted) in crates {
            let has_moved = |listed: &str| {
                let same = |moved: &&Moved| moved.name == *name && moved.from.to_string() == listed;
                moved.iter().any(|moved| same(&moved) && moved.to.is_some())
            };
            let is_right = |version: &Version| match &wanted.version {
                Some(listed) if *listed == version.to_string() => true,
                Some(listed) => has_moved(listed) && wanted.is_met_by(version),
                None => true,
            };
            let mut there = at.into_iter().flat_map(|at| project.direct(at, name));
            if !there.any(|at| {
                is_right(&project.packages[at].version) && wanted.features.is_subset(&project.features[at])
            }) {
                found.push(format!("{member} lacks {name} {}", shown(Some(wanted))));
            }
        }
    }
    found
}

/// The locked versions of a project.
pub(crate) fn locked(root: &Path) -> Result<Locked> {
    project::lockfile(&root.join("Cargo.lock"))
}

/// How many versions of the crates there must be only one of are locked.
pub(crate) fn copies(locked: &Locked) -> (usize, usize) {
    (locking::copies(locked, "opentelemetry"), locking::copies(locked, "tracing-opentelemetry"))
}

/// Runs cargo for that many seconds at most; whether it succeeded and what it said.
pub(crate) fn cargo(folder: &Path, arguments: &[&str], limit: u64) -> (bool, String) {
    let mut cargo = Command::new("timeout");
    cargo.arg(limit.to_string()).arg("cargo").args(arguments).current_dir(folder);
    match cargo.stdin(Stdio::null()).stdout(Stdio::null()).output() {
        Ok(output) => (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => (false, error.to_string()),
    }
}
