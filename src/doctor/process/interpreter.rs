//! The interpreter of Python in a process, by the files that are mapped into it.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use memchr::memmem;
use pep440_rs::Version;
use serde::Serialize;

use super::read::Process;
use crate::{
    doctor::launch::{base, is_python},
    ecosystem::python::environment,
    file,
    root::Root,
};

/// The largest header that is read.
const LARGEST_HEADER: u64 = 64 << 10;

/// Options of programs that an interpreter is a part of, which name an environment.
const HOMES: [&str; 5] = ["--home", "--pyhome", "--venv", "--virtualenv", "-H"];

/// How much of an interpreter is looked at for its version.
const LARGEST: u64 = 128 << 20;

/// An interpreter of Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interpreter {
    /// By which path it was started, links and all, if that is to be found out.
    pub started_as: Option<PathBuf>,
    /// The file that it is: a program, or a library in one.
    pub file: String,
    /// The name of the folder of its own library: `python3.12`.
    pub library: String,
    /// Where that folder lies below; `None` if it is not there.
    pub base: Option<PathBuf>,
    /// Its version, as exactly as it is to be found out.
    pub version: Option<Version>,
}

/// The C library of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Libc {
    /// glibc
    Glibc,
    /// musl
    Musl,
    /// None: everything is in the program itself.
    Static,
}

impl Libc {
    /// The C library among the files of a process.
    #[must_use]
    pub fn of(process: &Process) -> Self {
        let has = |is: fn(&str) -> bool| process.files.iter().any(|file| is(base(file)));
        if has(|name| name.starts_with("ld-musl-") || name.starts_with("libc.musl-")) {
            Self::Musl
        } else if has(|name| {
            name == "libc.so.6" || name.starts_with("libc-2.") || name.starts_with("ld-linux")
        }) {
            Self::Glibc
        } else {
            Self::Static
        }
    }

    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Glibc => "glibc",
            Self::Musl => "musl",
            Self::Static => "static",
        }
    }
}

/// The interpreter in a process, if there is one.
#[must_use]
pub(super) fn find(process: &Process) -> Option<Interpreter> {
    let exe = process.exe.as_deref();
    let of_library =
        process.files.iter().find_map(|file| Some((file.clone(), of_file(base(file), "libpython", ".so")?)));
    let of_exe =
        || Some((exe?.to_owned(), of_file(base(exe?), "python", "").or_else(|| of_pypy(base(exe?)))?));
    // An interpreter of another name loads parts of its own library.
    let of_parts = || {
        let library = process.files.iter().find_map(|file| Some(dynload(file)?.1.to_owned()))?;
        Some((exe?.to_owned(), library))
    };
    let (file, library) = of_library.or_else(of_exe).or_else(of_parts)?;
    let loaded = process.files.iter().filter_map(|file| dynload(file)).find(|(_, of)| *of == library);
    let beside = |file: &str| environment::base_of(Path::new(file).parent()?, &library, &process.root);
    let base = loaded.map(|(base, _)| PathBuf::from(base));
    let base = base.or_else(|| beside(&file)).or_else(|| beside(exe?));
    Some(Interpreter {
        started_as: started_as(process),
        version: version(&process.root, &file, &library, base.as_deref()),
        file,
        library,
        base,
    })
}

/// The name of the library that a file's name tells: `python3.12` for `libpython3.12.so.1.0`.
fn of_file(name: &str, start: &str, end: &str) -> Option<String> {
    let number = name.strip_prefix(start)?;
    let number = if end.is_empty() { number } else { number.split_once(end)?.0 };
    is_number(number).then(|| format!("python{number}"))
}

/// The same for `PyPy`: `pypy3.10`.
fn of_pypy(name: &str) -> Option<String> {
    let number = name.strip_prefix("pypy")?;
    is_number(number).then(|| name.to_owned())
}

/// Whether it is `3.12`, or `3.13t`.
fn is_number(text: &str) -> bool {
    let number = text.strip_suffix('t').unwrap_or(text);
    number.split_once('.').is_some_and(|(major, minor)| {
        let is = |part: &str| !part.is_empty() && part.len() < 4 && part.bytes().all(|b| b.is_ascii_digit());
        is(major) && is(minor)
    })
}

/// Base and library of a part of the interpreter's own library.
fn dynload(file: &str) -> Option<(&str, &str)> {
    let (folder, _) = file.split_once("/lib-dynload/")?;
    let (libraries, library) = folder.rsplit_once('/')?;
    let (base, _) = libraries.rsplit_once('/')?;
    is_number(library.strip_prefix("python")?).then_some((if base.is_empty() { "/" } else { base }, library))
}

