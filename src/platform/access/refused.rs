//! What becomes of a refusal before it is answered. Of a look that was refused because the client does not
//! reach the person the log tells the person, and the client is told nothing; a rule is cited.
use std::collections::BTreeSet;

use super::{Access, Outcome, Permission, Person, looks};
use crate::platform::error::{Error, Result};

impl<P: Permission> Access<P> {
    /// Leaves a look that was refused to the access log. The answer does not wait for it: it holds nothing,
    /// and comes as soon as that about somebody who is not there.
    pub(super) fn leave_refused(&self, named: &BTreeSet<Person>) {
        let barred = self.need.barred(named);
        if barred.is_empty() {
            return;
        }
        // What opens no data of persons asks for no purpose, and is no look.
        if let Ok(looks) = looks(&self.actor, &self.errand, P::CLASSES, Outcome::Refused, &barred) {
            self.platform.access_log.leave(looks);
        }
    }

    /// Adds to a refusal by a rule what the catalogue says of the rule now, unless it was judged by a
    /// version of it.
    pub(super) async fn cited<T>(&self, done: Result<T>) -> Result<T> {
        let mut refusal = match done {
            Err(Error::Rule(refusal)) if refusal.cited.is_none() => refusal,
            done => return done,
        };
        let (platform, rule, now) = (self.platform.clone(), refusal.rule.clone(), self.now());
        let asked = self.platform.db.work(move |conn| (platform.catalogue)(conn, &rule, now));
        refusal.cited = asked.await?.map(Box::new);
        Err(Error::Rule(refusal))
    }
}
