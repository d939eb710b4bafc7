-- When the business is open, and what a caller gets while it is not: one row, which is always there.
CREATE TABLE hours (
    id            BIGINT  NOT NULL PRIMARY KEY CHECK (id = 1),
    -- moved by each change of this table or of holidays: who has read another version reads again
    version       BIGINT  NOT NULL,
    -- domain::hours::Week, as JSON
    week          TEXT    NOT NULL,
    -- closed now, whatever the week says; until when (ms UTC), NULL: until somebody opens
    closed        BOOLEAN NOT NULL,
    closed_reason TEXT    NOT NULL,
    closed_until  BIGINT,
    -- what happens to a caller then: hang-up, message, call-back, number, flow; which number, which flow
    outcome       TEXT    NOT NULL,
    target        TEXT,
    -- said instead of our own words; in which language: en, zh-CN
    text          TEXT    NOT NULL,
    language      TEXT    NOT NULL
);
INSERT INTO hours (id, version, week, closed, closed_reason, outcome, text, language)
    VALUES (1, 1, '[[],[],[],[],[],[],[]]', FALSE, '', 'hang-up', '', 'en');

-- Days with hours of their own.
CREATE TABLE holidays (
    id     TEXT    NOT NULL PRIMARY KEY,
    -- days since 1970-01-01; of a yearly one, in the year that it was entered for
    day    BIGINT  NOT NULL,
    yearly BOOLEAN NOT NULL,
    name   TEXT    NOT NULL,
    -- domain::hours::Day, as JSON; empty: closed all day
    hours  TEXT    NOT NULL,
    -- one for each date: of a yearly one the month and the day, else the day
    date   TEXT    NOT NULL UNIQUE
);
