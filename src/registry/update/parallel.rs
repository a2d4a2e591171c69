//! Asking for many things, several at the same time.

use std::{
    collections::BTreeSet,
    fmt::Display,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use super::{Failure, FetchError};

/// How many requests are under way at the same time.
const CONNECTIONS: usize = 8;

/// Asks for some things; `advance` is called with how many are done. After a failure nothing further is asked for.
pub(super) fn ask_all<K: Ord + Clone + Display + Sync + Send, T: Send>(
    keys: &BTreeSet<K>,
    ask: &(impl Fn(&K) -> Result<T, FetchError> + Sync),
    advance: &mut dyn FnMut(usize),
) -> Result<Vec<(K, T)>, Vec<Failure>> {
    let keys = keys.iter().collect::<Vec<_>>();
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, receiver) = mpsc::channel();
    let work = |sender: mpsc::Sender<(K, Result<T, FetchError>)>| {
        while !is_over.load(Ordering::Relaxed) {
            let Some(key) = keys.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            let fetched = ask(key);
            is_over.fetch_or(fetched.is_err(), Ordering::Relaxed);
            if sender.send(((*key).clone(), fetched)).is_err() {
                break;
            }
        }
    };
    let mut fetched = Vec::new();
    let mut failures = Vec::new();
    thread::scope(|threads| {
        for _ in 0..CONNECTIONS.min(keys.len()) {
            let sender = sender.clone();
            threads.spawn(|| work(sender));
        }
        drop(sender);
        for (key, answer) in receiver {
            match answer {
                Ok(answer) => fetched.push((key, answer)),
                Err(error) => failures.push(Failure { name: key.to_string(), error }),
            }
            advance(fetched.len() + failures.len());
        }
    });
    if failures.is_empty() {
        return Ok(fetched);
    }
    failures.sort_by(|a, b| a.name.cmp(&b.name));
    Err(failures)
}
