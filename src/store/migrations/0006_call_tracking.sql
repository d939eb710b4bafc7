-- Call tracking: which campaign makes the phone ring. Days are days since 1970-01-01 where the business is.

CREATE TABLE campaigns (
    id            TEXT   NOT NULL PRIMARY KEY,
    name          TEXT   NOT NULL,
    source        TEXT   NOT NULL,
    medium        TEXT   NOT NULL,
    -- a path with which the first page begins
    landing       TEXT   NOT NULL,
    colour        TEXT   NOT NULL,
    -- hundredths of the currency, for the whole campaign
    cost          BIGINT NOT NULL,
    starts        BIGINT,
    ends          BIGINT,
    -- digits, or "agents"
    destination   TEXT   NOT NULL,
    whisper       TEXT   NOT NULL,
    lease_minutes BIGINT NOT NULL,
    archived_at   BIGINT,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);

-- Which number was whose, and when. Rows are ended, never changed: old calls stay where they belong.
CREATE TABLE campaign_numbers (
    id       TEXT    NOT NULL PRIMARY KEY,
    number   TEXT    NOT NULL,
    campaign TEXT    NOT NULL,
    -- lent to one visitor of the web site at a time
    pool     BOOLEAN NOT NULL,
    from_at  BIGINT  NOT NULL,
    until_at BIGINT,
    -- of a number of a pool: until when its last visitor has it
    leased_until BIGINT NOT NULL
);
CREATE UNIQUE INDEX campaign_numbers_now ON campaign_numbers (number) WHERE until_at IS NULL;
CREATE INDEX campaign_numbers_by_campaign ON campaign_numbers (campaign, from_at);

-- Visitors of the operator's web site, by an id that their browser keeps for the visit.
CREATE TABLE tracking_visitors (
    id         TEXT    NOT NULL PRIMARY KEY,
    campaign   TEXT,
    source     TEXT    NOT NULL,
    medium     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    term       TEXT    NOT NULL,
    content    TEXT    NOT NULL,
    landing    TEXT    NOT NULL,
    referrer   TEXT    NOT NULL,
    click      TEXT    NOT NULL,
    click_id   TEXT    NOT NULL,
    -- the number on their screen
    number     TEXT,
    -- it is theirs alone
    leased     BOOLEAN NOT NULL,
    -- the campaign has a pool, and it was empty
    turned_away BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL,
    seen_at    BIGINT  NOT NULL
);
CREATE INDEX tracking_visitors_by_time ON tracking_visitors (created_at);

