//! The command of a process: its words as far as they may be shown, and the files that they name.
//!
//! A word is kept where it is a program, an option or a value that is known, or names a file or a module that is there.
//! All else is hidden: it may be a password.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    plain::{self, hidden},
    read::Process,
    relative::title,
};
use crate::{
    doctor::{
        launch::{Program, base, is_python},
        read::words::{Word, is_name},
    },
    root::Root,
};

/// How many words are looked at.
const MOST_WORDS: usize = 1000;

/// How many words are taken for what may be a module.
const MOST_MODULES: usize = 50;

/// How many folders modules are looked for in.
const MOST_FOLDERS: usize = 32;

/// Options whose value may be shown where it is of a known form.
const OPTIONS: [&str; 12] = [
    "--host",
    "--loop",
    "--master",
    "--port",
    "--processes",
    "--py-call-osafterfork",
    "--threads",
    "--worker-class",
    "--workers",
    "-k",
    "-p",
    "-w",
];

/// Words that may be shown as they are.
const WORDS: [&str; 20] = [
    "--debug",
    "--enable-threads",
    "--lazy",
    "--lazy-apps",
    "--master",
    "--no-reload",
    "--noreload",
    "--preload",
    "--py-call-osafterfork",
    "--reload",
    "--reuse-port",
    "-M",
    "beat",
    "dev",
    "process",
    "run",
    "runserver",
    "serve",
    "web",
    "worker",
];

/// Values of options that may be shown, beside numbers.
const VALUES: [&str; 22] = [
    "1",
    "asyncio",
    "auto",
    "eventlet",
    "false",
    "gevent",
    "gevent_pywsgi",
    "gevent_wsgi",
    "gthread",
    "gunicorn.workers.ggevent.GeventWorker",
    "gunicorn.workers.gthread.ThreadWorker",
    "none",
    "off",
    "on",
    "sync",
    "tornado",
    "true",
    "uvicorn.workers.UvicornH11Worker",
    "uvicorn.workers.UvicornWorker",
    "uvicorn_worker.UvicornWorker",
    "uvloop",
    "yes",
];

/// Options of servers that name a folder in which modules are looked for.
const FOLDERS: [&str; 4] = ["--app-dir", "--chdir", "--pythonpath", "--workdir"];

/// The command of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its words, as far as they may be shown.
    pub words: Vec<Word>,
    /// The switches of the interpreter, as letters (`EIu`).
    pub switches: String,
    /// The Python sources that it names and that are there.
    pub sources: Vec<PathBuf>,
    /// The settings of uWSGI that it names and that are there.
    pub settings: Vec<PathBuf>,
}

impl Command {
    /// Reads it. `has_interpreter` says whether the program is an interpreter of Python.
    #[must_use]
    pub fn of(process: &Process, has_interpreter: bool) -> Self {
        let raw: Vec<&str> = process.words.iter().map(String::as_str).take(MOST_WORDS).collect();
        let exe = process.exe.as_deref().map_or("", base);
        let mut command = Self::default();
        if let Some(name) = title(&process.words) {
            command.words.extend(Program::of(name).map(|_| Word::known(name)));
            return command;
        }
        let [_, rest @ ..] = raw.as_slice() else { return command };
        let folders = folders(process, rest);
        if !has_interpreter {
            return command;
        }
        if is_python(exe) {
            command.words.push(Word::known("python"));
            command.interpreter(process, rest, &folders);
        } else {
            // Programs that an interpreter is a part of: uWSGI.
            command.words.extend(Program::of(exe).map(|_| Word::known(exe)));
            command.arguments(process, rest, &folders);
        }
        command
    }

    /// The program that it runs, if it is one that is known.
    #[must_use]
    pub fn program(&self) -> Option<String> {
        let known =
            self.words.iter().find(|word| Program::of(&word.text).is_some_and(|p| p != Program::Installer));
        known.map(|word| word.text.clone())
    }

