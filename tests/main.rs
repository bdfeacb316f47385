//! One binary, so that the crate is linked once.
mod facilities;
mod reference;
mod support;
