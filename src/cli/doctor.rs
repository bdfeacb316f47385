//! `kinstead doctor`: everything that must be right is looked at, one line each.
use std::path::Path;

use chrono::{DateTime, Utc};
use clap::Args;
use diesel::{PgConnection, RunQueryDsl, sql_query, sql_types};
use kinstead::{
    config::Config,
    keeper::{
        Witness, read_witnesses,
        witnesses::{Standing, standing},
    },
    platform::{
        clock::{Clock as _, SystemClock},
        db,
        embedded::{Embedded, Programs},
        error::Result,
        language::Language,
        migrate,
        vault::{self, MasterKeys},
    },
    reference::{code_lists, load, parameters},
};
use nix::sys::statvfs::statvfs;
use serde_json::json;

mod consumers;

use super::{
    failure::{Failure, sentence},
    health::Url,
    output::Output,
    registry::{Company, Registry, keys, set_master_keys},
    signals::Signals,
};

#[derive(Args)]
pub struct Arguments {
    /// Only ask a running service, such as `http://127.0.0.1:8080/health/ready`; done if it answers 200.
    #[arg(long, value_name = "URL")]
    url: Option<Url>,
}

/// Less free space than this is worth a warning, and far less a fault.
const LITTLE_SPACE: u64 = 1 << 30;
const NO_SPACE: u64 = 100 << 20;
/// Clocks may differ by so many seconds; by far more, tokens and days go wrong.
const LITTLE_SKEW: i64 = 2;
const LARGE_SKEW: i64 = 30;

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    if let Some(url) = &arguments.url {
        return ask(url, output);
    }
    let mut report = Report { output, faulty: false };
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(faults) => {
            for fault in &faults.0 {
                report.say("configuration", &Finding::Fault(fault.clone()));
            }
            return Err(Failure::Said(3));
        }
    };
    report.say("configuration", &Finding::Ok(described(&config)));
    report.say("token key", &token_key(&config));
    report.say("master key", &master_key(&config));
    let signals = Signals::listen()?;
    if let Some(registry) = reach(&mut report, &config, &signals) {
        examine(&mut report, &config, &registry)?;
    }
    if report.faulty { Err(Failure::Said(1)) } else { Ok(()) }
}

fn ask(url: &Url, output: &Output) -> Result<(), Failure> {
    match url.status() {
        Ok(200) => {
            output.result(
                "ok       service: it can work",
                &json!({"check": "service", "status": "ok"}),
            );
            Ok(())
        }
        Ok(status) => Err(Failure::Failed(format!("the service answers {status}"))),
        Err(why) => Err(Failure::Failed(why)),
    }
}

/// What a check found.
enum Finding {
    Ok(String),
    Warning(String),
    Fault(String),
}

struct Report<'o> {
    output: &'o Output,
    faulty: bool,
}

impl Report<'_> {
    fn say(&mut self, check: &str, finding: &Finding) {
        let (status, detail) = match finding {
            Finding::Ok(detail) => ("ok", detail),
            Finding::Warning(detail) => ("warning", detail),
            Finding::Fault(detail) => ("fault", detail),
        };
        self.faulty |= status == "fault";
        let object = json!({"check": check, "status": status, "detail": detail});
        self.output.result(&format!("{status:<8} {check}: {detail}"), &object);
    }
}

/// A check that could not be made is a fault.
fn found(check: Result<Finding>) -> Finding {
    check.unwrap_or_else(|error| Finding::Fault(sentence(&error)))
}

fn described(config: &Config) -> String {
    let database = if config.database_url.is_some() {
        "database at DATABASE_URL".to_owned()
    } else {
        format!("private database in {}", config.data.display())
    };
    format!("{database}, profile {}, listening on {}", config.profile, config.listen)
}

fn token_key(config: &Config) -> Finding {
    let signs = config.token_keys.is_some() || config.token_key_file.is_none();
    if signs && config.token_keys.is_none() && !config.private_key_file().exists() {
        return Finding::Ok("will be made at the first start".to_owned());
    }
    let ring = match keys(config) {
        Ok(source) => source.read(SystemClock.now(), config.token_max_life),
        Err(failure) => return Finding::Fault(failure.to_string()),
    };
    found(ring.map(|ring| {
        let kids: Vec<&str> = ring.published.iter().map(|key| key.kid.as_str()).collect();
        Finding::Ok(match ring.signing {
            Some(key) => format!("{} signs, of {}", key.public().id(), kids.join(", ")),
            None => format!("the key of the issuer, {}", kids.join(", ")),
        })
    }))
}

fn master_key(config: &Config) -> Finding {
    let own = config.own_master_key_file();
    let keys = match set_master_keys(config) {
        Ok(Some(keys)) => Ok(keys),
        Ok(None) if own.exists() => MasterKeys::read(&own),
        Ok(None) => return Finding::Ok("will be made at the first start".to_owned()),
        Err(error) => Err(error),
    };
    found(keys.map(|keys| Finding::Ok(format!("{} wraps", keys.names().join(", of ")))))
}

