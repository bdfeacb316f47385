//! Looks that were refused because the client does not reach the person: the log tells the person, and the
//! client is told nothing.
use std::collections::BTreeSet;

use super::{Access, Outcome, Permission, Person, looks};

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
}
