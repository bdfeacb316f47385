//! A private PostgreSQL: found, made, started, watched and stopped with the service.
//!
//! It listens on a Unix socket only, in a folder that only its owner enters. When the service runs
//! as root, which PostgreSQL refuses, the database runs as an unprivileged user. A file lock keeps
//! two services off one data folder; a database left running by a killed service is taken over.
mod account;
mod programs;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use diesel::{PgConnection, RunQueryDsl, connection::SimpleConnection, sql_query};
use sha2::{Digest, Sha256};

pub use account::Account;
pub use programs::{Programs, WHAT_TO_INSTALL};

use super::{
    db::connect,
    error::{Error, Result},
    migrate,
};

/// The database of the registry in its cluster.
const DATABASE: &str = "kinstead";
/// As whom to connect to the private database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Made the cluster.
    Admin,
    /// Owns the tables.
    Owner,
    /// Works for the service: has rights on rows, owns nothing.
    Service,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Admin => "kinstead_admin",
            Self::Owner => "kinstead_owner",
            Self::Service => "kinstead_service",
        }
    }
}

/// A Unix socket's path holds at most 107 bytes; the file name takes 18 of them.
const LONGEST_SOCKET_FOLDER: usize = 88;
const START_DEADLINE: Duration = Duration::from_secs(60);

const SETTINGS: &str = "
# Written by kinstead at every start.
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 60
shared_buffers = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
lc_messages = 'C'
timezone = 'UTC'
log_min_messages = warning
log_min_error_statement = panic
log_error_verbosity = terse
log_destination = 'stderr'
";

/// A running private PostgreSQL. Stops with this value.
pub struct Embedded {
    cluster: Cluster,
    watched: Arc<AtomicBool>,
    watcher: Option<JoinHandle<()>>,
    _lock: File,
}

#[derive(Clone)]
struct Cluster {
    programs: Programs,
    account: Account,
    data: PathBuf,
    sockets: PathBuf,
}

impl Embedded {
    /// Starts the database of this data folder, making it first if it is new. Says each slow step
    /// to `tell`.
    pub fn start(folder: &Path, configured: Option<&Path>, tell: impl Fn(&str)) -> Result<Self> {
        let programs = Programs::find(configured)?;
        let account = Account::choose()?;
        fs::create_dir_all(folder).map_err(|cause| at(folder, &cause))?;
        let lock = lock(folder)?;
        let home = account.home(folder)?;
        if home != folder.join("postgres") {
            tell(&format!(
                "the database's user cannot enter {}; its files are in {}",
                folder.display(),
                home.display()
            ));
        }
        let cluster = Cluster {
            data: home.join("data"),
            sockets: sockets(&home, &account)?,
            programs,
            account,
        };
        if !cluster.data.join("PG_VERSION").exists() {
            tell("making a new database");
            cluster.make()?;
        }
        cluster.ensure_running()?;
        cluster.ensure_database()?;
        let watched = Arc::new(AtomicBool::new(true));
        let watcher = Some(watch(cluster.clone(), Arc::clone(&watched)));
        Ok(Self { cluster, watched, watcher, _lock: lock })
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
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.watched.store(false, Ordering::Relaxed);
        if let Some(watcher) = self.watcher.take() {
            watcher.thread().unpark();
            let _ = watcher.join();
        }
        if let Err(error) = self.cluster.control(&["stop", "-m", "fast", "-w", "-t", "30"]) {
            log::warn!("the private database did not stop: {error}");
        }
    }
}

impl Cluster {
    fn url(&self, role: Role, database: &str) -> String {
        let role = role.name();
        let folder = self
            .sockets
            .display()
            .to_string()
            .replace('%', "%25")
            .replace('/', "%2F")
            .replace(' ', "%20");
        format!("postgresql://{role}@{folder}/{database}")
    }

    /// Makes the cluster in a new folder and moves it into place, so that a broken attempt leaves
    /// nothing that looks whole.
    fn make(&self) -> Result<()> {
        let draft = self.data.with_extension("new");
        let _ = fs::remove_dir_all(&draft);
        let _ = fs::remove_dir_all(&self.data);
        let mut command = self.command("initdb");
        // Whoever can enter the socket's folder is the owner or root: no password adds to that.
        command.args([
            "--encoding=UTF8",
            "--locale=C",
            "--auth=trust",
            "--no-sync",
            "--data-checksums",
        ]);
        command.args(["-U", Role::Admin.name(), "-D"]).arg(&draft);
        run(command, "initdb")?;
        fs::rename(&draft, &self.data).map_err(|cause| at(&self.data, &cause))
    }

    fn ensure_running(&self) -> Result<()> {
        let settings =
            format!("{SETTINGS}unix_socket_directories = '{}'\n", self.sockets.display());
        let auto = self.data.join("postgresql.auto.conf");
        if !self.is_running() {
            self.account.write(&auto, &settings)?;
            self.start()?;
        }
        Ok(())
    }

