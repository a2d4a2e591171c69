//! Environments, read from disk: the same distributions that `importlib.metadata` sees in them.
//!
//! A path is told apart by what it holds ([`located_at`]); the module `discovery` knows where to look where none is given.
//! Then [`Located::read`] makes an inventory. An interpreter is started only where no file tells what is on its
//! `sys.path`.

use std::path::{Path, PathBuf};

use self::{
    config::Config,
    listing::Listing,
    search_path::{MOST_DISTRIBUTIONS, SearchPath},
};
pub use self::{
    discovery::{of_path_variable, of_project, of_request, of_variable},
    error::EnvironmentError,
    interpreter::AskError,
    located::Located,
    metadata::Header,
    requires::{Need, Needs},
    working_set::WorkingSet,
};
use crate::{file, root::Root, settings::Env};

mod archive;
pub mod config;
mod discovery;
mod entry;
mod error;
mod folder;
pub mod header;
pub(crate) mod interpreter;
mod layout;
mod listing;
mod located;
mod metadata;
pub mod pth;
mod python;
pub mod requires;
mod search_path;
mod working_set;

/// The largest `pyvenv.cfg` that is read.
const LARGEST_CONFIG: u64 = 64 << 10;

/// Whether a path is an environment, an interpreter in one, or a folder of packages.
#[must_use]
pub fn is_environment(path: &Path, env: &Env) -> bool {
    let path = env.folder.join(path);
    is_prefix(&path, &env.root) || environment_of(&path, &env.root).is_some() || is_packages(&path, &env.root)
}

/// The environment at a path: a prefix, an interpreter, or a folder of packages.
pub fn located_at(path: &Path, env: &Env) -> Result<Located, EnvironmentError> {
    // `..` is taken away by name, as Python does: what a link leads to is another environment.
    let path = search_path::lexical(&env.folder.join(path));
    if env.root.is_file(&path) {
        return match environment_of(&path, &env.root) {
            Some(prefix) => of_prefix(&prefix, Some(path), env),
            None => of_interpreter(path, env),
        };
    }
    if is_prefix(&path, &env.root) {
        return of_prefix(&path, layout::interpreter(&path, &env.root), env);
    }
    if is_packages(&path, &env.root) {
        return Ok(of_packages(&path, env));
    }
    match layout::interpreter(&path, &env.root) {
        Some(interpreter) => of_interpreter(interpreter, env),
        None if env.root.is_dir(&path) => Err(EnvironmentError::NoEnvironment { path }),
        None => Err(EnvironmentError::Missing { path }),
    }
}

/// The environment that an interpreter lies in. Links are not followed: they lead to the interpreter that the
/// environment was made from.
fn environment_of(interpreter: &Path, root: &Root) -> Option<PathBuf> {
    let folder = interpreter.parent()?;
    let prefix =
        if folder.ends_with("bin") || folder.ends_with("Scripts") { folder.parent()? } else { folder };
    (is_prefix(prefix, root) && root.is_file(interpreter)).then(|| prefix.to_owned())
}

/// Whether a folder is an environment whose files tell all.
fn is_prefix(path: &Path, root: &Root) -> bool {
    root.is_file(&path.join("pyvenv.cfg")) || root.is_dir(&path.join("conda-meta"))
}

/// Whether a folder is one of packages: by its name, or because it holds their metadata.
fn is_packages(path: &Path, root: &Root) -> bool {
    let is_called_so = path.ends_with("site-packages") || path.ends_with("dist-packages");
    let holds_any = || {
        let listing = Listing::of(root.place(path).into_owned(), MOST_DISTRIBUTIONS);
        listing.is_ok_and(|listing| {
            !listing.is_archive && listing.entries.iter().any(|entry| entry.file_name.ends_with(".dist-info"))
        })
    };
    root.is_dir(path) && (is_called_so || holds_any())
}

/// The prefix of an interpreter whose file lies in a folder, by the folder of its library.
#[must_use]
pub fn base_of(folder: &Path, library: &str, root: &Root) -> Option<PathBuf> {
    layout::prefix_of(folder, library, root)
}

/// What a process sees whose interpreter was started by that path and has its own library below a base prefix. No
/// interpreter is asked: the process tells which one it is.
pub fn of_process(
    interpreter: Option<&Path>,
    base: &Path,
    library: &str,
    env: &Env,
) -> Result<Located, EnvironmentError> {
    let prefix = interpreter.and_then(|path| environment_of(path, &env.root));
    let config = prefix.as_deref().map(|prefix| config_of(prefix, env)).transpose()?.flatten();
    let mut search_path = with_variable(env);
    match (&prefix, &config) {
        (Some(prefix), Some(config)) => {
            add_virtual(&mut search_path, prefix, config, Some(base), library, env);
        }
        _ => add_system(&mut search_path, base, library, layout::is_debian(base, &env.root), env),
    }
    let python = config.and_then(|config| config.python).or_else(|| python::of_library(library));
    let prefix = prefix.unwrap_or_else(|| base.to_owned());
    Ok(Located::new(Some(prefix), interpreter.map(Path::to_owned), python, search_path))
}

/// A folder of packages alone, with what its `.pth` files add where it is one that Python reads them in.
fn of_packages(folder: &Path, env: &Env) -> Located {
    let mut search_path = SearchPath::new(&env.root);
    let folder = search_path::lexical(&env.folder.join(folder));
    if folder.ends_with("site-packages") || folder.ends_with("dist-packages") || folder.ends_with("lib") {
        search_path.add_site(&folder);
    } else {
        search_path.add(&folder);
    }
    Located::new(None, None, python::of_packages(&folder), search_path)
}

