//! One endpoint's turn: it follows the feed, and is sent some of what is due.
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::Office;
use crate::{
    feed::{self, permission::ReadChanges},
    platform::{
        error::{Error, Result},
        send::{self, SendOutcome, Sent},
        telling::Telling,
    },
    webhooks::{
        model::{
            DeliveryState, DisabledReason, WebhookEndpoint, WebhookEndpointId, delay, earliest,
        },
        store::{
            self,
            deliveries::{self, After, Due},
            progress::{self, Progress},
        },
    },
};

/// Messages in a turn.
const MOST: usize = 20;
/// Events that are taken from the feed at a time.
const TOGETHER: i64 = 200;
/// An endpoint that so much waits for follows the feed no farther for now: the feed keeps it.
const BACKLOG: i64 = 1000;
/// Who takes longer than this to answer is slow.
const SLOW: Duration = Duration::from_secs(1);
/// How long a client that may not act is left alone before it is looked again.
const ASLEEP: TimeDelta = TimeDelta::seconds(30);
/// How long an endpoint is left alone after its turn broke off, and while too much waits for it.
const REST: TimeDelta = TimeDelta::seconds(5);
/// Operation of the contract, in its section of webhooks.
const OPERATION: &str = "receiveChange";

/// How a turn went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    Quick,
    Slow,
    /// Nothing was sent.
    Idle,
}

type Teller<'o> = Telling<'o, ReadChanges>;

/// A message, as Standard Webhooks has it.
#[derive(Serialize)]
struct Message<'m, T> {
    #[serde(rename = "type")]
    event: &'m str,
    timestamp: DateTime<Utc>,
    data: T,
}

/// What a message tells that tells of no event.
#[derive(Serialize)]
struct About {
    endpoint_id: WebhookEndpointId,
}

impl Office {
    /// One endpoint's turn, unless another service is at it.
    pub(super) fn turn(&self, id: WebhookEndpointId) -> Result<Pace> {
        if !self.take(id)? {
            return Ok(Pace::Idle);
        }
        let pace = self.serve(id);
        if pace.is_err() {
            let later = self.now() + REST;
            self.put_off(id, later)?;
        }
        self.db.background(|conn| progress::leave(conn, id, self.id))?;
        pace
    }

    fn now(&self) -> DateTime<Utc> {
        self.platform.clock.now()
    }

    fn take(&self, id: WebhookEndpointId) -> Result<bool> {
        let now = self.now();
        self.db.background(|conn| progress::take(conn, id, self.id, now))
    }

    fn serve(&self, id: WebhookEndpointId) -> Result<Pace> {
        let mut pace = Pace::Idle;
        for _ in 0..MOST {
            let now = self.now();
            let Some(endpoint) = self.db.background(|conn| store::active(conn, id))? else {
                return Ok(pace);
            };
            // Asked anew for each message: whoever was revoked meanwhile is sent no more.
            let asked = Teller::to(&self.platform, endpoint.client_id.untyped(), now);
            let asked = asked.and_then(|teller| {
                let purpose = teller.purpose(endpoint.purpose.as_deref())?;
                Ok((teller, purpose))
            });
            let (teller, purpose) = match asked {
                Ok(asked) => asked,
                Err(Error::Busy) => return Err(Error::Busy),
                Err(_) => return self.put_off(id, now + ASLEEP).map(|()| pace),
            };
            if !self.take(id)? {
                return Ok(pace);
            }
            let follows = self.follow(&endpoint, &teller, now)?;
            let Some(due) = self.db.background(|conn| deliveries::next(conn, id, now))? else {
                return if follows {
                    Ok(pace)
                } else {
                    self.put_off(id, now + REST).map(|()| pace)
                };
            };
            let Some(sent) = self.deliver(&endpoint, &teller, (&due, &purpose))? else { continue };
            if sent.outcome != SendOutcome::Success || sent.took > SLOW {
                return Ok(Pace::Slow);
            }
            pace = Pace::Quick;
        }
        Ok(pace)
    }

