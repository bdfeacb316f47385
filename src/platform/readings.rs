//! What is measured now and then, rather than counted as it happens: gauges beside the metrics.
use std::{
    fmt::Write as _,
    sync::{Arc, PoisonError, RwLock},
};

/// A measure of several things, each by its label.
#[derive(Debug, Clone)]
pub struct Gauge {
    pub name: &'static str,
    pub help: &'static str,
    pub label: &'static str,
    pub rows: Vec<(String, i64)>,
}

/// The gauges as they were read last. What is no longer there is gone from them.
#[derive(Debug, Clone, Default)]
pub struct Readings(Arc<RwLock<String>>);

impl Readings {
    /// Puts these in the place of all that were read before.
    pub fn replace(&self, gauges: &[Gauge]) {
        let mut text = String::new();
        for Gauge { name, help, label, rows } in gauges.iter().filter(|it| !it.rows.is_empty()) {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            for (value, reading) in rows {
                let _ = writeln!(text, "{name}{{{label}=\"{value}\"}} {reading}");
            }
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = text;
    }

    /// In the text format of Prometheus.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
