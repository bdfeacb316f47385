//! The box on the map in which a search for families nearby looks.
use crate::platform::near::Near;

/// Kilometres in one degree of latitude, a little short, so that a box is never too small.
const KM_PER_DEGREE: f64 = 111.0;

/// A part of the map that holds every point within a distance, so that an index can find them.
/// Longitudes have two ranges, because a circle may lie across the 180th meridian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoundingBox {
    pub lat: (f64, f64),
    pub lon: [(f64, f64); 2],
}

impl BoundingBox {
    #[must_use]
    pub fn around(near: Near) -> Self {
        let half = near.within_km / KM_PER_DEGREE;
        let lat = (near.lat - half, near.lat + half);
        let everywhere = Self { lat, lon: [(-180.0, 180.0); 2] };
        // A circle around a pole crosses every meridian.
        if lat.0 <= -90.0 || lat.1 >= 90.0 {
            return everywhere;
        }
        let reach = half.to_radians().sin() / near.lat.to_radians().cos();
        if !(0.0..1.0).contains(&reach) {
            return everywhere;
        }
        let half = reach.asin().to_degrees();
        let (west, east) = (near.lon - half, near.lon + half);
        let second = if west < -180.0 {
            (west + 360.0, 180.0)
        } else if east > 180.0 {
            (-180.0, east - 360.0)
        } else {
            (west, east)
        };
        Self { lat, lon: [(west, east), second] }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(area: BoundingBox, lat: f64, lon: f64) -> bool {
        let inside = |(from, to): (f64, f64), value: f64| (from..=to).contains(&value);
        inside(area.lat, lat) && area.lon.iter().any(|range| inside(*range, lon))
    }

    proptest! {
        #[test]
        fn the_box_holds_every_point_within_the_distance(
            lat in -90.0..=90.0_f64, lon in -180.0..=180.0_f64, within_km in 0.0..=500.0_f64,
            dlat in -5.0..=5.0_f64, dlon in -180.0..=180.0_f64,
        ) {
            let near = Near { lat, lon, within_km };
            let there = (lat + dlat).clamp(-90.0, 90.0);
            let turned = (lon + dlon + 540.0).rem_euclid(360.0) - 180.0;
            if near.distance_km(there, turned) <= within_km {
                prop_assert!(holds(BoundingBox::around(near), there, turned));
            }
        }
    }
}
