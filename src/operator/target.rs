//! The Python and the C library of the application's image.

use super::{image::Image, libc::Libc, scene::Scene};
use crate::{
    doctor::{read::base::Base, survey::Sited, symptom::Place},
    ecosystem::python::inventory::Inventory,
};

/// Something that is known, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known<T> {
    /// What it is.
    pub what: T,
    /// The file that says so; `None` if the user does.
    pub place: Option<Place>,
}

/// What the application runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The Python, major and minor.
    pub python: Option<Known<(u64, u64)>>,
    /// The C library.
    pub libc: Option<Known<Libc>>,
}

impl Target {
    /// What the user says, or else the images if they agree, or else what is installed or locked.
    #[must_use]
    pub fn of(
        python: Option<(u64, u64)>,
        libc: Option<Libc>,
        scene: &Scene,
        inventory: Option<(&Inventory, Place)>,
    ) -> Self {
        fn said<T>(what: T) -> Known<T> {
            Known { what, place: None }
        }
        let installed = || {
            let (inventory, place) = inventory?;
            let release = inventory.python.as_ref()?.release();
            let [major, minor, ..] = *release else { return None };
            Some(Known { what: (major, minor), place: Some(place) })
        };
        let images = &scene.images;
        Self {
            python: python
                .map(said)
                .or_else(|| agreed(images, |base| base.python.map(|[major, minor]| (major, minor))))
                .or_else(installed),
            libc: libc.map(said).or_else(|| agreed(images, |base| base.libc)),
        }
    }
}

/// What all images that say something agree on.
fn agreed<T: PartialEq>(images: &[Sited<Image>], of: impl Fn(&Base) -> Option<T>) -> Option<Known<T>> {
    let said = images.iter().filter_map(|image| Some((of(&image.what.base)?, image)));
    let mut said: Vec<(T, &Sited<Image>)> = said.collect();
    let is_agreed = said.windows(2).all(|pair| pair[0].0 == pair[1].0);
    if !is_agreed || said.is_empty() {
        return None;
    }
    let (what, image) = said.swap_remove(0);
    Some(Known { what, place: Some(image.at(image.what.line)) })
}
