use std::{fs, path::Path};

use super::*;
use crate::package::PackageName;

fn valid(text: &str) -> DistributionVersion {
    DistributionVersion::Valid(text.parse().expect("a version"))
}

/// The version told by a folder with these files.
fn version_in(files: &[(&str, &[u8])]) -> DistributionVersion {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    version(&folder.path().join("METADATA")).expect("readable")
}

#[test]
fn the_first_file_that_holds_anything_tells_the_version() {
    let one: &[u8] = b"Name: x\nVersion: 1.0\n\n";
    let two: &[u8] = b"Name: x\nVersion: 2.0\n\n";
    for (files, expected) in [
        (&[("METADATA", one), ("PKG-INFO", two)][..], valid("1.0")),
        (&[("METADATA", b""), ("PKG-INFO", two)], valid("2.0")),
        (&[("PKG-INFO", two)], valid("2.0")),
        (&[], DistributionVersion::Missing),
        (&[("METADATA", b"Name: x\n\nVersion: 1.0\n")], DistributionVersion::Missing),
        (&[("METADATA", b"Version:\nName: x\n")], DistributionVersion::Missing),
        (&[("METADATA", b"Version: latest\n")], DistributionVersion::Invalid),
        (&[("METADATA", b"Version: 1.0\xff\n")], DistributionVersion::Invalid),
        (&[("METADATA", b"Version: 1.0")], valid("1.0")),
    ] {
        assert_eq!(version_in(files), expected, "{files:?}");
    }
}

#[test]
fn a_version_is_found_however_far_down_it_stands() {
    for before in [STEP - 16, STEP - 12, STEP - 1, STEP, 3 * STEP, 100 * STEP] {
        let mut text = b"License: ".to_vec();
        text.resize(before, b'x');
        text.extend(b"\nVersion: 12.34\nName: x\n\nVersion: 5\n");
        assert_eq!(version_in(&[("METADATA", &text)]), valid("12.34"), "{before}");
    }
}

#[test]
fn a_header_without_end_is_not_read_without_end() {
    let mut text = b"License: ".to_vec();
    text.resize(LONGEST_HEADER * 2, b'x');
    text.extend(b"\nVersion: 1.0\n");
    assert_eq!(version_in(&[("METADATA", &text)]), DistributionVersion::Missing);
}

#[test]
fn metadata_that_is_a_folder_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("METADATA")).expect("a folder");
    let told = version(&folder.path().join("METADATA")).expect("nothing");
    assert_eq!(told, DistributionVersion::Missing);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_that_nobody_writes_to_is_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("METADATA");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("`mkfifo` starts");
    assert!(made.success());
    assert_eq!(version(&path).expect("nothing"), DistributionVersion::Missing);
    fs::write(folder.path().join("PKG-INFO"), "Version: 1.0\n\n").expect("a file");
    assert_eq!(version(&path).expect("readable"), valid("1.0"));
}

#[test]
fn files_of_several_folders_are_read_one_after_the_other() {
    let root = tempfile::tempdir().expect("a folder");
    let mut header = Header::default();
    for (number, place) in ["a/x.dist-info", "b/x.dist-info", "a/y.dist-info"].into_iter().enumerate() {
        let folder = root.path().join(place);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("METADATA"), format!("Version: {number}\n\n")).expect("a file");
        header.read(&folder.join("METADATA")).expect("readable");
        assert_eq!(header.version(), valid(&number.to_string()));
    }
    header.read(&root.path().join("c/x.dist-info/METADATA")).expect("nothing");
    assert_eq!(header.take(), None);
}

fn distribution(metadata: &Path) -> Distribution {
    Distribution {
        name: PackageName::of_distribution("x").expect("a name"),
        version: DistributionVersion::Missing,
        requires: Requires::Metadata { path: metadata.to_owned(), header: None },
    }
}

fn names(distribution: &Distribution) -> Vec<String> {
    let needs = distribution.needs().expect("readable").expect("metadata");
    needs.requires.iter().map(|need| need.name.to_string()).collect()
}

#[test]
fn needs_come_from_the_header_or_else_from_requires_txt() {
    let folder = tempfile::tempdir().expect("a folder");
    let distribution = distribution(&folder.path().join("PKG-INFO"));
    assert_eq!(distribution.needs().expect("nothing"), None);
    fs::write(folder.path().join("PKG-INFO"), "Name: x\n\n").expect("a file");
    fs::write(folder.path().join("requires.txt"), "six\n").expect("a file");
    assert_eq!(names(&distribution), ["six"]);
    fs::write(folder.path().join("PKG-INFO"), "Requires-Dist: attrs>=2\n\n").expect("a file");
    assert_eq!(names(&distribution), ["attrs"]);
}

#[test]
fn who_asked_for_it_is_known_of_installers_that_note_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let distribution = distribution(&folder.path().join("METADATA"));
    assert_eq!(distribution.was_asked_for(), None);
    fs::write(folder.path().join("INSTALLER"), "uv\n").expect("a file");
    assert_eq!(distribution.was_asked_for(), None);
    fs::write(folder.path().join("INSTALLER"), "pip\n").expect("a file");
    assert_eq!(distribution.was_asked_for(), Some(false));
    fs::write(folder.path().join("REQUESTED"), "").expect("a file");
    assert_eq!(distribution.was_asked_for(), Some(true));
}
