//! What is to be done for the OpenTelemetry Operator.

use std::path::PathBuf;

use url::Url;

use super::{DoctorSettings, UsageError};
use crate::{
    cli::{
        ActionName,
        operator::{LibcName, ManifestName, OperatorArgs, SwitchName},
    },
    operator::{
        instrumentation::{PROPAGATORS, SAMPLERS, Sampler},
        libc::Libc,
        manifest::plan::is_name,
    },
};

/// Work for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSettings {
    /// How to tell what would go wrong.
    pub telling: DoctorSettings,
    /// `--workload`: the manifests with the workloads; empty for those in the project.
    pub workloads: Vec<PathBuf>,
    /// `--container`: those that are meant.
    pub containers: Vec<String>,
    /// `--libc`: that of the application's image; to be found out if `None`.
    pub libc: Option<Libc>,
    /// `--operator-version`: the release in the cluster; the newest that is known if `None`.
    pub release: Option<String>,
    /// `--image`: what is injected, if it is not the operator's own.
    pub image: Option<String>,
    /// `--against`: the contents of a payload of the user's own.
    pub against: Option<PathBuf>,
    /// `--manifest`: what to print; nothing tells what would go wrong.
    pub manifests: Vec<Manifest>,
    /// `--write`: edit the workloads where they are.
    pub write: bool,
    /// `--dry-run`: show what would be edited.
    pub dry_run: bool,
    /// What the `Instrumentation` says.
    pub instrumentation: InstrumentationSettings,
}

/// A manifest that can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manifest {
    /// The `Instrumentation`.
    Instrumentation,
    /// The workloads, edited.
    Workload,
    /// Strategic merge patches.
    Patch,
    /// A component of kustomize.
    Kustomize,
}

/// What the `Instrumentation` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstrumentationSettings {
    /// Its namespace and its name; `None` for the only one of the namespace.
    pub name: Option<(Option<String>, String)>,
    /// The address of the collector.
    pub endpoint: Option<String>,
    /// How context is passed on; empty for the default.
    pub propagators: Vec<String>,
    /// Which traces are kept.
    pub sampler: Option<Sampler>,
    /// Attributes of the resource.
    pub attributes: Vec<(String, String)>,
    /// Whether what Python logs is exported; as the release does it if `None`.
    pub logs: Option<bool>,
}

