//! What a return is: its files, its codes, its year, and what can be wrong with it. No SQL, no clock.
mod codes;
pub mod csv;
mod fault;
mod table;
mod year;

pub use codes::{Codes, Crosswalk, Nearest};
pub use fault::Fault;
pub use table::{
    Ad1, DoLo, Episode, Header, Missing, Oc2, Oc3, PlacedAdoption, PrevPerm, Record, Return,
    Review, SwEpisode, Table, Uasc,
};
pub use year::{Year, read_day, write_day, write_some};
