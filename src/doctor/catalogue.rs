//! Every check there is, sorted by id.

use std::fmt::Write;

use thiserror::Error;

use super::check::{Check, Severity};
use crate::nearest::nearest;

/// Makes each check a constant of its own, and all of them a list. The page lies in `doctor/pages`.
macro_rules! checks {
    ($($name:ident: $severity:ident $id:literal, $holds:literal;)*) => {
        $(
            #[doc = concat!("`", $id, "`")]
            pub static $name: Check = Check {
                id: $id,
                severity: Severity::$severity,
                holds: $holds,
                page: include_str!(concat!("../../doctor/pages/", $id, ".md")),
            };
        )*

        /// Every check, sorted by id.
        pub static CHECKS: &[&Check] = &[$(&$name),*];
    };
}

checks! {
    CARGO_ABANDONED: Warning "cargo.abandoned", "all releases";
    CARGO_DEFECT: Error "cargo.defect", "the releases that the registry names";
    CARGO_EXPORTER_CLIENT: Error "cargo.exporter.client", "`opentelemetry-otlp` 0.15 and newer";
    CARGO_EXPORTER_TLS: Error "cargo.exporter.tls", "`opentelemetry-otlp` 0.15 and newer";
    CARGO_EXPORTER_TRANSPORT: Error "cargo.exporter.transport", "`opentelemetry-otlp` 0.15 and newer";
    CARGO_LEVEL: Warning "cargo.instrumentation.level", "all releases";
    CARGO_SELECT_MISSING: Warning "cargo.instrumentation.select", "all releases";
    CARGO_UNWIRED: Warning "cargo.instrumentation.unwired", "all releases";
    CARGO_LIBRARY_LEVEL: Note "cargo.library.level", "the libraries that the registry names";
    CARGO_LIBRARY_OFF: Warning "cargo.library.off", "mongodb 3.4.1, fred 3, google-cloud-* and newer";
    CARGO_PROVIDER_SHUTDOWN: Warning "cargo.provider.shutdown", "all releases";
    CARGO_RELEASE_MIXED: Warning "cargo.release.mixed", "every release set";
    CARGO_RUST_VERSION: Warning "cargo.rust-version", "the releases that the registry knows";
    CARGO_SEVERAL_GLOBALS: Warning "cargo.several-globals", "all releases";
    CARGO_TWO_INSTRUMENTATIONS: Warning "cargo.two-instrumentations", "all releases";
    CARGO_TWO_OPENTELEMETRY: Error "cargo.two-opentelemetry", "all releases";
    CARGO_TWO_TRACING_OPENTELEMETRY: Error "cargo.two-tracing-opentelemetry", "all releases";
    IGNORE_INVALID: Warning "doctor.ignore.invalid", "all";
    IGNORE_UNUSED: Warning "doctor.ignore.unused", "all";
    OPERATOR_ANNOTATION_PLACE: Error "operator.annotation.place", "all releases";
    OPERATOR_ANNOTATION_VALUE: Error "operator.annotation.value", "all releases";
    OPERATOR_CONTAINER_FIRST: Warning "operator.container.first", "all releases";
    OPERATOR_DJANGO_PATH: Error "operator.django.path", "all releases";
    OPERATOR_DJANGO_SETTINGS: Error "operator.django.settings", "all releases";
    OPERATOR_ENDPOINT_PORT: Error "operator.endpoint.port", "all releases";
    OPERATOR_GEVENT_PATCH: Warning "operator.gevent.patch", "all releases; the cure from 0.58b0 on";
    OPERATOR_LIBC_PLATFORM: Warning "operator.libc.platform", "the operator from 0.113.0 on";
    OPERATOR_PACKAGE_CONFLICT: Error "operator.package.conflict", "the images that the registry knows, and payloads";
    OPERATOR_PACKAGE_DOWNGRADED: Warning "operator.package.downgraded", "the images that the registry knows, and payloads";
    OPERATOR_PACKAGE_OPENTELEMETRY: Warning "operator.package.opentelemetry", "all releases";
    OPERATOR_PACKAGE_SHADOWED: Note "operator.package.shadowed", "the images that the registry knows, and payloads";
    OPERATOR_PROTOCOL_GRPC: Error "operator.protocol.grpc", "the image of the operator; your own unless it holds the exporter";
    OPERATOR_PYTHON_COMPILED: Note "operator.python.compiled", "the images that the registry knows, and payloads";
    OPERATOR_PYTHON_FLOOR: Error "operator.python.floor", "the images that the registry knows, and payloads";
    OPERATOR_PYTHON_ISOLATED: Error "operator.python.isolated", "all releases";
    OPERATOR_PYTHONPATH_IMAGE: Error "operator.pythonpath.image", "all releases";
    OPERATOR_PYTHONPATH_SOURCE: Error "operator.pythonpath.source", "all releases";
    OPERATOR_VOLUME_SIZE: Error "operator.volume.size", "all releases";
    PROCESS_NOT_LOADED: Error "process.not-loaded", "all releases";
    PROCESS_OTLP_PORT: Warning "process.otlp.port", "all releases";
    PROCESS_VARIABLE_INVALID: Warning "process.variable.invalid", "all releases";
    PROCESS_VARIABLE_UNKNOWN: Warning "process.variable.unknown", "all releases";
    PYTHON_CELERY_RECYCLED: Warning "python.celery.recycled", "all releases";
    PYTHON_CLICK_SERVER: Warning "python.click.server", "all releases";
    PYTHON_DISABLED_NAME: Warning "python.disabled.name", "all releases";
    PYTHON_DISTRO_MISSING: Error "python.distro.missing", "all releases";
    PYTHON_DJANGO_ASGI: Error "python.django.asgi", "all releases";
    PYTHON_DJANGO_PATH: Error "python.django.path", "all releases, where injected";
    PYTHON_DJANGO_SETTINGS: Error "python.django.settings", "all releases";
    PYTHON_EVENTLET_PATCH: Warning "python.eventlet.patch", "all releases";
    PYTHON_EXPORTER_JAEGER: Warning "python.exporter.jaeger", "all releases";
    PYTHON_EXPORTER_MISSING: Error "python.exporter.missing", "all releases";
    PYTHON_FLASK_RELOADER: Warning "python.flask.reloader", "instrumentations before 0.63b0";
    PYTHON_GEVENT_PATCH: Warning "python.gevent.patch", "all releases; the cure from 0.58b0 on";
    PYTHON_IMAGE_MIXED: Error "python.image.mixed", "all releases";
    PYTHON_INITIALIZE_LATE: Error "python.initialize.late", "Flask and Starlette; FastAPI before 0.142";
    PYTHON_INSTRUMENTATION_ARGUMENTS: Warning "python.instrumentation.arguments", "all releases";
    PYTHON_INSTRUMENTATION_DOUBLED: Warning "python.instrumentation.doubled", "all releases";
    PYTHON_NEVER_LOADED: Warning "python.instrumentation.never-loaded", "all releases";
    PYTHON_OTLP_PATH: Warning "python.otlp.path", "all releases";
    PYTHON_OTLP_PORT: Warning "python.otlp.port", "all releases";
    PYTHON_PREFORK_METRICS: Warning "python.prefork.metrics", "SDK before 1.44.0 (0.65b0)";
    PYTHON_PROMETHEUS_WORKERS: Error "python.prometheus.workers", "all releases";
    PYTHON_PROVIDER_IGNORED: Warning "python.provider.ignored", "all releases";
    PYTHON_RELEASE_MIXED: Warning "python.release.mixed", "all releases";
    PYTHON_SPAWN_SILENT: Error "python.spawn.silent", "instrumentations before 0.63b0";
    PYTHON_START_UNINSTRUMENTED: Warning "python.start.uninstrumented", "all releases";
    PYTHON_UWSGI_FORK: Warning "python.uwsgi.fork", "all releases";
    PYTHON_VARIABLE_INVALID: Warning "python.variable.invalid", "all releases";
    PYTHON_VARIABLE_RENAMED: Note "python.variable.renamed", "SDK 1.40 and newer, or older";
    PYTHON_VARIABLE_UNKNOWN: Warning "python.variable.unknown", "all releases";
    PYTHON_WHEEL_MISSING: Warning "python.wheel.missing", "locked versions without a wheel";
}

