//! The command line: help, spelling, and what is refused.

use insta::assert_snapshot;

use crate::harness::Project;

#[expect(clippy::too_many_lines, reason = "the whole text of the help")]
#[test]
fn help_fits_a_screen() {
    assert_snapshot!(Project::empty().run("-h"), @"
    exit 0
    --- stdout
    Finds the OpenTelemetry instrumentation that fits what a project uses, and installs it

    Usage: otel-bootstrap [OPTIONS] [PATH]
           otel-bootstrap [OPTIONS] <COMMAND>

    Commands:
      registry     Look into the registry, or refresh it
      doctor       Look at what `--action doctor` knows; `doctor` alone, or with other options, is that
                   action
      completions  Print a completion script for a shell
      man          Print the manual page

    Arguments:
      [PATH]  A project folder, a lockfile, a manifest, a virtual environment, or a folder of installed
              packages (a folder named like a command: `./registry`) [default: .]

    Options:
      -a, --action <ACTION>        What to do [default: requirements] [possible values: requirements,
                                   install, check, doctor, operator]
          --ecosystem <ECOSYSTEM>  Which package ecosystem the project belongs to [default: auto]
                                   [possible values: auto, cargo, python]
          --offline                Touch no network
      -h, --help                   Print help (see more with '--help')
      -V, --version                Print version

    Project:
          --python <ENV_OR_INTERPRETER>  The Python environment to scan or install into: its folder, or
                                         an interpreter
          --python-version <X.Y>         Read a Python lockfile for this Python instead of the project's
                                         own; several, separated by comma, with `--payload`
          --python-platform <PLATFORM>   Read a Python lockfile for this platform instead of the one
                                         this runs on, named as uv names it
      -p, --package <SPEC>               Look at this workspace member only; repeatable
          --workspace                    Look at all workspace members
          --extra <NAME>                 Count this extra of a Python project, separated by comma;
                                         repeatable
          --group <NAME>                 Count this dependency group of a Python project, separated by
                                         comma; repeatable
          --all-groups                   Count all dependency groups of a Python project
      -F, --features <FEATURES>          Features of the project that count as switched on, separated by
                                         comma or space; repeatable
          --all-features                 Count all features of the project as switched on
          --no-default-features          Count the project's default features as switched off

    Choice:
          --only <NAME>
              Keep only these libraries or instrumentations, separated by comma; repeatable
          --exclude <NAME>
              Leave out these libraries or instrumentations, separated by comma; repeatable
          --direct
              Count a library only where the project itself, or a member, depends on it directly
          --exporter <NAME>
              Also list what an application needs to export at all: the SDK or distro, and this exporter
              [default: none]
          --otel-version <X.Y>
              Use this release set of OpenTelemetry (`0.32`) instead of letting it be chosen
          --instrumentation-version <0.NNbM>
              Use this release of Python's instrumentations (`0.66b2`) instead of letting it be chosen
          --compat
              Print byte for byte what Python's `opentelemetry-bootstrap` of the same release prints
          --registry <FILE>
              Overlay the registry with this file; repeatable

    Install:
      -r, --requirement <FILE>     With `install`: take the lines of this file (`-` is stdin) instead of
                                   scanning; repeatable
          --installer <INSTALLER>  Which program installs [default: auto] [possible values: auto, uv,
                                   pip, poetry, pdm, pipenv, cargo]
          --save[=<GROUP>]         Record what is installed in the Python project, in this dependency
                                   group if one is named
          --dry-run                Show what would be done and change nothing
          --locked                 Fail where the lockfile would have to change
          --no-update              Fail where something that is locked would have to move

    Doctor:
          --ignore <ID>      With `doctor` and `operator`: say nothing of this check, separated by
                             comma; repeatable
          --fail-on <LEVEL>  With `doctor` and `operator`: how grave a finding must be for exit status 1
                             [possible values: note, warning, error]
          --pid <N>          With `doctor`: look at this running process, and at a project only where a
                             path is named
          --send             With `doctor`: send a span to where the variables of this shell say, and
                             tell what comes of it
          --fix[=<HOW>]      With `doctor`: show as a diff what a program can fix; with `=apply` fix it
                             [possible values: show, apply]

    Operator:
          --workload <FILE>
              With `operator`: a manifest of Kubernetes with the workloads that are meant; repeatable
          --container <NAME>
              With `operator`: the container that is meant, where a workload has several; repeatable
          --payload <DIR>
              With `operator`: build the folders that the operator injects, for this project alone, in
              this folder
          --arch <NAME>
              With `--payload`: the architectures of the images, separated by comma; `x86_64` by default
              [possible values: x86_64, aarch64]
          --libc <LIBC>
              With `operator`: the C library of the application's image, if its `Dockerfile` does not
              tell [possible values: glibc, musl]
          --operator-version <X.Y.Z>
              With `operator`: the release of the operator in the cluster; by default the newest that is
              known
          --image <IMAGE>
              With `operator`: the image that is injected, if it is not the operator's own
          --against <FILE>
              With `operator`: the `payload.json` of what is injected, if that is a payload of your own
          --manifest <KIND>
              With `operator`: print these manifests instead of what would go wrong, separated by comma
              [possible values: instrumentation, workload, patch, kustomize]
          --write
              With `operator`: edit the files of `--workload` where they are
          --instrumentation <[NAMESPACE/]NAME>
              With `operator`: the `Instrumentation` that is meant, if the namespace has several
          --endpoint <URL>
              With `operator`: the address of the collector, for OTLP over HTTP
          --propagator <NAME>
              With `operator`: how context is passed on, separated by comma; `tracecontext,baggage` by
              default
          --sampler <TYPE[=ARGUMENT]>
              With `operator`: which traces are kept, like `parentbased_traceidratio=0.25`
          --resource-attribute <KEY=VALUE>
              With `operator`: an attribute of the resource; repeatable
          --logs <STATE>
              With `operator`: whether what Python logs is exported; by default what the injected
              release does [possible values: on, off]

    Output:
          --format <FORMAT>  The form of what goes to stdout [possible values: requirements, json,
                             table, toml, github, sarif]
      -v, --verbose...       Say more: why each library was skipped, what decided the release set
      -q, --quiet...         Say less: `-q` only warnings and errors, `-qq` only errors
          --color <WHEN>     When to use colour [default: auto] [possible values: auto, always, never]
          --no-progress      Show no progress

    Examples:
      otel-bootstrap -a requirements | xargs cargo add
      otel-bootstrap -a requirements | uv pip install --requirement -
      otel-bootstrap -a install --exporter otlp --dry-run
      otel-bootstrap -a check --format github
      otel-bootstrap -a doctor
    ");
}

#[test]
fn the_version_is_told() {
    let told = Project::empty().run("--version");
    assert_eq!(told, format!("exit 0\n--- stdout\notel-bootstrap {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_action_is_taken_in_every_spelling() {
    let shop = Project::shop();
    let usual = shop.run("--action requirements");
    for line in ["-arequirements", "-a=requirements", "--act requirements", "-a check -a requirements"] {
        assert_eq!(shop.run(line), usual, "{line}");
    }
}

#[test]
fn a_misspelt_action_is_corrected() {
    assert_snapshot!(Project::shop().run("-a requirement"), @"
    exit 2
    --- stderr
    error: invalid value 'requirement' for '--action <ACTION>'
      [possible values: requirements, install, check, doctor, operator]

      tip: a similar value exists: 'requirements'

    For more information, try '--help'.
    ");
}

#[test]
fn an_unknown_option_is_refused() {
    assert_snapshot!(Project::shop().run("--exprter x"), @"
    exit 2
    --- stderr
    error: unexpected argument '--exprter' found

      tip: a similar argument exists: '--exporter'

    Usage: otel-bootstrap [OPTIONS] [PATH]
           otel-bootstrap [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn every_unknown_name_is_refused_with_what_is_known() {
    assert_snapshot!(Project::shop().run("--only axmu"), @"
    exit 2
    --- stderr
    error: `--only` names `axmu`, which the registry does not know
    hint: did you mean `axum`?
    ");
    assert_snapshot!(Project::shop().run("--exclude kafka-of-sorts"), @"
    exit 2
    --- stderr
    error: `--exclude` names `kafka-of-sorts`, which the registry does not know
    hint: `otel-bootstrap registry list` shows every library and instrumentation
    ");
    assert_snapshot!(Project::shop().run("--exporter otpl"), @"
    exit 2
    --- stderr
    error: there is no exporter `otpl`
    hint: known: console, otlp, otlp-grpc, otlp-http, prometheus
    ");
    assert_snapshot!(Project::shop().run("--otel-version 99.1"), @"
    exit 2
    --- stderr
    error: there is no release set 99.1 of OpenTelemetry
    hint: known: 0.33, 0.32, 0.31, 0.30, 0.29, 0.28 and older ones down to 0.1
    ");
    assert_snapshot!(Project::shop().run("-p shop-apo"), @"
    exit 2
    --- stderr
    error: no workspace member fits `shop-apo`
    hint: did you mean `shop-api`?
    ");
}

#[test]
fn a_format_that_does_not_go_with_the_action_is_refused() {
    assert_snapshot!(Project::shop().run("-a check --format toml"), @"
    exit 2
    --- stderr
    error: `--format toml` does not go with `--action check`
    hint: use `table`, `json` or `github`
    ");
}

#[test]
fn a_command_takes_no_options_of_a_project() {
    assert_snapshot!(Project::shop().run("--only axum man"), @"
    exit 2
    --- stderr
    error: the argument '--only <NAME>' cannot be used with the command 'man'

    Usage: otel-bootstrap [OPTIONS] [PATH]
           otel-bootstrap [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn a_folder_named_like_a_command_is_reachable() {
    assert_snapshot!(Project::empty().file("registry/readme", "").run("./registry"), @"
    exit 1
    --- stderr
    error: neither a Cargo nor a Python project in `./registry` or any folder above it
    hint: give the folder of a project, its lockfile or a virtual environment; `--ecosystem python` takes the `python3` on `PATH`
    ");
}

#[test]
fn shells_and_man_get_their_files() {
    let empty = Project::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = empty.run(&format!("completions {shell}"));
        assert!(script.starts_with("exit 0\n--- stdout\n") && script.contains("exporter"), "{shell}");
    }
    let page = empty.run("man");
    assert!(page.starts_with("exit 0\n--- stdout\n") && page.contains(".TH otel-bootstrap 1"), "{page}");
}
