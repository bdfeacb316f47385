//! How answers leave: masked, counted, in the log.
use std::collections::BTreeSet;

use diesel::PgConnection;
use serde::Serialize;

use super::{Access, Permission};
use crate::platform::{
    access_log::{Outcome, looks},
    db::Tx,
    disclosure::{self, Person, distinct},
    error::{Error, Result},
    http::Address,
    include::Including,
    journal::Subject,
    page::Paged,
    released::Released,
    trawling::Verdict,
    version::{IfNoneMatch, etag, etag_of_whole},
};

impl<P: Permission> Access<P> {
    /// Answers 200 with this value, as far as the client may be told of the persons in it.
    pub async fn release(&self, body: &impl Serialize) -> Result<Released> {
        let (body, persons) = self.told(body).await?;
        self.logged(body, &persons).await
    }

    /// What of this value the client may be told, and the persons whom it names.
    async fn told(&self, body: &impl Serialize) -> Result<(Vec<u8>, BTreeSet<Person>)> {
        let (body, persons) = disclosure::json(body)?;
        let body = self.covered(body, &persons).await?;
        Ok((body, distinct(&persons)))
    }

    /// The answer, once the log has every person whom it names.
    async fn logged(&self, body: Vec<u8>, persons: &BTreeSet<Person>) -> Result<Released> {
        if self.joint.as_ref().is_some_and(|joint| joint.leaving().is_none()) {
            // What the service reads for itself leaves nobody.
            return Ok(Released::json(body));
        }
        self.refuse_trawling(persons).await?;
        let looks = looks(&self.actor, &self.errand, P::CLASSES, Outcome::Released, persons)?;
        let at = self.platform.access_log.write(looks).await?;
        Ok(Released::json(body).received(self.receipt(at, persons)?))
    }

    async fn refuse_trawling(&self, persons: &BTreeSet<Person>) -> Result<()> {
        let Some(most) = self.actor.most_persons else { return Ok(()) };
        let (kind, now) = (self.need.counted(), self.now());
        match self.platform.trawling.count(self.actor.id, kind, persons, most, now) {
            Verdict::Fine => Ok(()),
            Verdict::TooMany { first } => {
                if first {
                    let platform = self.platform.clone();
                    let tell = move |tx: &mut Tx<'_>| (platform.alarm)(tx);
                    let settings = self.need.settings(now);
                    self.platform.db.write(settings, self.author(), now, tell).await?;
                }
                Err(Error::TooManyPersons)
            }
        }
    }

    async fn covered(&self, body: Vec<u8>, persons: &BTreeSet<Person>) -> Result<Vec<u8>> {
        let unknown = self.need.unknown(persons);
        let shelters = self.need.may_shelter(&body, persons);
        if !unknown.is_empty() || !shelters.is_empty() {
            let need = self.need.clone();
            let ask = move |conn: &mut PgConnection| {
                need.learn(conn, &unknown)?;
                need.learn_shelters(conn, shelters)
            };
            self.reading(ask).await?;
        }
        self.need.cover(body, persons)
    }

    /// Answers a page, with the address of the next one in `Link`.
    pub async fn release_page(&self, address: &Address, page: &impl Paged) -> Result<Released> {
        Ok(self.release(page).await?.linked(address.link(page)))
    }

    /// Answers 304 when the client holds this version, else the record with its tag.
    pub async fn release_record<T: Subject>(
        &self,
        held: &IfNoneMatch,
        record: &T,
    ) -> Result<Released> {
        let tag = etag(record);
        if held.fits(&tag) {
            return Ok(Released::not_modified(tag));
        }
        Ok(self.release(record).await?.tagged(&tag))
    }

    /// Answers a record; one of the past without a tag: what was is not changed.
    pub async fn release_at<T: Subject>(
        &self,
        is_past: bool,
        held: &IfNoneMatch,
        record: &T,
    ) -> Result<Released> {
        if is_past { self.release(record).await } else { self.release_record(held, record).await }
    }

    /// Answers a record with what was asked for of the lists under it. Its tag is that of the whole
    /// then, as the lists change without the record.
    pub async fn release_with<W: Including>(
        &self,
        is_past: bool,
        held: &IfNoneMatch,
        read: &W,
    ) -> Result<Released> {
        if !read.has_parts() {
            return self.release_at(is_past, held, read.record()).await;
        }
        let (body, persons) = self.told(read).await?;
        if is_past {
            return self.logged(body, &persons).await;
        }
        let tag = etag_of_whole(read.record(), &body);
        if held.fits(&tag) {
            return Ok(Released::not_modified(tag));
        }
        Ok(self.logged(body, &persons).await?.tagged(&tag))
    }
}
