//! Places on the map: `near=lat,lon&within_km=`.
use crate::platform::error::{Error, Result};

/// Within how many kilometres, unless said.
const DEFAULT_KM: f64 = 50.0;
/// Half the circumference of the Earth: further is nowhere.
const MOST_KM: f64 = 20_040.0;
const EARTH_KM: f64 = 6371.0088;

/// A circle on the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    pub lat: f64,
    pub lon: f64,
    pub within_km: f64,
}

impl Near {
    /// Reads the two query parameters; `None` if neither is there. 400 if they are not well formed.
    pub fn parse(near: Option<&str>, within_km: Option<f64>) -> Result<Option<Self>> {
        let Some(near) = near else {
            return match within_km {
                Some(_) => Err(Error::query("within_km", "needs_near", "is of use only with near")),
                None => Ok(None),
            };
        };
        let malformed = || {
            let detail = "must be latitude and longitude in degrees: 43.32,21.9";
            Error::query("near", "wrong_type", detail)
        };
        let (lat, lon) = near.split_once(',').ok_or_else(malformed)?;
        let degrees = |text: &str, most: f64| {
            text.trim().parse::<f64>().ok().filter(|degrees| (-most..=most).contains(degrees))
        };
        let lat = degrees(lat, 90.0).ok_or_else(malformed)?;
        let lon = degrees(lon, 180.0).ok_or_else(malformed)?;
        let within_km = within_km.unwrap_or(DEFAULT_KM);
        if !(0.0..=MOST_KM).contains(&within_km) {
            return Err(Error::query("within_km", "out_of_range", "must be 0 to 20040"));
        }
        Ok(Some(Self { lat, lon, within_km }))
    }

    /// How far a place is from the middle, in kilometres as the crow flies (haversine).
    #[must_use]
    pub fn distance_km(&self, lat: f64, lon: f64) -> f64 {
        let half = |a: f64, b: f64| ((a - b).to_radians() / 2.0).sin().powi(2);
        let (here, there) = (self.lat.to_radians().cos(), lat.to_radians().cos());
        let chord = half(lat, self.lat) + here * there * half(lon, self.lon);
        2.0 * EARTH_KM * chord.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// The same distance in SQL, between the columns `lat` and `lon` and the numbers that are bound to
/// the three gaps: latitude, latitude and longitude of the middle.
pub const DISTANCE_KM: [&str; 4] = [
    "2 * 6371.0088 * asin(sqrt(least(1, power(sin(radians(lat - ",
    ") / 2), 2) + cos(radians(",
    ")) * cos(radians(lat)) * power(sin(radians(lon - ",
    ") / 2), 2))))",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_map() {
        let belgrade = Near::parse(Some("44.8125,20.4612"), None).unwrap().unwrap();
        assert!((belgrade.distance_km(43.3209, 21.8958) - 201.6).abs() < 2.0);
        assert!(belgrade.distance_km(44.8125, 20.4612) < 0.001);
        assert!((belgrade.distance_km(-44.8125, -159.5388) - 20_015.0).abs() < 1.0);
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for near in ["", "44", "44,", "a,b", "91,0", "0,181", "NaN,0", "inf,0", "1,2,3"] {
            assert!(Near::parse(Some(near), None).is_err(), "{near}");
        }
        for within in [-1.0, f64::NAN, f64::INFINITY, 30_000.0] {
            assert!(Near::parse(Some("1,2"), Some(within)).is_err(), "{within}");
        }
        assert!(Near::parse(None, Some(5.0)).is_err());
        assert_eq!(Near::parse(None, None).unwrap(), None);
    }
}
