//! Threads on which the service asks itself. To make the service takes a while: each of them makes it once, and does
//! one errand after another.
use std::{
    future::{Future, Ready, ready},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        mpsc::{Sender, channel},
    },
    thread,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, rt::Runtime};
use tokio::sync::{Semaphore, oneshot};

use super::{
    error::{Error, Result},
    extract::{Argument, Declared},
    inner::{Inner, Making},
};

/// Threads that wait for their next errand; others end with theirs.
const RESTING: usize = 2;

type Job = Box<dyn FnOnce(Result<Inner>) -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// Where the service asks itself: one for all threads of a server.
#[derive(Clone)]
pub struct Desk(Arc<Threads>);

struct Threads {
    making: Making,
    resting: Mutex<Vec<Sender<Job>>>,
    /// How many writes are done at once.
    writes: Arc<Semaphore>,
}

impl Desk {
    /// One that does so many writes at once.
    pub fn new(making: Making, writes: usize) -> Self {
        let writes = Arc::new(Semaphore::new(writes));
        Self(Arc::new(Threads { making, resting: Mutex::default(), writes }))
    }

    /// Does some work on such a thread: it may wait there for the database.
    pub async fn run<T, W, F>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(Inner) -> F + Send + 'static,
        F: Future<Output = Result<T>>,
    {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |inner| {
            Box::pin(async move {
                let done = match inner {
                    Ok(inner) => work(inner).await,
                    Err(error) => Err(error),
                };
                // Whoever asked may have hung up: it is done nevertheless.
                let _ = tell.send(done);
            })
        });
        self.0.give(job)?;
        told.await.unwrap_or_else(|_| Err(Error::internal("an errand broke off")))
    }

    /// Likewise for work that writes, when it is its turn.
    pub async fn write<T, W, F>(&self, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(Inner) -> F + Send + 'static,
        F: Future<Output = Result<T>>,
    {
        let turn = Arc::clone(&self.0.writes).acquire_owned().await.map_err(Error::internal)?;
        // It keeps its turn to its end, though whoever asked hangs up.
        let held = async move |inner| {
            let _turn = turn;
            work(inner).await
        };
        self.run(held).await
    }
}

impl Threads {
    fn resting(&self) -> std::sync::MutexGuard<'_, Vec<Sender<Job>>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a job to a thread that rests, or to a new one.
    fn give(self: &Arc<Self>, mut job: Job) -> Result<()> {
        loop {
            let Some(thread) = self.resting().pop() else { break };
            match thread.send(job) {
                Ok(()) => return Ok(()),
                Err(unsent) => job = unsent.0,
            }
        }
        let threads = Arc::downgrade(self);
        let spawned = thread::Builder::new().spawn(move || work(&threads, job));
        spawned.map(drop).map_err(Error::internal)
    }
}

/// What a thread does until nobody needs it.
fn work(threads: &Weak<Threads>, mut job: Job) {
    let Ok(runtime) = Runtime::new() else { return };
    let mut made: Option<Inner> = None;
    loop {
        let Some(all) = threads.upgrade() else { return };
        runtime.block_on(async {
            let inner = match &made {
                Some(inner) => Ok(inner.clone()),
                None => all.making.make().await,
            };
            made = inner.as_ref().ok().cloned();
            job(inner).await;
        });
        let (send, jobs) = channel();
        {
            let mut resting = all.resting();
            if resting.len() >= RESTING {
                return;
            }
            resting.push(send);
        }
        drop(all);
        match jobs.recv() {
            Ok(next) => job = next,
            Err(_) => return,
        }
    }
}

impl FromRequest for Desk {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let desk = req.app_data::<Self>().cloned();
        ready(desk.ok_or_else(|| Error::internal("Desk must be app data")))
    }
}

impl Argument for Desk {
    fn declare(_: &mut Declared) {}
}
