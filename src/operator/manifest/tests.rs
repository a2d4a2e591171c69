use std::fmt::Write;

use super::{
    plan::{NAMES, PLATFORM},
    *,
};
use crate::{doctor::read::kubernetes::INJECT, operator::libc::Libc};

/// Variables as Django needs them, with the folder of the container if it names one.
fn django(folder: Option<&str>) -> Vec<(String, String)> {
    [("DJANGO_SETTINGS_MODULE", "shop.settings"), ("PYTHONPATH", folder.unwrap_or("/app"))]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn wish(containers: &[String], libc: Option<Libc>, is_django: bool) -> Wish<'_> {
    let variables: &plan::Variables<'_> = if is_django { &django } else { &|_| Vec::new() };
    Wish { annotation: INJECT, value: "true".to_owned(), libc, containers, variables }
}

/// The edited text, or the errors; and what is said.
fn told(text: &str, wish: &Wish<'_>) -> String {
    match patched(text, wish) {
        Ok(patched) => {
            let remarks = patched.workloads.iter().flat_map(|workload| {
                let title = format!("{}/{}", workload.kind, workload.name);
                workload.addition.remarks.iter().map(move |remark| format!("# {title} {remark}\n"))
            });
            patched.text + &remarks.collect::<Vec<_>>().concat()
        }
        Err(errors) => {
            errors.iter().map(|error| crate::error::with_causes(error) + "\n").collect::<Vec<_>>().concat()
        }
    }
}

#[test]
fn a_deployment_gets_what_it_lacks() {
    let text = "# The shop.\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: shop # its name\nspec:\n  template:\n    \
                metadata:\n      labels: &labels\n        app: shop\n    spec:\n      containers:\n        - name: web\n          \
                image: \"shop:1\"\n          workingDir: /srv\n          # why\n          env:\n            - {name: A, value: b}\n\
                \x20     volumes: [] # none\n";
    insta::assert_snapshot!(told(text, &wish(&[], Some(Libc::Musl), true)), @r#"
    # The shop.
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop # its name
    spec:
      template:
        metadata:
          labels: &labels
            app: shop
          annotations:
            instrumentation.opentelemetry.io/inject-python: "true"
            instrumentation.opentelemetry.io/otel-python-platform: "musl"
        spec:
          containers:
            - name: web
              image: "shop:1"
              workingDir: /srv
              # why
              env:
                - {name: A, value: b}
                - name: DJANGO_SETTINGS_MODULE
                  value: "shop.settings"
                - name: PYTHONPATH
                  value: "/srv"
          volumes: [] # none
    "#);
}

#[test]
fn every_kind_has_its_own_way() {
    let text = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: tidy}\nspec:\n  jobTemplate:\n    spec:\n      template:\n        \
                spec:\n          containers:\n          - name: tidy\n            image: x\n---\n{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \
                \"metadata\": {\"name\": \"one\"},\n \"spec\": {\"containers\": [{\"name\": \"one\"}]}}\n---\nkind: Service\nmetadata: {name: shop}\n\
                ---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: StatefulSet\n  metadata:\n    name: db\n  spec:\n    \
                template:\n      metadata:\n      spec:\n        containers:\n        - name: db\n";
    insta::assert_snapshot!(told(text, &wish(&[], None, true)), @r#"
    apiVersion: batch/v1
    kind: CronJob
    metadata: {name: tidy}
    spec:
      jobTemplate:
        spec:
          template:
            metadata:
              annotations:
                instrumentation.opentelemetry.io/inject-python: "true"
            spec:
              containers:
              - name: tidy
                image: x
                env:
                - name: DJANGO_SETTINGS_MODULE
                  value: "shop.settings"
                - name: PYTHONPATH
                  value: "/app"
    ---
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "annotations": {"instrumentation.opentelemetry.io/inject-python": "true"}},
     "spec": {"containers": [{"name": "one", "env": [{"name": "DJANGO_SETTINGS_MODULE", "value": "shop.settings"}, {"name": "PYTHONPATH", "value": "/app"}]}]}}
    ---
    kind: Service
    metadata: {name: shop}
    ---
    apiVersion: v1
    kind: List
    items:
    - apiVersion: apps/v1
      kind: StatefulSet
      metadata:
        name: db
      spec:
        template:
          metadata:
            annotations:
              instrumentation.opentelemetry.io/inject-python: "true"
          spec:
            containers:
            - name: db
              env:
              - name: DJANGO_SETTINGS_MODULE
                value: "shop.settings"
              - name: PYTHONPATH
                value: "/app"
    "#);
}

