//! `kinstead sweep`: deadlines and alerts are worked out of the records.
use std::time::Instant;

use clap::Args;
use kinstead::{
    config::Config,
    deadlines::store::{Progress, Scope, sweep},
    platform::{
        clock::{Clock as _, SystemClock},
        db,
    },
    seed,
};
use serde_json::json;

use super::{
    failure::Failure,
    output::Output,
    registry::{Company, Registry},
    serve::refuse_pending,
    signals::Signals,
};

#[derive(Args)]
pub struct Arguments {
    /// Look at everybody, also if that was done today.
    #[arg(long)]
    all: bool,
}

pub fn run(arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let config = Config::from_env_for_work()?;
    let signals = Signals::listen()?;
    let registry = Registry::open(&config, Company::Beside, &signals, output)?;
    let swept = work(&registry, arguments, output);
    swept.or_else(|failure| signals.check().and(Err(failure)))
}

fn work(registry: &Registry, arguments: &Arguments, output: &Output) -> Result<(), Failure> {
    let url = registry.service()?;
    refuse_pending(url)?;
    let mut conn = db::connect_for_work(url)?;
    let scope = if arguments.all { Scope::Everybody } else { Scope::Needed };
    let (started, meter) = (Instant::now(), output.meter());
    let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
    let show = |Progress { what, done, of }| {
        meter.show(seed::Progress { what, done: number(done), of: number(of) });
    };
    let swept = sweep(&mut conn, SystemClock.now(), scope, &show)?;
    drop(meter);
    let Some(swept) = swept else {
        output.result("another sweep is at work", &json!({"event": "taken"}));
        return Ok(());
    };
    let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let text = format!(
        "looked at {} children, {} carer families and {} facilities: {} deadlines written; alerts: {} raised, \
         {} changed, {} resolved, {} expired; {took} ms",
        swept.children,
        swept.carer_families,
        swept.facilities,
        swept.deadlines,
        swept.raised,
        swept.changed,
        swept.resolved,
        swept.expired,
    );
    let mut object = json!(swept);
    if let Some(members) = object.as_object_mut() {
        members.insert("milliseconds".to_owned(), json!(took));
    }
    output.result(&text, &object);
    Ok(())
}
