//! Values that the SDK of Python does not understand. None of them is shown where it may be a secret.

/// Variables that are whole numbers.
const NUMBERS: [&str; 8] = [
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BLRP_MAX_QUEUE_SIZE",
    "OTEL_BLRP_SCHEDULE_DELAY",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
];

/// The samplers of the SDK.
const SAMPLERS: [&str; 6] = [
    "always_off",
    "always_on",
    "parentbased_always_off",
    "parentbased_always_on",
    "parentbased_traceidratio",
    "traceidratio",
];

/// A timeout beyond this was meant in milliseconds.
const LONGEST_TIMEOUT: f64 = 1000.0;

/// What is wrong with a value, and what to do.
pub(super) fn problem(name: &str, value: &str) -> Option<(String, String)> {
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    if let Some(problem) = quoted(name, value) {
        return Some(problem);
    }
    let shown = value.escape_debug();
    let told = |reason: &str, fix: &str| Some((format!("`{name}={shown}` {reason}"), fix.to_owned()));
    match name {
        "OTEL_SDK_DISABLED" if !is_boolean(value) => {
            told("is neither `true` nor `false`, and counts as `false`", "write `true` or `false`")
        }
        "OTEL_TRACES_SAMPLER" if !SAMPLERS.contains(&value) => {
            let near = sampler(value)?;
            Some((
                format!("`{name}={shown}` is no sampler: everything is sampled"),
                format!("write `{near}`"),
            ))
        }
        "OTEL_TRACES_SAMPLER_ARG"
            if value.parse::<f64>().is_ok_and(|ratio| !(0.0..=1.0).contains(&ratio)) =>
        {
            told(
                "is no share between 0 and 1: everything is sampled",
                "write a number between 0 and 1, like `0.1`",
            )
        }
        _ if NUMBERS.contains(&name) && value.parse::<u64>().is_err() => {
            told("is no whole number, and is passed over", "write a whole number")
        }
        "OTEL_METRIC_EXPORT_INTERVAL" if value.parse::<f64>().is_err() => told(
            "is no number of milliseconds, and is passed over",
            "write a number without a unit, like `60000`",
        ),
        _ if is_of_otlp(name, "_PROTOCOL") => match value {
            "grpc" | "http/protobuf" => None,
            _ => told("is no protocol that the exporters of Python speak", "write `grpc` or `http/protobuf`"),
        },
        _ if is_of_otlp(name, "_TIMEOUT") => match value.parse::<f64>() {
            Err(_) => told("is no number", "write a number of seconds, like `10`"),
            Ok(timeout) if timeout >= LONGEST_TIMEOUT => {
                told("counts seconds in Python, not milliseconds", "write a number of seconds, like `10`")
            }
            Ok(_) => None,
        },
        _ if is_of_otlp(name, "_COMPRESSION") => match value {
            "gzip" | "deflate" | "none" => None,
            _ => told("is no compression", "write `gzip` or `none`"),
        },
        "OTEL_RESOURCE_ATTRIBUTES" => pairs(name, value),
        _ if is_of_otlp(name, "_HEADERS") => pairs(name, value),
        _ => None,
    }
}

/// The value that is meant, where there is no doubt.
pub(super) fn cured<'a>(name: &str, value: &'a str) -> Option<&'a str> {
    let trimmed = value.trim();
    if quoted(name, trimmed).is_some() {
        return Some(&trimmed[1..trimmed.len() - 1]).filter(|inner| problem(name, inner).is_none());
    }
    if name == "OTEL_TRACES_SAMPLER" { sampler(trimmed) } else { None }
}

/// The sampler that is spelled nearly so.
pub(in crate::doctor) fn sampler(value: &str) -> Option<&'static str> {
    let near =
        SAMPLERS.iter().map(|known| (strsim::damerau_levenshtein(&value.to_lowercase(), known), known));
    let (_, near) = near.filter(|(slips, _)| *slips <= 3).min()?;
    Some(near)
}

fn is_boolean(value: &str) -> bool {
    value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
}