#[test]
fn what_is_there_is_respected_and_explained() {
    let workload = |annotations: &str, rest: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: shop}}\nspec:\n  template:\n    metadata:\n      \
             annotations: {{{annotations}}}\n    spec:\n      containers: [{{name: a}}{rest}]\n"
        )
    };
    let inject = "instrumentation.opentelemetry.io/inject-python";
    let mut all = String::new();
    for (annotations, rest) in [
        (format!("{inject}: 'false'"), ""),
        (format!("{inject}: 'other/mine', {PLATFORM}: glibc"), ""),
        (format!("{inject}: true"), ""),
        (format!("{inject}: ''"), ""),
        (format!("{inject}: 'true'"), ", {name: b}"),
        (format!("{NAMES}: 'b,c'"), ", {name: b}"),
        (format!("{NAMES}: b, {inject}: 'true', {PLATFORM}: musl"), ", {name: b}"),
        (String::new(), ", {name: b}"),
    ] {
        let text = workload(&annotations, rest);
        let told = told(&text, &wish(&[], Some(Libc::Musl), false));
        let shown: Vec<&str> = told
            .lines()
            .filter(|line| line.contains("annotations:") || line.starts_with('#') || line.starts_with('`'))
            .collect();
        let _ = writeln!(all, "{}\n", shown.join("\n"));
    }
    insta::assert_snapshot!(all, @r#"
          annotations: {instrumentation.opentelemetry.io/inject-python: 'false'}
    # Deployment/shop says `false` (line 7), and is left alone

          annotations: {instrumentation.opentelemetry.io/inject-python: 'other/mine', instrumentation.opentelemetry.io/otel-python-platform: glibc}
    # Deployment/shop asks for it already, with `other/mine` (line 7)
    # Deployment/shop says `glibc` (line 7), and the image is of musl: it is left as it is

    `Deployment/shop`: line 7: `true` without quotes is no text, and Kubernetes refuses it as an annotation

          annotations: {instrumentation.opentelemetry.io/inject-python: ''}
    # Deployment/shop has the annotation without a value (line 7), and is left alone

          annotations: {instrumentation.opentelemetry.io/inject-python: 'true', "instrumentation.opentelemetry.io/otel-python-platform": "musl"}
    # Deployment/shop asks for it already, with `true` (line 7)
    # Deployment/shop names no container: the operator takes the first, `a`

    `Deployment/shop`: line 7 names container `c`, which it does not have

          annotations: {instrumentation.opentelemetry.io/container-names: b, instrumentation.opentelemetry.io/inject-python: 'true', instrumentation.opentelemetry.io/otel-python-platform: musl}
    # Deployment/shop asks for it already, with `true` (line 7)

    `Deployment/shop`: it has the containers `a` and `b`, and nothing says which is meant
    "#);
}

