//! `kinstead keys`: the keys of the encryption at rest.
use chrono::SecondsFormat;
use clap::Subcommand;
use kinstead::{
    config::Config,
    platform::{
        db,
        vault::{
            master,
            rotation::{self, Listed},
        },
    },
    seed::Progress,
};
use serde_json::json;

use super::{
    failure::Failure,
    output::Output,
    registry::{Company, Registry},
    signals::Signals,
};

#[derive(Subcommand)]
pub enum Command {
    /// List the data keys: what each seals, since when, and under which master key.
    Status,
    /// Make new data keys and seal everything anew with them, while the service runs.
    ///
    /// To run once a year, after a master key was changed (the new one is put first), and when a key may
    /// be known to somebody. It may be broken off: the next one goes on with it. As the owner of the
    /// tables (`KINSTEAD_DATABASE_OWNER_URL`).
    Rotate,
}

pub fn run(command: &Command, output: &Output) -> Result<(), Failure> {
    let config = Config::from_env_for_work()?;
    let signals = Signals::listen()?;
    let registry = Registry::open(&config, Company::Beside, &signals, output)?;
    match command {
        Command::Status => status(&registry, output),
        Command::Rotate => rotate(&registry, output),
    }
}

fn status(registry: &Registry, output: &Output) -> Result<(), Failure> {
    let (keys, left) = rotation::status(&mut db::connect(registry.owner()?)?)?;
    for Listed { id, class, state, master, made_at } in keys {
        let (class, master) = (class.as_str(), master::name(&master));
        let made = made_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        output.result(
            &format!("{id}  {class:<12} {state:<8} made {made}, under the master key {master}"),
            &json!({"id": id, "class": class, "state": state, "made_at": made, "master_key": master}),
        );
    }
    if left > 0 {
        let text =
            format!("a rotation was broken off, {left} rows are left: `kinstead keys rotate`");
        output.result(&text, &json!({"event": "unfinished", "rows": left}));
    }
    Ok(())
}

fn rotate(registry: &Registry, output: &Output) -> Result<(), Failure> {
    let meter = output.meter();
    let tell = |progress: rotation::Progress| {
        let rotation::Progress { done, of } = progress;
        meter.show(Progress { what: "rows", done, of });
    };
    let done = rotation::rotate(&mut db::connect(registry.owner()?)?, &tell)?;
    drop(meter);
    let went_on = if done.resumed { ", going on with an earlier rotation" } else { "" };
    output.result(
        &format!("sealed {} rows anew, removed {} old keys{went_on}", done.rows, done.keys),
        &json!({"rows": done.rows, "keys_removed": done.keys, "resumed": done.resumed}),
    );
    Ok(())
}
