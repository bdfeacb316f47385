//! Answers of very many lines, sent block by block: each leaves once the log has whom it names.
use std::{
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};
use tokio::sync::mpsc::Receiver;

use super::error::{Error, Result};

/// Blocks that wait for the client: whoever reads slowly holds no more in memory.
pub(super) const AHEAD: usize = 2;

/// The blocks of an answer, as they come.
pub(super) struct Blocks {
    first: Option<Bytes>,
    next: Receiver<Result<Bytes>>,
}

impl Blocks {
    /// Waits for the first block: what is refused is refused before anything was sent.
    pub async fn begun(mut next: Receiver<Result<Bytes>>) -> Result<Self> {
        let first = next.recv().await.transpose()?;
        Ok(Self { first, next })
    }
}

impl MessageBody for Blocks {
    type Error = Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    /// A block that fails ends the answer without its end, so that nobody takes it for whole.
    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(Ok(first))),
            None => self.next.poll_recv(context),
        }
    }
}