    fn start(&self) -> Result<()> {
        let deadline = Instant::now() + START_DEADLINE;
        loop {
            self.drop_stale_pid();
            let log = self.data.with_file_name("postgres.log");
            let started = self.control_with(|command| {
                command.args(["start", "-w", "-t", "30", "-s", "-l"]).arg(&log);
            });
            match started {
                Ok(()) => return Ok(()),
                // Back ends of a killed server hold its memory for a moment.
                Err(_) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(200))
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn is_running(&self) -> bool {
        self.postmaster().is_some_and(|pid| self.is_postgres(pid))
    }

    /// The process id in the pid file.
    fn postmaster(&self) -> Option<i32> {
        fs::read_to_string(self.data.join("postmaster.pid"))
            .ok()?
            .lines()
            .next()?
            .trim()
            .parse()
            .ok()
    }

    /// Whether this process is the server of this very cluster: after a crash the number may belong
    /// to somebody else.
    fn is_postgres(&self, pid: i32) -> bool {
        let alive = match nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None) {
            Ok(()) | Err(nix::errno::Errno::EPERM) => true,
            Err(_) => false,
        };
        let command = fs::read(format!("/proc/{pid}/cmdline"));
        let folder = self.data.display().to_string();
        // Where there is no /proc, a live process is taken for ours, as pg_ctl does.
        alive
            && command.map_or(!Path::new("/proc").exists(), |line| {
                String::from_utf8_lossy(&line).contains(&folder)
            })
    }

    fn drop_stale_pid(&self) {
        if self.postmaster().is_some_and(|pid| !self.is_postgres(pid)) {
            let _ = fs::remove_file(self.data.join("postmaster.pid"));
        }
    }

    fn ensure_database(&self) -> Result<()> {
        let mut admin = connect(&self.url(Role::Admin, "postgres"))?;
        if exists(&mut admin, &format!("SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"))? {
            return Ok(());
        }
        migrate::ensure_runtime_group(&mut admin)?;
        let (owner, service) = (Role::Owner.name(), Role::Service.name());
        admin.batch_execute(&format!(
            "DROP ROLE IF EXISTS {owner}; CREATE ROLE {owner} LOGIN; \
             DROP ROLE IF EXISTS {service}; CREATE ROLE {service} LOGIN IN ROLE {}",
            migrate::RUNTIME_GROUP
        ))?;
        Ok(admin.batch_execute(&format!("CREATE DATABASE {DATABASE} OWNER {owner}"))?)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.folder().join(program));
        self.account.apply(&mut command);
        command.env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
        command
    }

    fn control(&self, arguments: &[&str]) -> Result<()> {
        self.control_with(|command| {
            command.args(arguments);
        })
    }

    fn control_with(&self, arguments: impl Fn(&mut Command)) -> Result<()> {
        let mut command = self.command("pg_ctl");
        arguments(&mut command);
        command.arg("-D").arg(&self.data);
        run(command, "pg_ctl")
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

#[derive(diesel::QueryableByName)]
struct One {
    #[diesel(sql_type = diesel::sql_types::Integer, column_name = "?column?")]
    _one: i32,
}

fn exists(conn: &mut PgConnection, query: &str) -> Result<bool> {
    Ok(!sql_query(query).load::<One>(conn)?.is_empty())
}

/// Keeps other services off the folder until the file is closed, also by being killed.
fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("kinstead.lock");
    let file = File::create(&path).map_err(|cause| at(&path, &cause))?;
    file.try_lock().map_err(|_| {
        Error::internal(format!("another kinstead works on the data folder {}", folder.display()))
    })?;
    Ok(file)
}

/// The folder of the socket: beside the data, or under the temporary folder if that path is longer
/// than a socket's address can be.
fn sockets(home: &Path, account: &Account) -> Result<PathBuf> {
    let near = home.join("socket");
    let folder = if near.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
        near
    } else {
        let digest = Sha256::digest(home.as_os_str().as_encoded_bytes());
        let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        std::env::temp_dir().join(format!("kinstead-{name}"))
    };
    account.own_folder(&folder)?;
    Ok(folder)
}

fn run(mut command: Command, program: &str) -> Result<()> {
    // A server that lives on must not hold our output open: it writes to its own log.
    let errors = tempfile_for_errors()?;
    command.stdout(Stdio::null()).stderr(errors.try_clone().map_err(Error::internal)?);
    let status =
        command.status().map_err(|cause| Error::internal(format!("{program}: {cause}")))?;
    if status.success() {
        return Ok(());
    }
    let said = read_back(errors)?;
    Err(Error::internal(format!("{program} failed: {}", said.trim())))
}

fn tempfile_for_errors() -> Result<File> {
    let path = std::env::temp_dir().join(format!("kinstead-{}", uuid::Uuid::new_v4().simple()));
    let file = File::options().read(true).write(true).create_new(true).open(&path);
    let file = file.map_err(|cause| at(&path, &cause))?;
    // The open file lives on without a name.
    fs::remove_file(&path).map_err(|cause| at(&path, &cause))?;
    Ok(file)
}

fn read_back(mut file: File) -> Result<String> {
    use std::io::{Read as _, Seek as _};
    let mut said = String::new();
    file.rewind().map_err(Error::internal)?;
    file.read_to_string(&mut said).map_err(Error::internal)?;
    Ok(said)
}

fn at(path: &Path, cause: &std::io::Error) -> Error {
    Error::internal(format!("{}: {cause}", path.display()))
}
