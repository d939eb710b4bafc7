-- Our numbers: those of the account that lead to one of our lines. Bought, linked and released at the platform; what
-- they are for is decided here.
CREATE TABLE numbers (
    -- E.164 without the plus sign
    number      TEXT    NOT NULL PRIMARY KEY,
    -- ISO 3166, two letters
    country     TEXT    NOT NULL,
    -- what the platform says it can do, separated by commas: VOICE,SMS
    features    TEXT    NOT NULL,
    -- domain::line::Line: its name, and whom or what it is for (an agent, a campaign, a flow, a handler)
    line        TEXT    NOT NULL,
    target      TEXT,
    -- kept out of automatic choices
    reserved    BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL,
    assigned_at BIGINT  NOT NULL,
    -- when a call or a text last came in over it
    used_at     BIGINT
);
CREATE INDEX numbers_by_line ON numbers (line, target);

-- Keys of the operator's own systems for the JSON interfaces. Only a hash is kept.
CREATE TABLE api_keys (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    -- SHA-256, hex: the key is 256 bits of chance
    key_hash   TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    used_at    BIGINT,
    revoked_at BIGINT
);
