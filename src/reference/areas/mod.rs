//! Areas: a tree of country, regions, districts and municipalities, and how many children live there.
mod model;
mod routes;
pub mod store;

pub use model::{
    Area, AreaId, AreaLevel, AreaPage, NewArea, NewPopulations, Population, PopulationSex,
};
pub use routes::routes;
pub use store::{Tree, check, find, subtree, subtrees};
