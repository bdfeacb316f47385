//! Reads that take long.
use std::sync::Arc;

use diesel::PgConnection;
use tokio::sync::OwnedSemaphorePermit;

use super::{Db, Held};
use crate::platform::error::{Error, Result};

impl Db {
    /// A connection for work that holds it for long, on this thread.
    pub(in crate::platform) fn hold(&self) -> Result<Held> {
        self.connection()
    }

    /// One of those turns that are there for what holds a connection for long.
    pub(in crate::platform) fn turn(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.long).try_acquire_owned().map_err(|_| Error::Busy)
    }

    /// As [`read`](Self::read), and takes so long that a quarter of the connections may be used so: who
    /// comes when they are has to come again.
    pub(in crate::platform) async fn read_long<T, F>(&self, reach: String, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut PgConnection) -> Result<T> + Send + 'static,
    {
        let turn = self.turn()?;
        let query = move |conn: &mut PgConnection| {
            let _turn = turn;
            query(conn)
        };
        self.read(reach, query).await
    }
}
