//! The `Instrumentation` of the operator: what is injected, and what the SDK is told.
//!
//! Source of the form: the resource definition `instrumentations.opentelemetry.io`, `v1alpha1`.

use super::manifest::value::{Value, quoted};

/// How context can be passed on.
pub const PROPAGATORS: [&str; 8] =
    ["b3", "b3multi", "baggage", "jaeger", "none", "ottrace", "tracecontext", "xray"];

/// Which traces can be kept.
pub const SAMPLERS: [&str; 8] = [
    "always_off",
    "always_on",
    "jaeger_remote",
    "parentbased_always_off",
    "parentbased_always_on",
    "parentbased_traceidratio",
    "traceidratio",
    "xray",
];

/// Which traces are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sampler {
    /// One of [`SAMPLERS`].
    pub kind: &'static str,
    /// What it needs to know.
    pub argument: Option<String>,
}

/// What is injected, and what the SDK is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrumentation<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace; that of whoever applies it if `None`.
    pub namespace: Option<&'a str>,
    /// The address of the collector.
    pub endpoint: &'a str,
    /// How context is passed on.
    pub propagators: &'a [String],
    /// Which traces are kept.
    pub sampler: Option<&'a Sampler>,
    /// Attributes of the resource.
    pub attributes: &'a [(String, String)],
    /// What is about Python; `None` where nothing is injected.
    pub python: Option<Python<'a>>,
}

/// What is injected into Python.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Python<'a> {
    /// The image; the operator's own if `None`.
    pub image: Option<&'a str>,
    /// Variables.
    pub variables: Vec<(String, String)>,
}

impl Instrumentation<'_> {
    /// As a manifest.
    #[must_use]
    pub fn manifest(&self) -> Value {
        let mut metadata = vec![("name", Value::text(self.name))];
        metadata.extend(self.namespace.map(|namespace| ("namespace", Value::text(namespace))));
        let word = |name: &String| Value::Word(name.clone());
        let mut spec = vec![("exporter", Value::map([("endpoint", Value::text(self.endpoint))]))];
        if !self.propagators.is_empty() {
            spec.push(("propagators", Value::List(self.propagators.iter().map(word).collect())));
        }
        let sampler = self.sampler.map(|sampler| {
            let kind = ("type", Value::Word(sampler.kind.to_owned()));
            let argument = sampler.argument.as_deref().map(|text| ("argument", Value::text(text)));
            Value::map([kind].into_iter().chain(argument))
        });
        spec.extend(sampler.map(|sampler| ("sampler", sampler)));
        if !self.attributes.is_empty() {
            let attributes = self.attributes.iter();
            let attributes = attributes.map(|(key, value)| (quoted_key(key), Value::text(value.as_str())));
            spec.push(("resource", Value::map([("resourceAttributes", Value::Map(attributes.collect()))])));
        }
        spec.extend(self.python.as_ref().map(|python| ("python", python.value())));
        Value::map([
            ("apiVersion", Value::Word("opentelemetry.io/v1alpha1".to_owned())),
            ("kind", Value::Word("Instrumentation".to_owned())),
            ("metadata", Value::map(metadata)),
            ("spec", Value::map(spec)),
        ])
    }
}

impl Python<'_> {
    fn value(&self) -> Value {
        let image = self.image.map(|image| ("image", Value::text(image)));
        Value::map(image.into_iter().chain([("env", Value::List(Value::variables(&self.variables)))]))
    }
}

/// A key as it may stand in a mapping: what is no plain word is quoted.
fn quoted_key(key: &str) -> String {
    let is_word = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'-' | b'_');
    if key.bytes().all(|byte| is_word(byte) || byte.is_ascii_digit()) && key.bytes().any(is_word) {
        key.to_owned()
    } else {
        quoted(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_is_asked_for_and_nothing_else() {
        let propagators = ["tracecontext".to_owned()];
        let attributes = [
            ("deployment.environment.name".to_owned(), "a: b".to_owned()),
            ("1: 2".to_owned(), String::new()),
        ];
        let sampler = Sampler { kind: "traceidratio", argument: Some("0.5".to_owned()) };
        let mut all = Instrumentation {
            name: "python",
            namespace: Some("shop"),
            endpoint: "http://collector:4318",
            propagators: &propagators,
            sampler: Some(&sampler),
            attributes: &attributes,
            python: Some(Python {
                image: Some("registry/shop-otel:1"),
                variables: vec![("OTEL_EXPORTER_OTLP_PROTOCOL".to_owned(), "http/protobuf".to_owned())],
            }),
        };
        insta::assert_snapshot!(all.manifest().document(), @r#"
        apiVersion: opentelemetry.io/v1alpha1
        kind: Instrumentation
        metadata:
          name: "python"
          namespace: "shop"
        spec:
          exporter:
            endpoint: "http://collector:4318"
          propagators:
            - tracecontext
          sampler:
            type: traceidratio
            argument: "0.5"
          resource:
            resourceAttributes:
              deployment.environment.name: "a: b"
              "1: 2": ""
          python:
            image: "registry/shop-otel:1"
            env:
              - name: OTEL_EXPORTER_OTLP_PROTOCOL
                value: "http/protobuf"
        "#);
        all = Instrumentation {
            namespace: None,
            propagators: &[],
            sampler: None,
            attributes: &[],
            python: None,
            ..all
        };
        insta::assert_snapshot!(all.manifest().document(), @r#"
        apiVersion: opentelemetry.io/v1alpha1
        kind: Instrumentation
        metadata:
          name: "python"
        spec:
          exporter:
            endpoint: "http://collector:4318"
        "#);
    }
}
