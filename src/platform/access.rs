//! Who may do what. A handler says so in the type of its first argument.
use std::{
    collections::{BTreeMap, BTreeSet},
    future::{Ready, ready},
    marker::PhantomData,
    rc::Rc,
    sync::Arc,
};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest, HttpResponse, Responder, dev::Payload,
    http::header::AUTHORIZATION, web,
};
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    access_log::{self, AccessLog, Outcome, looks},
    actor::{Actor, Directory},
    clock::Clock,
    copies::Copied,
    db::{Author, Db, Tx},
    disclosure::{Person, distinct},
    error::{Error, Result},
    external_id::contested::Watch,
    extract::{Argument, Declared},
    idempotency::{self, Attempt},
    joint::Joint,
    journal::{self, Recorded, Subject},
    limit::Limits,
    need::Need,
    operations::{refuse_unknown, takes},
    pulse::Pulse,
    purpose::{self, Errand},
    readings::Readings,
    receipt::{Receipt, Receipts},
    released::Released,
    reply::Reply,
    rule::Catalogue,
    source::Source,
    target::Targets,
    time::KnownAt,
    token::Verifier,
    trawling::{Alarm, Trawling},
    version::IfNoneMatch,
};

mod answers;
mod asking;
mod refused;
mod rehearsed;
mod relayed;
mod running;
mod streamed;

pub use super::public::Public;
pub use relayed::Relay;
pub use streamed::Line;

/// A named right, such as `placements:end`. Each is an empty type of its own, so that [`Access`]
/// can carry it at no cost and the compiler can tell one from another.
pub trait Permission: 'static {
    const NAME: &'static str;
    /// Classes of the fields about persons that it opens; none if it opens no data of persons.
    const CLASSES: &'static [&'static str];
}

