// @generated automatically by Diesel CLI.

diesel::table! {
    access_inbox (id) {
        id -> Int8,
        at -> Timestamptz,
        subject_kind -> Text,
        subject -> Uuid,
        client -> Uuid,
        organisation -> Nullable<Uuid>,
        on_behalf_of -> Nullable<Text>,
        purpose -> Text,
        legal_basis -> Nullable<Text>,
        operation -> Text,
        field_classes -> Array<Text>,
        request_id -> Text,
        outcome -> Text,
        answer -> Nullable<Bytea>,
    }
}

diesel::table! {
    access_log_checkpoints (size) {
        size -> Int8,
        at -> Timestamptz,
        note -> Text,
    }
}

diesel::table! {
    access_log_cosignatures (size, witness) {
        size -> Int8,
        witness -> Text,
        at -> Timestamptz,
        line -> Text,
    }
}

diesel::table! {
    access_log_deferrals (index) {
        index -> Int8,
        ground -> Text,
        until -> Date,
        id -> Uuid,
    }
}

diesel::table! {
    access_log_entries (index) {
        index -> Int8,
        subject -> Uuid,
        number -> Int8,
        tag -> Bytea,
        commitment -> Bytea,
        salt -> Bytea,
        entry -> Json,
        person -> Nullable<Text>,
        person_salt -> Nullable<Bytea>,
    }
}

diesel::table! {
    access_log_hashes (place) {
        place -> Int8,
        hash -> Bytea,
    }
}

diesel::table! {
    access_log_published (size) {
        size -> Int8,
    }
}

diesel::table! {
    access_log_state (id) {
        id -> Int4,
        size -> Int8,
    }
}

diesel::table! {
    access_log_subjects (id) {
        kind -> Text,
        id -> Uuid,
        key -> Bytea,
        entries -> Int8,
    }
}

diesel::table! {
    access_log_witnesses (key) {
        key -> Text,
        fault -> Nullable<Text>,
        since -> Timestamptz,
    }
}

diesel::table! {
    access_receipts (answer) {
        answer -> Bytea,
        at -> Timestamptz,
        persons -> Bytea,
    }
}

diesel::table! {
    adoption_link_children (link_id, system) {
        link_id -> Uuid,
        system -> Text,
        value -> Bytea,
        blind -> Bytea,
    }
}

diesel::table! {
    adoption_links (id) {
        id -> Uuid,
        decision -> Bytea,
        version -> Int8,
    }
}

