//! Byte strings of fixed length, which are base64 in JSON: hashes, tags, salts, keys.

/// Defines a byte string of fixed length. In JSON it is standard base64 with padding, in its one
/// canonical spelling.
macro_rules! byte_string {
    ($(#[$meta:meta])* $name:ident, $length:literal, $example:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $length]);

        impl $name {
            pub const LENGTH: usize = $length;
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let text = ::base64::Engine::encode(&::base64::prelude::BASE64_STANDARD, self.0);
                f.write_str(&text)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let bytes = ::base64::Engine::decode(&::base64::prelude::BASE64_STANDARD, text);
                let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
                bytes.map(Self).ok_or(concat!("must be ", stringify!($length), " bytes in base64"))
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(from)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }

        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::schema::Schema> {
                ::utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(::utoipa::openapi::schema::Type::String)
                    .content_encoding("base64")
                    .description(Some(concat!(stringify!($length), " bytes in base64.")))
                    .examples([$example])
                    .build()
                    .into()
            }
        }

        impl ::utoipa::ToSchema for $name {}
    };
}
pub(super) use byte_string;

byte_string!(
    /// A hash of a tree: a leaf's, a node's or a root.
    Hash, 32, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
);

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Hash;

    #[test]
    fn base64_has_one_spelling() {
        let text = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(text.parse::<Hash>().unwrap().to_string(), text);
        for other in [
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hS",
            "",
        ] {
            assert!(other.parse::<Hash>().is_err(), "{other}");
        }
    }
}
