//! Environments made up by chance: to the eye of an installer's metadata they hold libraries, in all the ways in
//! which metadata has been found lying about.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use crate::{chance::Chance, oracle::Told};

/// The libraries to draw from, each with versions that were published.
pub(crate) struct Pool(Vec<(&'static str, Vec<&'static str>)>);

impl Pool {
    pub(crate) fn new() -> Self {
        let lines = include_str!("libraries.txt").lines().filter(|line| !line.starts_with('#'));
        let libraries = lines.filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.collect()))
        });
        Self(libraries.collect())
    }

    /// Whether it holds that library.
    pub(crate) fn has(&self, name: &str) -> bool {
        let name = name.to_lowercase().replace('_', "-");
        self.0.iter().any(|(library, _)| *library == name)
    }
}

/// An environment that was made up.
pub(crate) struct Fake {
    /// Its prefix.
    pub(crate) prefix: PathBuf,
    /// The folders that its Python searches for packages, in order.
    pub(crate) folders: Vec<PathBuf>,
}

/// Versions beside those of the pool, some of them by no rule.
const ODD_VERSIONS: &[&str] = &[
    "0",
    "1!0.5",
    "2.0.0.dev1",
    "3.0.0rc1",
    "2.0.1.post1",
    "4.0.0+local.7",
    "v1.2",
    "1.0-1",
    "99.0a0",
    "2023.10.1",
];
const NO_VERSIONS: &[&str] = &["unknown", "2004d", "1.0.x", "1..2", "0.0.0-SNAPSHOT"];

/// Makes up an environment in an empty folder, that searches the release's own packages last.
pub(crate) fn environment(prefix: &Path, told: &Told, pool: &Pool, chance: &mut Chance) -> Fake {
    let packages = prefix.join(format!("lib/python{}/site-packages", told.python));
    fs::create_dir_all(&packages).expect("a folder for packages");
    fs::create_dir(prefix.join("bin")).expect("a folder for programs");
    symlink(&told.interpreter, prefix.join("bin/python")).expect("a link");
    let home = told.interpreter.parent().expect("a folder").display();
    let settings =
        format!("home = {home}\ninclude-system-site-packages = false\nversion = {}.0\n", told.python);
    fs::write(prefix.join("pyvenv.cfg"), settings).expect("pyvenv.cfg");
    let mut folders = vec![packages.clone()];
    if chance.percent(40) {
        let more = prefix.join("more");
        fs::create_dir(&more).expect("a second folder");
        fs::write(packages.join("aside.pth"), format!("# more\n{}\n", more.display())).expect("a .pth file");
        folders.push(more);
    }
    fs::write(packages.join("release.pth"), format!("{}\n", told.packages.display())).expect("a .pth file");
    folders.push(told.packages.clone());
    let share = chance.below(90) + 5;
    let odd = if chance.percent(50) { 4 } else { 30 };
    // Many releases end with a traceback at the first version by no rule, or at metadata without one.
    let lawless = chance.percent(20);
    for (library, versions) in &pool.0 {
        if !chance.percent(share) {
            continue;
        }
        let copies = if chance.percent(odd / 2) { 2 } else { 1 };
        for _ in 0..copies {
            let folder = &folders[chance.below(folders.len() - 1)];
            let version = if lawless && chance.percent(odd / 6) {
                chance.of(NO_VERSIONS)
            } else if chance.percent(odd / 2) {
                chance.of(ODD_VERSIONS)
            } else {
                chance.of(versions)
            };
            distribution(folder, library, version, (odd, lawless), &told.python, chance);
        }
    }
    Fake { prefix: prefix.to_owned(), folders }
}

/// Writes the metadata of one distribution. `odd`: how many times in a hundred something about it is unusual, and
/// whether it may lack what it must have.
fn distribution(
    folder: &Path,
    library: &str,
    version: &str,
    (odd, lawless): (usize, bool),
    python: &str,
    chance: &mut Chance,
) {
    let name = if chance.percent(odd) { spelling(library, chance) } else { library.to_owned() };
    let escaped =
        if chance.percent(odd) { spelling(library, chance) } else { library.to_owned() }.replace('-', "_");
    let told = if chance.percent(odd / 6) { chance.of(ODD_VERSIONS) } else { version };
    let text = match chance.below(100) {
        at if at < odd / 6 && lawless => String::new(),
        at if at < odd / 4 && lawless => format!("Metadata-Version: 2.1\nName: {name}\n\n"),
        at if at < odd / 3 => format!("Metadata-Version: 2.1\nVersion: {told}\n\n"),
        _ => format!("Metadata-Version: 2.1\nName: {name}\nVersion: {told}\n\nVersion: 0.0.1\n"),
    };
    // A folder's name holds no blank and, by the rule for wheels, no `-` inside a version.
    let stem = format!("{escaped}-{}", version.replace('-', "_"));
    let kinds = if lawless { 5 } else { 4 };
    let kind = if chance.percent(odd) { chance.below(kinds) } else { 0 };
    let (info, file) = match kind {
        0 => (format!("{stem}.dist-info"), Some("METADATA")),
        1 => (format!("{stem}-py{python}.egg-info"), Some("PKG-INFO")),
        2 => (format!("{stem}-py{python}.egg-info"), None),
        3 => (format!("{escaped}.egg-info"), Some("PKG-INFO")),
        _ => (format!("{stem}.dist-info"), Some("INSTALLER")),
    };
    let info = folder.join(info);
    if info.exists() {
        // It was made up before.
    } else if let Some(file) = file {
        fs::create_dir(&info).expect("a folder");
        fs::write(info.join(file), text).expect("metadata");
    } else {
        fs::write(info, text).expect("metadata");
    }
}

/// Another way to write the name, that means the same.
fn spelling(name: &str, chance: &mut Chance) -> String {
    let mut spelled = String::new();
    for letter in name.chars() {
        match letter {
            '-' | '_' | '.' => spelled.push_str(chance.of(&["-", "_", ".", "_", "__", "-_"])),
            letter if chance.percent(25) => spelled.extend(letter.to_uppercase()),
            letter => spelled.push(letter),
        }
    }
    spelled
}

/// Copies the metadata of a distribution, which is a folder of files.
pub(crate) fn copy_info(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    for entry in fs::read_dir(from).expect("the metadata").flatten().filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}
