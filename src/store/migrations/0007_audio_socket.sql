-- Audio sockets: a call's audio over a WebSocket. A row is made when the call flow is returned, opened once with the
-- token in it, and closed when the socket is.
CREATE TABLE audio_sockets (
    id           TEXT   NOT NULL PRIMARY KEY,
    -- SHA-256, hex: the token is 256 bits of chance
    token_hash   TEXT   NOT NULL UNIQUE,
    conversation TEXT   NOT NULL,
    -- the caller's
    leg          TEXT   NOT NULL,
    -- domain::audio_socket::Plan: what works on the audio
    plan         TEXT   NOT NULL,
    issued_at    BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    opened_at    BIGINT,
    closed_at    BIGINT,
    -- why it was closed
    ended        TEXT,
    frames_in    BIGINT NOT NULL,
    frames_out   BIGINT NOT NULL,
    -- the keys that the caller pressed, in order
    keys         TEXT   NOT NULL
);
CREATE INDEX audio_sockets_by_conversation ON audio_sockets (conversation);
CREATE INDEX audio_sockets_by_expiry ON audio_sockets (expires_at) WHERE opened_at IS NULL;

-- Recordings of audio sockets: WAV files in the data folder, the caller on the left, what we sent on the right.
CREATE TABLE recordings (
    id           TEXT    NOT NULL PRIMARY KEY,
    conversation TEXT    NOT NULL,
    rate         BIGINT  NOT NULL,
    created_at   BIGINT  NOT NULL,
    -- unknown until it is finished
    milliseconds BIGINT,
    bytes        BIGINT,
    -- of the whole file, hex
    sha256       TEXT,
    -- why it is not whole
    problem      TEXT
);
CREATE INDEX recordings_by_conversation ON recordings (conversation);

-- The engines that the operator gave to the relay.
CREATE TABLE audio_engines (
    name       TEXT   NOT NULL PRIMARY KEY,
    -- ws or wss
    url        TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- Numbers that visitors may call from the support page.
CREATE TABLE open_numbers (
    number TEXT NOT NULL PRIMARY KEY
);
