//! `--action operator --manifest` and `--write`: what the operator and the workloads need, printed or put in place.

use std::path::Path;

use super::injected;
use crate::{
    doctor::{Case, read::kubernetes::INJECT, survey::Survey, tree::LARGEST},
    ecosystem::{Ecosystem, discover::Place},
    error::{Error, Failure},
    file,
    install::{Edit, Swap, diff::diff},
    operator::{
        application::Application,
        instrumentation::{Instrumentation, Python},
        libc::Libc,
        manifest::{
            ManifestError, Planned, Unpatched, patch, patched,
            plan::{INJECT_SDK, Wish},
            planned,
        },
        scene::{Scene, WorkloadError},
        switch,
        target::Target,
    },
    registry::Registry,
    settings::{Env, Manifest, OperatorSettings, ProjectSettings},
    terminal::{Terminal, plural},
};

/// The name of the resource, if the user gives none.
const NAME: &str = "python";

/// The same for programs into which nothing is injected.
const SDK_NAME: &str = "sdk";

/// The file that the component of kustomize expects beside it.
const BESIDE: &str = "instrumentation.yaml";

/// How context is passed on, if the user does not say.
const PROPAGATORS: [&str; 2] = ["tracecontext", "baggage"];

/// A file with workloads.
struct File {
    /// As the user names it.
    path: String,
    text: String,
    /// With all that is added; `None` where only patches are asked for.
    edited: Option<String>,
    workloads: Vec<Planned>,
}

/// Prints what is asked for, or puts it in place.
pub(super) fn manifests(
    case: &Case<'_>,
    how: &OperatorSettings,
    settings: &ProjectSettings,
    registry: &Registry,
    env: &Env,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let files = files(case, how, terminal)?;
    let has = |manifest| how.manifests.contains(&manifest);
    let mut documents = Vec::new();
    if has(Manifest::Instrumentation) {
        documents.push(instrumentation(case.place, how, settings, registry, terminal)?);
    }
    for file in &files {
        if has(Manifest::Workload)
            && let Some(edited) = &file.edited
        {
            documents.push(edited.clone());
        }
        if has(Manifest::Patch) {
            let patches = file.workloads.iter().filter_map(patch::strategic);
            documents.extend(patches.map(|patch| patch.document()));
        }
    }
    if has(Manifest::Kustomize) {
        let workloads: Vec<Planned> = files.iter().flat_map(|file| file.workloads.iter().cloned()).collect();
        documents.push(patch::component(&workloads, &[BESIDE]).document());
        terminal
            .hint(format_args!("`--manifest instrumentation` prints the `{BESIDE}` that belongs beside it"));
    }
    terminal.data(&joined(&documents))?;
    for file in &files {
        explain(file, terminal);
    }
    if how.write {
        write(&files, how.dry_run, env, terminal)?;
    }
    Ok(())
}

/// Reads the workloads and finds out what they lack. Every problem of every file is told, and then nothing is done.
fn files(case: &Case<'_>, how: &OperatorSettings, terminal: &Terminal) -> Result<Vec<File>, Failure> {
    let is_python = case.place.ecosystem() == Ecosystem::Python;
    let (application, libc) = if is_python { needs(case, how)? } else { (Application::default(), None) };
    if !is_python {
        terminal.note(super::NOTHING_TO_INJECT);
    }
    let name = how.instrumentation.name.as_ref();
    let value = name.map(|(namespace, name)| match namespace {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.clone(),
    });
    let wish = Wish {
        annotation: if is_python { INJECT } else { INJECT_SDK },
        value: value.unwrap_or_else(|| "true".to_owned()),
        libc,
        containers: &how.containers,
        variables: &|folder| application.variables(folder),
    };
    let needs_text = how.write || how.manifests.contains(&Manifest::Workload);
    let (mut found, mut errors) = (Vec::new(), Vec::<Error>::new());
    for path in &how.workloads {
        match of_file(path, &case.shown(path), &wish, needs_text) {
            Ok(file) => found.push(file),
            Err(more) => errors.extend(more),
        }
    }
    let is_there = |name: &String| {
        let mut additions = found.iter().flat_map(|file| &file.workloads);
        additions.any(|workload| workload.has_container(name))
    };
    if errors.is_empty() {
        let missing = how.containers.iter().filter(|name| !is_there(name) && !how.workloads.is_empty());
        errors.extend(missing.map(|name| {
            let source = ManifestError::NoSuchContainer(name.clone());
            Error::from(Unpatched { path: case.shown(&how.workloads[0]), source })
        }));
    }
    if errors.is_empty() { Ok(found) } else { Err(errors.into()) }
}

/// What the application needs, and the C library of its image.
fn needs(case: &Case<'_>, how: &OperatorSettings) -> Result<(Application, Option<Libc>), Error> {
    let root = case.root();
    let survey = root.as_deref().map(|root| Survey::of(root, Ecosystem::Python, |path| case.shown(path)));
    let scene = Scene::of(root.as_deref(), &[], |path| case.shown(path))?;
    let target = Target::of(None, how.libc, &scene, None);
    Ok((Application::of(&survey.unwrap_or_default(), &scene), target.libc.map(|libc| libc.what)))
}

