//! `kinstead client`: the systems that may ask, managed by the operator.
use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use diesel::PgConnection;
use kinstead::{
    clients::{
        Client, ClientKey, Manager, NewClient, NewClientKey, Revocation, store, usual_purposes,
    },
    config::Config,
    platform::{
        clock::{Clock as _, SystemClock},
        db::{self, Tx, change_on},
        error::{Error, Result},
        idempotency::PLATFORM,
        journal::Recorded,
        jwk::NewJwk,
        page::PageQuery,
        time::KnownAt,
    },
    reference::organisations::OrganisationId,
};
use serde_json::json;
use validator::Validate as _;

use super::{
    failure::Failure,
    output::Output,
    registry::{Company, Registry},
    signals::Signals,
};

#[derive(Subcommand)]
pub enum Command {
    /// List the clients, one a line.
    List,
    /// Show a client and its keys.
    Show {
        /// Name of the client.
        name: String,
    },
    /// Register a client.
    ///
    /// It can act once it has a key (`kinstead client add-key`), or comes with the tokens of an outside
    /// issuer. Only here can a client be registered that manages others (`--role national_authority`).
    Register(Register),
    /// Give a client a public key, with which it signs its requests for tokens.
    ///
    /// The keys that it has stay valid, so that it can change over; revoke the old one afterwards.
    AddKey {
        /// Name of the client.
        name: String,
        /// File of the public key: PEM, as `openssl pkey -pubout` writes it, or a JWK; `-` for standard
        /// input. Ed25519 or P-256.
        file: PathBuf,
        /// It is taken until then, such as 2028-01-01T00:00:00Z; for ever unless said.
        #[arg(long, value_name = "INSTANT")]
        valid_until: Option<DateTime<Utc>>,
    },
    /// End what a client may do, for ever, within seconds on every service.
    Revoke {
        /// Name of the client.
        name: String,
        #[command(flatten)]
        why: Why,
    },
    /// End what a key of a client may sign, and the tokens that were got by it.
    RevokeKey {
        /// Name of the client.
        name: String,
        /// Thumbprint of the key, as `kinstead client show` lists it.
        #[arg(allow_hyphen_values = true)]
        kid: String,
        #[command(flatten)]
        why: Why,
    },
}

#[derive(Args)]
pub struct Why {
    /// Why, without any person's data; it is kept.
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Args)]
pub struct Register {
    /// Its name; no two have the same.
    name: String,
    /// A role, which says what it may do; may be repeated.
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<String>,
    /// Id of the organisation that it belongs to.
    #[arg(long, value_name = "ID")]
    organisation: Option<OrganisationId>,
    /// Code of an area in which it may act, with all below it; may be repeated. Not bound to areas unless
    /// said.
    #[arg(long = "area", value_name = "CODE")]
    areas: Vec<String>,
    /// A purpose that it may ask for; may be repeated. Those of its roles unless said; the first one is that
    /// of requests that name none.
    #[arg(long = "purpose", value_name = "CODE")]
    purposes: Vec<String>,
    /// It may act until then, such as 2028-01-01T00:00:00Z; for ever unless said.
    #[arg(long, value_name = "INSTANT")]
    valid_until: Option<DateTime<Utc>>,
    /// The outside issuer whose tokens it may come with.
    #[arg(long, value_name = "URL", requires = "external_subject")]
    external_issuer: Option<String>,
    /// What that issuer calls it: the `sub` of its tokens.
    #[arg(long, value_name = "TEXT", requires = "external_issuer")]
    external_subject: Option<String>,
}

pub fn run(command: &Command, output: &Output) -> Result<(), Failure> {
    let config = Config::from_env_for_work()?;
    let signals = Signals::listen()?;
    let registry = Registry::open(&config, Company::Beside, &signals, output)?;
    let mut conn = db::connect(registry.service()?)?;
    match command {
        Command::List => list(&mut conn, output),
        Command::Show { name } => show(&mut conn, name, output),
        Command::Register(new) => register(&mut conn, new, output),
        Command::AddKey { name, file, valid_until } => {
            add_key(&mut conn, name, &read(file)?, *valid_until, output)
        }
        Command::Revoke { name, why } => revoke(&mut conn, name, why, output),
        Command::RevokeKey { name, kid, why } => revoke_key(&mut conn, name, kid, why, output),
    }
}

fn list(conn: &mut PgConnection, output: &Output) -> Result<(), Failure> {
    for client in store::all(conn)? {
        tell(&client, output);
    }
    Ok(())
}

fn show(conn: &mut PgConnection, name: &str, output: &Output) -> Result<(), Failure> {
    let client = named(conn, name)?;
    tell(&client, output);
    for key in keys(conn, &client)? {
        let state = if key.holds_at(SystemClock.now()) { "valid" } else { "not valid" };
        let text = format!("  {}  {}  {state}", key.kid, key.algorithm.as_str());
        output.result(&text, &json!(key));
    }
    Ok(())
}

