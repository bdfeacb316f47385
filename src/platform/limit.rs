//! How many requests a client may send: counted by each service for itself, and said in the headers of
//! draft-ietf-httpapi-ratelimit-headers.
use std::{num::NonZeroU32, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, MonotonicClock},
    middleware::{StateInformationMiddleware, StateSnapshot},
    state::keyed::HashMapStateStore,
};
use uuid::Uuid;

/// The window in which the requests are counted, in seconds.
const WINDOW: u32 = 60;

type Counter =
    RateLimiter<Uuid, HashMapStateStore<Uuid>, MonotonicClock, StateInformationMiddleware>;

/// Counts the requests of each client.
pub struct Limits {
    quota: u32,
    counter: Option<Counter>,
}

/// What a client has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Requests a minute.
    pub quota: u32,
    /// Requests that it may send at once.
    pub remaining: u32,
    /// Seconds until it may send all of them again, or one if it has none.
    pub reset: u32,
}

impl Limits {
    /// So many requests a minute for each client, all at once if it likes; any number if 0.
    #[must_use]
    pub fn new(quota: u32) -> Self {
        let counter = |most| {
            let quota = Quota::per_minute(most);
            RateLimiter::hashmap_with_clock(quota, MonotonicClock).with_middleware()
        };
        Self { quota, counter: NonZeroU32::new(quota).map(counter) }
    }

    /// Counts a request; `Err` if it is one too many. None if nothing is counted.
    pub fn count(&self, client: Uuid) -> Result<Option<Allowance>, Allowance> {
        let Some(counter) = &self.counter else { return Ok(None) };
        match counter.check_key(&client) {
            Ok(state) => Ok(Some(self.left(&state))),
            Err(early) => {
                let wait = early.wait_time_from(MonotonicClock.now());
                Err(Allowance { quota: self.quota, remaining: 0, reset: seconds(wait) })
            }
        }
    }

    fn left(&self, state: &StateSnapshot) -> Allowance {
        let remaining = state.remaining_burst_capacity().min(self.quota);
        let used = self.quota.saturating_sub(remaining);
        let reset = seconds(state.quota().replenish_interval().saturating_mul(used));
        Allowance { quota: self.quota, remaining, reset }
    }

    /// Forgets those who have sent nothing for a while.
    pub fn tidy(&self) {
        if let Some(counter) = &self.counter {
            counter.retain_recent();
        }
    }
}

impl Allowance {
    /// The header `RateLimit-Policy`.
    #[must_use]
    pub fn policy(&self) -> String {
        format!("\"client\";q={};w={WINDOW}", self.quota)
    }

    /// The header `RateLimit`.
    #[must_use]
    pub fn state(&self) -> String {
        format!("\"client\";r={};t={}", self.remaining, self.reset)
    }
}

/// Whole seconds, up.
fn seconds(time: Duration) -> u32 {
    let up = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
    u32::try_from(up).unwrap_or(u32::MAX)
}