#[test]
fn a_choice_is_written_down() {
    let text = "kind: Deployment\nmetadata: {name: shop}\nspec:\n  template:\n    metadata:\n      annotations:\n        x: y\n    \
                spec:\n      containers:\n      - name: proxy\n      - name: web\n";
    let containers = ["web".to_owned()];
    insta::assert_snapshot!(told(text, &wish(&containers, None, true)), @r#"
    kind: Deployment
    metadata: {name: shop}
    spec:
      template:
        metadata:
          annotations:
            x: y
            instrumentation.opentelemetry.io/inject-python: "true"
            instrumentation.opentelemetry.io/container-names: "web"
        spec:
          containers:
          - name: proxy
          - name: web
            env:
            - name: DJANGO_SETTINGS_MODULE
              value: "shop.settings"
            - name: PYTHONPATH
              value: "/app"
    "#);
    let java = text.replace("x: y", "instrumentation.opentelemetry.io/inject-java: 'true'");
    insta::assert_snapshot!(told(&java, &wish(&containers, None, false)), @r#"
    kind: Deployment
    metadata: {name: shop}
    spec:
      template:
        metadata:
          annotations:
            instrumentation.opentelemetry.io/inject-java: 'true'
            instrumentation.opentelemetry.io/inject-python: "true"
            instrumentation.opentelemetry.io/python-container-names: "web"
        spec:
          containers:
          - name: proxy
          - name: web
    "#);
}

#[test]
fn names_in_both_annotations_are_put_together() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  annotations:\n    \
                instrumentation.opentelemetry.io/container-names: b\n    \
                instrumentation.opentelemetry.io/python-container-names: a,b\nspec:\n  containers:\n  - name: a\n  - name: b\n  - name: c\n";
    let told = told(text, &wish(&[], None, true));
    assert_eq!(told.matches("name: DJANGO_SETTINGS_MODULE").count(), 2, "{told}");
    assert!(told.contains("- name: a\n    env:") && told.ends_with("- name: c\n"), "{told}");
}

#[test]
fn what_cannot_be_edited_is_a_clear_word() {
    let mut all = String::new();
    for text in [
        "a: [\n",
        "kind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n",
        "kind: Deployment\nmetadata: {name: '{{ x }}'}\nspec: {template: {spec: {containers: [{name: a}]}}}\n",
        "kind: ConfigMap\n",
        "kind: Pod\nmetadata: {name: x}\nspec: {initContainers: [{name: a}]}\n",
        "kind: Pod\nmetadata: {name: 'x;y'}\nspec: {containers: [{name: a}]}\n",
        "x: &t {spec: {containers: [{name: a}]}}\nkind: Deployment\nmetadata: {name: x}\nspec:\n  template: *t\n",
        "",
    ] {
        all.push_str(&told(text, &wish(&[], None, false)));
    }
    insta::assert_snapshot!(all, @"
    line 2: while parsing a node, did not find expected node content
    line 3: it is a template, not what is made of it
    `Deployment/{{ x }}`: it is a template, with `{{ x }}`
    it holds no workload
    `Pod/x`: it has no container, only such that prepare one
    `Pod/x;y`: `x;y` is no name of Kubernetes
    `Deployment/x` cannot be edited: line 5 is shared through an anchor: an edit there would change more than one place
    it holds no workload
    ");
}

#[test]
fn patches_are_as_small_as_what_is_added() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop, namespace: web}\nspec: {template: {spec: {containers: [{name: a}]}}}\n\
                ---\napiVersion: v1\nkind: Pod\nmetadata: {name: one}\nspec: {containers: [{name: a}]}\n";
    let planned = planned(text, &wish(&[], None, true)).expect("workloads");
    let patches: Vec<String> =
        planned.iter().filter_map(patch::strategic).map(|patch| patch.document()).collect();
    insta::assert_snapshot!(patches.join("---\n"), @r#"
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: "shop"
      namespace: "web"
    spec:
      template:
        metadata:
          annotations:
            instrumentation.opentelemetry.io/inject-python: "true"
        spec:
          containers:
            - name: "a"
              env:
                - name: DJANGO_SETTINGS_MODULE
                  value: "shop.settings"
                - name: PYTHONPATH
                  value: "/app"
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: "one"
      annotations:
        instrumentation.opentelemetry.io/inject-python: "true"
    spec:
      containers:
        - name: "a"
          env:
            - name: DJANGO_SETTINGS_MODULE
              value: "shop.settings"
            - name: PYTHONPATH
              value: "/app"
    "#);
    insta::assert_snapshot!(patch::component(&planned[..1], &["instrumentation.yaml"]).document(), @r#"
    apiVersion: kustomize.config.k8s.io/v1alpha1
    kind: Component
    resources:
      - instrumentation.yaml
    patches:
      - target:
          kind: Deployment
          name: "shop"
          group: apps
        patch: |
          apiVersion: apps/v1
          kind: Deployment
          metadata:
            name: "shop"
            namespace: "web"
          spec:
            template:
              metadata:
                annotations:
                  instrumentation.opentelemetry.io/inject-python: "true"
              spec:
                containers:
                  - name: "a"
                    env:
                      - name: DJANGO_SETTINGS_MODULE
                        value: "shop.settings"
                      - name: PYTHONPATH
                        value: "/app"
    "#);
}
