//! `--action operator --payload`.

use std::collections::BTreeSet;

use pep440_rs::Version;

use crate::{
    ecosystem::{
        ReadError,
        overview::relative,
        python::{
            inventory::{Inventory, Source},
            place::Place,
            python_version, read,
        },
    },
    error::{Error, ExitStatus, Failure},
    install::python::{Packer, Programs, Step as InstallStep, typed},
    operator::{
        payload::{Order, Payload, PayloadError, Request, Step, build, order, plan},
        scene::Scene,
        target::{Known, Target},
    },
    registry::Registry,
    settings::{Env, PayloadSettings, ProjectSettings},
    terminal::{Terminal, listed, plural},
};

/// Builds what the operator injects; with `--dry-run` its versions go to stdout and nothing else happens.
pub(crate) fn payload(
    place: &Place,
    how: &PayloadSettings,
    settings: &ProjectSettings,
    registry: &Registry,
    env: &Env,
    terminal: &Terminal,
) -> Result<ExitStatus, Failure> {
    let (inventory, request) = meant(place, how, settings, env, terminal)?;
    let failed = |error: PayloadError| Error::from(error);
    let (order, resolution) =
        order(&inventory, registry, &settings.wishes, &request).map_err(|error| failed(error.into()))?;
    super::explain_set(&resolution, terminal);
    let programs = Programs::on(env.get("PATH").map(ToOwned::to_owned));
    let packer = Packer::choose(how.installer, &programs, place.root(env), how.offline);
    let packer = packer.map_err(|error| failed(error.into()))?;
    terminal.status(format_args!("finding out which wheels go together for {}", grounds(&order)));
    let mut watch = |step: Step<'_>| tell(step, terminal);
    if how.dry_run {
        let payload = plan(&order, &packer, &mut watch).map_err(failed)?;
        let lines = payload.pins.iter().fold(String::new(), |text, pin| text + &pin.to_string() + "\n");
        terminal.data(&lines)?;
        explain(&payload, terminal);
        terminal.status("nothing was built; that is done without `--dry-run`");
        return Ok(ExitStatus::Done);
    }
    let folder = env.folder.join(&how.folder);
    let payload = build(&order, &packer, &folder, &mut watch).map_err(failed)?;
    explain(&payload, terminal);
    conclude(&payload, how, terminal);
    Ok(ExitStatus::Done)
}

/// The project, and what is asked for with the Python of the application where the user names none.
fn meant(
    place: &Place,
    how: &PayloadSettings,
    settings: &ProjectSettings,
    env: &Env,
    terminal: &Terminal,
) -> Result<(Inventory, Request), Failure> {
    // Versions are kept to, so they must be what the metadata says.
    let read = |selection| read::read(place, selection, env, &|_| true).map_err(ReadError::from);
    let mut inventory = read(&settings.selection)?;
    let mut request = how.request.clone();
    if request.pythons.is_empty()
        && let Some((python, file)) = python(place, &inventory, env)?
    {
        terminal.status(format_args!(
            "`{file}` says Python {python}; `--python-version` asks for another or several"
        ));
        // What is locked depends on the Python.
        if let Source::Lockfile { .. } = inventory.source {
            let mut selection = settings.selection.clone();
            selection.python.version = Some(python.clone());
            inventory = read(&selection)?;
        }
        request.pythons.push(python);
    }
    Ok((inventory, request))
}

/// The Python of the application, and the file that says so, as the pre-flight has it: what the images agree on, or else
/// what `.python-version` asks for beside a lockfile; `None` if it is what the environment or the lockfile tells.
fn python(place: &Place, inventory: &Inventory, env: &Env) -> Result<Option<(Version, String)>, Error> {
    if let Place::Environment(_) = place {
        return Ok(None);
    }
    let scene = Scene::of(Some(&place.root(env)), &[], |path| relative(path, &env.folder))?;
    if let Some(Known { what: (major, minor), place: Some(file) }) =
        Target::of(None, None, &scene, None).python
    {
        return Ok(Some((Version::new([major, minor]), file.path)));
    }
    let Source::Lockfile { path, .. } = &inventory.source else { return Ok(None) };
    let python = path.parent().and_then(python_version);
    Ok(python.map(|(file, python)| {
        let minor = python.release().iter().copied().take(2);
        (Version::new(minor), relative(&file, &env.folder))
    }))
}

/// What a payload is for.
fn grounds(order: &Order) -> String {
    let pythons: BTreeSet<_> = order.targets.iter().map(|target| &target.python).collect();
    let grounds: BTreeSet<_> = order.targets.iter().map(|target| target.ground).collect();
    format!("Python {} with {}", listed(pythons), listed(grounds))
}

/// Says what is going on.
fn tell(step: Step<'_>, terminal: &Terminal) {
    match step {
        Step::Looking(target) => terminal.reason(format_args!("looking for wheels for {target}")),
        Step::Installing(target, done, total) => {
            terminal.progress("installing", done, total);
            terminal.reason(format_args!("installing for {target}"));
        }
        Step::Command(InstallStep::Asking(command) | InstallStep::Running(command)) => {
            terminal.reason(format_args!("running `{}`", typed(command)));
        }
        Step::Command(InstallStep::Said(line)) => terminal.reason(line),
    }
}

/// Says what is not as the application has it.
fn explain(payload: &Payload, terminal: &Terminal) {
    for one in &payload.not_kept {
        terminal.warning(format_args!(
            "`{}` is {} in the payload and {} in the application, which then runs with the former: {}",
            one.name, one.payload, one.application, one.reason
        ));
    }
    if !payload.not_kept.is_empty() {
        terminal.hint(
            "other versions in the application, or an older release with `--instrumentation-version`, may agree; \
             `--libc` and `--python-version` leave out what the application does not run on",
        );
    }
    for pin in &payload.demanding {
        terminal.warning(format_args!(
            "`{pin}` is compiled and has nothing to fall back on: it runs on the Pythons that the payload is for, and \
             on no other"
        ));
    }
}

/// Says what was built, and what is left to do.
fn conclude(payload: &Payload, how: &PayloadSettings, terminal: &Terminal) {
    for folder in &payload.folders {
        let compiled = match folder.compiled.as_slice() {
            [] => "none compiled".to_owned(),
            names => format!("compiled: {}", names.join(", ")),
        };
        terminal.status(format_args!(
            "built `{}` for {}: {} ({compiled}), {}, {}",
            how.folder.join(&folder.path).display(),
            folder.ground,
            plural(folder.packages, "package", "packages"),
            plural(folder.files, "file", "files"),
            mebibytes(folder.bytes),
        ));
    }
    let [from_index, from_folder] = &payload.commands;
    let typed = |commands: &[String]| listed(commands.iter().map(|command| format!("`{command}`")));
    terminal.status(format_args!(
        "\nnext steps, in `{}`\n    {} makes and pushes an image of these folders; {} one of the same wheels from the \
         package index",
        how.folder.display(),
        typed(from_folder),
        typed(from_index),
    ));
}

/// A size for people.
fn mebibytes(bytes: u64) -> String {
    let tenths = (bytes * 10 + (1 << 19)) >> 20;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}
