//! How a program is started: a command line, its environment, and where both are written.

use std::ops::Range;

use super::{
    cure::{Change, Cure},
    read::words::{Word, assignment, is_name},
};

/// A variable of the environment, as a file sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; `None` where only the machine that runs it knows.
    pub value: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// Where it stands byte for byte, if that is known.
    pub spot: Option<Spot>,
}

/// Where a variable stands in its file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Where its name begins.
    pub name: usize,
    /// Where its value begins, if that stands there as it is.
    pub value: Option<usize>,
}

impl Variable {
    /// What gives it another name.
    #[must_use]
    pub fn renamed(&self, path: &str, name: &str) -> Option<Cure> {
        let spot = self.spot?;
        is_name(name).then(|| Cure::of(Change::new(path, spot.name, &self.name, name)))
    }

    /// What puts other text in the place of a part of its value.
    #[must_use]
    pub fn with(&self, path: &str, part: Range<usize>, new: &str) -> Option<Cure> {
        let at = self.spot?.value? + part.start;
        let old = self.value.as_deref()?.get(part)?;
        is_plain(new).then(|| Cure::of(Change::new(path, at, old, new)))
    }
}

/// Whether a text means itself wherever a variable can be set, without quotes.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.,:/[]".contains(&b))
}

/// Where and how a variable can be set for a program that is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The place in the file, in bytes.
    pub at: usize,
    /// What stands before the name.
    pub before: String,
    /// What stands between name and value.
    pub between: String,
    /// What stands behind the value.
    pub after: &'static str,
}

/// How many variables an environment may have, and how many more that matter.
const MOST_VARIABLES: [usize; 2] = [100, 200];

/// Adds variables to an environment, as long as it is of a sane size.
pub fn add(environment: &mut Vec<Variable>, more: impl IntoIterator<Item = Variable>) {
    for variable in more {
        let most = MOST_VARIABLES[usize::from(variable.name.starts_with("OTEL_"))];
        if environment.len() < most {
            environment.push(variable);
        }
    }
}

/// A command line with its environment. Without words it is an environment alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Launch {
    /// The line, from 1.
    pub line: usize,
    /// The command line.
    pub words: Vec<Word>,
    /// The variables that are set for it, the later of two with the same name counts.
    pub environment: Vec<Variable>,
    /// Whether the Kubernetes operator is asked to inject the instrumentation.
    pub is_injected: bool,
    /// Where a variable can be set for it, if that is known.
    pub slot: Option<Slot>,
    /// How many processes were seen to be forked by it; `None` where nothing runs yet.
    pub forks: Option<usize>,
}

impl Launch {
    /// A command line; the variables in front of it, and what options of wrappers set, are its environment.
    #[must_use]
    pub fn new(line: usize, words: Vec<Word>, environment: Vec<Variable>) -> Self {
        let mut launch = Self { line, words, environment, is_injected: false, slot: None, forks: None };
        let count = launch.words.iter().take_while(|word| assignment(&word.text).is_some()).count();
        for word in launch.words.drain(..count) {
            add(&mut launch.environment, variable(&word, line));
        }
        let more = launch.start().environment;
        add(&mut launch.environment, more);
        launch
    }

    /// A variable that is set for it.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.environment.iter().rev().find(|variable| variable.name == name)
    }

    /// Counts the places of its parts from that far before.
    pub(super) fn move_by(&mut self, bytes: usize) {
        for word in &mut self.words {
            *word = std::mem::take(word).moved(Some(bytes));
        }
        for spot in self.environment.iter_mut().filter_map(|variable| variable.spot.as_mut()) {
            *spot = Spot { name: spot.name + bytes, value: spot.value.map(|at| at + bytes) };
        }
        if let Some(slot) = &mut self.slot {
            slot.at += bytes;
        }
    }

    /// What sets a variable for it that nothing sets yet.
    #[must_use]
    pub fn setting(&self, path: &str, name: &str, value: &str) -> Option<Cure> {
        let Slot { at, before, between, after } = self.slot.as_ref()?;
        let is_free = is_plain(value) && self.variable(name).is_none();
        is_free
            .then(|| Cure::of(Change::new(path, *at, "", format!("{before}{name}{between}{value}{after}"))))
    }

    /// Whether it may say anything that matters.
    #[must_use]
    pub fn matters(&self) -> bool {
        let start = self.start();
        self.words.is_empty() || self.is_injected || start.is_instrumented || start.program.is_some()
    }

    /// Whether the instrumentation is injected: by the operator, or by whoever set `PYTHONPATH`.
    #[must_use]
    pub fn injects(&self) -> bool {
        let path = self.variable("PYTHONPATH").and_then(|variable| variable.value.as_deref());
        self.is_injected || path.is_some_and(|path| path.split(':').any(is_injection))
    }

    /// What is started.
    #[must_use]
    pub fn start(&self) -> Start<'_> {
        Start::of(&self.words, self.line)
    }
}

