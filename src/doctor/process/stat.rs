//! `/proc/N/stat`: whose child a process is, and what it is at all.
//!
//! Source of the form: `proc_pid_stat(5)`.

/// The flag of threads that belong to the kernel (`PF_KTHREAD` of `include/linux/sched.h`).
const OF_KERNEL: u64 = 0x0020_0000;

/// What `/proc/N/stat` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// The name that the process goes by: its program, or what it calls itself.
    pub name: String,
    /// The process that started it, or that took it over; 0 if none is to be seen.
    pub parent: u32,
    /// Whether it is a thread of the kernel.
    pub is_of_kernel: bool,
    /// Whether it has ended, and only its number is left.
    pub is_ended: bool,
    /// When it was started, in ticks since the system was.
    pub started: u64,
}

/// Reads it; `None` if it is of another form.
#[must_use]
pub fn parse(text: &str) -> Option<Stat> {
    // The name may hold whatever it likes, parentheses and blanks included.
    let (head, tail) = text.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let fields: Vec<&str> = tail.split_ascii_whitespace().collect();
    let flags: u64 = fields.get(6)?.parse().ok()?;
    Some(Stat {
        name: name.to_owned(),
        parent: fields.get(1)?.parse().ok()?,
        is_of_kernel: flags & OF_KERNEL != 0,
        is_ended: matches!(*fields.first()?, "Z" | "X" | "x"),
        started: fields.get(19)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_anything() {
        let text = "42 (a) R (b) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1 2\n";
        let stat = parse(text).expect("a stat");
        let expected = Stat {
            name: "a) R (b".to_owned(),
            parent: 7,
            is_of_kernel: false,
            is_ended: false,
            started: 123_456,
        };
        assert_eq!(stat, expected);
        let of_kernel = text.replace("4194560", "2129984").replace(" S ", " Z ");
        assert!(parse(&of_kernel).is_some_and(|stat| stat.is_of_kernel && stat.is_ended));
        for broken in ["", "42", "42 (a)", "42 (a) S x", "42 ) a ( S 1 2 3", "42 (a) S 7 42 42 0 -1 4194560"]
        {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }
}
