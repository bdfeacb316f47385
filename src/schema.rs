// @generated automatically by Diesel CLI.

diesel::table! {
    journal (position) {
        position -> Int8,
        recorded_at -> Timestamptz,
        actor -> Uuid,
        kind -> Text,
        event -> Text,
        subject -> Uuid,
        parent -> Nullable<Uuid>,
        version -> Int8,
        changed -> Array<Text>,
        after -> Jsonb,
    }
}
diesel::table! {
    idempotency_keys (client, key) {
        client -> Uuid,
        key -> Text,
        fingerprint -> Bytea,
        created_at -> Timestamptz,
        status -> Int4,
        etag -> Nullable<Text>,
        location -> Nullable<Text>,
        body -> Bytea,
    }
}
