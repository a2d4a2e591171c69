//! Images that copy installed packages from a stage that they do not go with.

use super::scene::Scene;
use crate::doctor::{
    catalogue::PYTHON_IMAGE_MIXED,
    read::{
        base::Base,
        image::{Copy, Stage},
    },
    survey::Sited,
    symptom::Symptom,
};

pub(super) fn symptoms(scene: &Scene<'_>) -> Vec<Symptom> {
    let mut found = Vec::new();
    for image in &scene.survey.images {
        for (place, stage) in image.what.iter().enumerate() {
            let copies =
                stage.copies.iter().filter(|copy| copy.paths.iter().any(|path| holds_packages(path)));
            found.extend(copies.filter_map(|copy| mixed(image, place, copy)));
        }
    }
    found
}

/// Whether a folder is one of installed packages: a virtual environment, or what Python has beside itself.
fn holds_packages(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.any(|part| {
        matches!(part, "site-packages" | "dist-packages" | "venv" | ".venv" | "virtualenv" | ".virtualenv")
    }) || path.contains("/lib/python3")
        || path.trim_end_matches('/') == "/root/.local"
}

fn mixed(image: &Sited<Vec<Stage>>, place: usize, copy: &Copy) -> Option<Symptom> {
    let (from, to) = (Base::of(&image.what, copy.from), Base::of(&image.what, place));
    let said = |base: &Base| {
        let python = base.python.map(|[major, minor]| format!("Python {major}.{minor}"));
        let parts: Vec<String> = python.into_iter().chain(base.libc.map(|libc| libc.to_string())).collect();
        parts.join(" on ")
    };
    let is_python = matches!((from.python, to.python), (Some(one), Some(other)) if one != other);
    let is_libc = matches!((from.libc, to.libc), (Some(one), Some(other)) if one != other);
    let what = match (is_python, is_libc) {
        (true, false) => "another Python neither finds them nor loads what is compiled in them",
        (_, true) => "what is compiled in them does not load with another C library",
        (false, false) => return None,
    };
    let name = image.what[copy.from]
        .name
        .as_deref()
        .map_or_else(|| copy.from.to_string(), |name| name.escape_debug().to_string());
    Some(Symptom {
        check: &PYTHON_IMAGE_MIXED,
        place: image.at(copy.line),
        reason: format!(
            "packages that the stage `{name}` has installed for {} are copied to {}: {what}",
            said(&from),
            said(&to)
        ),
        fix: "begin both stages from images of the same Python and the same system".to_owned(),
        cure: None,
    })
}
