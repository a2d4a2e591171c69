//! `pyvenv.cfg`: what a virtual environment says about itself.
//!
//! Source of the rules: PEP 405 and `site.venv` of `CPython`; `version_info` and `implementation` are keys that
//! virtualenv and uv write.

use std::path::PathBuf;

use pep440_rs::Version;

use super::python;

/// What a `pyvenv.cfg` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The folder of the interpreter that the environment was made from.
    pub home: Option<PathBuf>,
    /// The version of that interpreter.
    pub python: Option<Version>,
    /// Whether it is `PyPy`.
    pub is_pypy: bool,
    /// Whether the packages outside of the environment can be seen, which is so unless it says otherwise.
    pub sees_system: bool,
}

impl Config {
    /// Parses it. Lines without `=` say nothing; of equal keys the last counts.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut config = Self { home: None, python: None, is_pypy: false, sees_system: true };
        for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "home" => config.home = Some(value).filter(|value| !value.is_empty()).map(PathBuf::from),
                "version" | "version_info" => config.python = python::version(value).or(config.python),
                "implementation" => config.is_pypy = value.eq_ignore_ascii_case("pypy"),
                "include-system-site-packages" => config.sees_system = value.eq_ignore_ascii_case("true"),
                _ => {}
            }
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Option<Version> {
        text.parse().ok()
    }

    #[test]
    fn what_venv_virtualenv_and_uv_write_is_understood() {
        let venv = "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n";
        let virtualenv = "home = /usr/bin\nimplementation = CPython\nversion_info = 3.11.2.final.0\n\
                          include-system-site-packages = false\nbase-prefix = /usr\n";
        let uv = "home = /usr/bin\nimplementation = CPython\nuv = 0.13\nversion_info = 3.11.2\n\
                  include-system-site-packages = false\nprompt = x\n";
        for text in [venv, virtualenv, uv] {
            let config = Config::parse(text);
            let home = Some(PathBuf::from("/usr/bin"));
            assert_eq!(
                config,
                Config { home, python: version("3.11.2"), is_pypy: false, sees_system: false },
                "{text}"
            );
        }
    }

    #[test]
    fn keys_are_told_apart_as_site_does() {
        let config =
            Config::parse("HOME=/a=b\nnothing\nInclude-System-Site-Packages = TRUE\nimplementation = PyPy\n");
        assert_eq!(config.home, Some("/a=b".into()));
        assert!(config.sees_system && config.is_pypy);
        assert!(Config::parse("").sees_system);
        assert!(!Config::parse("include-system-site-packages = yes").sees_system);
        assert_eq!(Config::parse("version = 3\n").python, None);
    }
}
