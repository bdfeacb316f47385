//! A private PostgreSQL: found, made, started, watched and stopped with the service.
//!
//! It listens on a Unix socket only, in a folder that only its owner enters. When the service runs
//! as root, which PostgreSQL refuses, the database runs as an unprivileged user. A file lock keeps
//! two services off one data folder; a database left running by a killed service is taken over.
mod account;
mod cluster;
mod programs;

use std::{
    fs::{self, File},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use sha2::{Digest as _, Sha256};

pub use account::Account;
use cluster::{Cluster, DATABASE};
pub use programs::{Programs, WHAT_TO_INSTALL};

use super::error::{Error, Result};

/// As whom to connect to the private database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Made the cluster.
    Admin,
    /// Owns the tables.
    Owner,
    /// Works for the service: has rights on rows, owns nothing.
    Service,
    /// Keeps the access log.
    Keeper,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Admin => "kinstead_admin",
            Self::Owner => "kinstead_owner",
            Self::Service => "kinstead_service",
            Self::Keeper => "kinstead_keeper",
        }
    }
}

/// A running private PostgreSQL. Stops with this value, unless another process runs it.
pub struct Embedded {
    cluster: Cluster,
    /// Absent if another process runs the database.
    keeper: Option<Keeper>,
}

/// What whoever runs the database holds.
struct Keeper {
    watched: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    _lock: File,
}

impl Embedded {
    /// Starts the database of this data folder, making it first if it is new. Says each slow step
    /// to `tell`.
    pub fn start(folder: &Path, configured: Option<&Path>, tell: impl Fn(&str)) -> Result<Self> {
        let Some(lock) = lock(folder)? else {
            return Err(Error::internal(format!(
                "another kinstead works on the data folder {}",
                folder.display()
            )));
        };
        Self::keep(lock, folder, configured, tell)
    }

    /// Starts the database of this data folder, or joins it if a service runs it already.
    pub fn start_or_join(
        folder: &Path,
        configured: Option<&Path>,
        tell: impl Fn(&str),
    ) -> Result<Self> {
        if let Some(lock) = lock(folder)? {
            return Self::keep(lock, folder, configured, tell);
        }
        let cluster = Cluster::of(folder, configured, &tell)?;
        cluster.connect(Role::Service, DATABASE, Duration::from_secs(10))?;
        Ok(Self { cluster, keeper: None })
    }

    /// Whether a database was ever made for this data folder.
    pub fn exists(folder: &Path) -> bool {
        folder.is_dir()
            && Account::choose()
                .and_then(|account| account.home(folder))
                .is_ok_and(|home| home.join("data/PG_VERSION").exists())
    }

    fn keep(
        lock: File,
        folder: &Path,
        configured: Option<&Path>,
        tell: impl Fn(&str),
    ) -> Result<Self> {
        let cluster = Cluster::of(folder, configured, &tell)?;
        if !cluster.is_made() {
            tell("making a new database");
            cluster.make()?;
        }
        cluster.ensure_running()?;
        let watched = Arc::new(AtomicBool::new(true));
        let thread = Some(watch(cluster.clone(), Arc::clone(&watched)));
        let running = Self { cluster, keeper: Some(Keeper { watched, thread, _lock: lock }) };
        running.cluster.ensure_database()?;
        Ok(running)
    }

    /// Address of the registry's database.
    #[must_use]
    pub fn url(&self, role: Role) -> String {
        self.cluster.url(role, DATABASE)
    }

    /// Address of another database of the cluster, as tests need it.
    #[must_use]
    pub fn url_of(&self, role: Role, database: &str) -> String {
        self.cluster.url(role, database)
    }

    /// The folder of the cluster's files.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.cluster.data
    }

    /// The folder of the server's programs, such as `pg_dump`.
    #[must_use]
    pub fn programs(&self) -> &Path {
        self.cluster.programs.folder()
    }

    /// Throws the registry's database away and makes an empty one.
    pub fn recreate(&self) -> Result<()> {
        self.cluster.drop_database()?;
        self.cluster.ensure_database()
    }

    /// A way to stop the database from another thread; none if another process runs it.
    #[must_use]
    pub fn stopper(&self) -> Option<Stopper> {
        let keeper = self.keeper.as_ref()?;
        Some(Stopper { cluster: self.cluster.clone(), watched: Arc::clone(&keeper.watched) })
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        let Some(stopper) = self.stopper() else { return };
        stopper.unwatch();
        if let Some(thread) = self.keeper.as_mut().and_then(|keeper| keeper.thread.take()) {
            thread.thread().unpark();
            let _ = thread.join();
        }
        stopper.stop();
    }
}

/// Stops a private database. Work on it breaks off with an error.
#[derive(Clone)]
pub struct Stopper {
    cluster: Cluster,
    watched: Arc<AtomicBool>,
}

impl Stopper {
    fn unwatch(&self) {
        self.watched.store(false, Ordering::Relaxed);
    }

    /// Stops it for good, if that was not done yet.
    pub fn stop(&self) {
        self.unwatch();
        if let Err(error) = self.cluster.stop() {
            log::warn!("the private database did not stop: {error}");
        }
    }
}

/// Starts the database again if it dies while the service runs.
fn watch(cluster: Cluster, watched: Arc<AtomicBool>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        while watched.load(Ordering::Relaxed) {
            std::thread::park_timeout(Duration::from_millis(500));
            if watched.load(Ordering::Relaxed) && !cluster.is_running() {
                log::warn!("the private database died and is started again");
                if let Err(error) = cluster.start() {
                    log::error!("the private database does not start: {error}");
                }
            }
        }
    })
}

/// Keeps other services off the folder until the file is closed, also by being killed. None if
/// another service holds it.
fn lock(folder: &Path) -> Result<Option<File>> {
    fs::create_dir_all(folder).map_err(|cause| at(folder, &cause))?;
    let path = folder.join("kinstead.lock");
    let file = File::create(&path).map_err(|cause| at(&path, &cause))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Err(fs::TryLockError::Error(cause)) => Err(at(&path, &cause)),
    }
}

fn at(path: &Path, cause: &std::io::Error) -> Error {
    Error::internal(format!("{}: {cause}", path.display()))
}

/// A short name for a path, the same each time.
fn short_name(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    digest.iter().take(8).fold(String::new(), |name, byte| format!("{name}{byte:02x}"))
}
