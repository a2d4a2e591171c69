//! Tests of the lines of requirements files.

use super::*;

/// What a text says, a word or two for each line.
fn show(text: &str) -> Vec<String> {
    let show = |line: Line| match line.content {
        Content::Requirement(r) => {
            let version = match r.version {
                DistributionVersion::Valid(version) => format!(" {version}"),
                DistributionVersion::Invalid => " invalid".to_owned(),
                DistributionVersion::Missing => String::new(),
            };
            let marker = r.marker.map_or_else(String::new, |marker| format!(" if {marker}"));
            format!("{} {}{version}{}{marker}", line.number, r.name, if r.is_address { " @" } else { "" })
        }
        Content::Folder { path, marker } => format!("{} folder {path} {marker:?}", line.number),
        Content::Include(path) => format!("{} include {path}", line.number),
        Content::Constrain(path) => format!("{} constrain {path}", line.number),
        Content::Nameless => format!("{} nameless", line.number),
        Content::Option => format!("{} option", line.number),
    };
    parse(text).map_or_else(|error| vec![error.to_string()], |lines| lines.into_iter().map(show).collect())
}

#[test]
fn every_form_of_line_is_understood() {
    for (text, shown) in [
        ("Flask==2.0", "1 flask 2.0"),
        ("\u{feff}flask == 2.0 # why", "1 flask 2.0"),
        ("  flask[async, dotenv]==2.0.1+local1", "1 flask 2.0.1+local1"),
        ("flask", "1 flask"),
        ("flask>=2,!=2.1", "1 flask"),
        ("flask==2.*", "1 flask"),
        ("flask (==2.0)", "1 flask 2.0"),
        ("flask===2.0", "1 flask 2.0"),
        ("flask===x_y", "1 flask invalid"),
        ("zope.interface==6; python_version<'3.12' # x", "1 zope-interface 6 if python_version<'3.12'"),
        (
            "flask==2.0 ; sys_platform == \"a --b\" --hash=sha256:aa",
            "1 flask 2.0 if sys_platform == \"a --b\"",
        ),
        ("flask==2.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n", "1 flask 2.0"),
        ("flask \\\n  ==2.0", "1 flask 2.0"),
        ("flask==2.0 \\\n# remark \\\n", "1 flask 2.0"),
        ("a @ git+https://h/a.git@v1#x", "1 a @"),
        ("a@https://h/a-1.0-py3-none-any.whl ; os_name == 'nt'", "1 a 1.0 @ if os_name == 'nt'"),
        ("git+https://h/x.git@v1#egg=Name[extra]==1.2", "1 name 1.2 @"),
        ("-e git+ssh://git@h/x#subdirectory=d&egg=x", "1 x @"),
        (
            "https://h/torch-2.1.0%2Bcpu-cp311-cp311-linux_x86_64.whl; os_name == 'x'",
            "1 torch 2.1.0+cpu @ if os_name == 'x'",
        ),
        ("https://h/x.tar.gz", "1 nameless"),
        ("./wheels/a-1.0-py3-none-any.whl", "1 a 1.0 @"),
        ("-e .", "1 folder . None"),
        ("--editable=./api[x] ; os_name == 'nt'", "1 folder ./api Some(\"os_name == 'nt'\")"),
        ("-r other.txt", "1 include other.txt"),
        ("-rother.txt # x", "1 include other.txt"),
        ("--requirement=\"o t.txt\"", "1 include o t.txt"),
        ("-c ../constraints.txt", "1 constrain ../constraints.txt"),
        ("--index-url https://h/simple", "1 option"),
        ("-i https://h/simple", "1 option"),
        ("\n\n# x\n\nflask==1", "5 flask 1"),
    ] {
        assert_eq!(show(text), [shown], "{text}");
    }
    assert_eq!(show("\r\n# only\r\n\r\n"), [""; 0]);
    assert_eq!(show("a==1\r\nb==2"), ["1 a 1", "2 b 2"]);
}

#[test]
fn what_is_no_requirement_is_refused_with_its_line() {
    for (text, error) in [
        ("flask\n==2", "line 2: neither a requirement nor an option"),
        ("flask flask", "line 1: versions that are not valid"),
        ("fl\u{e4}sk==1", "line 1: versions that are not valid"),
        ("flask[a==1", "line 1: extras without an end"),
        ("{\"a\": 1}", "line 1: neither a requirement nor an option"),
        ("<html>", "line 1: neither a requirement nor an option"),
        ("a>dev", "line 1: versions that are not valid"),
    ] {
        assert_eq!(show(text), [error], "{text}");
    }
}