    /// The arguments of an interpreter.
    fn interpreter(&mut self, process: &Process, words: &[&str], folders: &[PathBuf]) {
        let mut rest = words;
        while let [first, tail @ ..] = rest {
            let letters =
                first.strip_prefix('-').filter(|letters| letters.bytes().all(|b| b.is_ascii_alphabetic()));
            match (*first, letters) {
                ("-m", _) => {
                    let [module, tail @ ..] = tail else { return };
                    let file = module_file(&process.root, folders, module);
                    let is_known = file.is_some() || Program::of(module).is_some();
                    self.words.push(Word::known("-m"));
                    self.words.push(if is_known { Word::known(*module) } else { hidden() });
                    self.sources.extend(file);
                    return self.arguments(process, tail, folders);
                }
                ("-c", _) => {
                    self.words.extend([Word::known("-c"), hidden()]);
                    return;
                }
                ("-W" | "-X" | "--check-hash-based-pycs", _) => {
                    self.words.extend([Word::known(*first), hidden()]);
                    rest = tail.get(1..).unwrap_or_default();
                }
                (_, Some(letters)) if letters.bytes().all(|b| b"bBdEiIOPqsSuvx".contains(&b)) => {
                    self.switches.push_str(letters);
                    self.words.push(Word::known(*first));
                    rest = tail;
                }
                _ if first.starts_with('-') => rest = tail,
                _ => {
                    self.script(process, first);
                    return self.arguments(process, tail, folders);
                }
            }
        }
    }

    /// The script that an interpreter runs.
    fn script(&mut self, process: &Process, word: &str) {
        let path = process.folder.join(word);
        let is_there = process.root.is_file(&path);
        let name = base(word);
        let is_known = Program::of(name).is_some() || is_there;
        self.words.push(if is_known { Word::known(name) } else { hidden() });
        if is_there && (is_called(name, "py") || Program::of(name).is_none()) {
            self.sources.push(path);
        }
    }

    /// The arguments of a program.
    fn arguments(&mut self, process: &Process, words: &[&str], folders: &[PathBuf]) {
        let mut modules = BTreeMap::new();
        let named = words.iter().map(|word| word.strip_prefix("--module=").unwrap_or(word));
        for word in named.filter(|word| !word.starts_with('-')).take(MOST_MODULES) {
            let module = application(word);
            if let Some(file) = module_file(&process.root, folders, module) {
                modules.insert(module, file);
            }
        }
        let is_module = |text: &str| modules.contains_key(application(text));
        self.words.extend(plain_arguments(words.iter().copied(), &is_module));
        let file = |text: &str| {
            let path = process.folder.join(text);
            process.root.is_file(&path).then_some(path)
        };
        let program = self.words.iter().find_map(|word| Program::of(&word.text));
        match program {
            Some(Program::Uwsgi) => {
                let named = words.iter().map(|word| word.strip_prefix("--ini=").unwrap_or(word));
                self.settings.extend(named.filter(|word| is_called(word, "ini")).filter_map(file));
            }
            Some(Program::Gunicorn) => {
                let named = option(words, &["-c", "--config"]);
                let of = |text: &str| match text.strip_prefix("python:") {
                    Some(module) => module_file(&process.root, folders, module),
                    None => file(text.strip_prefix("file:").unwrap_or(text)),
                };
                self.sources.extend(named.map_or_else(|| file("gunicorn.conf.py"), of));
            }
            _ => {}
        }
        self.sources.extend(modules.into_values());
        self.sources.sort();
        self.sources.dedup();
    }
}

