//! Who may do what. A handler says so in the type of its first argument.
use std::{
    collections::{BTreeMap, BTreeSet},
    future::{Ready, ready},
    marker::PhantomData,
    sync::Arc,
};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{ACCEPT, AUTHORIZATION},
    web,
};
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{
    actor::{Actor, Directory},
    clock::Clock,
    db::{Db, Tx},
    error::{Error, Fault, Result},
    extract::{Argument, Declared},
    idempotency::{self, Attempt},
    journal::{self, Recorded, Subject},
    limit::Limits,
    reply::Reply,
    time::{KnownAt, is_beyond},
    token::Verifier,
    version::IfNoneMatch,
};

/// A named right, such as `placements:end`. Each is an empty type of its own, so that [`Access`]
/// can carry it at no cost and the compiler can tell one from another.
pub trait Permission: 'static {
    const NAME: &'static str;
}

/// Declares permissions.
#[macro_export]
macro_rules! permissions {
    ($($(#[$meta:meta])* $name:ident = $text:literal;)+) => {
        $($(#[$meta])* pub struct $name;
        impl $crate::platform::access::Permission for $name {
            const NAME: &'static str = $text;
        })+
    };
}

/// What the guards stand on: one value for each server.
pub struct Platform {
    pub db: Db,
    pub verifier: Verifier,
    pub directory: Directory,
    pub limits: Limits,
    pub clock: Arc<dyn Clock>,
}

/// What one path takes, by method: left by the routes for the guards.
#[derive(Debug, Clone, Default)]
pub struct Operations(pub BTreeMap<String, Takes>);

/// What one operation takes and gives.
#[derive(Debug, Clone, Default)]
pub struct Takes {
    /// Names of its query parameters.
    pub query: BTreeSet<String>,
    /// Those of them that mean nothing without a value, such as numbers and days.
    pub filled: BTreeSet<String>,
    /// Media type of its answer.
    pub gives: String,
}

/// Proof that the sender holds `P`, and the way to the database.
pub struct Access<P> {
    pub actor: Arc<Actor>,
    platform: web::Data<Platform>,
    request: HttpRequest,
    permission: PhantomData<P>,
}

impl<P: Permission> Access<P> {
    /// Runs a query in a read-only transaction.
    pub async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        self.platform.db.read(query).await
    }

    /// Answers the record that `find` reads, with its tag; or as the registry knew it at an instant,
    /// without one: what was is not changed.
    pub async fn read_known<T, F>(
        &self,
        asked: KnownAt,
        held: &IfNoneMatch,
        find: F,
    ) -> Result<HttpResponse>
    where
        T: Subject + DeserializeOwned + Send,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        let Some(at) = asked.instant(self.now())? else {
            return Ok(held.answer(&self.read(find).await?));
        };
        // It is looked for first, so that it is one that lies where the address says.
        let known = move |conn: &mut PgConnection| {
            let id = find(conn)?.subject_id();
            journal::known::<T>(conn, id, at)
        };
        Ok(HttpResponse::Ok().json(self.read(known).await?))
    }

    /// Runs a change in a transaction, again if it loses a race, once for each idempotency key. A
    /// change that records nothing in the journal does not compile.
    pub async fn change<F>(&self, change: F) -> Result<HttpResponse>
    where
        F: Fn(&mut Tx<'_>) -> Result<Recorded<Reply>> + Send + 'static,
    {
        let attempt = Attempt::of(&self.request)?;
        let once = move |tx: &mut Tx<'_>| match &attempt {
            Some(attempt) => attempt.once(tx, &change),
            None => change(tx).map(|reply| reply.map(|reply| (reply, false))),
        };
        let (reply, replayed) = self.platform.db.write(self.actor.id, self.now(), once).await?;
        Ok(reply.respond(replayed))
    }

    /// The moment that counts as now.
    pub fn now(&self) -> DateTime<Utc> {
        self.platform.clock.now()
    }
}

impl<P: Permission> FromRequest for Access<P> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(grant::<P>(req))
    }
}

impl<P: Permission> Argument for Access<P> {
    fn declare(declared: &mut Declared) {
        declared.personal = true;
        declared.refusals.extend([400, 401, 403, 406, 429, 500, 503]);
    }
}

fn grant<P: Permission>(req: &HttpRequest) -> Result<Access<P>> {
    let platform = platform(req)?;
    let now = platform.clock.now();
    let token = bearer(req).ok_or(Error::Unauthenticated)?;
    let caller = platform.verifier.caller(token, now)?;
    if platform.directory.is_stale() {
        return Err(Error::Busy);
    }
    let actor = platform.directory.find(&caller, now).ok_or(Error::Unauthenticated)?;
    count(req, platform, actor.id)?;
    if !actor.permissions.contains(P::NAME) {
        return Err(Error::Forbidden(P::NAME));
    }
    refuse_unknown(req)?;
    if req.method() == actix_web::http::Method::POST {
        idempotency::key(req)?;
    }
    Ok(Access { actor, platform: platform.clone(), request: req.clone(), permission: PhantomData })
}

