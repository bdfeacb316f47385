//! English postcodes for places that have none: the return takes nothing else.
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::platform::error::{Error, Result};

/// A fixed set of postcodes. What is not in England gets one of them, always the same.
#[derive(Debug, Deserialize)]
pub struct Postcodes {
    postcodes: Vec<String>,
}

impl Postcodes {
    /// Those of this release.
    pub fn load() -> Result<Self> {
        serde_json::from_str(include_str!("../data/postcodes.json")).map_err(Error::internal)
    }

    /// The postcode of a place: another one than `not`, which is that of the home before, so that a move is
    /// seen to be one.
    #[must_use]
    pub fn of(&self, place: &[u8], not: Option<&str>) -> String {
        let digest = Sha256::digest(place);
        let number =
            digest.iter().take(4).fold(0_usize, |sum, byte| (sum << 8) + usize::from(*byte));
        let first = number.checked_rem(self.postcodes.len()).unwrap_or_default();
        let mut from_there = self.postcodes.iter().cycle().skip(first).take(2);
        from_there.find(|code| Some(code.as_str()) != not).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_one_postcode_and_the_next_home_another() {
        let postcodes = Postcodes::load().unwrap();
        let one = postcodes.of(b"somewhere", None);
        assert_eq!(postcodes.of(b"somewhere", Some("SW1A 1AA")), one);
        let other = postcodes.of(b"somewhere", Some(&one));
        assert!(other != one && !other.is_empty());
    }
}