CREATE TABLE tracking_leases (
    id       TEXT   NOT NULL PRIMARY KEY,
    number   TEXT   NOT NULL,
    campaign TEXT   NOT NULL,
    visitor  TEXT   NOT NULL,
    from_at  BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX tracking_leases_by_number ON tracking_leases (number, from_at);
CREATE INDEX tracking_leases_by_visitor ON tracking_leases (visitor);

-- Visits of the support page ("Call now") that a campaign brought.
CREATE TABLE tracking_visits (
    visit   TEXT NOT NULL PRIMARY KEY,
    visitor TEXT NOT NULL
);

-- The tracked calls: a projection of the call records, kept in the transaction that changes them.
CREATE TABLE tracked_calls (
    -- calls.id
    id           TEXT    NOT NULL PRIMARY KEY,
    campaign     TEXT    NOT NULL,
    -- the number that was dialled; empty for "Call now"
    number       TEXT    NOT NULL,
    -- digits, or visitor-ID; none when it was withheld
    caller       TEXT,
    -- when the platform asked us what to do with it, ms UTC
    at           BIGINT  NOT NULL,
    day          BIGINT  NOT NULL,
    hour         BIGINT  NOT NULL,
    ended        BOOLEAN NOT NULL,
    -- domain::call::Phase
    outcome      TEXT    NOT NULL,
    answered     BOOLEAN NOT NULL,
    talk_seconds BIGINT,
    seconds      BIGINT,
    price        BIGINT,
    -- caller, destination, platform
    hung_up_by   TEXT,
    source       TEXT    NOT NULL,
    medium       TEXT    NOT NULL,
    term         TEXT    NOT NULL,
    landing      TEXT    NOT NULL,
    referrer     TEXT    NOT NULL,
    click        TEXT    NOT NULL,
    click_id     TEXT    NOT NULL,
    -- the visitor who most likely called, percent, and among how many
    visitor      TEXT,
    confidence   BIGINT,
    candidates   BIGINT  NOT NULL,
    -- the caller was on the block list at the time
    blocked      BOOLEAN NOT NULL,
    -- calls of this caller in the ten minutes up to this one
    recent       BIGINT  NOT NULL,
    -- domain::call_tracking::spam::Reason
    reason       TEXT,
    -- what the operator said
    said         BOOLEAN,
    -- what counts
    spam         BOOLEAN NOT NULL,
    -- the day of the caller's call before this one: to the same campaign, spam or not like this one
    previous_day BIGINT
);
CREATE INDEX tracked_calls_by_day ON tracked_calls (day, at, id);
CREATE INDEX tracked_calls_by_campaign ON tracked_calls (campaign, day, at, id);
CREATE INDEX tracked_calls_by_caller ON tracked_calls (caller, at, id) WHERE caller IS NOT NULL;

-- The rollup: what every chart is drawn from. One row for a campaign's day (number = '*') and one for each number of
-- it; with a column for each hour, because a row for each hour would be 24 times the rows to add up for a year's chart.
CREATE TABLE tracking_days (
    number       TEXT    NOT NULL,
    spam         BOOLEAN NOT NULL,
    day          BIGINT  NOT NULL,
    campaign     TEXT    NOT NULL,
    calls        BIGINT  NOT NULL,
    answered     BIGINT  NOT NULL,
    missed       BIGINT  NOT NULL,
    talk_seconds BIGINT  NOT NULL,
    price        BIGINT  NOT NULL,
    first_calls  BIGINT  NOT NULL,
    unique_day   BIGINT  NOT NULL,
    unique_month BIGINT  NOT NULL,
    withheld     BIGINT  NOT NULL,
    -- calls, then answered calls, by the hour of the day
    h00 BIGINT NOT NULL, h01 BIGINT NOT NULL, h02 BIGINT NOT NULL, h03 BIGINT NOT NULL,
    h04 BIGINT NOT NULL, h05 BIGINT NOT NULL, h06 BIGINT NOT NULL, h07 BIGINT NOT NULL,
    h08 BIGINT NOT NULL, h09 BIGINT NOT NULL, h10 BIGINT NOT NULL, h11 BIGINT NOT NULL,
    h12 BIGINT NOT NULL, h13 BIGINT NOT NULL, h14 BIGINT NOT NULL, h15 BIGINT NOT NULL,
    h16 BIGINT NOT NULL, h17 BIGINT NOT NULL, h18 BIGINT NOT NULL, h19 BIGINT NOT NULL,
    h20 BIGINT NOT NULL, h21 BIGINT NOT NULL, h22 BIGINT NOT NULL, h23 BIGINT NOT NULL,
    a00 BIGINT NOT NULL, a01 BIGINT NOT NULL, a02 BIGINT NOT NULL, a03 BIGINT NOT NULL,
    a04 BIGINT NOT NULL, a05 BIGINT NOT NULL, a06 BIGINT NOT NULL, a07 BIGINT NOT NULL,
    a08 BIGINT NOT NULL, a09 BIGINT NOT NULL, a10 BIGINT NOT NULL, a11 BIGINT NOT NULL,
    a12 BIGINT NOT NULL, a13 BIGINT NOT NULL, a14 BIGINT NOT NULL, a15 BIGINT NOT NULL,
    a16 BIGINT NOT NULL, a17 BIGINT NOT NULL, a18 BIGINT NOT NULL, a19 BIGINT NOT NULL,
    a20 BIGINT NOT NULL, a21 BIGINT NOT NULL, a22 BIGINT NOT NULL, a23 BIGINT NOT NULL,
    PRIMARY KEY (number, spam, day, campaign)
);

-- What the days and hours were computed with.
CREATE TABLE tracking_meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE blocked_callers (
    number     TEXT   NOT NULL PRIMARY KEY,
    note       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- Where we tell that a tracked call is over.
CREATE TABLE tracking_hooks (
    id         TEXT    NOT NULL PRIMARY KEY,
    url        TEXT    NOT NULL,
    -- signs every message; shown once
    secret     TEXT    NOT NULL,
    enabled    BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL
);

-- What was told, or waits to be: the queue and the log are one table.
CREATE TABLE tracking_deliveries (
    -- hook:call, so that one call is told once
    id         TEXT   NOT NULL PRIMARY KEY,
    hook       TEXT   NOT NULL,
    call       TEXT   NOT NULL,
    -- waiting, done, failed
    state      TEXT   NOT NULL,
    tries      BIGINT NOT NULL,
    -- ms UTC; moved ahead by whoever is trying, so that two nodes do not try at once
    next_at    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    tried_at   BIGINT,
    -- the answer's HTTP status
    status     BIGINT,
    error      TEXT,
    -- how long the answer took, ms
    took       BIGINT
);
CREATE INDEX tracking_deliveries_due ON tracking_deliveries (next_at) WHERE state = 'waiting';
CREATE INDEX tracking_deliveries_by_time ON tracking_deliveries (created_at);