/// Whether the master key opens the keys with which the registry is encrypted.
fn encryption(conn: &mut PgConnection, url: &str) -> Result<Finding> {
    let keys = vault::unlock(conn, url)?;
    Ok(Finding::Ok(format!("the master key opens the registry's keys ({} are in use)", keys.len())))
}

fn disk(folder: &Path) -> Finding {
    let there = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    let free = match statvfs(there) {
        Ok(space) => free_bytes(space),
        Err(error) => return Finding::Warning(format!("{}: {error}", there.display())),
    };
    let text = format!("{} MB free in {}", free >> 20, there.display());
    match free {
        ..NO_SPACE => Finding::Fault(format!("{text}: make room before PostgreSQL stops")),
        NO_SPACE..LITTLE_SPACE => Finding::Warning(text),
        _ => Finding::Ok(text),
    }
}

#[allow(clippy::useless_conversion, reason = "the types differ from system to system")]
fn free_bytes(space: nix::sys::statvfs::Statvfs) -> u64 {
    u64::from(space.blocks_available()).saturating_mul(u64::from(space.fragment_size()))
}

/// Opens the database, if there is one to look at.
fn reach(report: &mut Report<'_>, config: &Config, signals: &Signals) -> Option<Registry> {
    if config.database_url.is_none() {
        report.say("disk", &disk(&config.data));
        let programs = found(Programs::find(config.postgresql.as_deref(), None).map(|programs| {
            Finding::Ok(format!(
                "version {} in {}",
                programs.version(),
                programs.folder().display()
            ))
        }));
        report.say("PostgreSQL programs", &programs);
        if matches!(programs, Finding::Fault(_)) {
            return None;
        }
        if !Embedded::exists(&config.data) {
            let text = "there is none yet: the first start makes it".to_owned();
            report.say("database", &Finding::Warning(text));
            return None;
        }
    }
    match Registry::open(config, Company::Beside, signals, report.output) {
        Ok(registry) => Some(registry),
        Err(failure) => {
            report.say("database", &Finding::Fault(failure.to_string()));
            None
        }
    }
}

fn examine(report: &mut Report<'_>, config: &Config, registry: &Registry) -> Result<(), Failure> {
    let mut conn = match db::connect(registry.service()?) {
        Ok(conn) => conn,
        Err(error) => {
            report.say("database", &Finding::Fault(sentence(&error)));
            return Ok(());
        }
    };
    let private = registry.embedded.is_some();
    report.say("database", &found(server(&mut conn)));
    let migrations = found(migrations(&mut conn, private));
    report.say("migrations", &migrations);
    report.say("run-time role", &found(role(&mut conn)));
    report.say("extensions", &found(extensions(&mut conn)));
    if matches!(migrations, Finding::Ok(_)) {
        report.say("encryption", &found(encryption(&mut conn, registry.service()?)));
        report.say("code lists", &found(lists(&mut conn)));
        report.say("time zone", &found(time_zone(&mut conn)));
    }
    if matches!(migrations, Finding::Ok(_)) {
        witnesses(report, config, registry);
    }
    if matches!(migrations, Finding::Ok(_)) {
        let conn = registry.service().map(db::connect_for_work)?;
        let now = SystemClock.now();
        let said = conn.and_then(|mut conn| consumers::consumers(&mut conn, now));
        report.say("consumers", &found(said));
    }
    report.say("server log", &found(server_log(&mut conn)));
    report.say("clock", &found(clock(&mut conn)));
    Ok(())
}

/// Whether the witnesses of the access log cosign it: a line for each.
fn witnesses(report: &mut Report<'_>, config: &Config, registry: &Registry) {
    let Some(file) = &config.witnesses_file else {
        return report.say("witnesses", &Finding::Ok("none are asked".to_owned()));
    };
    let Ok(databases) = registry.databases() else {
        let text = "KINSTEAD_LOG_DATABASE_URL is needed to look at them".to_owned();
        return report.say("witnesses", &Finding::Warning(text));
    };
    let (listed, conn) = (read_witnesses(file), db::connect(&databases.keeper));
    match listed.and_then(|listed| Ok((listed, conn?))) {
        Ok((listed, mut conn)) => {
            for one in listed {
                report.say("witnesses", &found(witness(&mut conn, &one)));
            }
        }
        Err(error) => report.say("witnesses", &Finding::Fault(sentence(&error))),
    }
}

fn witness(conn: &mut PgConnection, witness: &Witness) -> Result<Finding> {
    let Standing { cosigned, fault, newest } = standing(conn, witness)?;
    let name = witness.key.name();
    let last = cosigned.map_or("it never cosigned".to_owned(), |(size, at)| {
        format!("it cosigned {size} of {newest} leaves at {at}")
    });
    Ok(match fault {
        Some((fault, since)) => {
            let text = format!("{name} {} (since {since}; {last})", fault.sentence());
            if fault.is_grave() { Finding::Fault(text) } else { Finding::Warning(text) }
        }
        None if cosigned.is_none() => Finding::Warning(format!("{name}: {last}")),
        None => Finding::Ok(format!("{name}: {last}")),
    })
}

