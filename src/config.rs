//! The configuration: read once from the environment, all faults reported at once.
use std::{env, fmt::Write as _, net::SocketAddr, path::PathBuf, str::FromStr};

use chrono::Duration;

/// What the service is told from outside.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Address under which clients reach the service, for links; relative links if empty.
    pub base_url: String,
    /// Database for the run-time role; the private one if absent.
    pub database_url: Option<String>,
    /// The same database for the owner of its tables, for migrations.
    pub database_owner_url: Option<String>,
    /// The same database for the keeper of the access log.
    pub log_database_url: Option<String>,
    /// Folder of the private database, its keys and its lock.
    pub data: PathBuf,
    /// Folder of PostgreSQL's programs, if they are not to be searched for.
    pub postgresql: Option<PathBuf>,
    /// Connections to the database.
    pub connections: u32,
    /// Threads that take requests.
    pub workers: usize,
    /// `iss` and `aud` of access tokens.
    pub token_issuer: String,
    pub token_audience: String,
    /// Folder of the keys that sign the service's tokens, if they are not in the data folder.
    pub token_keys: Option<PathBuf>,
    /// Public key of somebody else who signs tokens in the issuer's name.
    pub token_key_file: Option<PathBuf>,
    /// File that lists the outside issuers.
    pub issuers_file: Option<PathBuf>,
    /// Longest life of an access token.
    pub token_max_life: Duration,
    /// Private key that signs the access log; made in the data folder if absent.
    pub log_key_file: Option<PathBuf>,
    /// Name of the access log, under which it signs.
    pub log_origin: String,
    /// File that lists the witnesses of the access log.
    pub witnesses_file: Option<PathBuf>,
    /// Master keys of the encryption at rest, the newest first.
    pub master_key: Option<Secret>,
    /// File of the master keys; made in the data folder of a private database if absent.
    pub master_key_file: Option<PathBuf>,
    /// Requests a minute that each client may send; 0 for any number.
    pub rate_limit: u32,
    /// Matches a minute that each client may ask for; 0 for any number.
    pub match_limit: u32,
    /// For how long changes are told to those who keep copies.
    pub feed_life: Duration,
    /// Hosts to which webhooks may be sent.
    pub webhook_hosts: String,
    /// Whether webhooks may be sent in clear to ports of this very machine.
    pub webhook_loopback: bool,
    /// The set of parameters that a new registry starts with.
    pub profile: String,
}

/// A value that is shown nowhere.
#[derive(Clone)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// One setting: its variable, its default as shown, and what it is.
pub const SETTINGS: &[(&str, &str, &str)] = &[
    ("KINSTEAD_LISTEN", "127.0.0.1:8080", "address to listen on"),
    ("KINSTEAD_BASE_URL", "", "address under which clients reach the service"),
    ("DATABASE_URL", "", "PostgreSQL for the run-time role; empty: a private one"),
    ("KINSTEAD_DATABASE_OWNER_URL", "", "the same database for the owner of its tables"),
    ("KINSTEAD_LOG_DATABASE_URL", "", "the same database for the keeper of the access log"),
    ("KINSTEAD_DATA", "", "data folder; empty: the system's usual place"),
    ("KINSTEAD_POSTGRESQL", "", "folder of PostgreSQL's programs; empty: searched for"),
    ("KINSTEAD_CONNECTIONS", "10", "connections to the database, 4 to 200 (an import takes 3)"),
    ("KINSTEAD_WORKERS", "2", "threads that take requests, 1 to 64"),
    ("KINSTEAD_TOKEN_ISSUER", "https://kinstead.example", "issuer of access tokens"),
    ("KINSTEAD_TOKEN_AUDIENCE", "kinstead", "audience of access tokens"),
    ("KINSTEAD_TOKEN_KEYS", "", "folder of the keys that sign tokens; empty: in the data folder"),
    ("KINSTEAD_TOKEN_KEY_FILE", "", "public key (PEM) of an issuer that signs in its place"),
    ("KINSTEAD_ISSUERS_FILE", "", "list (JSON) of outside issuers; empty: none"),
    ("KINSTEAD_TOKEN_MAX_MINUTES", "15", "longest life of an access token, 1 to 1440 minutes"),
    (
        "KINSTEAD_LOG_KEY_FILE",
        "",
        "private key (PEM) that signs the access log; empty: made in the data folder",
    ),
    (
        "KINSTEAD_LOG_ORIGIN",
        "kinstead.example/access-log",
        "name of the access log, under which it signs",
    ),
    ("KINSTEAD_WITNESSES_FILE", "", "list (JSON) of the access log's witnesses; empty: none"),
    (
        "KINSTEAD_MASTER_KEY_FILE",
        "",
        "master keys of the encryption at rest; empty: made in the data folder",
    ),
    ("KINSTEAD_MASTER_KEY", "", "the master keys themselves, in the place of a file"),
    ("KINSTEAD_RATE_LIMIT", "30000", "requests a minute for each client; 0: any number"),
    ("KINSTEAD_MATCH_LIMIT", "60", "matches of a child a minute for each client; 0: any number"),
    ("KINSTEAD_FEED_DAYS", "400", "days for which changes are told to those who keep copies"),
    ("KINSTEAD_WEBHOOK_HOSTS", "", "hosts to which webhooks may be sent; empty: none"),
    ("KINSTEAD_WEBHOOK_LOOPBACK", "false", "whether webhooks may go to ports of this machine"),
    ("KINSTEAD_PROFILE", "ung", "parameters of a new registry: ung, serbia-like or england"),
];

