use super::*;

fn said(text: &[u8]) -> Option<Answer> {
    let mark = MARK;
    parse(&[b"hello\n", mark, text, mark, b"goodbye"].concat())
}

#[test]
fn an_answer_is_found_among_whatever_else_is_printed() {
    let answer = said(b"3.12.4\0/usr\0/usr/lib/python3.12\0/odd\nname");
    let path = vec!["/usr/lib/python3.12".into(), "/odd\nname".into()];
    let python = "3.12.4".parse().expect("a version");
    assert_eq!(answer, Some(Answer { python, prefix: "/usr".into(), path }));
    for wrong in [&b""[..], b"3.12.4", b"x\0/usr", b"3.12.4\0/usr\0"] {
        let expected = wrong.ends_with(b"\0").then(|| Answer {
            python: "3.12.4".parse().expect("a version"),
            prefix: "/usr".into(),
            path: vec![PathBuf::new()],
        });
        assert_eq!(said(wrong), expected, "{wrong:?}");
    }
    assert_eq!(parse(b"3.12.4\0/usr"), None);
}

#[cfg(unix)]
#[test]
fn what_is_no_python_gives_no_answer() {
    let env = Env { folder: "/".into(), ..Env::default() };
    let ask = |path: &str| ask(Path::new(path), &env);
    assert!(matches!(ask("/no/such/program"), Err(AskError::Start(_))));
    assert!(matches!(ask("/bin/sh"), Err(AskError::Failed(_))));
    assert!(matches!(ask("/bin/echo"), Err(AskError::Unreadable)));
}
