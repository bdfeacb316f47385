//! The service under test and the personas who ask it.
use std::{
    cell::RefCell,
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    sync::{Arc, OnceLock},
};

use actix_web::{
    body::to_bytes,
    dev::Service,
    http::{Method, StatusCode, header::HeaderMap},
    test::{TestRequest, init_service},
    web,
};
use chrono::{DateTime, Duration, Utc};
use kinstead::{
    clients::{
        Manager, NewClient,
        store::{actors, find_by_name, register},
    },
    config::Config,
    platform::{
        access::Platform,
        actor::{Actor, Caller},
        clock::{Clock, ManualClock},
        db::Tx,
        desk::Desk,
        error::Result,
        journal::Recorded,
        keys::PrivateKey,
        ring::KeySource,
        target::Targets,
        token,
    },
    policy::POLICY,
    reference::{areas, organisations},
    server::{Parts, app, assemble, making},
    webhooks::posting::Post,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::{Database, country::body, disclosed::LogCheck};

pub type Call = dyn Fn(actix_http::Request) -> Pin<Box<dyn Future<Output = Reply>>>;

/// One for each role, by the role's name.
pub fn personas() -> Vec<&'static str> {
    POLICY.iter().map(|(role, _)| *role).collect()
}

/// The country, the authority in which all personas work, and their clients.
pub fn register_personas(tx: &mut Tx<'_>) -> Result<Recorded<Vec<kinstead::clients::Client>>> {
    let country = json!({"code": "RS", "level": "country", "names": {"en": "Serbia"}});
    drop(areas::store::add(tx, &body(country))?);
    let authority = json!({"kind": "authority", "name": "Authority", "area_code": "RS", "valid_from": "1990-01-01"});
    let authority = organisations::store::register(tx, &body(authority))?.into_value().id;
    let clients = personas().into_iter().map(|role| {
        let new = NewClient { organisation_id: Some(authority), ..NewClient::of_role(role) };
        register(tx, &Manager::Operator, new)
    });
    let clients = clients.collect::<Result<Vec<_>>>()?;
    Ok(Recorded::all(clients).unwrap())
}

pub fn key() -> &'static PrivateKey {
    static KEY: OnceLock<PrivateKey> = OnceLock::new();
    KEY.get_or_init(PrivateKey::generate)
}

/// The configuration of a service under test.
pub fn settings() -> Config {
    settings_with(&[])
}

fn settings_with(set: &[(&str, &str)]) -> Config {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    // Tests start at once: the key of the log is there before any of them looks for it.
    let made = || {
        let folder = TempDir::new().unwrap();
        PrivateKey::read_or_create(&folder.path().join("log.pem")).unwrap();
        folder
    };
    let file = FOLDER.get_or_init(made).path().join("log.pem");
    // Receivers of webhooks are on this machine, unless a test says otherwise.
    let here = ("KINSTEAD_WEBHOOK_LOOPBACK", "true");
    let get = |name: &str| set.iter().chain([&here]).find(|(known, _)| *known == name);
    let config = Config::read(&|name| get(name).map(|(_, value)| (*value).to_owned())).unwrap();
    Config { log_key_file: Some(file), ..config }
}

/// The time of the tests.
pub fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// A registry of its own, with a clock that stands at noon of 22 November 2026 until it is moved.
pub struct World {
    pub database: Database,
    pub clock: ManualClock,
    pub parts: Parts,
    call: Box<Call>,
    log: LogCheck,
}

impl World {
    pub async fn new() -> Self {
        Self::on(Database::migrated()).await
    }

    pub async fn on(database: Database) -> Self {
        let clock = ManualClock::at(noon());
        let (parts, call) = start(&database, &clock, &[]).await;
        let log = LogCheck::of(&database);
        Self { database, clock, parts, call, log }
    }

    /// A registry of its own with these settings.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let mut world = Self::new().await;
        (world.parts, world.call) = start(&world.database, &world.clock, settings).await;
        world
    }

    /// The same registry by a service that calls others only so.
    pub async fn aim(&mut self, targets: Targets) {
        let (parts, call) = start_with(&self.database, &self.clock, &[], Some(targets)).await;
        (self.parts, self.call) = (parts, call);
    }

    /// Another service on the same registry, that knows what there is now.
    pub async fn again(&self) -> (Parts, Box<Call>) {
        start(&self.database, &self.clock, &[]).await
    }

    /// What the service does every few seconds.
    pub fn refresh(&self) {
        let actors = actors(&mut self.database.service(), self.clock.now()).unwrap();
        self.parts.platform.directory.replace(actors);
    }

    /// A persona by the name of its role.
    pub fn persona(&self, role: &str) -> Persona<'_> {
        let token = self.token(self.client(role));
        Persona { world: self, token: Some(token) }
    }

    /// The id of a persona's client.
    pub fn client(&self, role: &str) -> Uuid {
        find_by_name(&mut self.database.service(), role).unwrap().id.untyped()
    }

    /// A persona as the guards know it.
    pub fn actor(&self, role: &str) -> Arc<Actor> {
        let caller = Caller::client(self.client(role));
        self.parts.platform.directory.find(&caller, self.clock.now()).unwrap()
    }

    /// The persons whom an answer tells of.
    pub fn told(&self, reply: &Reply) -> BTreeSet<Uuid> {
        self.log.told(&reply.bytes)
    }

    /// Somebody without a token.
    pub fn nobody(&self) -> Persona<'_> {
        Persona { world: self, token: None }
    }

    /// Somebody with this token.
    pub fn bearer(&self, token: &str) -> Persona<'_> {
        Persona { world: self, token: Some(token.to_owned()) }
    }

    pub fn token(&self, subject: Uuid) -> String {
        let now = self.clock.now();
        token::sign(
            key(),
            "https://kinstead.example",
            "kinstead",
            subject,
            now,
            Duration::minutes(10),
        )
        .unwrap()
    }

    pub async fn send(&self, request: TestRequest) -> Reply {
        let request = request.to_request();
        let own_id = request.head().headers.contains_key("x-request-id");
        let reply = (self.call)(request).await;
        if !own_id {
            self.log.check(&reply);
        }
        reply
    }
}

