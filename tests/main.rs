//! One binary, so that the crate is linked once.
mod reference;
mod support;
