//! A demo country in a folder of its own, served by the built binary.
use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use diesel::{
    PgConnection, RunQueryDsl as _, connection::SimpleConnection as _, sql_query, sql_types::Text,
};
use kinstead::platform::{db, embedded::Programs};
use serde_json::{Value, json};

use super::{
    client::{Answer, Connection, Request},
    pgbench::Script,
};

pub struct Registry {
    pub address: String,
    /// Of a client that reaches by area, as row-level security sees to.
    pub token: String,
    /// Of the national authority, which makes what the measurements need.
    authority: String,
    pub folder: PathBuf,
    pub socket: String,
    pub programs: PathBuf,
    /// The registry's day.
    pub today: String,
    service: Mutex<Child>,
    /// The most memory of those that were killed.
    resident_before: u64,
}

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

impl Registry {
    /// Makes the country and serves it.
    pub fn start(children: u32) -> Self {
        let folder =
            std::env::temp_dir().join(format!("kinstead-bench-{}-{children}", std::process::id()));
        let begun = Instant::now();
        let service = serve(&folder, children);
        println!(
            "country with {children} children in care: ready after {:.1} s",
            begun.elapsed().as_secs_f64()
        );
        let (address, token, authority) = door(&folder);
        let socket = folder.join("postgres/socket").display().to_string();
        let programs = Programs::find(None, None).expect("PostgreSQL").folder().to_owned();
        let mut registry = Self {
            address,
            token,
            authority,
            folder,
            socket,
            programs,
            today: String::new(),
            service: Mutex::new(service),
            resident_before: 0,
        };
        registry.today = registry
            .texts("SELECT (now() AT TIME ZONE 'Europe/Belgrade')::date::text AS text")
            .remove(0);
        println!(
            "children {}, placements {}",
            registry.count("children"),
            registry.count("placements")
        );
        registry
    }

    pub fn admin(&self) -> PgConnection {
        let socket = self.socket.replace('/', "%2F");
        db::connect(&format!("postgresql://kinstead_admin@{socket}/kinstead"))
            .expect("the database")
    }

    fn texts(&self, sql: &str) -> Vec<String> {
        let lines: Vec<Line> = sql_query(sql).load(&mut self.admin()).expect("a query");
        lines.into_iter().map(|line| line.text).collect()
    }

    /// What a query says in its one row.
    pub fn text(&self, sql: &str) -> String {
        self.texts(sql).remove(0)
    }

    fn count(&self, table: &str) -> String {
        self.text(&format!("SELECT count(*)::text AS text FROM {table}"))
    }

    /// Some ids of a table, spread over it.
    pub fn ids(&self, table: &str, most: usize) -> Vec<String> {
        self.texts(&format!(
            "SELECT id::text AS text FROM {table} ORDER BY md5(id::text) LIMIT {most}"
        ))
    }

    /// Children who can be placed today, wherever their brothers and sisters are (PL-21), of those of whom
    /// the client may know whose read `seen` is.
    pub fn children_not_in_care(&self, seen: &Script) -> Vec<String> {
        let mut conn = self.admin();
        let begin = seen.0.iter().find(|statement| statement.contains("SET LOCAL kinstead."));
        conn.batch_execute(begin.expect("who asks")).expect("a transaction");
        conn.batch_execute("SET LOCAL ROLE kinstead_app").expect("the role of the service");
        let lines: Vec<Line> = sql_query(
            "SELECT c.id::text AS text FROM children c WHERE birth_date > current_date - interval '17 years' \
             AND birth_date < current_date - interval '6 years' AND death_date IS NULL AND adopted_on IS NULL AND NOT EXISTS (SELECT 1 FROM care_periods p \
             WHERE p.child_id = c.id AND p.state <> 'entered_in_error' AND (p.ended_on IS NULL OR p.ended_on > current_date - 2)) \
             AND NOT EXISTS (SELECT 1 FROM child_relations r WHERE r.child_id = c.id AND r.to_be_kept_together = 'yes') \
             ORDER BY md5(c.id::text)",
        )
        .load(&mut conn)
        .expect("children");
        lines.into_iter().map(|line| line.text).collect()
    }

    /// Numbers children from 1, for pgbench.
    pub fn number_children(&self, children: &[String]) {
        let rows: Vec<String> =
            children.iter().zip(1..).map(|(id, n)| format!("({n}, '{id}')")).collect();
        let sql = format!(
            "DROP TABLE IF EXISTS bench_children; DROP SEQUENCE IF EXISTS bench_numbers; \
             CREATE TABLE bench_children (n bigint PRIMARY KEY, id uuid); CREATE SEQUENCE bench_numbers; \
             INSERT INTO bench_children VALUES {}; ANALYZE bench_children; \
             GRANT SELECT ON bench_children TO kinstead_app; GRANT USAGE ON bench_numbers TO kinstead_app",
            rows.join(", ")
        );
        self.admin().batch_execute(&sql).expect("numbers for pgbench");
    }