/// The same service again, for another thread: with connections of its own to the same database.
async fn start(
    database: &Database,
    clock: &ManualClock,
    set: &[(&str, &str)],
) -> (Parts, Box<Call>) {
    start_with(database, clock, set, None).await
}

async fn start_with(
    database: &Database,
    clock: &ManualClock,
    set: &[(&str, &str)],
    targets: Option<Targets>,
) -> (Parts, Box<Call>) {
    let config = settings_with(set);
    let clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let parts = assemble(&config, &database.urls(), KeySource::held(key()), clock).unwrap();
    let parts = match targets {
        Some(targets) => aimed(parts, targets, &database.urls().service),
        None => parts,
    };
    let service = std::rc::Rc::new(init_service(app(&parts)).await);
    let call = move |request| -> Pin<Box<dyn Future<Output = Reply>>> {
        let service = service.clone();
        Box::pin(async move {
            let response = service.call(request).await.unwrap_or_else(|error| panic!("{error}"));
            let (status, headers) = (response.status(), response.headers().clone());
            let body =
                to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("a body must come"));
            Reply { status, headers, bytes: body.to_vec() }
        })
    };
    (parts, Box::new(call))
}

/// The same service, which calls others only so.
fn aimed(parts: Parts, targets: Targets, url: &str) -> Parts {
    let Parts { platform, keeper, sequencer, post, base_url, operations, desk: held } = parts;
    drop((post, held));
    let platform = Arc::try_unwrap(platform.into_inner()).unwrap_or_else(|_| panic!("it is held"));
    let platform = web::Data::new(Platform { targets, ..platform });
    let post = Post::open(platform.clone(), url).unwrap();
    let making = making(&platform, &base_url, &operations);
    let desk = Desk::new(making, 2);
    Parts { platform, keeper, sequencer, post, base_url, operations, desk }
}

/// Somebody who asks.
pub struct Persona<'w> {
    world: &'w World,
    token: Option<String>,
}

impl<'w> Persona<'w> {
    pub fn request(&self, method: Method, path: &str) -> Asking<'w> {
        let mut request = TestRequest::with_uri(path).method(method);
        if let Some(token) = &self.token {
            request = request.insert_header(("authorization", format!("Bearer {token}")));
        }
        Asking { world: self.world, request: RefCell::new(Some(request)) }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path).send().await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.request(Method::POST, path).json(&body).send().await
    }

    /// A change of the version that `etag` names.
    pub async fn patch(&self, path: &str, etag: &str, body: Value) -> Reply {
        self.request(Method::PATCH, path).header("if-match", etag).json(&body).send().await
    }

    /// A step of the version that `etag` names.
    pub async fn step(&self, path: &str, etag: &str, body: Value) -> Reply {
        self.request(Method::POST, path).header("if-match", etag).json(&body).send().await
    }

    pub async fn put(&self, path: &str, etag: &str, body: Value) -> Reply {
        self.request(Method::PUT, path).header("if-match", etag).json(&body).send().await
    }
}

/// A request that is being put together.
pub struct Asking<'w> {
    world: &'w World,
    request: RefCell<Option<TestRequest>>,
}

impl Asking<'_> {
    fn with(self, change: impl FnOnce(TestRequest) -> TestRequest) -> Self {
        let request = self.request.borrow_mut().take().map(change);
        *self.request.borrow_mut() = request;
        self
    }

    pub fn header(self, name: &'static str, value: &str) -> Self {
        let value = value.to_owned();
        self.with(|request| request.insert_header((name, value)))
    }

    pub fn json(self, body: &Value) -> Self {
        self.with(|request| request.set_json(body))
    }

    pub fn bytes(self, kind: &'static str, body: Vec<u8>) -> Self {
        self.with(|request| request.insert_header(("content-type", kind)).set_payload(body))
    }

    pub async fn send(self) -> Reply {
        let request = self.request.borrow_mut().take().unwrap();
        self.world.send(request).await
    }
}

/// What came back.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.bytes))
    }
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{self:?} is no JSON"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn etag(&self) -> &str {
        self.header("etag")
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        self.json()
    }

    /// Fails unless this is a problem of this code; its body.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{self:?}");
        assert_eq!(problem["status"], status, "{self:?}");
        assert_eq!(problem["request_id"], self.header("x-request-id"), "{self:?}");
        self.cites(&problem);
        problem
    }

    /// Fails unless the rule refused; its body.
    #[track_caller]
    pub fn broke(&self, rule: &str) -> Value {
        assert!(matches!(self.status.as_u16(), 409 | 422), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["rule"], rule, "{self:?}");
        self.cites(&problem);
        problem
    }

    /// Fails if this is a refusal by a rule that does not say by which version, and where that comes from.
    #[track_caller]
    fn cites(&self, problem: &Value) {
        let said = |member: &str| problem[member].as_str().is_some_and(|text| !text.is_empty());
        let cited = said("rule_version") && said("legal_basis") && problem["facts"].is_object();
        assert!(problem.get("rule").is_none() || cited, "{self:?}");
    }
}
