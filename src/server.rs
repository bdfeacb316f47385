//! Composition: the database, the guards, the middleware and the routes become one server.
use std::{
    net::TcpListener,
    sync::{Arc, mpsc},
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
use utoipa_swagger_ui::{Config as DocsConfig, SwaggerUi};

use crate::{
    api, clients,
    config::Config,
    keeper::Keeper,
    platform::{
        access::Platform,
        access_log::AccessLog,
        actor::Directory,
        clock::{Clock, SystemClock},
        db::{self, Db},
        error::{Error, Result},
        http::BaseUrl,
        idempotency,
        keys::{PrivateKey, PublicKey},
        middleware, seal,
        token::Verifier,
    },
    service,
};

/// How often the copy of the clients is renewed: a revoked one is out within this time.
const REFRESH: Duration = Duration::from_secs(2);
/// After how many refreshes kept answers are swept: hourly.
const SWEEP_EVERY: u32 = 1800;
/// Connections for those who read the access log, and for its keeper.
const LOG_CONNECTIONS: u32 = 3;

/// What a server is made of.
#[derive(Clone)]
pub struct Parts {
    pub platform: web::Data<Platform>,
    pub keeper: Arc<Keeper>,
    pub base_url: BaseUrl,
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
    keys: &[PublicKey],
    clock: Arc<dyn Clock>,
) -> Result<Parts> {
    let mut conn = db::connect(&databases.service)?;
    db::check_role(&mut conn)?;
    seal::install(&mut conn)?;
    let directory = Directory::default();
    directory.replace(clients::store::actors(&mut conn)?);
    let verifier =
        Verifier::new(keys, &config.token_issuer, &config.token_audience, config.token_max_life)?;
    let access_log = AccessLog::open(&databases.service)?;
    let key = PrivateKey::read_or_create(&config.log_key_file())?;
    let keeper = Arc::new(Keeper::open(&databases.keeper, &config.log_origin, key)?);
    let db = Db::open(&databases.service, config.connections)?;
    let log_db = Db::open(&databases.keeper, LOG_CONNECTIONS)?;
    let platform = Platform { db, log_db, access_log, verifier, directory, clock };
    let base_url = BaseUrl(config.base_url.clone());
    Ok(Parts { platform: web::Data::new(platform), keeper, base_url })
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
        .configure(|config| api().configure(config))
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
    keeping.stop();
    done
}

/// What happens beside the requests: the copy of the clients is renewed, old answers are swept.
pub struct Background {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Background {
    pub fn start(platform: web::Data<Platform>, clock: impl Clock + 'static) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut turn: u32 = 0;
            while stopped.recv_timeout(REFRESH) == Err(mpsc::RecvTimeoutError::Timeout) {
                turn = turn.wrapping_add(1);
                let renewed = platform.db.background(|conn| {
                    platform.directory.replace(clients::store::actors(conn)?);
                    if turn.is_multiple_of(SWEEP_EVERY) {
                        idempotency::sweep(conn, clock.now())?;
                    }
                    Ok(())
                });
                if let Err(error) = renewed {
                    log::warn!("the clients could not be renewed: {error}");
                }
            }
        });
        Self { stop, thread }
    }

    pub fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            log::warn!("background work broke off");
        }
    }
}
