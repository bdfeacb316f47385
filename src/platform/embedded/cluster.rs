//! One cluster of PostgreSQL on disk: made, started, reached and stopped with the server's own programs.
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use diesel::{PgConnection, RunQueryDsl, connection::SimpleConnection, sql_query};

use super::{Account, Programs, Role, at, short_name};
use crate::platform::{
    db,
    error::{Error, Result},
    migrate,
};

/// The database of the registry in its cluster.
pub const DATABASE: &str = "kinstead";
/// A Unix socket's path holds at most 107 bytes; the file name takes 18 of them.
const LONGEST_SOCKET_FOLDER: usize = 88;
const START_DEADLINE: Duration = Duration::from_secs(60);

const SETTINGS: &str = "
# Written by kinstead at every start.
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 230
shared_buffers = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
lc_messages = 'C'
timezone = 'UTC'
log_min_messages = warning
log_min_error_statement = panic
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_statement = 'none'
log_min_duration_statement = -1
log_error_verbosity = terse
log_destination = 'stderr'
";

#[derive(Clone)]
pub struct Cluster {
    pub programs: Programs,
    pub data: PathBuf,
    account: Account,
    sockets: PathBuf,
}

impl Cluster {
    /// The cluster of a data folder, whether it is made or not.
    pub fn of(folder: &Path, configured: Option<&Path>, tell: &impl Fn(&str)) -> Result<Self> {
        let account = Account::choose()?;
        let home = account.home(folder)?;
        if home.file_name() != Some("postgres".as_ref()) {
            tell(&format!(
                "the database's user cannot enter {}; its files are in {}",
                folder.display(),
                home.display()
            ));
        }
        let data = home.join("data");
        let made_by = fs::read_to_string(data.join("PG_VERSION")).ok();
        let made_by = made_by.and_then(|version| version.trim().parse().ok());
        let programs = Programs::find(configured, made_by)?;
        Ok(Self { programs, data, sockets: sockets(&home, &account)?, account })
    }

    pub fn is_made(&self) -> bool {
        self.data.join("PG_VERSION").exists()
    }

    pub fn url(&self, role: Role, database: &str) -> String {
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
    pub fn make(&self) -> Result<()> {
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

    pub fn ensure_running(&self) -> Result<()> {
        let settings =
            format!("{SETTINGS}unix_socket_directories = '{}'\n", self.sockets.display());
        let auto = self.data.join("postgresql.auto.conf");
        if !self.is_running() {
            self.account.write(&auto, &settings)?;
            self.start()?;
        }
        Ok(())
    }

    pub fn start(&self) -> Result<()> {
        let deadline = Instant::now() + START_DEADLINE;
        let log = self.data.with_file_name("postgres.log");
        loop {
            self.drop_stale_pid();
            let started = self.control(|command| {
                command.args(["start", "-w", "-t", "30", "-s", "-l"]).arg(&log);
            });
            match started {
                Ok(()) => return Ok(()),
                // Back ends of a killed server hold its memory for a moment.
                Err(_) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(200));
                }
                Err(error) => {
                    log::error!("the private database says why in {}", log.display());
                    return Err(error);
                }
            }
        }
    }

    /// Stops the server if it runs; open transactions are undone.
    pub fn stop(&self) -> Result<()> {
        if !self.is_running() {
            return Ok(());
        }
        self.control(|command| {
            command.args(["stop", "-m", "fast", "-w", "-t", "30"]);
        })
    }

    pub fn is_running(&self) -> bool {
        self.postmaster().is_some_and(|pid| self.is_postgres(pid))
    }

    /// The process id in the pid file.
    fn postmaster(&self) -> Option<i32> {
        let file = fs::read_to_string(self.data.join("postmaster.pid")).ok()?;
        file.lines().next()?.trim().parse().ok()
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

    /// Connects to a server that may still be starting, or stopping for a service that is gone.
    pub fn connect(&self, role: Role, database: &str, patience: Duration) -> Result<PgConnection> {
        let deadline = Instant::now() + patience;
        loop {
            match db::connect(&self.url(role, database)) {
                Err(_) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                done => return done,
            }
        }
    }

    /// Connects as the one who may make databases; starts the server again if it was stopping.
    fn admin(&self) -> Result<PgConnection> {
        let deadline = Instant::now() + START_DEADLINE;
        loop {
            match self.connect(Role::Admin, "postgres", Duration::ZERO) {
                Err(_) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(100));
                    self.ensure_running()?;
                }
                done => return done,
            }
        }
    }

    /// Makes the registry's database and its roles, unless they are there.
    pub fn ensure_database(&self) -> Result<()> {
        let mut admin = self.admin()?;
        migrate::ensure_groups(&mut admin)?;
        let owner = Role::Owner.name();
        let within = |group| format!("LOGIN IN ROLE {group}");
        for (role, options) in [
            (owner, "LOGIN".to_owned()),
            (Role::Service.name(), within(migrate::RUNTIME_GROUP)),
            (Role::Keeper.name(), within(migrate::LOG_GROUP)),
        ] {
            if !exists(&mut admin, &format!("SELECT 1 FROM pg_roles WHERE rolname = '{role}'"))? {
                admin.batch_execute(&format!("CREATE ROLE {role} {options}"))?;
            }
        }
        if !exists(&mut admin, &format!("SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"))?
        {
            admin.batch_execute(&format!("CREATE DATABASE {DATABASE} OWNER {owner}"))?;
        }
        Ok(())
    }

    pub fn drop_database(&self) -> Result<()> {
        Ok(self
            .admin()?
            .batch_execute(&format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))?)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.folder().join(program));
        self.account.apply(&mut command);
        command.env("LC_ALL", "C").current_dir("/").stdin(Stdio::null());
        // What is encrypted is encrypted from the database, too.
        command.env_remove("KINSTEAD_MASTER_KEY");
        command
    }

    fn control(&self, arguments: impl Fn(&mut Command)) -> Result<()> {
        let mut command = self.command("pg_ctl");
        arguments(&mut command);
        command.arg("-D").arg(&self.data);
        run(command, "pg_ctl")
    }
}

#[derive(diesel::QueryableByName)]
struct One {
    #[diesel(sql_type = diesel::sql_types::Integer, column_name = "?column?")]
    _one: i32,
}

fn exists(conn: &mut PgConnection, query: &str) -> Result<bool> {
    Ok(!sql_query(query).load::<One>(conn)?.is_empty())
}

/// The folder of the socket: beside the data, or under the temporary folder if that path is longer
/// than a socket's address can be.
fn sockets(home: &Path, account: &Account) -> Result<PathBuf> {
    let near = home.join("socket");
    let folder = if near.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
        near
    } else {
        std::env::temp_dir().join(format!("kinstead-{}", short_name(home)))
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