/// Whether it is a variable of the OTLP exporters with that end.
fn is_of_otlp(name: &str, end: &str) -> bool {
    name.starts_with("OTEL_EXPORTER_OTLP_") && name.ends_with(end)
}

/// A value that has kept its quotes: lists of Compose and values of Kubernetes take none away.
pub(in crate::doctor) fn quoted(name: &str, value: &str) -> Option<(String, String)> {
    let is_within = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    (is_within('"') || is_within('\'')).then(|| {
        (
            format!("the value of `{name}` has quotes around it that belong to it"),
            "take the quotes away".to_owned(),
        )
    })
}

/// `KEY=VALUE` pairs with commas between them; the values may be secrets.
fn pairs(name: &str, value: &str) -> Option<(String, String)> {
    let entries = value.split(',').map(str::trim);
    let wrong = entries.enumerate().find(|(_, entry)| !entry.is_empty() && !entry.contains('='));
    wrong.map(|(index, _)| {
        (
            format!("entry {} of `{name}` has no `=`, and is passed over", index + 1),
            "write `KEY=VALUE` with commas between; a comma in a value is `%2C`".to_owned(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_sdk_understands_is_no_problem() {
        for (name, value) in [
            ("OTEL_SDK_DISABLED", "True"),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER", "acme"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
            ("OTEL_TRACES_SAMPLER_ARG", "endpoint=http://x"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20x==,a=b"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=b, c=d,"),
            ("OTEL_BSP_SCHEDULE_DELAY", ""),
            ("OTEL_OTHER", "x"),
        ] {
            assert_eq!(problem(name, value), None, "{name}={value}");
        }
    }

    #[test]
    fn only_what_is_beyond_doubt_is_cured() {
        for (name, value, expected) in [
            ("OTEL_TRACES_SAMPLER", "alwayson", Some("always_on")),
            ("OTEL_SERVICE_NAME", "'shop'", Some("shop")),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "'2k'", None),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10000", None),
            ("OTEL_SDK_DISABLED", "1", None),
        ] {
            assert!(problem(name, value).is_some(), "{name}={value}");
            assert_eq!(cured(name, value), expected, "{name}={value}");
        }
    }

    #[test]
    fn what_it_does_not_is_told() {
        let told: Vec<String> = [
            ("OTEL_SDK_DISABLED", "1"),
            ("OTEL_TRACES_SAMPLER", "parentbased_trace_id_ratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "10"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "2k"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "60s"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "10000"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "\"http://x\""),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=b,secret"),
        ]
        .iter()
        .map(|(name, value)| {
            problem(name, value).map_or_else(String::new, |(reason, fix)| format!("{reason}; {fix}"))
        })
        .collect();
        insta::assert_snapshot!(told.join("\n"), @"
        `OTEL_SDK_DISABLED=1` is neither `true` nor `false`, and counts as `false`; write `true` or `false`
        `OTEL_TRACES_SAMPLER=parentbased_trace_id_ratio` is no sampler: everything is sampled; write `parentbased_traceidratio`
        `OTEL_TRACES_SAMPLER_ARG=10` is no share between 0 and 1: everything is sampled; write a number between 0 and 1, like `0.1`
        `OTEL_BSP_MAX_QUEUE_SIZE=2k` is no whole number, and is passed over; write a whole number
        `OTEL_METRIC_EXPORT_INTERVAL=60s` is no number of milliseconds, and is passed over; write a number without a unit, like `60000`
        `OTEL_EXPORTER_OTLP_PROTOCOL=http/json` is no protocol that the exporters of Python speak; write `grpc` or `http/protobuf`
        `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=10000` counts seconds in Python, not milliseconds; write a number of seconds, like `10`
        `OTEL_EXPORTER_OTLP_COMPRESSION=zip` is no compression; write `gzip` or `none`
        the value of `OTEL_EXPORTER_OTLP_ENDPOINT` has quotes around it that belong to it; take the quotes away
        entry 2 of `OTEL_EXPORTER_OTLP_HEADERS` has no `=`, and is passed over; write `KEY=VALUE` with commas between; a comma in a value is `%2C`
        ");
    }
}
