//! Changes that are taken back in any case: what they would come to is asked, and nothing is kept.
use std::collections::BTreeSet;

use actix_web::HttpMessage as _;

use super::{Access, Permission};
use crate::platform::{db::Tx, disclosure::Person, error::Result, extract::Named};

impl<P: Permission> Access<P> {
    /// Runs a change that is taken back in any case, and says what it would have come to.
    pub async fn rehearse<T, F>(&self, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (need, named) = (self.need.clone(), self.named());
        let asked = named.clone();
        let admitted = move |tx: &mut Tx<'_>| {
            need.admit(tx.conn, &named)?;
            tx.need = Some(need.clone());
            change(tx).map_err(|error| need.refusal(error, &named))
        };
        let (settings, now) = (self.need.change_settings(self.now()), self.now());
        let said = match &self.joint {
            Some(joint) => joint.rehearse(&settings, &self.author(), now, admitted),
            None => self.platform.db.rehearse(settings, self.author(), now, admitted).await,
        };
        if said.is_err() {
            self.leave_refused(&asked);
        }
        self.cited(said).await
    }

    /// Those whom the request names.
    pub(super) fn named(&self) -> BTreeSet<Person> {
        let named = self.request.extensions().get::<Named>().map(|named| named.0.clone());
        named.unwrap_or_default()
    }
}