/// The settings that a demo takes from the environment.
const DEMO_SETTINGS: [&str; 6] = [
    "KINSTEAD_DATA",
    "KINSTEAD_POSTGRESQL",
    "KINSTEAD_CONNECTIONS",
    "KINSTEAD_WORKERS",
    "KINSTEAD_RATE_LIMIT",
    "KINSTEAD_WEBHOOK_LOOPBACK",
];

/// The profiles of parameters that exist.
pub const PROFILES: [&str; 3] = ["ung", "serbia-like", "england"];

/// All that is wrong with the configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<String>);

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = "the configuration cannot be used:".to_owned();
        for fault in &self.0 {
            write!(text, "\n  {fault}")?;
        }
        f.write_str(&text)
    }
}

impl std::error::Error for Faults {}

impl Config {
    /// Reads the environment for a service.
    pub fn from_env() -> Result<Self, Faults> {
        Self::read(&variable)
    }

    /// Reads the environment for work on the database, where nobody asks whose tokens to believe.
    pub fn from_env_for_work() -> Result<Self, Faults> {
        Self::unless(Self::parse(&variable))
    }

    /// Reads of the environment only what a demo may take from it: it is the same everywhere.
    pub fn from_env_for_demo() -> Result<Self, Faults> {
        let taken = |name: &str| {
            DEMO_SETTINGS.contains(&name) || !SETTINGS.iter().any(|(known, ..)| *known == name)
        };
        Self::read(&|name| taken(name).then(|| variable(name)).flatten())
    }