/// Declares permissions, each with the classes of the fields about persons that it opens, if any.
#[macro_export]
macro_rules! permissions {
    ($($(#[$meta:meta])* $name:ident = $text:literal $([$($class:ident),+])?;)+) => {
        $($(#[$meta])* pub struct $name;
        impl $crate::platform::access::Permission for $name {
            const NAME: &'static str = $text;
            const CLASSES: &'static [&'static str] = &[$($(stringify!($class)),+)?];
        })+
    };
}

/// What the guards stand on: one value for each server.
pub struct Platform {
    pub db: Db,
    /// The same database for the keeper of the access log, who alone reads the log.
    pub log_db: Db,
    pub access_log: AccessLog,
    pub receipts: Receipts,
    pub verifier: Verifier,
    pub directory: Directory,
    pub limits: Limits,
    /// Besides that, how often a client may use these permissions.
    pub narrow_limits: BTreeMap<&'static str, Limits>,
    pub trawling: Trawling,
    /// Whom to tell of those who trawl.
    pub alarm: Box<Alarm>,
    /// Whom to tell of numbers that are contested.
    pub watch: Box<Watch>,
    /// Whom to ask of rules.
    pub catalogue: Box<Catalogue>,
    /// The kinds of records that copies are kept of.
    pub copied: Vec<Copied>,
    /// Tells of what changes.
    pub pulse: Pulse,
    /// What was measured last.
    pub readings: Readings,
    /// Whom the service calls at addresses that clients name.
    pub targets: Targets,
    pub clock: Arc<dyn Clock>,
}

/// Proof that the sender holds `P`, and the way to the database.
pub struct Access<P> {
    pub actor: Arc<Actor>,
    need: Need,
    errand: Errand,
    platform: web::Data<Platform>,
    request: HttpRequest,
    /// The transaction that it shares with others, if it is a request of the service to itself.
    joint: Option<Rc<Joint>>,
    permission: PhantomData<P>,
}

impl<P: Permission> Access<P> {
    /// Runs a query in a read-only transaction, if the client may know of the person whose id stands in
    /// the path.
    pub async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        let need = self.need.clone();
        let admitted = move |conn: &mut PgConnection| {
            need.admit(conn, &BTreeSet::new())?;
            query(conn)
        };
        let done = self.reading(admitted).await;
        if done.is_err() {
            self.leave_refused(&BTreeSet::new());
        }
        self.cited(done).await
    }

    /// Runs a query of the access log in a read-only transaction.
    pub async fn read_log<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        self.platform.log_db.read(String::new(), query).await
    }

    /// Answers the record that `find` reads, with its tag; or as the registry knew it at an instant,
    /// without one: what was is not changed.
    pub async fn read_known<T, F>(
        &self,
        asked: KnownAt,
        held: &IfNoneMatch,
        find: F,
    ) -> Result<Released>
    where
        T: Subject + DeserializeOwned + Send,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        let Some(at) = asked.instant(self.now())? else {
            return self.release_record(held, &self.read(find).await?).await;
        };
        // It is looked for first, so that it is one that lies where the address says.
        let known = move |conn: &mut PgConnection| {
            let id = find(conn)?.subject_id();
            journal::known::<T>(conn, id, at)
        };
        self.release(&self.read(known).await?).await
    }

    fn author(&self) -> Author {
        let Actor { id, organisation, roles, .. } = &*self.actor;
        Author { actor: *id, organisation: *organisation, roles: roles.as_slice().into() }
    }

    /// Runs a change in a transaction, again if it loses a race, once for each idempotency key. A
    /// change that records nothing in the journal does not compile.
    pub async fn change<F>(&self, change: F) -> Result<Released>
    where
        F: Fn(&mut Tx<'_>) -> Result<Recorded<Reply>> + Send + 'static,
    {
        let attempt = Attempt::of(&self.request)?;
        let (actor, errand) = (Arc::clone(&self.actor), self.errand.clone());
        let need = self.need.clone();
        let named = self.named();
        let asked = named.clone();
        let platform = self.platform.clone();
        let logged = move |tx: &mut Tx<'_>| {
            need.admit(tx.conn, &named)?;
            tx.need = Some(need.clone());
            let done = match &attempt {
                Some(attempt) => attempt.once(tx, &change),
                None => change(tx).map(|done| done.map(|reply| (reply, false))),
            };
            let done = done.map_err(|error| need.refusal(error, &named))?;
            for person in std::mem::take(&mut tx.contested) {
                (platform.watch)(tx, &person)?;
            }
            let touched: BTreeSet<Person> = tx.touched().cloned().collect();
            let told = &done.value().0.persons.0;
            let owners = tx.owners();
            need.approve(tx.conn, &owners, &touched, told)?;
            let shelters = need.may_shelter(&done.value().0.body, told);
            need.learn_shelters(tx.conn, shelters)?;
            let changed = distinct(&touched);
            let told: BTreeSet<Person> = &distinct(told) - &changed;
            let mut rows = looks(&actor, &errand, P::CLASSES, Outcome::Changed, &changed)?;
            rows.extend(looks(&actor, &errand, P::CLASSES, Outcome::Released, &told)?);
            let at = access_log::write(tx.conn, &rows)?;
            Ok(done.map(|done| (done, at, changed)))
        };
        let written = self.writing(logged).await;
        if written.is_err() {
            self.leave_refused(&asked);
        }
        let ((mut reply, replayed), at, mut persons) = self.cited(written).await?;
        self.remember(&reply)?;
        reply.body = self.need.cover(reply.body, &reply.persons.0)?;
        persons.extend(distinct(&reply.persons.0));
        Ok(Released::of(reply, replayed).received(self.receipt(at, &persons)?))
    }

    /// Remembers which record was sent from elsewhere, if it was.
    fn remember(&self, reply: &Reply) -> Result<()> {
        #[derive(Deserialize)]
        struct Named {
            id: Uuid,
        }
        let source = self.request.extensions().get::<Source>().cloned();
        if let Some((joint, source)) = self.joint.as_ref().zip(source) {
            let named: Named = serde_json::from_slice(&reply.body).map_err(Error::internal)?;
            joint.remember(source, named.id);
        }
        Ok(())
    }

    /// The receipt for an answer about these persons whose entries were written at that moment.
    fn receipt(
        &self,
        at: Option<DateTime<Utc>>,
        persons: &BTreeSet<Person>,
    ) -> Result<Option<String>> {
        let Some(at) = at else { return Ok(None) };
        let said = self.errand.said(&self.actor, P::CLASSES);
        let Receipts { origin, key } = &self.platform.receipts;
        let receipt = Receipt::new(origin, at, self.errand.answer, &said, persons)?;
        Ok(Some(receipt.sign(key)))
    }

    /// The moment that counts as now.
    pub fn now(&self) -> DateTime<Utc> {
        let leaving = self.joint.as_ref().and_then(|joint| joint.leaving());
        leaving.unwrap_or_else(|| self.platform.clock.now())
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
        if !P::CLASSES.is_empty() {
            declared.headers.extend(purpose::HEADERS);
        }
    }
}

