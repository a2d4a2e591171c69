//! Files that say how programs are started: no panic, no hang, no variable without a name, no line that is not there,
//! and no place where something else stands.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otel_bootstrap::doctor::{
    kind::Kind,
    read::{launches, words::is_name},
};

const KINDS: [Kind; 9] = [
    Kind::Procfile,
    Kind::Dockerfile,
    Kind::Yaml,
    Kind::Systemd,
    Kind::Uwsgi,
    Kind::Supervisor,
    Kind::Shell,
    Kind::Dotenv,
    Kind::Pyproject,
];

fuzz_target!(|input: (u8, &str)| {
    let (kind, text) = input;
    let kind = KINDS[usize::from(kind) % KINDS.len()];
    let Ok(launches) = launches(kind, text) else { return };
    for launch in launches {
        assert!(launch.line > 0);
        let start = launch.start();
        assert!(start.arguments.len() <= launch.words.len());
        for variable in &launch.environment {
            let Some(spot) = variable.spot else { continue };
            assert!(text[spot.name..].starts_with(&variable.name), "{kind:?} {variable:?}");
            if let (Some(at), Some(value)) = (spot.value, &variable.value) {
                assert!(text[at..].starts_with(value.as_str()), "{kind:?} {variable:?}");
            }
        }
        if let Some(slot) = &launch.slot {
            assert!(text.is_char_boundary(slot.at));
        }
        if kind != Kind::Yaml && kind != Kind::Dockerfile {
            assert!(launch.environment.iter().all(|variable| is_name(&variable.name)));
        }
    }
});
