//! Finding the programs of a PostgreSQL server on this machine.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::platform::error::{Error, Result};

/// The oldest PostgreSQL that serves.
const OLDEST: u32 = 15;
const NEEDED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// What to say when there are none: one sentence for each kind of system.
pub const WHAT_TO_INSTALL: &[(&str, &str)] = &[
    ("debian", "install them with: apt-get install postgresql postgresql-contrib"),
    ("fedora", "install them with: dnf install postgresql-server postgresql-contrib"),
    ("arch", "install them with: pacman -S postgresql"),
    ("alpine", "install them with: apk add postgresql16 postgresql16-contrib"),
    ("macos", "install them with: brew install postgresql@16"),
    ("", "install PostgreSQL 15 or newer with its contrib modules"),
];

/// The folder of the server's programs.
#[derive(Debug, Clone)]
pub struct Programs(PathBuf);

impl Programs {
    /// The newest server that is old enough known: the configured folder, else `PATH`, `pg_config`
    /// and the usual folders.
    pub fn find(configured: Option<&Path>) -> Result<Self> {
        if let Some(folder) = configured {
            return version(folder).map(|_| Self(folder.to_owned())).ok_or_else(|| {
                Error::internal(format!(
                    "{} holds no PostgreSQL {OLDEST} or newer",
                    folder.display()
                ))
            });
        }
        let candidates = candidates();
        let newest = candidates
            .iter()
            .filter_map(|folder| Some((version(folder)?, folder)))
            .max_by_key(|(version, _)| *version);
        newest.map(|(_, folder)| Self(folder.clone())).ok_or_else(|| {
            Error::internal(format!(
                "no programs of a PostgreSQL server ({OLDEST} or newer) were found: {}, or set DATABASE_URL \
                 to a server that runs already",
                what_to_install()
            ))
        })
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = crate::config::path_folders();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    // Debian and its kin; Fedora's module packages; Homebrew on both kinds of Mac.
    for (parent, below) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr/libexec/postgresql", ""),
        ("/usr", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
    ] {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        folders.extend(
            entries
                .filter(|entry| {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    name.starts_with("pgsql-")
                        || name.starts_with("postgresql")
                        || name.parse::<u32>().is_ok()
                })
                .map(|entry| entry.path().join(below)),
        );
    }
    folders.extend(["/usr/bin", "/usr/local/bin", "/usr/local/pgsql/bin"].map(PathBuf::from));
    folders
}

/// The major version of the server in this folder, if it is whole and new enough.
fn version(folder: &Path) -> Option<u32> {
    if !NEEDED.iter().all(|program| folder.join(program).is_file()) {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = text
        .split_whitespace()
        .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    let major = number.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()?;
    (major >= OLDEST).then_some(major)
}

fn what_to_install() -> &'static str {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let is = |kind: &str| {
        release.lines().any(|line| {
            (line.starts_with("ID=") || line.starts_with("ID_LIKE=")) && line.contains(kind)
        })
    };
    let system = if cfg!(target_os = "macos") {
        "macos"
    } else {
        ["debian", "fedora", "arch", "alpine"].into_iter().find(|kind| is(kind)).unwrap_or_default()
    };
    WHAT_TO_INSTALL
        .iter()
        .find(|(kind, _)| *kind == system)
        .map_or("install PostgreSQL", |(_, text)| text)
}
