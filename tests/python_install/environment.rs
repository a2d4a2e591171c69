//! Small environments in temporary folders, and an index of small distributions on disk.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use otel_bootstrap::{
    ecosystem::python::inventory::{
        Distribution, DistributionVersion, Environment, Inventory, Requires, Source,
    },
    install::python::{self, ApplyError, Options, Plan, PlanError, Programs, Proof, ProofError},
    package::PackageName,
    settings::Installer,
};
use tempfile::TempDir;

/// Writes wheels with nothing in them, and an index of them: each argument is `NAME VERSION [NEED]… [@TAG]`. With a tag
/// there is a module in it that is named as a compiled one.
const WHEELS: &str = r#"
import base64, hashlib, os, sys, zipfile
out = sys.argv[1]
for spec in sys.argv[2:]:
    spec, _, tag = spec.partition(" @")
    name, version, *needs = spec.split()
    tag = tag or "py3-none-any"
    stem = name.replace("-", "_") + "-" + version
    files = {
        name.replace("-", "_") + ".py": "VERSION = %r\n" % version,
        stem + ".dist-info/METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: %s\n%s" % (
            name, version, "".join("Requires-Dist: %s\n" % need for need in needs)),
        stem + ".dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: %s\n" % tag,
    }
    python, _, platform = tag.split("-")
    if platform != "any":
        libc = "gnu" if "many" in platform else "musl"
        files["_%s.cpython-%s-x86_64-linux-%s.so" % (name, python[2:], libc)] = tag
    record = "".join("%s,sha256=%s,%d\n" % (
        path, base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode(), len(text))
        for path, text in files.items())
    files[stem + ".dist-info/RECORD"] = record + stem + ".dist-info/RECORD,,\n"
    wheel = stem + "-" + tag + ".whl"
    with zipfile.ZipFile(os.path.join(out, "wheels", wheel), "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    folder = os.path.join(out, "simple", name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "index.html"), "a") as page:
        page.write('<a href="../../wheels/%s">%s</a>\n' % (wheel, wheel))
"#;

/// What the index has. `flask` stands for a library of the application, `otel-…` for what is to be installed.
const INDEX: [&str; 17] = [
    "helper 1.0",
    "helper 2.0",
    "helper 3.0",
    "flask 1.0 helper",
    "otel-core 1.0b0",
    "otel-core 2.0b0",
    "otel-flask 1.0b0 otel-core==1.0b0 helper>=2",
    "otel-flask 2.0b0 otel-core==2.0b0 helper>=2",
    "otel-distro 1.0b0 otel-core==1.0b0",
    "otel-old 1.0b0 helper<2",
    "otel-wide 1.0 otel-core>=1.0b0",
    "fast 1.0 @cp310-cp310-manylinux_2_17_x86_64",
    "fast 1.0 @cp312-cp312-manylinux_2_17_x86_64",
    "fast 1.0 @cp310-cp310-musllinux_1_2_x86_64",
    "fast 1.0 @cp312-cp312-musllinux_1_2_x86_64",
    "fast 2.0 @cp312-cp312-manylinux_2_17_x86_64",
    "otel-fast 1.0b0 fast helper>=2 backport;python_version<'3.11'",
];

/// An environment, and a project beside it.
pub(crate) struct World {
    folder: TempDir,
}

/// Who installs in a test.
pub(crate) const BOTH: [Installer; 2] = [Installer::Uv, Installer::Pip];

impl World {
    /// An empty environment with pip, and an empty project; `None`, said aloud, where a tool is missing,
    /// which is a failure in CI.
    pub(crate) fn new() -> Option<Self> {
        let template = template()?;
        let world = Self { folder: TempDir::new().expect("a temporary folder") };
        copy(template, &world.venv());
        fs::create_dir_all(world.root()).expect("a folder");
        fs::create_dir_all(world.path("bin")).expect("a folder");
        for folder in ["wheels", "simple"] {
            fs::create_dir_all(world.path("index").join(folder)).expect("a folder");
        }
        let made = Command::new(template.join("bin/python"))
            .args(["-c", WHEELS])
            .arg(world.path("index"))
            .args(INDEX)
            .status()
            .expect("python starts");
        assert!(made.success());
        let index = world.path("index");
        fs::write(
            world.venv().join("pip.conf"),
            format!(
                "[global]\nindex-url = file://{}/simple\nno-cache-dir = true\nretries = 0\n",
                index.display()
            ),
        )
        .expect("a file");
        fs::write(
            world.root().join("uv.toml"),
            format!("no-index = true\nfind-links = [\"{}/wheels\"]\n", index.display()),
        )
        .expect("a file");
        std::os::unix::fs::symlink(program("uv")?, world.path("bin/uv")).expect("a link");
        Some(world)
    }

    /// A place in the temporary folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of the project.
    pub(crate) fn root(&self) -> PathBuf {
        self.path("project")
    }

    /// The environment.
    pub(crate) fn venv(&self) -> PathBuf {
        self.path("venv")
    }

    /// Where packages are.
    pub(crate) fn site(&self) -> PathBuf {
        let lib =
            fs::read_dir(self.venv().join("lib")).expect("a folder").flatten().next().expect("a Python");
        lib.path().join("site-packages")
    }

    /// Puts distributions into the environment, without what they need.
    pub(crate) fn has(self, pins: &[&str]) -> Self {
        let done = Command::new(self.path("bin/uv"))
            .args(["pip", "install", "--quiet", "--no-deps", "--python"])
            .arg(self.venv().join("bin/python"))
            .args(pins)
            .current_dir(self.root())
            .status()
            .expect("uv starts");
        assert!(done.success());
        self
    }

    /// Adds a distribution that no index has, from its metadata alone.
    pub(crate) fn has_metadata(self, name: &str, version: &str, more: &[(&str, &str)]) -> Self {
        let folder = self.site().join(format!("{}-{version}.dist-info", name.replace('-', "_")));
        fs::create_dir_all(&folder).expect("a folder");
        let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        for (file, text) in [("METADATA", metadata.as_str()), ("RECORD", "")].iter().chain(more) {
            fs::write(folder.join(file), text).expect("a file");
        }
        self
    }

    /// Adds or replaces a file of the project.
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
        self
    }

    /// What a file of the project holds.
    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.root().join(name)).expect("a file")
    }

    /// Puts a program first on `PATH`: a shell script, in which `$REAL` is the real program and `$CALLS` a file.
    pub(crate) fn fake(self, name: &str, script: &str) -> Self {
        let path = self.path("bin").join(name);
        let real = self.path("bin").join(format!("real-{name}"));
        if path.is_symlink() {
            fs::rename(&path, &real).expect("a move");
        }
        let text = format!(
            "#!/bin/sh\nREAL='{}'\nCALLS='{}'\n{script}\n",
            real.display(),
            self.path("calls").display()
        );
        fs::write(&path, text).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
        self
    }

    /// What is installed, as this reads it; pip and setuptools are left out.
    pub(crate) fn installed(&self) -> Vec<String> {
        let inventory = self.inventory();
        let own =
            inventory.distributions.iter().filter(|d| !["pip", "setuptools"].contains(&d.name.as_str()));
        own.map(|d| match &d.version {
            DistributionVersion::Valid(version) => format!("{}=={version}", d.name),
            _ => d.name.to_string(),
        })
        .collect()
    }

    /// The environment as an inventory.
    pub(crate) fn inventory(&self) -> Inventory {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(self.site()).expect("a folder").flatten() {
            let Ok(text) = fs::read_to_string(entry.path().join("METADATA")) else { continue };
            let field = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
            let name = PackageName::of_distribution(field("Name:").expect("a name")).expect("a name");
            let version = field("Version:").and_then(|version| version.parse().ok());
            let version = version.map_or(DistributionVersion::Invalid, DistributionVersion::Valid);
            found.insert(name.clone(), Distribution { name, version, requires: Requires::Unknown });
        }
        Inventory {
            source: Source::Environment(Environment {
                prefix: Some(self.venv()),
                interpreter: Some(self.venv().join("bin/python")),
                folders: vec![self.site()],
            }),
            distributions: found.into_values().collect(),
            python: None,
            direct: None,
            skipped: Vec::new(),
        }
    }

    /// The usual options, with the programs of the world alone.
    pub(crate) fn options(&self) -> Options {
        Options {
            root: self.root(),
            programs: Programs::on(Some(self.path("bin").into_os_string())),
            ..Options::default()
        }
    }

    /// Plans what lines ask for.
    pub(crate) fn plan(&self, lines: &str, options: &Options) -> Result<Plan, Vec<PlanError>> {
        let wanted = python::parse_lines(lines).expect("lines");
        python::plan(&python::resolution(&wanted), &self.inventory(), options)
    }

    /// Proves what lines ask for.
    pub(crate) fn prove(&self, lines: &str, options: &Options) -> Result<(Plan, Proof), ProofError> {
        let plan = self.plan(lines, options).expect("a plan");
        let proof = python::prove(&plan, &mut |_| {})?;
        Ok((plan, proof))
    }

    /// Installs what lines ask for.
    pub(crate) fn install(&self, lines: &str, options: &Options) -> Result<(), ApplyError> {
        let (plan, proof) = self.prove(lines, options).expect("a proof");
        self.apply(&plan, &proof)
    }

    /// Installs what was proven.
    pub(crate) fn apply(&self, plan: &Plan, proof: &Proof) -> Result<(), ApplyError> {
        python::apply(plan, proof, &|| Ok::<_, Box<dyn Error + Send + Sync>>(self.inventory()), &mut |_| {})
    }
}

/// An environment with pip, made once.
fn template() -> Option<&'static PathBuf> {
    static TEMPLATE: OnceLock<Option<(TempDir, PathBuf)>> = OnceLock::new();
    let made = TEMPLATE.get_or_init(|| {
        let folder = TempDir::new().expect("a temporary folder");
        let venv = folder.path().join("venv");
        let status = Command::new(program("python3")?).args(["-m", "venv"]).arg(&venv).status();
        assert!(status.expect("python starts").success(), "no environment can be made");
        Some((folder, venv))
    });
    made.as_ref().map(|(_, venv)| venv)
}

/// A program on the `PATH` of the tests; one that is missing is a failure in CI, and said aloud elsewhere.
#[allow(clippy::print_stderr, reason = "a skip must be seen")]
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file());
    assert!(found.is_some() || env::var_os("CI").is_none(), "there is no `{name}`");
    if found.is_none() {
        eprintln!("skipped, because there is no `{name}`");
    }
    found
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-R").args([from, to]).status().expect("`cp` starts");
    assert!(status.success());
}
