//! One private PostgreSQL for the test run; each test gets a copy of a migrated template.
use std::{
    mem::ManuallyDrop,
    path::PathBuf,
    process::{ChildStdin, Command, Stdio},
    sync::OnceLock,
};

use diesel::{PgConnection, RunQueryDsl, sql_query};
use kinstead::{
    platform::{
        db::{self, Tx, change_on, maintain_on},
        embedded::{Embedded, Role},
        idempotency::PLATFORM,
        migrate,
        vault::{self, MasterKeys},
    },
    reference,
    server::Databases,
};
use uuid::Uuid;

const TEMPLATE: &str = "kinstead_template";

struct Cluster {
    embedded: ManuallyDrop<Embedded>,
    /// Closes with this process, whatever ends it; then the shell at its other end stops the
    /// database and removes its files.
    _alive: ChildStdin,
}

/// The cluster of this test run.
pub fn cluster() -> &'static Embedded {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    &CLUSTER.get_or_init(start).embedded
}

/// The master key of every registry under test.
pub const MASTER_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// Holds it in this process.
pub fn hold_master_key() {
    static HELD: OnceLock<()> = OnceLock::new();
    HELD.get_or_init(|| vault::hold(MasterKeys::parse(MASTER_KEY).unwrap()));
}

fn start() -> Cluster {
    hold_master_key();
    let folder = std::env::temp_dir().join(format!("kinstead-test-{}", std::process::id()));
    let embedded = Embedded::start(&folder, None, |_| ()).expect("PostgreSQL must be installed");
    let stop = format!(
        "read _; pkill -9 -P $(head -1 {data}/postmaster.pid); kill -9 $(head -1 {data}/postmaster.pid); sleep 0.2; rm -rf {folder}",
        data = embedded.data().display(),
        folder = folder.display(),
    );
    let mut watcher = Command::new("sh");
    watcher.args(["-c", &stop]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut watcher, 0);
    let alive = watcher.spawn().unwrap().stdin.take().unwrap();
    let mut admin = db::connect(&embedded.url_of(Role::Admin, "postgres")).unwrap();
    for setting in ["fsync = off", "synchronous_commit = off", "full_page_writes = off"] {
        sql_query(format!("ALTER SYSTEM SET {setting}")).execute(&mut admin).unwrap();
    }
    sql_query("SELECT pg_reload_conf()").execute(&mut admin).unwrap();
    Cluster { embedded: ManuallyDrop::new(embedded), _alive: alive }
}

/// The folder of the cluster's files.
pub fn data_folder() -> PathBuf {
    cluster().data().to_owned()
}

fn admin(sql: &str) {
    let mut conn = db::connect(&cluster().url_of(Role::Admin, "postgres")).unwrap();
    sql_query(sql).execute(&mut conn).unwrap();
}

/// A database that is dropped with this value.
pub struct Database(String);

impl Database {
    /// Without any table.
    pub fn empty() -> Self {
        let name = format!("test_{}", Uuid::new_v4().simple());
        admin(&format!("CREATE DATABASE {name} OWNER kinstead_owner"));
        Self(name)
    }

    /// Migrated, with code lists, parameters (profile `serbia-like`) and the personas' clients.
    pub fn migrated() -> Self {
        static READY: OnceLock<()> = OnceLock::new();
        READY.get_or_init(|| {
            admin(&format!("CREATE DATABASE {TEMPLATE} OWNER kinstead_owner"));
            let template = ManuallyDrop::new(Self(TEMPLATE.into()));
            let mut conn = template.owner();
            migrate::run(&mut conn).unwrap();
            // Before the time of any test.
            let before = "2026-11-01T00:00:00Z".parse().unwrap();
            change_on(&mut conn, PLATFORM, before, |tx| {
                reference::load::load(tx, "serbia-like")?;
                super::world::register_personas(tx)
            })
            .unwrap();
        });
        let name = format!("test_{}", Uuid::new_v4().simple());
        admin(&format!(
            "CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy OWNER kinstead_owner"
        ));
        Self(name)
    }

    /// Migrated, with code lists and parameters, as one that is to be seeded must be.
    pub fn without_personas() -> Self {
        let database = Self::empty();
        let mut conn = database.owner();
        migrate::run(&mut conn).unwrap();
        let load = |tx: &mut Tx<'_>| reference::load::load(tx, "serbia-like");
        maintain_on(&mut conn, PLATFORM, super::world::noon(), load).unwrap();
        database
    }

    pub fn url(&self, role: Role) -> String {
        cluster().url_of(role, &self.0)
    }

    /// Its addresses for a service.
    pub fn urls(&self) -> Databases {
        Databases { service: self.url(Role::Service), keeper: self.url(Role::Keeper) }
    }

    /// A connection as the owner of the tables.
    pub fn owner(&self) -> PgConnection {
        db::connect(&self.url(Role::Owner)).unwrap()
    }

    /// A connection as the one who made the cluster.
    pub fn admin(&self) -> PgConnection {
        db::connect(&self.url(Role::Admin)).unwrap()
    }

    /// A connection as the service.
    pub fn service(&self) -> PgConnection {
        db::connect_for_work(&self.url(Role::Service)).unwrap()
    }

    /// How many transactions wait for others in the database that this connection is to.
    pub fn waiting(conn: &mut PgConnection) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Waiting {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            count: i64,
        }
        let sql = "SELECT count(*) AS count FROM pg_stat_activity \
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sql_query(sql).get_result::<Waiting>(conn).unwrap().count
    }

    /// What `pg_dump` writes of this database.
    fn dumped(&self, options: &[&str]) -> String {
        let own = cluster().programs().join("pg_dump");
        let program = if own.exists() { own } else { "pg_dump".into() };
        let mut command = Command::new(program);
        let output = command.args(options).arg(self.url(Role::Admin)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// All its rows, as a backup holds them.
    pub fn dump_rows(&self) -> String {
        self.dumped(&["--data-only"])
    }

    /// What `pg_dump` says of the schema.
    pub fn dump(&self) -> String {
        let dump = self.dumped(&["--schema-only", "--exclude-table=__diesel_schema_migrations"]);
        let kept = dump
            .lines()
            .filter(|line| !line.starts_with("--") && !line.starts_with('\\') && !line.is_empty());
        kept.collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        admin(&format!("DROP DATABASE {} WITH (FORCE)", self.0));
    }
}
