//! A `PostgreSQL` of its own on loopback.

use std::{
    env, fs,
    net::TcpStream,
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::running::Running;

/// The longest that it may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The user that owns the database, who needs no password.
const OWNER: &str = "stock";

/// A server that ends with the test, and its data with it.
pub(crate) struct Postgres {
    /// Where it listens.
    pub(crate) port: u16,
    /// Where its programs are.
    programs: PathBuf,
    /// The user and group that it runs as, if it is not this user.
    user: Option<(u32, u32)>,
    // Ended before its folder is removed.
    _server: Running,
    folder: TempDir,
}

impl Postgres {
    /// Starts an empty one at that port.
    pub(crate) fn start(port: u16) -> Result<Self, String> {
        let programs = programs()?;
        // Another user may have to reach it, so it does not lie among the other folders of the test.
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let user = other_user(folder.path())?;
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).map_err(|error| error.to_string())?;
        }
        let made = command(&programs.join("initdb"), folder.path(), user)
            .args(["--pgdata", "data", "--auth", "trust", "--no-sync", "--username", OWNER])
            .stderr(Stdio::piped())
            .output()
            .map_err(|error| format!("initdb does not start: {error}"))?;
        if !made.status.success() {
            return Err(format!("initdb fails: {}", String::from_utf8_lossy(&made.stderr)));
        }
        let server = command(&programs.join("postgres"), folder.path(), user)
            .args(["-D", "data", "-F", "-h", "127.0.0.1", "-k", "", "-p", &port.to_string()])
            .spawn()
            .map_err(|error| format!("postgres does not start: {error}"))?;
        let server = Self { port, programs, user, _server: Running(server), folder };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if started.elapsed() > PATIENCE {
                return Err("postgres does not listen".to_owned());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(server)
    }
}

impl Drop for Postgres {
    /// Asks it to end, so that it gives back the memory that it shares.
    fn drop(&mut self) {
        let _ = command(&self.programs.join("pg_ctl"), self.folder.path(), self.user)
            .args(["stop", "--pgdata", "data", "--mode", "fast", "--silent"])
            .status();
    }
}

/// One of its programs, to be run in its folder by its user.
fn command(program: &Path, folder: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command
}

/// Where its programs are: on `PATH`, or where Debian keeps the versions apart.
fn programs() -> Result<PathBuf, String> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    folders.extend(versions.map(|version| version.path().join("bin")));
    let has = |folder: &Path, name: &str| folder.join(name).is_file();
    let found = folders.into_iter().find(|folder| has(folder, "initdb") && has(folder, "postgres"));
    found.ok_or_else(|| "there is no `postgres`: the package is called `postgresql`".to_owned())
}

/// The user and group to run it as where the owner of the folder is root, as which it refuses to run.
fn other_user(folder: &Path) -> Result<Option<(u32, u32)>, String> {
    if folder.metadata().map_err(|error| error.to_string())?.uid() != 0 {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(|error| error.to_string())?;
    let ids = |line: &str| {
        let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    users.lines().find_map(ids).map(Some).ok_or_else(|| "there is no user `postgres`".to_owned())
}