/// Whether an entry of `PYTHONPATH` is the folder whose `sitecustomize` loads the instrumentation.
#[must_use]
pub fn is_injection(entry: &str) -> bool {
    entry.trim_end_matches('/').ends_with("opentelemetry/instrumentation/auto_instrumentation")
}

/// The variable that a word sets.
#[must_use]
pub fn variable(word: &Word, line: usize) -> Option<Variable> {
    let (name, value) = assignment(&word.text)?;
    let spot = word.raw.and_then(|raw| {
        // Where the text stands as it is may be behind a quote.
        let start = raw.text.unwrap_or(raw.start);
        raw.value.map(|value| Spot { name: start, value: Some(value) })
    });
    Some(Variable { name: name.to_owned(), value: word.is_known.then(|| value.to_owned()), line, spot })
}

/// What a command line starts, below what it is wrapped in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start<'a> {
    /// Whether `opentelemetry-instrument` starts it.
    pub is_instrumented: bool,
    /// What the options of `opentelemetry-instrument` and of `env` set.
    pub environment: Vec<Variable>,
    /// The program.
    pub program: Option<Program>,
    /// Whether it is started as a module, by `python -m`.
    pub is_module: bool,
    /// Its arguments.
    pub arguments: &'a [Word],
}

/// A program that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `celery`
    Celery,
    /// `daphne`
    Daphne,
    /// `django-admin`, `python manage.py`
    Django,
    /// `fastapi`
    FastApi,
    /// `flask`
    Flask,
    /// `granian`
    Granian,
    /// `gunicorn`
    Gunicorn,
    /// `hypercorn`
    Hypercorn,
    /// `opentelemetry-bootstrap`
    OtelBootstrap,
    /// `pip`, `uv pip`, `uv add`, `poetry add`, `pdm add`, `pipenv`
    Installer,
    /// `python` with a script or a module of the project's
    Python,
    /// `uvicorn`
    Uvicorn,
    /// `uwsgi`
    Uwsgi,
    /// `waitress-serve`
    Waitress,
}

impl Program {
    /// The program of that name, as a command or as a module.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "celery" => Self::Celery,
            "daphne" => Self::Daphne,
            "django" | "django-admin" | "manage.py" => Self::Django,
            "fastapi" => Self::FastApi,
            "flask" => Self::Flask,
            "granian" => Self::Granian,
            "gunicorn" | "gunicorn.app.wsgiapp" => Self::Gunicorn,
            "hypercorn" => Self::Hypercorn,
            "opentelemetry-bootstrap" => Self::OtelBootstrap,
            "pip" | "pip3" => Self::Installer,
            "uvicorn" => Self::Uvicorn,
            "uwsgi" => Self::Uwsgi,
            "waitress-serve" | "waitress" => Self::Waitress,
            _ => return None,
        })
    }

    /// Whether it serves requests until it is stopped.
    #[must_use]
    pub fn is_server(self) -> bool {
        !matches!(self, Self::OtelBootstrap | Self::Installer | Self::Python | Self::Django)
    }
}

/// What only starts another program, with the options of it that take a value.
const WRAPPERS: [(&str, &[&str]); 19] = [
    ("chpst", &["-u", "-U"]),
    ("chronic", &[]),
    ("command", &[]),
    ("dumb-init", &[]),
    ("exec", &["-a"]),
    ("gosu", &[]),
    ("ionice", &["-c", "-n"]),
    ("newrelic-admin", &[]),
    ("nice", &["-n"]),
    ("nohup", &[]),
    ("run-program", &[]),
    ("setsid", &[]),
    ("stdbuf", &[]),
    ("su-exec", &[]),
    ("sudo", &["-u", "-g"]),
    ("time", &[]),
    ("timeout", &["-s", "-k"]),
    ("tini", &["-p", "-e"]),
    ("uvx", &["--from", "--with", "-p", "--python"]),
];

/// Wrappers whose first argument is no command.
const ONE_ARGUMENT: [&str; 3] = ["gosu", "su-exec", "timeout"];

