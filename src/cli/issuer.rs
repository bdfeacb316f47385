//! `kinstead issuer`: the keys that sign the service's own tokens.
use std::{fs, io::Write as _, path::Path, sync::Arc};

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use clap::{Subcommand, value_parser};
use kinstead::{
    config::Config,
    platform::{
        clock::{Clock as _, SystemClock},
        keys::PrivateKey,
        ring::{self, Dated},
    },
};
use serde_json::json;

use super::{failure::Failure, output::Output};

#[derive(Subcommand)]
pub enum Command {
    /// List the keys: from when each signs, and what it does now.
    List,
    /// Make the next key, which signs from a later moment on.
    ///
    /// It is published at once by every service that reads the same folder, signs from its moment on, and
    /// the one before it stays published until its last token has run out. Nothing is started again.
    Rotate {
        /// In how many minutes it is to sign; 0 at once, if the present one can no longer be trusted.
        #[arg(long, value_name = "N", default_value_t = 60, value_parser = value_parser!(i64).range(0..=525_600))]
        minutes: i64,
    },
}

pub fn run(command: &Command, output: &Output) -> Result<(), Failure> {
    let config = Config::from_env_for_work()?;
    match command {
        Command::List => list(&config, output),
        Command::Rotate { minutes } => rotate(&config, *minutes, output),
    }
}

/// Every key of the service, by the moment from which it signs.
fn all(config: &Config) -> Result<Vec<Dated>, Failure> {
    let (file, folder) = (config.private_key_file(), config.token_keys_folder());
    let mut all = Vec::new();
    if config.token_keys.is_none() && file.exists() {
        let key = Arc::new(PrivateKey::read(&file)?);
        all.push(Dated { from: DateTime::UNIX_EPOCH, key });
    }
    if folder.exists() {
        all.extend(ring::read_folder(&folder)?);
    }
    Ok(all)
}

fn list(config: &Config, output: &Output) -> Result<(), Failure> {
    let (all, now) = (all(config)?, SystemClock.now());
    if all.is_empty() {
        let text = "there is no key yet: the first start makes one, or `kinstead issuer rotate`";
        return Err(Failure::Failed(text.to_owned()));
    }
    let live = ring::live(&all, now, config.token_max_life);
    let signs = live.iter().rev().find(|key| key.from <= now).or(live.first()).map(|key| key.from);
    for key in &all {
        let state = if Some(key.from) == signs {
            "signs"
        } else if key.from > now {
            "published, will sign"
        } else if live.iter().any(|live| live.from == key.from) {
            "published, its tokens run out"
        } else {
            "done, its file can go"
        };
        let (kid, from) = (key.key.public().id(), moment(key.from));
        let text = format!("{kid}  from {from}  {state}");
        output.result(&text, &json!({"kid": kid, "from": from, "state": state}));
    }
    Ok(())
}

fn rotate(config: &Config, minutes: i64, output: &Output) -> Result<(), Failure> {
    let signs = config.token_keys.is_some() || config.token_key_file.is_none();
    if !signs {
        let text = "somebody else signs here (KINSTEAD_TOKEN_KEY_FILE): set KINSTEAD_TOKEN_KEYS";
        return Err(Failure::Failed(text.to_owned()));
    }
    let (folder, from) =
        (config.token_keys_folder(), SystemClock.now() + Duration::minutes(minutes));
    let key = PrivateKey::generate();
    write(&folder, &ring::file(&folder, from), &key)?;
    let (kid, shown) = (key.public().id(), ring::file(&folder, from).display().to_string());
    let text = format!("{kid} signs from {} on: {shown}", moment(from));
    output.result(&text, &json!({"kid": kid, "from": moment(from), "file": shown}));
    Ok(())
}

/// Writes the file whole or not at all, for its owner alone: services may read the folder at any time.
fn write(folder: &Path, file: &Path, key: &PrivateKey) -> Result<(), Failure> {
    let at = |cause: std::io::Error| Failure::Failed(format!("{}: {cause}", folder.display()));
    fs::create_dir_all(folder).map_err(at)?;
    let draft = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut writer = options.open(&draft).map_err(at)?;
    writer.write_all(key.pem()?.as_bytes()).and_then(|()| writer.sync_all()).map_err(at)?;
    fs::rename(&draft, file).map_err(at)
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
