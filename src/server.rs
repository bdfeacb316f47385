//! Composition: the database, the guards, the middleware and the routes become one server.
use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use actix_web::{
    App, HttpResponse, HttpServer, ResponseError as _,
    body::{BoxBody, MessageBody},
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Compress, from_fn},
    web,
};
use chrono::{DateTime, Utc};
use utoipa_swagger_ui::{Config as DocsConfig, SwaggerUi};

use crate::{
    api, assessments, clients,
    config::Config,
    deadlines::{
        self,
        store::{Scope, Transactions},
    },
    feed::{self, Sequencer},
    imports::Importing,
    keeper::{Keeper, read_witnesses},
    matching::permission::MatchChildren,
    oversight,
    platform::{
        access::{Permission as _, Platform},
        access_log::{self, AccessLog},
        actor::Directory,
        clock::{Clock, SystemClock},
        db::{self, Db, Tx},
        desk::Desk,
        error::{Error, Result},
        fetch,
        http::{BaseUrl, Mounts},
        idempotency,
        keys::PrivateKey,
        limit::Limits,
        middleware,
        outside::{self, Outside},
        pulse::Pulse,
        readings::Readings,
        receipt::Receipts,
        ring::KeySource,
        seal,
        target::Targets,
        token::Verifier,
        trawling::Trawling,
        vault,
    },
    reference, service, transfers,
    webhooks::posting::Post,
};

mod itself;

pub use itself::making;

/// How often the copy of the clients is renewed: a revoked one is out within this time.
const REFRESH: Duration = Duration::from_secs(2);
/// How long the copy is believed if it cannot be renewed: then nobody gets in until it is.
const STALE: Duration = Duration::from_secs(30);
/// After how many refreshes kept answers are swept: hourly.
const SWEEP_EVERY: u32 = 1800;
/// After how many refreshes it is recorded which offers of children have run out: every minute.
const EXPIRE_EVERY: u32 = 30;
/// After how many refreshes it is measured how far those lag who follow the feed: every ten seconds.
const MEASURE_EVERY: u32 = 5;
/// How often deadlines are worked out for those whose records changed; for everybody, once a day.
const SWEEP_DEADLINES: Duration = Duration::from_secs(60);
/// Connections for those who read the access log, and for its keeper.
const LOG_CONNECTIONS: u32 = 3;

/// What a server is made of.
#[derive(Clone)]
pub struct Parts {
    pub platform: web::Data<Platform>,
    pub keeper: Arc<Keeper>,
    pub sequencer: Sequencer,
    pub post: Post,
    /// Makes the service as it asks itself, wherever it does.
    pub desk: Desk,
    pub base_url: BaseUrl,
    pub operations: Mounts,
}

/// The registry's database, by whom the service works on it.
#[derive(Debug, Clone)]
pub struct Databases {
    /// For requests.
    pub service: String,
    /// For the access log, which requests can only add to.
    pub keeper: String,
}

