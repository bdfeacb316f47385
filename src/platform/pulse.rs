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