    /// New small group homes with room, made through the service. They stand in one place, so home may be
    /// as far away from them as it likes (PL-23).
    pub fn facilities(&self, number: usize, places: u32) -> Vec<String> {
        let anywhere = "UPDATE parameter_versions SET value = '1000' WHERE name = 'distance_km'";
        assert_eq!(sql_query(anywhere).execute(&mut self.admin()), Ok(1), "one distance");
        let mut connection = Connection::open_as(self, &self.authority);
        let operator = self
            .texts("SELECT id::text AS text FROM organisations WHERE kind = 'provider' LIMIT 1")
            .remove(0);
        let area = self
            .texts(
                "SELECT code AS text FROM areas WHERE level = 'municipality' ORDER BY code LIMIT 1",
            )
            .remove(0);
        let mut make = || {
            let new = json!({
                "name": "Bench", "facility_type": "small_group_home", "ownership": "own_authority", "operator_id": operator,
                "area_code": area, "applied_on": "2020-01-01",
                "accepts": {"age_min": 0, "age_max": 25, "sex": "any", "disability": true, "emergency": true, "siblings": true},
            });
            let made = connection.send(&Request::post("/v1/facilities", &new));
            let id = parsed(&made)["id"].as_str().expect("an id").to_owned();
            let path = format!("/v1/facilities/{id}");
            let steps = [
                ("POST", "inspect", json!({"on": "2020-01-02"})),
                (
                    "POST",
                    "register",
                    json!({"on": "2020-01-03", "number": "B-1", "granted_by": operator}),
                ),
                ("PUT", "capacity", json!({"valid_from": "2020-01-03", "total": places})),
            ];
            let mut etag = made.etag;
            for (method, step, body) in steps {
                let answer = connection.send(&Request::with_body(
                    method,
                    &format!("{path}/{step}"),
                    &etag,
                    &body,
                ));
                parsed(&answer);
                etag = answer.etag;
            }
            id
        };
        (0..number).map(|_| make()).collect()
    }

    /// The statements that the service runs for a request, seen in the database's log; ids that it
    /// made for rows of `made` are replaced by new ones on every run.
    pub fn statements_of(&self, request: &Request, made: &[&str]) -> Script {
        let before: Vec<Vec<String>> =
            made.iter().map(|table| self.ids(table, 10_000_000)).collect();
        self.log_statements("0", "default");
        thread::sleep(Duration::from_millis(300));
        let log = self.folder.join("postgres/postgres.log");
        let from = fs::read_to_string(&log).expect("the log").len();
        let mut connection = Connection::open(self);
        parsed(&connection.send(request));
        thread::sleep(Duration::from_millis(300));
        let text = fs::read_to_string(&log).expect("the log")[from..].to_owned();
        self.log_statements("-1", "terse");
        let mut script = Script(statements(&text));
        for (part, (table, before)) in made.iter().zip(before).enumerate() {
            let known: HashSet<String> = before.into_iter().collect();
            for id in self.ids(table, 10_000_000).into_iter().filter(|id| !known.contains(id)) {
                script = script.with_new_id(&id, part);
            }
        }
        script
    }

    fn log_statements(&self, from: &str, verbosity: &str) {
        let mut admin = self.admin();
        for setting in [
            format!("log_min_duration_statement = '{from}'"),
            format!("log_error_verbosity = '{verbosity}'"),
            format!("log_parameter_max_length = '{}'", if from == "0" { "-1" } else { "0" }),
            format!("log_line_prefix = '{USER}%u %p '"),
        ] {
            sql_query(format!("ALTER SYSTEM SET {setting}"))
                .execute(&mut admin)
                .expect("a setting");
        }
        sql_query("SELECT pg_reload_conf()").execute(&mut admin).expect("a reload");
    }