/// Resolves what was typed for the operator. Every problem is told.
pub(super) fn operator_settings(
    telling: DoctorSettings,
    dry_run: bool,
    typed: OperatorArgs,
) -> Result<OperatorSettings, Vec<UsageError>> {
    let OperatorArgs {
        workload,
        container,
        libc,
        operator_version,
        image,
        against,
        manifest,
        write,
        instrumentation,
        endpoint,
        propagator,
        sampler,
        resource_attribute,
        logs,
        payload: _,
        arch: _,
    } = typed;
    let mut problems = Vec::new();
    let manifests: Vec<Manifest> = manifest.into_iter().map(manifest_setting).collect();
    let has = |manifest| manifests.contains(&manifest);
    let needs_workload = write || has(Manifest::Workload) || has(Manifest::Patch) || has(Manifest::Kustomize);
    if needs_workload && workload.is_empty() {
        problems.push(UsageError::WithoutWorkload);
    }
    if has(Manifest::Instrumentation) && endpoint.is_none() {
        problems.push(UsageError::WithoutEndpoint);
    }
    if write && has(Manifest::Workload) || has(Manifest::Kustomize) && manifests.len() > 1 {
        problems.push(UsageError::ManifestsTogether);
    }
    if endpoint.as_deref().is_some_and(|text| !is_address(text)) {
        problems.push(UsageError::OperatorValue {
            option: "--endpoint",
            takes: "an address with `http://` or `https://`",
        });
    }
    if propagator.iter().any(|name| !PROPAGATORS.contains(&name.as_str())) {
        problems.push(unknown_propagator());
    }
    let sampler = sampler.map(|text| sampler_setting(&text));
    if sampler == Some(None) {
        problems.push(UsageError::OperatorValue {
            option: "--sampler",
            takes: "a type like `parentbased_always_on`, and for ratios a number from 0 to 1 behind `=`",
        });
    }
    let name = instrumentation.map(|text| name_setting(&text));
    if name == Some(None) {
        problems
            .push(UsageError::OperatorValue { option: "--instrumentation", takes: "a name of Kubernetes" });
    }
    let attributes: Vec<Option<(String, String)>> =
        resource_attribute.iter().map(|text| attribute(text)).collect();
    if attributes.contains(&None) {
        problems.push(UsageError::OperatorValue { option: "--resource-attribute", takes: "`KEY=VALUE`" });
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(OperatorSettings {
        telling,
        workloads: workload,
        containers: container,
        libc: libc.map(libc_setting),
        release: operator_version,
        image,
        against,
        manifests,
        write,
        dry_run,
        instrumentation: InstrumentationSettings {
            name: name.flatten(),
            endpoint,
            propagators: propagator,
            sampler: sampler.flatten(),
            attributes: attributes.into_iter().flatten().collect(),
            logs: logs.map(|state| state == SwitchName::On),
        },
    })
}

/// The options that mean nothing to other actions.
pub(super) fn misplaced_operator_options(action: ActionName, typed: &OperatorArgs) -> Vec<UsageError> {
    if action == ActionName::Operator {
        return Vec::new();
    }
    let OperatorArgs {
        workload,
        container,
        libc,
        operator_version,
        image,
        against,
        manifest,
        write,
        instrumentation,
        endpoint,
        propagator,
        sampler,
        resource_attribute,
        logs,
        payload,
        arch,
    } = typed;
    let given = [
        ("--workload", !workload.is_empty()),
        ("--container", !container.is_empty()),
        ("--libc", libc.is_some()),
        ("--operator-version", operator_version.is_some()),
        ("--image", image.is_some()),
        ("--against", against.is_some()),
        ("--manifest", !manifest.is_empty()),
        ("--write", *write),
        ("--instrumentation", instrumentation.is_some()),
        ("--endpoint", endpoint.is_some()),
        ("--propagator", !propagator.is_empty()),
        ("--sampler", sampler.is_some()),
        ("--resource-attribute", !resource_attribute.is_empty()),
        ("--logs", logs.is_some()),
        ("--payload", payload.is_some()),
        ("--arch", !arch.is_empty()),
    ];
    let given = given.iter().filter(|(_, given)| *given);
    given.map(|(option, _)| UsageError::Misplaced { option, actions: "`--action operator`" }).collect()
}

/// What `--propagator` takes.
pub(super) fn unknown_propagator() -> UsageError {
    UsageError::OperatorValue {
        option: "--propagator",
        takes: "`tracecontext`, `baggage`, `b3`, `b3multi`, `jaeger`, `xray`, `ottrace` and `none`",
    }
}

pub(super) fn libc_setting(name: LibcName) -> Libc {
    match name {
        LibcName::Glibc => Libc::Glibc,
        LibcName::Musl => Libc::Musl,
    }
}

fn manifest_setting(name: ManifestName) -> Manifest {
    match name {
        ManifestName::Instrumentation => Manifest::Instrumentation,
        ManifestName::Workload => Manifest::Workload,
        ManifestName::Patch => Manifest::Patch,
        ManifestName::Kustomize => Manifest::Kustomize,
    }
}

fn is_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
}

/// `TYPE` or `TYPE=ARGUMENT`, as the operator takes them.
fn sampler_setting(text: &str) -> Option<Sampler> {
    let (kind, argument) =
        text.split_once('=').map_or((text, None), |(kind, argument)| (kind, Some(argument)));
    let kind = SAMPLERS.iter().find(|known| **known == kind)?;
    let is_ratio =
        argument.is_some_and(|text| text.parse().is_ok_and(|ratio: f64| (0.0..=1.0).contains(&ratio)));
    if kind.contains("ratio") && !is_ratio || kind.contains("always") && argument.is_some() {
        return None;
    }
    Some(Sampler { kind, argument: argument.map(str::to_owned) })
}

/// `NAME` or `NAMESPACE/NAME`.
fn name_setting(text: &str) -> Option<(Option<String>, String)> {
    let (namespace, name) = text.split_once('/').map_or((None, text), |(space, name)| (Some(space), name));
    // These two mean something else to the operator.
    let is_free = !matches!(name, "true" | "false");
    let is_fit = is_name(name) && is_free && namespace.is_none_or(is_name);
    is_fit.then(|| (namespace.map(str::to_owned), name.to_owned()))
}

fn attribute(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once('=')?;
    (!key.trim().is_empty()).then(|| (key.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samplers_and_names_are_those_of_the_operator() {
        for (text, expected) in [
            ("parentbased_always_on", Some(("parentbased_always_on", None))),
            ("parentbased_traceidratio=0.25", Some(("parentbased_traceidratio", Some("0.25")))),
            ("traceidratio", None),
            ("traceidratio=1.5", None),
            ("always_on=1", None),
            ("sometimes", None),
        ] {
            let found = sampler_setting(text);
            let found = found.as_ref().map(|sampler| (sampler.kind, sampler.argument.as_deref()));
            assert_eq!(found, expected, "{text}");
        }
        for (text, is_fit) in
            [("python", true), ("a/b", true), ("true", false), ("A", false), ("a/b/c", false)]
        {
            assert_eq!(name_setting(text).is_some(), is_fit, "{text}");
        }
        assert!(is_address("http://collector:4318") && !is_address("collector:4318"));
    }
}
