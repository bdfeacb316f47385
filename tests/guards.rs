//! What every operation refuses, gone through from the contract: nothing is written, nothing breaks.
mod bodies;
mod included;
mod lists;
mod past;
mod reads;
mod shapes;
mod turns;
mod versions;
