-- One text for SQLite and PostgreSQL: TEXT, BIGINT, BOOLEAN, DOUBLE PRECISION; times are milliseconds since 1970, UTC;
-- ids are UUIDs of version 7 as text, so that their order is the order in which they were made.

-- The inbox: every webhook as it came, never changed. Whatever is shown of a call can be recomputed from here.
CREATE TABLE webhooks (
    id           TEXT    NOT NULL PRIMARY KEY,
    -- Equal for deliveries of the same thing: a retry is signed anew, so the signature's id cannot tell.
    dedupe       TEXT    NOT NULL UNIQUE,
    -- answer, event, fallback, dtmf, recording
    kind         TEXT    NOT NULL,
    -- get, post: whether `raw` is a query string or a body
    method       TEXT    NOT NULL,
    received_at  BIGINT  NOT NULL,
    signed       BOOLEAN NOT NULL,
    conversation TEXT,
    leg          TEXT,
    raw          TEXT    NOT NULL,
    -- What we decided: the name of the line that took the call.
    decision     TEXT,
    -- Why the webhook could not be read, or the call not be taken.
    problem      TEXT,
    -- The call flow that we returned.
    ncco         TEXT
);
CREATE INDEX webhooks_by_conversation ON webhooks (conversation) WHERE conversation IS NOT NULL;

-- The ids of signatures that were accepted: one that comes again is a replay.
CREATE TABLE replays (
    jti     TEXT   NOT NULL PRIMARY KEY,
    seen_at BIGINT NOT NULL
);

-- The call records: a projection of the inbox. `record` is the fold (domain::call::Call as JSON), the other columns are
-- drawn from it for filters and lists.
CREATE TABLE calls (
    -- The id of the first webhook that told of the call.
    id           TEXT    NOT NULL PRIMARY KEY,
    conversation TEXT    NOT NULL UNIQUE,
    record       TEXT    NOT NULL,
    -- connecting, ringing, talking, or how it ended
    phase        TEXT    NOT NULL,
    ended        BOOLEAN NOT NULL,
    line         TEXT,
    caller       TEXT,
    callee       TEXT,
    visit        TEXT,
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    answered_at  BIGINT,
    ended_at     BIGINT,
    talk_seconds BIGINT,
    -- hundred-millionths of a euro
    price        BIGINT,
    -- how often the record changed
    version      BIGINT  NOT NULL
);
CREATE INDEX calls_by_visit ON calls (visit) WHERE visit IS NOT NULL;

-- Visitors who were given a token.
CREATE TABLE visits (
    id           TEXT    NOT NULL PRIMARY KEY,
    -- SHA-256 of the secret that opens the visit's own events.
    secret_hash  TEXT    NOT NULL,
    -- The Client SDK user that was made for it at the platform.
    user_name    TEXT    NOT NULL,
    user_id      TEXT,
    user_deleted BOOLEAN NOT NULL,
    delete_tries BIGINT  NOT NULL,
    delete_after BIGINT  NOT NULL,
    ip_hash      TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL
);
CREATE INDEX visits_by_expiry ON visits (expires_at);

CREATE TABLE accounts (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    password_hash TEXT    NOT NULL,
    must_change   BOOLEAN NOT NULL,
    created_at    BIGINT  NOT NULL,
    changed_at    BIGINT  NOT NULL,
    signed_in_at  BIGINT
);

CREATE TABLE sessions (
    -- SHA-256 of the id in the cookie.
    id_hash    TEXT   NOT NULL PRIMARY KEY,
    account    TEXT,
    data       TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account) WHERE account IS NOT NULL;

-- Failed sign-ins, by account and by address. Keys are hashes.
CREATE TABLE throttles (
    key           TEXT   NOT NULL PRIMARY KEY,
    failures      BIGINT NOT NULL,
    last_at       BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);
