//! The registry that is killed: a service of the built binary on a private database of its own.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, RwLock},
    thread,
    time::{Duration, Instant},
};

use diesel::{PgConnection, RunQueryDsl, sql_query, sql_types::Text};
use kinstead::{
    facilities::FacilityId,
    platform::{
        clock::{Clock as _, SystemClock},
        db::{self, change_on},
        embedded::{Embedded, Role},
        idempotency::PLATFORM,
    },
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use tempfile::TempDir;

use super::{BACK, Victim};
use crate::support::{
    Country, MASTER_KEY, hold_master_key,
    process::{Running, folder, kinstead, postmaster, text},
    register_personas,
};

const FACILITIES: usize = 8;

pub struct Site {
    /// Killed ones are kept: what drops one ends its database.
    services: Vec<Running>,
    /// Where the service listens now: elsewhere after each start.
    pub address: Arc<RwLock<String>>,
    pub facilities: Vec<FacilityId>,
    /// Every checkpoint that was handed out.
    pub checkpoints: Vec<String>,
    owner: String,
    folder: TempDir,
}

impl Site {
    /// A new registry with some institutions and a client for each role.
    pub fn open() -> Self {
        hold_master_key();
        let folder = folder();
        let data = folder.path().join("data");
        let (service, address) = serve(&data);
        let joined = Embedded::start_or_join(&data, None, |_| ()).unwrap();
        let connect = |role| db::connect(&joined.url(role)).unwrap();
        durable(&mut connect(Role::Service));
        let now = SystemClock.now();
        drop(change_on(&mut connect(Role::Owner), PLATFORM, now, register_personas).unwrap());
        let mut country = Country::over(connect(Role::Service), now);
        let facilities = std::iter::repeat_with(|| country.facility(json!({"total": 2000})));
        let facilities = facilities.take(FACILITIES).collect();
        Self {
            services: vec![service],
            address: Arc::new(RwLock::new(address)),
            facilities,
            checkpoints: Vec::new(),
            owner: joined.url(Role::Owner),
            folder,
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, contents).unwrap();
        path
    }

    /// The key that signs the access log.
    pub fn log_key(&self) -> PathBuf {
        self.data().join("log_private_key.pem")
    }

    pub fn owner(&self) -> PgConnection {
        db::connect(&self.owner).unwrap()
    }

    /// A token that outlives the test.
    pub fn token(&self, persona: &str) -> String {
        let mut command = kinstead(&["token", "--as", persona, "--minutes", "1440"]);
        let output = configured(&mut command, &self.data()).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).trim().to_owned()
    }

    /// Waits until the service knows a client that was registered behind its back.
    pub fn until_known(&self, token: &str) {
        let deadline = Instant::now() + BACK;
        while self.get("/v1/children?limit=1", Some(token)).0 != 200 {
            assert!(Instant::now() < deadline, "the client stays unknown");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills it without a word; returns when it is gone.
    pub fn kill(&mut self, victim: Victim) {
        let database = matches!(victim, Victim::Database | Victim::Both).then(|| self.database());
        if !matches!(victim, Victim::Database) {
            self.services.last().unwrap().signal(Signal::SIGKILL);
        }
        if let Some(pid) = database {
            kill(pid, Signal::SIGKILL).unwrap();
        }
        if !matches!(victim, Victim::Database) {
            self.services.last_mut().unwrap().wait();
        }
    }

    /// The database's first process, once it runs: after a kill the file names the dead one.
    fn database(&self) -> Pid {
        let data = self.data();
        let ours = |pid: &i32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            text(&line).contains(&data.display().to_string())
        };
        let deadline = Instant::now() + BACK;
        loop {
            if let Some(pid) = postmaster(&data).filter(ours) {
                return Pid::from_raw(pid);
            }
            assert!(Instant::now() < deadline, "the database does not come back");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts a service after one that is gone.
    pub fn start(&mut self) {
        let (service, address) = serve(&self.data());
        self.services.push(service);
        *self.address.write().unwrap() = address;
    }

    /// Stops the service as an operator does, so that the whole log is signed, and starts it again.
    pub fn restart_in_peace(&mut self) {
        self.services.pop().unwrap().stop();
        self.start();
        self.keep_checkpoint();
    }

    pub fn keep_checkpoint(&mut self) {
        let (status, note) = self.get("/v1/log/checkpoint", None);
        assert_eq!(status, 200, "{}", text(&note));
        self.checkpoints.push(text(&note));
    }

    /// Asks until the service is not too busy to answer.
    pub fn get(&self, path: &str, token: Option<&str>) -> (u16, Vec<u8>) {
        let deadline = Instant::now() + BACK;
        loop {
            let url = format!("http://{}{path}", self.address.read().unwrap());
            let mut request = agent().get(url);
            if let Some(token) = token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            let answer = request.call().and_then(|mut answer| {
                let body = answer.body_mut().with_config().limit(1 << 30).read_to_vec()?;
                Ok((answer.status().as_u16(), body))
            });
            match answer {
                Ok((status, body)) if status != 503 => return (status, body),
                other => assert!(Instant::now() < deadline, "{path}: {other:?}"),
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if thread::panicking() {
            for (number, service) in self.services.iter().enumerate() {
                println!("service {number} wrote:\n{}", service.said().join("\n"));
            }
        }
    }
}

/// A client that takes every answer as it is and waits for none for long.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(15)))
        .build()
        .into()
}

fn configured<'c>(command: &'c mut Command, data: &Path) -> &'c mut Command {
    command
        .env("KINSTEAD_DATA", data)
        .env("KINSTEAD_LISTEN", "127.0.0.1:0")
        .env("KINSTEAD_RATE_LIMIT", "0")
        .env("KINSTEAD_WEBHOOK_LOOPBACK", "true")
        .env("KINSTEAD_TOKEN_MAX_MINUTES", "1440")
        .env("KINSTEAD_MASTER_KEY", MASTER_KEY)
}

fn serve(data: &Path) -> (Running, String) {
    let mut command = kinstead(&["serve"]);
    configured(&mut command, data);
    let service = Running::start(command, data);
    let (address, _) = service.ready();
    (service, address)
}

/// The database of a service forgets nothing for speed, unlike that of the other tests.
fn durable(conn: &mut PgConnection) {
    #[derive(diesel::QueryableByName)]
    struct Setting {
        #[diesel(sql_type = Text)]
        value: String,
    }
    for name in ["fsync", "synchronous_commit", "full_page_writes"] {
        let sql = format!("SELECT current_setting('{name}') AS value");
        assert_eq!(sql_query(sql).get_result::<Setting>(conn).unwrap().value, "on", "{name}");
    }
}
