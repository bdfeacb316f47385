//! SSDA903: England's return of looked-after children, as files.
//!
//! A **return** tells of one authority and one year, from 1 April to 31 March. It is a folder of CSV files,
//! and its heart are *episodes*: England has one history where the registry has three, so an episode
//! ends wherever the placement, or who has authority over the child, changes.
//!
//! ```text
//!  care period   ├──────────────────────────────────────▶
//!  placement     ├────── family A ──────┼── family B ───▶
//!  legal status  ├── V2 ──┼──────────── C2 ─────────────▶
//!  episodes      ├─ S ────┼──── L ──────┼───── P ───────▶
//! ```
//!
//! * [`model`] has the files: columns, codes by year, bytes. It reads them strictly.
//! * [`derive`] makes a return out of what the registry has.
//! * [`checks`] are England's own, each with its number. What they find is told row by row.
//! * [`store`] reads, and tells the access log of every child that a return tells of.
//!
//! Nothing of it is stored: a return is made anew each time. What it says and what it cannot say is in
//! `docs/ssda903.md`.
pub mod checks;
pub mod derive;
pub mod import;
pub mod kept;
pub mod model;
pub mod store;