    fn put_off(&self, id: WebhookEndpointId, until: DateTime<Utc>) -> Result<()> {
        self.db.background(|conn| progress::hold(conn, id, until))
    }

    /// Makes deliveries of what the feed tells the client: what was to be told once more, and what is new. Not
    /// while too much waits already: says so.
    fn follow(
        &self,
        endpoint: &WebhookEndpoint,
        teller: &Teller<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let id = endpoint.id;
        let (at, waiting) = self
            .db
            .background(|conn| Ok((progress::find(conn, id)?, deliveries::waiting(conn, id)?)))?;
        if waiting >= BACKLOG {
            return Ok(false);
        }
        if let Some((after, to)) = at.replay_after.zip(at.replay_to) {
            return self.replay(endpoint, teller, &at, (after, to, now)).map(|()| true);
        }
        let Some((events, to)) = self.page(endpoint, teller, &at, (at.position, now))? else {
            return Ok(true);
        };
        if to == at.position {
            return Ok(true);
        }
        self.db.background(|conn| {
            // Both or neither: nothing is passed over, and nothing told twice, whenever it ends.
            if progress::advance(conn, id, &at, to)? {
                deliveries::add(conn, id, at.epoch, &events, (now, false))?;
            }
            Ok(true)
        })
    }

    fn replay(
        &self,
        endpoint: &WebhookEndpoint,
        teller: &Teller<'_>,
        at: &Progress,
        (after, last, now): (i64, i64, DateTime<Utc>),
    ) -> Result<()> {
        let Some((mut events, to)) = self.page(endpoint, teller, at, (after, now))? else {
            return Ok(());
        };
        events.retain(|event| event.position <= last);
        self.db.background(|conn| {
            deliveries::add(conn, endpoint.id, at.epoch, &events, (now, true))?;
            progress::replayed(conn, endpoint.id, to.min(last))
        })
    }

