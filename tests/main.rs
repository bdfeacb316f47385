//! One binary, so that the crate is linked once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::too_many_lines,
    clippy::items_after_statements,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails, and fails here"
)]
mod architecture;
mod assessments;
mod care_plans;
mod carers;
mod cases;
mod children;
mod cli;
mod clients;
mod contact;
mod contract;
mod court_cases;
mod crash;
mod deadlines;
mod docs;
mod exports;
mod external_ids;
mod facilities;
mod families;
mod feed;
mod guards;
mod idempotency;
mod imports;
mod incidents;
mod keeper;
mod lists;
mod log;
mod matching;
mod merges;
mod migrations;
mod parameters;
mod placements;
mod readme;
mod reference;
mod reviews;
mod rules;
mod seed;
mod service;
mod ssda903;
mod support;
mod tokens;
mod transactions;
mod transfers;
mod transformations;
mod trust;
mod vault;
mod visits;
mod webhooks;