/// A name that is no check's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("there is no check `{}`", name.escape_debug())]
pub struct UnknownCheck {
    /// The name.
    pub name: String,
    /// The check with the name most like it.
    pub nearest: Option<&'static str>,
}

impl UnknownCheck {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self.nearest {
            Some(nearest) => format!("`{nearest}` is one"),
            None => "`otel-bootstrap doctor list` shows every check".to_owned(),
        })
    }
}

/// The check of that id.
pub fn find(id: &str) -> Result<&'static Check, UnknownCheck> {
    let found = CHECKS.iter().copied().find(|check| check.id == id);
    found.ok_or_else(|| UnknownCheck {
        name: id.to_owned(),
        nearest: nearest(id, CHECKS.iter().map(|check| check.id)),
    })
}

/// All pages as one, in Markdown: what `docs/doctor.md` holds.
#[must_use]
pub fn book() -> String {
    let mut text = String::from(
        "# What `otel-bootstrap -a doctor` finds\n\n<!-- Made from `doctor/pages` by a test; change the pages. -->\n\n\
         | check | severity | holds for | what is wrong |\n|---|---|---|---|\n",
    );
    for check in CHECKS {
        let anchor: String = check.id.chars().filter(|c| *c != '.').collect();
        let (word, title) = (check.severity.word(), check.title());
        let _ = writeln!(text, "| [`{}`](#{anchor}) | {word} | {} | {title} |", check.id, check.holds);
    }
    for check in CHECKS {
        let page = check.page.trim_end().replace("\n## ", "\n### ");
        let page = page.split_once('\n').map_or("", |(_, rest)| rest);
        let _ = writeln!(text, "\n## {}\n{page}", check.id);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use super::*;
    use crate::doctor::check::SECTIONS;

    #[test]
    fn ids_are_sorted_and_of_one_form() {
        assert!(CHECKS.is_sorted_by(|one, other| one.id < other.id));
        for check in CHECKS {
            let is_part = |part: &str| {
                !part.is_empty()
                    && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            };
            assert!(check.id.contains('.') && check.id.split('.').all(is_part), "{}", check.id);
            assert_eq!(find(check.id).map(|found| found.id), Ok(check.id));
        }
    }

    #[test]
    fn every_page_has_its_parts() {
        for check in CHECKS {
            let mut lines = check.page.lines();
            assert_eq!(lines.next(), Some(format!("# {}", check.id).as_str()), "{}", check.id);
            assert_eq!(lines.next(), Some(""), "{}", check.id);
            let title = check.title();
            assert!(!title.is_empty() && !title.ends_with('.'), "{}: {title}", check.id);
            let headings: Vec<&str> =
                check.page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
            assert_eq!(headings, SECTIONS, "{}", check.id);
            for heading in SECTIONS {
                assert!(!check.section(heading).is_empty(), "{}: {heading}", check.id);
            }
            assert!(check.link().is_some_and(|link| link.len() > 12), "{}", check.id);
            assert!(check.section("Example").contains("```"), "{}", check.id);
        }
    }

    #[test]
    fn every_page_belongs_to_a_check() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("doctor/pages");
        let mut pages: Vec<String> = fs::read_dir(folder)
            .expect("the pages")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        pages.sort();
        let mut expected: Vec<String> = CHECKS.iter().map(|check| format!("{}.md", check.id)).collect();
        expected.sort();
        assert_eq!(pages, expected);
    }

    /// `UPDATE=1 cargo test the_book` writes it anew.
    #[test]
    fn the_book_is_made_from_the_pages() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/doctor.md");
        if env::var_os("UPDATE").is_some() {
            fs::write(&path, book()).expect("the book can be written");
        }
        let there = fs::read_to_string(&path).expect("the book is there");
        assert!(there == book(), "`UPDATE=1 cargo test the_book` makes `docs/doctor.md` anew");
    }

    #[test]
    fn a_slip_is_recognised() {
        let error = find("cargo.two-opentelemtry").expect_err("a slip");
        assert_eq!(error.to_string(), "there is no check `cargo.two-opentelemtry`");
        assert_eq!(error.hint().as_deref(), Some("`cargo.two-opentelemetry` is one"));
        assert!(find("zzz").expect_err("nothing").hint().is_some_and(|hint| hint.contains("doctor list")));
    }
}
