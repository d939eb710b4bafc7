-- Private calls: who talks to whom through which of our numbers, for how long.
CREATE TABLE private_conversations (
    id             TEXT    NOT NULL PRIMARY KEY,
    -- the operator's own name for it, such as an order
    reference      TEXT,
    -- en, zh-CN
    language       TEXT    NOT NULL,
    -- who opened it: "api NAME", "operator NAME"
    created_by     TEXT    NOT NULL,
    -- a request that is sent twice opens one conversation
    request_key    TEXT    UNIQUE,
    created_at     BIGINT  NOT NULL,
    -- absolute end
    expires_at     BIGINT,
    -- how long it may rest, ms
    idle_ms        BIGINT,
    -- the earlier of the two ends, as things are now
    ends_at        BIGINT,
    used_at        BIGINT,
    closed_at      BIGINT,
    -- closed, expired, idle, erased
    closed_because TEXT,
    closed_by      TEXT,
    -- the numbers, names and texts are gone: retention, or somebody asked
    forgotten      BOOLEAN NOT NULL
);
CREATE INDEX private_conversations_by_end ON private_conversations (ends_at)
    WHERE closed_at IS NULL AND ends_at IS NOT NULL;
CREATE INDEX private_conversations_by_close ON private_conversations (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX private_conversations_by_reference ON private_conversations (reference) WHERE reference IS NOT NULL;

-- The two of each.
CREATE TABLE private_participants (
    conversation TEXT    NOT NULL,
    -- 0, 1
    side         BIGINT  NOT NULL,
    -- E.164; "erased" and a random id when forgotten
    number       TEXT    NOT NULL,
    name         TEXT,
    country      TEXT,
    -- the number of ours that this person dials
    dials        TEXT    NOT NULL,
    pin          TEXT,
    -- the conversation is open
    open         BOOLEAN NOT NULL,
    released_at  BIGINT,
    -- the text that tells them which number to dial: none, pending, sent, delivered, failed
    invited      TEXT    NOT NULL,
    invite_id    TEXT,
    problem      TEXT,
    PRIMARY KEY (conversation, side)
);
-- What forbids a collision, whoever tries: nobody dials one number in two open conversations.
CREATE UNIQUE INDEX private_one_use ON private_participants (number, dials) WHERE open;
-- A PIN tells on its number whose it is.
CREATE UNIQUE INDEX private_one_pin ON private_participants (dials, pin) WHERE open AND pin IS NOT NULL;
CREATE INDEX private_uses ON private_participants (number, dials, released_at);
CREATE INDEX private_open_by_dials ON private_participants (dials) WHERE open;
CREATE INDEX private_by_invite ON private_participants (invite_id) WHERE invite_id IS NOT NULL;

-- Every attempt to call or text, whatever became of it.
CREATE TABLE private_attempts (
    id           TEXT   NOT NULL PRIMARY KEY,
    at           BIGINT NOT NULL,
    conversation TEXT,
    side         BIGINT,
    -- call, text, pin
    kind         TEXT   NOT NULL,
    dialled      TEXT   NOT NULL,
    -- E.164; none when withheld or forgotten
    caller       TEXT,
    -- connected, over, unknown, withheld, pin_asked, pin_wrong; relayed, failed
    outcome      TEXT   NOT NULL,
    -- the platform's id of the call
    call         TEXT
);
CREATE INDEX private_attempts_by_conversation ON private_attempts (conversation, at) WHERE conversation IS NOT NULL;
CREATE INDEX private_attempts_by_caller ON private_attempts (caller, at) WHERE caller IS NOT NULL;
CREATE INDEX private_attempts_by_call ON private_attempts (call) WHERE call IS NOT NULL;
CREATE INDEX private_attempts_by_time ON private_attempts (at);

-- Texts on their way. The words are kept until they are delivered.
CREATE TABLE private_texts (
    -- the platform's id of what came in
    id         TEXT   NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    attempt    TEXT   NOT NULL,
    sender     TEXT   NOT NULL,
    dialled    TEXT   NOT NULL,
    body       TEXT,
    -- received, sending, sent, delivered, failed, unknown, refused
    state      TEXT   NOT NULL,
    sent_id    TEXT,
    problem    TEXT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX private_texts_by_sent ON private_texts (sent_id) WHERE sent_id IS NOT NULL;
CREATE INDEX private_texts_by_state ON private_texts (state, updated_at);

-- That somebody was forgotten, without saying who.
CREATE TABLE private_erasures (
    id      TEXT   NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL,
    done_by TEXT   NOT NULL,
    -- what was found and removed, as JSON
    report  TEXT   NOT NULL
);
