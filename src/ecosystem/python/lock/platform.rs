//! Platforms by the names that uv's `--python-platform` takes.

use std::str::FromStr;

use thiserror::Error;

/// The longest name of an architecture, in bytes.
const LONGEST_MACHINE: usize = 32;

/// A platform, as markers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// `os.name`
    pub(super) os_name: &'static str,
    /// `sys.platform`
    pub(super) sys: &'static str,
    /// `platform.system()`
    pub(super) system: &'static str,
    /// `platform.machine()`
    pub(super) machine: String,
}

/// A text that names no platform.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the platform `{}` is not known", .0.escape_debug())]
pub struct UnknownPlatform(pub String);

impl UnknownPlatform {
    /// What the user can do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some("it is `linux`, `macos`, `windows`, or a name such as `aarch64-unknown-linux-gnu`".to_owned())
    }
}

/// The system that a name is for.
#[derive(Clone, Copy)]
enum System {
    /// Linux of any libc.
    Linux,
    /// Android.
    Android,
    /// macOS.
    Macos,
    /// iOS.
    Ios,
    /// Windows.
    Windows,
    /// Pyodide.
    Wasm,
}

impl Platform {
    /// The one that this program was built for.
    #[must_use]
    pub fn host() -> Self {
        let system = match std::env::consts::OS {
            "macos" => System::Macos,
            "windows" => System::Windows,
            "android" => System::Android,
            _ => System::Linux,
        };
        Self::new(system, std::env::consts::ARCH)
    }

    /// A system on a machine, which is spelled as that system spells it.
    fn new(system: System, machine: &str) -> Self {
        let (os_name, sys, name) = match system {
            System::Linux => ("posix", "linux", "Linux"),
            // As CPython tells since 3.13.
            System::Android => ("posix", "android", "Android"),
            System::Macos => ("posix", "darwin", "Darwin"),
            System::Ios => ("posix", "ios", "iOS"),
            System::Windows => ("nt", "win32", "Windows"),
            System::Wasm => ("posix", "emscripten", "Emscripten"),
        };
        let machine = match (system, machine) {
            (System::Macos | System::Ios, "aarch64") => "arm64",
            (System::Windows, "aarch64") => "ARM64",
            (System::Windows, "x86_64") => "AMD64",
            (System::Windows, "i686" | "x86") => "x86",
            (_, "x86") => "i686",
            (_, machine) => machine,
        };
        Self { os_name, sys, system: name, machine: machine.to_owned() }
    }
}

impl FromStr for Platform {
    type Err = UnknownPlatform;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "linux" => return Ok(Self::new(System::Linux, "x86_64")),
            "macos" => return Ok(Self::new(System::Macos, "aarch64")),
            "windows" => return Ok(Self::new(System::Windows, "x86_64")),
            _ => {}
        }
        let unknown = || UnknownPlatform(text.chars().take(80).collect());
        let (machine, rest) = text.split_once('-').ok_or_else(unknown)?;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if machine.is_empty() || machine.len() > LONGEST_MACHINE || !machine.chars().all(is_word) {
            return Err(unknown());
        }
        let machine = if machine == "arm64" { "aarch64" } else { machine };
        let system = match rest {
            "unknown-linux-gnu" | "unknown-linux-musl" | "unknown-linux" | "linux" => System::Linux,
            "linux-android" => System::Android,
            "apple-darwin" | "macos" => System::Macos,
            "apple-ios" | "apple-ios-simulator" => System::Ios,
            "pc-windows-msvc" | "pc-windows-gnu" | "windows" => System::Windows,
            _ if is_wheel_tag(rest) => System::Linux,
            _ if rest.strip_prefix("pyodide").is_some_and(is_number) => System::Wasm,
            _ => return Err(unknown()),
        };
        Ok(Self::new(system, machine))
    }
}

/// Whether a text is digits and `_` alone.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

/// Whether it is `manylinux2014`, `manylinux_2_28`, `musllinux_1_2`, or the like.
fn is_wheel_tag(text: &str) -> bool {
    let version = text.strip_prefix("manylinux").or_else(|| text.strip_prefix("musllinux"));
    version.is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_uv_takes_is_a_platform() {
        for (name, sys_platform, machine) in [
            ("linux", "linux", "x86_64"),
            ("macos", "darwin", "arm64"),
            ("windows", "win32", "AMD64"),
            ("x86_64-pc-windows-msvc", "win32", "AMD64"),
            ("aarch64-pc-windows-msvc", "win32", "ARM64"),
            ("i686-pc-windows-msvc", "win32", "x86"),
            ("x86_64-unknown-linux-gnu", "linux", "x86_64"),
            ("aarch64-apple-darwin", "darwin", "arm64"),
            ("x86_64-apple-darwin", "darwin", "x86_64"),
            ("aarch64-unknown-linux-musl", "linux", "aarch64"),
            ("riscv64-unknown-linux", "linux", "riscv64"),
            ("x86_64-manylinux2014", "linux", "x86_64"),
            ("aarch64-manylinux_2_28", "linux", "aarch64"),
            ("x86_64-musllinux_1_2", "linux", "x86_64"),
            ("aarch64-linux-android", "android", "aarch64"),
            ("arm64-apple-ios", "ios", "arm64"),
            ("wasm32-pyodide2024", "emscripten", "wasm32"),
        ] {
            let platform: Platform = name.parse().expect(name);
            assert_eq!((platform.sys, platform.machine.as_str()), (sys_platform, machine), "{name}");
        }
    }

    #[test]
    fn other_names_are_refused() {
        for name in ["", "linus", "x86_64", "x86_64-manylinux", "-linux", "x y-linux", "x86_64-plan9"] {
            assert_eq!(name.parse::<Platform>(), Err(UnknownPlatform(name.to_owned())));
        }
    }
}