/// The option of a tool that starts a command in a project, `run`, and its own options that take a value.
const RUNNERS: [(&str, &[&str]); 6] = [
    ("hatch", &["-e", "--env"]),
    ("pdm", &["-p", "--project"]),
    ("pipenv", &[]),
    ("poetry", &["-C", "--directory", "-P", "--project"]),
    ("rye", &[]),
    (
        "uv",
        &[
            "--extra",
            "--group",
            "--with",
            "--project",
            "--directory",
            "-p",
            "--python",
            "--env-file",
            "--package",
            "--no-group",
            "--only-group",
        ],
    ),
];

/// The last part of a path.
pub(crate) fn base(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// Whether it is an interpreter: `python`, `python3.12`.
#[must_use]
pub fn is_python(name: &str) -> bool {
    let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
    version.is_some_and(|version| version.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

/// Words after the options in front of them.
fn pass_options<'a>(words: &'a [Word], with_value: &[&str]) -> &'a [Word] {
    let mut rest = words;
    while let [first, tail @ ..] = rest {
        if first.text == "--" {
            return tail;
        }
        if !first.text.starts_with('-') {
            break;
        }
        let takes = with_value.contains(&first.text.as_str());
        rest = if takes { tail.get(1..).unwrap_or_default() } else { tail };
    }
    rest
}

impl<'a> Start<'a> {
    fn of(words: &'a [Word], line: usize) -> Self {
        let mut start = Self { arguments: words, ..Self::default() };
        while let [first, rest @ ..] = start.arguments {
            let name = base(&first.text);
            if let Some((_, with_value)) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name) {
                start.arguments = pass_options(rest, with_value);
                if ONE_ARGUMENT.contains(&name) {
                    start.arguments = start.arguments.get(1..).unwrap_or_default();
                }
            } else if name == "env" {
                start.arguments = pass_options(rest, &["-u", "-C", "-S"]);
                let count =
                    start.arguments.iter().take_while(|word| assignment(&word.text).is_some()).count();
                let (set, rest) = start.arguments.split_at(count);
                start.environment.extend(set.iter().filter_map(|word| variable(word, line)));
                start.arguments = rest;
            } else if let Some((_, with_value)) = RUNNERS.iter().find(|(runner, _)| *runner == name) {
                let rest = pass_options(rest, with_value);
                let [verb, after @ ..] = rest else { return start };
                match verb.text.as_str() {
                    "run" => start.arguments = pass_options(after, with_value),
                    "add" | "pip" | "install" | "sync" => {
                        start.program = Some(Program::Installer);
                        start.arguments = rest;
                        return start;
                    }
                    _ => return start,
                }
            } else if name == "opentelemetry-instrument" {
                start.is_instrumented = true;
                start.options_of_instrument(rest, line);
            } else if is_python(name) {
                start.python(rest);
                return start;
            } else if let Some(program) = Program::of(name) {
                start.program = Some(program);
                start.arguments = rest;
                return start;
            } else if is_script(&first.text) && !rest.is_empty() {
                // An entry point of an image nearly always ends in `exec "$@"`.
                start.arguments = rest;
            } else {
                return start;
            }
        }
        start
    }

    /// `--traces_exporter console` and the like set variables.
    ///
    /// Source of the rule: `auto_instrumentation/__init__.py` of `opentelemetry-instrumentation`.
    fn options_of_instrument(&mut self, words: &'a [Word], line: usize) {
        self.arguments = words;
        while let [first, rest @ ..] = self.arguments {
            let Some(option) = first.text.strip_prefix("--") else { return };
            let (name, value, rest) = match (option.split_once('='), rest) {
                (Some((name, value)), _) => (name, first.is_known.then(|| value.to_owned()), rest),
                (None, [value, rest @ ..]) => (option, value.value().map(str::to_owned), rest),
                (None, []) => return,
            };
            let name = name.to_ascii_uppercase().replace('-', "_");
            let name = if name.starts_with("OTEL_") { name } else { format!("OTEL_{name}") };
            if is_name(&name) {
                self.environment.push(Variable { name, value, line, spot: None });
            }
            self.arguments = rest;
        }
    }

    /// The arguments of an interpreter.
    fn python(&mut self, words: &'a [Word]) {
        let mut rest = words;
        while let [first, tail @ ..] = rest {
            match first.text.as_str() {
                "-m" => {
                    let [module, tail @ ..] = tail else { return };
                    if module.text == "opentelemetry.instrumentation.auto_instrumentation" {
                        self.is_instrumented = true;
                    }
                    self.program = Some(Program::of(&module.text).unwrap_or(Program::Python));
                    self.is_module = true;
                    self.arguments = if self.program == Some(Program::Python) { rest } else { tail };
                    return;
                }
                "-W" | "-X" | "--check-hash-based-pycs" => rest = tail.get(1..).unwrap_or_default(),
                "-c" => return,
                text if text.starts_with('-') => rest = tail,
                text => {
                    // A server may be started by the path of its script.
                    let program = Program::of(base(text)).unwrap_or(Program::Python);
                    self.program = Some(program);
                    self.arguments = if program == Program::Python { rest } else { tail };
                    return;
                }
            }
        }
    }

    /// The value of an option: `--name value`, `--name=value`, `-n value`, `-nvalue`. The last one counts.
    ///
    /// The outer `None`: it is not there; the inner: only the machine that runs it knows.
    #[must_use]
    pub fn option(&self, names: &[&str]) -> Option<Option<&'a str>> {
        let mut found = None;
        for (index, word) in self.arguments.iter().enumerate() {
            for name in names {
                let Some(rest) = word.text.strip_prefix(name) else { continue };
                let is_long = name.starts_with("--");
                let value = match rest.strip_prefix('=') {
                    Some(value) => Some((value, word.is_known)),
                    None if rest.is_empty() => {
                        self.arguments.get(index + 1).map(|next| (next.text.as_str(), next.is_known))
                    }
                    None if is_long => None,
                    None => Some((rest, word.is_known)),
                };
                if let Some((value, is_known)) = value {
                    found = Some(is_known.then_some(value));
                }
            }
        }
        found
    }

    /// Whether a switch is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.arguments.iter().any(|word| word.text == name)
    }
}

