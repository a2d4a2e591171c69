use std::{
    fmt::Write as _,
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use anstream::adapter::strip_str;
use tempfile::TempDir;

use super::*;
use crate::{
    doctor::{diagnose_alone, diagnosis::Diagnosis},
    render,
};

/// The number of the process that is looked at.
const PID: u32 = 42;

/// What the kernel would tell, and the root of a container, in a temporary folder.
struct Kernel(TempDir);

impl Kernel {
    /// A container with Python 3.12, and a process 42 in it that was started a while ago.
    fn new(words: &str, variables: &[&str], files: &[&str]) -> Self {
        let kernel = Self(TempDir::new().expect("a temporary folder"));
        kernel.write("proc/self/x", "").write("proc/uptime", "5000.00 1.00\n");
        kernel.inside("usr/local/lib/python3.12/os.py", "").inside("usr/local/bin/python3.12", "");
        kernel.inside("app/x", "").process(PID, words, variables, files);
        kernel
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
        self
    }

    /// Writes a file in the container.
    fn inside(&self, path: &str, text: &str) -> &Self {
        self.write(&format!("root/{path}"), text)
    }

    fn link(&self, path: &str, target: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        symlink(target, path).expect("a link");
        self
    }

    fn process(&self, pid: u32, words: &str, variables: &[&str], files: &[&str]) -> &Self {
        let own = format!("proc/{pid}");
        let each = |items: &[&str]| items.iter().fold(String::new(), |text, item| text + item + "\0");
        let maps =
            files.iter().fold(String::new(), |text, file| text + "0-1 r-xp 0 fe:00 1   " + file + "\n");
        self.write(&format!("{own}/stat"), &stat("S", "0", 7, 1000));
        self.write(&format!("{own}/status"), &format!("Name:\tx\nTgid:\t{pid}\nNSpid:\t{pid}\t1\n"));
        self.write(&format!("{own}/cmdline"), &each(&words.split(' ').collect::<Vec<_>>()));
        self.write(&format!("{own}/environ"), &each(variables)).write(&format!("{own}/maps"), &maps);
        self.link(&format!("{own}/exe"), "/usr/local/bin/python3.12").link(&format!("{own}/cwd"), "/app");
        let root = self.path("root").display().to_string();
        self.link(&format!("{own}/root"), &root);
        self
    }

    /// Installs distributions (`NAME VERSION`) into a folder of packages in the container.
    fn install(&self, packages: &str, installed: &[&str]) -> &Self {
        for package in installed {
            let (name, version) = package.split_once(' ').expect("name and version");
            let folder = format!("{packages}/{}-{version}.dist-info", name.replace('-', "_"));
            let text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\n");
            self.inside(&format!("{folder}/METADATA"), &text);
        }
        self
    }

    /// An environment with the release before the last threshold, in `/app/.venv`.
    fn environment(self) -> Self {
        self.inside("app/.venv/pyvenv.cfg", "home = /usr/local/bin\nversion = 3.12.4\n");
        self.link("root/app/.venv/bin/python", "python3")
            .link("root/app/.venv/bin/python3", "/usr/local/bin/python3.12");
        self.inside("app/.venv/bin/gunicorn", "");
        let train = ["distro", "instrumentation", "instrumentation-threading"];
        let train = train.map(|name| format!("opentelemetry-{name} 0.62b1"));
        let core =
            ["api", "sdk", "exporter-otlp-proto-grpc"].map(|name| format!("opentelemetry-{name} 1.41.1"));
        let all: Vec<&str> = train.iter().chain(&core).map(String::as_str).collect();
        self.install(PACKAGES, &all).install(PACKAGES, &["wrapt 1.17.0", "django 5.2.1"]);
        self.inside(&format!("{PACKAGES}/wrapt/_wrappers.cpython-312-x86_64-linux-musl.so"), "");
        self.inside(&format!("{PACKAGES}/{AUTO}/sitecustomize.py"), "");
        self
    }

    fn examine(&self) -> Result<Examination, ProcessError> {
        examine(&self.path("proc"), PID, &Registry::builtin())
    }

    /// What is told of the process in every form.
    fn forms(&self) -> String {
        let (portrait, diagnosis, remarks) = self.looked();
        let mut text = render::portrait(&portrait, None) + &render::diagnosis(&diagnosis);
        text += &render::diagnosis_json(&diagnosis, None, Some(&portrait));
        text += &render::diagnosis_github(&diagnosis);
        text += &render::sarif(&diagnosis);
        text += &remarks.join("\n");
        for (_, files) in diagnosis.skips.iter() {
            text += &files.join("\n");
        }
        text
    }

    /// What is told of the process, for people.
    fn told(&self) -> String {
        let (portrait, diagnosis, remarks) = self.looked();
        let mut text = render::portrait(&portrait, None) + &render::diagnosis(&diagnosis);
        for remark in remarks {
            let _ = writeln!(text, "note: {remark}");
        }
        strip_str(&text).to_string()
    }

    fn looked(&self) -> (Portrait, Diagnosis, Vec<String>) {
        let Examination { portrait, examined, remarks } = self.examine().expect("a process");
        (portrait, diagnose_alone(examined, &[], "process 42"), remarks)
    }
}

/// Where packages are installed.
const PACKAGES: &str = "app/.venv/lib/python3.12/site-packages";

/// Where the instrumentation lies below.
const AUTO: &str = "opentelemetry/instrumentation/auto_instrumentation";

/// `PYTHONPATH` as `opentelemetry-instrument` sets it.
const UNDER: &str = "PYTHONPATH=/app/.venv/lib/python3.12/site-packages/opentelemetry/instrumentation/auto_instrumentation:/app";

/// The files of an interpreter on musl, with the extension that every instrumentation needs.
const MUSL: [&str; 3] = [
    "/usr/local/bin/python3.12",
    "/lib/ld-musl-x86_64.so.1",
    "/app/.venv/lib/python3.12/site-packages/wrapt/_wrappers.cpython-312-x86_64-linux-musl.so",
];

fn stat(state: &str, flags: &str, parent: u32, started: u64) -> String {
    format!("42 (x y) {state} {parent} 1 1 0 -1 {flags} 0 0 0 0 0 0 0 0 20 0 1 0 {started} 0 0\n")
}

const GUNICORN: &str = "/app/.venv/bin/python /app/.venv/bin/gunicorn --workers=3 shop.wsgi:application";

#[test]
fn a_process_in_a_container_is_looked_at_below_its_root() {
    let variables = [UNDER, "OTEL_TRACES_EXPORTER=otlp,prometheus", "OTEL_SDK_DISABLED=1", "SECRET=x"];
    let kernel = Kernel::new(GUNICORN, &variables, &MUSL).environment();
    kernel.inside(
        "app/shop/wsgi.py",
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    );
    kernel.install(PACKAGES, &["opentelemetry-instrumentation-django 0.62b1"]);
    insta::assert_snapshot!(kernel.told(), @"
    PROCESS      WHAT IT IS
    number       42, 1 in its container
    runs         `gunicorn`
    interpreter  Python 3.12, `/usr/local/bin/python3.12`
    environment  9 distributions in `/app/.venv`
    started      under `opentelemetry-instrument`
    loaded       `wrapt`
    libc         musl
    variables    `OTEL_SDK_DISABLED=1` and `OTEL_TRACES_EXPORTER=otlp,prometheus`
    error[python.django.settings]: nothing sets `DJANGO_SETTINGS_MODULE`, which the instrumentation of Django needs before `manage.py` or `wsgi.py` set it: the application starts with empty settings
      at process 42
      fix: set `DJANGO_SETTINGS_MODULE=shop.settings` in the environment

    error[python.exporter.missing]: the exporter `prometheus` is asked for, and `opentelemetry-exporter-prometheus` is not installed: nothing is set up
      at process 42
      fix: install `opentelemetry-exporter-prometheus`, or name an exporter that is there

    warning[python.variable.invalid]: `OTEL_SDK_DISABLED=1` is neither `true` nor `false`, and counts as `false`
      at process 42/OTEL_SDK_DISABLED
      fix: write `true` or `false`
    ");
}

#[test]
fn links_of_a_container_lead_to_nothing_outside() {
    let kernel = Kernel::new(GUNICORN, &[UNDER], &MUSL).environment();
    let outside = kernel.path("outside");
    fs::create_dir_all(outside.join("flask-3.0.0.dist-info")).expect("folders");
    let metadata = "Metadata-Version: 2.1\nName: opentelemetry-sdk\nVersion: 9.9.9\n\n";
    fs::write(outside.join("METADATA"), metadata).expect("a file");
    let outside = outside.display().to_string();
    kernel.inside(&format!("{PACKAGES}/out.pth"), &format!("{outside}\n/linked\n/app/../../outside\n"));
    kernel.link("root/linked", &outside);
    let sdk = format!("root/{PACKAGES}/opentelemetry_sdk-1.41.1.dist-info/METADATA");
    fs::remove_file(kernel.path(&sdk)).expect("a file");
    kernel.link(&sdk, &format!("{outside}/METADATA"));
    kernel.link("root/app/gunicorn.conf.py", &format!("{outside}/METADATA"));
    kernel.link("root/app/shop.py", "/proc/self/environ");
    let Examination { portrait, examined, .. } = kernel.examine().expect("a process");
    assert_eq!(portrait.python.and_then(|python| python.distributions), Some(8));
    assert_eq!(examined.files, 0);
    assert!(!kernel.forms().contains("9.9.9"));
}

#[test]
fn the_interpreter_itself_is_an_environment() {
    let kernel = Kernel::new(
        "python3.12 -c x",
        &["PATH=/usr/local/bin"],
        &["/usr/local/bin/python3.12", "/lib/libc.so.6"],
    );
    kernel.install("usr/local/lib/python3.12/site-packages", &["flask 3.0.0"]);
    insta::assert_snapshot!(kernel.told(), @"
    PROCESS      WHAT IT IS
    number       42, 1 in its container
    interpreter  Python 3.12, `/usr/local/bin/python3.12`
    environment  1 distribution in `/usr/local`
    started      without `opentelemetry-instrument`
    libc         glibc
    ");
}

#[test]
fn what_was_meant_to_be_loaded_and_is_not_is_told() {
    let reasons = |kernel: &Kernel| {
        let (_, diagnosis, _) = kernel.looked();
        let found = diagnosis.symptoms.iter();
        found.map(|s| format!("{} {}: {}", s.check.id, s.place, s.reason)).collect::<Vec<_>>().join("\n")
    };
    let without = &MUSL[..2];
    let mut told = vec![
        reasons(&Kernel::new(&GUNICORN.replace("/gunicorn", "/own"), &[UNDER], &MUSL).environment()),
        reasons(&Kernel::new(&GUNICORN.replace("python ", "python -uI "), &[UNDER], &MUSL).environment()),
        reasons(&Kernel::new("/app/.venv/bin/python -m own", &[UNDER], without).environment()),
        reasons(&Kernel::new("/app/.venv/bin/python -m own", &[], without).environment()),
        reasons(&Kernel::new("/app/.venv/bin/python -m own", &[], &MUSL).environment()),
    ];
    let gone =
        "PYTHONPATH=/otel-auto-instrumentation-python/opentelemetry/instrumentation/auto_instrumentation";
    told.push(reasons(&Kernel::new("/app/.venv/bin/python -m own", &[gone], without).environment()));
    let operator = format!("{gone}:/otel-auto-instrumentation-python");
    let kernel = Kernel::new("/app/.venv/bin/python -m own", &[&operator], without).environment();
    kernel.inside(&format!("otel-auto-instrumentation-python/{AUTO}/sitecustomize.py"), "");
    let built = |package: &str, libc: &str| {
        let name = format!("otel-auto-instrumentation-python/{package}.cpython-312-x86_64-linux-{libc}.so");
        kernel.inside(&name, "");
    };
    built("wrapt/_wrappers", "gnu");
    told.push(reasons(&kernel));
    let exporter =
        ["opentelemetry-distro 0.66b1", "opentelemetry-exporter-otlp-proto-grpc 1.45.1", "grpcio 1.76.0"];
    kernel.install("otel-auto-instrumentation-python", &exporter);
    built("grpc/_cython/cygrpc", "gnu");
    told.push(reasons(&kernel));
    built("grpc/_cython/cygrpc", "musl");
    told.push(reasons(&kernel));
    let operator = [operator.as_str(), "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"];
    let kernel = Kernel::new("/app/.venv/bin/python -m own", &operator, without).environment();
    kernel.inside(&format!("otel-auto-instrumentation-python/{AUTO}/sitecustomize.py"), "");
    kernel.install("otel-auto-instrumentation-python", &exporter);
    kernel.inside("otel-auto-instrumentation-python/wrapt/_wrappers.cpython-312-x86_64-linux-gnu.so", "");
    told.push(reasons(&kernel));
    told.push(reasons(&Kernel::new("/app/.venv/bin/python -m own", &[gone], without)));
    let young = Kernel::new("/app/.venv/bin/python -m own", &[UNDER], without).environment();
    young.write("proc/uptime", "12.00 1.00\n");
    told.push(reasons(&young));
    insta::assert_snapshot!(told.join("\n---\n"), @"

    ---
    process.not-loaded process 42: the instrumentation is on `PYTHONPATH`, and the interpreter was started with `-I`, which passes it over
    ---
    process.not-loaded process 42: it was started for the instrumentation, and none of it is loaded
    ---
    python.start.uninstrumented process 42: `opentelemetry-distro` is in its environment, it was not started under `opentelemetry-instrument`, and no instrumentation is loaded
    ---

    ---
    process.not-loaded process 42: `PYTHONPATH` names a folder of the instrumentation that is not there
    ---

    ---
    process.not-loaded process 42: it is to export over gRPC, and `grpcio` is built for `cpython-312-x86_64-linux-gnu`, which is not the Python and the libc of this process: nothing is set up
    python.release.mixed process 42: `opentelemetry-distro` 0.66b1 is of another release set than `opentelemetry-instrumentation` 0.62b1; 0.62b1 fits
    python.release.mixed process 42: `opentelemetry-exporter-otlp-proto-grpc` 1.45.1 is of another release set than `opentelemetry-instrumentation` 0.62b1; 1.41.1 fits
    ---
    process.not-loaded process 42: it is to export over gRPC, and `grpcio` is not loaded: nothing is set up
    python.release.mixed process 42: `opentelemetry-distro` 0.66b1 is of another release set than `opentelemetry-instrumentation` 0.62b1; 0.62b1 fits
    python.release.mixed process 42: `opentelemetry-exporter-otlp-proto-grpc` 1.45.1 is of another release set than `opentelemetry-instrumentation` 0.62b1; 1.41.1 fits
    ---
    python.release.mixed process 42: `opentelemetry-distro` 0.66b1 is of another release set than `opentelemetry-instrumentation` 0.62b1; 0.62b1 fits
    python.release.mixed process 42: `opentelemetry-exporter-otlp-proto-grpc` 1.45.1 is of another release set than `opentelemetry-instrumentation` 0.62b1; 1.41.1 fits
    ---
    process.not-loaded process 42: `PYTHONPATH` names a folder of the instrumentation that is not there
    ---
    ");
}

#[test]
fn a_process_of_another_language_is_looked_at_by_its_variables() {
    let variables = ["OTEL_TRACE_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_ENDPOINT=http://a:9411/x"];
    let kernel = Kernel::new("/app/server --token=hunter2", &variables, &["/app/server"]);
    fs::remove_file(kernel.path("proc/42/exe")).expect("a link");
    kernel.link("proc/42/exe", "/app/server (deleted)");
    insta::assert_snapshot!(kernel.told(), @"
    PROCESS    WHAT IT IS
    number     42, 1 in its container
    program    `/app/server`, which is there no more: it was replaced since, no interpreter of Python
    libc       none: everything is in the program
    variables  `OTEL_EXPORTER_OTLP_ENDPOINT`
    warning[process.otlp.port]: `OTEL_EXPORTER_OTLP_ENDPOINT` goes to port 9411, where Zipkin takes its own protocol and no OTLP
      at process 42/OTEL_EXPORTER_OTLP_ENDPOINT
      fix: take port 4317 for `grpc`, or 4318 for `http/protobuf`

    warning[process.variable.unknown]: no SDK reads `OTEL_TRACE_EXPORTER`
      at process 42/OTEL_TRACE_EXPORTER
      fix: set `OTEL_TRACES_EXPORTER`
    ");
    let silent = Kernel::new("/app/server", &[], &["/app/server"]);
    fs::remove_file(silent.path("proc/42/exe")).expect("a link");
    assert!(!silent.examine().expect("a process").examined.is_set_up);
}

#[test]
fn a_title_over_the_variables_keeps_them_unknown() {
    let kernel = Kernel::new(GUNICORN, &[], &MUSL).environment();
    kernel.write("proc/42/cmdline", &format!("gunicorn: master [hunter2]{}", "\0".repeat(40)));
    kernel.write("proc/42/environ", &"\0".repeat(400));
    insta::assert_snapshot!(kernel.told(), @"
    PROCESS      WHAT IT IS
    number       42, 1 in its container
    runs         `gunicorn`
    interpreter  Python 3.12, `/usr/local/bin/python3.12`
    environment  8 distributions in `/app/.venv`
    started      nobody knows how: its variables are overwritten
    loaded       `wrapt`
    libc         musl
    note: it has written a title over its variables: what depends on them is not looked for
    ");
    assert!(!kernel.forms().contains("hunter2"));
}

#[test]
fn a_family_is_told_apart() {
    let kernel = Kernel::new(GUNICORN, &[UNDER], &MUSL).environment();
    kernel.process(43, GUNICORN, &[], &[]).process(44, GUNICORN, &[], &[]).process(45, "x", &[], &[]);
    for child in [43, 44, 45] {
        kernel.write(&format!("proc/{child}/stat"), &stat("S", "0", PID, 2000));
    }
    kernel.process(46, "x", &[], &[]).write("proc/46/stat", &stat("Z", "0", PID, 2000));
    let scanned = kernel.examine().expect("a process").portrait;
    assert_eq!((scanned.workers(), scanned.children.len()), (2, 3));
    kernel.write("proc/42/task/42/children", "43 45 46 ").write("proc/42/task/50/children", "44 ");
    assert_eq!(kernel.examine().expect("a process").portrait.children, scanned.children);
}

#[test]
fn what_is_no_process_to_look_at_is_refused_with_a_hint() {
    let kernel = || Kernel::new(GUNICORN, &[], &MUSL);
    let told = |kernel: &Kernel| {
        let error = kernel.examine().expect_err("an error");
        format!("{error}; {}", error.hint().unwrap_or_default())
    };
    let with = |path: &str, text: &str| {
        let kernel = kernel();
        kernel.write(path, text);
        told(&kernel)
    };
    let mut all = vec![
        with("proc/42/stat", &stat("Z", "0", 7, 1)),
        with("proc/42/stat", &stat("S", "2129984", 2, 1)),
        with("proc/42/status", "Tgid:\t40\n"),
        with("proc/42/stat", "nonsense"),
    ];
    for path in ["proc/42", "proc"] {
        let kernel = kernel();
        fs::remove_dir_all(kernel.path(path)).expect("a folder");
        all.push(told(&kernel));
    }
    for file in ["environ", "maps", "root"] {
        let kernel = kernel();
        fs::remove_file(kernel.path(&format!("proc/42/{file}"))).expect("a file");
        all.push(told(&kernel));
    }
    insta::assert_snapshot!(all.join("\n"), @"
    process 42 has ended, and waits for process 7 to take note of it; look at who started it: `--pid 7`
    process 42 is a thread of the kernel; it belongs to the operating system, and runs no program
    42 is a thread of process 40; look at the process: `--pid 40`
    failed to read `stat` of process 42; 
    there is no process 42; `ps -e` lists what runs; what runs in a container has another number in there than outside, and only its own user may see it where `/proc` hides processes
    there is no `/proc` that tells of processes; mount it: `mount -t proc proc /proc`
    process 42 ended while it was looked at; it ends early, or its number was given to another one: look for it again
    process 42 ended while it was looked at; it ends early, or its number was given to another one: look for it again
    process 42 ended while it was looked at; it ends early, or its number was given to another one: look for it again
    ");
    let kernel = kernel();
    let process = Process::read(&kernel.path("proc"), PID).expect("a process");
    kernel.write("proc/42/stat", &stat("S", "0", 7, 1001));
    let error = process.still_runs(&kernel.path("proc")).expect_err("another process");
    assert!(matches!(error, ProcessError::Gone { pid: PID }));
}

/// Values as people write secrets into variables: all hold `hunter2`.
const SECRETS: [&str; 16] = [
    "hunter2",
    "\"hunter2\"",
    "'hunter2",
    "a=hunter2,b",
    "hunter2,c=d",
    "https://me:hunter2@host:4318/v1/traces",
    "http://host:4317/hunter2?key=hunter2#hunter2",
    "http://hunter2:4318/",
    "hunter2://x",
    "4 hunter2",
    "always_on hunter2",
    "otlp,hunter2",
    "jaeger,hunter2",
    "jaeger_hunter2",
    "--workers hunter2 -k hunter2 --worker-class=hunter2",
    "\u{1b}[31mhunter2\nhunter2",
];

#[test]
fn no_secret_gets_out_whatever_it_is_written_into() {
    let names = [
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "OTEL_TRACES_EXPORTER",
        "OTEL_METRICS_EXPORTER",
        "OTEL_TRACES_SAMPLER",
        "OTEL_TRACES_SAMPLER_ARG",
        "OTEL_SDK_DISABLED",
        "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_SERVICE_NAME",
        "OTEL_BSP_MAX_QUEUE_SIZE",
        "OTEL_METRIC_EXPORT_INTERVAL",
        "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS",
        "OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED",
        "OTEL_TRACE_EXPORTER",
        "OTEL_UNKNOWN_TOKEN",
        "OTEL_EXPORTER_JAEGER_PASSWORD",
        "DJANGO_SETTINGS_MODULE",
        "FLASK_DEBUG",
        "GUNICORN_CMD_ARGS",
        "WEB_CONCURRENCY",
        "PYTHONPATH",
        "VIRTUAL_ENV",
        "PATH",
        "HOME",
        "_",
        "AWS_SECRET_ACCESS_KEY",
    ];
    let commands = [
        "/app/.venv/bin/python /app/.venv/bin/gunicorn -w4 shop.wsgi:app --password=SECRET -k SECRET --workers SECRET",
        "/app/.venv/bin/python -X SECRET -m uvicorn --workers SECRET SECRET.shop:app --header SECRET -c SECRET",
        "/app/.venv/bin/python -m flask --app SECRET run --debug --key SECRET",
        "/app/.venv/bin/python manage.py runserver SECRET",
        "/app/.venv/bin/python -m SECRET SECRET",
        "/app/.venv/bin/python -c SECRET",
        "/app/.venv/bin/python SECRET.py SECRET",
        "SECRET SECRET",
        "SECRET:",
    ];
    for (index, secret) in SECRETS.iter().enumerate() {
        let mut variables: Vec<String> = names.iter().map(|name| format!("{name}={secret}")).collect();
        variables.push(format!("{secret}=x"));
        variables.push("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=grpc".to_owned());
        if index % 2 == 0 {
            variables.retain(|variable| !variable.starts_with("PYTHONPATH"));
            variables.push(format!("{UNDER}:{secret}"));
        }
        let variables: Vec<&str> = variables.iter().map(String::as_str).collect();
        for command in commands {
            let kernel = Kernel::new(&command.replace("SECRET", secret), &variables, &MUSL).environment();
            kernel.inside("app/shop/wsgi.py", "import os\nos.environ['OTEL_SDK_DISABLED'] = 'hunter2'\n");
            let forms = kernel.forms();
            assert!(!forms.contains("hunter2"), "{command} with {secret}:\n{forms}");
            fs::remove_file(kernel.path("proc/42/exe")).expect("a link");
            kernel.write("proc/42/maps", "");
            let native = kernel.forms();
            assert!(!native.contains("hunter2"), "{command} with {secret}:\n{native}");
        }
    }
}

#[test]
fn huge_and_hostile_files_are_borne() {
    let many: Vec<String> = (0..5000).map(|number| format!("OTEL_X_{number}={}", "y".repeat(500))).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let words = format!("{GUNICORN} {}", "-k gevent ".repeat(50_000));
    let kernel = Kernel::new(&words, &many, &MUSL).environment();
    let mut maps = String::new();
    for number in 0..60_000 {
        let _ = writeln!(maps, "0-1 r-xp 0 fe:00 1  /app/\u{1b}[31m{number}.so");
    }
    kernel.write("proc/42/maps", &(fs::read_to_string(kernel.path("proc/42/maps")).expect("maps") + &maps));
    kernel.inside(&format!("{PACKAGES}/loop.pth"), "/loop\n/app\n");
    kernel.link("root/loop", "/loop");
    let told = kernel.told();
    assert!(told.contains("runs") && !told.contains('\u{1b}'), "{told}");
}

/// That folders of tests are what they are called.
#[test]
fn the_root_of_the_container_is_no_folder_of_ours() {
    let kernel = Kernel::new(GUNICORN, &[], &MUSL);
    let process = Process::read(&kernel.path("proc"), PID).expect("a process");
    assert!(process.root.is_file(Path::new("/usr/local/bin/python3.12")));
    assert_eq!((process.inner_pid, process.is_contained), (Some(1), true));
}
