//! What the registry knows, as a list for people and in every form for programs.

use std::fmt::Write;

use serde::Serialize;

use super::{
    grid::Grid,
    json::{SCHEMA, document},
};
use crate::{
    registry::{
        describe::{By, Explanation, Listed},
        problem::Problem,
    },
    terminal::visible,
};

/// The libraries as a table.
#[must_use]
pub fn registry_table(libraries: &[Listed], width: Option<usize>) -> String {
    let mut grid = Grid::new(&["ECOSYSTEM", "LIBRARY", "WHAT", "KIND", "INSTRUMENTATION"]);
    for library in libraries {
        let kind = library.ways.first().map_or("", |way| kind(&way.by));
        let ways = library.ways.iter().filter_map(|way| {
            let name = match &way.by {
                By::Crate(name) | By::Distribution(name) => name.clone(),
                By::Feature(feature) => format!("{}/{feature}", library.library),
                By::Native(_) | By::Nothing(_) => return None,
            };
            Some(if way.on_request { format!("({name})") } else { name })
        });
        let mut ways = ways.collect::<Vec<_>>();
        ways.dedup();
        grid.row(&[
            library.ecosystem.to_owned(),
            library.library.clone(),
            library.what.clone(),
            kind.to_owned(),
            ways.join(", "),
        ]);
    }
    grid.render(width)
}

/// The libraries as JSON.
#[must_use]
pub fn registry_json(libraries: &[Listed]) -> String {
    /// The form.
    #[derive(Serialize)]
    struct Form<'a> {
        /// The version of the form.
        schema: u32,
        /// The libraries.
        libraries: &'a [Listed],
    }
    document(&Form { schema: SCHEMA, libraries })
}

/// The problems of registry files, one per line; nothing if there are none.
#[must_use]
pub fn lint_lines(problems: &[Problem]) -> String {
    problems.iter().fold(String::new(), |mut text, problem| {
        let _ = writeln!(text, "{}", visible(&problem.to_string()));
        text
    })
}

/// The problems of registry files as JSON.
#[must_use]
pub fn lint_json(problems: &[Problem]) -> String {
    /// The form.
    #[derive(Serialize)]
    struct Form<'a> {
        /// The version of the form.
        schema: u32,
        /// The problems.
        problems: &'a [Problem],
    }
    document(&Form { schema: SCHEMA, problems })
}

/// Everything about a name as JSON.
#[must_use]
pub fn explanation_json(explanation: &Explanation) -> String {
    /// The form.
    #[derive(Serialize)]
    struct Form<'a> {
        /// The version of the form.
        schema: u32,
        /// Everything about the name.
        explanation: &'a Explanation,
    }
    document(&Form { schema: SCHEMA, explanation })
}

/// The kind of a way, in a word.
fn kind(by: &By) -> &'static str {
    match by {
        By::Crate(_) => "crate",
        By::Distribution(_) => "package",
        By::Feature(_) => "feature",
        By::Native(_) => "native",
        By::Nothing(_) => "none",
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;
    use crate::registry::{describe, sample::sample};

    #[test]
    fn the_list_is_a_table() {
        let table = registry_table(&describe::list(&sample()), None);
        insta::assert_snapshot!(strip_str(&table).to_string(), @r"
        ECOSYSTEM  LIBRARY    WHAT           KIND     INSTRUMENTATION
        cargo      queue      message queue  none
        cargo      store      database       feature  store/otel
        cargo      web        web framework  crate    web-otel, (web-metrics)
        python     lake       database       package  opentelemetry-instrumentation-lake, (opentelemetry-instrumentation-shore)
        python     lake-lite                 package  opentelemetry-instrumentation-lake
        python     shore                     package  (opentelemetry-instrumentation-shore)
        ");
    }

    #[test]
    fn the_json_forms_have_a_schema() {
        let forms = [
            registry_json(&describe::list(&sample())[..1]),
            explanation_json(&describe::explain(&sample(), "queue").expect("a known name")),
            lint_json(&[]),
        ];
        insta::assert_snapshot!(forms.concat(), @r#"
        {
          "schema": 1,
          "libraries": [
            {
              "ecosystem": "cargo",
              "library": "queue",
              "what": "message queue",
              "ways": [
                {
                  "by": {
                    "kind": "nothing",
                    "value": "spans of your own"
                  },
                  "on_request": false
                }
              ]
            }
          ]
        }
        {
          "schema": 1,
          "explanation": {
            "name": "queue",
            "library": {
              "what": "message queue",
              "counts_anywhere": false,
              "covered_by": [],
              "note": null,
              "ways": [
                {
                  "library": "queue",
                  "by": {
                    "kind": "nothing",
                    "value": "spans of your own"
                  },
                  "what": null,
                  "on_request": false,
                  "versions": null,
                  "signals": [],
                  "through_tracing": null,
                  "features": [],
                  "mirror": {},
                  "select": null,
                  "in_binaries": false,
                  "needs": [],
                  "conflicts": [],
                  "switches": [],
                  "directives": [],
                  "wiring": [],
                  "docs": null,
                  "note": null,
                  "support": []
                }
              ]
            }
          }
        }
        {
          "schema": 1,
          "problems": []
        }
        "#);
    }

    #[test]
    fn problems_are_lines() {
        let problem = |key: &str| Problem {
            file: "o.toml".to_owned(),
            entry: "library.a\u{1b}".to_owned(),
            key: key.to_owned(),
            message: "is odd".to_owned(),
        };
        insta::assert_snapshot!(lint_lines(&[problem(""), problem("what")]), @r"
        o.toml: [library.a\u{1b}]: is odd
        o.toml: [library.a\u{1b}] `what`: is odd
        ");
    }
}