    /// Reads the settings of a service from `get`; an empty one is as good as none.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, Faults> {
        let (config, mut faults) = Self::parse(get);
        let believed = config.token_key_file.is_some() || config.token_keys.is_some();
        if config.database_url.is_some() && !believed {
            let fault = "KINSTEAD_TOKEN_KEYS or KINSTEAD_TOKEN_KEY_FILE is needed with DATABASE_URL: whose tokens are to be believed?";
            faults.push(fault.to_owned());
        }
        if config.database_url.is_some() && config.log_database_url.is_none() {
            let fault = "KINSTEAD_LOG_DATABASE_URL is needed with DATABASE_URL: who is to keep the access log?";
            faults.push(fault.to_owned());
        }
        let sealed = config.master_key.is_some() || config.master_key_file.is_some();
        if config.database_url.is_some() && !sealed {
            let fault = "KINSTEAD_MASTER_KEY_FILE or KINSTEAD_MASTER_KEY is needed with DATABASE_URL: with what is the registry encrypted?";
            faults.push(fault.to_owned());
        }
        Self::unless((config, faults))
    }

    /// The private key with which the service's own tokens are signed.
    #[must_use]
    pub fn private_key_file(&self) -> PathBuf {
        self.data.join("token_private_key.pem")
    }

    /// The private key with which the access log is signed.
    #[must_use]
    pub fn log_key_file(&self) -> PathBuf {
        self.log_key_file.clone().unwrap_or_else(|| self.data.join("log_private_key.pem"))
    }

    /// The master key of a private database, unless others are set.
    #[must_use]
    pub fn own_master_key_file(&self) -> PathBuf {
        self.data.join("master.key")
    }

    /// The folder of the keys that sign the service's tokens.
    #[must_use]
    pub fn token_keys_folder(&self) -> PathBuf {
        self.token_keys.clone().unwrap_or_else(|| self.data.join("token_keys"))
    }

    fn unless((config, faults): (Self, Vec<String>)) -> Result<Self, Faults> {
        if faults.is_empty() { Ok(config) } else { Err(Faults(faults)) }
    }

    fn parse(get: &dyn Fn(&str) -> Option<String>) -> (Self, Vec<String>) {
        let mut reader = Reader { get, faults: Vec::new() };
        let config = Self {
            listen: reader.parsed("KINSTEAD_LISTEN", "an address such as 127.0.0.1:8080", |_| true),
            base_url: reader.text("KINSTEAD_BASE_URL").trim_end_matches('/').to_owned(),
            database_url: reader.database("DATABASE_URL"),
            database_owner_url: reader.database("KINSTEAD_DATABASE_OWNER_URL"),
            log_database_url: reader.database("KINSTEAD_LOG_DATABASE_URL"),
            data: reader.path("KINSTEAD_DATA").unwrap_or_else(|| usual_data_folder(get)),
            postgresql: reader.path("KINSTEAD_POSTGRESQL"),
            connections: reader
                .parsed("KINSTEAD_CONNECTIONS", "4 to 200", |n| (4..=200).contains(n)),
            workers: reader.parsed("KINSTEAD_WORKERS", "1 to 64", |n| (1..=64).contains(n)),
            token_issuer: reader.text("KINSTEAD_TOKEN_ISSUER"),
            token_audience: reader.text("KINSTEAD_TOKEN_AUDIENCE"),
            token_keys: reader.path("KINSTEAD_TOKEN_KEYS"),
            token_key_file: reader.path("KINSTEAD_TOKEN_KEY_FILE"),
            issuers_file: reader.path("KINSTEAD_ISSUERS_FILE"),
            token_max_life: Duration::minutes(reader.parsed(
                "KINSTEAD_TOKEN_MAX_MINUTES",
                "1 to 1440",
                |n| (1..=1440).contains(n),
            )),
            feed_life: Duration::days(
                reader.parsed("KINSTEAD_FEED_DAYS", "1 to 3650", |n| (1..=3650).contains(n)),
            ),
            log_key_file: reader.path("KINSTEAD_LOG_KEY_FILE"),
            log_origin: reader.text("KINSTEAD_LOG_ORIGIN"),
            witnesses_file: reader.path("KINSTEAD_WITNESSES_FILE"),
            master_key: Some(reader.text("KINSTEAD_MASTER_KEY"))
                .filter(|keys| !keys.is_empty())
                .map(Secret),
            master_key_file: reader.path("KINSTEAD_MASTER_KEY_FILE"),
            rate_limit: reader.parsed("KINSTEAD_RATE_LIMIT", "0 to 10000000", |n| *n <= 10_000_000),
            match_limit: reader
                .parsed("KINSTEAD_MATCH_LIMIT", "0 to 10000000", |n| *n <= 10_000_000),
            webhook_hosts: reader.text("KINSTEAD_WEBHOOK_HOSTS"),
            webhook_loopback: reader.parsed("KINSTEAD_WEBHOOK_LOOPBACK", "true or false", |_| true),
            profile: reader.text("KINSTEAD_PROFILE"),
        };
        if config.master_key.is_some() && config.master_key_file.is_some() {
            let fault =
                "KINSTEAD_MASTER_KEY and KINSTEAD_MASTER_KEY_FILE are both set: which is it?";
            reader.faults.push(fault.to_owned());
        }
        if !is_key_name(&config.log_origin) {
            let fault = "KINSTEAD_LOG_ORIGIN must be 1 to 100 visible characters without a plus";
            reader.faults.push(fault.to_owned());
        }
        if !PROFILES.contains(&config.profile.as_str()) {
            reader.faults.push(format!("KINSTEAD_PROFILE must be one of {}", PROFILES.join(", ")));
        }
        (config, reader.faults)
    }
}

