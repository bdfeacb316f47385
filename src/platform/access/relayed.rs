//! What the service asks itself as the client. Answers that are put together from others are of one state of the
//! database, and leave block by block: each is in the access log before the block that holds it leaves. What writes is
//! one transaction.
use std::{rc::Rc, sync::Arc};

use actix_web::{http::Method, rt, web::Bytes};
use serde_json::Value;
use tokio::sync::mpsc::{self, Sender};

use super::{Access, Permission, streamed::LONGEST_READING};
use crate::platform::{
    desk::Desk,
    error::{Error, Result},
    inner::{Asked, Errands, Inner},
    joint::Joint,
    released::Released,
    stream::{AHEAD, Blocks},
};

/// How often what lost a race is written in all.
const ATTEMPTS: u32 = 5;

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
    pub async fn relay<W>(&self, desk: Desk, kind: &'static str, work: W) -> Result<Released>
    where
        W: AsyncFnOnce(&Relay) -> Result<()> + Send + 'static,
    {
        let turn = self.platform.db.turn()?;
        let (send, blocks) = mpsc::channel(AHEAD);
        let (platform, actor, errand) =
            (self.platform.clone(), self.actor.clone(), self.errand.clone());
        let client = send.clone();
        let all = async move |inner| {
            let _turn = turn;
            let joint = Joint::begin_leaving(&platform.db, actor, platform.clock.clone())?;
            let joint = Rc::new(joint);
            let errands = Errands::of(Rc::clone(&joint), errand);
            work(&Relay { inner, errands, client }).await?;
            joint.undo()
        };
        rt::spawn(async move {
            if let Err(error) = desk.run(all).await {
                let _ = send.send(Err(error)).await;
            }
        });
        Ok(Released::streamed(kind, Blocks::begun(blocks).await?))
    }

    /// Does what `work` asks of the service in one transaction, and keeps it; again if it loses a race.
    pub async fn write_through<W, T>(&self, desk: &Desk, work: W) -> Result<T>
    where
        W: AsyncFn(&Inner, &Errands) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (platform, actor, errand) =
            (self.platform.clone(), self.actor.clone(), self.errand.clone());
        let all = async move |inner| {
            let mut attempt = 1;
            loop {
                let (db, clock) = (&platform.db, platform.clock.clone());
                let joint = Rc::new(Joint::begin(db, Arc::clone(&actor), clock)?);
                let errands = Errands::of(Rc::clone(&joint), errand.clone());
                let done = work(&inner, &errands).await.and_then(|done| {
                    joint.keep()?;
                    Ok(done)
                });
                match done {
                    Err(Error::Busy) if attempt < ATTEMPTS => attempt += 1,
                    done => return done,
                }
            }
        };
        desk.write(all).await
    }
}
