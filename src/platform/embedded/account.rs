//! The user that the private PostgreSQL runs as: the service's own, or an unprivileged one for root.
use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::Command,
};

use super::{at, short_name};
use crate::platform::error::{Error, Result};
use nix::unistd::{Uid, User, chown};

/// Users that may run the database when the service is root, in order of preference.
const UNPRIVILEGED: [&str; 4] = ["kinstead", "postgres", "_postgres", "nobody"];
/// Where the database goes when its user cannot enter the data folder.
const STATE: &str = "/var/lib/kinstead";

/// Who runs the database.
#[derive(Debug, Clone)]
pub struct Account(Option<User>);

impl Account {
    /// The service's own user, unless that is root.
    pub fn choose() -> Result<Self> {
        if !Uid::effective().is_root() {
            return Ok(Self(None));
        }
        let found = UNPRIVILEGED.iter().find_map(|name| User::from_name(name).ok().flatten());
        found.map(|user| Self(Some(user))).ok_or_else(|| {
            Error::internal("PostgreSQL refuses to run as root, and there is no user kinstead, postgres or nobody")
        })
    }

    /// Makes a command run as this user.
    pub fn apply(&self, command: &mut Command) {
        if let Some(user) = &self.0 {
            command
                .uid(user.uid.as_raw())
                .gid(user.gid.as_raw())
                .env("HOME", "/")
                .env("USER", &user.name);
        }
    }

    /// The folder for the database below the data folder; elsewhere if its user cannot get there.
    pub fn home(&self, folder: &Path) -> Result<PathBuf> {
        let folder = fs::canonicalize(folder).map_err(|cause| at(folder, &cause))?;
        let home = if self.can_pass(&folder) {
            folder.join("postgres")
        } else {
            fs::create_dir_all(STATE).map_err(|cause| at(Path::new(STATE), &cause))?;
            Path::new(STATE).join(short_name(&folder))
        };
        self.own_folder(&home)?;
        Ok(home)
    }

    /// Whether the user may pass through the folder and all above it. The data folder itself is
    /// opened for passing, not for reading, if it belongs to root.
    fn can_pass(&self, folder: &Path) -> bool {
        if self.0.is_none() {
            return true;
        }
        let passable = |path: &Path| {
            fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o001 != 0)
        };
        if !folder.ancestors().skip(1).all(passable) {
            return false;
        }
        let open =
            |mode: u32| fs::set_permissions(folder, fs::Permissions::from_mode(mode | 0o111));
        passable(folder)
            || fs::metadata(folder).is_ok_and(|data| open(data.permissions().mode()).is_ok())
    }

    /// Makes the folder if it is not there, for this user alone.
    pub fn own_folder(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).map_err(|cause| at(folder, &cause))?;
        self.own(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
            .map_err(|cause| at(folder, &cause))
    }

    /// Writes a file that belongs to this user.
    pub fn write(&self, path: &Path, text: &str) -> Result<()> {
        fs::write(path, text).map_err(|cause| at(path, &cause))?;
        self.own(path)
    }

    fn own(&self, path: &Path) -> Result<()> {
        match &self.0 {
            Some(user) => chown(path, Some(user.uid), Some(user.gid)).map_err(Error::internal),
            None => Ok(()),
        }
    }
}
