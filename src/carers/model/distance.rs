//! Where a search for families begins: a point, a radius, and the box on the map that holds both.
/// Kilometres in one degree of latitude, a little short, so that a box is never too small.
const KM_PER_DEGREE: f64 = 111.0;

/// A point on the map, in degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    pub lat: f64,
    pub lon: f64,
}

impl Near {
    /// A point written as `lat,lon`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let degrees = |text: &str, most: f64| {
            text.trim().parse().ok().filter(|value| (-most..=most).contains(value))
        };
        let (lat, lon) = text.split_once(',')?;
        Some(Self { lat: degrees(lat, 90.0)?, lon: degrees(lon, 180.0)? })
    }
}

/// A part of the map that holds every point within a distance, so that an index can find them.
/// Longitudes have two ranges, because a circle may lie across the 180th meridian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoundingBox {
    pub lat: (f64, f64),
    pub lon: [(f64, f64); 2],
}

impl BoundingBox {
    #[must_use]
    pub fn around(near: Near, km: f64) -> Self {
        let half = km / KM_PER_DEGREE;
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

    fn distance(a: Near, b: Near) -> f64 {
        let (dlat, dlon) = ((b.lat - a.lat).to_radians(), (b.lon - a.lon).to_radians());
        let h = (dlat / 2.0).sin().powi(2)
            + a.lat.to_radians().cos() * b.lat.to_radians().cos() * (dlon / 2.0).sin().powi(2);
        2.0 * 6371.0088 * h.sqrt().min(1.0).asin()
    }

    fn holds(area: BoundingBox, point: Near) -> bool {
        let inside = |(from, to): (f64, f64), value: f64| (from..=to).contains(&value);
        inside(area.lat, point.lat) && area.lon.iter().any(|range| inside(*range, point.lon))
    }

    #[test]
    fn a_point_is_two_numbers_in_degrees() {
        assert_eq!(Near::parse("43.32,21.90"), Some(Near { lat: 43.32, lon: 21.9 }));
        assert_eq!(Near::parse("-90,180"), Some(Near { lat: -90.0, lon: 180.0 }));
        for wrong in ["", "43", "43;21", "91,0", "0,181", "NaN,0", "inf,0", "a,b", "1,2,3"] {
            assert_eq!(Near::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn the_box_holds_every_point_within_the_distance(
            lat in -90.0..=90.0_f64, lon in -180.0..=180.0_f64, km in 0.0..=500.0_f64,
            dlat in -5.0..=5.0_f64, dlon in -180.0..=180.0_f64,
        ) {
            let near = Near { lat, lon };
            let lon = if lon + dlon > 180.0 { lon + dlon - 360.0 }
                else if lon + dlon < -180.0 { lon + dlon + 360.0 } else { lon + dlon };
            let point = Near { lat: (lat + dlat).clamp(-90.0, 90.0), lon };
            if distance(near, point) <= km {
                prop_assert!(holds(BoundingBox::around(near, km), point));
            }
        }
    }
}
