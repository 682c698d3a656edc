//! The tables, as both engines have them. `migrations/` is the truth; a test holds this file to it.

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    policies (version) {
        version -> BigInt,
        city -> Text,
        digest -> Text,
        doc -> Json,
        note -> Text,
        loaded_by -> Text,
        loaded_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    staff (id) {
        id -> Guid,
        login -> Text,
        name -> Text,
        role -> Text,
        organisation -> Text,
        password_hash -> Text,
        active -> Bool,
        language -> Text,
        epoch -> Integer,
        created_at -> Moment,
        email -> Nullable<Text>,
        notices_off -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    sessions (id) {
        id -> Guid,
        family -> Guid,
        staff_id -> Guid,
        token_hash -> Text,
        issued_at -> Moment,
        expires_at -> Moment,
        used_at -> Nullable<Moment>,
        revoked_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    sources (id) {
        id -> Guid,
        name -> Text,
        title -> Text,
        network -> Text,
        active -> Bool,
        reply_url -> Nullable<Text>,
        created_by -> Text,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    source_secrets (id) {
        id -> Guid,
        source_id -> Guid,
        sealed -> Text,
        created_at -> Moment,
        expires_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    incidents (id) {
        id -> Guid,
        number -> BigInt,
        version -> BigInt,
        spine -> Text,
        step -> Text,
        kind -> Text,
        outcome -> Nullable<Text>,
        close_reason -> Nullable<Text>,
        network -> Text,
        source_id -> Guid,
        account -> Text,
        thread_key -> Text,
        author_key -> Text,
        lead_message -> Guid,
        text -> Text,
        media -> Bool,
        topic -> Nullable<Text>,
        topic_group -> Nullable<Text>,
        topic_origin -> Text,
        severity -> Integer,
        municipality -> Text,
        settlement -> Nullable<Text>,
        street -> Nullable<Text>,
        house -> Nullable<Text>,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
        organisation -> Nullable<Text>,
        executor -> Nullable<Text>,
        routed -> Json,
        policy_version -> BigInt,
        returns -> Integer,
        rounds -> Integer,
        published_at -> Moment,
        received_at -> Moment,
        assigned_at -> Nullable<Moment>,
        first_answer_at -> Nullable<Moment>,
        first_answer_work -> Nullable<BigInt>,
        delivered_at -> Nullable<Moment>,
        closed_at -> Nullable<Moment>,
        deferred_until -> Nullable<Moment>,
        due_at -> Moment,
        changed_at -> Moment,
        parent_id -> Nullable<Guid>,
        step_before -> Nullable<Text>,
        rating -> Nullable<Integer>,
        note -> Nullable<Text>,
        extra -> Nullable<Json>,
        personal -> Nullable<Text>,
        okrug -> Nullable<Text>,
        place_origin -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    incident_terms (rowid) {
        rowid -> BigInt,
        terms -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    messages (id) {
        id -> Guid,
        source_id -> Guid,
        external_id -> Text,
        incident_id -> Nullable<Guid>,
        form -> Text,
        network -> Text,
        account -> Text,
        post_key -> Text,
        parent_key -> Nullable<Text>,
        author_key -> Text,
        author_name -> Nullable<Text>,
        author_url -> Nullable<Text>,
        url -> Nullable<Text>,
        text -> Text,
        text_at -> Moment,
        attachments -> Json,
        place -> Nullable<Json>,
        rating -> Nullable<Integer>,
        published_at -> Moment,
        received_at -> Moment,
        deleted_at -> Nullable<Moment>,
        personal -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    message_versions (message_id, at) {
        message_id -> Guid,
        at -> Moment,
        text -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    assignments (incident_id, n) {
        incident_id -> Guid,
        n -> Integer,
        organisation -> Text,
        executor -> Nullable<Text>,
        by -> Text,
        why -> Json,
        assigned_at -> Moment,
        ended_at -> Nullable<Moment>,
        end_reason -> Nullable<Text>,
        end_note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    answers (id) {
        id -> Guid,
        incident_id -> Guid,
        n -> Integer,
        round -> Integer,
        kind -> Text,
        outcome -> Nullable<Text>,
        state -> Text,
        text -> Text,
        organisation -> Text,
        drafted_by -> Text,
        drafted_at -> Moment,
        submitted_at -> Nullable<Moment>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Moment>,
        rework_reason -> Nullable<Text>,
        rework_text -> Nullable<Text>,
        delivered_at -> Nullable<Moment>,
        failure -> Nullable<Text>,
        permalink -> Nullable<Text>,
        via -> Text,
        sent_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    clocks (incident_id, kind, cycle) {
        incident_id -> Guid,
        kind -> Text,
        cycle -> Integer,
        term -> Text,
        target -> Text,
        base -> Text,
        calendar -> Text,
        policy_version -> BigInt,
        organisation -> Nullable<Text>,
        state -> Text,
        started_at -> Moment,
        due_at -> Moment,
        settled_at -> Nullable<Moment>,
        breached_at -> Nullable<Moment>,
        decided_at -> Nullable<Moment>,
        history -> Nullable<Json>,
        matched -> Text,
        wake_at -> Moment,
        warned -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    events (incident_id, n) {
        incident_id -> Guid,
        n -> BigInt,
        at -> Moment,
        actor -> Text,
        kind -> Text,
        data -> Text,
        prev -> Text,
        hash -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    jobs (id) {
        id -> Guid,
        key -> Text,
        kind -> Text,
        payload -> Json,
        state -> Text,
        run_at -> Moment,
        attempts -> Integer,
        leased_until -> Nullable<Moment>,
        lease -> Nullable<Guid>,
        last_error -> Nullable<Text>,
        created_at -> Moment,
        finished_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    idempotency (actor, key) {
        actor -> Text,
        key -> Text,
        route -> Text,
        body_hash -> Text,
        status -> Integer,
        response -> Text,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    recomputations (id) {
        id -> Guid,
        policy_version -> BigInt,
        ordered_by -> Text,
        ordered_at -> Moment,
        reached -> BigInt,
        looked_at -> BigInt,
        moved -> BigInt,
        finished_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    notices (id) {
        id -> Guid,
        staff_id -> Guid,
        kind -> Text,
        incident_id -> Guid,
        number -> BigInt,
        clock -> Text,
        cycle -> Integer,
        step -> Integer,
        due_at -> Moment,
        state -> Text,
        created_at -> Moment,
        send_after -> Moment,
        letter -> Nullable<Guid>,
        settled_at -> Nullable<Moment>,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    pages (id) {
        id -> Guid,
        network -> Text,
        organisation -> Text,
        title -> Text,
        account -> Text,
        url -> Nullable<Text>,
        state -> Text,
        listening -> Text,
        hook_epoch -> Integer,
        keys -> Nullable<Text>,
        cursor -> Nullable<Text>,
        subscribers -> Nullable<BigInt>,
        last_event_at -> Nullable<Moment>,
        checked_at -> Nullable<Moment>,
        health -> Nullable<Json>,
        connected_at -> Nullable<Moment>,
        changed_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    heard (source_id, key) {
        source_id -> Guid,
        key -> Text,
        at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    consents (source_id, author_key) {
        source_id -> Guid,
        author_key -> Text,
        allowed -> Bool,
        at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    collections (source_id, post_key) {
        source_id -> Guid,
        post_key -> Text,
        topic -> Nullable<Text>,
        marked_by -> Text,
        marked_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    remarks (id) {
        id -> Guid,
        source_id -> Guid,
        external_id -> Text,
        account -> Text,
        form -> Text,
        post_key -> Text,
        parent_key -> Nullable<Text>,
        to_key -> Nullable<Text>,
        author_key -> Nullable<Text>,
        author_name -> Nullable<Text>,
        own -> Bool,
        text -> Text,
        attachments -> Json,
        url -> Nullable<Text>,
        published_at -> Moment,
        deleted_at -> Nullable<Moment>,
        text_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    files (id) {
        id -> Guid,
        message_id -> Guid,
        n -> Integer,
        url -> Text,
        kind -> Text,
        name -> Nullable<Text>,
        state -> Text,
        media_type -> Nullable<Text>,
        size -> Nullable<BigInt>,
        sha256 -> Nullable<Text>,
        failure -> Nullable<Text>,
        created_at -> Moment,
        settled_at -> Nullable<Moment>,
        content -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    postings (id) {
        id -> Guid,
        answer_id -> Guid,
        incident_id -> Guid,
        part -> Integer,
        parts -> Integer,
        source_id -> Guid,
        form -> Text,
        text -> Text,
        state -> Text,
        maybe_twice -> Bool,
        attempts -> Integer,
        slot_at -> Nullable<Moment>,
        sent_at -> Nullable<Moment>,
        delivered_at -> Nullable<Moment>,
        external_id -> Nullable<Text>,
        permalink -> Nullable<Text>,
        failure -> Nullable<Text>,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    paces (key) {
        key -> Text,
        free_at -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    disclosures (id) {
        id -> Guid,
        at -> Moment,
        staff_id -> Guid,
        kind -> Text,
        incident_id -> Nullable<Guid>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Guid;

    pictures (file_id) {
        file_id -> Guid,
        hash -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    likeness_queue (incident_id) {
        incident_id -> Guid,
        since -> Moment,
        lease -> Nullable<Guid>,
        leased_until -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    likeness_keys (incident_id, key) {
        incident_id -> Guid,
        key -> BigInt,
        at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    likenesses (incident_id, other_id) {
        incident_id -> Guid,
        other_id -> Guid,
        score -> Double,
        relation -> Text,
        reasons -> Json,
        features -> Json,
        learnt -> BigInt,
        state -> Text,
        at -> Moment,
        settled_by -> Nullable<Text>,
        settled_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    judgements (id) {
        id -> Guid,
        incident_id -> Guid,
        other_id -> Guid,
        features -> Nullable<Json>,
        same -> Bool,
        by -> Text,
        at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    approved_answers (answer_id) {
        answer_id -> Guid,
        incident_id -> Guid,
        topic -> Nullable<Text>,
        at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    answer_sentences (answer_id, print) {
        answer_id -> Guid,
        print -> BigInt,
        incident_id -> Guid,
        at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    hourly (topic_group, municipality, hour) {
        topic_group -> Text,
        municipality -> Text,
        hour -> BigInt,
        complaints -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    bursts (id) {
        id -> Guid,
        topic_group -> Text,
        municipality -> Text,
        topic -> Nullable<Text>,
        state -> Text,
        since -> Moment,
        hours -> Integer,
        expected -> Double,
        seen -> Integer,
        p -> Double,
        last_high -> Moment,
        raised_at -> Moment,
        ended_at -> Nullable<Moment>,
        parent_id -> Nullable<Guid>,
        settled_by -> Nullable<Text>,
        settled_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::Guid;

    burst_incidents (burst_id, incident_id) {
        burst_id -> Guid,
        incident_id -> Guid,
    }
}

diesel::joinable!(answers -> incidents (incident_id));

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    lessons (n) {
        n -> BigInt,
        incident_id -> Guid,
        topic -> Nullable<Text>,
        kind -> Nullable<Text>,
        severity -> Nullable<Integer>,
        by -> Text,
        at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    models (version) {
        version -> BigInt,
        head -> Text,
        state -> Text,
        trained_at -> Moment,
        trained_by -> Text,
        examples -> BigInt,
        lesson -> BigInt,
        policy_version -> BigInt,
        figures -> Json,
        reason -> Nullable<Text>,
        bytes -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    holds (incident_id) {
        incident_id -> Guid,
        staff_id -> Guid,
        until -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    put_offs (staff_id, incident_id) {
        staff_id -> Guid,
        incident_id -> Guid,
        until -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    batches (id) {
        id -> Guid,
        staff_id -> Guid,
        filter -> Text,
        decision -> Json,
        state -> Text,
        total -> BigInt,
        done -> BigInt,
        refused -> BigInt,
        undone -> BigInt,
        ordered_at -> Moment,
        finished_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Json, Moment};

    decisions (id) {
        id -> Guid,
        staff_id -> Guid,
        batch_id -> Nullable<Guid>,
        incident_id -> Guid,
        decision -> Json,
        state -> Text,
        why -> Nullable<Text>,
        seen -> Nullable<BigInt>,
        version -> Nullable<BigInt>,
        before -> Nullable<Json>,
        at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::store::types::{Guid, Moment};

    saved_filters (id) {
        id -> Guid,
        staff_id -> Guid,
        name -> Text,
        query -> Text,
        created_at -> Moment,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    disclosures,
    policies,
    staff,
    sessions,
    sources,
    source_secrets,
    incidents,
    incident_terms,
    messages,
    message_versions,
    assignments,
    answers,
    clocks,
    events,
    jobs,
    idempotency,
    recomputations,
    notices,
    pages,
    heard,
    consents,
    collections,
    remarks,
    postings,
    paces,
    files,
    lessons,
    models,
    pictures,
    likeness_queue,
    likeness_keys,
    likenesses,
    judgements,
    hourly,
    bursts,
    burst_incidents,
    approved_answers,
    answer_sentences,
    holds,
    put_offs,
    batches,
    decisions,
);
