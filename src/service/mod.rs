//! The service itself: where things are, whether it is well, what it counts, what its codes mean.
mod routes;

pub use routes::{metrics_recorder, routes};
