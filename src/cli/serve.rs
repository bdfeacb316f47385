//! `kinstead serve`: the registry over HTTP until it is told to stop.
use std::{
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use kinstead::{
    config::Config,
    platform::{clock::SystemClock, db, migrate, ring::KeySource},
    server,
};
use serde_json::json;

use super::{
    failure::Failure,
    health::Url,
    output::Output,
    registry::{Company, Registry, keys},
    signals::Signals,
};

pub fn run(output: &Output) -> Result<(), Failure> {
    let config = Config::from_env()?;
    let signals = Signals::listen()?;
    let listener = listen(config.listen)?;
    let registry = Registry::open(&config, Company::Alone, &signals, output)?;
    if registry.embedded.is_some() {
        registry.bring_up(&config.profile).or_else(|failure| signals.check().and(Err(failure)))?;
    } else {
        refuse_pending(registry.service()?)?;
    }
    let address = listener.local_addr()?;
    let text = format!("listening on http://{address}");
    let listening = || {
        output
            .result(&text, &json!({"event": "listening", "address": format!("http://{address}")}));
    };
    until_stopped(&config, registry, keys(&config)?, listener, &signals, output, listening)
}

/// Takes the address before the slow work begins, so that one that is taken is noticed at once.
pub fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .map_err(|cause| Failure::Failed(format!("cannot listen on {address}: {cause}")))
}

/// The service has no right to migrate an outside database.
pub fn refuse_pending(url: &str) -> Result<(), Failure> {
    let standing = migrate::standing(&mut db::connect(url)?)?;
    if standing.pending.is_empty() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "the database lacks {} migrations of this release: run `kinstead migrate` first",
        standing.pending.len()
    )))
}

/// Serves, says so before and when it answers, and stops the database after the server.
pub fn until_stopped(
    config: &Config,
    registry: Registry,
    keys: KeySource,
    listener: TcpListener,
    signals: &Signals,
    output: &Output,
    before: impl FnOnce(),
) -> Result<(), Failure> {
    let address = listener.local_addr()?;
    signals.leave_to_server()?;
    let parts = server::assemble(config, &registry.databases()?, keys, Arc::new(SystemClock))?;
    before();
    let told = signals.told();
    let ended = AtomicBool::new(false);
    let served = thread::scope(|scope| {
        scope.spawn(|| {
            if answers(address, &ended) {
                output.result("ready", &json!({"event": "ready"}));
            }
        });
        let served = actix_web::rt::System::new().block_on(server::serve(
            parts,
            listener,
            config.workers,
            told,
        ));
        ended.store(true, Ordering::Relaxed);
        served
    });
    drop(registry);
    Ok(served?)
}

/// Waits until the service can work; false if it ended before.
fn answers(address: SocketAddr, ended: &AtomicBool) -> bool {
    let readiness = Url::of_readiness(address);
    while !ended.load(Ordering::Relaxed) {
        if readiness.status() == Ok(200) {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}