    /// The most that a service without the country's making ever held in memory.
    pub fn resident_megabytes(&self) -> u64 {
        let pid = self.service.lock().unwrap_or_else(PoisonError::into_inner).id();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
        let now = line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) / 1024;
        now.max(self.resident_before)
    }

    /// Stops the service and says how long its next start takes.
    pub fn stop_and_time_start(&mut self) -> Duration {
        self.stop("TERM");
        self.start_again()
    }

    /// Kills the service, and starts it again.
    pub fn kill_and_start(&mut self) {
        self.resident_before = self.resident_megabytes();
        self.stop("KILL");
        self.start_again();
    }

    fn start_again(&mut self) -> Duration {
        let begun = Instant::now();
        *self.service.lock().unwrap_or_else(PoisonError::into_inner) = serve(&self.folder, 1);
        let elapsed = begun.elapsed();
        (self.address, self.token, self.authority) = door(&self.folder);
        elapsed
    }

    fn stop(&self, signal: &str) {
        let mut service = self.service.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = Command::new("kill").args(["-s", signal]).arg(service.id().to_string()).status();
        let _ = service.wait();
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stop("TERM");
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Where the service in a folder listens, and the tokens of the two clients.
fn door(folder: &Path) -> (String, String, String) {
    let demo = fs::read(folder.join("demo.json")).expect("demo.json");
    let demo: Value = serde_json::from_slice(&demo).expect("JSON");
    let address = demo["base_url"].as_str().expect("an address").trim_start_matches("http://");
    let token = |role: &str| demo["personas"][role]["token"].as_str().expect("a token").to_owned();
    (address.to_owned(), token("sync_client"), token("national_authority"))
}

fn serve(folder: &PathBuf, children: u32) -> Child {
    let mut service = Command::new(env!("CARGO_BIN_EXE_kinstead"))
        .args(["demo", "--port", "0", "--children", &children.to_string(), "--data"])
        .arg(folder)
        .env("RUST_LOG", "warn")
        .env("KINSTEAD_RATE_LIMIT", "0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the service must start");
    let mut lines = BufReader::new(service.stdout.take().expect("an output")).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line == "ready")), "the service must get ready");
    // The rest is read away, so that the service never waits for us.
    thread::spawn(move || lines.for_each(drop));
    service
}

#[track_caller]
fn parsed(answer: &Answer) -> Value {
    assert!(answer.status < 300, "{} {}", answer.status, String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// What stands before the user in each line of PostgreSQL's log.
const USER: &str = "user=";

/// The statements of a request in the log, with their parameters in place. A statement is told of when it is parsed and
/// when it is bound, too: only what was executed counts. Others work beside the requests, each on a connection of its
/// own: what counts is a client's transaction, and what goes to the access log.
fn statements(log: &str) -> Vec<String> {
    let mut found: Vec<(&str, String)> = Vec::new();
    let mut executed = false;
    for line in log.lines() {
        let own = line.strip_prefix(USER).and_then(|line| line.strip_prefix("kinstead_service "));
        if let Some(more) = line.strip_prefix('\t') {
            if let (true, Some((_, last))) = (executed, found.last_mut()) {
                last.push(' ');
                last.push_str(more);
            }
            continue;
        }
        // The keeper of the access log is another user.
        let Some((connection, rest)) = own.and_then(|line| line.split_once(' ')) else {
            executed = false;
            continue;
        };
        if let Some((_, rest)) = rest.split_once("DETAIL:  parameters: ") {
            if let (true, Some((_, last))) = (executed, found.last_mut()) {
                *last = filled(last, rest);
            }
        } else {
            let statement = rest.split_once("statement: ").or_else(|| execute(rest));
            executed = statement.is_some();
            let text = statement.map(|(_, text)| text.trim_end_matches(';').to_owned());
            found.extend(text.map(|text| (connection, text)));
        }
    }
    let mut open: HashMap<&str, Vec<String>> = HashMap::new();
    let mut of_requests = Vec::new();
    for (connection, statement) in found {
        let transaction = open.entry(connection).or_default();
        let ends = ["COMMIT", "ROLLBACK"].contains(&statement.as_str());
        let whole = ends || (transaction.is_empty() && !statement.starts_with("BEGIN"));
        transaction.push(statement);
        if whole {
            let done = std::mem::take(transaction);
            let counts =
                |it: &String| it.contains("kinstead.client") || it.contains("access_inbox");
            of_requests.extend(done.iter().any(counts).then_some(done).into_iter().flatten());
        }
    }
    of_requests.retain(|statement| !statement.starts_with("SET "));
    of_requests
}

/// The statement of a line such as `… execute __diesel_stmt_3: SELECT …`.
fn execute(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once(" execute ")?;
    rest.split_once(": ")
}

/// Puts the parameters `$1 = 'text', $2 = NULL` in their places, the last first: `$1` begins `$10`.
fn filled(statement: &str, parameters: &str) -> String {
    let mut values: Vec<(String, String)> = Vec::new();
    let mut rest = parameters;
    while let Some((name, after)) = rest.split_once(" = ") {
        let (value, after) = if let Some(quoted) = after.strip_prefix('\'') {
            let mut end = 0;
            let bytes = quoted.as_bytes();
            while end < bytes.len() && (bytes[end] != b'\'' || bytes.get(end + 1) == Some(&b'\'')) {
                end += if bytes[end] == b'\'' { 2 } else { 1 };
            }
            (format!("'{}'", &quoted[..end]), quoted.get(end + 1..).unwrap_or_default())
        } else {
            let end = after.find(',').unwrap_or(after.len());
            (after[..end].to_owned(), &after[end..])
        };
        values.push((name.trim_start_matches([',', ' ']).to_owned(), value));
        rest = after;
    }
    values.iter().rev().fold(statement.to_owned(), |text, (name, value)| text.replace(name, value))
}