diesel::table! {
    alerts (id) {
        id -> Uuid,
        rule -> Text,
        subject_kind -> Text,
        subject_id -> Uuid,
        child_id -> Nullable<Uuid>,
        carer_family_id -> Nullable<Uuid>,
        facility_id -> Nullable<Uuid>,
        organisation_id -> Nullable<Uuid>,
        worker_id -> Nullable<Text>,
        area_code -> Text,
        state -> Text,
        severity -> Text,
        raised_on -> Date,
        due_on -> Date,
        acknowledged_at -> Nullable<Timestamptz>,
        acknowledged_by -> Nullable<Uuid>,
        note -> Nullable<Bytea>,
        ended_on -> Nullable<Date>,
        version -> Int8,
        other_child_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    area_populations (area_code, year, sex, age_band) {
        area_code -> Text,
        year -> Int4,
        sex -> Text,
        age_band -> Text,
        children -> Int8,
        source -> Text,
    }
}

diesel::table! {
    areas (id) {
        id -> Uuid,
        code -> Text,
        national_code -> Nullable<Text>,
        level -> Text,
        parent_code -> Nullable<Text>,
        names -> Jsonb,
        lat -> Nullable<Float8>,
        lon -> Nullable<Float8>,
        version -> Int8,
    }
}

diesel::table! {
    assessments (id) {
        id -> Uuid,
        child_id -> Uuid,
        kind -> Text,
        state -> Text,
        organisation_id -> Nullable<Uuid>,
        requested_on -> Date,
        request_reason -> Bytea,
        due_on -> Nullable<Date>,
        started_on -> Nullable<Date>,
        team -> Bytea,
        multidisciplinary -> Bool,
        completed_on -> Nullable<Date>,
        findings -> Nullable<Bytea>,
        recommendation -> Nullable<Text>,
        separates -> Nullable<Bool>,
        poverty_only -> Nullable<Bool>,
        valid_until -> Nullable<Date>,
        submitted_on -> Nullable<Date>,
        outcome -> Nullable<Text>,
        decided_by -> Nullable<Uuid>,
        decided_on -> Nullable<Date>,
        decision -> Nullable<Bytea>,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    care_periods (id) {
        id -> Uuid,
        child_id -> Uuid,
        state -> Text,
        started_on -> Date,
        ended_on -> Nullable<Date>,
        entry_reason -> Text,
        other_reasons -> Array<Text>,
        entry_route -> Text,
        emergency -> Bool,
        exit_reason -> Nullable<Text>,
        planned_exit -> Nullable<Bool>,
        exit_area_code -> Nullable<Text>,
        re_entry_of -> Nullable<Uuid>,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
        last_until -> Nullable<Date>,
        first_visit_on -> Nullable<Date>,
    }
}

diesel::table! {
    care_plans (id) {
        id -> Uuid,
        child_id -> Uuid,
        care_period_id -> Nullable<Uuid>,
        number -> Int4,
        state -> Text,
        permanency_goal -> Text,
        parallel_goal -> Nullable<Text>,
        target_date -> Date,
        drafted_on -> Date,
        review_due_on -> Date,
        content -> Bytea,
        informed_on -> Nullable<Date>,
        approved_on -> Nullable<Date>,
        approved_by -> Nullable<Uuid>,
        ended_on -> Nullable<Date>,
        superseded_by -> Nullable<Uuid>,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    carer_approvals (id) {
        id -> Uuid,
        carer_family_id -> Uuid,
        decided_by -> Uuid,
        decision_no -> Text,
        decided_on -> Date,
        assessed_on -> Date,
        valid_from -> Date,
        valid_to -> Date,
        max_children -> Int4,
        age_min -> Int4,
        age_max -> Int4,
        sex -> Text,
        siblings_allowed -> Bool,
        purposes -> Array<Text>,
        named_children -> Array<Uuid>,
        exemptions -> Jsonb,
        ended_on -> Nullable<Date>,
        end_reason -> Nullable<Text>,
        version -> Int8,
    }
}

diesel::table! {
    carer_checks (id) {
        id -> Uuid,
        carer_family_id -> Uuid,
        kind -> Text,
        person_id -> Nullable<Uuid>,
        completed_on -> Date,
        result -> Text,
        valid_until -> Nullable<Date>,
    }
}

diesel::table! {
    carer_external_ids (id) {
        id -> Int8,
        carer_family_id -> Uuid,
        system -> Text,
        value -> Bytea,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
        blind -> Bytea,
        contested -> Bool,
    }
}

diesel::table! {
    carer_families (id) {
        id -> Uuid,
        family_no -> Text,
        state -> Text,
        state_since -> Date,
        purposes -> Array<Text>,
        area_code -> Text,
        address_lines -> Bytea,
        locality -> Nullable<Bytea>,
        postcode -> Nullable<Bytea>,
        lat -> Nullable<Float8>,
        lon -> Nullable<Float8>,
        languages -> Array<Text>,
        preferred_age_min -> Nullable<Int4>,
        preferred_age_max -> Nullable<Int4>,
        preferred_sex -> Text,
        sibling_group_max -> Nullable<Int4>,
        accepts_disability -> Bool,
        disability_types -> Array<Text>,
        emergency -> Bool,
        on_hold_from -> Nullable<Date>,
        on_hold_to -> Nullable<Date>,
        on_hold_reason -> Nullable<Bytea>,
        supported_by_centre -> Bool,
        version -> Int8,
        exact_lat -> Nullable<Bytea>,
        exact_lon -> Nullable<Bytea>,
        organisation_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    carer_persons (id) {
        id -> Uuid,
        carer_family_id -> Uuid,
        place -> Int4,
        role -> Text,
        given_name -> Text,
        family_name -> Text,
        birth_date -> Date,
        left_on -> Nullable<Date>,
    }
}

diesel::table! {
    carer_reviews (id) {
        id -> Uuid,
        carer_family_id -> Uuid,
        reviewed_on -> Date,
        reviewed_by -> Uuid,
        outcome -> Text,
        recommendations -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    carer_state_changes (carer_family_id, place) {
        carer_family_id -> Uuid,
        place -> Int4,
        state -> Text,
        valid_from -> Date,
        reason -> Nullable<Bytea>,
        decision_no -> Nullable<Text>,
    }
}

diesel::table! {
    carer_trainings (id) {
        id -> Uuid,
        carer_family_id -> Uuid,
        programme -> Text,
        kind -> Text,
        person_id -> Nullable<Uuid>,
        hours -> Int4,
        completed_on -> Date,
    }
}

diesel::table! {
    case_links (id) {
        id -> Uuid,
        child_id -> Uuid,
        client_id -> Nullable<Uuid>,
        organisation_id -> Nullable<Uuid>,
        valid_from -> Timestamptz,
        valid_until -> Nullable<Timestamptz>,
        version -> Int8,
    }
}

diesel::table! {
    case_managers (case_id, place) {
        case_id -> Uuid,
        place -> Int4,
        organisation_id -> Uuid,
        name -> Text,
        worker_id -> Text,
        reason -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        in_charge -> Nullable<Bool>,
    }
}

diesel::table! {
    case_states (case_id, place) {
        case_id -> Uuid,
        place -> Int4,
        state -> Text,
        valid_from -> Date,
    }
}

diesel::table! {
    cases (id) {
        id -> Uuid,
        case_no -> Text,
        child_id -> Nullable<Uuid>,
        family_id -> Nullable<Uuid>,
        organisation_id -> Uuid,
        state -> Text,
        state_since -> Date,
        state_reason -> Nullable<Bytea>,
        opened_on -> Date,
        closed_on -> Nullable<Date>,
        closure_reason -> Nullable<Text>,
        referral_source -> Text,
        referral_on -> Date,
        primary_need -> Text,
        immediate_risk -> Bool,
        priority -> Text,
        team -> Jsonb,
        survivor_id -> Nullable<Uuid>,
        version -> Int8,
        managed -> Nullable<Bool>,
    }
}

diesel::table! {
    child_external_ids (id) {
        id -> Int8,
        child_id -> Uuid,
        system -> Text,
        value -> Bytea,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
        blind -> Bytea,
        contested -> Bool,
    }
}

diesel::table! {
    child_grants (id) {
        id -> Uuid,
        child_id -> Uuid,
        client_id -> Nullable<Uuid>,
        organisation_id -> Nullable<Uuid>,
        ground -> Text,
        valid_from -> Timestamptz,
        valid_until -> Timestamptz,
    }
}

diesel::table! {
    child_merges (id) {
        id -> Uuid,
        child_id -> Uuid,
        merged_child_id -> Uuid,
        state -> Text,
        reason -> Bytea,
        moved -> Bytea,
        merged_at -> Timestamptz,
        merged_by -> Uuid,
        undone_at -> Nullable<Timestamptz>,
        undone_by -> Nullable<Uuid>,
        undo_reason -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    child_names (id) {
        id -> Int8,
        child_id -> Uuid,
        name_use -> Text,
        given -> Nullable<Text>,
        middle -> Nullable<Text>,
        family -> Nullable<Text>,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
        search_key -> Text,
    }
}

diesel::table! {
    child_relations (id) {
        id -> Uuid,
        child_id -> Uuid,
        kind -> Text,
        related_child_id -> Nullable<Uuid>,
        given -> Nullable<Text>,
        family -> Nullable<Text>,
        to_be_kept_together -> Nullable<Text>,
        keep_together_reason -> Nullable<Bytea>,
        existing_bond -> Nullable<Bool>,
        mirror_id -> Nullable<Uuid>,
        version -> Int8,
    }
}

diesel::table! {
    children (id) {
        id -> Uuid,
        registry_no -> Text,
        sex -> Text,
        birth_date -> Nullable<Date>,
        birth_date_precision -> Nullable<Text>,
        expected_birth_date -> Nullable<Date>,
        death_date -> Nullable<Date>,
        birth_registered -> Text,
        citizenships -> Array<Text>,
        ethnicity -> Nullable<Text>,
        languages -> Array<Text>,
        area_code -> Text,
        registration_basis -> Text,
        parental_status -> Text,
        cause_without_parental_care -> Nullable<Text>,
        disability_status -> Text,
        special_needs -> Array<Text>,
        unaccompanied_status -> Nullable<Text>,
        is_parent -> Bool,
        adopted_on -> Nullable<Date>,
        confidentiality -> Text,
        correction_reason -> Nullable<Bytea>,
        created_on -> Date,
        version -> Int8,
        modified_at -> Timestamptz,
        organisation_id -> Nullable<Uuid>,
        merged_into -> Nullable<Uuid>,
    }
}

diesel::table! {
    client_keys (id) {
        id -> Uuid,
        client_id -> Uuid,
        kid -> Text,
        algorithm -> Text,
        jwk -> Jsonb,
        valid_from -> Timestamptz,
        valid_until -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
        revocation_reason -> Nullable<Text>,
        version -> Int8,
    }
}

diesel::table! {
    clients (id) {
        id -> Uuid,
        name -> Text,
        organisation_id -> Nullable<Uuid>,
        roles -> Array<Text>,
        active -> Bool,
        valid_until -> Nullable<Timestamptz>,
        version -> Int8,
        area_codes -> Array<Text>,
        purposes -> Array<Text>,
        default_purpose -> Nullable<Text>,
        external_issuer -> Nullable<Text>,
        external_subject -> Nullable<Text>,
        revoked_at -> Nullable<Timestamptz>,
        revocation_reason -> Nullable<Text>,
    }
}

diesel::table! {
    code_list_entries (list, code) {
        list -> Text,
        code -> Text,
        place -> Int4,
        parent -> Nullable<Text>,
        labels -> Jsonb,
        definition -> Text,
        source -> Nullable<Text>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        maps_to -> Jsonb,
        attributes -> Jsonb,
    }
}

diesel::table! {
    code_lists (name) {
        name -> Text,
        titles -> Jsonb,
        definition -> Text,
        source -> Text,
        closed -> Bool,
    }
}

diesel::table! {
    complaint_reporters (id) {
        id -> Uuid,
        complaint_id -> Uuid,
        child_id -> Nullable<Uuid>,
        recorded_by -> Uuid,
        name -> Bytea,
        contact -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    complaints (id) {
        id -> Uuid,
        child_id -> Nullable<Uuid>,
        complainant -> Text,
        channel -> Text,
        received_on -> Date,
        concerns_on -> Date,
        facility_id -> Nullable<Uuid>,
        carer_family_id -> Nullable<Uuid>,
        description -> Bytea,
        reporter_kept -> Bool,
        state -> Text,
        resolved_on -> Nullable<Date>,
        outcome -> Nullable<Text>,
        conclusion -> Nullable<Bytea>,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    contact_events (id) {
        id -> Uuid,
        child_id -> Uuid,
        contact_plan_id -> Nullable<Uuid>,
        contact_with -> Text,
        relation_id -> Nullable<Uuid>,
        kind -> Text,
        happened_on -> Date,
        supervised -> Bool,
        took_place -> Bool,
        not_because -> Nullable<Text>,
        account -> Nullable<Bytea>,
        broke_restriction_id -> Nullable<Uuid>,
        state -> Text,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    contact_plans (id) {
        id -> Uuid,
        child_id -> Uuid,
        contact_with -> Text,
        relation_id -> Nullable<Uuid>,
        kind -> Text,
        times -> Int4,
        per -> Text,
        supervised -> Bool,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        child_views -> Bytea,
        arrangements -> Nullable<Bytea>,
        state -> Text,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    contact_restrictions (id) {
        id -> Uuid,
        child_id -> Uuid,
        contact_with -> Text,
        relation_id -> Nullable<Uuid>,
        kinds -> Array<Text>,
        reason -> Text,
        valid_from -> Date,
        valid_to -> Date,
        decided_by -> Uuid,
        decided_on -> Date,
        decision -> Bytea,
        child_views -> Bytea,
        lifted_on -> Nullable<Date>,
        state -> Text,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    data_keys (id) {
        id -> Uuid,
        class -> Text,
        state -> Text,
        master -> Bytea,
        wrapped -> Bytea,
        made_at -> Timestamptz,
    }
}

diesel::table! {
    deadline_sweeps (id) {
        id -> Int4,
        begun_at -> Timestamptz,
        swept_on -> Date,
        book -> Text,
    }
}

diesel::table! {
    deadlines (id) {
        id -> Uuid,
        rule -> Text,
        subject_kind -> Text,
        subject_id -> Uuid,
        child_id -> Nullable<Uuid>,
        carer_family_id -> Nullable<Uuid>,
        facility_id -> Nullable<Uuid>,
        organisation_id -> Nullable<Uuid>,
        area_code -> Text,
        due_on -> Date,
        severity -> Nullable<Text>,
        changes_on -> Nullable<Date>,
        other_child_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    duplicate_looks (id) {
        id -> Int4,
        position -> Int8,
    }
}

diesel::table! {
    emergency_accesses (id) {
        id -> Uuid,
        child_id -> Uuid,
        client_id -> Uuid,
        organisation_id -> Nullable<Uuid>,
        reason_code -> Text,
        reason -> Bytea,
        opened_at -> Timestamptz,
        valid_until -> Timestamptz,
        review_due_at -> Timestamptz,
        state -> Text,
        reviewed_at -> Nullable<Timestamptz>,
        reviewed_by -> Nullable<Uuid>,
        findings -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    facilities (id) {
        id -> Uuid,
        facility_no -> Text,
        name -> Text,
        facility_type -> Text,
        ownership -> Text,
        operator_id -> Uuid,
        area_code -> Text,
        address -> Nullable<Text>,
        lat -> Nullable<Float8>,
        lon -> Nullable<Float8>,
        opened_on -> Nullable<Date>,
        closed_on -> Nullable<Date>,
        accepts_age_min -> Int4,
        accepts_age_max -> Int4,
        accepts_sex -> Text,
        accepts_disability -> Bool,
        accepts_emergency -> Bool,
        accepts_siblings -> Bool,
        statement_of_purpose -> Nullable<Text>,
        large_exception_justification -> Nullable<Text>,
        large_exception_decision_no -> Nullable<Text>,
        state -> Text,
        version -> Int8,
    }
}

diesel::table! {
    facility_admission_stops (id) {
        id -> Uuid,
        facility_id -> Uuid,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        decision_no -> Nullable<Text>,
    }
}

diesel::table! {
    facility_capacities (id) {
        id -> Uuid,
        facility_id -> Uuid,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        total -> Int4,
        by_age_band -> Jsonb,
        by_sex -> Jsonb,
        units -> Jsonb,
    }
}

diesel::table! {
    facility_external_ids (id) {
        id -> Int8,
        facility_id -> Uuid,
        system -> Text,
        value -> Bytea,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
        blind -> Bytea,
    }
}

diesel::table! {
    facility_inspections (id) {
        id -> Uuid,
        facility_id -> Uuid,
        kind -> Text,
        inspected_on -> Date,
        body -> Text,
        children_spoken_to -> Int4,
        findings -> Bytea,
        rating -> Nullable<Text>,
        actions -> Nullable<Bytea>,
        due_on -> Nullable<Date>,
        version -> Int8,
    }
}

diesel::table! {
    facility_registrations (id) {
        id -> Uuid,
        facility_id -> Uuid,
        number -> Text,
        granted_by -> Uuid,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        revoked_on -> Nullable<Date>,
        conditions -> Nullable<Text>,
        decision_no -> Nullable<Text>,
    }
}

diesel::table! {
    facility_staff_snapshots (id) {
        id -> Uuid,
        facility_id -> Uuid,
        taken_on -> Date,
        staff -> Jsonb,
        shifts -> Jsonb,
        vacancies -> Int4,
        version -> Int8,
    }
}

diesel::table! {
    facility_states (id) {
        id -> Uuid,
        facility_id -> Uuid,
        state -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        reason -> Nullable<Text>,
        decision_no -> Nullable<Text>,
    }
}

diesel::table! {
    facility_units (id) {
        id -> Uuid,
        facility_id -> Uuid,
    }
}

diesel::table! {
    families (id) {
        id -> Uuid,
        family_no -> Text,
        family_type -> Text,
        organisation_id -> Nullable<Uuid>,
        area_code -> Text,
        registered_on -> Date,
        state -> Text,
        state_since -> Date,
        state_reason -> Nullable<Bytea>,
        risk_level -> Text,
        risk_reason -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    family_members (id) {
        id -> Uuid,
        family_id -> Uuid,
        place -> Int4,
        role -> Text,
        child_id -> Nullable<Uuid>,
        given_name -> Nullable<Text>,
        family_name -> Nullable<Text>,
        in_household -> Bool,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
        parental_rights -> Nullable<Text>,
        whereabouts_known -> Bool,
        deceased -> Bool,
    }
}

diesel::table! {
    family_risk_factors (id) {
        id -> Uuid,
        family_id -> Uuid,
        code -> Text,
        subject -> Text,
        severity -> Text,
        identified_on -> Date,
        ended_on -> Nullable<Date>,
        source -> Nullable<Text>,
    }
}

diesel::table! {
    family_risk_levels (family_id, place) {
        family_id -> Uuid,
        place -> Int4,
        risk_level -> Text,
        valid_from -> Date,
    }
}

diesel::table! {
    family_support (id) {
        id -> Uuid,
        family_id -> Uuid,
        service_type -> Text,
        provided_by -> Nullable<Uuid>,
        started_on -> Date,
        ended_on -> Nullable<Date>,
        outcome -> Nullable<Text>,
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
        persons -> Array<Text>,
    }
}

diesel::table! {
    import_chunks (import_id, chunk) {
        import_id -> Uuid,
        chunk -> Int4,
        first_line -> Int8,
        lines -> Int4,
        records -> Bytea,
        results -> Nullable<Bytea>,
        received_at -> Timestamptz,
    }
}

diesel::table! {
    import_progress (import_id) {
        import_id -> Uuid,
        chunks -> Int4,
        created -> Int8,
        updated -> Int8,
        unchanged -> Int8,
        refused -> Int8,
    }
}

diesel::table! {
    imports (id) {
        id -> Uuid,
        client_id -> Uuid,
        organisation_id -> Nullable<Uuid>,
        mode -> Text,
        strategy -> Text,
        atomic -> Text,
        state -> Text,
        records -> Int8,
        chunks -> Int4,
        purpose -> Nullable<Text>,
        on_behalf_of -> Nullable<Text>,
        legal_basis -> Nullable<Text>,
        request_id -> Text,
        received_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        failure -> Nullable<Text>,
        version -> Int8,
        on_rule -> Text,
    }
}

diesel::table! {
    incidents (id) {
        id -> Uuid,
        child_id -> Uuid,
        kind -> Text,
        severity -> Text,
        occurred_on -> Date,
        facility_id -> Nullable<Uuid>,
        carer_family_id -> Nullable<Uuid>,
        place -> Bytea,
        description -> Bytea,
        police_on -> Nullable<Date>,
        inspectorate_on -> Nullable<Date>,
        state -> Text,
        started_on -> Nullable<Date>,
        investigation -> Bytea,
        closed_on -> Nullable<Date>,
        outcome -> Nullable<Text>,
        conclusion -> Nullable<Bytea>,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
        reported_by -> Nullable<Uuid>,
    }
}

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
        after -> Bytea,
        persons -> Array<Text>,
    }
}

diesel::table! {
    feed (position) {
        position -> Int8,
        recorded_at -> Timestamptz,
        kind -> Text,
        subject -> Uuid,
        parent -> Nullable<Uuid>,
        version -> Int8,
        event -> Text,
        changed -> Array<Text>,
        persons -> Array<Text>,
        from_kind -> Nullable<Text>,
        from_organisation -> Nullable<Uuid>,
        from_area -> Nullable<Text>,
    }
}

diesel::table! {
    feed_consumers (id) {
        id -> Uuid,
        client_id -> Uuid,
        name -> Text,
        kinds -> Array<Text>,
        description -> Nullable<Text>,
        state -> Text,
        ended_at -> Nullable<Timestamptz>,
        version -> Int8,
    }
}

diesel::table! {
    feed_inbox (id) {
        id -> Int8,
        entry -> Nullable<Int8>,
        moved_kind -> Nullable<Text>,
        moved -> Nullable<Uuid>,
        from_organisation -> Nullable<Uuid>,
        from_area -> Nullable<Text>,
    }
}

diesel::table! {
    feed_progress (consumer_id) {
        consumer_id -> Uuid,
        epoch -> Nullable<Uuid>,
        position -> Nullable<Int8>,
        scope -> Nullable<Text>,
        seen_at -> Nullable<Timestamptz>,
        turned_away -> Bool,
    }
}

diesel::table! {
    feed_records (kind, subject) {
        kind -> Text,
        subject -> Uuid,
        entry -> Int8,
    }
}

diesel::table! {
    feed_state (id) {
        id -> Int4,
        epoch -> Uuid,
        head -> Int8,
        tail -> Int8,
        cluster -> Int8,
        timeline -> Int4,
    }
}

diesel::table! {
    legal_statuses (id) {
        id -> Uuid,
        child_id -> Uuid,
        axis -> Text,
        status -> Text,
        basis -> Nullable<Bytea>,
        decision_body -> Nullable<Text>,
        decision_kind -> Nullable<Text>,
        decision_number -> Nullable<Bytea>,
        decided_on -> Nullable<Date>,
        effective_on -> Nullable<Date>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        version -> Int8,
    }
}

diesel::table! {
    missing_episodes (id) {
        id -> Uuid,
        child_id -> Uuid,
        care_period_id -> Uuid,
        kind -> Text,
        started_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        interview_offered -> Nullable<Bool>,
        interview_accepted -> Nullable<Bool>,
        version -> Int8,
    }
}

diesel::table! {
    notices (id) {
        id -> Uuid,
        kind -> Text,
        organisation_id -> Nullable<Uuid>,
        emergency_access_id -> Nullable<Uuid>,
        client_id -> Uuid,
        at -> Timestamptz,
        acknowledged_at -> Nullable<Timestamptz>,
        acknowledged_by -> Nullable<Uuid>,
        version -> Int8,
        child_id -> Nullable<Uuid>,
        carer_family_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    organisations (id) {
        id -> Uuid,
        kind -> Text,
        name -> Text,
        area_code -> Text,
        parent_id -> Nullable<Uuid>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        version -> Int8,
    }
}

diesel::table! {
    overrides (id) {
        id -> Uuid,
        rule_code -> Text,
        rule_version -> Int4,
        child_id -> Uuid,
        subject_kind -> Text,
        subject_id -> Uuid,
        justification -> Bytea,
        authorised_by -> Bytea,
        authorised_on -> Date,
        evidence_ref -> Nullable<Text>,
        client_id -> Uuid,
        role -> Text,
        begins_on -> Date,
        valid_until -> Date,
        state -> Text,
        reviewed_on -> Nullable<Date>,
        reviewed_by -> Nullable<Uuid>,
        review_note -> Nullable<Bytea>,
        version -> Int8,
        kind -> Text,
    }
}

diesel::table! {
    parameter_versions (id) {
        id -> Uuid,
        name -> Text,
        value -> Text,
        valid_from -> Date,
        source -> Text,
        version -> Int8,
    }
}

diesel::table! {
    parameters (name) {
        name -> Text,
        kind -> Text,
        unit -> Nullable<Text>,
        titles -> Jsonb,
        definition -> Text,
    }
}

diesel::table! {
    placement_decisions (id) {
        id -> Uuid,
        child_id -> Uuid,
        made_at -> Timestamptz,
        findings -> Bytea,
    }
}

diesel::table! {
    placement_endings (id) {
        id -> Uuid,
        placement_id -> Uuid,
        child_id -> Uuid,
        exit_reason -> Text,
        made_at -> Timestamptz,
        findings -> Bytea,
    }
}

diesel::table! {
    placements (id) {
        id -> Uuid,
        child_id -> Uuid,
        care_period_id -> Nullable<Uuid>,
        state -> Text,
        care_type -> Text,
        planned_kind -> Text,
        provider_kind -> Text,
        carer_family_id -> Nullable<Uuid>,
        facility_id -> Nullable<Uuid>,
        facility_unit_id -> Nullable<Uuid>,
        starts_on -> Date,
        started_on -> Nullable<Date>,
        ended_on -> Nullable<Date>,
        expected_end_on -> Nullable<Date>,
        opens_period -> Bool,
        same_carer -> Bool,
        end_reason -> Nullable<Text>,
        legal_basis -> Bytea,
        decision -> Nullable<Bytea>,
        temporary_approval -> Nullable<Bytea>,
        flags -> Array<Text>,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
        until -> Nullable<Date>,
        opens_on -> Nullable<Date>,
        continues_from -> Nullable<Date>,
        exception -> Nullable<Bytea>,
    }
}

diesel::table! {
    court_cases (id) {
        id -> Uuid,
        child_id -> Uuid,
        kind -> Text,
        court -> Text,
        file_no -> Nullable<Bytea>,
        filed_by -> Text,
        filed_on -> Date,
        state -> Text,
        next_hearing_on -> Nullable<Date>,
        hearings -> Bytea,
        decisions -> Bytea,
        decided_on -> Nullable<Date>,
        outcome -> Nullable<Text>,
        appealed_on -> Nullable<Date>,
        appealed_by -> Nullable<Text>,
        final_on -> Nullable<Date>,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    possible_duplicates (id) {
        id -> Uuid,
        child_id -> Uuid,
        other_id -> Uuid,
        weight -> Float8,
        found_on -> Date,
        found_at -> Timestamptz,
    }
}

diesel::table! {
    protected_addresses (id) {
        id -> Uuid,
        child_id -> Uuid,
        address_lines -> Bytea,
        locality -> Nullable<Bytea>,
        postcode -> Nullable<Bytea>,
        recorded_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        version -> Int8,
    }
}

diesel::table! {
    return_facts (id) {
        id -> Uuid,
        child_id -> Uuid,
        year -> Int4,
        files -> Bytea,
        version -> Int8,
    }
}

diesel::table! {
    reviews (id) {
        id -> Uuid,
        child_id -> Uuid,
        care_period_id -> Nullable<Uuid>,
        care_plan_id -> Nullable<Uuid>,
        kind -> Text,
        state -> Text,
        due_on -> Date,
        held_on -> Nullable<Date>,
        participation -> Nullable<Text>,
        outcome -> Nullable<Text>,
        minutes -> Nullable<Bytea>,
        next_due_on -> Nullable<Date>,
        overdue_days -> Nullable<Int4>,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    temporary_absences (id) {
        id -> Uuid,
        placement_id -> Uuid,
        child_id -> Uuid,
        reason -> Text,
        started_on -> Date,
        ended_on -> Nullable<Date>,
        version -> Int8,
    }
}

diesel::table! {
    transfers (id) {
        id -> Uuid,
        child_id -> Uuid,
        kind -> Text,
        from_organisation_id -> Uuid,
        to_organisation_id -> Uuid,
        offer_reason -> Text,
        state -> Text,
        offered_at -> Timestamptz,
        offered_by -> Uuid,
        expires_at -> Timestamptz,
        decided_at -> Nullable<Timestamptz>,
        decided_by -> Nullable<Uuid>,
        decision_reason -> Nullable<Text>,
        ended_at -> Nullable<Timestamptz>,
        ended_by -> Nullable<Uuid>,
        ending_reason -> Nullable<Text>,
        version -> Int8,
    }
}

diesel::table! {
    transformation_plans (id) {
        id -> Uuid,
        facility_id -> Uuid,
        number -> Int4,
        state -> Text,
        target_model -> Text,
        drafted_on -> Date,
        targets -> Jsonb,
        admissions_stop_on -> Nullable<Date>,
        milestones -> Jsonb,
        budget_reinvestment -> Nullable<Text>,
        baseline_children -> Nullable<Int4>,
        approved_on -> Nullable<Date>,
        approved_by -> Nullable<Uuid>,
        decision_no -> Nullable<Text>,
        started_on -> Nullable<Date>,
        ended_on -> Nullable<Date>,
        state_reason -> Nullable<Text>,
        version -> Int8,
    }
}

diesel::table! {
    transition_plans (id) {
        id -> Uuid,
        child_id -> Uuid,
        facility_id -> Uuid,
        transformation_plan_id -> Uuid,
        state -> Text,
        destination -> Text,
        drafted_on -> Date,
        target_on -> Date,
        content -> Bytea,
        agreed_on -> Nullable<Date>,
        agreed_by -> Nullable<Uuid>,
        ended_on -> Nullable<Date>,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    used_assertions (hash) {
        hash -> Bytea,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    record_external_ids (id) {
        id -> Int8,
        sender -> Text,
        kind -> Text,
        record -> Uuid,
        system -> Text,
        value -> Bytea,
        blind -> Bytea,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
        source_version -> Nullable<Int8>,
        digest -> Bytea,
    }
}

diesel::table! {
    rule_versions (id) {
        id -> Uuid,
        rule_code -> Text,
        number -> Int4,
        class -> Text,
        in_force -> Bool,
        sentences -> Jsonb,
        source -> Text,
        parameters -> Array<Text>,
        override_roles -> Array<Text>,
        override_days -> Nullable<Int4>,
        valid_from -> Date,
        version -> Int8,
    }
}

diesel::table! {
    rules (code) {
        code -> Text,
        subject -> Text,
        fixed -> Bool,
        applied -> Bool,
        place -> Int4,
        alerts -> Bool,
    }
}

diesel::table! {
    visits (id) {
        id -> Uuid,
        child_id -> Uuid,
        organisation_id -> Nullable<Uuid>,
        worker_name -> Text,
        worker_id -> Text,
        visited_on -> Date,
        child_seen -> Bool,
        seen_alone -> Nullable<Bool>,
        place -> Bytea,
        note -> Nullable<Bytea>,
        state -> Text,
        state_reason -> Nullable<Bytea>,
        version -> Int8,
    }
}

diesel::table! {
    webhook_attempts (delivery_id, number) {
        delivery_id -> Uuid,
        number -> Int4,
        at -> Timestamptz,
        outcome -> Text,
        status -> Nullable<Int4>,
        duration_ms -> Int4,
    }
}

diesel::table! {
    webhook_deliveries (id) {
        id -> Uuid,
        endpoint_id -> Uuid,
        epoch -> Nullable<Uuid>,
        position -> Nullable<Int8>,
        event -> Text,
        state -> Text,
        tries -> Int4,
        attempts -> Int4,
        made_at -> Timestamptz,
        due_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    webhook_endpoints (id) {
        id -> Uuid,
        client_id -> Uuid,
        url -> Text,
        kinds -> Array<Text>,
        description -> Nullable<Text>,
        purpose -> Nullable<Text>,
        state -> Text,
        disabled_reason -> Nullable<Text>,
        disabled_at -> Nullable<Timestamptz>,
        public_key -> Text,
        version -> Int8,
    }
}

diesel::table! {
    webhook_progress (endpoint_id) {
        endpoint_id -> Uuid,
        epoch -> Uuid,
        position -> Int8,
        scope -> Text,
        replay_after -> Nullable<Int8>,
        replay_to -> Nullable<Int8>,
        held_until -> Nullable<Timestamptz>,
        taken_by -> Nullable<Uuid>,
        taken_until -> Nullable<Timestamptz>,
        turned_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    webhook_secrets (id) {
        id -> Uuid,
        endpoint_id -> Uuid,
        secret -> Bytea,
        signing_key -> Bytea,
        made_at -> Timestamptz,
        valid_until -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(access_log_deferrals -> access_log_entries (index));
diesel::joinable!(access_log_entries -> access_log_subjects (subject));
diesel::joinable!(care_periods -> children (child_id));
diesel::joinable!(carer_approvals -> carer_families (carer_family_id));
diesel::joinable!(carer_approvals -> organisations (decided_by));
diesel::joinable!(carer_checks -> carer_families (carer_family_id));
diesel::joinable!(carer_checks -> carer_persons (person_id));
diesel::joinable!(carer_external_ids -> carer_families (carer_family_id));
diesel::joinable!(carer_persons -> carer_families (carer_family_id));
diesel::joinable!(carer_reviews -> carer_families (carer_family_id));
diesel::joinable!(carer_reviews -> organisations (reviewed_by));
diesel::joinable!(carer_state_changes -> carer_families (carer_family_id));
diesel::joinable!(carer_trainings -> carer_families (carer_family_id));
diesel::joinable!(carer_trainings -> carer_persons (person_id));
diesel::joinable!(case_links -> children (child_id));
diesel::joinable!(case_links -> organisations (organisation_id));
diesel::joinable!(case_managers -> cases (case_id));
diesel::joinable!(case_managers -> organisations (organisation_id));
diesel::joinable!(case_states -> cases (case_id));
diesel::joinable!(cases -> children (child_id));
diesel::joinable!(cases -> families (family_id));
diesel::joinable!(cases -> organisations (organisation_id));
diesel::joinable!(child_external_ids -> children (child_id));
diesel::joinable!(carer_families -> organisations (organisation_id));
diesel::joinable!(child_grants -> children (child_id));
diesel::joinable!(child_names -> children (child_id));
diesel::joinable!(children -> organisations (organisation_id));
diesel::joinable!(client_keys -> clients (client_id));
diesel::joinable!(clients -> organisations (organisation_id));
diesel::joinable!(code_list_entries -> code_lists (list));
diesel::joinable!(emergency_accesses -> children (child_id));
diesel::joinable!(emergency_accesses -> organisations (organisation_id));
diesel::joinable!(facilities -> organisations (operator_id));
diesel::joinable!(facility_admission_stops -> facilities (facility_id));
diesel::joinable!(facility_capacities -> facilities (facility_id));
diesel::joinable!(facility_external_ids -> facilities (facility_id));
diesel::joinable!(facility_inspections -> facilities (facility_id));
diesel::joinable!(facility_registrations -> facilities (facility_id));
diesel::joinable!(facility_registrations -> organisations (granted_by));
diesel::joinable!(facility_staff_snapshots -> facilities (facility_id));
diesel::joinable!(facility_states -> facilities (facility_id));
diesel::joinable!(facility_units -> facilities (facility_id));
diesel::joinable!(families -> organisations (organisation_id));
diesel::joinable!(family_members -> children (child_id));
diesel::joinable!(family_members -> families (family_id));
diesel::joinable!(family_risk_factors -> families (family_id));
diesel::joinable!(family_risk_levels -> families (family_id));
diesel::joinable!(family_support -> families (family_id));
diesel::joinable!(family_support -> organisations (provided_by));
diesel::joinable!(legal_statuses -> children (child_id));
diesel::joinable!(missing_episodes -> care_periods (care_period_id));
diesel::joinable!(missing_episodes -> children (child_id));
diesel::joinable!(notices -> carer_families (carer_family_id));
diesel::joinable!(notices -> children (child_id));
diesel::joinable!(notices -> emergency_accesses (emergency_access_id));
diesel::joinable!(notices -> organisations (organisation_id));
diesel::joinable!(overrides -> children (child_id));
diesel::joinable!(overrides -> rules (rule_code));
diesel::joinable!(parameter_versions -> parameters (name));
diesel::joinable!(rule_versions -> rules (rule_code));
diesel::joinable!(placement_decisions -> children (child_id));
diesel::joinable!(placement_endings -> children (child_id));
diesel::joinable!(placement_endings -> placements (placement_id));
diesel::joinable!(placements -> carer_families (carer_family_id));
diesel::joinable!(placements -> children (child_id));
diesel::joinable!(placements -> facilities (facility_id));
diesel::joinable!(protected_addresses -> children (child_id));
diesel::joinable!(return_facts -> children (child_id));
diesel::joinable!(temporary_absences -> children (child_id));
diesel::joinable!(temporary_absences -> placements (placement_id));
diesel::joinable!(transformation_plans -> facilities (facility_id));
diesel::joinable!(transition_plans -> children (child_id));
diesel::joinable!(webhook_attempts -> webhook_deliveries (delivery_id));
diesel::joinable!(webhook_deliveries -> webhook_endpoints (endpoint_id));
diesel::joinable!(webhook_endpoints -> clients (client_id));
diesel::joinable!(webhook_progress -> webhook_endpoints (endpoint_id));
diesel::joinable!(webhook_secrets -> webhook_endpoints (endpoint_id));

diesel::joinable!(feed_consumers -> clients (client_id));
diesel::joinable!(feed_progress -> feed_consumers (consumer_id));
diesel::joinable!(feed_records -> journal (entry));
diesel::joinable!(import_progress -> imports (import_id));
diesel::joinable!(imports -> clients (client_id));
diesel::joinable!(imports -> organisations (organisation_id));
diesel::allow_tables_to_appear_in_same_query!(
    access_inbox,
    access_log_checkpoints,
    access_log_cosignatures,
    access_log_deferrals,
    access_log_entries,
    access_log_hashes,
    access_log_published,
    access_log_state,
    access_log_subjects,
    access_log_witnesses,
    access_receipts,
    adoption_link_children,
    adoption_links,
    alerts,
    area_populations,
    areas,
    assessments,
    care_periods,
    care_plans,
    carer_approvals,
    carer_checks,
    carer_external_ids,
    carer_families,
    carer_persons,
    carer_reviews,
    carer_state_changes,
    carer_trainings,
    case_links,
    case_managers,
    case_states,
    cases,
    child_external_ids,
    child_grants,
    child_merges,
    child_names,
    child_relations,
    children,
    client_keys,
    clients,
    code_list_entries,
    code_lists,
    complaint_reporters,
    complaints,
    contact_events,
    contact_plans,
    contact_restrictions,
    court_cases,
    data_keys,
    deadline_sweeps,
    deadlines,
    duplicate_looks,
    emergency_accesses,
    facilities,
    facility_admission_stops,
    facility_capacities,
    facility_external_ids,
    facility_inspections,
    facility_registrations,
    facility_staff_snapshots,
    facility_states,
    facility_units,
    families,
    family_members,
    family_risk_factors,
    family_risk_levels,
    family_support,
    feed_consumers,
    feed_progress,
    feed_records,
    idempotency_keys,
    import_chunks,
    import_progress,
    imports,
    incidents,
    journal,
    legal_statuses,
    missing_episodes,
    notices,
    organisations,
    overrides,
    parameter_versions,
    parameters,
    placement_decisions,
    placement_endings,
    placements,
    record_external_ids,
    rule_versions,
    rules,
    possible_duplicates,
    protected_addresses,
    return_facts,
    reviews,
    temporary_absences,
    transfers,
    transformation_plans,
    transition_plans,
    used_assertions,
    webhook_attempts,
    webhook_deliveries,
    webhook_endpoints,
    webhook_progress,
    webhook_secrets,
);
