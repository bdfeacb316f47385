//! Placements: steps end to end, edge cases by name, races, and random histories against a model.
mod adoptions;
mod constraints;
mod corrections;
mod edges;
mod histories;
mod model;
mod past;
mod races;
mod refusals;
mod returns;
mod rooms;
mod steps;
mod whereabouts;