    /// What the feed tells the client after a place, and up to where that is all; nothing, if the copy cannot go
    /// on from there. Then it begins anew, and is told so.
    fn page(
        &self,
        endpoint: &WebhookEndpoint,
        teller: &Teller<'_>,
        at: &Progress,
        (after, now): (i64, DateTime<Utc>),
    ) -> Result<Option<(Vec<feed::ChangeEvent>, i64)>> {
        let copies = teller.copies()?;
        let wanted = |kind: &&'static str| {
            endpoint.kinds.is_empty() || endpoint.kinds.iter().any(|known| known == kind)
        };
        let kinds: Vec<&'static str> = copies.kinds().into_iter().filter(wanted).collect();
        let cursor = at.cursor(after);
        let page =
            teller.read(|conn| feed::store::page(conn, &copies, Some(&cursor), &kinds, TOGETHER));
        match page {
            Ok(page) => Ok(Some((page.1.data, page.1.to))),
            Err(Error::CopyEnded(_)) => {
                let head = teller.read(|conn| feed::store::head(conn, &copies))?;
                self.db.background(|conn| {
                    progress::begin_anew(conn, endpoint.id, &head)?;
                    deliveries::withhold_others(conn, endpoint.id, head.epoch, now)?;
                    deliveries::add_other(conn, endpoint.id, deliveries::COPY_ENDED, now).map(drop)
                })?;
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Tries a delivery; nothing comes of it if the client may not know of it any more.
    fn deliver(
        &self,
        endpoint: &WebhookEndpoint,
        teller: &Teller<'_>,
        (due, purpose): (&Due, &str),
    ) -> Result<Option<Sent>> {
        let at = self.now();
        // Whom nobody may call is told nothing, in the access log either.
        let target = self.platform.targets.parse(&endpoint.url);
        let reached = target.and_then(|target| {
            let addresses = self.platform.targets.resolve(&target)?;
            Ok((target, addresses))
        });
        let sent = match reached {
            Err(refused) => Sent::nothing(refused.outcome()),
            Ok((target, addresses)) => {
                let Some(body) = Self::body(teller, purpose, due)? else {
                    let id = due.id;
                    return self
                        .db
                        .background(|conn| deliveries::withhold(conn, id, at))
                        .map(|()| None);
                };
                let (id, sent_at) = (due.id.to_string(), at.timestamp());
                let signers = self.db.background(|conn| store::signers(conn, endpoint.id, at))?;
                let signed: Vec<String> =
                    signers.iter().filter_map(|it| it.sign(&id, sent_at, &body)).collect();
                let (stamp, signatures) = (sent_at.to_string(), signed.join(" "));
                let headers = [
                    ("webhook-id", id.as_str()),
                    ("webhook-timestamp", &stamp),
                    ("webhook-signature", &signatures),
                ];
                send::post(&target, &addresses, &headers, &body, self.patience)
            }
        };
        self.keep(endpoint, due, at, &sent)?;
        Ok(Some(sent))
    }

    /// The text of a message, once the access log has everybody whom it names.
    fn body(teller: &Teller<'_>, purpose: &str, due: &Due) -> Result<Option<Vec<u8>>> {
        let said = due.id.to_string();
        let said = (OPERATION, said.as_str());
        let Some(place) = due.epoch.zip(due.position) else {
            let data = About { endpoint_id: due.endpoint_id };
            let message = Message { event: &due.event, timestamp: due.made_at, data };
            return teller.release(purpose, said, &message).map(Some);
        };
        let copies = teller.copies()?;
        let told = teller.read(|conn| feed::store::at(conn, &copies, place))?;
        // What it tells may have become something else, such as that somebody is out of reach.
        let Some(told) = told else { return Ok(None) };
        let event = deliveries::event_type(&told.1);
        let message = Message { event: &event, timestamp: told.1.recorded_at, data: told };
        teller.release(purpose, said, &message).map(Some)
    }

    /// Keeps what came of an attempt, and does what follows from it.
    fn keep(
        &self,
        endpoint: &WebhookEndpoint,
        due: &Due,
        at: DateTime<Utc>,
        sent: &Sent,
    ) -> Result<()> {
        count(sent.outcome);
        let now = self.now();
        let tries = usize::try_from(due.tries).unwrap_or_default() + 1;
        let put_off =
            sent.retry_after.as_deref().filter(|_| matches!(sent.status, Some(429 | 503)));
        let put_off = put_off.and_then(|text| earliest(text, now));
        let next = delay(tries, rand::random_range(0..1000)).map(|pause| now + pause);
        let (after, over) = match (sent.outcome, sent.status, next) {
            (SendOutcome::Success, ..) => (After::Ended(DeliveryState::Delivered), None),
            (_, Some(410), _) => (After::Ended(DeliveryState::Failed), Some(DisabledReason::Gone)),
            (_, _, Some(next)) => {
                (After::Again(put_off.map_or(next, |until| until.max(next))), None)
            }
            (_, _, None) => {
                (After::Ended(DeliveryState::Failed), Some(DisabledReason::AttemptsFailed))
            }
        };
        self.db.maintain(now, |tx| {
            deliveries::tried(tx.conn, due, at, sent, after)?;
            if let Some(until) = put_off {
                progress::hold(tx.conn, endpoint.id, until)?;
            }
            over.map_or(Ok(()), |reason| store::disable(tx, endpoint.id, reason))
        })?;
        if let Some(reason) = over {
            metrics::counter!("webhook_endpoints_disabled_total", "reason" => reason.as_str())
                .increment(1);
            log::error!("the webhook endpoint {} was disabled: {}", endpoint.id, reason.as_str());
        }
        Ok(())
    }
}

fn count(outcome: SendOutcome) {
    metrics::counter!("webhook_attempts_total", "outcome" => outcome.as_str()).increment(1);
}
