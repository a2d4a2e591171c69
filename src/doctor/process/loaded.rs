//! What is loaded: extensions of known libraries among the files of a process.
//!
//! What is written in Python alone leaves no trace there.

use std::{collections::BTreeSet, fs, path::Path};

use super::{interpreter::Libc, read::Process};
use crate::root::Root;

/// How an extension of a library lies in a folder of packages, and the distribution that brings it; sorted.
const KNOWN: [(&str, &str); 30] = [
    ("MySQLdb/", "mysqlclient"),
    ("_cffi_backend.", "cffi"),
    ("aiohttp/", "aiohttp"),
    ("asyncpg/", "asyncpg"),
    ("confluent_kafka/", "confluent-kafka"),
    ("cryptography/", "cryptography"),
    ("ddtrace/", "ddtrace"),
    ("eventlet/", "eventlet"),
    ("falcon/", "falcon"),
    ("gevent/", "gevent"),
    ("google/_upb/", "protobuf"),
    ("google/protobuf/", "protobuf"),
    ("granian/", "granian"),
    ("greenlet/", "greenlet"),
    ("grpc/", "grpcio"),
    ("httptools/", "httptools"),
    ("markupsafe/", "markupsafe"),
    ("newrelic/", "newrelic"),
    ("numpy/", "numpy"),
    ("psutil/", "psutil"),
    ("psycopg2/", "psycopg2"),
    ("psycopg_binary/", "psycopg-binary"),
    ("psycopg_c/", "psycopg-c"),
    ("pydantic_core/", "pydantic-core"),
    ("pymongo/", "pymongo"),
    ("pymssql/", "pymssql"),
    ("sqlalchemy/", "sqlalchemy"),
    ("tornado/", "tornado"),
    ("uvloop/", "uvloop"),
    ("wrapt/", "wrapt"),
];

/// The folders that packages lie in, by their names.
const FOLDERS: [&str; 3] = ["/site-packages/", "/dist-packages/", "/otel-auto-instrumentation-python/"];

/// How many entries of a folder are looked at.
const MOST_ENTRIES: usize = 1000;

/// The distributions with extensions that are loaded, sorted.
#[must_use]
pub(super) fn loaded(process: &Process) -> BTreeSet<&'static str> {
    let extensions = process.files.iter().filter(|file| is_extension(file));
    extensions.filter_map(|file| distribution(file)).collect()
}

/// The distribution that an extension is of.
fn distribution(file: &str) -> Option<&'static str> {
    let (_, below) = FOLDERS.iter().find_map(|folder| file.rsplit_once(folder))?;
    KNOWN.iter().find(|(start, _)| below.starts_with(start)).map(|(_, distribution)| *distribution)
}

fn is_extension(file: &str) -> bool {
    file.rsplit('/').next().is_some_and(|name| name.contains(".so"))
}

/// What there is to say of the extension of a package in folders of packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Extension {
    /// There is none.
    Absent,
    /// There is one, for this interpreter.
    Fitting,
    /// There is one, for others alone: what it is built for, as its name says.
    Foreign(String),
}

/// Whether a package in these folders, as this program sees them, has an extension for an interpreter: `tag` is
/// `cpython-312`. The first folder with the package counts.
#[must_use]
pub(super) fn extension(
    root: &Root,
    folders: &[impl AsRef<Path>],
    package: &str,
    tag: &str,
    libc: Libc,
) -> Extension {
    let mut packages = folders.iter().map(|folder| root.settled(folder.as_ref().join(package)));
    let listing = packages.find_map(|folder| fs::read_dir(folder).ok());
    let names = listing.into_iter().flatten().take(MOST_ENTRIES).flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let mut foreign = None;
    for name in names.filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "so")) {
        // `_wrappers.cpython-312-x86_64-linux-gnu.so`, `_wrappers.abi3.so`, `_wrappers.so`
        let Some(built) = name.split('.').rev().nth(1).filter(|part| part.starts_with("cpython-")) else {
            return Extension::Fitting;
        };
        let fits_python =
            built.strip_prefix(tag).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        let fits_libc = !built.contains("-linux-")
            || built.ends_with("-musl") == (libc == Libc::Musl)
            || libc == Libc::Static;
        if fits_python && fits_libc {
            return Extension::Fitting;
        }
        foreign = Some(built.to_owned());
    }
    foreign.map_or(Extension::Absent, Extension::Foreign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_tell_their_distribution() {
        assert!(KNOWN.is_sorted());
        for (file, expected) in [
            (
                "/v/lib/python3.12/site-packages/grpc/_cython/cygrpc.cpython-312-x86_64-linux-gnu.so",
                Some("grpcio"),
            ),
            ("/usr/lib/python3/dist-packages/psutil/_psutil_linux.abi3.so", Some("psutil")),
            (
                "/otel-auto-instrumentation-python/wrapt/_wrappers.cpython-311-x86_64-linux-gnu.so",
                Some("wrapt"),
            ),
            ("/v/lib/python3.12/site-packages/own/x.so", None),
            ("/usr/lib/wrapt/x.so", None),
        ] {
            assert_eq!(distribution(file), expected, "{file}");
        }
    }

    #[test]
    fn extensions_are_built_for_a_python_and_a_libc() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let made = |name: &str| {
            let packages = folder.path().join(name.replace('.', "-"));
            fs::create_dir_all(packages.join("wrapt")).expect("folders");
            fs::write(packages.join("wrapt").join(name), "").expect("a file");
            packages
        };
        let root = Root::default();
        let glibc = [made("_wrappers.cpython-312-x86_64-linux-gnu.so")];
        let foreign = || Extension::Foreign("cpython-312-x86_64-linux-gnu".to_owned());
        assert_eq!(extension(&root, &glibc, "wrapt", "cpython-312", Libc::Glibc), Extension::Fitting);
        assert_eq!(extension(&root, &glibc, "wrapt", "cpython-31", Libc::Glibc), foreign());
        assert_eq!(extension(&root, &glibc, "wrapt", "cpython-312", Libc::Musl), foreign());
        assert_eq!(
            extension(&root, &[made("_x.abi3.so")], "wrapt", "cpython-39", Libc::Musl),
            Extension::Fitting
        );
        assert_eq!(extension(&root, &[made("x.py")], "wrapt", "cpython-312", Libc::Glibc), Extension::Absent);
        assert_eq!(
            extension(&root, &[folder.path().join("gone")], "wrapt", "cpython-312", Libc::Glibc),
            Extension::Absent
        );
    }
}
