//! Enums stored as `text` under a `CHECK` constraint.

/// Defines a closed enum once: its variants, their wire names and their SQL names.
///
/// Only for sets that are closed for ever, above all the states and steps of a state machine. A
/// list that may grow is a code list: data, and a plain string in the contract.
#[macro_export]
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:tt,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(::serde::Serialize, ::serde::Deserialize, ::utoipa::ToSchema)]
        #[derive(::diesel::AsExpression, ::diesel::FromSqlRow)]
        #[diesel(sql_type = ::diesel::sql_types::Text)]
        // `$text` is a token, not a literal: utoipa would not see a literal that is handed to serde.
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The value's name in JSON and SQL.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl ::diesel::serialize::ToSql<::diesel::sql_types::Text, ::diesel::pg::Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut ::diesel::serialize::Output<'b, '_, ::diesel::pg::Pg>) -> ::diesel::serialize::Result {
                <str as ::diesel::serialize::ToSql<::diesel::sql_types::Text, ::diesel::pg::Pg>>::to_sql(self.as_str(), out)
            }
        }

        impl ::diesel::deserialize::FromSql<::diesel::sql_types::Text, ::diesel::pg::Pg> for $name {
            fn from_sql(value: ::diesel::pg::PgValue<'_>) -> ::diesel::deserialize::Result<Self> {
                match value.as_bytes() {
                    $(text if text == $text.as_bytes() => Ok(Self::$variant),)+
                    other => Err(format!("{} has no value {other:?}", stringify!($name)).into()),
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use utoipa::PartialSchema as _;

    text_enum! {
        /// Two ways.
        pub enum Way {
            ThereAndBack = "there_and_back",
            Nowhere = "nowhere",
        }
    }

    #[test]
    fn the_contract_says_what_is_sent() {
        let schema = serde_json::to_value(Way::schema()).unwrap();
        assert_eq!(schema["enum"], json!(Way::ALL));
        assert_eq!(schema["enum"], json!(["there_and_back", "nowhere"]));
    }
}
