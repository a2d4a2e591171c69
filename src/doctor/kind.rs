//! What a file is, by its name.

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Python source.
    Python,
    /// Rust source.
    Rust,
    /// `Procfile`
    Procfile,
    /// `Dockerfile`, `Containerfile`
    Dockerfile,
    /// YAML: Compose, Kubernetes, or something else.
    Yaml,
    /// A unit of systemd.
    Systemd,
    /// Settings of uWSGI.
    Uwsgi,
    /// Settings of supervisord.
    Supervisor,
    /// A shell script.
    Shell,
    /// Lines of `NAME=value`.
    Dotenv,
    /// `pyproject.toml`
    Pyproject,
}

/// What a file of that name is; `None` if it says nothing.
#[must_use]
pub fn kind_of(name: &str) -> Option<Kind> {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    Some(match (name, extension) {
        ("Procfile", _) => Kind::Procfile,
        ("Dockerfile" | "Containerfile", _) => Kind::Dockerfile,
        ("pyproject.toml", _) => Kind::Pyproject,
        ("uwsgi.ini", _) => Kind::Uwsgi,
        ("supervisord.conf" | "supervisor.conf", _) => Kind::Supervisor,
        ("entrypoint" | "docker-entrypoint", _) => Kind::Shell,
        (".env", _) => Kind::Dotenv,
        _ if name.starts_with("Procfile.") => Kind::Procfile,
        _ if name.starts_with("Dockerfile.") || name.ends_with(".Dockerfile") => Kind::Dockerfile,
        _ if name.starts_with(".env.") => Kind::Dotenv,
        (_, Some("py")) if !is_aside(name) => Kind::Python,
        (_, Some("rs")) => Kind::Rust,
        (_, Some("yml" | "yaml")) => Kind::Yaml,
        (_, Some("service")) => Kind::Systemd,
        (_, Some("ini")) if name.contains("uwsgi") => Kind::Uwsgi,
        (_, Some("conf" | "ini")) if name.contains("supervisor") => Kind::Supervisor,
        (_, Some("sh" | "bash")) => Kind::Shell,
        (_, Some("env")) => Kind::Dotenv,
        (_, Some("dockerfile")) => Kind::Dockerfile,
        _ => return None,
    })
}

/// Whether it is a Python source that does not run in production.
fn is_aside(name: &str) -> bool {
    let stem = name.trim_end_matches(".py");
    stem.starts_with("test_")
        || stem.ends_with("_test")
        || matches!(stem, "conftest" | "noxfile" | "setup" | "tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell() {
        for (name, kind) in [
            ("app.py", Some(Kind::Python)),
            ("test_app.py", None),
            ("conftest.py", None),
            ("main.rs", Some(Kind::Rust)),
            ("Procfile.dev", Some(Kind::Procfile)),
            ("Dockerfile.prod", Some(Kind::Dockerfile)),
            ("api.Dockerfile", Some(Kind::Dockerfile)),
            ("compose.yaml", Some(Kind::Yaml)),
            ("web.service", Some(Kind::Systemd)),
            ("uwsgi.ini", Some(Kind::Uwsgi)),
            ("setup.ini", None),
            (".env", Some(Kind::Dotenv)),
            (".env.example", Some(Kind::Dotenv)),
            ("prod.env", Some(Kind::Dotenv)),
            ("supervisord.conf", Some(Kind::Supervisor)),
            ("start.sh", Some(Kind::Shell)),
            ("README.md", None),
        ] {
            assert_eq!(kind_of(name), kind, "{name}");
        }
    }
}