#[derive(diesel::QueryableByName)]
struct Server {
    #[diesel(sql_type = sql_types::Integer)]
    number: i32,
    #[diesel(sql_type = sql_types::Text)]
    version: String,
    #[diesel(sql_type = sql_types::Timestamptz)]
    time: DateTime<Utc>,
}

fn about(conn: &mut PgConnection) -> Result<Server> {
    let query = "SELECT current_setting('server_version_num')::integer AS number, \
                 current_setting('server_version') AS version, clock_timestamp() AS time";
    Ok(sql_query(query).get_result(conn)?)
}

fn server(conn: &mut PgConnection) -> Result<Finding> {
    let server = about(conn)?;
    let text = format!("PostgreSQL {} answers", server.version);
    Ok(if server.number < 150_000 {
        Finding::Fault(format!("{text}: 15 or newer is needed"))
    } else {
        Finding::Ok(text)
    })
}

fn migrations(conn: &mut PgConnection, private: bool) -> Result<Finding> {
    let standing = migrate::standing(conn)?;
    Ok(match (standing.pending.len(), standing.unknown) {
        (0, 0) => Finding::Ok("the schema is that of this release".to_owned()),
        (0, unknown) => Finding::Warning(format!(
            "the database was migrated by a later release ({unknown} unknown migrations)"
        )),
        (pending, _) if private => {
            Finding::Warning(format!("{pending} will be run at the next start"))
        }
        (pending, _) => Finding::Fault(format!("{pending} are missing: run `kinstead migrate`")),
    })
}

fn role(conn: &mut PgConnection) -> Result<Finding> {
    db::check_role(conn)?;
    Ok(if migrate::is_admitted(conn)? {
        Finding::Ok(format!("a member of {} that owns nothing", migrate::RUNTIME_GROUP))
    } else {
        let text = "is no member of kinstead_app: run `kinstead migrate --runtime-role NAME`";
        Finding::Fault(text.to_owned())
    })
}

fn extensions(conn: &mut PgConnection) -> Result<Finding> {
    let missing = migrate::missing_extensions(conn)?;
    Ok(if missing.is_empty() {
        Finding::Ok(migrate::EXTENSIONS.join(", "))
    } else {
        Finding::Fault(format!("{} are missing: run `kinstead migrate`", missing.join(", ")))
    })
}

fn lists(conn: &mut PgConnection) -> Result<Finding> {
    let there = code_lists::store::list(conn, Language::best("en"))?.len();
    let wanted = load::lists();
    Ok(if there < wanted {
        Finding::Fault(format!("{there} of {wanted} are loaded: run `kinstead migrate`"))
    } else {
        Finding::Ok(format!("{there} are loaded"))
    })
}

fn time_zone(conn: &mut PgConnection) -> Result<Finding> {
    let now = SystemClock.now();
    let zone = parameters::store::value(conn, parameters::store::TIME_ZONE, now.date_naive())?;
    let today = parameters::today(conn, now)?;
    Ok(Finding::Ok(format!("{zone}, where today is {today}")))
}

/// What the server may write into its log beside its own words: values, names among them.
const QUIET: &str = "
SELECT coalesce(string_agg(name || ' = ' || wanted, ', '), '') AS text
FROM (VALUES ('log_min_error_statement', 'panic', '{fatal,panic}'), ('log_error_verbosity', 'terse', '{terse}'),
             ('log_statement', 'none', '{none}'), ('log_min_duration_statement', '-1', '{-1}'),
             ('log_parameter_max_length', '0', '{0}'), ('log_parameter_max_length_on_error', '0', '{0}'))
     AS quiet (name, wanted, fine)
WHERE NOT (SELECT setting FROM pg_settings s WHERE s.name = quiet.name) = ANY (fine::text[])";

#[derive(diesel::QueryableByName)]
struct Loud {
    #[diesel(sql_type = sql_types::Text)]
    text: String,
}

fn server_log(conn: &mut PgConnection) -> Result<Finding> {
    let loud: Loud = sql_query(QUIET).get_result(conn)?;
    Ok(if loud.text.is_empty() {
        Finding::Ok("quotes no values".to_owned())
    } else {
        Finding::Warning(format!(
            "it may quote names: let an administrator set, for the role of the service, {}",
            loud.text
        ))
    })
}

fn clock(conn: &mut PgConnection) -> Result<Finding> {
    let skew = (about(conn)?.time - SystemClock.now()).num_seconds().abs();
    let text = format!("{skew} s apart from the database's");
    let advice = format!("{text}: let both follow a time server");
    Ok(if skew <= LITTLE_SKEW {
        Finding::Ok(text)
    } else if skew <= LARGE_SKEW {
        Finding::Warning(advice)
    } else {
        Finding::Fault(advice)
    })
}