/// Whose token the request carries.
fn whoever_asks(req: &HttpRequest, platform: &Platform) -> Result<Arc<Actor>> {
    let now = platform.clock.now();
    let token = bearer(req).ok_or(Error::Unauthenticated)?;
    let caller = platform.verifier.caller(token, now)?;
    if platform.directory.is_stale() {
        return Err(Error::Busy);
    }
    let actor = platform.directory.find(&caller, now).ok_or(Error::Unauthenticated)?;
    count(req, &platform.limits, actor.id)?;
    Ok(actor)
}

fn grant<P: Permission>(req: &HttpRequest) -> Result<Access<P>> {
    let platform = platform(req)?;
    let joint = req.extensions().get::<Rc<Joint>>().cloned();
    let actor = match &joint {
        Some(joint) => Arc::clone(joint.actor()),
        None => whoever_asks(req, platform)?,
    };
    if !actor.permissions.contains(P::NAME) {
        return Err(Error::Forbidden(P::NAME));
    }
    // Who works with single persons takes no copies of lists about persons.
    let leaving = joint.as_ref().is_some_and(|joint| joint.leaving().is_some());
    if leaving && actor.most_persons.is_some() && !P::CLASSES.is_empty() {
        return Err(Error::TooManyPersons);
    }
    if let Some(limits) = platform.narrow_limits.get(P::NAME) {
        count(req, limits, actor.id)?;
    }
    refuse_unknown(req)?;
    if req.method() == actix_web::http::Method::POST {
        idempotency::key(req)?;
    }
    let operation = takes(req).map(|takes| takes.operation.as_str()).unwrap_or_default();
    let errand = Errand::of::<P>(req, &actor, operation)?;
    let need = Need::of::<P>(req, &actor)?;
    let (platform, request) = (platform.clone(), req.clone());
    Ok(Access { actor, need, errand, platform, request, joint, permission: PhantomData })
}

/// Counts the request, and leaves what the client has left for the headers of the answer.
fn count(req: &HttpRequest, limits: &Limits, client: Uuid) -> Result<()> {
    let counted = limits.count(client);
    if let Ok(Some(allowance)) | Err(allowance) = counted {
        req.extensions_mut().insert(allowance);
    }
    counted.map(drop).map_err(Error::RateLimited)
}

pub(super) fn platform(req: &HttpRequest) -> Result<&web::Data<Platform>> {
    req.app_data().ok_or_else(|| Error::internal("Platform must be app data"))
}

/// The one bearer token of the request: a second `Authorization` header is as good as none.
fn bearer(req: &HttpRequest) -> Option<&str> {
    let mut headers = req.headers().get_all(AUTHORIZATION);
    let (header, second) = (headers.next()?, headers.next());
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    (second.is_none() && scheme.eq_ignore_ascii_case("bearer")).then_some(token)
}

/// Arguments that begin with [`Access`] or [`Public`].
#[diagnostic::on_unimplemented(
    message = "this handler does not say who may call it",
    label = "its first argument must be `Access<…>` or `Public`, the others implement `Argument`"
)]
pub trait Guarded: FromRequest + 'static {
    /// Name of the permission that the handler needs.
    const PERMISSION: Option<&'static str>;
    /// What the handler answers.
    type Answer: Responder;
    fn declare(declared: &mut Declared);
}

macro_rules! guarded {
    ($($arg:ident)*) => {
        impl<P: Permission $(, $arg: Argument)*> Guarded for (Access<P>, $($arg,)*) {
            const PERMISSION: Option<&'static str> = Some(P::NAME);
            type Answer = Released;
            fn declare(declared: &mut Declared) {
                Access::<P>::declare(declared);
                $($arg::declare(declared);)*
            }
        }
        impl<$($arg: Argument),*> Guarded for (Public, $($arg,)*) {
            const PERMISSION: Option<&'static str> = None;
            type Answer = HttpResponse;
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
