//! Where queries and changes run: in a transaction of their own, or in one that the request shares.
use diesel::PgConnection;

use super::{Access, Permission};
use crate::platform::{db::Tx, error::Result, journal::Recorded, purpose::Errand};

impl<P: Permission> Access<P> {
    /// What the client asks for.
    pub fn errand(&self) -> &Errand {
        &self.errand
    }

    /// Keeps what is no record: a part of something that is still coming, or how far somebody is.
    pub async fn deposit<F>(&self, work: F) -> Result<()>
    where
        F: Fn(&mut Tx<'_>) -> Result<()> + Send + 'static,
    {
        self.writing(move |tx| work(tx).map(Recorded::before)).await
    }

    pub(super) async fn reading<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        let settings = self.need.settings(self.now());
        match &self.joint {
            Some(joint) => joint.read(&settings, query),
            None => self.platform.db.read(settings, query).await,
        }
    }

    pub(super) async fn writing<T, F>(&self, change: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<Recorded<T>> + Send + 'static,
    {
        let (settings, now) = (self.need.change_settings(self.now()), self.now());
        match &self.joint {
            Some(joint) => joint.write(&settings, &self.author(), now, change),
            None => self.platform.db.write(settings, self.author(), now, change).await,
        }
    }
}
