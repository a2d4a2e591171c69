//! Where the packages of an interpreter lie below its prefix.
//!
//! Source of the rules: `site.getsitepackages` of `CPython`, of Debian's and of Fedora's, and of `PyPy`.

use std::path::{Path, PathBuf};

use super::python;
use crate::{root::Root, settings::Env};

/// The names of the folder of libraries: `sys.platlibdir` first, where it is not `lib`.
const LIBRARIES: [&str; 2] = ["lib64", "lib"];

/// The folders of packages below a prefix, whether or not they exist. `library` is the name of the
/// interpreter's own folder (`python3.11`).
pub(super) fn packages(prefix: &Path, library: &str, is_debian: bool, root: &Root) -> Vec<PathBuf> {
    let windows = prefix.join("Lib").join("site-packages");
    let mut folders: Vec<PathBuf> = LIBRARIES
        .into_iter()
        .map(|libraries| prefix.join(libraries))
        // On most systems `lib64` is a link to `lib`, and not on the path.
        .filter(|libraries| libraries.ends_with("lib") || root.is_real_dir(libraries))
        .map(|libraries| libraries.join(library).join("site-packages"))
        .collect();
    if is_debian {
        folders.push(prefix.join("local/lib").join(library).join("dist-packages"));
        folders.push(prefix.join("lib/python3/dist-packages"));
        folders.push(prefix.join("lib").join(library).join("dist-packages"));
    }
    if library.starts_with("pypy") {
        // Up to PyPy 7.3.7.
        folders.push(prefix.join("site-packages"));
    }
    if !root.is_dir(&prefix.join("lib").join(library)) && root.is_dir(&windows) {
        return vec![prefix.to_owned(), windows];
    }
    folders
}

/// The names of the libraries below a prefix that packages can lie in, sorted (`python3.11`).
pub(super) fn libraries(prefix: &Path, root: &Root) -> Vec<String> {
    let mut names: Vec<String> = LIBRARIES
        .into_iter()
        .map(|libraries| prefix.join(libraries))
        .filter_map(|libraries| Some((root.read_dir(&libraries).ok()?, libraries)))
        .flat_map(|(children, libraries)| {
            children.filter_map(Result::ok).map(move |child| (child, libraries.clone()))
        })
        // Conda puts a link `python3.1` beside `python3.11`, for programs that read versions wrongly.
        .filter(|(child, _)| child.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|(child, libraries)| Some((child.file_name().into_string().ok()?, libraries)))
        .filter(|(name, libraries)| {
            python::of_library(name).is_some() && root.is_dir(&libraries.join(name).join("site-packages"))
        })
        .map(|(name, _)| name)
        .take(100)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The prefix of the interpreter that lies in a folder, by its standard library.
pub(super) fn prefix_of(home: &Path, library: &str, root: &Root) -> Option<PathBuf> {
    let above = |home: &Path| {
        let holds_library = |prefix: &&Path| {
            LIBRARIES
                .iter()
                .any(|libraries| root.is_file(&prefix.join(libraries).join(library).join("os.py")))
        };
        home.ancestors().skip(1).find(holds_library).map(Path::to_owned)
    };
    // Where a framework or a store keeps the interpreter elsewhere, a link leads there.
    let linked = || {
        let interpreter = ["python3", "python", "pypy3"].iter().map(|name| home.join(name));
        interpreter.filter_map(|path| root.canonical(&path)).find_map(|path| above(path.parent()?))
    };
    let windows = || root.is_file(&home.join("Lib/os.py")).then(|| home.to_owned());
    above(home).or_else(linked).or_else(windows)
}

/// Whether the interpreter of a prefix is Debian's, which keeps packages in `dist-packages`.
pub(super) fn is_debian(prefix: &Path, root: &Root) -> bool {
    root.is_dir(&prefix.join("lib/python3/dist-packages"))
}

/// Whether the interpreter of a prefix is Fedora's, which looks below `/usr/local` first.
pub(super) fn is_fedora(prefix: &Path, library: &str, root: &Root) -> bool {
    prefix == Path::new("/usr")
        && root.is_real_dir(&prefix.join("lib64"))
        && root.is_dir(&prefix.join("lib64").join(library).join("site-packages"))
}

/// The user's own folder of packages, if it counts.
pub(super) fn user_packages(env: &Env, base: &Path, library: &str) -> Option<PathBuf> {
    if env.get("PYTHONNOUSERSITE").is_some() {
        return None;
    }
    let chosen = env.get("PYTHONUSERBASE").map(|folder| env.folder.join(folder));
    if base.components().any(|part| part.as_os_str() == "Python.framework") {
        let number = library.trim_start_matches("python");
        let usual = || env.get("HOME").map(|home| Path::new(home).join("Library/Python").join(number));
        return chosen.or_else(usual).map(|folder| folder.join("lib/python/site-packages"));
    }
    let usual = || env.get("HOME").map(|home| Path::new(home).join(".local"));
    chosen.or_else(usual).map(|folder| folder.join("lib").join(library).join("site-packages"))
}

/// The interpreter below a prefix.
pub(super) fn interpreter(prefix: &Path, root: &Root) -> Option<PathBuf> {
    ["bin/python3", "bin/python", "bin/pypy3", "Scripts/python.exe", "python.exe"]
        .into_iter()
        .map(|name| prefix.join(name))
        .find(|path| root.is_file(path))
}
