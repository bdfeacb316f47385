//! Where the service asks itself: so many writes at once, each to its end.
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use futures_util::{
    FutureExt as _,
    future::{join, join_all},
};
use kinstead::{platform::desk::Desk, server::making};
use tokio::sync::{
    Semaphore,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::support::World;

/// Writes that begin, tell so, and end when they may.
struct Writes {
    desk: Desk,
    at_once: Arc<AtomicUsize>,
    tell: UnboundedSender<usize>,
    end: Arc<Semaphore>,
}

impl Writes {
    /// They tell how many are at it, with themselves.
    fn of(world: &World, most: usize) -> (Self, UnboundedReceiver<usize>) {
        let parts = &world.parts;
        let making = making(&parts.platform, &parts.base_url, &parts.operations);
        let (tell, told) = unbounded_channel();
        let (at_once, end) = (Arc::default(), Arc::new(Semaphore::new(0)));
        (Self { desk: Desk::new(making, most), at_once, tell, end }, told)
    }

    async fn one(&self) {
        let (at_once, tell, end) =
            (Arc::clone(&self.at_once), self.tell.clone(), Arc::clone(&self.end));
        let write = async move |_| {
            tell.send(at_once.fetch_add(1, SeqCst) + 1).unwrap();
            end.acquire().await.unwrap().forget();
            at_once.fetch_sub(1, SeqCst);
            Ok(())
        };
        self.desk.write(write).await.unwrap();
    }
}

#[actix_web::test]
async fn so_many_writes_are_done_at_once() {
    let world = World::new().await;
    let (writes, mut told) = Writes::of(&world, 2);
    let most = async {
        let mut most = 0;
        for begun in 0..8 {
            most = most.max(told.recv().await.unwrap());
            // Nothing ends before two have begun.
            if begun > 0 {
                writes.end.add_permits(1);
            }
        }
        writes.end.add_permits(1);
        most
    };
    let (_, most) = join(join_all((0..8).map(|_| writes.one())), most).await;
    assert_eq!(most, 2);
}

#[actix_web::test]
async fn a_write_keeps_its_turn_though_whoever_asked_hangs_up() {
    let world = World::new().await;
    let (writes, mut told) = Writes::of(&world, 1);
    let mut asked = Box::pin(writes.one());
    assert!(asked.as_mut().now_or_never().is_none());
    assert_eq!(told.recv().await, Some(1));
    drop(asked);
    let mut next = Box::pin(writes.one());
    assert!(next.as_mut().now_or_never().is_none());
    writes.end.add_permits(1);
    let (begun, ()) = join(
        async {
            let begun = told.recv().await;
            writes.end.add_permits(1);
            begun
        },
        next,
    )
    .await;
    assert_eq!(begun, Some(1), "one after the other");
}
