//! One binary, so that the crate is linked once.
mod carers;
mod children;
mod cli;
mod facilities;
mod placements;
mod reference;
mod support;
