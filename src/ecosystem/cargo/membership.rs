//! To which release set of OpenTelemetry a release of a crate belongs.
//!
//! Crates that exchange OpenTelemetry types must agree on one minor version of the API crate. The release
//! data tells which one each dependency of a release brings in.

use crate::registry::{
    activation::Activation,
    release_set::{API_CRATES, ReleaseSet},
    releases::Release,
};

/// What a release asks of the OpenTelemetry API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// Nothing: it fits every set.
    Free,
    /// Exactly this set.
    One(ReleaseSet),
    /// Several sets at once: it can never be in a graph with only one.
    Mixed,
}

impl Membership {
    /// The membership of one release of `name` with these features on, default features included.
    #[must_use]
    pub fn of<'f>(name: &str, release: &Release<'_>, features: impl IntoIterator<Item = &'f str>) -> Self {
        Self::of_active(name, release, &Activation::of(release.group, features, true))
    }

    /// The membership of one release of `name` with what is on.
    pub(super) fn of_active(name: &str, release: &Release<'_>, on: &Activation<'_>) -> Self {
        if API_CRATES.contains(&name) {
            return Self::One(ReleaseSet::of(release.version));
        }
        Self::Free.and(on.sets_of(on.dependencies()))
    }

    /// For each feature of the release that `is_meant`: its name, and the membership with it on besides
    /// what is on.
    pub(super) fn with_each<'a>(
        on: &Activation<'a>,
        release: &Release<'a>,
        is_meant: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (&'a str, Self)> {
        let common = Self::Free.and(on.sets_of(on.dependencies()));
        let features = release.group.features.iter().map(|feature| feature.name.as_ref());
        features.filter(move |feature| is_meant(feature)).map(move |feature| {
            let own = Activation::of(release.group, [feature], false);
            (feature, common.and(own.sets_of(own.dependencies().filter(|dependency| dependency.optional))))
        })
    }

    /// Whether a release with this membership may be used in that set.
    #[must_use]
    pub fn fits(self, set: ReleaseSet) -> bool {
        match self {
            Self::Free => true,
            Self::One(own) => own == set,
            Self::Mixed => false,
        }
    }

    /// The membership of what asks for these sets too.
    fn and(self, sets: impl Iterator<Item = ReleaseSet>) -> Self {
        sets.fold(self, |all, set| match all {
            Self::Free => Self::One(set),
            Self::One(own) if own == set => all,
            Self::One(_) | Self::Mixed => Self::Mixed,
        })
    }
}
