//! A consumer that asks: where it is, and that this is kept without keeping it waiting.
use std::time::Duration;

use actix_web::rt::time::timeout;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};

use crate::{
    clients::ClientId,
    feed::{
        model::{Changes, ConsumerId, Cursor},
        permission::ReadChanges,
        store::progress::{self, Follower},
    },
    platform::{
        access::Access,
        copies::Copies,
        disclosure::AboutAll,
        error::{Error, Result},
    },
};

/// How long a reader waits at most until it is kept where it is: what is not kept now, is with its next request.
const PATIENCE: Duration = Duration::from_millis(100);

/// A consumer of the caller's, with the kinds that it follows.
pub(super) struct Following {
    pub row: Follower,
    pub kinds: Vec<String>,
}

impl Following {
    pub async fn of(access: &Access<ReadChanges>, id: ConsumerId) -> Result<Self> {
        let client = ClientId::from_untyped(access.actor.id);
        let found = access.read(move |conn| progress::follower(conn, client, id)).await;
        found.map(|(row, kinds)| Self { row, kinds })
    }

    /// Keeps from where it asked for this page, or that its copy has ended, if that is to be kept.
    pub async fn keep(
        self,
        access: &Access<ReadChanges>,
        copies: &Copies,
        page: Result<&AboutAll<Changes>, &Error>,
    ) {
        let (id, now) = (self.row.id, access.now());
        let kept = match page {
            Ok(AboutAll(_, page)) => {
                let Ok(next) = Cursor::read(&page.next_cursor) else { return };
                let from = Cursor { position: page.from, ..next };
                if !self.row.is_due(&from, page.to == page.head, now) {
                    return;
                }
                let keep = access.deposit(move |tx| progress::keep(tx.conn, id, &from, now));
                timeout(PATIENCE, keep).await
            }
            Err(Error::CopyEnded(_)) => {
                let scope = BASE64.encode(copies.fingerprint());
                if self.row.cursor().is_none_or(|known| known.scope == scope) {
                    return;
                }
                let keep = access.deposit(move |tx| progress::turn_away(tx.conn, id));
                timeout(PATIENCE, keep).await
            }
            Err(_) => return,
        };
        if !matches!(kept, Ok(Ok(()))) {
            log::debug!("where a consumer is was not kept");
        }
    }
}
