//! A Python project as the checks see it: what the operator would inject into, and what is known of it.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{
    image::Image,
    manifest::tree::Node,
    pod::Pod,
    resource::{ConfigMap, Instrumentation},
};
use crate::{
    doctor::{
        kind::Kind,
        launch::Launch,
        read::{dockerfile, image::stages, yaml},
        survey::Sited,
        tree::{self, LARGEST, Skip, Skips},
    },
    file::{self, FileError},
};

/// What every manifest has that is about the operator: its annotations, and the group of its resources.
const OURS: &str = "opentelemetry.io/";

/// What manifests have that others take variables from.
const MAP: &str = "ConfigMap";

/// Why a file with workloads cannot be used.
#[derive(Debug, Error)]
pub enum WorkloadError {
    /// It cannot be read.
    #[error("failed to read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: FileError,
    },
    /// It is no YAML.
    #[error("`{}` is no YAML that can be read", .0.display())]
    NoYaml(PathBuf),
}

impl WorkloadError {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoYaml(_) => Some(
                "templates must be rendered first: give what `helm template` or `kustomize build` prints"
                    .to_owned(),
            ),
            Self::File { .. } => None,
        }
    }
}

/// What the operator would inject into.
#[derive(Debug, Default)]
pub struct Scene {
    /// The pods that are meant.
    pub pods: Vec<Sited<Pod>>,
    /// What their containers start, and what the images of the project start.
    pub launches: Vec<Sited<Launch>>,
    /// The manifests that ask something of the operator, or that the user names.
    pub manifests: Vec<Sited<Vec<Node>>>,
    /// Pods whose annotation says that nothing is to be injected into them.
    pub refusals: usize,
    /// The `Instrumentation`s.
    pub instrumentations: Vec<Sited<Instrumentation>>,
    /// The `ConfigMap`s.
    maps: Vec<ConfigMap>,
    /// The images that the project makes.
    pub images: Vec<Sited<Image>>,
    /// How many files were read.
    pub files: usize,
    /// Which were not, and why.
    pub skips: Skips,
}

impl Scene {
    /// Reads the files that the user names; without any, those below the root of the project that ask for it
    /// themselves. `shown` gives the path for people.
    pub fn of(
        root: Option<&Path>,
        workloads: &[PathBuf],
        shown: impl Fn(&Path) -> String,
    ) -> Result<Self, WorkloadError> {
        let mut scene = Self::default();
        for path in workloads {
            let text = file::read_text(path, LARGEST)
                .map_err(|source| WorkloadError::File { path: path.clone(), source })?;
            let documents = yaml::documents(&text).map_err(|_| WorkloadError::NoYaml(path.clone()))?;
            scene.files += 1;
            scene.take(&shown(path), &text, &documents, |pod| pod.is_injected() != Some(false));
        }
        let Some(root) = root else { return Ok(scene.filled()) };
        let (files, skips) = tree::walk(root);
        scene.skips = skips;
        for file in files {
            let is_image = file.kind == Kind::Dockerfile;
            let is_manifest = file.kind == Kind::Yaml && workloads.is_empty();
            if !is_image && !is_manifest {
                continue;
            }
            let path = shown(&file.path);
            let Ok(text) = file::read_text(&file.path, LARGEST) else {
                scene.skips.add(Skip::Unreadable, &path);
                continue;
            };
            scene.files += 1;
            if is_image {
                let stages = stages(&text);
                let started = dockerfile::launches(&stages).into_iter();
                scene.launches.extend(started.map(|what| Sited { path: path.clone(), what }));
                scene.images.extend(Image::of(&stages).map(|what| Sited { path, what }));
            } else if text.contains(OURS) || text.contains(MAP) {
                match yaml::documents(&text) {
                    Ok(documents) => {
                        scene.take(&path, &text, &documents, |pod| pod.is_injected() == Some(true));
                    }
                    Err(_) if text.contains(OURS) => scene.skips.add(Skip::Unparsed, &path),
                    Err(_) => {}
                }
            }
        }
        Ok(scene.filled())
    }

    /// Whether pods speak of the injection, and all of them refuse it.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refusals > 0 && self.pods.is_empty()
    }

    /// The image that is injected, if the manifests name one and no other.
    #[must_use]
    pub fn image(&self) -> Option<&str> {
        let mut named = self.instrumentations.iter().filter_map(|found| found.what.image.as_deref());
        let first = named.next()?;
        named.all(|other| other == first).then_some(first)
    }

    /// Gives the pods what they take from elsewhere, once all files are read.
    fn filled(mut self) -> Self {
        self.pods.iter_mut().for_each(|pod| pod.what.fill(&self.maps));
        self
    }

    /// Adds what a manifest says.
    fn take(&mut self, path: &str, text: &str, documents: &[yaml::Node], is_meant: impl Fn(&Pod) -> bool) {
        self.maps.extend(documents.iter().filter_map(ConfigMap::of));
        let found = documents.iter().filter_map(Instrumentation::of);
        self.instrumentations.extend(found.map(|what| Sited { path: path.to_owned(), what }));
        for pod in documents.iter().flat_map(Pod::of_document) {
            self.refusals += usize::from(pod.is_injected() == Some(false));
            if !is_meant(&pod) {
                continue;
            }
            let launches = pod.instrumented().into_iter().flat_map(|container| &container.launches);
            self.launches.extend(launches.map(|what| Sited { path: path.to_owned(), what: what.clone() }));
            self.pods.push(Sited { path: path.to_owned(), what: pod });
        }
        if let Ok(what) = super::manifest::tree::documents(text) {
            self.manifests.push(Sited { path: path.to_owned(), what });
        }
    }
}