/// Opens the database and loads the clients. Fails without an access log.
pub fn assemble(
    config: &Config,
    databases: &Databases,
    keys: KeySource,
    clock: Arc<dyn Clock>,
) -> Result<Parts> {
    let mut conn = db::connect(&databases.service)?;
    db::check_role(&mut conn)?;
    seal::install(vault::unlock(&mut conn, &databases.service)?.cursor()?);
    let directory = Directory::default();
    directory.replace(clients::store::actors(&mut conn, clock.now())?);
    let verifier = verifier(config, keys, clock.now())?;
    let access_log = AccessLog::open(&databases.service)?;
    let key = PrivateKey::read_or_create(&config.log_key_file())?;
    let receipts = Receipts { origin: config.log_origin.clone(), key: key.clone() };
    let witnesses = config.witnesses_file.as_deref().map(read_witnesses).transpose()?;
    let keeper = Keeper::open(&databases.keeper, &config.log_origin, key)?;
    let keeper = Arc::new(keeper.witnessed_by(witnesses.unwrap_or_default())?);
    let (routes, pulse) = (api(), Pulse::default());
    let sequencer = Sequencer::open(&databases.keeper, pulse.clone(), config.feed_life)?;
    let platform = web::Data::new(Platform {
        db: Db::open(&databases.service, config.connections)?,
        log_db: Db::open(&databases.keeper, LOG_CONNECTIONS)?,
        access_log,
        receipts,
        verifier,
        directory,
        limits: Limits::new(config.rate_limit),
        narrow_limits: BTreeMap::from([(MatchChildren::NAME, Limits::new(config.match_limit))]),
        trawling: Trawling::default(),
        alarm: Box::new(oversight::store::tell_of_trawling),
        watch: Box::new(oversight::store::tell_of_contest),
        catalogue: Box::new(reference::rules::store::cited),
        copied: routes.copies(),
        pulse,
        readings: Readings::default(),
        targets: Targets::read(&config.webhook_hosts, config.webhook_loopback)
            .map_err(|fault| Error::internal(format!("KINSTEAD_WEBHOOK_HOSTS: {fault}")))?,
        clock,
    });
    let (base_url, operations) = (BaseUrl(config.base_url.clone()), routes.mounts());
    let making = making(&platform, &base_url, &operations);
    let writes = usize::try_from(config.connections / 4).unwrap_or_default().max(1);
    Ok(Parts {
        post: Post::open(platform.clone(), &databases.service)?,
        desk: Desk::new(making, writes),
        platform,
        keeper,
        sequencer,
        base_url,
        operations,
    })
}

/// The service's own keys and those of the outside issuers. An issuer that does not answer yet is no
/// reason not to start: its keys are asked for again.
fn verifier(config: &Config, keys: KeySource, now: DateTime<Utc>) -> Result<Verifier> {
    let listed = config.issuers_file.as_deref().map(outside::read_issuers).transpose()?;
    let listed = listed.unwrap_or_default().into_iter();
    let issuers: Vec<Arc<Outside>> = listed.map(|issuer| Arc::new(Outside::new(issuer))).collect();
    if issuers.iter().any(|issuer| issuer.name() == config.token_issuer) {
        return Err(Error::internal("an outside issuer has the name of this service's own tokens"));
    }
    renew_outside(&issuers, now);
    let names = (config.token_issuer.as_str(), config.token_audience.as_str());
    Verifier::new(keys, names, config.token_max_life, issuers, now)
}

fn renew_outside(issuers: &[Arc<Outside>], now: DateTime<Utc>) {
    for issuer in issuers {
        if let Err(error) = issuer.renew(now, &fetch::fetch) {
            log::warn!("{}", sentence(&error));
        }
    }
}

