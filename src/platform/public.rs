//! The guard of operations that anyone may call. It reaches no person.
use std::{
    future::{Ready, ready},
    rc::Rc,
};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, web};
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use uuid::Uuid;

use super::{
    access::{Platform, platform},
    error::{Error, Result},
    extract::{Argument, Declared},
    joint::Joint,
    operations::refuse_unknown,
    token::Verifier,
};

/// First argument of a handler that anyone may call.
pub struct Public {
    platform: web::Data<Platform>,
    /// The transaction that it shares with others, if it is a request of the service to itself.
    joint: Option<Rc<Joint>>,
}

impl Public {
    /// Runs a query in a read-only transaction.
    pub async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        match &self.joint {
            Some(joint) => joint.read("", query),
            None => self.platform.db.read(String::new(), query).await,
        }
    }

    /// Runs a query of the access log in a read-only transaction.
    pub async fn read_log<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        self.platform.log_db.read(String::new(), query).await
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

    /// What was measured last.
    pub fn readings(&self) -> String {
        self.platform.readings.text()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.platform.db.ping().await
    }

    /// The moment that counts as now.
    pub fn now(&self) -> DateTime<Utc> {
        let leaving = self.joint.as_ref().and_then(|joint| joint.leaving());
        leaving.unwrap_or_else(|| self.platform.clock.now())
    }
}

impl FromRequest for Public {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let joint = req.extensions().get::<Rc<Joint>>().cloned();
        let with = |()| Ok(Self { platform: platform(req)?.clone(), joint });
        ready(refuse_unknown(req).and_then(with))
    }
}

impl Argument for Public {
    fn declare(declared: &mut Declared) {
        declared.refusals.extend([400, 406, 500, 503]);
    }
}
