//! From what a registry file says about Python to rules.

use pep440_rs::VersionSpecifiers;

use super::{
    raw::{RawCode, RawExporter, RawInstrumentation, RawLibrary, RawWay},
    requirement::{Need, split},
    rule::{Code, ExporterRule, InstrumentationRule, LibraryRule, Line, Means, Own, Pin, Way},
};
use crate::{
    package::PackageName,
    registry::check::{Checked, Checker},
};

impl Checker {
    /// A library entry for Python.
    pub(super) fn python_library(mut self, name: &str, raw: RawLibrary) -> Checked<LibraryRule> {
        let name = self.distribution("", name);
        let what = self.text("what", raw.what);
        let note = raw.note.map(|note| self.text("note", note));
        if raw.by.is_empty() && note.is_none() {
            self.note("by", "at least one way is needed; `none = \"…\"` says that nothing exists");
        }
        let by = raw.by.into_iter().enumerate();
        let by = by.filter_map(|(index, raw)| self.python_way(&format!("by[{index}]"), raw)).collect();
        self.verdict(name.map(|name| LibraryRule { name, what, by, note }))
    }

    /// An instrumentation entry for Python.
    pub(super) fn python_instrumentation(
        mut self,
        name: &str,
        raw: RawInstrumentation,
    ) -> Checked<InstrumentationRule> {
        let name = self.distribution("", name);
        let what = self.text("what", raw.what);
        let releases = raw.releases.and_then(|text| self.specifiers("releases", &text));
        let all = self.python_needs("all", &raw.all);
        let any = self.python_needs("any", &raw.any);
        let requires_python = raw.requires_python.and_then(|text| self.specifiers("requires-python", &text));
        let requires_python = requires_python.unwrap_or_else(VersionSpecifiers::empty);
        let entry_points = raw.entry_points.into_iter().enumerate();
        let entry_points =
            entry_points.map(|(index, text)| self.text(&format!("entry-points[{index}]"), text)).collect();
        let with = raw.with.iter().enumerate();
        let with =
            with.filter_map(|(index, text)| self.distribution(&format!("with[{index}]"), text)).collect();
        let docs = self.docs("docs", raw.docs);
        let note = raw.note.map(|note| self.text("note", note));
        let line = raw.line.and_then(|text| self.python_line("line", &text));
        if line.as_ref().zip(name.as_ref()).is_some_and(|(line, name)| line.name != *name) {
            self.note("line", "asks for another distribution than the entry is about");
        }
        if line.is_some() && (raw.unlisted.is_some() || !raw.code.is_empty()) {
            self.note("line", "makes it one of your own, about which `unlisted` and `code` say nothing");
        }
        let code = raw.code.into_iter().enumerate();
        let code =
            code.filter_map(|(index, raw)| self.python_code(&format!("code[{index}]"), &raw)).collect();
        if line.is_none() && !(all.is_empty() && any.is_empty()) {
            self.note("line", "is missing: an instrumentation with needs of its own stands for itself");
        }
        let role = raw.role;
        let own = line.map(|line| Own { line, releases, all, any, entry_points, requires_python, role });
        let unlisted = raw.unlisted;
        self.verdict(name.map(|name| InstrumentationRule {
            name,
            what,
            own,
            unlisted,
            code,
            with,
            docs,
            note,
        }))
    }

    /// An exporter entry for Python.
    pub(super) fn python_exporter(mut self, name: &str, raw: RawExporter) -> Checked<ExporterRule> {
        let name = self.distribution("", name).map(|name| name.to_string());
        let what = self.text("what", raw.what);
        if raw.requires.is_empty() {
            self.note("requires", "at least one line is needed");
        }
        let requires = raw.requires.iter().enumerate();
        let requires = requires
            .filter_map(|(index, text)| self.python_line(&format!("requires[{index}]"), text))
            .collect();
        let docs = self.docs("docs", raw.docs);
        self.verdict(name.map(|name| ExporterRule { name, what, requires, docs }))
    }

    /// What the code of an instrumentation asks for.
    fn python_code(&mut self, key: &str, raw: &RawCode) -> Option<Code> {
        let all = self.python_needs(&format!("{key}.all"), &raw.all);
        let any = self.python_needs(&format!("{key}.any"), &raw.any);
        if raw.all.is_empty() && raw.any.is_empty() {
            self.note(key, "`all` or `any` is needed");
        }
        let releases = self.specifiers(&format!("{key}.releases"), &raw.releases)?;
        Some(Code { releases, all, any })
    }

    /// Something else than an instrumentation of the release.
    fn python_way(&mut self, key: &str, raw: RawWay) -> Option<Way> {
        let given = [&raw.native, &raw.none, &raw.instrumentation];
        if given.into_iter().flatten().count() != 1 {
            self.note(key, "exactly one of `native`, `none`, `instrumentation` is needed");
            return None;
        }
        let native = raw.native.map(|how| Means::Native(self.text(&format!("{key}.native"), how)));
        let nothing = raw.none.map(|advice| Means::Nothing(self.text(&format!("{key}.none"), advice)));
        let other = raw
            .instrumentation
            .and_then(|name| self.distribution(&format!("{key}.instrumentation"), &name).map(Means::Other));
        let versions = raw.versions.and_then(|text| self.specifiers(&format!("{key}.versions"), &text));
        let docs = self.docs(&format!("{key}.docs"), raw.docs);
        let note = raw.note.map(|note| self.text(&format!("{key}.note"), note));
        Some(Way { means: native.or(nothing).or(other)?, versions, docs, note })
    }

    /// The name of a distribution as PEP 503 normalises it: files are searched for names in that form.
    fn distribution(&mut self, key: &str, text: &str) -> Option<PackageName> {
        match PackageName::of_distribution(text) {
            Ok(name) if name.as_str() == text => Some(name),
            Ok(name) => {
                self.note(key, &format!("`{}` is written `{name}`", text.escape_debug()));
                None
            }
            Err(error) => {
                self.note(key, &error.to_string());
                None
            }
        }
    }

    /// A range of versions.
    fn specifiers(&mut self, key: &str, text: &str) -> Option<VersionSpecifiers> {
        let specifiers = text.parse();
        if specifiers.is_err() {
            self.note(key, &format!("`{}` is not a range of versions", text.escape_debug()));
        }
        specifiers.ok()
    }

    /// Requirements on libraries.
    fn python_needs(&mut self, key: &str, texts: &[String]) -> Vec<Need> {
        let mut needs = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            match text.parse() {
                Ok(need) => needs.push(need),
                Err(error) => self.note(&format!("{key}[{index}]"), &format!("{error}")),
            }
        }
        needs
    }

    /// A line that is printed.
    fn python_line(&mut self, key: &str, text: &str) -> Option<Line> {
        let (name, rest) = split(text);
        let pin = match rest {
            "=={release}" => Pin::Release,
            "=={core}" => Pin::Core,
            specifiers => Pin::Specifiers(self.specifiers(key, specifiers)?),
        };
        Some(Line { name: self.distribution(key, name)?, pin })
    }
}
