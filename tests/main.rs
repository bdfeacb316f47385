//! One binary, so that the crate is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    clippy::items_after_statements,
    reason = "a test that cannot go on fails, and fails here"
)]
mod carers;
mod children;
mod cli;
mod docs;
mod facilities;
mod placements;
mod readme;
mod reference;
mod support;
