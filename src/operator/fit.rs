//! Whether what is injected was made for the application's Python and its C library.

use super::{
    libc::Libc,
    manifest::plan::PLATFORM,
    scene::Scene,
    stock::Injected,
    target::{Known, Target},
};
use crate::{
    doctor::{
        catalogue::{
            OPERATOR_LIBC_PLATFORM, OPERATOR_PYTHON_COMPILED, OPERATOR_PYTHON_FLOOR, OPERATOR_PYTHON_ISOLATED,
        },
        launch::Launch,
        survey::Sited,
        symptom::{Place, Symptom},
    },
    terminal::listed,
};

/// Packages that do without their compiled parts.
const FALLS_BACK: [&str; 3] = ["charset-normalizer", "protobuf", "wrapt"];

pub(super) fn symptoms(
    scene: &Scene,
    target: &Target,
    injected: Option<&Injected>,
    source: &Place,
) -> Vec<Symptom> {
    let mut found: Vec<Symptom> = target.libc.iter().flat_map(|libc| platform(scene, libc)).collect();
    if let (Some(injected), Some(python)) = (injected, &target.python) {
        let libc = target.libc.as_ref().map_or(Libc::Glibc, |libc| libc.what);
        found.extend(version(injected, python, libc, source));
    }
    found.extend(scene.launches.iter().filter_map(isolated));
    found
}

/// The folder that is copied is chosen by an annotation, not by looking at the image.
fn platform(scene: &Scene, libc: &Known<Libc>) -> Vec<Symptom> {
    let of_pod = |pod: &Sited<super::pod::Pod>| {
        let annotation = pod.what.annotation(PLATFORM).filter(|(value, _)| !value.is_empty());
        let (said, line) = match annotation {
            Some((value, line)) => (value, line),
            None => (Libc::Glibc.word(), pod.what.line),
        };
        // What is neither is told as an annotation that the operator does not take.
        let is_other =
            said != libc.what.word() && [Libc::Glibc, Libc::Musl].iter().any(|known| said == known.word());
        is_other.then(|| Symptom {
            check: &OPERATOR_LIBC_PLATFORM,
            place: pod.at(line),
            reason: format!(
                "the image is of {}{}, and what is compiled for {} is injected into `{}`",
                libc.what,
                libc.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default(),
                said.escape_debug(),
                pod.what.workload.escape_debug()
            ),
            fix: format!("set the annotation `{PLATFORM}` of its pods to `{}`", libc.what),
            cure: None,
        })
    };
    scene.pods.iter().filter_map(of_pod).collect()
}

fn version(injected: &Injected, python: &Known<(u64, u64)>, libc: Libc, source: &Place) -> Vec<Symptom> {
    let (major, minor) = python.what;
    let place = || python.place.clone().unwrap_or_else(|| source.clone());
    if python.what < injected.floor {
        let (least_major, least_minor) = injected.floor;
        return vec![Symptom {
            check: &OPERATOR_PYTHON_FLOOR,
            place: place(),
            reason: format!(
                "the application runs on Python {major}.{minor}, and {} needs {least_major}.{least_minor} or newer",
                injected.title
            ),
            fix: "raise the Python of the image, or inject a payload for it (`-a operator --payload DIR`)"
                .to_owned(),
            cure: None,
        }];
    }
    let unfit = injected.compiled.iter().filter(|compiled| {
        let tags = compiled.tags(libc);
        !tags.is_empty() && !tags.iter().any(|tag| fits(tag, python.what))
    });
    let (soft, hard): (Vec<_>, Vec<_>) =
        unfit.map(|compiled| compiled.name.as_str()).partition(|name| FALLS_BACK.contains(name));
    if soft.is_empty() && hard.is_empty() {
        return Vec::new();
    }
    let names = |list: &[&str]| listed(list.iter().map(|name| format!("`{name}`")));
    let consequence = if hard.is_empty() {
        format!("{} do without, more slowly", names(&soft))
    } else {
        format!("{} cannot be imported", names(&hard))
    };
    let (built_major, built_minor) = injected.python;
    vec![Symptom {
        check: &OPERATOR_PYTHON_COMPILED,
        place: place(),
        reason: format!(
            "the application runs on Python {major}.{minor}, and {} is compiled for {built_major}.{built_minor}: {consequence}",
            injected.title
        ),
        fix: "inject a payload for the application's Python (`-a operator --payload DIR`)".to_owned(),
        cure: None,
    }]
}

/// Whether the parts of a wheel with that tag (`cp314-cp314`, `cp36-abi3`) are loaded by a Python. What is compiled
/// with the image is for the stable interface, in all that is known.
fn fits(tag: &str, (major, minor): (u64, u64)) -> bool {
    let Some((python, abi)) = tag.split_once('-') else { return tag == "source" };
    let Some(version) = python.strip_prefix("cp") else { return true };
    let (own_major, own_minor) = version.split_at(1.min(version.len()));
    let (Ok(own_major), Ok(own_minor)) = (own_major.parse::<u64>(), own_minor.parse::<u64>()) else {
        return true;
    };
    if abi == "abi3" {
        (own_major, own_minor) <= (major, minor)
    } else {
        (own_major, own_minor) == (major, minor)
    }
}

/// A Python that does not look at `PYTHONPATH`, or at `sitecustomize`, loads nothing.
fn isolated(launch: &Sited<Launch>) -> Option<Symptom> {
    let words = &launch.what.words;
    let at = words.iter().position(|word| {
        let name = word.text.rsplit('/').next().unwrap_or(&word.text);
        name.strip_prefix("python").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
    })?;
    let options = words[at + 1..].iter().map(|word| word.text.as_str());
    let mut options =
        options.take_while(|text| text.starts_with('-') && !matches!(*text, "-c" | "-m" | "--"));
    let option = options.find(|text| {
        !text.starts_with("--")
            && !text.starts_with("-W")
            && !text.starts_with("-X")
            && text.contains(['E', 'I', 'S'])
    })?;
    Some(Symptom {
        check: &OPERATOR_PYTHON_ISOLATED,
        place: launch.at(launch.what.line),
        reason: format!(
            "Python is started with `{}`, and does not look where the operator puts things",
            option.escape_debug()
        ),
        fix: "leave the option out".to_owned(),
        cure: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::read::words::words;

    #[test]
    fn tags_fit_their_python_or_newer_ones() {
        for (tag, python, expected) in [
            ("cp314-cp314", (3, 14), true),
            ("cp314-cp314", (3, 12), false),
            ("cp36-abi3", (3, 12), true),
            ("cp310-abi3", (3, 9), false),
            ("py3-none", (3, 9), true),
            ("source", (3, 9), true),
        ] {
            assert_eq!(fits(tag, python), expected, "{tag}");
        }
    }

    #[test]
    fn options_that_shut_the_world_out_are_seen() {
        for (text, expected) in [
            ("python -I app.py", true),
            ("tini -- /usr/bin/python3.12 -uE app.py", true),
            ("python -u app.py -I", false),
            ("python -m app -S", false),
            ("python -X importtime -W Error app.py", false),
            ("gunicorn -E x", false),
        ] {
            let launch = Sited { path: "x".to_owned(), what: Launch::new(1, words(text), Vec::new()) };
            assert_eq!(isolated(&launch).is_some(), expected, "{text}");
        }
    }
}
