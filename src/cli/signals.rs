//! Ctrl-C and SIGTERM: they stop a server in good order, and break off all other work on a database.
use std::{
    future::poll_fn,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    thread,
};

use kinstead::platform::embedded::Stopper;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use super::failure::Failure;

/// Hears the signals from the moment it is made.
#[derive(Clone)]
pub struct Signals {
    told: watch::Receiver<bool>,
    breaks: Arc<Mutex<Option<Stopper>>>,
}

impl Signals {
    pub fn listen() -> Result<Self, Failure> {
        let (tell, told) = watch::channel(false);
        let breaks: Arc<Mutex<Option<Stopper>>> = Arc::default();
        let stopper = Arc::clone(&breaks);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut interrupt, mut terminate) = {
            let _inside = runtime.enter();
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
        };
        thread::spawn(move || {
            runtime.block_on(poll_fn(|context| {
                let came = [&mut interrupt, &mut terminate].map(|one| one.poll_recv(context));
                if came.iter().any(Poll::is_ready) { Poll::Ready(()) } else { Poll::Pending }
            }));
            let stopper = stopper.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = tell.send(true);
            if let Some(stopper) = &*stopper {
                stopper.stop();
            }
        });
        Ok(Self { told, breaks })
    }

    /// From now on a signal stops this database, so that the work on it breaks off.
    pub fn break_off(&self, database: Option<Stopper>) -> Result<(), Failure> {
        *self.breaks.lock().unwrap_or_else(PoisonError::into_inner) = database;
        self.check()
    }

    /// From now on a signal is left to whoever waits for [`told`](Self::told).
    pub fn leave_to_server(&self) -> Result<(), Failure> {
        self.break_off(None)
    }

    /// Fails if a signal has come.
    pub fn check(&self) -> Result<(), Failure> {
        if *self.told.borrow() {
            return Err(Failure::Failed("stopped before it was done".to_owned()));
        }
        Ok(())
    }

    /// Waits for a signal.
    pub fn told(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut told = self.told.clone();
        async move {
            let _ = told.wait_for(|told| *told).await;
        }
    }
}
