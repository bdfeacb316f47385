//! Answers that are put together from others: the service asks itself as the client, in one state of the database,
//! and what it is answered leaves block by block. Each answer is in the access log before the block that holds it leaves.
use std::rc::Rc;

use actix_web::{
    http::Method,
    rt::{self, Runtime},
    web::{self, Bytes},
};
use serde_json::Value;
use tokio::sync::mpsc::{self, Sender};

use super::{Access, Permission, streamed::LONGEST_READING};
use crate::platform::{
    error::{Error, Result},
    inner::{Asked, Errands, Inner, Making},
    joint::Joint,
    released::Released,
    stream::{AHEAD, Blocks},
};

/// The way from the service to itself, and to the client.
pub struct Relay {
    inner: Inner,
    errands: Errands,
    client: Sender<Result<Bytes>>,
}

impl Relay {
    /// What the client is answered at this address.
    pub async fn read(&self, address: &str) -> Result<Value> {
        let (method, path) = (Method::GET, address);
        let asked = Asked { method, path, seen: None, body: None, source: None };
        let answer = self.inner.ask(&self.errands, asked).await?;
        if answer.status == 200 { Ok(answer.body) } else { Err(Error::relayed(answer.body)) }
    }

    /// Sends a block. Fails if the client hung up, or does not read.
    pub async fn send(&self, block: Vec<u8>) -> Result<()> {
        let sent = self.client.send_timeout(Ok(block.into()), LONGEST_READING).await;
        sent.map_err(|_| Error::Busy)
    }
}

impl<P: Permission> Access<P> {
    /// Answers what `work` sends. What is refused before the first block is a problem; what goes wrong later ends
    /// the answer without its end.
    pub async fn relay<W>(&self, making: Making, kind: &'static str, work: W) -> Result<Released>
    where
        W: AsyncFnOnce(&Relay) -> Result<()> + Send + 'static,
    {
        let turn = self.platform.db.turn()?;
        let (send, blocks) = mpsc::channel(AHEAD);
        let (platform, actor, errand) =
            (self.platform.clone(), self.actor.clone(), self.errand.clone());
        let client = send.clone();
        // On a thread of its own: what shares a transaction waits for the database where it is.
        let run = move || {
            let _turn = turn;
            let joint = Joint::begin_leaving(&platform.db, actor, platform.clock.clone())?;
            let all = async move {
                let (joint, request_id) = (Rc::new(joint), errand.request_id);
                let (purpose, on_behalf_of, legal_basis) =
                    (errand.purpose, errand.on_behalf_of, errand.legal_basis);
                let own = Rc::clone(&joint);
                let errands =
                    Errands { joint: own, purpose, on_behalf_of, legal_basis, request_id };
                let inner = making.make().await?;
                work(&Relay { inner, errands, client }).await?;
                joint.undo()
            };
            Runtime::new().map_err(Error::internal)?.block_on(all)
        };
        rt::spawn(async move {
            let broken = |_| Error::internal("an answer broke off");
            if let Err(error) = web::block(run).await.map_err(broken).and_then(|done| done) {
                let _ = send.send(Err(error)).await;
            }
        });
        Ok(Released::streamed(kind, Blocks::begun(blocks).await?))
    }
}
