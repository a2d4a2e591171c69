//! The known name that a misspelt one was probably meant to be.

/// How alike two names must be, from 0 to 1: one or two slips in a usual name, not another name.
const LIKENESS: f64 = 0.8;

/// The known name that is most like the given one, if one is like enough.
///
/// `-` and `_` count as the same, as they do for cargo. Of names equally alike the first wins.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let normal = |name: &str| name.to_lowercase().replace('_', "-");
    let given = normal(given);
    let mut best: Option<(f64, &str)> = None;
    for name in known {
        let likeness = strsim::jaro_winkler(&given, &normal(name));
        if likeness >= LIKENESS && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, name));
        }
    }
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_names_are_not() {
        let known = ["axum", "actix-web", "tonic", "reqwest", "sqlx", "opentelemetry-otlp"];
        for (given, meant) in [
            ("axmu", Some("axum")),
            ("Axum", Some("axum")),
            ("actix_web", Some("actix-web")),
            ("requests", Some("reqwest")),
            ("opentelemtry-otlp", Some("opentelemetry-otlp")),
            ("kafka", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, known), meant, "{given}");
        }
        assert_eq!(nearest("axum", []), None);
    }
}