/// Arguments as far as they may be shown. `is_module` says whether a word names a module that is there.
#[must_use]
pub(super) fn plain_arguments<'a>(
    words: impl IntoIterator<Item = &'a str>,
    is_module: &dyn Fn(&str) -> bool,
) -> Vec<Word> {
    let value = |text: &str| {
        let is_known = plain::is_number(text) || VALUES.contains(&text);
        if is_known { Word::known(text) } else { hidden() }
    };
    let (mut found, mut expects) = (Vec::new(), false);
    for word in words {
        let joined = word.split_once('=').filter(|(name, _)| OPTIONS.contains(name));
        let short = ["-w", "-k", "-p"].into_iter().find(|name| word.len() > 2 && word.starts_with(name));
        if std::mem::take(&mut expects) {
            found.push(value(word));
        } else if let Some((name, text)) = joined {
            let value = value(text);
            found.push(Word { text: format!("{name}={}", value.text), ..value });
        } else if WORDS.contains(&word) {
            found.push(Word::known(word));
        } else if OPTIONS.contains(&word) {
            found.push(Word::known(word));
            expects = true;
        } else if let Some(name) = short {
            let value = value(&word[2..]);
            found.push(Word { text: format!("{name}{}", value.text), ..value });
        } else if !word.starts_with('-') && is_module(word) {
            found.push(Word::known(format!("{}:app", application(word))));
        } else {
            found.push(hidden());
        }
    }
    found
}

/// The module of an application: `shop.wsgi` of `shop.wsgi:app`.
fn application(word: &str) -> &str {
    word.split(':').next().unwrap_or(word)
}

/// Whether a path has that extension.
fn is_called(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|its| its == extension)
}

/// The value of an option, the last one.
fn option<'a>(words: &[&'a str], names: &[&str]) -> Option<&'a str> {
    let mut found = None;
    for (index, word) in words.iter().enumerate() {
        for name in names {
            match word.strip_prefix(name) {
                Some("") => found = words.get(index + 1).copied().or(found),
                Some(rest) if rest.starts_with('=') => found = Some(&rest[1..]),
                _ => {}
            }
        }
    }
    found
}

/// The folders that modules of the application are looked for in.
fn folders(process: &Process, words: &[&str]) -> Vec<PathBuf> {
    let named = FOLDERS.iter().filter_map(|name| option(words, &[name]));
    let beside = words.iter().find(|word| is_called(word, "py")).and_then(|word| Path::new(word).parent());
    let path = process.environ.get("PYTHONPATH").unwrap_or_default().split(':');
    let path = path.filter(|folder| !folder.is_empty() && !folder.contains("auto_instrumentation"));
    let all = named.chain([""]).map(Path::new).chain(beside).chain(path.map(Path::new));
    all.take(MOST_FOLDERS).map(|folder| process.folder.join(folder)).collect()
}

/// The file of a module in the first folder that has it.
fn module_file(root: &Root, folders: &[PathBuf], module: &str) -> Option<PathBuf> {
    if module.len() > 200 || !module.split('.').all(is_name) {
        return None;
    }
    let path = module.replace('.', "/");
    let names = [format!("{path}.py"), format!("{path}/__init__.py"), format!("{path}/__main__.py")];
    let all = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
    all.into_iter().find(|file| root.is_file(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let words = plain_arguments(text.split(' '), &|word| word.starts_with("shop.wsgi"));
        let told: Vec<String> =
            words.iter().map(|w| if w.is_known { w.text.clone() } else { format!("{}?", w.text) }).collect();
        told.join(" ")
    }

    #[test]
    fn lists_are_sorted() {
        assert!(OPTIONS.is_sorted() && WORDS.is_sorted() && VALUES.is_sorted() && FOLDERS.is_sorted());
    }

    #[test]
    fn what_is_known_stays_and_all_else_is_hidden() {
        for (text, expected) in [
            ("-w 4 shop.wsgi:application", "-w 4 shop.wsgi:app"),
            ("-w4 -k gevent --worker-class=gthread", "-w4 -k gevent --worker-class=gthread"),
            ("--workers=hunter2 -khunter2", "--workers=…? -k…?"),
            ("--password hunter2 --token=hunter2", "…? …? …?"),
            ("run --debug hunter2", "run --debug …?"),
            ("-w --password", "-w …?"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn the_last_value_of_an_option_counts() {
        let words = ["-c", "a", "--config=b", "-c"];
        assert_eq!(option(&words, &["-c", "--config"]), Some("b"));
        assert_eq!(option(&words, &["-x"]), None);
    }
}