fn register(conn: &mut PgConnection, new: &Register, output: &Output) -> Result<(), Failure> {
    let usual =
        || new.roles.iter().flat_map(|role| usual_purposes(role)).map(|it| (*it).to_owned());
    let mut purposes: Vec<String> =
        if new.purposes.is_empty() { usual().collect() } else { new.purposes.clone() };
    let default_purpose = purposes.first().cloned();
    purposes.sort();
    purposes.dedup();
    let client = NewClient {
        name: new.name.clone(),
        organisation_id: new.organisation,
        roles: new.roles.clone(),
        area_codes: new.areas.clone(),
        purposes,
        default_purpose,
        external_issuer: new.external_issuer.clone(),
        external_subject: new.external_subject.clone(),
        valid_until: new.valid_until,
    };
    client.validate().map_err(|faults| Failure::WrongUse(faults.to_string()))?;
    let client = change(conn, |tx| store::register(tx, &Manager::Operator, client.clone()))?;
    tell(&client, output);
    output.advice(&format!("It needs a key: kinstead client add-key '{}' FILE", client.name));
    Ok(())
}

fn add_key(
    conn: &mut PgConnection,
    name: &str,
    text: &str,
    valid_until: Option<DateTime<Utc>>,
    output: &Output,
) -> Result<(), Failure> {
    let client = named(conn, name)?;
    let new = NewClientKey { jwk: NewJwk::from_text(text)?, valid_from: None, valid_until };
    let key = change(conn, |tx| store::add_key(tx, &Manager::Operator, client.id, &new))?;
    let text =
        format!("{}  {}  added to {name}, client {}", key.kid, key.algorithm.as_str(), client.id);
    output.result(&text, &json!(key));
    Ok(())
}

fn revoke(conn: &mut PgConnection, name: &str, why: &Why, output: &Output) -> Result<(), Failure> {
    let (client, why) = (named(conn, name)?, why.given()?);
    let gone = change(conn, |tx| store::revoke(tx, &Manager::Operator, client.id, None, &why))?;
    tell(&gone, output);
    Ok(())
}

fn revoke_key(
    conn: &mut PgConnection,
    name: &str,
    kid: &str,
    why: &Why,
    output: &Output,
) -> Result<(), Failure> {
    let (client, why) = (named(conn, name)?, why.given()?);
    let key = keys(conn, &client)?.into_iter().find(|key| key.kid == kid);
    let missing = || Failure::Failed(format!("{name} has no key {kid}"));
    let ids = (client.id, key.ok_or_else(missing)?.id);
    let gone = change(conn, |tx| store::revoke_key(tx, &Manager::Operator, ids, None, &why))?;
    output.result(&format!("{kid}  of {name}  revoked"), &json!(gone));
    Ok(())
}

impl Why {
    fn given(&self) -> Result<Revocation, Failure> {
        let why = Revocation { reason: self.reason.clone() };
        why.validate().map_err(|faults| Failure::WrongUse(faults.to_string()))?;
        Ok(why)
    }
}

/// Changes something in the name of the operator.
fn change<T>(
    conn: &mut PgConnection,
    change: impl Fn(&mut Tx<'_>) -> Result<Recorded<T>>,
) -> Result<T, Failure> {
    Ok(change_on(conn, PLATFORM, SystemClock.now(), change)?)
}

fn named(conn: &mut PgConnection, name: &str) -> Result<Client, Failure> {
    store::find_by_name(conn, name).map_err(|error| match error {
        Error::NotFound(_) => Failure::Failed(format!(
            "no client is called {name}: `kinstead client list` names them"
        )),
        other => other.into(),
    })
}

fn keys(conn: &mut PgConnection, client: &Client) -> Result<Vec<ClientKey>, Failure> {
    let page = PageQuery::new(Some(200), None);
    let now = SystemClock.now();
    Ok(store::list_keys(conn, client.id, KnownAt::default(), &page, now)?.data)
}

fn tell(client: &Client, output: &Output) {
    let until =
        |end: DateTime<Utc>| format!("until {}", end.to_rfc3339_opts(SecondsFormat::Secs, true));
    let state = match client.valid_until {
        _ if !client.active => "revoked".to_owned(),
        Some(end) => until(end),
        None => "active".to_owned(),
    };
    let text = format!("{}  {}  {}  {state}", client.id, client.name, client.roles.join("+"));
    output.result(&text, &json!(client));
}

/// The text of a file, or of standard input.
fn read(file: &Path) -> Result<String, Failure> {
    let at = |cause: io::Error| Failure::Failed(format!("{}: {cause}", file.display()));
    if file != Path::new("-") {
        return fs::read_to_string(file).map_err(at);
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(at)?;
    Ok(text)
}
