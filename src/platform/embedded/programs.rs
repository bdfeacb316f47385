//! Finding the programs of a PostgreSQL server on this machine.
use std::{
    env, fs,
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

/// The programs of one server.
#[derive(Debug, Clone)]
pub struct Programs {
    folder: PathBuf,
    version: u32,
}

impl Programs {
    /// The newest server: in the configured folder, else in `PATH`, where `pg_config` says and in the
    /// usual folders. A cluster that is there already needs the major version that made it.
    pub fn find(configured: Option<&Path>, made_by: Option<u32>) -> Result<Self> {
        let folders = configured.map_or_else(candidates, |folder| vec![folder.to_owned()]);
        let found: Vec<Self> = folders.into_iter().filter_map(Self::within).collect();
        let fitting = |programs: &&Self| made_by.is_none_or(|version| programs.version == version);
        if let Some(programs) = found.iter().filter(fitting).max_by_key(|found| found.version) {
            return Ok(programs.clone());
        }
        Err(Error::internal(match (made_by, configured) {
            (Some(version), _) if !found.is_empty() => format!(
                "the database was made by PostgreSQL {version}, whose programs are not here any more: \
                 install that version again, or move the data over with pg_upgrade"
            ),
            (_, Some(folder)) => format!(
                "{} (KINSTEAD_POSTGRESQL) holds no programs of a PostgreSQL server, {OLDEST} or newer",
                folder.display()
            ),
            (_, None) => format!(
                "no programs of a PostgreSQL server ({OLDEST} or newer) were found: {}, or set \
                 DATABASE_URL to a server that runs already",
                what_to_install(&release())
            ),
        }))
    }

    fn within(folder: PathBuf) -> Option<Self> {
        version(&folder).map(|version| Self { folder, version })
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The major version.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
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

/// What the system says of itself, in the form of `/etc/os-release`.
fn release() -> String {
    if cfg!(target_os = "macos") {
        return "ID=macos".to_owned();
    }
    fs::read_to_string("/etc/os-release").unwrap_or_default()
}

fn what_to_install(release: &str) -> &'static str {
    let words: Vec<&str> = release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
        .flat_map(|value| value.trim_matches('"').split_whitespace())
        .collect();
    let fits = |system: &str| system.is_empty() || words.contains(&system);
    WHAT_TO_INSTALL
        .iter()
        .find(|(system, _)| fits(system))
        .map_or("install PostgreSQL", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_is_told_what_to_install() {
        for (release, word) in [
            ("ID=debian\n", "apt-get install"),
            ("NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "apt-get install"),
            ("ID=\"rhel\"\nID_LIKE=\"fedora\"\n", "dnf install"),
            ("ID=alpine", "apk add"),
            ("ID=arch", "pacman"),
            ("ID=macos", "brew"),
            ("ID=searchlinux", "install PostgreSQL 15"),
            ("", "install PostgreSQL 15"),
        ] {
            assert!(
                what_to_install(release).contains(word),
                "{release}: {}",
                what_to_install(release)
            );
        }
    }

    #[test]
    fn a_configured_folder_without_programs_is_named() {
        let error = Programs::find(Some(Path::new("/nonexistent")), None).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.starts_with("/nonexistent (KINSTEAD_POSTGRESQL)"), "{cause}");
    }

    #[test]
    fn a_cluster_of_another_version_is_not_started() {
        let Ok(newest) = Programs::find(None, None) else { return };
        assert_eq!(
            Programs::find(None, Some(newest.version())).unwrap().version(),
            newest.version()
        );
        let error = Programs::find(None, Some(9)).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("made by PostgreSQL 9"), "{cause}");
    }
}