/// The path that the interpreter was started by: it tells the environment. Only a path that leads to the program of the
/// process is believed, for a process can write over its command line.
fn started_as(process: &Process) -> Option<PathBuf> {
    let exe = Path::new(process.exe.as_deref()?);
    let leads_there = |path: &PathBuf| {
        process.root.canonical(path).is_some_and(|real| real == exe)
            // Another file may be there by now.
            || (process.is_replaced && process.root.is_file(path))
    };
    let first = process.words.first().map(String::as_str).filter(|word| !word.is_empty());
    let named = first.filter(|word| word.contains('/')).map(|word| process.folder.join(word));
    let on_path = || {
        let first = first.filter(|word| !word.contains('/'))?;
        let folders = process.environ.get("PATH")?.split(':').filter(|folder| folder.starts_with('/'));
        folders.map(|folder| Path::new(folder).join(first)).find(|path| process.root.is_file(path))
    };
    let in_environment = || {
        let prefix = process.folder.join(process.environ.get("VIRTUAL_ENV")?);
        ["python", "python3"].map(|name| prefix.join("bin").join(name)).into_iter().find(leads_there)
    };
    // Extensions that are loaded lie in the environment.
    let of_packages = || {
        process.files.iter().take(10_000).find_map(|file| {
            let (prefix, _) = file.split_once("/site-packages/")?.0.rsplit_once("/lib")?;
            let python = Path::new(prefix).join("bin/python");
            leads_there(&python).then_some(python)
        })
    };
    // uWSGI and the like are told where the environment is.
    let told = || {
        let mut words = process.words.iter().take(1000).skip_while(|word| !HOMES.contains(&word.as_str()));
        let prefix = process.folder.join(words.nth(1)?);
        let python = prefix.join("bin/python");
        process.root.is_file(&prefix.join("pyvenv.cfg")).then_some(python)
    };
    let shebang = || process.environ.get("_").map(PathBuf::from);
    let is_embedded = !exe.file_name().is_some_and(|name| is_python(&name.to_string_lossy()));
    is_embedded
        .then(told)
        .flatten()
        .or_else(|| named.filter(leads_there))
        .or_else(|| on_path().filter(leads_there))
        .or_else(in_environment)
        .or_else(of_packages)
        .or_else(|| shebang().filter(leads_there))
        .or_else(|| Some(exe.to_owned()))
}

/// The version that stands in its headers or is written in an interpreter, else that of its library.
fn version(root: &Root, file: &str, library: &str, base: Option<&Path>) -> Option<Version> {
    let number = library.trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim_end_matches('t');
    let general = number.parse().ok();
    let header = base.map(|base| base.join("include").join(library).join("patchlevel.h"));
    let header = header.and_then(|header| file::read_text(&root.place(&header), LARGEST_HEADER).ok());
    if let Some(version) = header.as_deref().and_then(of_header) {
        return Some(version);
    }
    let path = root.place(Path::new(file));
    if library.starts_with("pypy") || !path.is_file() {
        return general;
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
    if read.is_err() {
        return general;
    }
    written(&bytes, number).or(general)
}

/// The version that the headers of an interpreter tell.
fn of_header(text: &str) -> Option<Version> {
    let mut lines = text.lines().filter_map(|line| line.trim_start().strip_prefix("#define PY_VERSION "));
    lines.next()?.trim().trim_matches('"').trim_end_matches('+').parse().ok()
}

/// The version that stands by itself in a program, if there is only one: `3.12.4` between zeros.
fn written(bytes: &[u8], number: &str) -> Option<Version> {
    let start = format!("\0{number}.");
    let mut found: Option<&str> = None;
    for at in memmem::find_iter(bytes, start.as_bytes()) {
        let text = &bytes[at + 1..];
        let end = memchr::memchr(0, &text[..text.len().min(24)]);
        let Some(text) = end.and_then(|end| std::str::from_utf8(&text[..end]).ok()) else { continue };
        let patch = &text[number.len() + 1..];
        if !patch.starts_with(|c: char| c.is_ascii_digit()) || patch.contains('.') {
            continue;
        }
        if found.is_some_and(|other| other != text) {
            return None;
        }
        found = Some(text);
    }
    found?.trim_end_matches('+').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_tell_the_library() {
        assert_eq!(of_file("libpython3.12.so.1.0", "libpython", ".so").as_deref(), Some("python3.12"));
        assert_eq!(of_file("libpython3.13t.so.1.0", "libpython", ".so").as_deref(), Some("python3.13t"));
        assert_eq!(of_file("libpython3.so", "libpython", ".so"), None);
        assert_eq!(of_file("python3.12", "python", "").as_deref(), Some("python3.12"));
        assert_eq!(of_file("python3", "python", ""), None);
        assert_eq!(of_file("pythonista", "python", ""), None);
        assert_eq!(of_pypy("pypy3.10").as_deref(), Some("pypy3.10"));
        assert_eq!(
            dynload("/usr/lib64/python3.12/lib-dynload/_x.cpython-312-x86_64-linux-gnu.so"),
            Some(("/usr", "python3.12"))
        );
        assert_eq!(dynload("/lib/python3.12/lib-dynload/x.so"), Some(("/", "python3.12")));
        assert_eq!(dynload("/x/lib-dynload/x.so"), None);
    }

    #[test]
    fn headers_tell_the_version() {
        let text = "/* x */\n#define PY_MAJOR_VERSION 3\n#define PY_VERSION              \"3.12.4+\"\n";
        assert_eq!(of_header(text).map(|version| version.to_string()).as_deref(), Some("3.12.4"));
        assert_eq!(of_header("#define PY_VERSION x\n"), None);
    }

    #[test]
    fn a_version_stands_by_itself() {
        let told = |bytes: &[u8]| written(bytes, "3.12").map(|version| version.to_string());
        assert_eq!(told(b"x\x003.12.4\0y\x003.12.4\0"), Some("3.12.4".to_owned()));
        assert_eq!(told(b"x\x003.13.0\x003.12.0rc1+\0"), Some("3.12.0rc1".to_owned()));
        for nothing in [
            &b"3.12.4\0"[..],
            b"\x003.12.4\x003.12.5\0",
            b"\x003.12.4 (main)\0",
            b"\x003.12.",
            b"\x003.12.\0",
            b"",
        ] {
            assert_eq!(told(nothing), None, "{nothing:?}");
        }
    }
}