fn of_file(path: &Path, shown: &str, wish: &Wish<'_>, needs_text: bool) -> Result<File, Vec<Error>> {
    let failed = |source| vec![WorkloadError::File { path: path.to_owned(), source }.into()];
    let text = file::read_text(path, LARGEST).map_err(failed)?;
    let unpatched = |errors: Vec<ManifestError>| -> Vec<Error> {
        errors.into_iter().map(|source| Unpatched { path: shown.to_owned(), source }.into()).collect()
    };
    let (edited, workloads) = if needs_text {
        let patched = patched(&text, wish).map_err(unpatched)?;
        (Some(patched.text), patched.workloads)
    } else {
        (None, planned(&text, wish).map_err(unpatched)?)
    };
    Ok(File { path: shown.to_owned(), text, edited, workloads })
}

/// Says what is there already, and what is added.
fn explain(file: &File, terminal: &Terminal) {
    for workload in &file.workloads {
        let title = workload.title();
        for remark in &workload.addition.remarks {
            terminal.status(format_args!("`{title}` in `{}` {remark}", file.path));
        }
        let added = workload.addition.annotations.iter().map(|(name, _)| name.as_str());
        let variables = workload.addition.variables.iter().flat_map(|container| &container.variables);
        for name in added.chain(variables.map(|(name, _)| name.as_str())) {
            terminal.reason(format_args!("`{title}` in `{}` gets `{name}`", file.path));
        }
    }
}

/// Puts the files in place, or shows what would change.
fn write(files: &[File], dry_run: bool, env: &Env, terminal: &Terminal) -> Result<(), Failure> {
    let edits = files.iter().filter_map(|file| {
        let new = file.edited.as_ref().filter(|edited| **edited != file.text)?;
        Some(Edit {
            path: env.folder.join(&file.path),
            old: file.text.clone().into(),
            new: new.clone().into(),
        })
    });
    let edits: Vec<Edit> = edits.collect();
    if dry_run {
        let shown: String = edits.iter().map(|edit| diff(edit, &env.folder)).collect();
        terminal.data(&shown)?;
        terminal.status(format_args!("would edit {}", plural(edits.len(), "file", "files")));
        return Ok(());
    }
    if edits.is_empty() {
        terminal.status("nothing to add");
        return Ok(());
    }
    Swap::make(&edits).map_err(Error::from)?;
    terminal.status(format_args!("edited {}", plural(edits.len(), "file", "files")));
    Ok(())
}

/// The `Instrumentation`.
fn instrumentation(
    place: &Place,
    how: &OperatorSettings,
    settings: &ProjectSettings,
    registry: &Registry,
    terminal: &Terminal,
) -> Result<String, Failure> {
    let is_python = place.ecosystem() == Ecosystem::Python;
    let asked = &how.instrumentation;
    let endpoint = asked.endpoint.as_deref().unwrap_or_default();
    let defaults = PROPAGATORS.map(str::to_owned);
    // The SDK of Rust does not read them.
    let propagators = match asked.propagators.as_slice() {
        [] if is_python => &defaults[..],
        given => given,
    };
    if !is_python && !propagators.is_empty() {
        terminal.warning(
            "`OTEL_PROPAGATORS` is not read by the SDK of Rust: the program must set its propagator itself",
        );
    }
    if is_python && endpoint.trim_end_matches('/').ends_with(":4317") {
        terminal
            .warning("port 4317 takes gRPC by convention, and what is injected speaks HTTP: that is 4318");
    }
    let python = if is_python { Some(python(how, settings, registry)?) } else { None };
    let name = asked.name.as_ref();
    let own = if is_python { NAME } else { SDK_NAME };
    let instrumentation = Instrumentation {
        name: name.map_or(own, |(_, name)| name),
        namespace: name.and_then(|(namespace, _)| namespace.as_deref()),
        endpoint,
        propagators,
        sampler: asked.sampler.as_ref(),
        attributes: &asked.attributes,
        python,
    };
    Ok(instrumentation.manifest().document())
}

/// What is said about Python.
fn python<'a>(
    how: &'a OperatorSettings,
    settings: &ProjectSettings,
    registry: &Registry,
) -> Result<Python<'a>, Failure> {
    let injected = injected(how)?;
    let version = settings.wishes.instrumentation_version.as_ref();
    let version = version.or(injected.as_ref().map(|injected| &injected.version));
    let mut variables = vec![("OTEL_EXPORTER_OTLP_PROTOCOL".to_owned(), "http/protobuf".to_owned())];
    if let Some(release) = registry.python().release_or_newest(version) {
        let filter = &settings.wishes.filter;
        let exclude: Vec<String> = filter.exclude.iter().chain(&filter.disabled).cloned().collect();
        variables.extend(switch::disabled(release, &exclude)?);
        variables.extend(how.instrumentation.logs.map(|is_on| switch::logs(release, is_on)));
    }
    Ok(Python { image: how.image.as_deref(), variables })
}

/// Documents in one stream.
fn joined(documents: &[String]) -> String {
    let mut text = String::new();
    for document in documents {
        if !text.is_empty() {
            if !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str("---\n");
        }
        text.push_str(document);
    }
    text
}
