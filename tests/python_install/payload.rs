//! Payloads for the operator, with the real uv and pip.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
};

use otel_bootstrap::{
    install::python::{Packer, Pin, parse_lines},
    operator::{
        libc::Libc,
        payload::{Arch, Ground, Order, Ordered, Payload, PayloadError, Target, build, plan},
    },
    settings::Installer,
};

use crate::environment::{BOTH, World};

/// What is ordered by lines, beside an application with these versions.
fn order(lines: &str, application: &str, pythons: &[&str], libcs: &[Libc]) -> Order {
    let wanted = parse_lines(lines).expect("lines");
    let pin = |text: &str| {
        let (name, version) = text.split_once("==").expect("a pin");
        Pin { name: name.parse().expect("a name"), version: version.parse().expect("a version") }
    };
    let targets = libcs.iter().flat_map(|&libc| {
        let ground = Ground { libc, arch: Arch::X86_64 };
        pythons.iter().map(move |python| Target { python: python.parse().expect("a version"), ground })
    });
    Order {
        release: "0.66b2".parse().expect("a version"),
        core: "1.45.2".parse().expect("a version"),
        wanted: wanted
            .into_iter()
            .map(|wanted| Ordered { wanted, because: vec!["flask 1.0".to_owned()] })
            .collect(),
        application: application.split_whitespace().map(pin).collect(),
        targets: targets.collect(),
    }
}

fn packer(world: &World, installer: Installer) -> Packer {
    Packer::choose(Some(installer), &world.options().programs, world.root(), false).expect("an installer")
}

/// Builds a payload in a folder of the project.
fn built(world: &World, order: &Order, installer: Installer) -> Result<Payload, PayloadError> {
    build(order, &packer(world, installer), &world.root().join("payload"), &mut |_| {})
}

/// A world whose pip can be found, and finds the index.
fn world() -> Option<World> {
    let world = World::new()?;
    let python = world.venv().join("bin/python").display().to_string();
    let world = world.fake("pip", &format!("exec '{python}' -m pip \"$@\""));
    Some(world)
}

/// What is there where folders hold the same.
const NOTHING: [&str; 0] = [];

/// Modes, times and bytes, by path.
type Contents = BTreeMap<String, (u32, i64, Vec<u8>)>;

/// The paths that are not the same.
fn differing<'a>(one: &'a Contents, other: &'a Contents) -> Vec<&'a str> {
    let all = one.keys().chain(other.keys()).filter(|name| one.get(*name) != other.get(*name));
    all.map(String::as_str).collect()
}

