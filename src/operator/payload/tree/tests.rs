use super::*;

/// A wheel as an installer lays it into a folder: its files, and the tag of the wheel.
fn install(root: &Path, name: &str, tag: &str, files: &[(&str, &str)]) {
    let metadata = format!("{name}.dist-info");
    let mut rows = Vec::new();
    let mut put = |path: &str, text: &str| {
        let target = root.join(path);
        fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        fs::write(&target, text).expect("a file");
        let hash: [u8; 32] = Sha256::digest(text).into();
        rows.push(format!("{path},sha256={},{}\n", record::hash(&hash), text.len()));
    };
    for (path, text) in files {
        put(path, text);
    }
    put(&format!("{metadata}/WHEEL"), &format!("Wheel-Version: 1.0\nGenerator: x\nTag: {tag}\n\n"));
    put(&format!("{metadata}/METADATA"), "Name: x\n");
    put(&format!("{metadata}/INSTALLER"), "uv\n");
    put(&format!("{metadata}/REQUESTED"), "");
    put("bin/tool", "#!/home/me/python\n");
    put("x/__pycache__/y.cpython-312.pyc", "compiled");
    rows.push(format!("{metadata}/RECORD,,\n"));
    fs::write(root.join(metadata).join("RECORD"), rows.concat()).expect("a file");
    fs::write(root.join(".lock"), "").expect("a file");
}

fn installed(root: &Path, python: &str) -> Installed {
    Installed { python: format!("Python {python}"), folder: root.join(python) }
}

fn show(root: &Path, tree: &Tree) -> String {
    let all = tree.files.iter().map(|(path, content)| {
        let text = fs::read_to_string(root.join(path)).expect("a file");
        assert_eq!(content.size, text.len() as u64, "{path}");
        format!("== {path}\n{}\n", text.trim_end())
    });
    all.collect()
}

#[test]
fn compiled_modules_of_several_pythons_lie_side_by_side() {
    let scratch = tempfile::tempdir().expect("a folder");
    let root = scratch.path();
    for python in ["310", "312"] {
        let module = format!("wrapt/_w.cpython-{python}-x86_64-linux-gnu.so");
        let tag = format!("cp{python}-cp{python}-manylinux1_x86_64.manylinux2014_x86_64");
        let sbom = ("wrapt-2.5.2.dist-info/sboms/x.json", python);
        install(&root.join(python), "wrapt-2.5.2", &tag, &[("wrapt/w.py", "w"), (&module, python), sbom]);
    }
    let both = [installed(root, "310"), installed(root, "312")];
    let (tree, wheels) = merge(&both, &root.join("out")).expect("a tree");
    insta::assert_snapshot!(show(&root.join("out"), &tree), @"
    == wrapt-2.5.2.dist-info/METADATA
    Name: x
    == wrapt-2.5.2.dist-info/RECORD
    wrapt-2.5.2.dist-info/METADATA,sha256=y2WPk-xXj3pXkBFkxscp5NaLBHaEboBQqmMCh-w0TaA,8
    wrapt-2.5.2.dist-info/WHEEL,sha256=hfhhjfWrb8hUG_15YP6bUH-VtxZi1TFih4yyfFHcCUg,178
    wrapt-2.5.2.dist-info/sboms/x.json,sha256=hlc2ocMKgtxnq6ggNgoBsdnQ2lZDI0zQfE1gsG61MMU,3
    wrapt/_w.cpython-310-x86_64-linux-gnu.so,sha256=Im92tVrLSXAeBt7R2VFl0XlFj2_Df1xvx2CuMN7Bw3g,3
    wrapt/_w.cpython-312-x86_64-linux-gnu.so,sha256=hlc2ocMKgtxnq6ggNgoBsdnQ2lZDI0zQfE1gsG61MMU,3
    wrapt/w.py,sha256=UOch5JwBPwDGLPWfIWNUKp2N8CRk7-thXTEFGw_dwyY,1
    wrapt-2.5.2.dist-info/RECORD,,
    == wrapt-2.5.2.dist-info/WHEEL
    Wheel-Version: 1.0
    Generator: x
    Tag: cp310-cp310-manylinux1_x86_64
    Tag: cp310-cp310-manylinux2014_x86_64
    Tag: cp312-cp312-manylinux1_x86_64
    Tag: cp312-cp312-manylinux2014_x86_64
    == wrapt-2.5.2.dist-info/sboms/x.json
    312
    == wrapt/_w.cpython-310-x86_64-linux-gnu.so
    310
    == wrapt/_w.cpython-312-x86_64-linux-gnu.so
    312
    == wrapt/w.py
    w
    ");
    let tags: Vec<_> =
        wheels.iter().flat_map(|wheels| wheels.values().flatten()).map(Tag::to_string).collect();
    assert_eq!(tags.len(), 4, "{tags:?}");
    // Whoever installs, in whatever order: the same bytes.
    let (again, _) = merge(&both, &root.join("again")).expect("a tree");
    assert_eq!(tree, again);
    assert!(!root.join("out/bin").exists());
}

#[test]
fn what_is_not_the_same_for_all_is_refused() {
    let scratch = tempfile::tempdir().expect("a folder");
    let root = scratch.path();
    for python in ["3.10", "3.12"] {
        install(&root.join(python), "x-1", "py3-none-any", &[("x/a.py", python)]);
    }
    let error = merge(&[installed(root, "3.10"), installed(root, "3.12")], &root.join("out"));
    assert_eq!(
        error.map(|_| ()).map_err(|error| error.to_string()),
        Err("`x/a.py` is not the same for Python 3.10 and for Python 3.12, so one folder cannot serve both"
            .to_owned())
    );
}

#[test]
fn a_file_that_two_distributions_bring_is_refused_where_they_differ() {
    let scratch = tempfile::tempdir().expect("a folder");
    let root = scratch.path().join("3.12");
    install(&root, "a-1", "py3-none-any", &[("tests/__init__.py", "a")]);
    install(&root, "b-1", "py3-none-any", &[("tests/__init__.py", "b")]);
    let error = merge(&[installed(scratch.path(), "3.12")], &scratch.path().join("out"));
    assert_eq!(
        error.map(|_| ()).map_err(|error| error.to_string()),
        Err("`tests/__init__.py` is brought by both `a-1.dist-info` and `b-1.dist-info`".to_owned())
    );
}

#[test]
fn a_file_that_was_edited_is_refused() {
    let scratch = tempfile::tempdir().expect("a folder");
    let root = scratch.path().join("3.12");
    install(&root, "certifi-1", "py3-none-any", &[("certifi/cacert.pem", "trusted")]);
    fs::write(root.join("certifi/cacert.pem"), "trusted, and one more").expect("a file");
    let error = merge(&[installed(scratch.path(), "3.12")], &scratch.path().join("out"));
    assert_eq!(
        error.map(|_| ()).map_err(|error| error.to_string()),
        Err("`certifi/cacert.pem` is not what `certifi-1.dist-info` says it is".to_owned())
    );
}

#[cfg(unix)]
#[test]
fn links_are_refused() {
    let scratch = tempfile::tempdir().expect("a folder");
    let root = scratch.path().join("3.12");
    install(&root, "a-1", "py3-none-any", &[]);
    std::os::unix::fs::symlink("/etc/passwd", root.join("a.py")).expect("a link");
    let error = merge(&[installed(scratch.path(), "3.12")], &scratch.path().join("out"));
    assert!(matches!(error, Err(TreeError::Odd(path)) if path.ends_with("a.py")));
}