/// Whether it is a script that starts what follows it.
fn is_script(text: &str) -> bool {
    let is_shell = [".sh", ".bash"].iter().any(|end| text.ends_with(end));
    is_shell || base(text).contains("entrypoint") || matches!(base(text), "sh" | "bash")
}

#[cfg(test)]
mod tests {
    use super::{super::read::words::words, *};

    /// `INSTRUMENTED PROGRAM ARGUMENTS | NAME=VALUE`
    fn told(text: &str) -> String {
        let launch = Launch::new(1, words(text), Vec::new());
        let start = launch.start();
        let arguments: Vec<&str> = start.arguments.iter().map(|word| word.text.as_str()).collect();
        let program = start.program.map_or_else(|| "-".to_owned(), |program| format!("{program:?}"));
        let variables: Vec<String> = launch
            .environment
            .iter()
            .map(|v| format!("{}={}", v.name, v.value.as_deref().unwrap_or("?")))
            .collect();
        let mark = if start.is_instrumented { "+" } else { "" };
        format!("{mark}{program} {} {}", arguments.join(" "), variables.join(" ")).trim_end().to_owned()
    }

    #[test]
    fn programs_are_seen_through_what_wraps_them() {
        for (text, expected) in [
            ("gunicorn -w 4 app:app", "Gunicorn -w 4 app:app"),
            ("exec /usr/local/bin/gunicorn app", "Gunicorn app"),
            ("A=1 env B=2 C=$D opentelemetry-instrument gunicorn x", "+Gunicorn x A=1 B=2 C=?"),
            (
                "opentelemetry-instrument --traces_exporter console --service_name=x python app.py",
                "+Python app.py OTEL_TRACES_EXPORTER=console OTEL_SERVICE_NAME=x",
            ),
            ("uv run --frozen --extra web opentelemetry-instrument uvicorn a:b", "+Uvicorn a:b"),
            ("poetry run python -m flask run --debug", "Flask run --debug"),
            ("python3.12 -u -X dev manage.py runserver", "Django runserver"),
            ("python -m shop.worker x", "Python -m shop.worker x"),
            ("python -c 'print(1)'", "- python -c print(1)"),
            ("timeout -k 1 5 python app.py", "Python app.py"),
            ("/docker-entrypoint.sh gunicorn app", "Gunicorn app"),
            ("tini -- uwsgi --ini x", "Uwsgi --ini x"),
            ("uv pip install flask", "Installer pip install flask"),
            ("uv sync --group deploy", "Installer sync --group deploy"),
            ("python -m pip install flask", "Installer install flask"),
            ("nginx -g x", "- nginx -g x"),
            ("", "-"),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    #[test]
    fn options_have_every_form() {
        for (text, value) in [
            ("gunicorn --workers 4 a", Some(Some("4"))),
            ("gunicorn --workers=4 a", Some(Some("4"))),
            ("gunicorn -w4 a", Some(Some("4"))),
            ("gunicorn -w 2 -w 4", Some(Some("4"))),
            ("gunicorn --workers $N", Some(None)),
            ("gunicorn --workers-x 4", None),
            ("gunicorn -w", None),
        ] {
            let launch = Launch::new(1, words(text), Vec::new());
            assert_eq!(launch.start().option(&["-w", "--workers"]), value, "{text}");
        }
    }
}