/// Everything that a folder holds.
fn contents(root: &Path) -> Contents {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            let metadata = entry.metadata().expect("metadata");
            let bytes = if metadata.is_dir() { Vec::new() } else { fs::read(&path).expect("a file") };
            let name = path.strip_prefix(root).expect("a path within").display().to_string();
            found.insert(name, (metadata.permissions().mode() & 0o7777, metadata.mtime(), bytes));
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

#[test]
fn wheels_of_all_targets_are_in_and_nothing_else() {
    let mut first = None;
    for installer in BOTH {
        let Some(world) = world() else { return };
        // The application's `helper` is kept to, which nobody would choose: there is a newer one.
        let order = order(
            "otel-core==1.0b0\notel-flask==1.0b0\nfast==1.0\n",
            "helper==2.0 flask==1.0",
            &["3.10", "3.12"],
            &[Libc::Glibc, Libc::Musl],
        );
        let payload = built(&world, &order, installer).expect("a payload");
        let pins: Vec<String> = payload.pins.iter().map(Pin::to_string).collect();
        assert_eq!(pins, ["fast==1.0", "helper==2.0", "otel-core==1.0b0", "otel-flask==1.0b0"]);
        assert!(payload.not_kept.is_empty(), "{:?}", payload.not_kept);
        let found = contents(&world.root().join("payload"));
        let of = |start: &str| -> Vec<&str> {
            let names = found.keys().filter_map(|name| name.strip_prefix(start));
            names.filter(|name| !name.contains(".dist-info/")).collect()
        };
        assert_eq!(
            of("autoinstrumentation/"),
            [
                "_fast.cpython-310-x86_64-linux-gnu.so",
                "_fast.cpython-312-x86_64-linux-gnu.so",
                "fast-1.0.dist-info",
                "fast.py",
                "helper-2.0.dist-info",
                "helper.py",
                "otel_core-1.0b0.dist-info",
                "otel_core.py",
                "otel_flask-1.0b0.dist-info",
                "otel_flask.py",
            ]
        );
        assert!(of("autoinstrumentation-musl/").iter().all(|name| !name.contains("gnu")));
        let tops: Vec<&str> = found.keys().map(String::as_str).filter(|name| !name.contains('/')).collect();
        assert_eq!(
            tops,
            [
                "Dockerfile",
                "Dockerfile.copy",
                "Dockerfile.dockerignore",
                "autoinstrumentation",
                "autoinstrumentation-musl",
                "payload.json",
                "requirements.txt"
            ]
        );
        for (name, (mode, time, bytes)) in &found {
            let is_folder =
                !name.rsplit('/').next().is_some_and(|last| last.contains('.')) && bytes.is_empty();
            let is_folder = is_folder || name.ends_with(".dist-info");
            assert_eq!((*mode, *time), (if is_folder { 0o755 } else { 0o644 }, 315_532_800), "{name}");
        }
        // Over the first, and by whoever installs: the same bytes.
        if installer == Installer::Uv {
            built(&world, &order, installer).expect("a payload");
            assert_eq!(differing(&contents(&world.root().join("payload")), &found), NOTHING);
        }
        assert_eq!(differing(first.get_or_insert_with(|| found.clone()), &found), NOTHING, "{installer:?}");
        let left: Vec<_> = fs::read_dir(world.root()).expect("a folder").flatten().collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}

#[test]
fn an_image_has_what_was_built() {
    let Some(world) = world() else { return };
    let order = order("fast==1.0\notel-flask==1.0b0\n", "", &["3.12"], &[Libc::Glibc, Libc::Musl]);
    built(&world, &order, Installer::Uv).expect("a payload");
    let text = |name: &str| {
        let text = world.text(&format!("payload/{name}"));
        let lines = text.lines().map(|line| match line.split_once("sha256:") {
            Some((before, hash)) => format!("{before}sha256:[{}]", hash.len()),
            None => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(text("requirements.txt"), @r"
    # What `Dockerfile` installs: release 0.66b2 of the instrumentations of Python, with the hashes of the wheels
    # for glibc on x86_64 and musl on x86_64.
    fast==1.0 \
        --hash=sha256:[66]
        --hash=sha256:[64]
    helper==3.0 \
        --hash=sha256:[64]
    otel-core==1.0b0 \
        --hash=sha256:[64]
    otel-flask==1.0b0 \
        --hash=sha256:[64]
    ");
    insta::assert_snapshot!(text("Dockerfile"), @r"
    # An image for the OpenTelemetry Operator, from the package index. To build and push it:
    #
    #     docker build --platform linux/amd64 --tag IMAGE .
    #     docker push IMAGE
    #
    # and name it as `spec.python.image` of the `Instrumentation`.

    FROM python:3.12-slim AS glibc-3.12
    WORKDIR /build
    COPY requirements.txt .
    RUN pip install --no-cache-dir --no-compile --no-deps --disable-pip-version-check --root-user-action=ignore \
        --only-binary=:all: --require-hashes --requirement requirements.txt \
        --target payload
    RUN rm -rf payload/bin \
        && find payload -path '*.dist-info/*' \( -name INSTALLER -o -name REQUESTED -o -name direct_url.json \) -delete \
        && chmod -R u=rwX,go=rX payload

    FROM python:3.12-alpine AS musl-3.12
    WORKDIR /build
    COPY requirements.txt .
    RUN pip install --no-cache-dir --no-compile --no-deps --disable-pip-version-check --root-user-action=ignore \
        --only-binary=:all: --require-hashes --requirement requirements.txt \
        --target payload
    RUN rm -rf payload/bin \
        && find payload -path '*.dist-info/*' \( -name INSTALLER -o -name REQUESTED -o -name direct_url.json \) -delete \
        && chmod -R u=rwX,go=rX payload

    FROM busybox:1.37
    COPY --from=glibc-3.12 /build/payload /autoinstrumentation
    COPY --from=musl-3.12 /build/payload /autoinstrumentation-musl
    ");
    insta::assert_snapshot!(text("Dockerfile.copy"), @r"
    # An image for the OpenTelemetry Operator, from the folders beside this file, without a network. To build and push it:
    #
    #     docker build --file Dockerfile.copy --platform linux/amd64 --tag IMAGE .
    #     docker push IMAGE
    #
    # and name it as `spec.python.image` of the `Instrumentation`.

    FROM busybox:1.37
    COPY autoinstrumentation /autoinstrumentation
    COPY autoinstrumentation-musl /autoinstrumentation-musl
    ");
}

#[test]
fn what_cannot_be_kept_to_is_told_with_the_reason() {
    for installer in BOTH {
        let Some(world) = world() else { return };
        let order = order(
            "otel-flask==1.0b0\nfast>=1.0\n",
            "helper==1.0 fast==2.0",
            &["3.10", "3.12"],
            &[Libc::Glibc],
        );
        let payload = built(&world, &order, installer).expect("a payload");
        let told = payload.not_kept.iter().map(|one| {
            format!("{}: {} instead of {}: {}", one.name, one.payload, one.application, one.reason)
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "fast: 1.0 instead of 2.0: there is no wheel of it for Python 3.10 with glibc on x86_64, or none that \
                 goes with what else is kept to",
                "helper: 3.0 instead of 1.0: `otel-flask==1.0b0` needs `helper>=2`",
            ],
            "{installer:?}"
        );
    }
}

#[test]
fn where_there_is_no_wheel_nothing_is_left_behind() {
    for installer in BOTH {
        let Some(world) = world() else { return };
        let order = order("fast==2.0\n", "", &["3.12"], &[Libc::Glibc, Libc::Musl]);
        let error = built(&world, &order, installer).expect_err("no wheel");
        assert_eq!(
            error.to_string(),
            "there are no wheels of all that is wanted for Python 3.12 with musl on x86_64",
            "{installer:?}"
        );
        assert_eq!(
            error.hint().as_deref(),
            Some(
                "name fewer of `--python-version`, `--libc` and `--arch`, or leave `fast` out with `--exclude`"
            ),
            "{installer:?}"
        );
        let left: Vec<_> = fs::read_dir(world.root()).expect("a folder").flatten().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        // With one target less it goes.
        let fewer = self::order("fast==2.0\n", "", &["3.12"], &[Libc::Glibc]);
        let payload = plan(&fewer, &packer(&world, installer), &mut |_| {}).expect("a plan");
        assert_eq!(payload.pins.iter().map(Pin::to_string).collect::<Vec<_>>(), ["fast==2.0"]);
    }
}

#[test]
fn what_lies_there_already_is_left_alone() {
    let Some(world) = world() else { return };
    let world = world.file("payload/notes.txt", "mine");
    let order = order("otel-core==1.0b0\n", "", &["3.12"], &[Libc::Glibc]);
    let error = built(&world, &order, Installer::Uv).expect_err("it is taken");
    assert!(error.to_string().ends_with("holds something that is no payload: `notes.txt`"), "{error}");
    assert_eq!(world.text("payload/notes.txt"), "mine");
}

#[test]
fn what_an_installer_leaves_out_is_found() {
    // Whatever the installer makes of the condition, the folder for Python 3.10 would lack `backport`.
    let Some(world) = world() else { return };
    let lines = "otel-fast==1.0b0\n";
    let order = order(lines, "", &["3.12"], &[Libc::Glibc]);
    built(&world, &order, Installer::Uv).expect("for Python 3.12 it is not needed");
    let before = self::order(lines, "", &["3.10"], &[Libc::Glibc]);
    let error = built(&world, &before, Installer::Uv).expect_err("there is no such wheel");
    assert!(matches!(error, PayloadError::Solve(_)), "{error}");
}
