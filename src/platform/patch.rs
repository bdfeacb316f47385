//! Members of a merge patch (RFC 7396): absent, removed, or given.
use serde::{Deserialize, Deserializer};

/// For members that null removes: `None` if absent, `Some(None)` for null.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// For members that cannot be removed: null is refused.
pub fn non_null<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
