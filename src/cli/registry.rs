//! The database that a command works on: a private one, or one that runs elsewhere.
use std::{fs, path::Path, sync::Arc};

use diesel::PgConnection;
use kinstead::{
    config::{Config, Faults},
    platform::{
        clock::{Clock as _, SystemClock},
        db,
        embedded::{Embedded, Role},
        error::{Error, Result},
        idempotency::PLATFORM,
        keys::{PrivateKey, PublicKey},
        migrate,
        ring::KeySource,
        vault::{self, MasterKeys, Sealer},
    },
    reference,
    server::Databases,
};

use super::{failure::Failure, output::Output, signals::Signals};

/// A registry's database. A private one stops with this value, unless a service runs it.
pub struct Registry {
    service: Option<String>,
    keeper: Option<String>,
    owner: Option<String>,
    pub embedded: Option<Embedded>,
}

/// Whether a command can work beside a service on the same data folder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Company {
    Alone,
    Beside,
}

impl Registry {
    /// Reaches for the database, starting a private one if the configuration names no other.
    pub fn open(
        config: &Config,
        company: Company,
        signals: &Signals,
        output: &Output,
    ) -> Result<Self, Failure> {
        if let Some(keys) = master_keys(config)? {
            vault::hold(keys);
        }
        if config.database_url.is_some() || config.database_owner_url.is_some() {
            return Ok(Self {
                service: config.database_url.clone(),
                keeper: config.log_database_url.clone(),
                owner: config.database_owner_url.clone(),
                embedded: None,
            });
        }
        Self::private(&config.data, config.postgresql.as_deref(), company, signals, output)
    }

    fn private(
        folder: &Path,
        programs: Option<&Path>,
        company: Company,
        signals: &Signals,
        output: &Output,
    ) -> Result<Self, Failure> {
        let tell = |text: &str| output.note(text);
        let embedded = match company {
            Company::Alone => Embedded::start(folder, programs, tell),
            Company::Beside => Embedded::start_or_join(folder, programs, tell),
        };
        // The terminal sends Ctrl-C to PostgreSQL's programs too: then their failing is no news.
        signals.check()?;
        let embedded = embedded?;
        signals.break_off(embedded.stopper())?;
        let url = |role| Some(embedded.url(role));
        let (service, keeper, owner) = (url(Role::Service), url(Role::Keeper), url(Role::Owner));
        Ok(Self { service, keeper, owner, embedded: Some(embedded) })
    }

    /// Address of the database for the service.
    pub fn service(&self) -> Result<&str, Failure> {
        self.service.as_deref().ok_or_else(|| missing("DATABASE_URL"))
    }

    /// Addresses of the database for whoever serves.
    pub fn databases(&self) -> Result<Databases, Failure> {
        let keeper = self.keeper.clone().ok_or_else(|| missing("KINSTEAD_LOG_DATABASE_URL"))?;
        Ok(Databases { service: self.service()?.to_owned(), keeper })
    }

    /// Address of the database for the owner of its tables.
    pub fn owner(&self) -> Result<&str, Failure> {
        self.owner.as_deref().ok_or_else(|| missing("KINSTEAD_DATABASE_OWNER_URL"))
    }

    /// Runs the migrations that are missing and loads the release's code lists and parameters.
    pub fn bring_up(&self, profile: &str) -> Result<Brought, Failure> {
        let mut owner = db::connect(self.owner()?)?;
        let migrations = migrate::run(&mut owner)?;
        Sealer::of(&mut owner)?;
        let parameters = load(&mut owner, profile)?;
        Ok(Brought { migrations, parameters })
    }
}

/// What bringing a database up to this release did.
pub struct Brought {
    /// Names of the migrations that were run.
    pub migrations: Vec<String>,
    /// How many values of parameters are new.
    pub parameters: usize,
}

fn load(owner: &mut PgConnection, profile: &str) -> Result<usize> {
    // Loading the same lists again changes nothing that the journal would have to tell.
    db::maintain_on(owner, PLATFORM, SystemClock.now(), |tx| reference::load::load(tx, profile))
}

fn missing(setting: &str) -> Failure {
    Failure::Config(Faults(vec![format!("{setting} is needed for this command")]))
}

/// The master keys that are set; those of a private database are made with it.
fn master_keys(config: &Config) -> Result<Option<MasterKeys>> {
    if let Some(set) = set_master_keys(config)? {
        return Ok(Some(set));
    }
    if config.database_url.is_some() || config.database_owner_url.is_some() {
        return Ok(None);
    }
    let file = config.own_master_key_file();
    if Embedded::exists(&config.data) && !file.exists() {
        return Err(Error::internal(format!(
            "the master key {} is missing: without it nothing that this registry encrypted can be read",
            file.display()
        )));
    }
    fs::create_dir_all(&config.data).map_err(Error::internal)?;
    MasterKeys::read_or_create(&file).map(Some)
}

/// The master keys that the configuration gives.
pub fn set_master_keys(config: &Config) -> Result<Option<MasterKeys>> {
    match (&config.master_key, &config.master_key_file) {
        (Some(keys), _) => MasterKeys::parse(&keys.0).map(Some),
        (None, Some(file)) => MasterKeys::read(file).map(Some),
        (None, None) => Ok(None),
    }
}

/// The keys whose tokens the service believes and with which it signs: those of its folder, after the
/// first one of its own, unless somebody else signs.
pub fn keys(config: &Config) -> Result<KeySource, Failure> {
    let believed = config.token_key_file.as_deref().map(PublicKey::read).transpose()?;
    let signs = config.token_keys.is_some() || believed.is_none();
    let first = if signs && config.token_keys.is_none() {
        Some(Arc::new(PrivateKey::read_or_create(&config.private_key_file())?))
    } else {
        None
    };
    let folder = signs.then(|| config.token_keys_folder());
    Ok(KeySource { believed: believed.into_iter().collect(), first, folder })
}