/// A virtual environment, or one of conda.
fn of_prefix(prefix: &Path, interpreter: Option<PathBuf>, env: &Env) -> Result<Located, EnvironmentError> {
    let config = config_of(prefix, env)?;
    let library = library_of(prefix, interpreter.as_deref(), config.as_ref(), &env.root)?;
    let mut search_path = with_variable(env);
    if let Some(config) = &config {
        let home = config.home.as_deref();
        let base = home.and_then(|home| layout::prefix_of(home, &library, &env.root));
        // The packages of the interpreter that it was made from belong to it, but cannot be found by files alone.
        if config.sees_system
            && base.is_none()
            && let Some(interpreter) = interpreter
        {
            return of_interpreter(interpreter, env);
        }
        add_virtual(&mut search_path, prefix, config, base.as_deref(), &library, env);
    } else {
        add_system(&mut search_path, prefix, &library, false, env);
    }
    let of_library = || python::of_library(&library);
    let python = config.and_then(|config| config.python).or_else(of_library);
    Ok(Located::new(Some(prefix.to_owned()), interpreter, python, search_path))
}

/// What a virtual environment says about itself; `None` if it is none.
fn config_of(prefix: &Path, env: &Env) -> Result<Option<Config>, EnvironmentError> {
    let path = prefix.join("pyvenv.cfg");
    match file::read_text(&env.root.place(&path), LARGEST_CONFIG) {
        Ok(text) => Ok(Some(Config::parse(&text))),
        Err(error) if error.is_missing() => Ok(None),
        Err(source) => Err(EnvironmentError::Read { path, source }),
    }
}

/// What is on the search path before all else: the folders of `PYTHONPATH`.
fn with_variable(env: &Env) -> SearchPath {
    let mut search_path = SearchPath::new(&env.root);
    if let Some(variable) = env.get("PYTHONPATH") {
        search_path.add_variable(variable, &env.folder);
    }
    search_path
}

/// Adds what a virtual environment sees. The base prefix is that of the interpreter that it was made from, which also
/// decides where packages lie below the environment's own.
fn add_virtual(
    search_path: &mut SearchPath,
    prefix: &Path,
    config: &Config,
    base: Option<&Path>,
    library: &str,
    env: &Env,
) {
    let is_debian = base.is_some_and(|base| layout::is_debian(base, &env.root));
    for folder in layout::packages(prefix, library, is_debian, &env.root) {
        search_path.add_site(&folder);
    }
    if config.sees_system
        && let Some(base) = base
    {
        add_system(search_path, base, library, is_debian, env);
    }
}

/// Adds the packages of an interpreter, those of the user first.
fn add_system(search_path: &mut SearchPath, base: &Path, library: &str, is_debian: bool, env: &Env) {
    if let Some(user) = layout::user_packages(env, base, library) {
        search_path.add_site(&user);
    }
    let local = layout::is_fedora(base, library, &env.root) && env.get("RPM_BUILD_ROOT").is_none();
    let prefixes = local.then_some(Path::new("/usr/local")).into_iter().chain([base]);
    for folder in prefixes.flat_map(|prefix| layout::packages(prefix, library, is_debian, &env.root)) {
        search_path.add_site(&folder);
    }
}

/// The name of the folder that the libraries of an environment lie in.
fn library_of(
    prefix: &Path,
    interpreter: Option<&Path>,
    config: Option<&Config>,
    root: &Root,
) -> Result<String, EnvironmentError> {
    let told = config.and_then(|config| Some(python::library(config.python.as_ref()?, config.is_pypy)));
    let exists = |library: &str| root.is_dir(&prefix.join("lib").join(library));
    if let Some(library) = told.as_ref().filter(|library| exists(library)) {
        return Ok(library.clone());
    }
    let mut libraries = layout::libraries(prefix, root);
    let matching = |library: &String| told.as_ref().is_some_and(|told| library.trim_end_matches('t') == told);
    if let Some(library) = libraries.iter().find(|library| matching(library)) {
        return Ok(library.clone());
    }
    // Conda links `python3` to the interpreter, whose name is that of its library.
    let linked = interpreter.and_then(|path| root.canonical(path));
    let linked = linked.as_deref().and_then(Path::file_name).and_then(|name| name.to_str());
    if let Some(library) = libraries.iter().find(|library| linked == Some(library.as_str())) {
        return Ok(library.clone());
    }
    match (libraries.pop(), libraries.is_empty()) {
        (Some(library), true) => Ok(library),
        // Nothing is installed.
        (None, _) => Ok(told.unwrap_or_else(|| "python3".to_owned())),
        (Some(library), false) => {
            libraries.push(library);
            Err(EnvironmentError::Ambiguous { prefix: prefix.to_owned(), libraries })
        }
    }
}

/// What an interpreter says that no file tells.
fn of_interpreter(interpreter: PathBuf, env: &Env) -> Result<Located, EnvironmentError> {
    let answer = match interpreter::ask(&interpreter, env) {
        Ok(answer) => answer,
        Err(source) => return Err(EnvironmentError::Ask { interpreter, source }),
    };
    let mut search_path = SearchPath::new(&env.root);
    for path in &answer.path {
        search_path.add(&env.folder.join(path));
    }
    Ok(Located::new(Some(answer.prefix), Some(interpreter), Some(answer.python), search_path))
}

#[cfg(test)]
mod tests;
