//! The processes around one: who started it, and what it started.

use std::{fs, path::Path};

use super::{
    environ::Environ,
    read::{environ_of, exe_of, stat_of, words_of},
    stat::Stat,
};

/// How many processes are looked at.
const MOST: usize = 20_000;

/// The processes around one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// Who started it, if that is to be seen.
    pub parent: Option<Relative>,
    /// What it started and still runs, by number.
    pub children: Vec<Relative>,
    /// How many children of its parent are forked from that as this one is, itself included; 0 if it is not.
    pub siblings: usize,
    /// The variables of the parent, if that has spawned this process through Python's `multiprocessing`.
    pub spawner: Option<Environ>,
}

/// A process beside another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relative {
    /// Its number.
    pub pid: u32,
    /// The name of its program.
    pub name: String,
    /// Whether it runs the same command: one was forked from the other.
    pub is_fork: bool,
}

impl Family {
    /// How many children were forked from it.
    #[must_use]
    pub fn forks(&self) -> usize {
        self.children.iter().filter(|child| child.is_fork).count()
    }
}

/// The processes around one.
pub(super) fn family(proc: &Path, pid: u32, stat: &Stat, words: &[String]) -> Family {
    let exe = exe_of(proc, pid);
    let relative = |other: u32| {
        let stat = stat_of(proc, other).ok().filter(|stat| !stat.is_ended)?;
        let its = exe_of(proc, other);
        let is_alike =
            |its: Vec<String>| its == words || (title(&its).is_some() && title(&its) == title(words));
        let is_fork = exe.is_some() && its == exe && words_of(proc, other).is_some_and(is_alike);
        let name = its.as_deref().and_then(|path| path.rsplit('/').next()).unwrap_or(&stat.name).to_owned();
        Some(Relative { pid: other, name, is_fork })
    };
    let parent = (stat.parent > 0).then(|| relative(stat.parent)).flatten();
    let forked_from = parent.as_ref().filter(|parent| parent.is_fork);
    let siblings = forked_from.map_or(0, |parent| {
        children(proc, parent.pid).into_iter().filter_map(relative).filter(|sibling| sibling.is_fork).count()
    });
    let is_spawned = words.iter().any(|word| word.contains("multiprocessing.spawn"));
    let spawner = parent.as_ref().filter(|_| is_spawned).and_then(|parent| environ_of(proc, parent.pid));
    Family {
        children: children(proc, pid).into_iter().filter_map(relative).collect(),
        siblings,
        spawner,
        parent,
    }
}

/// What a title begins with that a process has given itself: `gunicorn` of `gunicorn: worker [app]`.
pub(super) fn title(words: &[String]) -> Option<&str> {
    let (name, _) = words.first()?.split_once(": ")?;
    let is_name = |name: &str| !name.is_empty() && !name.contains(['/', ' ', '=']);
    is_name(name).then_some(name)
}

/// The numbers of the children of a process, sorted: as the kernel lists them, or as all others tell.
fn children(proc: &Path, pid: u32) -> Vec<u32> {
    let mut found = listed(proc, pid).unwrap_or_else(|| {
        let all = fs::read_dir(proc).into_iter().flatten().take(MOST).flatten();
        let all = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        all.filter(|other| stat_of(proc, *other).is_ok_and(|stat| stat.parent == pid)).collect()
    });
    found.sort_unstable();
    found.truncate(MOST);
    found
}

/// The children of every thread of a process; `None` where the kernel makes no such list.
fn listed(proc: &Path, pid: u32) -> Option<Vec<u32>> {
    let threads = fs::read_dir(proc.join(pid.to_string()).join("task")).ok()?;
    let mut found = Vec::new();
    for thread in threads.take(MOST).flatten() {
        let text = fs::read_to_string(thread.path().join("children")).ok()?;
        found.extend(text.split_ascii_whitespace().filter_map(|number| number.parse::<u32>().ok()));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_begin_with_a_name() {
        for (word, name) in [
            ("gunicorn: master [a:b]", Some("gunicorn")),
            ("/usr/bin/python3", None),
            ("python app.py: x", None),
            (": x", None),
        ] {
            assert_eq!(title(&[word.to_owned()]), name, "{word}");
        }
        assert_eq!(title(&[]), None);
    }
}