/// Counts the request, and leaves what the client has left for the headers of the answer.
fn count(req: &HttpRequest, platform: &Platform, client: Uuid) -> Result<()> {
    let counted = platform.limits.count(client);
    if let Ok(Some(allowance)) | Err(allowance) = counted {
        req.extensions_mut().insert(allowance);
    }
    counted.map(drop).map_err(Error::RateLimited)
}

fn platform(req: &HttpRequest) -> Result<&web::Data<Platform>> {
    req.app_data().ok_or_else(|| Error::internal("Platform must be app data"))
}

/// The one bearer token of the request: a second `Authorization` header is as good as none.
fn bearer(req: &HttpRequest) -> Option<&str> {
    let mut headers = req.headers().get_all(AUTHORIZATION);
    let (header, second) = (headers.next()?, headers.next());
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    (second.is_none() && scheme.eq_ignore_ascii_case("bearer")).then_some(token)
}

/// Refuses query parameters that the operation does not know, so that a filter with a typing error
/// never answers more than was asked for, and answers that the client cannot read.
fn refuse_unknown(req: &HttpRequest) -> Result<()> {
    let operations = req.app_data::<Operations>();
    let Some(takes) = operations.and_then(|known| known.0.get(method(req))) else { return Ok(()) };
    let pairs: Vec<(String, String)> = serde_html_form::from_str(req.query_string())
        .map_err(|_| Error::query("", "malformed", "the query is not well formed"))?;
    let faults: Vec<Fault> = pairs
        .iter()
        .filter_map(|(name, value)| {
            let pointer = format!("?{name}");
            if !takes.query.contains(name) {
                Some(Fault::new(pointer, "unknown_parameter", "is not known here"))
            } else if value.is_empty() && takes.filled.contains(name) {
                Some(Fault::new(pointer, "wrong_type", "needs a value"))
            } else if value.contains('\0') {
                Some(Fault::new(pointer, "nul_character", "must not hold a NUL character"))
            } else if is_beyond(value) {
                Some(Fault::new(pointer, "out_of_range", "must lie in the years 1900 to 2199"))
            } else {
                None
            }
        })
        .collect();
    if !faults.is_empty() {
        return Err(Error::BadQuery(faults));
    }
    if acceptable(req, &takes.gives) { Ok(()) } else { Err(Error::NotAcceptable) }
}

fn method(req: &HttpRequest) -> &str {
    if req.method() == actix_web::http::Method::HEAD { "GET" } else { req.method().as_str() }
}

fn acceptable(req: &HttpRequest, gives: &str) -> bool {
    let family = gives.split('/').next().unwrap_or_default();
    let mut ranges =
        req.headers().get_all(ACCEPT).filter_map(|header| header.to_str().ok()).peekable();
    ranges.peek().is_none()
        || ranges.flat_map(|header| header.split(',')).any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default();
            let refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
            !refused && (kind == "*/*" || kind == gives || kind.strip_suffix("/*") == Some(family))
        })
}

/// First argument of a handler that anyone may call.
pub struct Public {
    platform: web::Data<Platform>,
}

impl Public {
    /// Runs a query in a read-only transaction.
    pub async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        self.platform.db.read(query).await
    }

    /// Work in a transaction that changes no record, such as using up an assertion.
    pub async fn work<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        self.platform.db.work(work).await
    }

    /// Counts a request of a client that has proven who it is.
    pub fn count(&self, client: Uuid) -> Result<()> {
        self.platform.limits.count(client).map(drop).map_err(Error::RateLimited)
    }

    /// The service as an issuer of tokens.
    pub fn tokens(&self) -> &Verifier {
        &self.platform.verifier
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.platform.db.ping().await
    }

    /// The moment that counts as now.
    pub fn now(&self) -> DateTime<Utc> {
        self.platform.clock.now()
    }
}

impl FromRequest for Public {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(refuse_unknown(req).and_then(|()| Ok(Self { platform: platform(req)?.clone() })))
    }
}

impl Argument for Public {
    fn declare(declared: &mut Declared) {
        declared.refusals.extend([400, 406, 500, 503]);
    }
}

/// Arguments that begin with [`Access`] or [`Public`].
#[diagnostic::on_unimplemented(
    message = "this handler does not say who may call it",
    label = "its first argument must be `Access<…>` or `Public`, the others implement `Argument`"
)]
pub trait Guarded: FromRequest + 'static {
    /// Name of the permission that the handler needs.
    const PERMISSION: Option<&'static str>;
    fn declare(declared: &mut Declared);
}

macro_rules! guarded {
    ($($arg:ident)*) => {
        impl<P: Permission $(, $arg: Argument)*> Guarded for (Access<P>, $($arg,)*) {
            const PERMISSION: Option<&'static str> = Some(P::NAME);
            fn declare(declared: &mut Declared) {
                Access::<P>::declare(declared);
                $($arg::declare(declared);)*
            }
        }
        impl<$($arg: Argument),*> Guarded for (Public, $($arg,)*) {
            const PERMISSION: Option<&'static str> = None;
            fn declare(declared: &mut Declared) {
                Public::declare(declared);
                $($arg::declare(declared);)*
            }
        }
    };
}
guarded!();
guarded!(A);
guarded!(A B);
guarded!(A B C);
guarded!(A B C D);