/// Whether a note can be signed under this name (c2sp.org/signed-note).
fn is_key_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'+';
    (1..=100).contains(&name.len()) && name.bytes().all(fits)
}

struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> String {
        let default = SETTINGS
            .iter()
            .find(|(known, ..)| *known == name)
            .map_or("", |(_, default, _)| default);
        (self.get)(name).filter(|text| !text.is_empty()).unwrap_or_else(|| default.to_owned())
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(PathBuf::from)
    }

    /// The value, if it parses and is good; the default of the setting otherwise, with a fault.
    fn parsed<T>(&mut self, name: &str, wanted: &str, good: impl Fn(&T) -> bool) -> T
    where
        T: FromStr + DefaultSetting,
    {
        match self.text(name).parse() {
            Ok(value) if good(&value) => value,
            _ => {
                self.faults.push(format!("{name} must be {wanted}"));
                T::fallback()
            }
        }
    }

    fn database(&mut self, name: &str) -> Option<String> {
        let url = Some(self.text(name)).filter(|url| !url.is_empty())?;
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            // The address may hold a password, so it is not repeated.
            self.faults.push(format!("{name} must begin with postgresql://"));
        }
        Some(url)
    }
}

/// A value to go on with when a setting is faulty, so that the others are looked at too.
trait DefaultSetting {
    fn fallback() -> Self;
}
impl DefaultSetting for SocketAddr {
    fn fallback() -> Self {
        Self::from(([127, 0, 0, 1], 0))
    }
}
impl DefaultSetting for u32 {
    fn fallback() -> Self {
        1
    }
}
impl DefaultSetting for usize {
    fn fallback() -> Self {
        1
    }
}
impl DefaultSetting for bool {
    fn fallback() -> Self {
        false
    }
}
impl DefaultSetting for i64 {
    fn fallback() -> Self {
        1
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

fn usual_data_folder(get: &dyn Fn(&str) -> Option<String>) -> PathBuf {
    let set = |name: &str| get(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    if nix::unistd::Uid::effective().is_root() {
        return PathBuf::from("/var/lib/kinstead");
    }
    set("XDG_DATA_HOME")
        .or_else(|| Some(set("HOME")?.join(".local/share")))
        .map_or_else(|| PathBuf::from("kinstead-data"), |folder| folder.join("kinstead"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Config, Faults> {
        Config::read(&|name| {
            settings.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_set_is_enough() {
        let config = read(&[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.profile, "ung");
        assert!(config.database_url.is_none());
    }

    #[test]
    fn all_faults_are_reported_at_once_and_no_secret_with_them() {
        let faults = read(&[
            ("KINSTEAD_LISTEN", "nowhere"),
            ("KINSTEAD_CONNECTIONS", "0"),
            ("DATABASE_URL", "mysql://u:secret@h/d"),
            ("KINSTEAD_PROFILE", "mars"),
        ])
        .unwrap_err();
        assert_eq!(faults.0.len(), 7, "{faults}");
        assert!(!faults.to_string().contains("secret"));
    }

    #[test]
    fn every_setting_is_listed() {
        let source = include_str!("config.rs");
        for (name, ..) in SETTINGS {
            assert!(
                source.matches(&format!("\"{name}\"")).count() >= 2,
                "{name} is listed but not read"
            );
        }
    }
}
