//! Which distributions are only there because OpenTelemetry's own packages need them.

use std::collections::{BTreeMap, BTreeSet};

use super::family::is_opentelemetry;
use crate::package::PackageName;

/// What is known of where the distributions of a project come from.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins<'a> {
    /// What each depends on, with markers evaluated.
    requires: BTreeMap<&'a str, Vec<PackageName>>,
    /// What somebody asked for: what the project depends on, what was installed by name.
    asked: BTreeSet<&'a str>,
}

impl<'a> Origins<'a> {
    /// Puts in a distribution, with what it depends on.
    pub(super) fn insert(&mut self, name: &'a PackageName, requires: Vec<PackageName>, is_asked: bool) {
        if is_asked {
            self.asked.insert(name.as_str());
        }
        self.requires.insert(name.as_str(), requires);
    }

    /// The distributions that nobody but OpenTelemetry needs.
    ///
    /// Needed are those that were asked for or that nothing of OpenTelemetry leads to, and whatever they lead
    /// to without a step over a package of OpenTelemetry.
    #[must_use]
    pub(super) fn only_through_opentelemetry(&self) -> BTreeSet<&'a str> {
        let is_ours = |name: &&str| is_opentelemetry(name);
        let below = self.reach(self.requires.keys().copied().filter(is_ours), |_| true);
        let foreign = |name: &str| !is_opentelemetry(name);
        let outside = self.requires.keys().copied();
        let outside = outside.filter(|name| self.asked.contains(name) || !below.contains(name));
        let needed = self.reach(outside.filter(|name| foreign(name)), foreign);
        below.into_iter().filter(|name| foreign(name) && !needed.contains(name)).collect()
    }

    /// The names that these lead to, themselves included, over names that may be entered.
    fn reach(
        &self,
        from: impl Iterator<Item = &'a str>,
        may_enter: impl Fn(&str) -> bool,
    ) -> BTreeSet<&'a str> {
        let mut open: Vec<&'a str> = from.collect();
        let mut reached: BTreeSet<&'a str> = open.iter().copied().collect();
        while let Some(name) = open.pop() {
            for next in self.requires.get(name).into_iter().flatten() {
                // Only what is there counts, and its key lives as long as the inventory.
                if let Some((&next, _)) = self.requires.get_key_value(next.as_str())
                    && may_enter(next)
                    && reached.insert(next)
                {
                    open.push(next);
                }
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(distributions: &[(&str, &[&str], bool)]) -> Vec<String> {
        let name = |text: &str| text.parse::<PackageName>().expect("a name");
        let named: Vec<_> = distributions
            .iter()
            .map(|(distribution, requires, asked)| {
                (name(distribution), requires.iter().map(|r| name(r)).collect::<Vec<_>>(), *asked)
            })
            .collect();
        let mut origins = Origins::default();
        for (distribution, requires, asked) in &named {
            origins.insert(distribution, requires.clone(), *asked);
        }
        origins.only_through_opentelemetry().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn what_the_exporter_brings_is_not_the_applications() {
        let exporter =
            ("opentelemetry-exporter-otlp-proto-http", &["requests", "opentelemetry-api"][..], false);
        let requests = ("requests", &["urllib3"][..], false);
        let rest = [("urllib3", &[][..], false), ("flask", &[][..], true), ("opentelemetry-api", &[], false)];
        let all = |more: &[(&'static str, &'static [&'static str], bool)]| {
            only(&[&[exporter, requests][..], &rest, more].concat())
        };
        assert_eq!(all(&[]), ["requests", "urllib3"]);
        assert_eq!(all(&[("boto3", &["urllib3"], false)]), ["requests"]);
        assert_eq!(all(&[("boto3", &["requests"], false)]), [""; 0]);
        // Asked for by name, or needed by the project.
        let asked = ("requests", &["urllib3"][..], true);
        assert_eq!(only(&[exporter, asked, rest[0]]), [""; 0]);
    }

    #[test]
    fn a_step_over_opentelemetry_does_not_make_it_needed() {
        let found = only(&[
            ("app", &["opentelemetry-exporter-otlp"], true),
            ("opentelemetry-exporter-otlp", &["grpcio"], true),
            ("grpcio", &["typing-extensions"], false),
            ("typing-extensions", &["grpcio"], false),
        ]);
        assert_eq!(found, ["grpcio", "typing-extensions"]);
    }

    #[test]
    fn without_opentelemetry_everything_is_the_applications() {
        assert_eq!(only(&[("flask", &["requests"], true), ("requests", &[], false)]), [""; 0]);
    }
}
