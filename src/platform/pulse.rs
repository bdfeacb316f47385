//! The pulse of the registry: wakes those who wait for something to change.
use std::time::Duration;

use tokio::sync::watch;

/// The place of the last change that everybody may be told of.
#[derive(Debug, Clone)]
pub struct Pulse(watch::Sender<i64>);

impl Default for Pulse {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Pulse {
    /// Tells of the last change.
    pub fn beat(&self, last: i64) {
        self.0.send_if_modified(|known| std::mem::replace(known, last) != last);
    }

    /// Returns when there is a change after that place, or nothing has happened for so long.
    pub async fn passes(&self, place: i64, patience: Duration) {
        let mut beats = self.0.subscribe();
        // Whether it came or not: who waited looks for itself.
        let _ = tokio::time::timeout(patience, beats.wait_for(|last| *last > place)).await;
    }
}

/// How long to rest after a look that found nothing: at least so long, and twice as long as it took. A look at an
/// inbox passes over every row that is not committed yet, which are very many while a large import is tried.
#[must_use]
pub fn rest(least: Duration, look: Duration) -> Duration {
    least.max(look * 2)
}

#[cfg(test)]
mod tests {
    #[test]
    fn whoever_looks_long_rests_longer() {
        let [short, long] = [1, 500].map(std::time::Duration::from_millis);
        assert_eq!(super::rest(long, short), long);
        assert_eq!(super::rest(short, long), long * 2);
    }
}
