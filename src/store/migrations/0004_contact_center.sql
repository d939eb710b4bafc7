-- The contact centre. What an agent is doing, and the calls that are theirs. Every change is compared and swapped by
-- `version`, so two that happen at once are one after the other.
CREATE TABLE agents (
    -- The account's name, which is the Client SDK user's.
    name            TEXT    NOT NULL PRIMARY KEY,
    account         TEXT    NOT NULL UNIQUE,
    -- domain::contact_center::presence::Standing, as JSON
    standing        TEXT    NOT NULL,
    -- since when they are in this state
    since           BIGINT  NOT NULL,
    -- since when they have had nothing to do
    idle_since      BIGINT  NOT NULL,
    -- the last sign of life of a console
    beat_at         BIGINT  NOT NULL,
    -- a softphone elsewhere (POST /api/jwt) is signed in until
    elsewhere_until BIGINT  NOT NULL,
    -- the tab that holds the softphone, and its last sign of life
    tab             TEXT,
    tab_at          BIGINT  NOT NULL,
    -- the call they are in, are offered, or write notes about
    call            TEXT,
    -- when wrap-up ends by itself
    wrap_until      BIGINT,
    created_at      BIGINT  NOT NULL,
    version         BIGINT  NOT NULL
);

-- The ledger: a state lasts until the next one begins.
CREATE TABLE agent_states (
    agent   TEXT   NOT NULL,
    version BIGINT NOT NULL,
    state   TEXT   NOT NULL,
    reason  TEXT,
    since   BIGINT NOT NULL,
    call    TEXT,
    PRIMARY KEY (agent, version)
);

CREATE TABLE desk_calls (
    id           TEXT    NOT NULL PRIMARY KEY,
    -- where the customer is now
    conversation TEXT    NOT NULL,
    -- domain::contact_center::call::DeskCall, as JSON; the other columns are drawn from it
    record       TEXT    NOT NULL,
    ended        BOOLEAN NOT NULL,
    agent        TEXT,
    -- the customer's number or user
    customer     TEXT,
    -- nobody talked to the caller, and nobody has looked
    unseen       BOOLEAN NOT NULL,
    missed       BOOLEAN NOT NULL,
    -- the caller asked to be called back, and was not yet
    callback     BOOLEAN NOT NULL,
    created_at   BIGINT  NOT NULL,
    version      BIGINT  NOT NULL
);
CREATE INDEX desk_calls_open ON desk_calls (created_at) WHERE NOT ended;
CREATE INDEX desk_calls_by_conversation ON desk_calls (conversation);
CREATE INDEX desk_calls_by_customer ON desk_calls (customer, created_at) WHERE customer IS NOT NULL;
CREATE INDEX desk_calls_by_agent ON desk_calls (agent, created_at) WHERE agent IS NOT NULL;
CREATE INDEX desk_calls_unseen ON desk_calls (created_at) WHERE unseen;
CREATE INDEX desk_calls_missed ON desk_calls (created_at) WHERE missed;
CREATE INDEX desk_calls_callback ON desk_calls (created_at) WHERE callback;

-- Which call a leg of the platform's belongs to.
CREATE TABLE desk_legs (
    leg  TEXT NOT NULL PRIMARY KEY,
    call TEXT NOT NULL
);

-- A call reserved for an agent, while it rings.
CREATE TABLE offers (
    id         TEXT   NOT NULL PRIMARY KEY,
    call       TEXT   NOT NULL,
    agent      TEXT   NOT NULL,
    -- call, transfer, consult, add
    kind       TEXT   NOT NULL,
    -- the colleague whose call it is
    by_agent   TEXT,
    leg        TEXT,
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- answered, missed, declined, withdrawn; NULL while it rings
    outcome    TEXT,
    closed_at  BIGINT
);
-- What makes it a reservation: no call at two agents, no agent with two calls.
CREATE UNIQUE INDEX offers_open_by_call ON offers (call) WHERE outcome IS NULL;
CREATE UNIQUE INDEX offers_open_by_agent ON offers (agent) WHERE outcome IS NULL;

-- An agent may call this number, once.
CREATE TABLE dial_intents (
    id      TEXT   NOT NULL PRIMARY KEY,
    agent   TEXT   NOT NULL,
    number  TEXT   NOT NULL,
    made_at BIGINT NOT NULL,
    -- the conversation that it became
    used_by TEXT
);
CREATE INDEX dial_intents_by_agent ON dial_intents (agent, made_at);

CREATE TABLE voicemails (
    id            TEXT    NOT NULL PRIMARY KEY,
    call          TEXT    NOT NULL,
    recording_url TEXT    NOT NULL,
    seconds       BIGINT  NOT NULL,
    made_at       BIGINT  NOT NULL,
    heard_at      BIGINT
);
CREATE INDEX voicemails_by_time ON voicemails (made_at);
