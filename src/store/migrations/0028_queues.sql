-- Queues: who takes a caller, in which order, and what happens to those who wait.
CREATE TABLE queues (
    -- numbers, menus, campaigns and the support line lead to it by this; the one called agents is always there, also before
    -- it has a row
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    -- domain::queue::Queue, as JSON
    record     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX queues_by_name ON queues (lower(name));

-- One row, which is always there: domain::queue::Rules, as JSON. Its version is moved by each change of the rules and of
-- queues: who has read another one reads again.
CREATE TABLE queue_rules (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL,
    record  TEXT   NOT NULL
);
INSERT INTO queue_rules (id, version, record) VALUES (1, 1, '{}');

-- To whom calls were offered, and who took them, since a time: what some strategies go by.
CREATE INDEX offers_by_time ON offers (made_at);

-- The calls of today, for a queue's figures.
CREATE INDEX desk_calls_by_time ON desk_calls (created_at);
