//! `kinstead token`: an access token for a registered client, signed with the service's own key.
use std::sync::Arc;

use chrono::Duration;
use clap::{Args, value_parser};
use kinstead::{
    clients::{self, Client},
    config::Config,
    platform::{
        clock::{Clock as _, SystemClock},
        db,
        error::Error,
        keys::{PrivateKey, PublicKey},
        token::sign,
    },
};
use serde_json::json;

use super::{
    failure::Failure,
    output::Output,
    registry::{Company, Registry, keys},
    signals::Signals,
};

#[derive(Args)]
pub struct Arguments {
    /// Name of the client, such as `case_worker` in a made-up country.
    #[arg(long = "as", value_name = "PERSONA")]
    persona: String,
    /// How long the token lives.
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = value_parser!(i64).range(1..=1440))]
    minutes: i64,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let config = Config::from_env_for_work()?;
    let life = Duration::minutes(arguments.minutes);
    if life > config.token_max_life {
        return Err(Failure::WrongUse(format!(
            "the service takes tokens of {} minutes at most (KINSTEAD_TOKEN_MAX_MINUTES)",
            config.token_max_life.num_minutes()
        )));
    }
    let signals = Signals::listen()?;
    let registry = Registry::open(&config, Company::Beside, &signals, output)?;
    let key = key(&config, registry.embedded.is_some())?;
    let client = client(&registry, &arguments.persona)?;
    let token = token(&config, &key, &client, life)?;
    output.result(&token, &json!({"token": token}));
    Ok(())
}

/// The service's own key, if it is the one that the service believes.
fn key(config: &Config, may_make: bool) -> Result<Arc<PrivateKey>, Failure> {
    if config.token_keys.is_some() {
        return signing(config);
    }
    let file = config.private_key_file();
    if !may_make && !file.exists() {
        return Err(Failure::Failed(format!(
            "the service's own key would be {}, which is not there: ask the issuer of its tokens",
            file.display()
        )));
    }
    let key = if may_make { PrivateKey::read_or_create(&file)? } else { PrivateKey::read(&file)? };
    if let Some(believed) = &config.token_key_file
        && PublicKey::read(believed)? != key.public()
    {
        return Err(Failure::Failed(format!(
            "the service believes the key in {}, which is not that of {}: let its issuer sign the token",
            believed.display(),
            file.display()
        )));
    }
    if config.token_key_file.is_some() { Ok(Arc::new(key)) } else { signing(config) }
}

/// The key that signs now.
pub fn signing(config: &Config) -> Result<Arc<PrivateKey>, Failure> {
    let ring = keys(config)?.read(SystemClock.now(), config.token_max_life)?;
    let none = || Failure::Failed("the service signs no tokens: its issuer does".to_owned());
    ring.signing.ok_or_else(none)
}

/// The active client of this name.
pub fn client(registry: &Registry, name: &str) -> Result<Client, Failure> {
    let found = clients::store::find_by_name(&mut db::connect(registry.service()?)?, name);
    match found {
        Ok(client) if client.active => Ok(client),
        Ok(_) => Err(Failure::Failed(format!("the client {name} was revoked"))),
        Err(Error::NotFound(_)) => Err(Failure::Failed(format!(
            "no client is called {name}: a made-up country (kinstead demo, kinstead seed) has one for each role"
        ))),
        Err(error) => Err(error.into()),
    }
}

/// A token of the service's own.
pub fn token(
    config: &Config,
    key: &PrivateKey,
    client: &Client,
    life: Duration,
) -> Result<String, Failure> {
    let (issuer, audience) = (&config.token_issuer, &config.token_audience);
    Ok(sign(key, issuer, audience, client.id.untyped(), SystemClock.now(), life)?)
}