/// What went wrong, for the log: internal errors keep it in their source.
fn sentence(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// The application: every operation, the documentation, and the answers to everything else.
pub fn app(
    parts: &Parts,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    let docs = SwaggerUi::new("/docs/{_:.*}").config(DocsConfig::new(["/openapi.json"]));
    App::new()
        .app_data(parts.platform.clone())
        .app_data(web::Data::new(parts.base_url.clone()))
        .app_data(parts.desk.clone())
        .configure(|config| parts.operations.configure(config))
        .service(web::redirect("/docs", "/docs/"))
        .service(docs)
        .default_service(web::to(nowhere))
        .wrap(from_fn(middleware::around))
        .wrap(Compress::default())
}

async fn nowhere() -> HttpResponse<BoxBody> {
    Error::NotFound("resource").error_response()
}

/// Serves until `stop` is done; requests that have begun are finished.
pub async fn serve(
    parts: Parts,
    listener: TcpListener,
    workers: usize,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    service::metrics_recorder();
    let background = Background::start(parts.platform.clone(), SystemClock);
    let keeping = Arc::clone(&parts.keeper).keep();
    let sequencing = parts.sequencer.clone().start();
    let importing = Importing::start(parts.platform.clone(), parts.desk.clone());
    let posting = parts.post.clone().start();
    let server = HttpServer::new(move || app(&parts))
        .workers(workers)
        .client_request_timeout(Duration::from_secs(10))
        .keep_alive(Duration::from_secs(75))
        .shutdown_signal(stop)
        .shutdown_timeout(10)
        .listen(listener)
        .map_err(Error::internal)?;
    let done = server.run().await.map_err(Error::internal);
    background.stop();
    importing.stop();
    posting.stop();
    sequencing.stop();
    keeping.stop();
    done
}

/// What happens beside the requests: the copy of the clients and the keys are renewed, old answers and
/// assertions are swept.
pub struct Background {
    stopping: Arc<AtomicBool>,
    threads: Vec<(mpsc::Sender<()>, JoinHandle<()>)>,
}

impl Background {
    pub fn start(platform: web::Data<Platform>, clock: impl Clock + Clone + 'static) -> Self {
        let mut threads = Vec::new();
        if !platform.verifier.outside().is_empty() {
            // By itself: an issuer that is slow to answer keeps no revoked client in.
            let (platform, clock) = (platform.clone(), clock.clone());
            threads.push(every(REFRESH, move |_| {
                renew_outside(platform.verifier.outside(), clock.now());
            }));
        }
        let stopping = Arc::new(AtomicBool::new(false));
        let mut sweeper = Sweeper { db: platform.db.clone(), stopping: Arc::clone(&stopping) };
        let day = clock.clone();
        // By itself, too: it may take half a minute.
        threads.push(every(SWEEP_DEADLINES, move |_| sweeper.sweep(day.now())));
        threads.push(every(REFRESH, move |turn| {
            if let Err(error) = refresh(&platform, turn, clock.now()) {
                log::warn!("the clients could not be renewed: {error}");
            }
            if turn.is_multiple_of(EXPIRE_EVERY)
                && let Err(error) = platform.db.maintain(clock.now(), transfers::store::expire)
            {
                log::warn!("offers that have run out could not be recorded: {error}");
            }
            if turn.is_multiple_of(EXPIRE_EVERY)
                && let Err(error) = platform.db.maintain(clock.now(), assessments::store::expire)
            {
                log::warn!("assessments that are out of date could not be recorded: {error}");
            }
            if let Err(error) = platform.verifier.renew(clock.now()) {
                log::warn!("the keys could not be renewed: {}", sentence(&error));
            }
        }));
        Self { stopping, threads }
    }

    pub fn stop(self) {
        self.stopping.store(true, Ordering::Relaxed);
        for (stop, thread) in self.threads {
            drop(stop);
            if thread.join().is_err() {
                log::warn!("background work broke off");
            }
        }
    }
}

/// Works deadlines out, until the service stops.
struct Sweeper {
    db: Db,
    stopping: Arc<AtomicBool>,
}

impl Sweeper {
    fn sweep(&mut self, now: DateTime<Utc>) {
        match deadlines::store::sweep(self, now, Scope::Needed, &|_| {}) {
            Ok(Some(swept)) if swept.everybody => {
                log::info!("deadlines were worked out: {swept:?}");
            }
            Ok(_) => {}
            Err(error) => log::warn!("deadlines could not be worked out: {}", sentence(&error)),
        }
    }
}

impl Transactions for Sweeper {
    fn change<T>(
        &mut self,
        now: DateTime<Utc>,
        work: impl Fn(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        // What is left is done by the next service that starts: each block stands by itself.
        if self.stopping.load(Ordering::Relaxed) {
            Err(Error::Busy)
        } else {
            self.db.maintain(now, work)
        }
    }
}

fn refresh(platform: &Platform, turn: u32, now: DateTime<Utc>) -> Result<()> {
    platform.db.background(|conn| {
        platform.directory.replace_for(clients::store::actors(conn, now)?, STALE);
        if turn % MEASURE_EVERY == 1 {
            platform.readings.replace(&feed::readings(conn, now)?);
        }
        if turn.is_multiple_of(SWEEP_EVERY) {
            platform.limits.tidy();
            platform.narrow_limits.values().for_each(Limits::tidy);
            platform.trawling.tidy(now);
            idempotency::sweep(conn, now)?;
            access_log::sweep(conn, now)?;
            clients::store::sweep(conn, now)?;
        }
        Ok(())
    })
}

/// A thread that works now and then until its sender is dropped.
fn every(
    pause: Duration,
    mut work: impl FnMut(u32) + Send + 'static,
) -> (mpsc::Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let mut turn: u32 = 0;
        while stopped.recv_timeout(pause) == Err(mpsc::RecvTimeoutError::Timeout) {
            turn = turn.wrapping_add(1);
            work(turn);
        }
    });
    (stop, thread)
}
